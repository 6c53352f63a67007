"""The output stream as an onlooker sees it: its newest rows, and who reads it and how far behind they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from redis import exceptions as refusals

from ingest.store.connect import Store
from ingest.store.due import moment
from ingest.store.keys import Work
from ingest.store.record import record_of

#: Groups, and consumers of one, that are looked at; more than anybody has.
MAX_GROUPS = 100
MAX_CONSUMERS = 100

_ROW = re.compile(r"([0-9]{1,16})-[0-9]{1,20}")

#: A row of the stream: its id, and its fields.
Row = tuple[str, dict[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """One reader of a group."""

    name: str
    pending: int
    idle: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A consumer group of the output stream."""

    name: str
    #: Rows it was not given yet; None where the server cannot say.
    lag: int | None
    #: Rows it was given and has not acknowledged, and when the oldest of them was written.
    pending: int
    pending_since: datetime | None
    last_row: str
    consumers: tuple[Consumer, ...]


def row_time(row: str) -> datetime | None:
    """When a row was written: its id says so."""
    found = _ROW.fullmatch(row)
    return moment(float(found[1])) if found else None


async def rows_before(store: Store, before: str, count: int) -> list[Row]:
    """At most ``count`` rows older than that one ("": the newest), the newest first."""
    last = f"({before}" if _ROW.fullmatch(before) else "+"
    return _rows(await store.redis.xrevrange(store.keys.articles, max=last, count=count))


async def rows_after(store: Store, after: str, count: int) -> list[Row]:
    """At most ``count`` rows younger than that one, the oldest first."""
    return _rows(await store.redis.xrange(store.keys.articles, min=f"({after}", count=count))


async def read_rows(store: Store, ids: Sequence[str]) -> list[Row]:
    """Those of the rows that the stream still holds."""
    async with store.redis.pipeline(transaction=False) as pipe:
        for id_ in ids:
            if _ROW.fullmatch(id_):
                pipe.xrange(store.keys.articles, id_, id_)
        found = await pipe.execute(raise_on_error=False)
    return [row for rows in found if isinstance(rows, list) for row in _rows(rows)]


def _rows(found: Any) -> list[Row]:
    return [(id_.decode("ascii", "replace"), fields or {}) for id_, fields in found]


async def events_of(store: Store, article_id: str) -> list[str]:
    """The rows that an article's record names: its first publication, the last look's event, the last replay's."""
    record = await record_of(store, article_id)
    return [row for row in (record.event, record.revisit_event, record.latest) if row] if record else []


async def oldest_due(store: Store, work: Work) -> datetime | None:
    """Since when the first in line has been waiting, or when it will be due."""
    found: Any = await store.redis.zrange(store.keys.due(work), 0, 0, withscores=True)
    return moment(found[0][1]) if found else None


async def count_due(store: Store, work: Work, now: datetime) -> int:
    """How much may be worked on now and is not claimed."""
    return int(await store.redis.zcount(store.keys.due(work), "-inf", now.astimezone(UTC).timestamp() * 1000))


async def eviction(store: Store) -> str:
    """What the server does when it is full, "" where it does not say."""
    memory: dict[str, Any] = await store.redis.info("memory")
    return str(memory.get("maxmemory_policy", ""))


async def read_groups(store: Store) -> tuple[Group, ...]:
    """The consumer groups by name; none where there is no stream yet."""
    name = store.keys.articles
    try:
        found: Any = await store.redis.xinfo_groups(name)
    except refusals.ResponseError as error:
        if "no such key" in str(error):
            return ()
        raise
    shown = sorted(found, key=lambda one: _text(one["name"]))[:MAX_GROUPS]
    async with store.redis.pipeline(transaction=False) as pipe:
        for one in shown:
            pipe.xinfo_consumers(name, one["name"])
            pipe.xpending(name, one["name"])
        replies = await pipe.execute(raise_on_error=False)
    return tuple(_group(one, *replies[2 * i : 2 * i + 2]) for i, one in enumerate(shown))


def _group(one: dict[str, Any], consumers: Any, pending: Any) -> Group:
    oldest = _text(pending.get("min")) if isinstance(pending, dict) else ""
    listed = consumers if isinstance(consumers, list) else []
    return Group(
        name=_text(one["name"]),
        lag=None if one.get("lag") is None else int(one["lag"]),
        pending=int(one["pending"]),
        pending_since=row_time(oldest),
        last_row=_text(one.get("last-delivered-id")),
        consumers=tuple(_consumer(each) for each in listed[:MAX_CONSUMERS]),
    )


def _consumer(each: dict[str, Any]) -> Consumer:
    return Consumer(
        name=_text(each["name"]), pending=int(each["pending"]), idle=timedelta(milliseconds=int(each["idle"]))
    )


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
