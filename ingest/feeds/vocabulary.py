"""Which elements mean what: the fields of an entry and of a feed, and the elements that fill them, the best first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

#: Names as in ``tree``: those of RSS and Atom without prefix; in RSS, Atom's are "atom:...".
ENTRY: Final[Mapping[str, tuple[str, ...]]] = {
    "guid": ("guid", "id", "atom:id", "dc:identifier"),
    "title": ("title", "atom:title", "dc:title", "dcterms:title"),
    # Titles and texts of modules never overwrite the format's own (feeds.md 2).
    "other title": ("itunes:title", "media:title"),
    "published": (
        "pubdate", "published", "issued", "atom:published", "atom:issued", "dcterms:issued", "dc:date",
        "dcterms:created", "created",
    ),
    "updated": ("updated", "modified", "atom:updated", "atom:modified", "dcterms:modified", "dc:date", "lastbuilddate"),
    "authors": ("author", "dc:creator", "dc:author", "atom:author"),
    "other authors": ("itunes:author", "googleplay:author"),
    "summary": ("description", "abstract"),
    "typed summary": ("atom:summary", "summary"),
    "other summary": ("dc:description", "itunes:summary", "googleplay:description", "dcterms:abstract"),
    # Yandex asks publishers for whole texts, under names of its own.
    "content": ("content:encoded", "fullitem", "yandex:full-text", "turbo:content"),
    "other content": ("xhtml:body", "body", "atom:content", "content"),
    "categories": ("category", "dc:subject", "atom:category"),
    "nested categories": ("itunes:category",),
    "keywords": ("tags", "keywords", "itunes:keywords"),
    "media categories": ("media:category",),
    "media keywords": ("media:keywords",),
    "source": ("source", "atom:source"),
    "rights": ("rights", "copyright", "dc:rights", "atom:rights", "dcterms:rights", "media:copyright"),
    "media": ("media:content", "media:group"),
    "origin": ("feedburner:origlink",),
    "replies": ("thr:in-reply-to",),
    "enclosures": ("enclosure",),
    "languages": ("dc:language",),
    "named source": ("dc:source",),
    "images": ("image", "media:thumbnail", "itunes:image", "googleplay:image", "itunes:link"),
    "pictures": ("itunes:image", "googleplay:image", "itunes:link"),
}  # fmt: skip
FEED: Final[Mapping[str, tuple[str, ...]]] = {
    "title": ("title", "atom:title", "dc:title"),
    "other title": ("itunes:title",),
    "subtitle": ("description", "subtitle", "tagline", "dc:description", "atom:subtitle", "atom:tagline"),
    "other subtitle": ("itunes:summary", "itunes:subtitle", "googleplay:description"),
    "id": ("id", "guid", "atom:id"),
    "language": ("language", "dc:language"),
    "updated": ("lastbuilddate", "updated", "modified", "atom:updated", "atom:modified", "dcterms:modified", "dc:date"),
    "published": ("pubdate", "published", "atom:published", "dcterms:issued"),
    "authors": ("author", "managingeditor", "dc:creator", "dc:author", "atom:author"),
    "other authors": ("itunes:author", "googleplay:author"),
    "rights": ("rights", "copyright", "dc:rights", "atom:rights", "atom:copyright"),
    "logo": ("logo", "atom:logo"),
    "icon": ("icon", "atom:icon"),
    "generator": ("generator", "atom:generator"),
}


_KNOWN: Final = frozenset(name for elements in ENTRY.values() for name in elements)


def present_in_entry(names: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """``ENTRY`` cut down to the names that a document has: what is not there need not be looked for in each entry."""
    return _cut_down(_KNOWN.intersection(names))


@lru_cache(maxsize=256)  # a feed has the same names at every poll, and so have all feeds of one software
def _cut_down(names: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
    return {field: tuple([name for name in elements if name in names]) for field, elements in ENTRY.items()}
