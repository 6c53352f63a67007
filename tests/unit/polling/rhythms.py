"""Rhythms for the tests of this folder: made by hand, and made by hypothesis."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from ingest.models import Rhythm
from ingest.polling.pace import natural_pause
from ingest.polling.rhythm import learn

#: A Monday.
T0 = datetime(2026, 11, 23, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def backlog(*ages: timedelta, extra: int = 0) -> Rhythm:
    """The rhythm after a first document with entries of these ages, and some without dates."""
    dates = [*(T0 - age for age in ages), *[None] * extra]
    return learn(Rhythm(), published=dates, new=len(dates), shown=len(dates), polled_at=T0, previous_poll_at=None)


def steady(a_day: float, entries: int = 40) -> Rhythm:
    return backlog(*(DAY / a_day * (number + 0.5) for number in range(entries)))


def after(rhythm: Rhythm, pause: timedelta, *dates: datetime | None, shown: int = 0, start: datetime = T0) -> Rhythm:
    """The same after one more poll that found new entries with these dates."""
    return learn(rhythm, published=dates, new=len(dates), shown=shown, polled_at=start + pause, previous_poll_at=start)


def minutes(pause: timedelta) -> float:
    return pause / MINUTE


def natural(rhythm: Rhythm, now: datetime = T0, interval: timedelta = HOUR) -> timedelta:
    return natural_pause(rhythm, interval=interval, ceiling=DAY, now=now).pause


MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
COUNTS = st.integers(0, 10**9)
RHYTHMS = st.builds(
    Rhythm,
    since=MOMENTS.map(lambda moment: moment.replace(microsecond=0)),
    until=st.none() | MOMENTS.map(lambda moment: moment.replace(microsecond=0)),
    newest_at=st.none() | MOMENTS.map(lambda moment: moment.replace(microsecond=0)),
    hours=st.just(()) | st.tuples(*[COUNTS] * 24),
    days=st.just(()) | st.tuples(*[COUNTS] * 7),
    shown=st.integers(0, 10**6),
    turnover=st.none() | st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
)
