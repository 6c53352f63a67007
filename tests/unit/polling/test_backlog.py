"""How much of a new feed's backlog is left out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.polling.backlog import UNDATED, left_out

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DATES = (None, NOW - 9 * HOUR, NOW - 5 * HOUR, NOW - HOUR, NOW + HOUR)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("all", 0),
        (2, 3),
        (0, 5),
        (5, 0),
        (99, 0),
        (5 * HOUR, 2),
        (timedelta(0), 4),
        (timedelta(days=999), 1),
    ],
)
def test_left_out(wanted, expected):
    """
    Wanted are all, so many of the newest, or those of so long; what has no date among dated ones is old.
    """
    got = left_out(DATES, wanted, NOW)

    assert expected == got


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (UNDATED, 0), (UNDATED + 5, 5)])
def test_undated(count, expected):
    """
    Where no entry has a date, the newest by the feed's own order are taken for recent.
    """
    got = left_out((None,) * count, HOUR, NOW)

    assert expected == got


@given(
    st.lists(st.none() | st.datetimes(timezones=st.just(UTC))),
    st.just("all") | st.integers(0, 99) | st.timedeltas(min_value=timedelta(0)),
)
def test_any_dates(dates, wanted):
    """
    Never more is left out than there is.
    """
    got = left_out(dates, wanted, NOW)

    assert 0 <= got <= len(dates)
