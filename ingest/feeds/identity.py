"""
Which entry an item is, from poll to poll, and which article an entry is.

Feeds flip http and https in their ids, give one id to all items, or none (research: dedup.md 5); a wrong answer posts
everything anew or hides what is new.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from ingest.models import Entry
from ingest.urls import address_id, url_key

#: 128 bits: no two of a billion entries share one by chance.
_DIGEST_BYTES: Final = 16
#: Titles at one address that make it a page of many articles.
MANY_TITLES: Final = 3
_ADDRESS: Final = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)


def entry_ids(
    feed_id: str, entries: Sequence[Entry], *, distrusts_guids: bool = False, shared: frozenset[str] | None = None
) -> tuple[str, ...]:
    """
    One id of 32 hex digits for each entry, the same in every poll and different in every feed.

    The guid counts, folded where it looks like an address; where one document gives a guid to different articles, their
    address counts beside it, or without one their title. Without a guid, or in a feed whose guids are distrusted, the
    address counts, with the title if entries share it; without both the title, date and text. ``shared`` are the
    entries' shared guids, where they are known already.
    """
    if shared is None:
        shared = frozenset() if distrusts_guids else shared_guids(entries)
    crowded = shared_addresses(entries)
    if distrusts_guids:
        return tuple(_entry_id(feed_id, replace(entry, guid=None), shared, crowded) for entry in entries)
    return tuple(_entry_id(feed_id, entry, shared, crowded) for entry in entries)


def shared_guids(entries: Sequence[Entry]) -> frozenset[str]:
    """
    Guids, folded, that one document gives to different articles: at different addresses, or without any, by title.

    One feed gave all of its items one guid (miniflux issue 4197: one of ten was shown). A feed that does it once does
    it again with other items, so it is better distrusted for good.
    """
    articles: defaultdict[str, set[str]] = defaultdict(set)
    for entry in entries:
        if entry.guid:
            articles[_folded(entry.guid)].add(_address(entry) or entry.title)
    return frozenset(guid for guid, found in articles.items() if len(found) > 1)


def apart(feed_id: str, entry: Entry) -> str:
    """The id of an entry whose guid another article had before (feedbin support issues 597 and 604)."""
    return _digest(feed_id, "guid+url", _folded(entry.guid or ""), _address(entry) or entry.title)


def shared_addresses(entries: Sequence[Entry]) -> frozenset[str]:
    """
    URL keys that many entries with different titles share: a home or live page, no article's own address.

    Told apart by address, all but one of these entries would be lost (FreshRSS issue 5329). Two titles are not many:
    they may be one article before and after an edit of its headline.
    """
    titles: defaultdict[str, set[str]] = defaultdict(set)
    for entry in entries:
        if address := _address(entry):
            titles[address].add(entry.title)
    return frozenset(address for address, found in titles.items() if len(found) >= MANY_TITLES)


def article_id(feed_id: str, entry_id: str, url: str | None) -> str:
    """The id of the article behind an entry: the same for every feed that links to its address."""
    return address_id(url_key(url)) if url else _digest("entry", feed_id, entry_id)


def _entry_id(feed_id: str, entry: Entry, shared: frozenset[str], crowded: frozenset[str]) -> str:
    address = _address(entry)
    if entry.guid:
        guid = _folded(entry.guid)
        return apart(feed_id, entry) if guid in shared else _digest(feed_id, "guid", guid)
    if address and address not in crowded:
        return _digest(feed_id, "url", address)
    if address:
        return _digest(feed_id, "url+title", address, entry.title)
    published = entry.published_at.isoformat() if entry.published_at else ""
    return _digest(feed_id, "text", entry.title, published, entry.content_html or entry.summary_html)


def _address(entry: Entry) -> str:
    """The key of the entry's address; "" when it has none."""
    url = entry.orig_url or entry.url
    return address_key(url) if url else ""


@lru_cache(maxsize=2048)
def address_key(url: str) -> str:
    """The URL key, kept for who asks next: a poll with news asks four times an entry (measured: a third of it)."""
    return url_key(url)


def _folded(guid: str) -> str:
    """
    The guid; one that looks like an address without scheme, ``www.`` and trailing slash.

    Its fragment counts: a page of many articles tells them apart by it (FreshRSS issue 5329).
    """
    text = guid.strip()
    found = _ADDRESS.match(text)
    if found is None:
        return text
    whole, mark, fragment = text[found.end() :].partition("#")
    host, slash, path = whole.partition("/")
    return (host.lower() + slash + path).rstrip("/") + mark + fragment


def _digest(*parts: str) -> str:
    """Digest of the parts; lengths keep ("a", "bc") and ("ab", "c") apart."""
    state = blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(len(data).to_bytes(8, "big"))
        state.update(data)
    return state.hexdigest()
