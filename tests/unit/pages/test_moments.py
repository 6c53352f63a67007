"""Moments as pages write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.pages.moments import date_in_address, first_date, read_date

DAY = datetime(2024, 11, 30, tzinfo=UTC)


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2024, 11, 30, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-11-30T10:00:00-05:00", at(15)),
        ("2024-11-30 10:00:00 +0100", at(9)),
        ("2024-11-30T10:00:00+1:00", at(9)),
        ("2024-11-30T10:00:00 CET", at(9)),
        ("2024-11-30T10:00:00Z[UTC]", at(10)),
        ("2024/11/30 10:00", at(10)),
        ("2024-11-30 10:00 PM EST", datetime(2024, 12, 1, 3, tzinfo=UTC)),
        ("2024-11-30", DAY),
        ("20241130", DAY),
        ("Nov 30, 2024", DAY),
        ("Nov. 30, 2024 9:05 a.m. EST", at(14, 5)),
        ("November 30, 2024 at 12:30 AM", at(0, 30)),
        ("30 November 2024", DAY),
        ("Saturday, 30 November 2024 10:00 GMT", at(10)),
        ("Sat Nov 30 10:00:00 CET 2024", at(9)),
        ("Sat Nov 30 2024 10:00:00 GMT+0100 (Central European Standard Time)", at(9)),
        ("1732960800", at(10)),
        ("1732960800000", at(10)),
        ("04/05/2024", None),
        ("2024-13-01 10:00", None),
        ("2024-11-30 25:00 +0100", None),
        ("2024-11-30 10:00 +99:00", None),
        ("30 Nonsense 2024", None),
        ("x" * 1_000, None),
    ],
)
def test_read(text, moment):
    """
    What publishers make of ISO 8601 and RFC 5322 is read with its zone; two bare numbers are not guessed at.
    """
    assert moment == read_date(text)


@pytest.mark.parametrize(
    ("claims", "moment"),
    [
        (["2024-11-30T10:00:00", "2024-11-30T10:00:00+01:00"], at(9)),
        (["2024-11-30T10:00:12", "2024-11-30T09:00:12Z"], at(9, 0, 12)),
        (["2024-11-30T10:00:12", "2024-11-30T00:00:00Z"], at(10, 0, 12)),
        (["2024-11-30", "2024-11-30T06:00:00+02:00"], at(4)),
        (["2024-11-30", "2024-12-09T06:00:00Z"], DAY),
        (["2024-11-30T10:00:00+01:00", "2024-11-30T10:00:00Z"], at(9)),
        (["soon", None, 7, "2024-11-30T10:00:00Z"], at(10)),
        (["soon"], None),
        ([], None),
    ],
)
def test_first(claims, moment):
    """
    The first claim that is a date counts; its missing zone or clock comes from a later claim of the same moment.
    """
    assert moment == first_date(claims)


@pytest.mark.parametrize(
    ("url", "moment"),
    [
        ("https://tidewater.example/2024/11/30/harbour", DAY),
        ("https://tidewater.example/news/2024-11-30/harbour", DAY),
        ("https://tidewater.example/2024/11/30-harbour", DAY),
        ("https://tidewater.example/2024/13/30/harbour", None),
        ("https://tidewater.example/2024/harbour", None),
        ("https://tidewater.example/12024/11/30/harbour", None),
    ],
)
def test_address(url, moment):
    """
    A day in an address is that day in UTC.
    """
    assert moment == date_in_address(url)


@given(
    claims=st.lists(st.text(max_size=40) | st.datetimes().map(str) | st.datetimes(timezones=st.timezones()).map(str))
)
def test_any(claims):
    """
    Any claims give a moment in UTC or none.
    """
    moment = first_date(claims)

    assert moment is None or moment.tzinfo is UTC
