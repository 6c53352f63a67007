"""
How long to leave a feed alone that failed: ever longer, never for good; only 410 twice puts it to sleep.

Four classes, by what heals them (the names after status-, fetch-, not-a-feed-, parse- are those of the ladder and the
stages): "temporary" by time, "soft" by the publisher, "hard" by the operator, "gone" by nobody. Feeds do come back from
404, unknown hosts and HTML pages (Media Cloud keeps its "undead" feeds for that reason: reliability.md P31-P33).
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, Literal

from ingest.models import Feed

FailureClass = Literal["gone", "hard", "soft", "temporary"]

#: A Retry-After is honoured up to here; 10**12 seconds are somebody's mistake (P30: at least 7 days).
MAX_RETRY_AFTER: Final = timedelta(days=7)
#: Between the two observations that put a feed to sleep (P33).
GONE_CONFIRMED_AFTER: Final = timedelta(hours=24)
#: Failing without a break for this long, a feed is asked once in RARELY; until then at least once in the ceiling (P32).
FAILING_LONG: Final = timedelta(days=30)
RARELY: Final = timedelta(days=7)

_GONE: Final = frozenset({"status-410"})
_HARD: Final = frozenset({"status-400", "fetch-bad-url", "fetch-blocked-address", "poisonous"})
_TEMPORARY: Final = frozenset(
    {
        "status-408",
        "status-425",
        "status-429",
        "fetch-connect",
        "fetch-timeout",
        "fetch-disconnected",
        "fetch-truncated",
        "fetch-bad-response",
        # Half-written files and empty answers during a deployment.
        "not-a-feed-empty",
        "not-a-feed-broken",
        # Our own trouble, not the feed's: a busy machine meets its deadline late.
        "parse-deadline",
        "parse-crashed",
        "parse-memory",
        "parse-failed",
    }
)
#: 2**20 pauses are past any ceiling; more would only overflow.
_MAX_DOUBLINGS: Final = 20
_SECONDS: Final = re.compile(r"([0-9]+)[ \t]*(?:,.*)?", re.DOTALL)
#: The longest of the three forms has 33 letters.
_MAX_DATE_LENGTH: Final = 64


def classify(outcome: str) -> FailureClass:
    """What would heal a failure with this name; a name unknown here is "soft"."""
    if outcome in _GONE:
        return "gone"
    if outcome in _HARD:
        return "hard"
    if outcome in _TEMPORARY or re.fullmatch(r"status-5[0-9]{2}", outcome):
        return "temporary"
    return "soft"


def count_failure(feed: Feed, outcome: str, now: datetime) -> Feed:
    """The feed with one more failure to its account."""
    kind = classify(outcome)
    is_same_run = feed.failures > 0 and feed.failing_since is not None and (kind == "gone") == (feed.failure == "gone")
    since = feed.failing_since if is_same_run else now
    return replace(feed, failures=feed.failures + 1, failure=kind, failing_since=since)


def count_success(feed: Feed) -> Feed:
    """The feed with its failures forgotten."""
    if not (feed.failures or feed.failure or feed.failing_since):
        return feed  # as nearly always
    return replace(feed, failures=0, failure="", failing_since=None)


def is_gone_for_good(feed: Feed, now: datetime) -> bool:
    """Whether a 410 has been confirmed by a second one a day after the first (P33)."""
    if feed.failure != "gone" or feed.failing_since is None:
        return False
    return now - feed.failing_since >= GONE_CONFIRMED_AFTER


def back_off(
    feed: Feed, *, usual: timedelta, ceiling: timedelta, now: datetime, dice: float, jitter: float
) -> timedelta:
    """
    The pause after the failures on a feed's account: ``usual``, its pause without them, doubled for each but the first.

    Chance adds up to as much again while it grows (full jitter that only adds, P21 and P31) and ``jitter`` at its end.
    """
    end = max(ceiling, usual)
    if feed.failing_since is not None and now - feed.failing_since >= FAILING_LONG:
        return max(RARELY, usual) * (1 + jitter * dice)
    match feed.failure:
        case "gone":
            return max(GONE_CONFIRMED_AFTER, usual) * (1 + jitter * dice)
        case "hard":
            grown = end
        case _:
            grown = usual * 2 ** min(max(feed.failures - 1, 0), _MAX_DOUBLINGS)
    return min(grown * (1 + dice), end * (1 + jitter * dice))


def retry_after(headers: dict[str, str], now: datetime) -> timedelta | None:
    """
    The pause a Retry-After field asks for, None without a readable one (RFC 9110 10.2.3: seconds or an HTTP-date).

    A date is measured against the server's own Date, so that a wrong clock on either side does no harm (P30).
    """
    if "retry-after" not in headers:
        return None
    text = headers["retry-after"].strip()
    seconds = _SECONDS.fullmatch(text)
    if seconds:
        digits = seconds[1].lstrip("0") or "0"
        # Eight digits are three years already, and int() refuses a few thousand of them.
        asked = MAX_RETRY_AFTER if len(digits) > 8 else timedelta(seconds=int(digits))  # noqa: PLR2004 - said above
        return min(asked, MAX_RETRY_AFTER)
    until = http_date(text)
    if until is None:
        return None
    return min(max(until - (http_date(headers.get("date", "")) or now), timedelta(0)), MAX_RETRY_AFTER)


def http_date(text: str) -> datetime | None:
    """The moment an HTTP-date names in any of its three forms (RFC 9110 5.6.7), None when it names none."""
    if not 0 < len(text) <= _MAX_DATE_LENGTH:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
