"""
Everything that is measured of the desk, for Prometheus: three round trips, two where nobody reads the stream.

The first trip is one transaction, so that the accounts are of one moment. Each answer is bounded, whatever the store
holds: the longest of the many, and a count of the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from redis import exceptions as refusals

from ingest.errors import StoreError
from ingest.store.connect import Store
from ingest.store.durability import Durability, judge
from ingest.store.keys import Work
from ingest.store.load import Load
from ingest.store.volume import Drifting, drifts_in

#: Consumer groups that are told apart, and hosts and drifting sources that are named.
MAX_GROUPS = 50
MAX_HOSTS = 10
MAX_DRIFTS = 10
#: What the names of the relay's groups begin with (relay.GROUP).
RELAY = "relay:"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkGauge:
    """One kind of work."""

    waiting: int
    claimed: int
    #: Of those waiting, how many should have begun, and since when the first of them.
    overdue: int
    oldest: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupGauge:
    """One consumer group of the output stream."""

    #: Events it was not given; None where the server cannot tell.
    lag: int | None
    #: Events it was given and has not acknowledged, and how long ago the first of them was published.
    pending: int
    oldest_pending: timedelta
    #: Events that were delivered to it too often and put aside.
    dead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkGauge:
    """One sink of the relay."""

    state: str
    dead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """One look at the desk."""

    at: datetime
    counts: Mapping[str, int]
    work: Mapping[Work, WorkGauge]
    feeds: int
    dead: int
    events: int
    #: None where the server does not say.
    stream_bytes: int | None
    groups: Mapping[str, GroupGauge]
    sinks: Mapping[str, SinkGauge]
    memory_bytes: int
    #: None where there is no limit.
    memory_limit_bytes: int | None
    durability: Durability
    #: The longest of late, in seconds, half forgotten in a quarter of an hour.
    host_waits: Mapping[str, float]
    drifts: Sequence[Drifting] = field(default=())

    @property
    def load(self) -> Load:
        """How full the store is, for the watermarks."""
        share = self.memory_bytes / self.memory_limit_bytes if self.memory_limit_bytes else None
        behind = [(self.events if one.lag is None else one.lag) + one.pending for one in self.groups.values()]
        return Load(memory=share, unread=max(behind, default=self.events))

    @property
    def accounts_difference(self) -> int:
        """Entries seen that neither ended nor are in hand; 0 while the accounts add up."""
        ended = sum(n for name, n in self.counts.items() if name.startswith("entries.") and name != "entries.seen")
        hand = self.work["entries"]
        return self.counts.get("entries.seen", 0) - ended - hand.waiting - hand.claimed


async def read_gauges(store: Store) -> Gauges:
    """
    How everything stands.

    Raises:
        StoreError: a counter that is stored is no number.
    """
    names, kinds = store.keys, get_args(Work)
    async with store.redis.pipeline(transaction=True) as pipe:
        pipe.time()
        pipe.hgetall(names.counts)
        for work in kinds:
            pipe.zcard(names.due(work))
            pipe.zcard(names.lease(work))
            pipe.zrange(names.due(work), 0, 0, withscores=True)
        pipe.hlen(names.feeds)
        pipe.zcard(names.dead)
        pipe.xlen(names.articles)
        pipe.zrange(names.waits, 0, MAX_HOSTS - 1, desc=True, withscores=True)
        pipe.hgetall(names.drifts)
        clock, counts, *works, feeds, dead, events, waits, drifts = await pipe.execute()
    now = datetime.fromtimestamp(clock[0] + clock[1] / 1e6, UTC)
    told, overdue, groups, sinks = await _details(store, now, kinds)
    server, persistence, memory, config, stream_bytes = told
    limit = int(memory.get("maxmemory") or 0)
    return Gauges(
        at=now,
        counts=_counts(counts),
        work={
            work: _work(works[3 * place], works[3 * place + 1], works[3 * place + 2], overdue[place], now)
            for place, work in enumerate(kinds)
        },
        feeds=feeds,
        dead=dead,
        events=events,
        stream_bytes=stream_bytes,
        groups=groups,
        sinks=sinks,
        memory_bytes=int(memory.get("used_memory") or 0),
        memory_limit_bytes=limit or None,
        durability=judge(server, persistence, memory, config),
        host_waits={_text(domain): wait / 1000 for domain, wait in waits},
        drifts=drifts_in(drifts),
    )


async def _details(
    store: Store, now: datetime, kinds: Sequence[Work]
) -> tuple[list[Any], list[int], dict[str, GroupGauge], dict[str, SinkGauge]]:
    """What the server says of itself, the overdue, and the readers; what a server refuses to say is left out."""
    names = store.keys
    async with store.redis.pipeline(transaction=False) as pipe:
        for part in ("server", "persistence", "memory"):
            pipe.info(part)
        pipe.config_get("appendfsync", "save")
        pipe.memory_usage(names.articles)
        pipe.xinfo_groups(names.articles)
        for work in kinds:
            pipe.zcount(names.due(work), "-inf", now.timestamp() * 1000)
        server, persistence, memory, config, size, found, *overdue = await pipe.execute(raise_on_error=False)
    for reply in (server, persistence, memory, *overdue):
        if isinstance(reply, Exception):
            raise reply
    known: dict[Any, Any] = config if isinstance(config, dict) else {}
    readers = found if isinstance(found, list) else []
    groups, sinks = await _readers(store, now, readers)
    told = [
        server,
        persistence,
        memory,
        {_text(name): _text(value) for name, value in known.items()},
        None if isinstance(size, Exception) else int(size or 0),
    ]
    return told, overdue, groups, sinks


async def _readers(
    store: Store, now: datetime, found: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, GroupGauge], dict[str, SinkGauge]]:
    """The groups, and what else is known of those that are sinks."""
    names, readers = store.keys, {_text(one["name"]): one for one in found[:MAX_GROUPS]}
    if not readers:
        return {}, {}
    sinks = [name.removeprefix(RELAY) for name in readers if name.startswith(RELAY)]
    async with store.redis.pipeline(transaction=False) as pipe:
        for name in readers:
            pipe.xpending(names.articles, name)
        for name in readers:
            pipe.xlen(names.aside(name))
        for sink in sinks:
            pipe.hget(names.sink(sink), "state")
            pipe.xlen(names.refused(sink))
        replies = await pipe.execute(raise_on_error=False)
    pending, aside, noted = (
        replies[: len(readers)],
        replies[len(readers) : 2 * len(readers)],
        replies[2 * len(readers) :],
    )
    groups = {
        name: GroupGauge(
            lag=None if one.get("lag") is None else int(one["lag"]),
            pending=int(one["pending"]),
            oldest_pending=_age(reply, now),
            dead=0 if isinstance(dead, Exception) else int(dead),
        )
        for (name, one), reply, dead in zip(readers.items(), pending, aside, strict=True)
    }
    states = zip(sinks, noted[::2], noted[1::2], strict=True)
    return groups, {
        sink: SinkGauge(state=_text(state), dead=int(dead))
        for sink, state, dead in states
        if not isinstance(state, Exception) and not isinstance(dead, Exception)
    }


def _age(pending: Any, now: datetime) -> timedelta:
    """How long ago the first pending event was published; a group that went away in between has none."""
    first = None if isinstance(pending, refusals.RedisError) else pending.get("min")
    if not first:
        return timedelta(0)
    return max(timedelta(0), timedelta(milliseconds=now.timestamp() * 1000 - int(_text(first).partition("-")[0])))


def _work(waiting: int, claimed: int, first: Sequence[tuple[bytes, float]], overdue: int, now: datetime) -> WorkGauge:
    oldest = timedelta(milliseconds=now.timestamp() * 1000 - first[0][1]) if first and overdue else timedelta(0)
    return WorkGauge(waiting=waiting, claimed=claimed, overdue=overdue, oldest=max(timedelta(0), oldest))


def _counts(found: Mapping[bytes, bytes]) -> dict[str, int]:
    try:
        return {_text(name): int(value) for name, value in found.items()}
    except ValueError as error:
        raise StoreError(f"the stored counters are damaged: {error}") from error


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
