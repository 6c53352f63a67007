"""
News agencies as data: by which names they sign, and with which words they are credited (``agencies.toml``).

A name counts by itself: what else stands in the same sign is for the callers to judge (datelines.py, credits.py).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal

# ruff: noqa: RUF001 - the signs and words of other scripts are the point

#: How sure a name is where it stands: "plain" names count wherever agencies sign, "exact" ones only in a sign's marks.
Strength = Literal["plain", "exact"]

#: The longest name that is looked up, and the longest sign that is taken apart.
MAX_NAME_CHARS = 60
MAX_SIGN_CHARS = 120
#: Two letters are too few to be an agency's in lower case ("ap").
_MIN_FOLDED = 3

#: Chinese, Japanese and Korean letters: names stand in these scripts without space around them.
EAST = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_IS_EAST = re.compile(f"[{EAST}]")
_WORD = re.compile(r"[^\W_]+")
_HANGUL = re.compile("[\uac00-\ud7af]")
#: What stands between two agencies that sign together.
_BETWEEN = re.compile(
    r"\s{0,2}[/,;&+|=・·、，／＝]\s{0,2}|\s[-\u2013\u2014]\s|[\u2013\u2014]"
    r"|\s(?:and|und|et|y|e|og|och|en|i|ja|ve|a|и|і|та|و|और|with|avec|mit|con|com|med)\s",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agencies:
    """Who signs, and how."""

    #: Spellings by agency, the agency's own name left out.
    spellings: Mapping[str, tuple[str, ...]]
    #: Agencies by the key of a spelling; distributors likewise.
    names: Mapping[str, str]
    #: Agencies by a spelling that counts letter by letter only.
    exact: Mapping[str, str]
    distributors: Mapping[str, str]
    #: Agencies by registered domain.
    domains: Mapping[str, str]
    #: "Agencies" in all languages, and what may follow an agency's name.
    nobody: frozenset[str]
    services: frozenset[str]
    #: Finds a word that makes a line a picture's.
    pictures: re.Pattern[str]
    #: A name of Chinese, Japanese or Korean letters at the end of a text.
    eastern_end: re.Pattern[str]
    #: Any name of Chinese letters.
    chinese: str
    forms: Mapping[str, re.Pattern[str]]

    #: The last word of each of all these names: where none of them stands, nobody is named.
    last_words: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An agency that a text names."""

    agency: str
    strength: Strength = "plain"


def key_of(name: str) -> str:
    """The same text for every way to write a name: full-width letters, case and runs of space do not matter."""
    return " ".join(_folded(name).split())


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold().replace("\u0307", "")


@cache
def agencies() -> Agencies:
    """The agencies that ship with copydesk."""
    return read_agencies((files("ingest.dedup") / "agencies.toml").read_text("utf-8"))


def read_agencies(text: str) -> Agencies:
    """The agencies in a TOML text laid out like ``agencies.toml``."""
    data: dict[str, Any] = tomllib.loads(text)
    said = {spelling: name for name, others in data["agencies"].items() for spelling in (name, *others)}
    strict = {_plain(spelling) for spelling in data["signs"]["exact"]}
    eastern = sorted((spelling for spelling in said if _IS_EAST.search(spelling)), key=len, reverse=True)
    sellers = {spelling: name for name, others in data["distributors"].items() for spelling in (name, *others)}
    return Agencies(
        spellings={name: tuple(others) for name, others in data["agencies"].items()},
        names={key_of(spelling): name for spelling, name in said.items() if _plain(spelling) not in strict},
        exact={_plain(spelling): name for spelling, name in said.items() if _plain(spelling) in strict},
        distributors={key_of(spelling): name for spelling, name in sellers.items()},
        domains=dict(data["domains"]),
        nobody=frozenset(map(key_of, data["signs"]["nobody"])),
        services=frozenset(map(key_of, data["signs"]["services"])),
        pictures=_pictures(data["signs"]["pictures"]),
        eastern_end=re.compile(f"(?P<before>.{{0,40}}?)(?P<name>{_any_of(eastern)})"),
        chinese=_any_of(spelling for spelling in eastern if not _HANGUL.search(spelling)),
        forms={name: re.compile(pattern, re.IGNORECASE) for name, pattern in data["forms"].items()},
        last_words=frozenset(_words(name)[-1] for name in (*said, *sellers, *data["signs"]["nobody"])),
    )


def may_name(text: str) -> bool:
    """Whether a text can name anybody at all. Most say no, and need not be taken apart to find that out."""
    is_spaced = text.isascii() or _IS_EAST.search(text) is None
    return not is_spaced or not agencies().last_words.isdisjoint(_words(text))


def named(text: str) -> Named | None:
    """The agency that a text is the name of, whatever its case, with a service's name behind it or without."""
    return _named(text) if 1 < len(text) <= MAX_NAME_CHARS else None


@lru_cache(maxsize=1024)  # a sign's pieces are asked about again and again while it is taken apart
def _named(text: str) -> Named | None:
    known = agencies()
    spelling = _plain(text)
    if name := known.exact.get(spelling):
        return Named(agency=name, strength="exact")
    key = key_of(text)
    if (name := known.names.get(key)) and (len(key) >= _MIN_FOLDED or spelling in known.spellings or not key.isascii()):
        return Named(agency=name)
    first, _, behind = spelling.partition(" ")
    before, _, last = spelling.rpartition(" ")
    if before and key_of(last) in known.services:
        return named(before)
    return named(behind) if behind and key_of(first) in known.services else None


def pieces_of(sign: str) -> list[str]:
    """What a sign is put together of: "dpa/AFP" and "Reuters and AP" are two names, "Keystone-ATS" is one."""
    found: list[str] = []
    for piece in _BETWEEN.split(sign[:MAX_SIGN_CHARS]):
        parts = piece.split("-") if "-" in piece and not named(piece.strip()) else [piece]
        found += [part.strip() for part in (parts if any(named(part.strip()) for part in parts) else [piece])]
    return [re.sub("^[lLdD]['’](?=[A-Z])", "", piece) for piece in found if piece]


def is_agencies(text: str) -> bool:
    """Whether a text says "agencies" and nobody's name."""
    return key_of(text[:MAX_SIGN_CHARS]) in agencies().nobody


def is_picture(text: str) -> bool:
    """Whether a line speaks of a picture: who is named there took it."""
    return agencies().pictures.search(text) is not None


def distributor_of(text: str) -> str:
    """The firm by that name that passes on what others write, or ""."""
    return agencies().distributors.get(key_of(text[:MAX_SIGN_CHARS]), "")


def _words(text: str) -> list[str]:
    return _WORD.findall(_folded(text))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _any_of(spellings: Iterable[str]) -> str:
    return "|".join(map(re.escape, spellings))


def _pictures(words: Sequence[str]) -> re.Pattern[str]:
    """Words of scripts with spaces count as words, others wherever they stand."""
    eastern = [word for word in words if _IS_EAST.search(word)]
    spaced = [word for word in words if not _IS_EAST.search(word)]
    return re.compile(rf"\b(?:{_any_of(spaced)})\b|{_any_of(eastern)}", re.IGNORECASE)
