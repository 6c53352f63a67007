"""How long a feed that fails is left alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.models import Feed
from ingest.polling.backoff import (
    MAX_RETRY_AFTER,
    RARELY,
    back_off,
    classify,
    count_failure,
    count_success,
    http_date,
    is_gone_for_good,
    retry_after,
)

T0 = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FEED = Feed(id="f", url="https://example.org/feed")


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("status-410", "gone"),
        ("status-400", "hard"),
        ("fetch-bad-url", "hard"),
        ("fetch-blocked-address", "hard"),
        ("poisonous", "hard"),
        ("status-401", "soft"),
        ("status-403", "soft"),
        ("status-404", "soft"),
        ("fetch-dns", "soft"),
        ("fetch-tls", "soft"),
        ("fetch-redirect-loop", "soft"),
        ("not-a-feed-html", "soft"),
        ("no name of ours", "soft"),
        ("status-5000", "soft"),
        ("status-429", "temporary"),
        ("status-408", "temporary"),
        ("status-500", "temporary"),
        ("status-503", "temporary"),
        ("status-599", "temporary"),
        ("fetch-timeout", "temporary"),
        ("fetch-truncated", "temporary"),
        ("not-a-feed-empty", "temporary"),
        ("parse-deadline", "temporary"),
    ],
)
def test_classes(outcome, expected):
    """
    A failure's class says who can heal it: time, the publisher, the operator, nobody.
    """
    got = classify(outcome)

    assert expected == got


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, None, id="silent"),
        pytest.param({"retry-after": "120"}, timedelta(minutes=2), id="seconds"),
        pytest.param({"retry-after": " 0120 "}, timedelta(minutes=2), id="padded"),
        pytest.param({"retry-after": "0"}, timedelta(0), id="at once"),
        pytest.param({"retry-after": "120, 120"}, timedelta(minutes=2), id="sent twice"),
        pytest.param({"retry-after": "172800"}, 2 * DAY, id="P30: more than a day"),
        pytest.param({"retry-after": "1000000000000"}, MAX_RETRY_AFTER, id="P30: 10^12"),
        pytest.param({"retry-after": "9" * 9000}, MAX_RETRY_AFTER, id="no number at all"),
        pytest.param({"retry-after": "-5"}, None, id="P30: negative"),
        pytest.param({"retry-after": "12.5"}, None, id="broken"),
        pytest.param({"retry-after": "soon"}, None, id="P30: a word"),
        pytest.param({"retry-after": "Sun, 22 Nov 2026 13:00:00 GMT"}, HOUR, id="P30: IMF-fixdate"),
        pytest.param({"retry-after": "Sunday, 22-Nov-26 13:00:00 GMT"}, HOUR, id="P30: RFC 850"),
        pytest.param({"retry-after": "Sun Nov 22 13:00:00 2026"}, HOUR, id="P30: asctime"),
        pytest.param({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, timedelta(0), id="P30: past"),
        pytest.param({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, MAX_RETRY_AFTER, id="never"),
        pytest.param(
            {"retry-after": "Sun, 22 Nov 2026 09:00:00 GMT", "date": "Sun, 22 Nov 2026 08:00:00 GMT"},
            HOUR,
            id="P30: by the server's clock, four hours slow",
        ),
        pytest.param({"retry-after": "Sun, 22 Nov 2026 13:00:00 GMT", "date": "?"}, HOUR, id="Date unreadable"),
    ],
)
def test_retry_after(fields, expected):
    """
    P30: Retry-After is seconds or one of three dates, at most a week, and nothing where it cannot be read.
    """
    got = retry_after(fields, T0)

    assert expected == got


@given(st.text(max_size=80) | st.from_regex(r"[A-Z][a-z]{2}, \d{1,3} [A-Z][a-z]{2} \d{1,6} [\d:]{0,12} [+-]?\w{0,6}"))
def test_any_date(text):
    """
    No text breaks the reading of a date, and what is read is in UTC.
    """
    got = http_date(text)

    assert got is None or got.tzinfo is UTC


def test_counting():
    """
    Failures add up from the first one on, and a success forgets them.
    """
    twice = count_failure(count_failure(FEED, "status-503", T0), "status-404", T0 + HOUR)

    assert (2, "soft", T0) == (twice.failures, twice.failure, twice.failing_since)
    assert count_success(twice) == FEED


@pytest.mark.parametrize(
    ("outcomes", "hours", "expected"),
    [
        pytest.param(("status-410",), 0, False, id="once"),
        pytest.param(("status-410", "status-410"), 12, False, id="twice in one day"),
        pytest.param(("status-410", "status-410"), 24, True, id="a day apart"),
        pytest.param(("status-503", "status-410"), 24, False, id="another failure first"),
        pytest.param(("status-410", "status-503", "status-410"), 24, False, id="another one between"),
        pytest.param(("status-404", "status-404"), 24, False, id="never of a 404"),
    ],
)
def test_gone(outcomes, hours, expected):
    """
    P33: a feed is gone when 410 was seen twice, a day apart, and nothing else between.
    """
    feed, now = FEED, T0
    for outcome in outcomes:
        feed, at = count_failure(feed, outcome, now), now
        now += timedelta(hours=hours)

    got = is_gone_for_good(feed, at)

    assert expected == got


def pause(failures: int, kind: str, *, dice: float = 0.0, days: float = 0, usual: timedelta = HOUR) -> timedelta:
    feed = replace(FEED, failures=failures, failure=kind, failing_since=T0 - timedelta(days=days))
    return back_off(feed, usual=usual, ceiling=DAY, now=T0, dice=dice, jitter=0.1)


@pytest.mark.parametrize(
    ("failures", "kind", "days", "expected"),
    [
        (1, "temporary", 0, HOUR),
        (2, "temporary", 0, 2 * HOUR),
        (5, "soft", 0, 16 * HOUR),
        (6, "soft", 0, DAY),
        (10_000, "temporary", 29, DAY),
        (60, "soft", 30, RARELY),
        (60, "temporary", 300, RARELY),
        (1, "hard", 0, DAY),
        (60, "hard", 30, RARELY),
        (1, "gone", 0, DAY),
    ],
)
def test_pause(failures, kind, days, expected):
    """
    P31, P32: the pause doubles up to a day, after a month it is a week, and it never ends in giving up.
    """
    got = pause(failures, kind, days=days)

    assert expected == got


def test_full_jitter():
    """
    P31: while it grows, chance adds up to as much again.
    """
    got = [pause(3, "temporary", dice=dice) for dice in (0.0, 0.5, 1.0)]

    assert [4 * HOUR, 6 * HOUR, 8 * HOUR] == got


@given(
    failures=st.integers(1, 10**6),
    kind=st.sampled_from(["gone", "hard", "soft", "temporary"]),
    dice=st.floats(0, 1),
    days=st.floats(0, 4000),
    minutes=st.integers(1, 10**5),
)
def test_bounds(failures, kind, dice, days, minutes):
    """
    No failure makes a pause shorter than it was, nor longer than a week and a little, unless it was so before.
    """
    usual = timedelta(minutes=minutes)

    got = pause(failures, kind, dice=dice, days=days, usual=usual)

    assert usual <= got <= max(usual, RARELY) * 1.1 + timedelta(microseconds=1)
