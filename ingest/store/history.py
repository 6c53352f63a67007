"""
The counters over time: a row a minute for a day, a row an hour for sixty days, in two rings of one size.

A row is its moment and the counters' values, in columns that ``names`` gives: some 4 bytes a counter, so with 60 of
them both rings together hold 2 x 1440 rows of 300 bytes (measured: 1.2 MB in the store).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from ingest.store.connect import Store
from ingest.store.due import moment

#: Rows of a ring: the minutes of a day, and the hours of sixty.
SLOTS = 1440
#: How far back the minutes reach.
DAY = timedelta(days=1)
#: Counters that get a column; there are about sixty, and what is stored is bounded whatever becomes of them.
MAX_NAMES = 500

_ROW = re.compile(rb"([0-9]{1,15}) ([0-9,]*)")


@dataclass(frozen=True, slots=True)
class Moment:
    """The counters at a moment, as they had added up by then."""

    at: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rate:
    """What was added between two moments, a second."""

    start: datetime
    end: datetime
    a_second: Mapping[str, float]


async def sample_counts(store: Store) -> bool:
    """Keep the counters of this minute; False where somebody has."""
    names = store.keys
    keys = [names.counts, names.history("names"), names.history("minutes"), names.history("hours"), names.waits]
    return bool(await store.scripts("sample_counts", keys, [SLOTS, MAX_NAMES]) == b"sampled")


async def read_history(store: Store, *, since: timedelta, points: int) -> tuple[Moment, ...]:
    """
    At most ``points`` moments of the time since then, oldest first; the last one is now.

    Moments are missing where no scheduler ran, and before the first one did; what is damaged is left out.
    """
    names = store.keys
    async with store.redis.pipeline(transaction=False) as pipe:
        pipe.time()
        pipe.hgetall(names.counts)
        pipe.hgetall(names.history("names"))
        pipe.hvals(names.history("minutes"))
        if since > DAY:
            pipe.hvals(names.history("hours"))
        clock, counts, columns, *rings = await pipe.execute()
    now = datetime.fromtimestamp(clock[0] + clock[1] / 1e6, UTC)
    found = [_row(raw) for ring in rings for raw in ring]
    rows = {at: values for at, values in found if at is not None and now - since <= at < now}
    places = {name.decode("utf-8", "replace"): int(column) for name, column in columns.items() if column.isdigit()}
    kept = _thinned(sorted(rows), since, points)
    latest = {name.decode("utf-8", "replace"): int(value) for name, value in counts.items() if value.isdigit()}
    return (*(Moment(at, _counts(rows[at], places)) for at in kept), Moment(now, latest))


def rates(moments: Sequence[Moment]) -> tuple[Rate, ...]:
    """
    What was added from each moment to the next, a second, for every counter of the later one.

    A counter that fell (the store went back to a snapshot) added nothing in between; one that was not there before
    began at 0.
    """
    return tuple(
        Rate(earlier.at, later.at, _a_second(earlier, later))
        for earlier, later in pairwise(moments)
        if later.at > earlier.at
    )


def _a_second(earlier: Moment, later: Moment) -> dict[str, float]:
    seconds = (later.at - earlier.at).total_seconds()
    return {name: max(0, value - earlier.counts.get(name, 0)) / seconds for name, value in later.counts.items()}


def _row(raw: bytes) -> tuple[datetime | None, bytes]:
    """A row's moment and values; no moment where it is not of our making."""
    found = _ROW.fullmatch(raw)
    return (moment(found[1]), found[2]) if found else (None, b"")


def _counts(values: bytes, places: Mapping[str, int]) -> dict[str, int]:
    row: list[Any] = values.split(b",")
    return {name: int(row[place]) for name, place in places.items() if place < len(row) and row[place]}


def _thinned(moments: Sequence[datetime], since: timedelta, points: int) -> list[datetime]:
    """The first of each equal part of the time; parts stand still as time goes on, so that a chart does not tremble."""
    width = since.total_seconds() / max(1, points - 2)
    parts: dict[int, datetime] = {}
    for at in moments:
        parts.setdefault(int(at.timestamp() // width) if width else 0, at)
    return list(parts.values())[-max(0, points - 1) :] if points > 1 else []
