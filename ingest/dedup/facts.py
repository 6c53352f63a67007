"""
What a text says and where: its numbers and its names, each with the words around it.

The issues of a series (markets, results, deaths, courts) share their sentences and differ in these. An editor changes
words, and hardly ever these: of true copies 98 in 100 have no place with another number and at most two with another
name, of two reports of a series most have four and more.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from itertools import filterfalse
from typing import Final
from zlib import crc32

from ingest.dedup.days import NAMED_DAYS
from ingest.dedup.tokens import AROUND, is_number
from ingest.dedup.words import NUMBER_WORDS

#: Numbers whose context is kept; of more, those with the lowest digests, so that copies keep the same ones.
MAX_NUMBERS: Final = 20
#: Words of names, chosen alike.
MAX_NAMES: Final = 20
#: Words of a text that are read for its names, and how long they are at most on average.
_READ: Final = 100
_WORD_CHARACTERS: Final = 10
#: A piece that ends so is its sentence's last.
_END: Final = frozenset('.!?:\u2026"\u201d\u00bb\u061f')
#: Weekdays of Chinese and Japanese, wherever they stand: the words around them cannot be told from names.
_WEEKDAY: Final = re.compile("(?<=[周週期拜])[一二三四五六日天]|[月火水木金土日](?=曜)")
_WEEKDAY_PLACE: Final = 1
#: Words of one name; a line of capitals is many.
_MAX_NAME: Final = 5
#: Days as they stand among other words.
_DAYS: Final = frozenset(day + mark for day in NAMED_DAYS - {"may", "march"} for mark in ("", ",", ".", ";", ":"))


def numbers(words: Sequence[str], values: array[int]) -> tuple[tuple[int, int], ...]:
    """
    Digests of the two tokens before each number, and of itself; written out it is the same one.

    A number after a number is only that: "2, 21, 27" has no context.
    """
    written = [at for at, word in enumerate(words[:_READ], 1) if word in NUMBER_WORDS]
    found: set[tuple[int, int]] = set()
    last = 0
    for at in sorted((*_unlike(words), *written)) if written else _unlike(words):
        word = words[at - 1]
        digits = NUMBER_WORDS.get(word)
        if digits or is_number(word):
            if at - last > 1:
                before = values[at - 3] if at - last > 2 else 0  # noqa: PLR2004 - the word before the last
                value = crc32(digits.encode()) if digits else values[at - 1]
                found.add(((before * 31 + values[at - 2]) & 0xFFFF, value & 0xFFFF))
            last = at
    return tuple(sorted(found)[:MAX_NUMBERS])


def _unlike(words: Sequence[str]) -> Iterator[int]:
    """Where the tokens are that are not all letters, from one on."""
    at = 0
    for word in filterfalse(str.isalpha, words):
        at = words.index(word, at) + 1
        yield at


def names(paragraphs: Sequence[str], title: str = "") -> tuple[tuple[int, int], ...]:
    """
    Digests of the words around each name at a text's beginning, and of each of its words; days and months are names.

    A name is what is written with capitals, but for a lone word at a sentence's beginning. Scripts without capitals
    have only days, and so do headlines, in which some houses write all words with capitals.
    """
    found: set[tuple[int, int]] = set()
    headline = title[: _READ * _WORD_CHARACTERS].lower().split()
    _add_names(headline, headline, found)
    left = _READ
    for paragraph in paragraphs:
        if not paragraph.isascii() and (days := _WEEKDAY.findall(paragraph[: left * _WORD_CHARACTERS])):
            found |= {(_WEEKDAY_PLACE, _digest(day)) for day in days}
        opening = paragraph[: left * _WORD_CHARACTERS].replace("'", " ").replace("\u2019", " ")
        pieces = opening.split()[:left]
        _add_names(pieces, opening.lower().split()[:left], found)
        left -= len(pieces)
        if left <= 0:
            break
    return tuple(sorted(found)[:MAX_NAMES])


def _add_names(pieces: Sequence[str], smalls: Sequence[str], found: set[tuple[int, int]]) -> None:
    # The two words before a name that are none, and its words; there are none before a sentence's first.
    before = last = ""
    name: list[str] = []
    for piece, small in zip((*pieces, ""), (*smalls, ""), strict=True):
        is_end = not small or small[-1] in _END
        behind = small
        if small != piece or small in _DAYS:
            name.append(small)
            if not is_end:
                continue
            behind = ""
        if name:
            if last or (len(name) > 1 and behind):
                _add(found, f"{before} {last} {behind}", name)
            if name[0] in _DAYS:
                _add(found, f"{last} day", name[:1])
            name = []
        before, last = ("", "") if is_end else (last, behind)


def _add(found: set[tuple[int, int]], place: str, name: Sequence[str]) -> None:
    at = _digest(place)
    for word in name[:_MAX_NAME]:
        found.add((at, _digest(word.strip(AROUND))))


def _digest(word: str) -> int:
    return crc32(word.encode("utf-8", "surrogatepass")) & 0xFFFF
