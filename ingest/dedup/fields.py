"""What the fields beside a text say of who wrote it: author, headline, rights and source."""

from __future__ import annotations

import re
from dataclasses import replace

from ingest.dedup.agencies import agencies, is_agencies, is_picture, named, pieces_of
from ingest.dedup.credits import (
    MAX_LINE_CHARS,
    MAX_TAIL_CHARS,
    MIN_BARE_CHARS,
    STOPS,
    Credit,
    copyright_in,
    is_beside,
    is_loud,
    is_person,
    plain_credit,
)

# ruff: noqa: RUF001 - the signs of other scripts are the point

#: "By Reuters and AFP reporters in Oban".
_MAX_BYLINE_CHARS = 120
_TITLE_TAG = re.compile(r"[|·»•]\s{0,2}([^|·»•]{2,40})$|([(\[（【][^()\[\]（）【】]{2,40}[)\]）】])$")
_TITLE_HEAD = re.compile(r"\s{0,4}[(\[【]([^()\[\]【】]{2,30})[)\]】]\s?(?=\w)")
_TITLE_DASH = re.compile(r"\s[-\u2013\u2014]\s([^-\u2013\u2014|]{2,40})$")
_FOR_WHOM = re.compile(r"(?P<person>[^,;|]{3,60}) (?:for|of|from) (?:the )?(?P<name>.{2,40})", re.IGNORECASE)
#: "Agence France-Presse in Oban".
_IN_TOWN = re.compile(r" (?:in|à|en|aus|a|w|i) [A-Z][\w-]{1,30}(?: [A-Z][\w-]{1,30})?$")


def read_byline(field: str, *, is_marked: bool = False) -> Credit | None:
    """The agency that an author field names; with ``is_marked`` only behind "By"."""
    text = " ".join(field[: 2 * _MAX_BYLINE_CHARS].split())
    prefix = agencies().forms["by"].match(text)
    if not text or len(text) > _MAX_BYLINE_CHARS or is_picture(text) or (is_marked and not prefix):
        return None
    said = _IN_TOWN.sub("", (text[prefix.end() :] if prefix else text).strip(STOPS))
    if is_agencies(said):
        return Credit(evidence=field.strip(), is_syndicated=True)
    if boxed := re.fullmatch(r"([^()]{2,80}) \(([^()]{2,40})\)?", said):
        said = f"{boxed[1]}, {boxed[2]}"
    person = _FOR_WHOM.fullmatch(said)
    if person and is_person(person["person"]) and (employer := named(person["name"])):
        return Credit(evidence=field.strip(), agency=employer.agency)
    pieces = [part for piece in pieces_of(said) for part in _with_person(piece)]
    names = [name for piece in pieces if (name := named(piece)) and is_loud(name, piece)]
    if not all(named(piece) or is_beside(piece) for piece in pieces):
        return None
    if not names:
        return Credit(evidence=field.strip(), is_syndicated=True) if any(map(is_agencies, pieces)) else None
    return Credit(evidence=field.strip(), agency=names[0].agency)


def read_title(title: str) -> Credit | None:
    """The agency that a headline is tagged with: "... | AP News", "... (AFP)"."""
    text = " ".join(title[-2 * MAX_TAIL_CHARS :].split())[-MAX_TAIL_CHARS:]
    if (tag := _TITLE_HEAD.match(title)) and (name := named(tag[1])) and name.strength == "plain":
        return Credit(evidence=tag[0].strip(), agency=name.agency)
    if found := _TITLE_TAG.search(text):
        name = named((found[1] or found[2]).strip(STOPS))
        is_sure = name and (name.strength == "plain" or name.agency == "AP")
        return Credit(evidence=found[0].strip(), agency=name.agency) if name and is_sure else None
    found = _TITLE_DASH.search(text)
    # "... - Reuters" means "says Reuters" as often as "by Reuters"; "- AP News" is a site's name.
    name = named(found[1].strip()) if found and " " in found[1].strip() else None
    return Credit(evidence=found[0].strip(), agency=name.agency) if found and name else None


def read_rights(field: str) -> Credit | None:
    """The agency that a field of rights, or of the source, names as its holder."""
    text = re.sub(r"[\s,]{1,3}\d{4}$", "", " ".join(field[: 2 * MAX_LINE_CHARS].split()))
    if not text or is_picture(text):
        return None
    credit = copyright_in(text[:MAX_LINE_CHARS]) or plain_credit(text)
    return replace(credit, evidence=field.strip()) if credit else None


def _with_person(piece: str) -> list[str]:
    """A piece like "ANA GULL Associated Press" in two parts; other texts whole."""
    words = piece.split()
    for count in (1, 2, 3):
        name = named(" ".join(words[-count:])) if named(piece) is None else None
        if name and name.strength == "plain" and is_person(" ".join(words[:-count])):
            return [" ".join(words[:-count]), " ".join(words[-count:])]
    # "PTI New Delhi"
    if len(words) > 1 and len(words[0]) >= MIN_BARE_CHARS and words[0].isupper() and _is_plain(words[0]):
        return [words[0], " ".join(words[1:])]
    if len(words) > 1 and words[-1] in {"기자", "특파원"} and _is_plain(words[0]):
        return words[:1]
    return [piece]


def _is_plain(word: str) -> bool:
    name = named(word)
    return name is not None and name.strength == "plain"
