"""
The pause that fits a feed's rhythm.

It ends when the entries expected since the last poll have waited a set time between them. For a steady feed that is the
square-root law (four times the entries, half the pause), which gives the least mean delay for a number of requests; for
one that sleeps at night the nights cost nothing. Figures: ``make simulate``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from ingest.models import Rhythm
from ingest.polling.rhythm import FADE, UNIT

#: Before anything is known: half an entry in half a day. Both shrink with the entries that are counted.
_PRIOR_ENTRIES: Final = 0.5
_PRIOR_DAYS: Final = 0.5
#: A feed with this many entries a day is polled once an interval.
_REFERENCE: Final = 1 / 3
#: Entries it takes until the profile of hours (of days) weighs as much as a flat one.
_HOURS_PRIOR: Final = 10.0
_DAYS_PRIOR: Final = 14.0
#: Past a long weekend, a silent feed is asked again when its silence has grown by this share: after a month once a day.
_WEEKEND: Final = timedelta(days=3)
_SILENCE_SHARE: Final = 1 / 27
#: After a year of silence (P26).
_DEAD_AFTER: Final = timedelta(days=365)
_DEAD_PAUSE: Final = timedelta(days=7)
#: At most this share of the document is expected to be new at a poll: half would be enough if nothing came in bursts.
_WINDOW_SHARE: Final = 0.25
_HOURS: Final = 24
_DAYS: Final = 7
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A pause, and why it is that long."""

    pause: timedelta
    reason: str


def entries_a_day(rhythm: Rhythm, now: datetime) -> float:
    """How many entries a day the feed brings, as far as is known."""
    if rhythm.since is None:
        return _PRIOR_ENTRIES / _PRIOR_DAYS
    until = rhythm.until or rhythm.since
    counted = math.exp(-max((until - rhythm.since) / FADE, 0.0))
    days = (FADE / _DAY) * (1 - counted) + max((now - until) / _DAY, 0.0)
    entries = sum(rhythm.hours) / UNIT
    prior = 1 / (1 + entries) ** 2
    return (entries + prior * _PRIOR_ENTRIES) / (days + prior * _PRIOR_DAYS)


def natural_pause(rhythm: Rhythm, *, interval: timedelta, ceiling: timedelta, now: datetime) -> Pause:
    """
    The pause that fits the feed's rhythm; a feed with an entry every three days gets about ``interval``.

    No floor is applied, and ``window_pause`` may ask for less.
    """
    if rhythm.since is None:
        return Pause(pause=interval, reason="interval: rhythm not yet known")
    silence = max(now - (rhythm.newest_at or rhythm.since), timedelta(0))
    if silence >= _DEAD_AFTER and now - rhythm.since >= FADE:
        return Pause(pause=_DEAD_PAUSE, reason="no new entry for a year")
    day = entries_a_day(rhythm, now)
    waiting = _REFERENCE / _HOURS * (interval / _HOUR) ** 2 / 2
    pause = _walk(rhythm, now, day, waiting=waiting, entries=math.inf, end=ceiling)
    # A duration times a fraction is reckoned in whole numbers of any length: dear, and mostly for nothing.
    quiet = min((silence - _WEEKEND) * _SILENCE_SHARE, ceiling) if silence > _WEEKEND else pause
    if quiet > pause:
        return Pause(pause=quiet, reason=f"no new entry for {_days(silence)}")
    return Pause(pause=pause, reason=f"own rhythm: about {_rate(day)}")


def window_pause(rhythm: Rhythm, *, ceiling: timedelta, now: datetime) -> timedelta:
    """The longest pause after which no entry will have left the document unseen, as far as can be foreseen."""
    if not rhythm.shown or rhythm.since is None:
        return ceiling
    day = entries_a_day(rhythm, now)
    pause = _walk(rhythm, now, day, waiting=math.inf, entries=rhythm.shown * _WINDOW_SHARE, end=ceiling)
    return pause if rhythm.turnover is None else min(pause, rhythm.turnover)


