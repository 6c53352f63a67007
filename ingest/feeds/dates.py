"""
Dates as feeds write them: RFC 822, ISO 8601 and W3CDTF, epoch numbers, and what people type; no date rather than a
wrong one (feedparser reads "2024/05/29" as November and "CEST" as UTC: research, feeds.md 3.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final
from unicodedata import normalize

from ingest.feeds.calendar_words import MONTHS, REGIONS, ZONES

#: Syndication began in the nineties; the other end only catches nonsense, for the core has no clock.
MIN_YEAR: Final = 1990
MAX_YEAR: Final = 2200
#: Longest text that can be a date; also bounds the work on a hostile one.
_MAX_LENGTH: Final = 80
#: Two-digit years up to here are in this century (RFC 2822 4.3 has 49).
_PIVOT: Final = 49
_MAX_OFFSET: Final = timedelta(hours=15)  # UTC+14 exists
_MILLISECONDS: Final = 13  # digits of an epoch in milliseconds since 2001

_TIME: Final = (
    r"(?P<lead>오전|오후|上午|下午|午前|午後)?\s*(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,:]\d{1,9})?)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?(?![a-z]))?"
)
#: Forenoon and afternoon in front of the time, in Korean, Chinese and Japanese.
_HALVES: Final = {"오전": "a", "오후": "p", "上午": "a", "下午": "p", "午前": "a", "午後": "p"}
_ZONE: Final = r"(?:\s*(?P<zone>[a-z(+\u2212-].*))?"
#: What stands between a date and its time in some languages.
_AT: Final = r"[\s,]*(?:t|à|às|at|um|om|alle|ore|kl\.?|klo|u|a las|\u0432|\u043e|@|-|\u2013|\|)?\s*"
#: "Year" behind the year, in Russian, Bulgarian and Ukrainian.
_YEAR_WORD: Final = r"\.?(?:\s?(?:[\u0433\u0440]\.?|\u0433\u043e\u0434\u0430?|\u0440\u043e\u043a\u0443)(?!\w))?"
_CLOCK: Final = rf"(?:{_AT}{_TIME}{_ZONE})?"
_WORD: Final = r"[^\W\d_]+"

_ISO: Final = re.compile(
    r"(?P<year>\d{4})(?:[-/.](?P<month>\d{1,2})(?:[-/.](?P<day>\d{1,2}))?|(?P<packed>\d{4}))?"
    rf"(?:(?:t|\s|t\s|,\s)\s*(?:{_TIME}|(?P<packed_time>\d{{4}}(?:\d{{2}})?|\d\d(?=z))(?:[.,]\d+)?){_ZONE}|z"
    r"|(?P<day_zone>\+\d\d:\d\d))?"
)
_PACKED: Final = re.compile(r"(?P<year>\d{4})(?P<packed>\d{4})(?P<packed_time>\d{6})")
#: "2024. május 1.", "2024-May-01", "2024. 5. 1." (Hungarian and Korean write dots behind numbers).
_YEAR_FIRST: Final = re.compile(
    rf"(?P<year>\d{{4}})(?:\.?[\s-]\s?(?P<month>{_WORD})\.?[\s-]|\.\s?(?P<number>\d{{1,2}})\.\s?)(?P<day>\d{{1,2}})\.?{_CLOCK}"
)
_ORDINAL: Final = re.compile(rf"(?P<year>\d{{4}})-?(?P<yearday>\d{{3}})(?:t{_TIME}{_ZONE})?")
_WEEK: Final = re.compile(rf"(?P<year>\d{{4}})-?w(?P<week>\d{{2}})-?(?P<weekday>[1-7])(?:t{_TIME}{_ZONE})?")
_DAY_FIRST: Final = re.compile(
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|ª|\.)?[\s,/.-]*(?:(?:de|of)\s+|d')?(?P<month>{_WORD})\.?"
    rf"[\s,\u060c/-]*(?:(?:de|del)\s+)?'?(?P<year>\d{{4}}|\d{{2}})(?!\d|:){_YEAR_WORD}{_CLOCK}"
)
_MONTH_FIRST: Final = re.compile(
    rf"(?P<month>{_WORD})\.?[\s-]*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s*,\s*|\s+|-)(?P<year>\d{{4}})(?!\d|:){_CLOCK}"
)
#: asctime: "Wed May  1 10:00:00 2024", with a zone before the year in Unix' date and Twitter's.
_ASCTIME: Final = re.compile(
    rf"(?P<month>{_WORD})\.?\s+(?P<day>\d{{1,2}})\s+{_TIME}(?:\s+(?P<zone>[a-z]{{1,5}}|[+-]\d{{4}}))?\s+(?P<year>\d{{4}})"
)
#: "31/12/2024": read only where one of the two numbers cannot be a month, or both are the same; with dots the day is
#: first wherever dots are used.
_DOTTED: Final = re.compile(rf"(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?(?P<year>\d{{4}})\.?{_CLOCK}")
_SLASHED: Final = re.compile(rf"(?P<first>\d{{1,2}})[/-](?P<second_number>\d{{1,2}})[/-](?P<year>\d{{4}}){_CLOCK}")
_EAST_ASIAN: Final = re.compile(
    r"(?P<year>\d{4})\s*[年년]\s*(?P<month>\d{1,2})\s*[月월]\s*(?P<day>\d{1,2})\s*[日일]"
    r"(?:\D{0,8}?(?P<lead>오전|오후|上午|下午|午前|午後)?\s*(?P<hour>\d{1,2})(?:[:.]|\s*[時时시点點]\s*)(?P<minute>\d{2})"
    rf"(?:(?:[:.]|분|分)\s*(?:(?P<second>\d{{2}})[秒초]?)?)?{_ZONE})?"
)
_WEEKDAY: Final = re.compile(
    rf"^(?:{_WORD}\.?(?:-feira)?\s?,\s?|{_WORD}\.?\s+(?={_WORD}\.?\s+\d{{1,2}}\s+(?:\d{{1,2}}:|\d{{4}}\s)|\d{{1,2}}\D))"
)
#: A time in front of its date.
_TIME_FIRST: Final = re.compile(r"(\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]\.?m\.?)?)\s*,?\s+(.*\d.*)")
#: What date libraries put behind their dates: Go its monotonic clock, Java the name of the zone.
_BEHIND: Final = re.compile(r"(?<=\d)(z?)\[[a-z/_]+\]$|\sm=[+-][\d.]+$|(?<=:\d\d)z$")
#: A date that a content system wrapped in its markup (Drupal's views).
_STAMP: Final = re.compile(r"""\s(?:datetime|content)=["']([^"'<>]{4,40})["']""", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*>")
_MAX_MARKUP: Final = 500
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c"))
_COMMENT: Final = re.compile(r"\([^()]*\)")
_MAX_COMMENTS: Final = 3
_EPOCH: Final = re.compile(r"(\d{9,10}|\d{13})(?:\.\d+)?")

#: "Wed, 01 May 2024 10:00:00 +0200" (RFC 822 as RSS asks for it) and "2024-05-01T10:00:00Z" (RFC 3339 as Atom does).
_RFC_822: Final = re.compile(
    r"(?:[A-Z][a-z]{2}, )?([0-3]?[0-9]) ([A-Z][a-z]{2}) ([12][0-9]{3}) ([0-2][0-9]:[0-5][0-9]:[0-5][0-9])"
    r" (?:GMT|UTC|UT|Z|([+-](?:0[0-9]|1[0-4])[0-5][0-9]|[ECMP][SD]T))"
)
#: The other zones that RFC 822 names (5.1); by way of ``_any`` such a date takes thirteen times as long.
_AMERICAN: Final = {
    f"{zone}{kind}T": f"-{-ZONES[f'{zone}{kind}t'.lower()] // 60:02}00" for zone in "ECMP" for kind in "SD"
}
_RFC_3339: Final = re.compile(
    r"[12][0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:\.[0-9]{3}|\.[0-9]{6})?"
    r"(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
)
_SHORT_MONTHS: Final = {
    "Jan": "01",
    "Feb": "02",
    "Mar": "03",
    "Apr": "04",
    "May": "05",
    "Jun": "06",
    "Jul": "07",
    "Aug": "08",
    "Sep": "09",
    "Oct": "10",
    "Nov": "11",
    "Dec": "12",
}

_OFFSET: Final = re.compile(
    r"(?:gmt|utc|ut|z|[ecmp][sd]t)?\s*([+\u2212-])\s*(\d{1,2})(?::?(\d{2}))?(?:\s*\(.*\)|\s+[a-z]{1,5})?"
)
_ZONE_NAME: Final = re.compile(r"\(?([a-z]{1,5})\)?\.?(?:\s*\(.*\)|\sgmt)?")

_SHAPES: Final = (
    _ISO, _ORDINAL, _WEEK, _DAY_FIRST, _MONTH_FIRST, _ASCTIME, _DOTTED, _SLASHED, _EAST_ASIAN, _YEAR_FIRST, _PACKED,
)  # fmt: skip


def parse_date(text: str) -> datetime | None:
    """
    The moment the text names, in UTC; None when it names none for sure.

    A date without a zone is taken as UTC, a date without a time as its midnight, an unknown zone name as UTC (RFC 822
    allows any; being some hours off orders better than having no date).
    """
    return (_common(text) or _any(text)) if text else None


def _common(text: str) -> datetime | None:
    """The moment in one of the two forms that nearly all dates have, in a tenth of the time; None for other forms."""
    try:
        if found := _RFC_822.fullmatch(text):
            day, month, year, clock, zone = found.groups()
            day = day if len(day) > 1 else f"0{day}"
            text = f"{year}-{_SHORT_MONTHS[month]}-{day}T{clock}{_AMERICAN.get(zone, zone) or 'Z'}"
        elif not _RFC_3339.fullmatch(text):
            return None
        moment = datetime.fromisoformat(text)
    except (KeyError, ValueError):
        return None
    moment = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return moment if MIN_YEAR <= moment.year <= MAX_YEAR else None


def _any(text: str) -> datetime | None:
    shown = _shown(text)
    if not shown or len(shown) > _MAX_LENGTH:
        return None
    epoch = _EPOCH.fullmatch(shown)
    if epoch:
        seconds = int(epoch[1]) // 1000 if len(epoch[1]) == _MILLISECONDS else int(epoch[1])
        return _plausible(datetime.fromtimestamp(seconds, UTC))
    for candidate in _spellings(_BEHIND.sub(r"\1", shown)):
        for shape in _SHAPES:
            found = shape.fullmatch(candidate)
            if found:
                return _moment(found.groupdict())
    return None


def _shown(text: str) -> str:
    """What is to be seen of the text, case-folded, without quotes around it."""
    if "<" in text and len(text) <= _MAX_MARKUP:
        stamp = _STAMP.search(text)
        text = stamp[1] if stamp else _TAG.sub("", text)
    folded = " ".join(text.split()).casefold().strip("\"'")
    return folded if folded.isascii() else normalize("NFC", folded.translate(_INVISIBLE).strip())


def _spellings(shown: str) -> Iterator[str]:
    """The text and what is left of it without weekday and comments, and with its time behind its date."""
    yield shown
    yield _WEEKDAY.sub("", shown, count=1)
    yield _without_comments(shown)
    turned = _turned(shown)
    if turned != shown:
        yield turned
        yield _WEEKDAY.sub("", turned, count=1)


def _turned(text: str) -> str:
    """The text with a time that stands in front of its date behind it."""
    found = _TIME_FIRST.fullmatch(text)
    if found is None:
        return text
    date, _, zone = found[2].rpartition(" ")
    if not zone.startswith(("+", "-")):
        date, zone = found[2], ""
    return f"{date} {found[1]} {zone}".strip()


def _without_comments(text: str) -> str:
    """The text without weekday and bracketed comments (RFC 822 3.1.4), which may be nested."""
    for _ in range(_MAX_COMMENTS):
        text, count = _COMMENT.subn("", text)
        if not count:
            break
    return _WEEKDAY.sub("", " ".join(text.split()), count=1)


def _moment(parts: dict[str, str | None]) -> datetime | None:
    day = _day(parts)
    zone = _zone(parts.get("zone") or parts.get("day_zone"))
    if day is None or zone is None:
        return None
    clock = _clock(parts)
    if clock is None:
        return None
    try:
        return _plausible((day.replace(tzinfo=zone) + clock).astimezone(UTC))
    except (OverflowError, ValueError):
        return None


def _plausible(moment: datetime) -> datetime | None:
    return moment if MIN_YEAR <= moment.year <= MAX_YEAR else None


def _day(parts: dict[str, str | None]) -> datetime | None:
    """Midnight of the day, still without a zone."""
    year = _year(parts["year"] or "")
    try:
        if parts.get("yearday"):
            day = datetime(year, 1, 1) + timedelta(days=int(parts["yearday"] or 0) - 1)  # noqa: DTZ001 - zone follows
            return day if day.year == year else None
        if parts.get("week"):
            return datetime.fromisocalendar(year, int(parts["week"] or 0), int(parts["weekday"] or 0))
        month, number = _month_and_day(parts)
        return datetime(year, month, number)  # noqa: DTZ001 - zone follows
    except ValueError:
        return None


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) > 2:  # noqa: PLR2004 - more than two digits are a whole year
        return year
    return year + (2000 if year <= _PIVOT else 1900)


def _month_and_day(parts: dict[str, str | None]) -> tuple[int, int]:
    """Both numbers; a ValueError where they are not certain."""
    packed = parts.get("packed")
    if packed:
        return int(packed[:2]), int(packed[2:])
    if parts.get("first"):
        first, second = int(parts["first"] or 0), int(parts["second_number"] or 0)
        if first <= 12 < second:  # noqa: PLR2004 - months in a year
            return first, second
        if second <= 12 and (first > 12 or first == second):  # noqa: PLR2004 - months in a year
            return second, first
        raise ValueError("either could be the month")
    month = parts.get("month") or parts.get("number") or "1"
    number = int(parts.get("day") or 1)
    if month.isdigit():
        return int(month), number
    if month not in MONTHS:
        raise ValueError("no month's name")
    return MONTHS[month], number


def _clock(parts: dict[str, str | None]) -> timedelta | None:
    """Time since midnight; 24:00:00 and second 60 run over into the next day or minute (ISO 8601, leap seconds)."""
    packed = parts.get("packed_time")
    if packed:
        hour, minute, second = int(packed[:2]), int(packed[2:4] or 0), int(packed[4:] or 0)
    else:
        hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    half = parts.get("half") or _HALVES.get(parts.get("lead") or "")
    if half:
        if not 1 <= hour <= 12 and not (half == "p" and hour < 24):  # noqa: PLR2004 - "13:05 PM" is seen
            return None
        hour = hour % 12 + (12 if half == "p" else 0) if hour <= 12 else hour  # noqa: PLR2004 - hours of a half day
    if minute > 59 or second > 60 or hour > 24 or (hour == 24 and (minute or second)):  # noqa: PLR2004 - a day's clock
        return None
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _zone(text: str | None) -> tzinfo | None:
    """The zone a date ends in; None when what stands there is no zone at all."""
    name = (text or "").strip(" .[]")
    offset = _OFFSET.fullmatch(name)
    if offset:
        minutes = int(offset[3] or 0)
        span = timedelta(hours=int(offset[2]), minutes=minutes)
        if minutes > 59 or span > _MAX_OFFSET:  # noqa: PLR2004 - minutes of an hour
            return None
        return timezone(span if offset[1] == "+" else -span)
    short = _ZONE_NAME.fullmatch(name)
    if short and short[1] in REGIONS:
        return REGIONS[short[1]]
    if not name or short:
        return timezone(timedelta(minutes=ZONES.get(short[1], 0))) if short else UTC
    return REGIONS.get(name)
