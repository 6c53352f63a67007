"""How numbers, times, addresses and foreign words are written on a status page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from ingest.messages.hygiene import address
from ingest.text import collapse, remove_controls
from ingest.urls import redact

_STEPS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}")
_MINUTE = 60
_DAYS_AGO = 7
_THOUSAND = 1000

#: What the names in which an entry ends mean.
OUTCOMES = MappingProxyType(
    {
        "published": "is on the stream",
        "duplicate": "was published before",
        "alias": "is known under another id",
        "skipped": "was there before the feed was added",
        "dead": "could not be published",
        "dropped": "was given up",
        "waiting": "waits for its turn",
        "in work": "is in a worker's hands",
        "lost sight of": "is forgotten by now",
    }
)


def said(value: object, max_characters: int = 300) -> str:
    """Foreign text as one line without control and reordering characters, cut to size; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    line = collapse(remove_controls(value[: max_characters * 8]))
    return line if len(line) <= max_characters else f"{line[: max_characters - 1].rstrip()}…"


def plain(value: object) -> str:
    """Foreign text with its lines, without control and reordering characters."""
    return remove_controls(value) if isinstance(value, str) else ""


def number(value: object) -> str:
    """An amount with thin spaces between its thousands; a dash for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "–"  # noqa: RUF001 - a dash is meant
    if isinstance(value, float) and abs(value) < 10:  # noqa: PLR2004 - one digit before the point leaves room for one behind
        return f"{value:.1f}".removesuffix(".0")
    return f"{value:,.0f}".replace(",", "\u202f")


def span(value: object) -> str:
    """A duration in its largest two units that are worth saying: "1 d 4 h", "12 min"."""
    if not isinstance(value, timedelta):
        return "–"  # noqa: RUF001 - a dash is meant
    seconds = abs(round(value.total_seconds()))
    parts: list[str] = []
    for size, unit in _STEPS:
        amount, seconds = divmod(seconds, size)
        if amount:
            parts.append(f"{amount} {unit}")
        elif parts:
            break
        if len(parts) == 2 or (parts and size == _MINUTE):  # noqa: PLR2004 - two units are exact enough
            break
    return " ".join(parts) or "0 s"


def since(value: object, now: datetime) -> str:
    """How long ago, or in how long: "3 min ago", "in 2 h 5 min", a date when it is long."""
    at = when(value)
    if at is None:
        return "–"  # noqa: RUF001 - a dash is meant
    gap = now - at
    if abs(gap) >= timedelta(days=_DAYS_AGO):
        return f"{at:%-d %b %Y}"
    if abs(gap) < timedelta(seconds=2):
        return "now"
    told = span(gap).split(" ")
    # The first unit says it all, but for hours and days.
    short = " ".join(told[:4] if told[1] in {"d", "h"} else told[:2])
    return f"in {short}" if gap < timedelta(0) else f"{short} ago"


def when(value: object) -> datetime | None:
    """A time, or its ISO 8601 text, in UTC."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
        return at.astimezone(UTC) if isinstance(at, datetime) and at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def stamp(value: object) -> str:
    """A time in full, "2026-03-01 12:00:00 UTC"."""
    at = when(value)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else ""


def iso(value: object) -> str:
    """A time as a machine reads it."""
    at = when(value)
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else ""


def clock(value: object, back: str) -> str:
    """A time under a chart that reaches so far back: of the day, or the day."""
    at = when(value)
    return (f"{at:%H:%M}" if back in {"hour", "day"} else f"{at:%-d %b}") if at else ""


def hour(value: int) -> str:
    """An hour of the day, "06:00"."""
    return f"{value:02}:00"


def names(value: object) -> str:
    """A list of names in one line."""
    return said(", ".join(said(one, 80) for one in texts(value)[:10]))


def href(value: object) -> str:
    """An address that may be linked: http(s), without a password, and with nothing in it that is a secret; else ""."""
    if not isinstance(value, str):
        return ""
    found = address(value)
    return found if found and redact(found) == found and redact(value) == value.strip() else ""


def shown(value: object, max_characters: int = 200) -> str:
    """An address as it is shown: its secrets blotted out."""
    return said(redact(value), max_characters) if isinstance(value, str) else ""


def language(value: object) -> str:
    """A language tag as HTML takes it, "" for none (then the language is not known)."""
    return value if isinstance(value, str) and _LANGUAGE.fullmatch(value) else ""


def share(value: object) -> str:
    """A share as percent."""
    return f"{value * 100:.0f} %" if isinstance(value, int | float) else "–"  # noqa: RUF001 - a dash is meant


def objects(value: object) -> list[dict[str, Any]]:
    """The objects of a list that anybody may have written."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """The texts of such a list."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def part(value: object, name: str) -> Any:
    """What an object that anybody may have written has under a name; None without it."""
    return value.get(name) if isinstance(value, dict) else None