def news_pause(rhythm: Rhythm, *, ceiling: timedelta, now: datetime) -> timedelta:
    """The pause after which one new entry is expected."""
    if rhythm.since is None:
        return ceiling
    return _walk(rhythm, now, entries_a_day(rhythm, now), waiting=math.inf, entries=1.0, end=ceiling)


def hourly_shape(rhythm: Rhythm) -> tuple[float, ...]:
    """The feed's activity in each hour of the day, UTC, 1 being its mean."""
    return _shape(rhythm.hours, _HOURS, _HOURS_PRIOR, is_smooth=True)


def daily_shape(rhythm: Rhythm) -> tuple[float, ...]:
    """The feed's activity on each day of the week, Monday first, 1 being its mean."""
    return _shape(rhythm.days, _DAYS, _DAYS_PRIOR, is_smooth=False)


def _walk(rhythm: Rhythm, now: datetime, day: float, *, waiting: float, entries: float, end: timedelta) -> timedelta:
    """
    The time from ``now`` until that many ``entries`` are expected, or as many as have waited ``waiting`` entry-hours.

    Within an hour the rate is steady: after t hours of it there are m + rt entries, and mt + rt²/2 more have waited.
    """
    if end <= timedelta(0):
        return end
    hours, days = hourly_shape(rhythm), daily_shape(rhythm)
    hour, weekday = now.hour, now.weekday()
    expected = waited = 0.0
    # Up to the stroke of the hour, then whole hours, then what is left of the last one.
    first = min(_HOUR - timedelta(minutes=now.minute, seconds=now.second, microseconds=now.microsecond), end)
    whole, last = divmod(end - first, _HOUR)
    spans = [first / _HOUR, *[1.0] * whole, *([last / _HOUR] if last else [])]
    for step, span in enumerate(spans):
        rate = day / _HOURS * hours[hour] * days[weekday]
        more = rate * span
        if expected + more >= entries:
            return _passed(first, step) + _HOUR * ((entries - expected) / rate)
        waiting_on, waiting_new = expected * span, more * span / 2
        if waited + waiting_on + waiting_new >= waiting:
            return _passed(first, step) + _HOUR * _root(rate, expected, waiting - waited)
        waited += waiting_on + waiting_new
        expected += more
        hour += 1
        if hour == _HOURS:
            hour, weekday = 0, (weekday + 1) % _DAYS
    return end


def _passed(first: timedelta, steps: int) -> timedelta:
    """How long so many steps take, of which all but the first are an hour."""
    return first + (steps - 1) * _HOUR if steps else timedelta(0)


def _root(rate: float, expected: float, missing: float) -> float:
    """The positive t with rate·t²/2 + expected·t = missing."""
    return 2 * missing / (expected + math.sqrt(expected * expected + 2 * rate * missing))


@lru_cache(maxsize=256)
def _shape(counts: tuple[int, ...], size: int, prior: float, *, is_smooth: bool) -> tuple[float, ...]:
    """The counts against their mean; remembered, because one plan asks up to three times."""
    total = sum(counts) / UNIT
    if len(counts) != size or total == 0:
        return (1.0,) * size
    own = [count / UNIT for count in counts]
    if is_smooth:
        own = [(own[i - 1] + 2 * own[i] + own[(i + 1) % size]) / 4 for i in range(size)]
    return tuple((count + prior / size) / (total + prior) * size for count in own)


def _rate(day: float) -> str:
    if day >= 1.5:  # noqa: PLR2004 - below, "1 a day" would hide more than it says
        return f"{day:.0f} entries a day"
    return f"{day * _DAYS:.1f} entries a week"


def _days(span: timedelta) -> str:
    return f"{span / _DAY:.0f} days" if span >= 2 * _DAY else f"{span / _HOUR:.0f} hours"
