"""Long lists seen in parts: what a status page reads of feeds, dead letters and sources, bounded whatever there is."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from redis import exceptions as refusals

from ingest.errors import StoreError
from ingest.store.connect import Store
from ingest.store.due import moment
from ingest.store.feeds import ListedFeed, decode_feed
from ingest.urls import redact

#: What the store says of a key that holds something else than ours, or our own readers of what is damaged in it.
STORED = (refusals.ResponseError, StoreError)
#: What reading such a value may raise in all; an absent store is connect.AWAY.
DAMAGED = (*STORED, refusals.DataError, ValueError, TypeError, KeyError, IndexError)

#: Feeds read in one round trip: some milliseconds of ours, in which nobody else is answered.
BATCH = 250
_CARD = ("url", "title", "folder", "state", "failures")


@dataclass(frozen=True, slots=True)
class Card:
    """What a list of feeds is searched, filtered and sorted by."""

    id: str
    #: Its secrets blotted out: nobody is to find one by searching for its letters.
    url: str
    title: str
    folder: str
    #: "fine", "failing", "paused", "gone", or "damaged" where what is stored cannot be read.
    state: str
    failures: int
    #: Milliseconds since 1970; None while it is being polled, or rests.
    due: float | None


async def scan_cards(store: Store, limit: int) -> AsyncIterator[list[Card]]:
    """All feeds, in no order, some hundreds at a time, until ``limit`` is reached; SCAN may give one twice."""
    batch: list[str] = []
    seen = 0
    async for id_, _ in store.redis.hscan_iter(store.keys.feeds, count=BATCH):
        batch.append(id_.decode("utf-8", "replace"))
        seen += 1
        if len(batch) == BATCH or seen == limit:
            yield await read_cards(store, batch)
            batch = []
        if seen == limit:
            return
    if batch:
        yield await read_cards(store, batch)


async def read_cards(store: Store, ids: Sequence[str]) -> list[Card]:
    """These feeds; those that are gone are left out."""
    async with store.redis.pipeline(transaction=False) as pipe:
        for id_ in ids:
            pipe.hmget(store.keys.feed(id_), list(_CARD))
        pipe.zmscore(store.keys.due("feeds"), list(ids))
        *rows, scores = await pipe.execute(raise_on_error=False)
    due = scores if isinstance(scores, list) else [None] * len(ids)
    return [_card(id_, row, score) for id_, row, score in zip(ids, rows, due, strict=True)]


def _card(id_: str, row: Any, due: Any) -> Card:
    if not isinstance(row, list):
        return Card(id=id_, url="", title="", folder="", state="damaged", failures=0, due=due)
    url, title, folder, state, failures = (_text(value) for value in row)
    n_failures = int(failures) if re.fullmatch(r"[0-9]{1,9}", failures) else 0
    shown = {"paused": "paused", "dormant": "gone"}.get(state) or ("failing" if n_failures else "fine")
    return Card(id=id_, url=redact(url), title=title, folder=folder, state=shown, failures=n_failures, due=due)


async def read_feeds(store: Store, ids: Sequence[str]) -> list[ListedFeed | None]:
    """These feeds and when they are due; None for one that cannot be read."""
    if not ids:
        return []
    async with store.redis.pipeline(transaction=False) as pipe:
        for id_ in ids:
            pipe.hgetall(store.keys.feed(id_))
        pipe.zmscore(store.keys.due("feeds"), list(ids))
        *hashes, scores = await pipe.execute(raise_on_error=False)
    due = scores if isinstance(scores, list) else [None] * len(ids)
    return [_listed(id_, fields, score) for id_, fields, score in zip(ids, hashes, due, strict=True)]


def _listed(id_: str, fields: Any, score: Any) -> ListedFeed | None:
    if not isinstance(fields, dict) or not fields.get(b"url"):
        return None
    try:
        feed = decode_feed(id_, {name.decode("utf-8", "replace"): value for name, value in fields.items()})
    except DAMAGED:
        return None
    return ListedFeed(feed=feed, due_at=moment(score))


async def count_dead(store: Store) -> int:
    """How many dead letters there are, those counted that are forgotten but not yet missed."""
    return int(await store.redis.zcard(store.keys.dead))


async def dead_reasons(store: Store, limit: int) -> list[tuple[str, str]]:
    """Ids and reasons of the latest dead letters, the latest first."""
    found: list[bytes] = await store.redis.zrange(store.keys.dead, 0, limit - 1, desc=True)  # type: ignore[assignment]  # as above
    ids = [id_.decode("utf-8", "replace") for id_ in found]
    async with store.redis.pipeline(transaction=False) as pipe:
        for id_ in ids:
            pipe.hget(store.keys.entry(id_), "reason")
        reasons = await pipe.execute(raise_on_error=False)
    return [(id_, _text(reason)) for id_, reason in zip(ids, reasons, strict=True)]


async def newest_sources(store: Store, limit: int) -> list[str]:
    """The sources of which something is known, those counted or corrected last first."""
    found: list[bytes] = await store.redis.zrange(store.keys.sources, 0, limit - 1, desc=True)  # type: ignore[assignment]  # as above
    return [name.decode("utf-8", "replace") for name in found]


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
