"""
Where a page's feeds are: what its head declares, what it links to, and where sites keep them by custom.

Declared feeds are links of relation "alternate" with a feed's media type (the RSS Board's and the WHATWG's
autodiscovery); the rest are guesses, which somebody has to ask before they are offered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from lxml import etree, html

from ingest.feeds.decode import decode
from ingest.feeds.plain import plain
from ingest.models import Candidate
from ingest.urls import resolve

#: Media types under which a page declares a feed (WHATWG HTML 4.6.7.2, JSON Feed 1.1).
FEED_TYPES: Final = frozenset(
    ["application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"]
)
#: What many pages say instead, of other documents too: the title or the address must name a feed beside it.
_XML_TYPES: Final = frozenset(["text/xml", "application/xml"])
_NAMED: Final = re.compile(r"\b(?:rss|atom|feeds?)\b", re.IGNORECASE)
#: The scheme that once opened feed readers.
_FEED_SCHEME: Final = re.compile(r"\Afeed:(?=https?:|//)", re.IGNORECASE)
#: Where feeds are kept by custom, the commonest first.
CUSTOMARY: Final = ("/feed", "/rss", "/feed.xml", "/rss.xml", "/atom.xml", "/index.xml", "/feed.json")

#: A page declares a feed or two, some a hundred; and a page of this length has said what it has to say.
MAX_DECLARED: Final = 50
MAX_LINKED: Final = 5
MAX_CHARS: Final = 1_000_000
MAX_TAGS: Final = 5_000

_LINKED: Final = re.compile(r"(?:^|[/.?=_-])(?:rss|atom|feeds?)(?:[/.?=_-]|\d|$)|\.(?:rss|atom|rdf)$", re.IGNORECASE)
#: Feeds of comments are no news, and every blog declares one.
_COMMENTS: Final = re.compile(r"/comments?/(?:feed|rss|atom|default)|comments?[-_]feed|feed=comments", re.IGNORECASE)
_TAG: Final = re.compile(r"<(?:link|a|base)\s[^<>]{0,2000}>", re.IGNORECASE)


def find_feeds(body: bytes, url: str, content_type: str = "") -> tuple[Candidate, ...]:
    """
    Where the feeds of the page at ``url`` may be, the likeliest first, each address once.

    Declared feeds first, in the page's order, those of comments last; then what the page links to as a feed; then the
    customary places of its site. Linear in the page: only its link, a and base tags are read, by themselves.
    """
    text = decode(body, content_type)[:MAX_CHARS]
    found_tags = (match[0] for match in islice(_TAG.finditer(text), MAX_TAGS))
    tags = [tag for tag in map(_element, found_tags) if tag is not None]
    base = next((tag.get("href") for tag in tags if tag.tag == "base" and tag.get("href")), "")
    here = (resolve(url, base) or url) if base else url
    declared = sorted(_declared(tags, here), key=lambda one: _COMMENTS.search(one.url) is not None)
    linked = list(_linked(tags, here))[:MAX_LINKED]
    found: dict[str, Candidate] = {}
    for one in (*declared[:MAX_DECLARED], *linked, *_customary(url)):
        if one.url != url:
            found.setdefault(one.url, one)
    return tuple(found.values())


def _declared(tags: list[html.HtmlElement], here: str) -> Iterator[Candidate]:
    for tag in tags:
        if tag.tag == "link" and "alternate" in (tag.get("rel") or "").lower().split() and _is_feed(tag):
            href = (tag.get("href") or "").strip()
            address = resolve("http:" if href.startswith("feed://") else here, _FEED_SCHEME.sub("", href, count=1))
            if address:
                yield Candidate(url=address, title=plain(tag.get("title") or "")[:200], is_declared=True)


def _is_feed(tag: html.HtmlElement) -> bool:
    """Whether the type of an alternate is a feed's, or XML's where its title or its address names a feed."""
    kind = (tag.get("type") or "").partition(";")[0].strip().lower()
    if kind not in _XML_TYPES:
        return kind in FEED_TYPES
    return bool(_NAMED.search(tag.get("title") or "") or _LINKED.search((tag.get("href") or "")[:2000]))


def _linked(tags: list[html.HtmlElement], here: str) -> Iterator[Candidate]:
    for tag in tags:
        href = tag.get("href") or ""
        if tag.tag == "a" and _LINKED.search(href[:2000]) and not _COMMENTS.search(href[:2000]):
            address = resolve(here, href)
            if address:
                yield Candidate(url=address)


def _customary(url: str) -> Iterator[Candidate]:
    for path in CUSTOMARY:
        address = resolve(url, path)
        if address:
            yield Candidate(url=address)


def _element(tag: str) -> html.HtmlElement | None:
    """One tag by itself: what stands around it cannot break it."""
    try:
        found = html.fragment_fromstring(tag, create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    return found[0] if len(found) else None
