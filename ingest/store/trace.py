"""The whole story of an entry: where it was seen, what was tried, how it ended, and where it is now."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingest.errors import EventError, StoreError
from ingest.messages.event import read_event
from ingest.models import Feed
from ingest.store.articles import owner_of
from ingest.store.connect import Store
from ingest.store.due import moment
from ingest.store.entries import EntryRef, read_entries, read_ref
from ingest.store.feeds import decode_feed
from ingest.store.record import read_record, record_of
from ingest.urls import url_key

#: Entries in hand, and dead letters, that are looked through for an address: only published ones are found by it.
MAX_SEARCHED = 200_000
_BATCH = 500
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What the store knows of one entry and its article."""

    entry_id: str
    seen_at: datetime | None = None
    #: What its feed said; None once it ended.
    ref: EntryRef | None = None
    #: None where the feed is no longer subscribed.
    feed: Feed | None = None
    attempts: int = 0
    #: The last failure of an entry in hand.
    error: str = ""
    #: "" while it is in hand.
    outcome: str = ""
    reason: str = ""
    ended_at: datetime | None = None
    #: When it may be worked on next, while it waits.
    due_at: datetime | None = None
    #: Until when a worker has it, while it is worked on.
    claimed_until: datetime | None = None
    #: The article it was published as, or the one it is a double of.
    article_id: str = ""
    article_url: str = ""
    article_title: str = ""
    head_id: str = ""
    published_at: datetime | None = None
    #: The row of the output stream; "" where nothing was published.
    row: str = ""
    #: The article as its event says it; None where the stream no longer holds it.
    document: dict[str, Any] | None = None


async def trace(store: Store, target: str) -> Trace | None:
    """The story of an entry or an article, by its id or address; None where nothing is known of it."""
    if _ID.fullmatch(target):
        return await _by_id(store, target)
    key = url_key(target)
    owner = await owner_of(store, key)
    if owner:
        return await _by_id(store, owner)
    async for ids in _in_hand_or_dead(store):
        for found, fields in zip(ids, await read_entries(store, ids), strict=True):
            ref = _ref(fields)
            if ref is not None and ref.entry.url and url_key(ref.entry.url) == key:
                return await _tell(store, found, fields)
    return None


async def _by_id(store: Store, id_: str) -> Trace | None:
    fields = await _entry(store, id_)
    if fields:
        return await _tell(store, id_, fields)
    article = await record_of(store, id_)
    if article is None:
        return None
    entry_id = article.known.entry if article.known else ""
    return await _tell(store, entry_id, await _entry(store, entry_id), article_id=id_)


async def _entry(store: Store, id_: str) -> dict[bytes, bytes]:
    return (await read_entries(store, [id_]))[0]


async def _tell(store: Store, id_: str, fields: dict[bytes, bytes], *, article_id: str = "") -> Trace:
    keys = store.keys
    article_id = article_id or _text(fields, "article")
    feed_id = _text(fields, "feed")
    async with store.redis.pipeline(transaction=True) as pipe:
        pipe.hgetall(keys.feed(feed_id))
        pipe.zscore(keys.due("entries"), id_)
        pipe.zscore(keys.lease("entries"), id_)
        pipe.get(keys.article(article_id))
        feed, due, lease, stored = await pipe.execute()
    article = read_record(stored)
    row, known = (article.event, article.known) if article else ("", None)
    strikes = _text(fields, "strikes")
    return Trace(
        entry_id=id_,
        seen_at=moment(fields.get(b"seen")),
        ref=_ref(fields),
        feed=decode_feed(feed_id, {name.decode("utf-8", "replace"): value for name, value in feed.items()})
        if feed
        else None,
        attempts=int(strikes) if re.fullmatch(r"[0-9]{1,9}", strikes) else 0,
        error=_text(fields, "error"),
        outcome=_text(fields, "outcome"),
        reason=_text(fields, "reason"),
        ended_at=moment(fields.get(b"closed")),
        due_at=moment(due),
        claimed_until=moment(lease),
        article_id=article_id,
        article_url=known.url if known else "",
        article_title=known.title if known else "",
        head_id=(article.head or article_id) if article else "",
        # A row's id begins with the time it was added.
        published_at=moment(row.partition("-")[0].encode()),
        row=row,
        document=await _document(store, row) if row else None,
    )


async def _document(store: Store, row: str) -> dict[str, Any] | None:
    if not re.fullmatch(r"[0-9]{1,20}-[0-9]{1,20}", row):
        return None
    rows: Any = await store.redis.xrange(store.keys.articles, row, row)
    try:
        return dict(read_event(rows[0][1]).article) if rows else None
    except EventError:
        return None


async def _in_hand_or_dead(store: Store) -> AsyncIterator[list[str]]:
    """Ids in batches, of what has no address in the index yet."""
    keys = store.keys
    for name in (keys.dead, keys.lease("entries"), keys.due("entries")):
        for start in range(0, MAX_SEARCHED, _BATCH):
            ids: list[bytes] = await store.redis.zrange(name, start, start + _BATCH - 1)  # type: ignore[assignment]  # as in _by_id
            if ids:
                yield [id_.decode("utf-8", "replace") for id_ in ids]
            if len(ids) < _BATCH:
                break


def _ref(fields: dict[bytes, bytes]) -> EntryRef | None:
    try:
        return read_ref(fields.get(b"ref", b""))
    except StoreError:
        return None


def _text(fields: dict[bytes, bytes], name: str) -> str:
    return fields.get(name.encode(), b"").decode("utf-8", "replace")
