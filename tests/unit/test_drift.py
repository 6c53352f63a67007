"""The law of drift: a source that changes is found within two days, one that does not is left alone."""

import os
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.drift import Day, day_number, judge_drift
from tests.unit import sources_in_time as sim

#: Sources of each kind; COPYDESK_DRIFT_SOURCES=200 gives the figures of docs/how-to/monitor.md.
SOURCES = int(os.environ.get("COPYDESK_DRIFT_SOURCES", "3"))
MONTHS = 3
CHANGED_ON = 44


@pytest.mark.parametrize(
    ("rhythm", "a_month"),
    [(name, {"bursty": 0.05, "weekdays": 0.04}.get(name, 0.01)) for name in sim.RHYTHMS],
)
def test_false_alarms(rhythm, a_month):
    """
    Of sources that stay what they are hardly one in a hundred rings in a month; of bursty and of small ones, some four.
    """
    rang = sum(sim.episodes(sim.alarms(rhythm, seed, 30 * MONTHS)) for seed in range(SOURCES))

    print(rhythm, rang / SOURCES / MONTHS, "false alarms a source and month")
    # With few sources a single one may be bad luck.
    assert rang <= max(1, a_month * SOURCES * MONTHS)


@pytest.mark.parametrize(
    ("rhythm", "change", "kind"),
    [
        *(
            (rhythm, change, kind)
            for rhythm in ("steady", "busy", "holidays")
            for change, kind in (("dies", "silent"), ("breaks", "shrunk"), ("floods", "flood"))
        ),
        ("weekly", "dies", "silent"),
        ("weekly", "breaks", "shrunk"),
        ("steady", "fallback", "feed-texts"),
        ("steady", "flags", "flagged"),
        ("steady", "eats", "removed"),
    ],
)
def test_changes_are_found(rhythm, change, kind):
    """
    A source with some twenty articles a day that changes is named within two days, and by what changed.
    """
    found = [sim.alarms(rhythm, seed, CHANGED_ON + 3, change=change, at=CHANGED_ON) for seed in range(SOURCES)]
    first = [next((one for one in said if one[0] > CHANGED_ON), None) for said in found]
    late = [one for one in first if one is None or one[0] - CHANGED_ON > 2]

    print(rhythm, change, [one and one[0] - CHANGED_ON for one in first])
    assert {kind} == {one[1].kind for one in first if one is not None}
    assert len(late) <= SOURCES // 10 + (rhythm == "weekly")


@pytest.mark.parametrize("rhythm", ["slow", "weekdays", "bursty"])
def test_rare_sources_are_found_later(rhythm):
    """
    A source that sends little, or in bursts, is called silent once that says something, within a month.
    """
    found = [sim.alarms(rhythm, seed, CHANGED_ON + 30, change="dies", at=CHANGED_ON) for seed in range(SOURCES)]

    assert {"silent"} == {said[-1][1].kind for said in found if said}
    assert all(found)


def test_silence_stays_silence():
    """
    What is silent does not become what is expected, however long it lasts.
    """
    said = sim.alarms("steady", 1, CHANGED_ON + 60, change="dies", at=CHANGED_ON)

    assert (CHANGED_ON + 60.0, "silent") == (said[-1][0], said[-1][1].kind)


def test_a_break_stands_for_a_week():
    """
    What changed is said for a week at least, before it is taken for usual.
    """
    said = sim.alarms("steady", 1, CHANGED_ON + 7, change="breaks", at=CHANGED_ON)

    assert 7.0 == said[-1][0] - CHANGED_ON


@pytest.mark.parametrize(
    "days",
    [
        {},
        {0: Day(articles=500, texts=500, words=9)},
        {n: Day(articles=1, texts=1, words=300) for n in range(10)},
        {n: Day(articles=1) for n in range(0, 28, 3)},
    ],
)
def test_too_little_is_known(days):
    """
    Of a source younger than two weeks, or with fewer than twenty articles, nothing is said.
    """
    last = sim.EPOCH + timedelta(days=max(days, default=0) + 0.5)

    assert all(judge_drift(days, now=last + timedelta(hours=hours), last=last) is None for hours in (1, 40, 400))


@given(
    st.dictionaries(st.integers(0, 40), st.builds(Day, **{f: st.integers(0, 10**6) for f in Day.__slots__})),
    st.floats(0, 60),
    st.floats(0, 60),
)
def test_anything_is_judged(days, now, last):
    """
    Whatever was counted, a source is judged, and the reason is a line.
    """
    got = judge_drift(days, now=sim.EPOCH + timedelta(days=now), last=sim.EPOCH + timedelta(days=last))

    assert got is None or (got.reason and "\n" not in got.reason)


def test_days_are_utc():
    """
    A day is one of the universal time's.
    """
    late = sim.EPOCH + timedelta(days=3, hours=23)

    assert 3 == day_number(late) == day_number(late.astimezone(tz=None))
