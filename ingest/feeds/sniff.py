"""What stands where a feed should be, told from its first element."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ingest.errors import FeedError, NotAFeed
from ingest.feeds.walls import wall_in

#: White space and stray byte order marks.
_BLANK: Final = " \t\r\n\f\v\ufeff"
#: What begins with "<" and means something: a section to pass over, a DOCTYPE, a start tag.
_MARKUP: Final = re.compile(
    r"<(?:(!--|\?|!\[CDATA\[)|(!doctype)|((?:[a-z_][\w.-]*:)?[a-z_][\w.-]*)(?=[\s>/]))", re.IGNORECASE
)
_ENDINGS: Final = {"!--": "-->", "?": ">", "![cdata[": "]]>"}
_SUBSET_END: Final = re.compile(r"\]\s*>")
_HTML_DOCTYPE: Final = re.compile(r"<!doctype\s+html", re.IGNORECASE)
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\ufffd]")

_FEED_ROOTS: Final = frozenset(["rss", "feed", "rdf", "channel", "urlset", "sitemapindex"])
_FOREIGN_ROOTS: Final[dict[str, NotAFeed]] = {
    "html": "html",
    "head": "html",
    "body": "html",
    "opml": "opml",
}
#: Elements that only HTML has, for pages without <html>.
_HTML_TAGS: Final = frozenset(
    ["a", "b", "br", "center", "div", "h1", "h2", "h3", "hr", "img", "meta", "p", "pre", "script", "span", "style"]
)
#: This share of control characters at the beginning makes a file binary.
_BINARY_SHARE: Final = 0.05
_HEAD_LENGTH: Final = 1024
#: Start tags that may stand before a feed's root: notices of servers are shorter.
_MAX_TAGS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """Where the feed's outermost element begins, and its name as written ("rdf:RDF")."""

    start: int
    name: str


def sniff(text: str) -> Literal["json"] | Root:
    """
    ``"json"`` for a JSON document, or the root of a feed in XML.

    Raises:
        FeedError: the document is neither; ``found`` names what it is.
    """
    head = text.lstrip(_BLANK)[:_HEAD_LENGTH]
    if not head:
        raise FeedError("empty")
    if head.startswith(("{", "[")):
        return "json"
    tags: list[str] = []
    for start, name in _elements(text):
        local = name.rpartition(":")[2].lower()
        if local in _FEED_ROOTS:
            return Root(start=start, name=name)
        if local in _FOREIGN_ROOTS:
            found = _FOREIGN_ROOTS[local]
            raise FeedError(wall_in(text) or found if found == "html" else found)
        tags.append(local)
    found = _found(head, tags)
    raise FeedError(wall_in(text) or found if found in {"html", "text"} else found)


def _found(head: str, tags: list[str]) -> NotAFeed:
    if len(_CONTROL.findall(head)) > _BINARY_SHARE * len(head):
        return "binary"
    if _HTML_DOCTYPE.search(head) or (tags and tags[0] in _HTML_TAGS):
        return "html"
    if head.startswith("<") and tags:
        return "xml"
    return "text"


def _elements(text: str) -> Iterator[tuple[int, str]]:
    """Position and name of the first start tags, passing over comments, instructions and one DOCTYPE; linear."""
    position, count, has_doctype = 0, 0, False
    while count < _MAX_TAGS:
        found = _MARKUP.search(text, position)
        if found is None:
            return
        position = found.end()
        section, doctype, name = found.groups()
        if section:
            position = text.find(_ENDINGS[section.lower()], position)
            if position < 0:
                return
        elif doctype and not has_doctype:
            has_doctype = True
            position = _after_doctype(text, found.start())
        elif name:
            count += 1
            yield found.start(), name


def _after_doctype(text: str, start: int) -> int:
    """Where to go on after a DOCTYPE; its internal subset may declare entities that hold tags."""
    end = text.find(">", start)
    bracket = text.find("[", start, end)
    if bracket >= 0:
        subset = _SUBSET_END.search(text, bracket)
        return subset.end() if subset else bracket
    return max(end, start + 1)
