"""What was counted over time as bars: from cumulative counters to the geometry of a small picture. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol

#: The picture's own units; it is stretched to the width there is.
HEIGHT = 100.0
STEP = 10.0
GAP = 2.0


class Counted(Protocol):
    """The counters as they stood at one moment (ingest.store.history.Moment)."""

    @property
    def at(self) -> datetime:
        """When."""

    @property
    def counts(self) -> Mapping[str, int]:
        """The counters by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One kind's share of a bar."""

    #: Which kind, from the bottom up; 1 is the first.
    place: int
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What came of one stretch of time."""

    x: float
    width: float
    begins_at: datetime
    ends_at: datetime
    amounts: tuple[tuple[str, float], ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A stacked bar chart."""

    width: float
    height: float
    #: The amount at the top of the picture.
    top: float
    bars: tuple[Bar, ...]
    #: The kinds, from the bottom up, with their totals.
    totals: tuple[tuple[str, float], ...]
    begins_at: datetime
    ends_at: datetime
    #: Whether there is anything to see.
    is_empty: bool


def draw(
    moments: Sequence[Counted], kinds: Mapping[str, Sequence[str]], *, now: datetime, back: timedelta, bars: int
) -> Chart:
    """
    The chart of the last ``back``: each kind is the sum of its counters' growth, a name that ends in "." every counter
    under it that no other kind names.

    What grew between two looks is spread evenly over the time between them; a counter that fell was reset, and counts
    from zero.
    """
    begin = now - back
    named = {name for names in kinds.values() for name in names if not name.endswith(".")}
    amounts = {kind: [0.0] * bars for kind in kinds}
    ordered = sorted(moments, key=lambda one: one.at)
    for before, after in pairwise(ordered):
        for kind, names in kinds.items():
            grown = _growth(before.counts, after.counts, names, named)
            if grown:
                _spread(amounts[kind], grown, (before.at - begin) / back * bars, (after.at - begin) / back * bars)
    heights = [sum(amounts[kind][i] for kind in kinds) for i in range(bars)]
    top = _round_up(max(heights, default=0.0))
    return Chart(
        width=bars * STEP,
        height=HEIGHT,
        top=top,
        bars=tuple(
            _bar(i, {kind: amounts[kind][i] for kind in kinds}, top, begin + back * i / bars, back / bars)
            for i in range(bars)
        ),
        totals=tuple((kind, sum(amounts[kind])) for kind in kinds),
        begins_at=begin,
        ends_at=now,
        is_empty=not any(heights),
    )


def _growth(before: Mapping[str, int], after: Mapping[str, int], names: Sequence[str], named: set[str]) -> int:
    wanted = [name for name in after if _is_meant(name, names, named)]
    # A retried dead letter takes one back from its counter: that is no growth of anything.
    return sum(max(0, after[name] - before.get(name, 0)) if after[name] >= 0 else 0 for name in wanted)


def _is_meant(name: str, names: Sequence[str], named: set[str]) -> bool:
    return name in names or (name not in named and any(one.endswith(".") and name.startswith(one) for one in names))


def _spread(into: list[float], amount: float, begin: float, end: float) -> None:
    """Add an amount to the buckets between two places, by how much of each lies between them."""
    length = max(end - begin, 1e-9)
    for i in range(max(0, int(begin)), min(len(into), int(end) + 1)):
        overlap = min(end, i + 1) - max(begin, i)
        if overlap > 0:
            into[i] += amount * overlap / length


def _bar(i: int, amounts: Mapping[str, float], top: float, at: datetime, length: timedelta) -> Bar:
    y, parts = HEIGHT, []
    for place, amount in enumerate(amounts.values(), start=1):
        height = amount / top * HEIGHT if top else 0.0
        if height > 0:
            y -= height
            parts.append(Part(place=place, y=round(y, 2), height=round(height, 2)))
    return Bar(
        x=i * STEP + GAP / 2,
        width=STEP - GAP,
        begins_at=at,
        ends_at=at + length,
        amounts=tuple(amounts.items()),
        parts=tuple(parts),
    )


def _round_up(value: float) -> float:
    """The next number that reads well: 1, 2, 5, 10, 20, 50, ..."""
    if value <= 1:
        return 1.0 if value > 0 else 0.0
    size = 1.0
    while size * 10 < value:
        size *= 10
    return next(step * size for step in (1, 2, 5, 10) if step * size >= value)
