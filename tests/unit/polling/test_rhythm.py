"""What polls teach of a feed's rhythm."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.models import Rhythm
from ingest.polling.pace import daily_shape, entries_a_day, hourly_shape
from ingest.polling.rhythm import decode_rhythm, encode_rhythm, learn
from tests.unit.polling.rhythms import DAY, HOUR, MINUTE, MOMENTS, RHYTHMS, T0, after, backlog, natural, steady

# ------------------------------------------------------------------------------------------------ learning


@pytest.mark.parametrize("a_day", [100.0, 24.0, 5.0, 1.0])
def test_backlog(a_day):
    """
    The dates of the first document tell the rate of the time they cover.
    """
    got = entries_a_day(steady(a_day), T0)

    assert a_day == pytest.approx(got, rel=0.25)


def test_pinned():
    """
    An old entry pinned to a busy feed does not make it a quiet one.
    """
    got = entries_a_day(backlog(*(HOUR * number for number in range(19)), 700 * DAY), T0)

    assert got == pytest.approx(24, rel=0.25)


def test_undated():
    """
    A document without dates tells nothing: one entry a day is supposed.
    """
    got = backlog(extra=20)

    assert (1.0, 20, T0) == (entries_a_day(got, T0), got.shown, got.since)


def test_future():
    """
    A date in the future is no date.
    """
    got = backlog(-DAY, -400 * DAY)

    assert (0, None) == (sum(got.hours), got.newest_at)


def test_hours():
    """
    Hours in which a feed publishes stand out, those of its nights do not.
    """
    rhythm = backlog(*(DAY * day + HOUR * hour + day * MINUTE for day in range(20) for hour in (4, 8, 12)))

    shape = hourly_shape(rhythm)

    # Midnight less 4, 8 and 12 hours, and the minutes: 19 to 20, 15 to 16, 11 to 12.
    assert {11, 15, 19} == {hour for hour in range(24) if shape[hour] > 2}
    assert shape[3] < 0.25
    assert sum(shape) == pytest.approx(24)


def test_days():
    """
    Days on which a feed publishes stand out.
    """
    got = daily_shape(backlog(*(7 * DAY * week + MINUTE * number for week in range(8) for number in range(1, 9))))

    assert got[6] == max(got) > 2
    assert sum(got) == pytest.approx(7)


def test_bare_days():
    """
    Dates that all name one time of the day are bare days: they say nothing of the hours.
    """
    got = hourly_shape(backlog(*(DAY * number for number in range(30))))

    assert max(got) == pytest.approx(min(got), rel=0.01)


def test_seen_between_polls():
    """
    An entry counts in the hour of its date, where that lies between the two polls.
    """
    rhythm = backlog(extra=10)

    got = after(rhythm, 3 * HOUR, T0 + HOUR, shown=10)

    assert {1: 1000} == {hour: count for hour, count in enumerate(got.hours) if count}
    assert T0 + HOUR == got.newest_at


@pytest.mark.parametrize("date", [None, T0 - DAY, T0 + DAY], ids=["none", "before", "future"])
def test_seen_some_time(date):
    """
    An entry whose date is no moment between the polls counts in all the hours between them.
    """
    rhythm = backlog(extra=10)

    got = after(rhythm, 3 * HOUR, date, shown=10)

    assert {0: 250, 1: 250, 2: 250, 3: 250} == {hour: count for hour, count in enumerate(got.hours) if count}


def test_all_shown_anew():
    """
    A feed that gives its old entries new ids has not become a busy one.
    """
    rhythm = backlog(*(5 * DAY * number for number in range(1, 20)))

    got = after(rhythm, HOUR, *(T0 - 5 * DAY * number for number in range(1, 20)), shown=19)

    assert entries_a_day(rhythm, T0) == pytest.approx(entries_a_day(got, T0 + HOUR), rel=0.01)
    assert (None, rhythm.newest_at) == (got.turnover, got.newest_at)


def test_polled_for_months():
    """
    Polls forget: after months of another rhythm only that one is left.
    """
    rhythm, now = steady(40), T0
    for _ in range(120):
        rhythm = after(rhythm, DAY, now + HOUR, now + 13 * HOUR, shown=20, start=now)
        now += DAY

    assert entries_a_day(rhythm, now) == pytest.approx(2, rel=0.1)


def test_nothing_new():
    """
    Polls that find nothing slow a feed down, be they few or many.
    """
    often = seldom = steady(24)
    for number in range(28 * 24):
        often = after(often, HOUR, start=T0 + number * HOUR)
    for number in range(28):
        seldom = after(seldom, DAY, start=T0 + number * DAY)

    got = [entries_a_day(rhythm, T0 + 28 * DAY) for rhythm in (often, seldom)]

    assert got == pytest.approx([0.6, 0.6], abs=0.4)


def test_known_feed():
    """
    Where the first poll that counts finds little new, the counting begins with the poll before it.
    """
    got = after(Rhythm(), 6 * HOUR, T0 + HOUR, T0 + 5 * HOUR, shown=30)

    assert (T0, T0 + 5 * HOUR, 2000, 30) == (got.since, got.newest_at, sum(got.hours), got.shown)


def test_begins_with_a_304():
    """
    Where the first poll that counts brings no document, the counting begins all the same.
    """
    got = after(Rhythm(), 6 * HOUR)

    assert Rhythm(since=T0, until=T0) == got


def test_clock_was_ahead():
    """
    P27: what was counted under a clock years ahead fades like the rest once it is right again.
    """
    ahead = replace(steady(24), until=T0 + 900 * DAY, since=T0 + 890 * DAY)

    got = after(ahead, HOUR)

    assert (T0 + HOUR, T0 + HOUR) == (got.since, got.until)


def test_clock_set_back():
    """
    P27: a clock that jumps back breaks nothing, and makes no rhythm.
    """
    rhythm = steady(24)

    got = learn(rhythm, published=[None], new=1, shown=40, polled_at=T0 - DAY, previous_poll_at=T0)

    assert entries_a_day(got, T0) == pytest.approx(entries_a_day(rhythm, T0), rel=0.1)
    assert natural(got, T0 - DAY) > timedelta(0)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        pytest.param(5, None, id="half: as it should be"),
        pytest.param(8, 2 * HOUR * 10 / 16, id="more: half would have been new after this"),
        pytest.param(10, HOUR / 2, id="all of it: some may be lost"),
    ],
)
def test_turnover(new, expected):
    """
    A poll that finds more than half of the document new sets a limit to the pause.
    """
    got = after(steady(0.5), 2 * HOUR, *[T0 + HOUR] * new, shown=10)

    assert expected == got.turnover


def test_turnover_forgotten():
    """
    The limit widens with each document that is mostly known, and goes when it is past a day.
    """
    rhythm, now, got = replace(steady(1), turnover=4 * HOUR), T0, []
    for _ in range(6):
        rhythm = after(rhythm, 16 * HOUR, now + HOUR, shown=10, start=now)
        now += 16 * HOUR
        got.append(rhythm.turnover)

    assert [8 * HOUR, 12 * HOUR, 16 * HOUR, 20 * HOUR, DAY, None] == got


# ------------------------------------------------------------------------------------------------ laws and storage


@given(RHYTHMS)
def test_round_trip(rhythm):
    """
    A stored rhythm comes back as it was.
    """
    got = decode_rhythm(encode_rhythm(rhythm))

    assert rhythm == got


@given(MOMENTS, st.lists(st.none() | MOMENTS, max_size=30), st.lists(st.none() | MOMENTS, max_size=5))
def test_learned_round_trip(now, first, second):
    """
    So does one that was learned from any dates at any microsecond.
    """
    rhythm = learn(Rhythm(), published=first, new=len(first), shown=30, polled_at=now, previous_poll_at=None)
    later = now + timedelta(hours=7, microseconds=5)
    rhythm = learn(rhythm, published=second, new=len(second), shown=9, polled_at=later, previous_poll_at=now)

    got = decode_rhythm(encode_rhythm(rhythm))

    assert rhythm == got


@given(st.text() | st.from_regex(r"1\|\d*\|\d*\|\d*\|\d+\|\d*\|[\d,]*\|[\d,]*", fullmatch=True))
def test_garbage_in_the_store(text):
    """
    Whatever stands in the store decodes to a rhythm that a pause can be reckoned from.
    """
    rhythm = decode_rhythm(text)

    got = natural(rhythm)

    assert timedelta(0) <= got <= 7 * DAY


def test_nothing_stored():
    """
    A feed never read costs no room.
    """
    got = (encode_rhythm(Rhythm()), decode_rhythm(""), decode_rhythm("2|new|form"))

    assert ("", Rhythm(), Rhythm()) == got
