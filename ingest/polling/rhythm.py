"""
A feed's own rhythm, learned from its polls: how many entries it brings, in which hours and on which days.

What pause follows from it is the matter of ``pace``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from ingest.models import Rhythm

#: A count has faded to 1/e after this long: four weeks see a weekday four times and forget a summer by autumn.
FADE: Final = timedelta(days=28)
#: A document's older entries say nothing of today's rhythm.
_BACKLOG: Final = 2 * FADE
#: Counts are kept in thousandths of an entry, for they fade.
UNIT: Final = 1000
#: A backlog that covers less says more of its own hours (of its own days) than of the feed's.
_HOURS_KNOWN_AFTER: Final = timedelta(days=3)
_DAYS_KNOWN_AFTER: Final = timedelta(days=14)
#: An entry whose date is that much older than the poll before it is none of this time.
_LONG_BEFORE: Final = timedelta(days=2)
_HOURS: Final = 24
_DAYS: Final = 7
_HOUR: Final = timedelta(hours=1)
_SECOND: Final = timedelta(seconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ENCODED: Final = re.compile(
    r"1\|(?P<since>[0-9]{0,11})\|(?P<until>[0-9]{0,11})\|(?P<newest>[0-9]{0,11})\|(?P<shown>[0-9]{1,9})"
    r"\|(?P<turnover>[0-9]{0,9})\|(?P<hours>[0-9,]*)\|(?P<days>[0-9,]*)"
)
#: Of a count; int() refuses a few thousand.
_MAX_DIGITS: Final = 12
_DAY: Final = timedelta(days=1)


def learn(
    rhythm: Rhythm,
    *,
    published: Sequence[datetime | None],
    new: int,
    shown: int,
    polled_at: datetime,
    previous_poll_at: datetime | None,
) -> Rhythm:
    """
    The rhythm after one more successful poll.

    ``published`` are the dates of the new entries, ``new`` their number, ``shown`` the number of entries in the
    document; all are empty or zero when there was none (304, the same body).
    """
    if rhythm.since is None and new >= shown > 0:
        return _first(published, new=new, shown=shown, polled_at=polled_at)
    begun = min(previous_poll_at or rhythm.until or polled_at, polled_at)
    known = rhythm if rhythm.since else Rhythm(since=_whole(begun), until=_whole(begun))
    faded = _fade(known, polled_at)
    if not shown:
        return faded
    dates = [*published[:new], *[None] * (new - len(published))]
    # What is from long before is no news: feeds that change their ids show everything anew.
    news = [date for date in dates if date is None or date >= begun - _LONG_BEFORE]
    turnover = _turnover(known.turnover, new=len(news), shown=shown, elapsed=polled_at - begun)
    return replace(_count(faded, news, begun=begun, ended=polled_at), shown=shown, turnover=turnover)


def encode_rhythm(rhythm: Rhythm) -> str:
    """A rhythm as a short line of text, "" for none."""
    if rhythm == Rhythm():
        return ""
    return "|".join(
        (
            "1",
            *(_seconds(moment) for moment in (rhythm.since, rhythm.until, rhythm.newest_at)),
            str(rhythm.shown),
            "" if rhythm.turnover is None else str(rhythm.turnover // _SECOND),
            # A zero is nothing between two commas: most feeds have many.
            *(",".join(str(count or "") for count in counts) for counts in (rhythm.hours, rhythm.days)),
        )
    )


def decode_rhythm(text: str) -> Rhythm:
    """The rhythm that ``encode_rhythm`` wrote; none where the text is not of its making."""
    match = _ENCODED.fullmatch(text) if text else None
    if match is None:
        return Rhythm()
    hours, days = _counts(match["hours"], _HOURS), _counts(match["days"], _DAYS)
    if hours is None or days is None:
        return Rhythm()
    return Rhythm(
        since=_moment(match["since"]),
        until=_moment(match["until"]),
        newest_at=_moment(match["newest"]),
        shown=int(match["shown"]),
        turnover=timedelta(seconds=int(match["turnover"])) if match["turnover"] else None,
        hours=hours,
        days=days,
    )


def _first(published: Sequence[datetime | None], *, new: int, shown: int, polled_at: datetime) -> Rhythm:
    """What the first document tells: its dates are the rhythm of the time it covers."""
    dated = sorted(date for date in published if date is not None and date <= polled_at)
    newest = dated[-1] if dated else None
    # A document also holds what is pinned to it: where its oldest tenth lies says nothing.
    kept = dated[len(dated) // 10 :] if len(dated) * 2 > len(published) else []
    since = max(kept[0], polled_at - _BACKLOG) if kept else polled_at
    dates = [date for date in kept if date > since]
    is_flat = polled_at - since < _HOURS_KNOWN_AFTER or _are_bare_days(dates)
    hours, days = [0.0] * _HOURS, [0.0] * _DAYS
    for date in dates:
        weight = UNIT * math.exp((date - polled_at) / FADE)
        _add(hours, date.hour, weight, is_flat=is_flat)
        _add(days, date.weekday(), weight, is_flat=polled_at - since < _DAYS_KNOWN_AFTER)
    return Rhythm(
        since=_whole(since),
        until=_whole(polled_at),
        newest_at=newest and _whole(newest),
        hours=tuple(map(int, hours)),
        days=tuple(map(int, days)),
        shown=max(shown, new),
    )


def _are_bare_days(dates: Sequence[datetime]) -> bool:
    """Whether these dates have no time of day of their own: most of them share one, to the second."""
    times = [date.time() for date in dates]
    return any(times.count(time) * 2 > len(times) for time in set(times[:3])) and len(times) > 1


def _add(counts: list[float], place: int, weight: float, *, is_flat: bool) -> None:
    for at in range(len(counts)) if is_flat else (place,):
        counts[at] += weight / len(counts) if is_flat else weight


def _whole(moment: datetime) -> datetime:
    """Without parts of a second: they are not stored."""
    return moment.replace(microsecond=0)


def _fade(rhythm: Rhythm, now: datetime) -> Rhythm:
    """Counts fade in whole days: in smaller steps rounding would stop them."""
    until = rhythm.until or now
    since = rhythm.since or until
    whole = (now - until) // _DAY
    if whole < -1:
        # The clock was ahead: what was counted then is taken as counted until now (P27).
        return replace(rhythm, since=min(since, _whole(now)), until=_whole(now))
    if whole < 1:
        return rhythm
    share = math.exp(-whole * _DAY / FADE)
    return replace(
        rhythm,
        since=max(since, _whole(now - 10 * FADE)),
        until=until + whole * _DAY,
        hours=tuple(int(count * share) for count in rhythm.hours),
        days=tuple(int(count * share) for count in rhythm.days),
    )


def _count(rhythm: Rhythm, news: Sequence[datetime | None], *, begun: datetime, ended: datetime) -> Rhythm:
    """
    The rhythm with new entries counted in the hours in which they became visible.

    A date outside the time between the two polls (a bare day, a wrong zone, a late release) is no such moment: its
    entry is spread over that time.
    """
    if not news:
        return rhythm
    hours = list(rhythm.hours or (0,) * _HOURS)
    days = list(rhythm.days or (0,) * _DAYS)
    seen = [date for date in news if date is not None and begun < date <= ended]
    for date in seen:
        hours[date.hour] += UNIT
        days[date.weekday()] += UNIT
    spread = UNIT * (len(news) - len(seen))
    span = min(int((ended - begun) / _HOUR) + 1, _HOURS)
    for step in range(span):
        hours[(ended - step * _HOUR).hour] += spread // span
    days[(begun + (ended - begun) / 2).weekday()] += spread
    youngest = _whole(ended if spread else max(seen))
    return replace(rhythm, hours=tuple(hours), days=tuple(days), newest_at=max(youngest, rhythm.newest_at or youngest))


def _turnover(known: timedelta | None, *, new: int, shown: int, elapsed: timedelta) -> timedelta | None:
    """The longest pause that keeps half the document: shorter after a poll that found more new, longer with time."""
    if elapsed <= timedelta(0):
        return known
    if new * 2 > shown:
        # All of it new: some may be lost already, and how fast it turns over is not known at all.
        met = (elapsed / 4 if new >= shown else elapsed * (shown / (2 * new))) // _SECOND * _SECOND
        return met if known is None else min(known, met)
    if known is None or known >= _DAY:
        return None
    return known + elapsed / 4 // _SECOND * _SECOND


def _seconds(moment: datetime | None) -> str:
    return "" if moment is None else str(max((moment - _EPOCH) // _SECOND, 0))


def _moment(digits: str) -> datetime | None:
    return _EPOCH + timedelta(seconds=int(digits)) if digits else None


def _counts(text: str, size: int) -> tuple[int, ...] | None:
    """So many counts, or none at all; None where the text is neither."""
    if not text:
        return ()
    counts = text.split(",")
    if len(counts) != size or len(max(counts, key=len)) > _MAX_DIGITS:
        return None
    return tuple([int(count) if count else 0 for count in counts])
