"""
A second, cheap reading of a feed with lxml, for what feedparser loses or mixes up (research: feeds.md 3).

It knows whose child an element is, so a photo's description is not the article's, and it keeps ids, dates and authors
as they stand. It costs a hundredth of feedparser's time.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from lxml import etree

from ingest.feeds.plain import escape_text

#: Namespaces by address, lower-case and without the trailing slash; "" is RSS of every version, "atom" every Atom.
_SPACES: Final = {
    "": "",
    "http://backend.userland.com/rss": "",
    "http://backend.userland.com/rss2": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://purl.org/rss/1.0": "",
    "http://my.netscape.com/rdf/simple/0.9": "",
    "http://purl.org/rss/1.0/modules/rss091#": "",
    "http://www.w3.org/2005/atom": "atom",
    "http://purl.org/atom/ns#": "atom",
    "http://purl.org/rss/1.0/modules/content": "content",
    "http://purl.org/dc/elements/1.1": "dc",
    "http://purl.org/dc/terms": "dcterms",
    "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://purl.org/syndication/thread/1.0": "thr",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
}
_ABOUT: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
#: Element names in front of which no prefix was declared ("content:encoded").
_UNDECLARED: Final = frozenset(_SPACES.values()) - {""}


class Name(NamedTuple):
    """An element's name: our short word for its namespace, and the lower-case local name."""

    space: str
    local: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One element of an item or a channel, with what it holds."""

    name: Name
    element: etree._Element

    @property
    def text(self) -> str:
        """All text inside, stripped."""
        return "".join(str(part) for part in self.element.itertext()).strip()

    def get(self, attribute: str) -> str:
        """An attribute whatever its case and space, "" when it is missing."""
        wanted = attribute.lower()
        given = ((str(name).lower(), str(value)) for name, value in self.element.attrib.items())
        return next((value.strip() for name, value in given if name == wanted), "")

    @property
    def base(self) -> str | None:
        """xml:base in force here, as far as the document gives one."""
        return self.element.base

    def blocks(self) -> tuple[Block, ...]:
        """The element's own children."""
        return blocks(self.element)

    @property
    def markup(self) -> str:
        """The content as an HTML fragment: escaped markup as it is, elements serialised, XHTML's outer div dropped."""
        if not len(self.element):
            return self.text
        inner = self.element
        if self.get("type") == "xhtml" and [_name(child).local for child in inner] == ["div"]:
            inner = inner[0]
        parts = [escape_text(inner.text or "")]
        for child in inner:
            alone = deepcopy(child)
            etree.cleanup_namespaces(alone)  # or each child would declare every namespace of the document
            parts.append(etree.tostring(alone, encoding="unicode", method="html"))
        return "".join(parts).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item as it stands in the document."""

    blocks: tuple[Block, ...]
    about: str = ""
    base: str | None = None

    def all(self, *names: str) -> tuple[Block, ...]:
        """The direct children of these names ("dc:creator", "author"), in the order of the names."""
        return tuple(block for name in names for block in self.blocks if block.name == _parsed(name))

    def first(self, *names: str) -> Block | None:
        """The first child of these names that is not empty."""
        return next((block for block in self.all(*names) if block.text or len(block.element.attrib)), None)

    def text(self, *names: str) -> str:
        """Text of the first child of these names that has any."""
        return next((text for block in self.all(*names) if (text := block.text)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The document: its channel's children and its items, in order."""

    is_atom: bool
    channel: Item
    items: tuple[Item, ...] = field(default=())


def read(data: bytes) -> Reading | None:
    """The document as lxml reads it, repaired where it can; None when there is nothing to read."""
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root is None:
        return None
    is_atom = _name(root).local == "feed"
    channel = next((child for child in root if _name(child).local == "channel"), root)
    items = tuple(_item(element, is_atom=is_atom) for element in _items(root))
    return Reading(is_atom=is_atom, channel=_item(channel, is_atom=is_atom), items=items)


def blocks(element: etree._Element) -> tuple[Block, ...]:
    """The children of an element."""
    return tuple(Block(name=_name(child), element=child) for child in element)


def _items(root: etree._Element) -> Iterator[etree._Element]:
    """Items wherever they stand, but none inside another."""
    pending = [root]
    while pending:
        pending.extend(reversed(pending.pop()))
        while pending and _name(pending[-1]).local in {"item", "entry"} and _name(pending[-1]).space in {"", "atom"}:
            yield pending.pop()


def _item(element: etree._Element, *, is_atom: bool) -> Item:
    found = blocks(element)
    if is_atom:  # Atom without its namespace, or with that of a draft
        found = tuple(
            Block(name=Name("", b.name.local), element=b.element) if b.name.space == "atom" else b for b in found
        )
    return Item(blocks=found, about=str(element.get(_ABOUT) or "").strip(), base=element.base)


def _name(element: etree._Element) -> Name:
    tag: object = element.tag
    if not isinstance(tag, str):  # lxml has functions for tags of comments and entities
        return Name("?", "")
    space, _, local = tag.rpartition("}")
    address = space.removeprefix("{").rstrip("/").lower()
    prefix, colon, rest = local.partition(":")
    if colon and not space and prefix.lower() in _UNDECLARED:
        return Name(prefix.lower(), rest.lower())
    return Name(_SPACES.get(address, address), local.lower())


def _parsed(name: str) -> Name:
    space, _, local = name.rpartition(":")
    return Name(space, local)
