"""
What a feed and its server ask of our polls: Cache-Control, Expires, ttl, sy:*, skipHours, skipDays (P22-P25).

The longest pause asked for counts; none is longer than a day, for a year of max-age is a mistake of somebody who meant
his pictures. ``no-cache``, ``no-store`` and ``max-age=0`` ask for nothing: our own floor holds in any case.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ingest.models import Hints, ParsedFeed
from ingest.polling.backoff import http_date

#: No hint makes a feed wait longer (P22: the cap is ours to choose and to say).
MAX_PAUSE: Final = timedelta(hours=24)

_PERIODS: Final = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY_HOURS: Final = 24
_NOTHING: Final = timedelta(0)
_NO_HINTS: Final = Hints()
#: Seconds in a field are cut here: a day is long past then, and int() refuses a few thousand digits.
_MAX_DIGITS: Final = 12
_DIRECTIVE: Final = re.compile(r'([a-z-]+)[ \t]*(?:=[ \t]*"?([0-9]*))?')
_ENCODED: Final = re.compile(
    r"1\|(?P<pause>[0-9]{1,6})\|(?P<said_by>[A-Za-z:-]{0,20})\|(?P<document>[0-9]{1,6})\|(?P<document_by>[A-Za-z:-]{0,20})"
    r"\|(?P<hours>(?:[0-9]{1,2}(?:,[0-9]{1,2}){0,23})?)\|(?P<days>[0-6]{0,7})"
)


def read_hints(parsed: ParsedFeed | None, headers: dict[str, str], previous: Hints, now: datetime) -> Hints:
    """
    What the feed asks as of this answer; ``parsed`` is None when it brought no new document (304, the same body).

    Without a document its hints stay, and those of the header fields are renewed; a 304 that says nothing on caching
    leaves them as they were (RFC 9111 3.2).
    """
    if parsed is None:
        if not {"cache-control", "expires"} & headers.keys():
            return previous
        document = replace(previous, pause=previous.document_pause, said_by=previous.document_said_by)
    else:
        pause, said_by = _document_pause(parsed)
        document = Hints(
            pause=pause,
            said_by=said_by,
            document_pause=pause,
            document_said_by=said_by,
            skip_hours=_skip_hours(parsed.skip_hours),
            skip_days=_skip_days(parsed.skip_days),
        )
    fresh, said_by = _header_pause(headers, now)
    return replace(document, pause=fresh, said_by=said_by) if fresh > document.pause else document


def encode_hints(hints: Hints) -> str:
    """Hints as a short line of text, "" for none."""
    if hints == Hints():
        return ""
    days = "".join(str(number) for number, name in enumerate(WEEKDAYS) if name in hints.skip_days)
    return "|".join(
        (
            "1",
            str(int(hints.pause.total_seconds())),
            hints.said_by,
            str(int(hints.document_pause.total_seconds())),
            hints.document_said_by,
            ",".join(map(str, hints.skip_hours)),
            days,
        )
    )


def decode_hints(text: str) -> Hints:
    """The hints that ``encode_hints`` wrote; none where the text is not of its making."""
    match = _ENCODED.fullmatch(text) if text else None
    if match is None:
        return _NO_HINTS
    return Hints(
        pause=min(timedelta(seconds=int(match["pause"])), MAX_PAUSE),
        said_by=match["said_by"],
        document_pause=min(timedelta(seconds=int(match["document"])), MAX_PAUSE),
        document_said_by=match["document_by"],
        skip_hours=_skip_hours(tuple(int(hour) for hour in match["hours"].split(",") if hour)),
        skip_days=_skip_days(tuple(WEEKDAYS[int(day)] for day in match["days"])),
    )


def _header_pause(headers: dict[str, str], now: datetime) -> tuple[timedelta, str]:
    """How long the answer is fresh: max-age less Age, or else Expires less Date (RFC 9111 4.2.1, 5.3)."""
    directives: dict[str, str] = {}
    for name, value in _DIRECTIVE.findall(headers.get("cache-control", "").lower()):
        directives.setdefault(name, value)  # the first of several counts
    if {"no-cache", "no-store"} & directives.keys():
        return _NOTHING, ""
    if directives.get("max-age"):
        age = re.match(r"[ \t]*([0-9]+)", headers.get("age", ""))
        return _capped(_number(directives["max-age"]) - _number(age[1] if age else "0"), "max-age")
    expires = http_date(headers.get("expires", "").strip())
    if expires is None:
        return _NOTHING, ""
    date = http_date(headers.get("date", "").strip()) or now
    return _capped(int((expires - date).total_seconds()), "Expires")


def _document_pause(parsed: ParsedFeed) -> tuple[timedelta, str]:
    asked = [(_NOTHING, "")]
    if parsed.ttl_minutes is not None:
        asked.append(_capped(parsed.ttl_minutes * 60, "ttl"))
    period = _PERIODS.get(parsed.sy_period.strip().lower())
    if period is not None:
        # A frequency of 0 or less makes no sense; the module's default is 1 (P25).
        frequency = max(parsed.sy_frequency or 1, 1)
        asked.append(_capped(int(period.total_seconds()) // frequency, "sy:updatePeriod"))
    return max(asked, key=lambda pair: pair[0])


def _capped(seconds: int, said_by: str) -> tuple[timedelta, str]:
    if seconds <= 0:
        return _NOTHING, ""
    return timedelta(seconds=min(seconds, int(MAX_PAUSE.total_seconds()))), said_by


def _number(digits: str) -> int:
    return int(digits) if len(digits) <= _MAX_DIGITS else 10**_MAX_DIGITS


def _skip_hours(hours: tuple[int, ...]) -> tuple[int, ...]:
    """Hours 0 to 23, 24 being another name for 0; none when nothing would be left of the day (P24)."""
    kept = sorted({0 if hour == _DAY_HOURS else hour for hour in hours if 0 <= hour <= _DAY_HOURS})
    return tuple(kept) if len(kept) < _DAY_HOURS else ()


def _skip_days(days: tuple[str, ...]) -> tuple[str, ...]:
    """English weekdays in the order of the week; none when nothing would be left of it."""
    named = {day.strip().capitalize() for day in days}
    kept = tuple(day for day in WEEKDAYS if day in named)
    return kept if len(kept) < len(WEEKDAYS) else ()
