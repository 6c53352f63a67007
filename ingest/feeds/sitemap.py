"""
Sitemaps as feeds: Google's news sitemaps, whose pages are entries, and the indexes that lead to them.

A sitemap without news lists a whole site, old pages among them, and is no feed.
"""

from __future__ import annotations

from typing import Final

from ingest.errors import FeedError
from ingest.feeds.dates import parse_date
from ingest.feeds.limits import MAX_ENTRIES
from ingest.feeds.plain import address, plain, plain_from_either
from ingest.feeds.tree import Element, Names, first_text, mend_tree, parts_of, read_tree
from ingest.models import Enclosure, Entry, ParsedFeed

#: Sitemaps of an index that are named; those of an archive go back for decades.
MAX_CHILDREN: Final = 100
_MAX_IMAGES: Final = 20


def parse_sitemap(body: bytes, url: str) -> ParsedFeed:
    """
    The feed in a sitemap of either kind (sitemaps.org 0.9; Google's news and image extensions).

    An index has no entries but ``children``, those changed last in front.

    Raises:
        FeedError: a sitemap without news ("sitemap"), or nothing that can be read ("broken").
    """
    root = mend_tree(body)
    if root is None:
        raise FeedError("broken", "a sitemap that cannot be read")
    return _sitemap(root, url)


def read_sitemap(body: bytes, url: str) -> ParsedFeed | None:
    """The same for a well-formed document; None for any other."""
    root = read_tree(body)
    return _sitemap(root, url) if root is not None else None


def _sitemap(root: Element, url: str) -> ParsedFeed:
    names = Names(root, is_atom=False)
    if names[root.tag].rpartition(":")[2] == "sitemapindex":
        return ParsedFeed(format="sitemapindex", children=_children(root, names, url))
    entries = [_entry(page, names, url) for page in root if names[page.tag] == "url"]
    if all(entry is None for entry in entries):
        raise FeedError("sitemap", "without news")
    return ParsedFeed(format="sitemap", entries=tuple([one for one in entries if one is not None][:MAX_ENTRIES]))


def _children(root: Element, names: Names, url: str) -> tuple[str, ...]:
    found = []
    for child in root:
        parts = parts_of(child, names)
        place = address(url, first_text(parts, ("loc",)))
        if names[child.tag] == "sitemap" and place:
            changed = parse_date(first_text(parts, ("lastmod",)))
            found.append((changed.timestamp() if changed else 0.0, place))
    found.sort(key=lambda one: -one[0])
    return tuple(dict.fromkeys(place for _, place in found))[:MAX_CHILDREN]


def _entry(page: Element, names: Names, url: str) -> Entry | None:
    """The entry of a page with news, None for a page without."""
    parts = parts_of(page, names)
    place = address(url, first_text(parts, ("loc",)))
    if place is None or "news:news" not in parts:
        return None
    news = parts_of(parts["news:news"][0], names)
    publication = news.get("news:publication", ())
    inner = parts_of(publication[0], names) if publication else {}
    keywords = first_text(news, ("news:keywords",)).split(",")
    images = _images(parts.get("image:image", [])[:_MAX_IMAGES], names, url)
    return Entry(
        url=place,
        title=plain_from_either(first_text(news, ("news:title",))),
        published_at=parse_date(first_text(news, ("news:publication_date",))),
        updated_at=parse_date(first_text(parts, ("lastmod",))),
        categories=tuple(dict.fromkeys(word for word in map(plain, keywords) if word)),
        media=images,
        image=images[0].url if images else None,
        language=plain(first_text(inner, ("news:language",))),
    )


def _images(elements: list[Element], names: Names, url: str) -> tuple[Enclosure, ...]:
    found = []
    for element in elements:
        parts = parts_of(element, names)
        place = address(url, first_text(parts, ("image:loc",)))
        if place:
            caption = plain_from_either(first_text(parts, ("image:caption", "image:title")))
            found.append(Enclosure(url=place, type="image", caption=caption))
    return tuple(found)
