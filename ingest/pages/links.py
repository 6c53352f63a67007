"""
What a part of a page holds beside links.

The measure is trafilatura's test of link density, without what makes it dear: which links stand in an element is told
for all elements at once, each link is measured once, and of a long text no more is read than shows that it is long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from ingest.pages.dom import remove_all

#: Elements that go with their links, in this order.
_HOLDERS = ("div", "list", "p")
#: A paragraph may be its cell's or its item's only one.
_CELLS = frozenset({"item", "td", "th"})
#: So short a div of at least three parts goes with its links.
MAX_LINKED_CHARS = 100
MIN_LINKED_PARTS = 3
#: Of a short text this share are links, or of its links so many are shorter than a few characters.
LINKED_SHARE = 0.8
MIN_LINK_CHARS = 10
#: A farm has more links than this, they are this share of its text, and on average shorter than this.
FARM_LINKS = 4
FARM_SHARE = 0.9
FARM_LINK_CHARS = 100


def prune_links(frame: HtmlElement) -> None:
    """Take out of an element in trafilatura's names the parts that are hardly more than links."""
    for _ in range(2):
        n_before = sum(1 for _ in frame.iterdescendants("ref"))
        links: _Links | None = None
        for tag in _HOLDERS if n_before else ():
            links = links or _Links(frame)
            if unwanted := list(links.unwanted(tag)):
                remove_all(unwanted)
                links = None  # what it knew has changed
        if n_before == sum(1 for _ in frame.iterdescendants("ref")):
            break


class _Links:
    """The links of an element, and where they stand."""

    def __init__(self, frame: HtmlElement) -> None:
        self._frame = frame
        self._sizes: dict[HtmlElement, int] = {}
        #: The links that each holder holds.
        self._held: dict[HtmlElement, list[HtmlElement]] = {}
        for link in frame.iterdescendants("ref"):
            for above in link.iterancestors(*_HOLDERS):
                self._held.setdefault(above, []).append(link)

    def unwanted(self, tag: str) -> Iterator[HtmlElement]:
        """The elements of that name that are hardly more than links."""
        # trafilatura keeps what holds a picture; it names one so only if the page does.
        has_picture = next(self._frame.iter("graphic"), None) is not None
        for element in self._frame.iter(tag) if self._held else ():
            held = self._held.get(element)
            if held is None or (has_picture and element.find(".//graphic") is not None):
                continue
            parent = element.getparent()
            is_only = tag == "p" and parent is not None and parent.tag in _CELLS
            if not is_only and self._is_links(element, held):
                yield element

    def _is_links(self, element: HtmlElement, held: Sequence[HtmlElement]) -> bool:
        sizes = [size for size in map(self._size, held) if size]
        is_last = element.getnext() is None
        limit = (60 if is_last else 30) if element.tag == "p" else 300 if is_last else 100
        n_linked = sum(sizes)
        n_chars = _size_up_to(element, max(limit, int(n_linked / LINKED_SHARE) + 1))
        if len(held) == 1 and n_linked > FARM_LINK_CHARS and n_linked > n_chars * FARM_SHARE:
            return True
        if n_chars >= limit:
            is_farm = n_linked > n_chars * FARM_SHARE and n_linked < FARM_LINK_CHARS * len(sizes)
            return len(held) > FARM_LINKS and is_farm and not self._is_listing(held)
        n_short = sum(1 for size in sizes if size < MIN_LINK_CHARS)
        is_short = element.tag == "div" and len(element) >= MIN_LINKED_PARTS and n_chars < MAX_LINKED_CHARS
        return (
            not sizes
            or n_linked > n_chars * LINKED_SHARE
            or (len(sizes) > 1 and n_short / len(sizes) > LINKED_SHARE)
            or is_short
        )

    def _size(self, link: HtmlElement) -> int:
        if link not in self._sizes:
            self._sizes[link] = _size_of(link.text_content())
        return self._sizes[link]

    def _is_listing(self, held: Sequence[HtmlElement]) -> bool:
        """Whether each of the links stands alone in its paragraph."""
        parents = [link.getparent() for link in held]
        return all(one is not None and one.tag == "p" and len(self._held[one]) == 1 for one in parents)


def _size_up_to(element: HtmlElement, enough: int) -> int:
    """How many characters the element's text has on one line; of a longer one, that it has enough."""
    n_seen = 0
    pieces: list[str] = []
    for piece in element.itertext():
        pieces.append(piece)
        n_seen += sum(map(len, piece.split()))
        if n_seen >= enough:
            return n_seen
    return _size_of("".join(pieces))


def _size_of(text: str) -> int:
    words = text.split()
    return sum(map(len, words)) + max(0, len(words) - 1)
