"""
Who wrote an article, where it says so by position: its dateline, its last line, a disclaimer that was cut.

A name in the running text says nothing ("a security official told AFP"): naming is wrong on 9 of 23 pages of the
article extraction benchmark that contain an agency's name, position on none of 13 it attributes (dedup.md 6).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.models import Removal, Wire

#: Agencies by the name we give them, and what else they are called where they sign.
AGENCIES: dict[str, tuple[str, ...]] = {
    "AAP": (),
    "AFP": ("Agence France-Presse", "Agence France Presse"),
    "ANI": (),
    "ANP": (),
    "ANSA": (),
    "AP": ("Associated Press", "The Associated Press"),
    "APA": (),
    "ATS": ("Keystone-ATS",),
    "Anadolu": ("Anadolu Agency", "AA"),
    "Belga": (),
    "Bernama": (),
    "Bloomberg": ("Bloomberg News",),
    "CP": ("The Canadian Press", "Canadian Press"),
    "EFE": ("Agencia EFE",),
    "Europa Press": (),
    "IANS": (),
    "Interfax": (),
    "Jiji": ("Jiji Press",),
    "Kyodo": ("Kyodo News",),
    "Lusa": (),
    "NTB": (),
    "PA": ("PA Media", "Press Association"),
    "PAP": (),
    "PTI": ("Press Trust of India",),
    "RIA Novosti": (),
    "Reuters": ("Thomson Reuters",),
    "Ritzau": (),
    "SDA": ("Keystone-SDA",),
    "STT": (),
    "TASS": ("Tass",),
    "TNS": ("Tribune News Service",),
    "UNI": (),
    "UPI": ("United Press International",),
    "Ukrinform": (),
    "Xinhua": (),
    "Yonhap": ("Yonhap News Agency",),
    "dpa": ("Deutsche Presse-Agentur",),
}

#: Words in capitals before a dash that are no place.
_LABELS = frozenset({"ANALYSIS", "BREAKING", "EXCLUSIVE", "LIVE", "OPINION", "UPDATE", "UPDATED", "VIDEO", "WATCH"})

_NAMES = {
    spelling: name for name, others in AGENCIES.items() for said in (name, *others) for spelling in (said, said.upper())
}
_AGENCY = f"(?P<agency>{'|'.join(map(re.escape, sorted(_NAMES, key=len, reverse=True)))})"
# As they are written: hyphen, en dash, em dash; closing quotes, then opening ones.
_DASH = "[-\u2013\u2014]"
_CLOSED = "[\"\u201d\u2019'\u00bb]"
_OPENED = "[\"\u201c\u2018'\u00ab\u201e]"

# "(AP) -", "(EFE).-", "(Xinhua/Reuters) --", "/TASS/.": a dateline's end. Every repeat here is bounded, and matches
# begin at the start of a paragraph or look at the last few hundred characters only: no text makes them slow.
_SIGNED = (
    rf"(?:\({_AGENCY}(?:\s?[/,&]\s?[\w .-]{{2,30}})?\)\.?\s{{0,3}}(?:{_DASH}{{1,3}}|:)"
    rf"|/{_AGENCY.replace('agency', 'slashed')}/\.?)"
)
_DATELINE = re.compile(rf"\s{{0,8}}(?P<place>[^()/\n]{{0,80}}?)\s{{0,3}}{_SIGNED}\s")
# "AFP | ..." as some syndicators begin.
_BARRED = re.compile(rf"\s{{0,8}}{_AGENCY}\s\|\s")
# "LONDON - The ..." with a long dash: capitals, and a sentence that begins.
_BARE = re.compile(
    r"\s{0,8}(?P<place>[^\W\d_a-z](?:[^\W\d_a-z]|[ .,'\u2019-]){2,39}?)"
    rf"\s{{0,3}}[\u2013\u2014]\s{{0,3}}(?={_OPENED}?[^\W_a-z])"
)

_CREDIT = re.compile(
    rf"\W{{0,3}}(?:(?:with )?inputs? from |source: |copyright |©\s?(?:\d{{4}} )?|\d{{4}} )?(?:the )?{_AGENCY}"
    r"(?:\.? all rights reserved\..{0,150}|\W{0,3})",
    re.IGNORECASE,
)
_TAIL = re.compile(
    rf"[.!?\u2026]{_CLOSED}?\s{{0,3}}"
    rf"(?P<sign>\({_AGENCY}\)|{_DASH}{{0,2}}\s?{_AGENCY.replace('agency', 'bare')})\W{{0,3}}$"
)
_REPUBLISHED = re.compile(
    r".{0,60}\b(?:(?:first|originally) (?:published|appeared) (?:by|in|on)|(?:re)?published from)"
    rf" (?:an? |the )?{_AGENCY}\b",
    re.IGNORECASE,
)
_SYNDICATED = re.compile(
    r"\bsyndicat|\bwire (?:service|feed)|\b(?:news )?agenc(?:y|ies)\b|\bauto(?:matically)?.generated\b", re.IGNORECASE
)
_LOWER_IN_PLACE = re.compile(r"(?:al|an|ar|as|az|d|da|de|del|der|di|do|du|el|en|la|le|los|of|sur|the|upon|von)\b")

#: A credit line is short, and a sentence's end is all of the last paragraph that is looked at.
_MAX_CREDIT = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sign:
    """One sign of where the text is from."""

    evidence: str
    agency: str = ""
    is_syndicated: bool = False


def read_wire(removals: Sequence[Removal], paragraphs: Sequence[str]) -> Wire:
    """
    What the text says of being another's.

    Of several agencies the first counts in this order: dateline, last line, what was cut.
    """
    signs = [*_head(paragraphs), *_tail(paragraphs), *_cut(removals, len(paragraphs))]
    return Wire(
        agency=next((sign.agency for sign in signs if sign.agency), ""),
        evidence=tuple(dict.fromkeys(sign.evidence for sign in signs)),
        is_syndicated=any(sign.is_syndicated for sign in signs),
    )


def read_dateline(paragraphs: Sequence[str]) -> str:
    """The place that the text begins with ("ALEPPO", "KYIV, Ukraine"), without date and agency, or ""."""
    first = _first(paragraphs)
    signed = _DATELINE.match(first)
    if signed:
        return _place(signed["place"]) or ""
    bare = _BARE.match(first)
    if bare is None or not bare["place"].isupper() or _LABELS.intersection(re.findall(r"\w+", bare["place"])):
        return ""
    return _place(bare["place"]) or ""


def _head(paragraphs: Sequence[str]) -> Iterator[_Sign]:
    first = _first(paragraphs)
    found = _DATELINE.match(first)
    if found and _place(found["place"]) is not None:
        yield _Sign(evidence=found[0].strip(), agency=_NAMES[found["agency"] or found["slashed"]])
    elif barred := _BARRED.match(first):
        yield _Sign(evidence=barred[0].strip(), agency=_NAMES[barred["agency"]])


def _tail(paragraphs: Sequence[str]) -> Iterator[_Sign]:
    last = _first([*reversed(paragraphs)]).strip()
    if sign := _credit(last):
        yield sign
    elif found := _TAIL.search(last[-_MAX_CREDIT:]):
        name = found["agency"] or found["bare"]
        # Two letters without brackets end sentences of their own ("... of the AP.").
        if found["agency"] or len(name) > 2:  # noqa: PLR2004 - see above
            yield _Sign(evidence=found["sign"].strip(), agency=_NAMES[name])


def _cut(removals: Sequence[Removal], count: int) -> Iterator[_Sign]:
    """Signs in what was cut: credits and disclaimers after the last paragraph, disclaimers of syndication anywhere."""
    for removal in removals:
        text = removal.text.strip()
        is_at_end = removal.after_paragraph == count
        sign = _credit(text) if is_at_end and removal.kind in {"credit", "disclaimer"} else None
        if removal.kind == "disclaimer" and _SYNDICATED.search(text):
            yield _Sign(evidence=text, agency=sign.agency if sign else "", is_syndicated=True)
        elif sign:
            yield sign


def _credit(text: str) -> _Sign | None:
    """The sign that a whole line is, if it is one."""
    if len(text) > _MAX_CREDIT:
        return None
    if found := _CREDIT.fullmatch(text):
        name = _NAMES.get(found["agency"])
        return _Sign(evidence=text, agency=name) if name else None
    if found := _REPUBLISHED.match(text):
        name = _NAMES.get(found["agency"])
        return _Sign(evidence=text, agency=name, is_syndicated=True) if name else None
    return None


def _place(before: str) -> str | None:
    """The place in what stands before the agency, "" where that is only a date, None where it is a sentence."""
    parts = [re.sub(r"\s+\w+\.?\s+\d{1,2}\.?$", "", part).strip() for part in before.split(",")]
    named = [part for part in parts if part and not re.search(r"\d", part)]
    for word in " ".join(named).split():
        if word[0].islower() and not _LOWER_IN_PLACE.match(word):
            return None
    return " ".join(", ".join(named).split())


def _first(paragraphs: Sequence[str]) -> str:
    return next((paragraph for paragraph in paragraphs if paragraph.strip()), "")
