"""
The fast path: RSS 0.9x, 1.0 and 2.0 and Atom 0.3 and 1.0 read from lxml's tree, one pass over each element's children.

Linear in the document: nothing is looked up twice, and of what may repeat without end a fixed number is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

from ingest.feeds.constructs import plain_construct
from ingest.feeds.dates import parse_date
from ingest.feeds.entries import (
    Document,
    Link,
    alternate,
    build_entry,
    categories_of,
    date_of,
    links_of,
    rss_link,
)
from ingest.feeds.limits import MAX_ENTRIES
from ingest.feeds.people import authors_in
from ingest.feeds.pictures import MAX_FILES, image_element
from ingest.feeds.plain import plain, plain_from_either
from ingest.feeds.tree import (
    ABOUT,
    LANG,
    Element,
    Names,
    Parts,
    attribute,
    first,
    first_text,
    mend_tree,
    parts_of,
    read_tree,
    text_in,
)
from ingest.feeds.vocabulary import ENTRY, FEED, present_in_entry
from ingest.models import Entry, ParsedFeed

_ITEMS: Final = ("item", "entry")
#: Start tags of entries, whatever prefix they have.
_ITEM_TAG: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(?:item|entry)(?=[\s/>])", re.IGNORECASE)
#: XML's own attributes that mean something here; one search takes half the time of ``in`` (CPython 3.11).
_SPECIAL: Final = re.compile(rb"xml:(base|lang)")
_SECTION: Final = re.compile(rb"<!--|<!\[CDATA\[")
_ENDINGS: Final = {b"<!--": b"-->", b"<![CDATA[": b"]]>"}
_MAX_NUMBER: Final = 10**6
_MAX_CHILDREN: Final = 100
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOURS: Final = range(25)  # RSS 0.91 counted from 1 to 24


def read_xml(body: bytes, url: str) -> ParsedFeed | None:
    """
    The feed in a well-formed document in UTF-8 without declaration; None when it is not well-formed, is of a format
    that is read elsewhere, or shows no entries although its bytes have some.
    """
    root = read_tree(body)
    feed = _feed(root, body, url) if root is not None else None
    return None if feed is None or (not feed.entries and count_items(body)) else feed


def mend_xml(body: bytes, url: str) -> ParsedFeed | None:
    """The same for a document that is not well-formed; None also when it shows other entries than its bytes have."""
    root = mend_tree(body)
    feed = _feed(root, body, url) if root is not None else None
    return None if feed is None or len(feed.entries) != min(count_items(body), MAX_ENTRIES) else feed


def count_items(body: bytes) -> int:
    """How many start tags of entries the document has outside comments and CDATA sections."""
    count, position = 0, 0
    while True:
        opening = _SECTION.search(body, position)
        end = body.find(_ENDINGS[opening[0]], opening.end()) if opening else -1
        if opening is None or end < 0:  # what follows an opening without end is text to every parser
            return count + len(_ITEM_TAG.findall(body, position))
        count += len(_ITEM_TAG.findall(body, position, opening.start()))
        position = end


def _feed(root: Element, body: bytes, url: str) -> ParsedFeed | None:
    kind = str(root.tag).rpartition("}")[2].lower()
    if kind not in {"rss", "feed", "rdf"}:
        return None
    is_atom = kind == "feed"
    names = Names(root, is_atom=is_atom)
    channel = root if is_atom else next((child for child in root if names[child.tag] == "channel"), root)
    parts = parts_of(channel, names)
    items = _items(root, channel, parts, names)
    authors = authors_in(parts, FEED["authors"], names, url) or authors_in(parts, FEED["other authors"], names, url)
    special = set(_SPECIAL.findall(body))
    document = Document(
        url=url,
        names=names,
        is_atom=is_atom,
        wanted=present_in_entry(names.values()),
        has_bases=b"base" in special,
        has_languages=b"lang" in special,
        language=plain(first_text(parts, FEED["language"]) or channel.get(LANG) or root.get(LANG)),
        authors=authors,
    )
    entries = tuple([build_entry(item, inner, document) for item, inner in items])
    return _described(root, channel, parts, document, entries=entries, format_=_format(root, kind))


def _described(
    root: Element,
    channel: Element,
    parts: Parts,
    document: Document,
    *,
    entries: tuple[Entry, ...],
    format_: str,
) -> ParsedFeed:
    links = [*links_of(parts, "atom:link"), *links_of(parts, "link")]
    hours, days = _skips(parts, document.names)
    page = alternate(links, document) if document.is_atom else rss_link(parts, document)
    return ParsedFeed(
        format=format_,
        title=_line(parts, document, FEED["title"]) or _line(parts, document, FEED["other title"]),
        subtitle=_line(parts, document, FEED["subtitle"])
        or plain_from_either(first_text(parts, FEED["other subtitle"])),
        id=plain(first_text(parts, FEED["id"]) or channel.get(ABOUT)),
        link=page or alternate(links, document),
        self_url=next(iter(_related(links, "self", document)), None),
        hubs=_related(links, "hub", document),
        next_url=next(iter(_related(links, "next", document)), None),
        language=document.language,
        updated_at=date_of(parts, FEED["updated"]),
        published_at=date_of(parts, FEED["published"]),
        ttl_minutes=_number(first_text(parts, ("ttl",))),
        skip_hours=hours,
        skip_days=days,
        sy_period=plain(first_text(parts, ("sy:updateperiod",))),
        sy_frequency=_number(first_text(parts, ("sy:updatefrequency",))),
        sy_base=parse_date(first_text(parts, ("sy:updatebase",))),
        authors=document.authors,
        image=_image(root, parts, document, FEED["logo"]),
        icon=_icon(parts, document, FEED["icon"]),
        generator=_generator(parts, FEED["generator"]),
        categories=categories_of(parts, document.wanted),
        rights=_line(parts, document, FEED["rights"]),
        entries=entries,
    )


def _items(root: Element, channel: Element, parts: Parts, names: Names) -> list[tuple[Element, Parts]]:
    """
    The first items with their children, wherever they stand: in the channel, beside it, in wrappers or, where an end
    tag was forgotten, in one another. What an item quotes (atom:source, content) is not searched.
    """
    beside = [child for child in root if child is not channel] if channel is not root else []
    wrappers = [element for name, found in parts.items() if name not in _ITEMS for element in found if len(element)]
    pending = [*reversed((*beside, *wrappers)), *reversed([item for name in _ITEMS for item in parts.get(name, ())])]
    items: list[tuple[Element, Parts]] = []
    while pending and len(items) < MAX_ENTRIES:
        element = pending.pop()
        if names[element.tag] in _ITEMS:
            inner = parts_of(element, names)
            items.append((element, inner))
            if "item" in inner or "entry" in inner:
                pending.extend(reversed([nested for name in _ITEMS for nested in inner.get(name, ())]))
        elif len(element):
            pending.extend(reversed(element))
    return items


def _format(root: Element, kind: str) -> str:
    space = str(root.tag).rpartition("}")[0].lower()
    version = attribute(root, "version")
    if kind == "feed":
        return "atom03" if "purl.org/" in space or version in {"0.1", "0.2", "0.3"} else "atom10"
    if kind == "rdf":
        return "rss090" if any("netscape.com" in str(address).lower() for address in root.nsmap.values()) else "rss10"
    if version.startswith("0.9"):
        return {"0.90": "rss090", "0.9": "rss090", "0.91": "rss091"}.get(version, "rss092")
    return "rss20"


def _line(parts: Parts, document: Document, wanted: Iterable[str]) -> str:
    element = first(parts, wanted)
    return plain_construct(element, is_typed=document.is_atom) if element is not None else ""


def _related(links: list[Link], relation: str, document: Document) -> tuple[str, ...]:
    """Addresses of the links with this relation."""
    found = (document.address(link, attribute(link, "href")) for other, link in links if other == relation)
    return tuple(dict.fromkeys(address for address in found if address))


def _number(text: str) -> int | None:
    """A whole number of minutes or times; None for anything else."""
    digits = text.partition(".")[0].strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(_MAX_NUMBER)):
        return None
    return int(digits)


def _skips(parts: Parts, names: Names) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """All hours and days in which the feed asks not to be polled."""
    hours: dict[int, None] = {}
    days: dict[str, None] = {}
    for block in (*parts.get("skiphours", ())[:1], *parts.get("skipdays", ())[:1]):
        for child in islice(block, _MAX_CHILDREN):
            text = text_in(child)
            number, day = _number(text), text.capitalize()
            if names[child.tag] == "hour" and number is not None and number in _HOURS:
                hours[number % 24] = None
            elif names[child.tag] == "day" and day in _DAYS:
                days[day] = None
    return tuple(hours), tuple(days)


def _image(root: Element, parts: Parts, document: Document, logos: Iterable[str]) -> str | None:
    """The channel's picture; RSS 0.90 and 1.0 have it beside the channel, which only refers to it."""
    names = document.names
    beside = [child for child in islice(root, _MAX_CHILDREN) if names[child.tag] == "image"]
    elements = [*parts.get("image", ())[:MAX_FILES], *beside]
    candidates = [(element, image_element(element, names)) for element in elements]
    for name in logos:
        candidates.extend((element, text_in(element)) for element in parts.get(name, ())[:MAX_FILES])
    for name in ENTRY["pictures"]:
        found = parts.get(name, ())[:MAX_FILES]
        candidates.extend((element, attribute(element, "href") or attribute(element, "url")) for element in found)
    return next((url for element, given in candidates if (url := document.address(element, given))), None)


def _icon(parts: Parts, document: Document, wanted: Iterable[str]) -> str | None:
    element = first(parts, wanted)
    return document.address(element, text_in(element)) if element is not None else None


def _generator(parts: Parts, wanted: Iterable[str]) -> str:
    element = first(parts, wanted)
    if element is not None and text_in(element):
        return plain_from_either(text_in(element))
    agent = first(parts, ("admin:generatoragent",))
    return plain(str(next(iter(agent.attrib.values()), ""))) if agent is not None else ""
