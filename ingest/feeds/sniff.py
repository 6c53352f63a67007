"""What stands where a feed should be, told from its first element."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ingest.errors import FeedError, NotAFeed

#: White space and stray byte order marks.
_BLANK: Final = " \t\r\n\f\v\ufeff"
_TAG: Final = re.compile(r"<((?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*)(?=[\s>/])")
_SKIPPED: Final = (("<!--", "-->"), ("<?", ">"), ("<![CDATA[", "]]>"))
_SUBSET_END: Final = re.compile(r"\]\s*>")
_HTML_DOCTYPE: Final = re.compile(r"<!doctype\s+html", re.IGNORECASE)
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\ufffd]")

_FEED_ROOTS: Final = frozenset(["rss", "feed", "rdf", "channel"])
_FOREIGN_ROOTS: Final[dict[str, NotAFeed]] = {
    "html": "html",
    "head": "html",
    "body": "html",
    "opml": "opml",
    "urlset": "sitemap",
    "sitemapindex": "sitemap",
}
#: Elements that only HTML has, for pages without <html>.
_HTML_TAGS: Final = frozenset(
    ["a", "b", "br", "center", "div", "h1", "h2", "h3", "hr", "img", "meta", "p", "pre", "script", "span", "style"]
)
#: This share of control characters at the beginning makes a file binary.
_BINARY_SHARE: Final = 0.05
_HEAD_LENGTH: Final = 1024


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
            raise FeedError(_FOREIGN_ROOTS[local])
        tags.append(local)
    raise FeedError(_found(head, tags))


def _found(head: str, tags: list[str]) -> NotAFeed:
    if len(_CONTROL.findall(head)) > _BINARY_SHARE * len(head):
        return "binary"
    if _HTML_DOCTYPE.search(head) or (tags and tags[0] in _HTML_TAGS):
        return "html"
    if head.startswith("<") and tags:
        return "xml"
    return "text"


def _elements(text: str) -> Iterator[tuple[int, str]]:
    """Position and name of the start tags, passing over comments, instructions and the DOCTYPE; linear."""
    position = text.find("<")
    while position >= 0:
        following = position + 1
        for opening, ending in _SKIPPED:
            if text.startswith(opening, position):
                end = text.find(ending, position + len(opening))
                if end < 0:
                    return
                following = end
        if text[position : position + 9].upper() == "<!DOCTYPE":
            following = _after_doctype(text, position)
        tag = _TAG.match(text, position)
        if tag:
            yield position, tag[1]
        position = text.find("<", following)


def _after_doctype(text: str, start: int) -> int:
    """Where to go on after a DOCTYPE; its internal subset may declare entities that hold tags."""
    bracket, end = text.find("[", start), text.find(">", start)
    if 0 <= bracket < end:
        subset = _SUBSET_END.search(text, bracket)
        return subset.end() if subset else bracket
    return max(end, start + 1)
