"""The moments that pages write as text, and which of several claims to believe."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

#: Longer texts are sentences, not dates.
MAX_CHARS = 80
#: How far a clock without a zone may be from the same moment in UTC, and in what steps: zones go from -12 to +14 h.
MAX_ZONE_GAP = timedelta(hours=14)
ZONE_STEP = timedelta(minutes=15)

_NUMERIC = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    r"(?:[T ,]{1,3}(?P<clock>\d{1,2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?\s?(?P<half>[AaPp][Mm])?"
    r"\s?(?P<zone>[A-Za-z]{1,5}|[+-]\d{1,2}:?\d{2}|[+-]\d{2})?)?(?:\[[\w/]+\])?"
)
_CLOCK = r"(?P<clock>\d{1,2}:\d{2}(?::\d{2})?)\s?(?P<half>[AaPp]\.?[Mm]\.?)?\s?(?P<zone>[A-Z]{1,5}|[+-]\d{2}:?\d{2})?"
_WORDED = (
    # RFC 5322 3.3, and the same without weekday or clock.
    re.compile(
        rf"(?:\w{{3,9}}, )?(?P<day>\d{{1,2}}) (?P<name>[A-Za-z]{{3,9}}),? (?P<year>\d{{4}})(?:,? (?:at )?{_CLOCK})?"
    ),
    re.compile(
        rf"(?:\w{{3,9}}, )?(?P<name>[A-Za-z]{{3,9}})\.? (?P<day>\d{{1,2}}), (?P<year>\d{{4}})(?:,? (?:at )?{_CLOCK})?"
    ),
    # JavaScript's: Wed Mar 04 2026 16:25:00 GMT+0100 (Central European Standard Time).
    re.compile(
        r"\w{3} (?P<name>\w{3}) (?P<day>\d{2}) (?P<year>\d{4}) (?P<clock>\d{2}:\d{2}:\d{2})"
        r" GMT(?P<zone>[+-]\d{4})(?: \([^)]*\))?"
    ),
    # Java's and C's default: Sat Nov 30 10:00:00 CET 2024.
    re.compile(rf"\w{{3}} (?P<name>\w{{3}}) {{1,2}}(?P<day>\d{{1,2}}) {_CLOCK} (?P<year>\d{{4}})"),
)
#: Within a line: "Posted on March 4, 2026 at 4:25 PM", "04.03.2026, 16:25 Uhr", "4 mars 2026".
_WITHIN = (
    re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?:[T ]\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?(?!\d)"),
    re.compile(
        rf"(?<!\d)(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?(?P<year>\d{{4}})(?!\d)(?:\D{{1,5}}{_CLOCK})?"
    ),
    re.compile(
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th|er)?\s(?:de\s)?(?P<name>[^\W\d]{{3,10}})\.?,?\s(?:de\s)?(?P<year>\d{{4}})"
        rf"(?!\d)(?:\W{{0,3}}(?:\s(?:at|um|à|a las|alle))?\s{_CLOCK})?"
    ),
    re.compile(
        rf"(?P<name>[A-Za-z]{{3,9}})\.?\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<year>\d{{4}})(?!\d)(?:\W{{0,3}}(?:\sat)?\s{_CLOCK})?"
    ),
    re.compile(
        r"(?P<year>\d{4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일](?:\D{0,4}(?P<clock>\d{1,2}:\d{2}(?::\d{2})?))?"
    ),
)
_EPOCH = re.compile(r"(\d{10})(?:\d{3})?")
_IN_PATH = re.compile(r"/((?:19|20)\d{2})[/-](\d{1,2})[/-](\d{1,2})(?=[/_-])")
#: How the names of the months begin in Europe's commonest languages, in the order of the months.
_MONTH_STARTS = (
    "jan gen ene янв sty led oca", "feb fév fev фев lut úno şub", "mar mär maa мар bře", "apr avr abr апр kwi dub nis",
    "may mai mag мая mei maj kvě", "jun juin giu июн cze čer haz", "jul juil lug июл lip tem",
    "aug aoû ago авг sie srp ağu", "sep set сен wrz zář eyl", "oct okt ott out окт paź říj eki",
    "nov noy ноя lis kas", "dec déc dez dic дек gru pro ara",
)  # fmt: skip  # one month a line is longer, not clearer
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

#: Hours east of Greenwich. RFC 5322 4.3 fixes the American names; the others are what European and Asian pages mean.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 1, "west": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2,
    "eet": 2, "sast": 2, "eest": 3, "msk": 3, "trt": 3, "ist": 5.5, "pkt": 5, "wib": 7, "ict": 7, "sgt": 8, "hkt": 8,
    "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13, "est": -5, "edt": -4, "cst": -6, "cdt": -5,
    "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip  # one name a line is longer, not clearer


def read_date(text: str) -> datetime | None:
    """
    The moment that a date names, in UTC; a date without a zone is read as UTC, None for what names no moment.

    ISO 8601 and RFC 5322 and what publishers make of them, English month names, and seconds or milliseconds since 1970.
    Days and months as two numbers are not read: 04/05 is two days.
    """
    moment = _read(text)
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def find_date(line: str) -> str:
    """The first date in a line of text, in the form of ISO 8601; "" where there is none."""
    for shape in _WITHIN:
        found = shape.search(line)
        if not found:
            continue
        parts = found.groupdict()
        if not parts:
            return found[0]
        month = int(parts["month"]) if parts.get("month") else _month(parts["name"] or "")
        moment = _built(int(parts["year"] or 0), month, int(parts["day"] or 0), parts) if month else None
        if moment is not None:
            return moment.isoformat() if parts.get("clock") else moment.date().isoformat()
    return ""


def _month(name: str) -> int:
    """The number of a month by how its name begins; 0 for what is none."""
    name = name.lower()
    fits = (row for row, starts in enumerate(_MONTH_STARTS, 1) for start in starts.split() if name.startswith(start))
    return next(fits, 0)


def first_date(claims: Iterable[object]) -> datetime | None:
    """
    The moment of the first claim that names one.

    Where that one gives no zone (or no clock), the first later claim with a zone that can mean the same moment does.
    """
    moments = [found for claim in claims if isinstance(claim, str) and (found := _read(claim)) is not None]
    if not moments:
        return None
    best = moments[0]
    if best.tzinfo is None:
        zoned = (other.astimezone(UTC) for other in moments[1:] if other.tzinfo is not None)
        naive = best.replace(tzinfo=UTC)
        return next((other for other in zoned if _can_mean(naive, other)), naive)
    return best.astimezone(UTC)


def _can_mean(naive: datetime, zoned: datetime) -> bool:
    """Whether a date or a clock without a zone, read as UTC, can be the moment ``zoned``."""
    gap = naive - zoned
    if (naive.hour, naive.minute, naive.second) == (0, 0, 0):
        return abs(naive + timedelta(hours=12) - zoned) <= timedelta(hours=12) + MAX_ZONE_GAP
    return abs(gap) <= MAX_ZONE_GAP and abs(gap) % ZONE_STEP < timedelta(seconds=1)


def date_in_address(url: str) -> datetime | None:
    """The day in an address such as /2024/11/30/storm."""
    found = _IN_PATH.search(url)
    day = _built(int(found[1]), int(found[2]), int(found[3]), {}) if found else None
    return day.replace(tzinfo=UTC) if day else None


def _read(text: str) -> datetime | None:
    text = text.strip()
    if not text or len(text) > MAX_CHARS:
        return None
    try:
        moment: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        moment = _epoch(text) or _numeric(text) or _worded(text)
    # Placeholders such as 0001-01-01; and a moment at the edge of time has no UTC.
    return moment if moment is not None and 1900 < moment.year < 2200 else None  # noqa: PLR2004 - years, as said


def _epoch(text: str) -> datetime | None:
    found = _EPOCH.fullmatch(text)
    return datetime.fromtimestamp(int(found[1]), UTC) if found else None


def _numeric(text: str) -> datetime | None:
    found = _NUMERIC.fullmatch(text)
    return _built(int(found["year"]), int(found["month"]), int(found["day"]), found.groupdict()) if found else None


def _worded(text: str) -> datetime | None:
    for shape in _WORDED:
        found = shape.fullmatch(text)
        if found and (name := found["name"][:3].lower()) in _MONTHS:
            return _built(int(found["year"]), _MONTHS.index(name) + 1, int(found["day"]), found.groupdict())
    return None


def _built(year: int, month: int, day: int, parts: dict[str, str | None]) -> datetime | None:
    hour, minute, second = (int(part) for part in f"{parts.get('clock') or '0:0'}:0".split(":")[:3])
    if half := parts.get("half"):
        hour = hour % 12 + (12 if half.lower().startswith("p") else 0)
    try:
        moment = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - its zone comes next
        zone = _zone(parts.get("zone"))
        return moment.replace(tzinfo=zone)
    except ValueError:
        return None


def _zone(text: str | None) -> timezone | None:
    """
    The zone of "+0100", "-5:30" or "CET"; None for no text and for a name that is not known.

    Raises:
        ValueError: more than 24 hours.
    """
    if not text:
        return None
    if text[0] not in "+-":
        hours = _ZONES.get(text.lower())
        return timezone(timedelta(hours=hours)) if hours is not None else None
    digits = text[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))  # noqa: PLR2004 - hh
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))
