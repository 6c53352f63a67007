"""Places in datelines: what stands before the date and the agency, and whether it can be a place at all."""

from __future__ import annotations

import re

from ingest.dedup.agencies import EAST

# ruff: noqa: RUF001 - the signs of other scripts are the point

#: As they are written: hyphen, en dash, em dash and their like.
DASHES = "-\u2013\u2014\u2015\u2212\u2500\uff0d"
DASHES_IN_CLASS = re.escape(DASHES)
DASH = f"[{DASHES_IN_CLASS}]"
#: "A 2019 - ..." is none.
_MIN_PLACE_CHARS = 3
#: A place of many words is a sentence: "NEW YORK/ST. JOHN'S, Antigua and Barbuda" has seven.
_MAX_PLACE_WORDS = 7
#: The same for scripts without capitals, where nothing else tells a place from a sentence.
MAX_PLAIN_WORDS, _MAX_PLAIN_CHARS = 4, 30
_MAX_DATE_CHARS, _MAX_DATE_WORDS = 40, 7
_OPENED = "[\"\u201c\u2018'\u00ab\u201e\u00bf\u00a1]"
#: "LONDON - The ..." with a long dash, "KABUL, May 3 - ", "MADRID.- ": capitals, and a sentence that begins.
_BARE = re.compile(
    r"\s{0,8}(?P<place>[^\W\d_a-z](?:[^\W\d_a-z]|[ .,'\u2019/-]){2,39}?)"
    rf"(?:\s{{0,3}}[\u2013\u2014]\s{{0,3}}|\.{DASH}{{1,2}}\s{{0,3}})(?={_OPENED}{{0,2}}[^\W_a-z])"
)
_DATED = re.compile(
    rf"\s{{0,8}}(?P<place>[^\W\d_][^()\n{DASHES_IN_CLASS}:;]{{2,50}}\d[^()\n{DASHES_IN_CLASS}:;]{{0,24}}?)\s{{0,3}}{DASH}{{1,2}}\s{{1,3}}"
    rf"(?={_OPENED}{{0,2}}[^\W_a-z])"
)
_JAPANESE = re.compile(rf"\s{{0,8}}【(?P<place>[{EAST}・]{{1,14}}?)[=＝]")
#: Words in capitals before a dash that are no place.
_LABELS = frozenset(
    {
        "ANALYSIS", "BREAKING", "COLUMN", "EDITORIAL", "EXCLUSIVE", "EXPLAINED", "EXPLAINER", "FACTBOX", "INTERVIEW",
        "LIVE", "OPINION", "PHOTOS", "REVIEW", "UPDATE", "UPDATED", "VIDEO", "WATCH",
    }
)  # fmt: skip  # one word a line is longer, not clearer
_MONTHS = frozenset(
    {
        "jan", "january", "feb", "february", "mar", "march", "apr", "april", "may", "jun", "june", "jul", "july", "aug",
        "august", "sep", "sept", "september", "oct", "october", "nov", "november", "dec", "december",
    }
)  # fmt: skip  # one word a line is longer, not clearer
_HONORIFICS = frozenset({"mr", "mrs", "ms", "dr", "prof", "sr", "sra", "herr", "frau"})
#: Words between a place and its date.
_DATE_WORDS = frozenset({"a", "am", "dated", "den", "dne", "el", "em", "il", "le", "ngày", "on", "в", "في", "יום"})
_LOWER_IN_PLACE = re.compile(
    r"(?:a(?=\.)|al|am|an|and|ar|as|auf|az|d|da|de|del|der|di|do|dos|du|e|el|en|im|in|la|le|les|los|of|on|sur|the|upon"
    r"|von|y|на|під)\b"
)


def read_place(paragraph: str) -> str:
    """The place in a dateline that names nobody ("KYIV, Ukraine — "), or ""."""
    if japanese := _JAPANESE.match(paragraph):
        return japanese["place"]
    for form in (_BARE, _DATED):
        found = form.match(paragraph)
        place = place_of(found["place"]) if found else None
        if (
            place
            and len(place) >= _MIN_PLACE_CHARS
            and place.partition(",")[0].isupper()
            and _LABELS.isdisjoint(re.findall(r"\w+", place))
        ):
            return place
    return ""


def place_of(before: str) -> str | None:
    """The place in what stands before a dateline's sign, "" where that is only a date, None where it is a sentence."""
    text = " ".join(re.sub(r"[(\[][^()\[\]]{0,40}[)\]]", " ", before).split()).strip(f" ,،;|/:{DASHES}")
    digit = re.search(r"\d", text)
    head, date = (text[: digit.start()], text[digit.start() :]) if digit else (text, "")
    if len(date) > _MAX_DATE_CHARS or len(date.split()) > _MAX_DATE_WORDS:
        return None
    head = _without_month(head) if digit else head
    if not head and date:
        behind = [part.strip() for part in re.split(r"[,،.]", date) if not re.search(r"\d", part)]
        head = next((part for part in reversed(behind) if part and part[0].isupper()), "")
    return head.replace(" ,", ",") if _can_be_place(head) else None


def _without_month(head: str) -> str:
    """What stands before a date, without the beginning of the date."""
    head = head.rstrip(f" ,،{DASHES}/(") if not head.endswith(". ") or "," in head else head.rstrip(" .,")
    while head:
        before, _, last = head.rpartition(" ")
        word = last.strip(".,").lower()
        if word not in _MONTHS and word not in _DATE_WORDS and not (before.endswith(",") and last.islower()):
            break
        if not before and word in _MONTHS and last.isupper() and len(last) > 3:  # noqa: PLR2004 - "MARCH 6 -" is rare
            break
        head = before.rstrip(f" ,،.{DASHES}") if "." not in before[:-1] else before.rstrip(f" ,،{DASHES}")
    return head.rstrip(f" ,،{DASHES}")


def _can_be_place(head: str) -> bool:
    words = head.split()
    if words and words[0].lower().rstrip(".") in _HONORIFICS:
        return False
    if any(letter.isupper() or letter.islower() for letter in head):
        return len(words) <= _MAX_PLACE_WORDS and not any(
            word[0].islower() and not _LOWER_IN_PLACE.match(word) for word in words
        )
    return len(words) <= MAX_PLAIN_WORDS and len(head) <= _MAX_PLAIN_CHARS
