"""The pause that fits a rhythm."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from ingest.models import Rhythm
from ingest.polling.pace import natural_pause, news_pause, window_pause
from tests.unit.polling.rhythms import DAY, HOUR, MINUTE, MOMENTS, RHYTHMS, T0, backlog, minutes, natural, steady


def test_unknown():
    """
    Before anything is known the pause is the interval.
    """
    got = natural_pause(Rhythm(), interval=HOUR, ceiling=DAY, now=T0)

    assert (HOUR, "interval: rhythm not yet known") == (got.pause, got.reason)


def test_square_root_law():
    """
    Four times the entries, half the pause; one every three days is about the interval.
    """
    got = [minutes(natural(replace(steady(a_day), newest_at=T0))) for a_day in (96, 24, 7, 1 / 3)]

    assert got == pytest.approx([3.5, 7.1, 13, 60], rel=0.25)


def test_night():
    """
    A feed that sleeps is asked rarely until it wakes.
    """
    rhythm = backlog(*(DAY * day + HOUR * hour + day * MINUTE for day in range(1, 28) for hour in range(1, 13)))

    got = [natural(rhythm, T0 + HOUR * hour) for hour in (1, 15)]

    assert got[0] > HOUR / 2
    assert got[1] < HOUR / 6


@pytest.mark.parametrize(
    ("silence", "expected", "reason"),
    [
        (12 * DAY, 8 * HOUR, "no new entry for 12 days"),
        (30 * DAY, DAY, "no new entry for 30 days"),
        (300 * DAY, DAY, "no new entry for 300 days"),
        (366 * DAY, 7 * DAY, "no new entry for a year"),
        (5000 * DAY, 7 * DAY, "no new entry for a year"),
    ],
)
def test_silence(silence, expected, reason):
    """
    P26: a feed that falls silent is asked ever more rarely, at least daily, and weekly after a year.
    """
    rhythm = replace(steady(12), newest_at=T0, since=T0 - 20 * DAY)
    now = T0 + silence

    got = natural_pause(rhythm, interval=HOUR, ceiling=DAY, now=now)

    assert (expected, reason) == (got.pause, got.reason)


def test_reason():
    """
    The reason names the rate.
    """
    got = [natural_pause(steady(a_day), interval=HOUR, ceiling=DAY, now=T0).reason for a_day in (40, 0.99)]

    assert ["own rhythm: about 39 entries a day", "own rhythm: about 6.9 entries a week"] == got


def test_window():
    """
    A document that shows few entries of a busy feed is asked for before half of it can have changed.
    """
    rhythm = replace(steady(240), shown=10, turnover=None)

    got = window_pause(rhythm, ceiling=DAY, now=T0)

    assert minutes(got) == pytest.approx(15, rel=0.2)


def test_news():
    """
    The pause after which one entry is expected is the mean gap; nobody knows it of a new feed.
    """
    got = [news_pause(rhythm, ceiling=DAY, now=T0) for rhythm in (steady(24), Rhythm())]

    assert minutes(got[0]) == pytest.approx(60, rel=0.25)
    assert got[1] == DAY


@given(RHYTHMS, MOMENTS)
def test_bounds(rhythm, now):
    """
    Any rhythm at any time gives pauses between nothing and the ceiling, a week for the dead.
    """
    got = (natural(rhythm, now), window_pause(rhythm, ceiling=DAY, now=now), news_pause(rhythm, ceiling=DAY, now=now))

    assert timedelta(0) <= min(got)
    assert max(got) <= 7 * DAY
