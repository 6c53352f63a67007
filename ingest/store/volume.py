"""
What each source sends, day by day, counted behind the output stream, so that publishing costs nothing for it.

A cursor says how far the stream is counted, and moves in the same script as the counts. The delays from an article's
publication, and from our first sight of its entry, to its event are counted on the same way.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import orjson

from ingest.drift import Day, Drift, DriftKind, judge_drift
from ingest.store.connect import Store
from ingest.store.due import milliseconds, moment
from ingest.store.scripts import Argument

#: Rows read at a time, and how many such parts in a row: the others get their turn.
PART = 250
MAX_PARTS = 40
#: Days of a source that are kept, and how long a silent one is.
KEEP_DAYS = 35
MEMORY = timedelta(days=90)
#: One long read is no change of habit.
MAX_WORDS = 3000
#: Upper ends of the delays' buckets, in seconds; what is slower has none.
DELAYS = (5, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400)
#: From when a delay is measured: the article's own word, and our first sight of its entry.
SINCE = {"publication": "published_at", "sight": "first_seen_at"}
#: Sources read in one round trip.
SOURCES = 200

_ROW_ID = re.compile(rb"[0-9]{1,15}-[0-9]{1,20}")
_MILLISECONDS_A_DAY = 86_400_000


@dataclass(slots=True)
class _Part:
    """What a part of the stream says."""

    counters: Counter[str] = field(default_factory=Counter)
    #: Source -> day -> amounts, in the order of Day's fields.
    days: dict[str, dict[int, list[int]]] = field(default_factory=dict)
    #: Source -> moment of its last event, and the feed that showed it.
    last: dict[str, tuple[int, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifting:
    """A source that drifts, and since when that is known."""

    domain: str
    drift: Drift
    since: datetime


async def count_volume(store: Store) -> int:
    """Count what is new on the stream; how many rows that were. Any number may do it at once: each row counts once."""
    counted = 0
    for _ in range(MAX_PARTS):
        rows = await _count_part(store)
        counted += rows
        if rows < PART:
            break
        await asyncio.sleep(0)
    return counted


async def _count_part(store: Store) -> int:
    names = store.keys
    stands: Any = await store.redis.get(names.volume_cursor) or b""
    # A cursor that is no row's id is none.
    after = b"(" + stands if _ROW_ID.fullmatch(stands) else b"-"
    rows: Any = await store.redis.xrange(names.articles, min=after, count=PART)
    if not rows:
        return 0
    part = _Part()
    for row_id, values in rows:
        _add(part, row_id, values)
    keys = [names.volume_cursor, names.volumes, names.counts, *(names.volume(domain) for domain in part.days)]
    counters = [item for pair in sorted(part.counters.items()) for item in pair]
    arguments: list[Argument] = [stands, rows[-1][0], len(counters) // 2, *counters, KEEP_DAYS, milliseconds(MEMORY)]
    for domain, days in part.days.items():
        arguments += [domain, *part.last[domain], len(days)]
        arguments += [amount for day, amounts in days.items() for amount in (day, *amounts)]
    await store.scripts("count_volume", keys, arguments)
    return len(rows)


def _add(part: _Part, row_id: bytes, values: Mapping[bytes, bytes]) -> None:
    """Count one row; what is no first publication, or no event of ours, counts nothing."""
    if values.get(b"type") != b"article.published.v1":
        return
    try:
        data = orjson.loads(values[b"data"])
        sent = int(row_id.partition(b"-")[0])
        domain, feed = str(data["source"]["domain"])[:200], str(data["feed"]["id"])[:100]
        amounts = _amounts(data)
        delays = {since: _delay(data[name], sent) for since, name in SINCE.items() if data[name]}
    except (KeyError, ValueError, TypeError, AttributeError):
        return
    for since, delay in delays.items():
        bucket = next((str(end) for end in DELAYS if delay <= end * 1000), "more")
        part.counters[f"delay.{since}.{bucket}"] += 1
        part.counters[f"delay.{since}.milliseconds"] += delay
    if domain:
        day = part.days.setdefault(domain, {}).setdefault(sent // _MILLISECONDS_A_DAY, [0] * len(fields(Day)))
        day[:] = [held + more for held, more in zip(day, amounts, strict=True)]
        part.last[domain] = (sent, feed)


def _amounts(data: Mapping[str, Any]) -> tuple[int, ...]:
    has_text = bool(data["text"])
    cleaning = data["cleaning"]
    return astuple(
        Day(
            articles=1,
            texts=int(has_text),
            words=min(MAX_WORDS, int(data["word_count"])) if has_text else 0,
            feed_texts=int(has_text and data["content_source"] == "feed"),
            flagged=int(has_text and bool(cleaning["flags"])),
            removed=sum(len(removal["text"]) for removal in cleaning["removed"]) if has_text else 0,
            kept=len(data["text"]),
        )
    )


def _delay(since: str, sent_ms: int) -> int:
    """Milliseconds from then to the event; a time to come is no delay."""
    return max(0, sent_ms - round(datetime.fromisoformat(since).timestamp() * 1000))


async def judge_sources(store: Store) -> AsyncIterator[Drifting]:
    """
    Look at every source; those whose drift was not known before.

    What is known is kept for ``read_drifts``, and forgotten as soon as the source is its old self, or what is new has
    become usual.
    """
    names = store.keys
    seconds, micros = await store.redis.time()
    now = datetime.fromtimestamp(seconds + micros / 1e6, UTC)
    stored: Any = await store.redis.hgetall(names.drifts)
    known: dict[str, Drifting | None] = {}
    for raw_name, raw in stored.items():
        name = raw_name.decode("utf-8", "replace")
        known[name] = _drifting(name, raw)
    found: Any = await store.redis.zrange(names.volumes, 0, -1, withscores=True)
    sources = {raw.decode("utf-8", "replace"): moment(last) or now for raw, last in found}
    if gone := [domain for domain, one in known.items() if one is None or domain not in sources]:
        await store.redis.hdel(names.drifts, *gone)
    for start in range(0, len(sources), SOURCES):
        batch = list(sources)[start : start + SOURCES]
        async with store.redis.pipeline(transaction=False) as pipe:
            for domain in batch:
                pipe.hgetall(names.volume(domain))
            volumes = await pipe.execute()
        for domain, volume in zip(batch, volumes, strict=True):
            drift = await _judge(store, volume, now, sources[domain])
            if await _note(store, domain, drift, known.get(domain), now) and drift is not None:
                yield Drifting(domain=domain, drift=drift, since=now)
            await asyncio.sleep(0)


async def _judge(store: Store, volume: Mapping[bytes, bytes], now: datetime, last: datetime) -> Drift | None:
    days = read_days(volume)
    drift = judge_drift(days, now=now, last=last)
    if drift is None or drift.kind != "silent":
        return drift
    # Silent by whose word? A feed that was taken off or paused, or that we could not ask, says nothing of its source.
    feed = volume.get(b"feed", b"").decode("utf-8", "replace")
    polled, state = await _fields(store, store.keys.feed(feed), "polled", "state")
    asked = moment(polled)
    return None if asked is None or state is not None else judge_drift(days, now=min(now, asked), last=last)


async def _fields(store: Store, key: str, *names: str) -> list[Any]:
    found: list[Any] = await store.redis.hmget(key, list(names))
    return found


async def _note(store: Store, domain: str, drift: Drift | None, known: Drifting | None, now: datetime) -> bool:
    """Keep what was found; whether that is news, and we are the first to have it."""
    name = store.keys.drifts
    if drift is None:
        if known is not None:
            await store.redis.hdel(name, domain)
        return False
    value = orjson.dumps({**_document(drift), "since": milliseconds(now - datetime(1970, 1, 1, tzinfo=UTC))})
    if known is None:
        return bool(await store.redis.hsetnx(name, domain, value))
    if known.drift.kind != drift.kind:
        await store.redis.hset(name, domain, value)
        return True
    return False


def _document(drift: Drift) -> dict[str, object]:
    return {"kind": drift.kind, "reason": drift.reason, "found": drift.found, "expected": drift.expected}


async def read_drifts(store: Store) -> tuple[Drifting, ...]:
    """The sources that drift, the latest news first."""
    stored: Any = await store.redis.hgetall(store.keys.drifts)
    return drifts_in(stored)


def drifts_in(stored: Mapping[bytes, bytes]) -> tuple[Drifting, ...]:
    """The same from the hash that is stored; what is damaged is left out."""
    found = [_drifting(domain.decode("utf-8", "replace"), raw) for domain, raw in stored.items()]
    return tuple(sorted((one for one in found if one), key=lambda one: (-one.since.timestamp(), one.domain)))


def _drifting(domain: str, raw: bytes) -> Drifting | None:
    """What is stored of a drift; None where it is not of our making."""
    try:
        held = orjson.loads(raw)
        kind = next(kind for kind in get_args(DriftKind) if kind == held["kind"])
        since = moment(held["since"])
        drift = Drift(kind=kind, reason=held["reason"], found=float(held["found"]), expected=float(held["expected"]))
    except (ValueError, TypeError, KeyError, StopIteration):
        return None
    return Drifting(domain=domain, drift=drift, since=since) if since else None


async def read_volume(store: Store, domain: str) -> dict[int, Day]:
    """What a source sent, by the number of the day; empty where nothing is known of it."""
    found: Any = await store.redis.hgetall(store.keys.volume(domain))
    return read_days(found)


def read_days(volume: Mapping[bytes, bytes]) -> dict[int, Day]:
    """The days of a stored volume; what is damaged is left out."""
    days = {}
    for name, value in volume.items():
        amounts: Sequence[bytes] = value.split(b" ")
        if name.isdigit() and len(amounts) == len(fields(Day)) and all(amount.isdigit() for amount in amounts):
            days[int(name[:9])] = _day(amounts)
    return days


def _day(amounts: Sequence[bytes]) -> Day:
    return Day(**{name.name: int(amount) for name, amount in zip(fields(Day), amounts, strict=True)})
