"""
Credits: lines that say who wrote an article, and the places beside its text where the same is said.

A credit is all of its line ("With inputs from AFP"), or all that follows the last sentence ("... he said. PTI"). A name
with any other word beside it is a mention. Lines about pictures say who took the picture.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

from ingest.dedup.agencies import (
    EAST,
    Named,
    agencies,
    distributor_of,
    is_agencies,
    is_picture,
    key_of,
    named,
    pieces_of,
)

# ruff: noqa: RUF001 - the signs of other scripts are the point

#: A credit line is short; a disclaimer takes a few sentences.
MAX_LINE_CHARS = 240
_MAX_DISCLAIMER_CHARS = 600
MAX_TAIL_CHARS = 160
#: "United News of Bangladesh": the words in which an agency is looked for.
_MAX_NAME_WORDS = 5
_MAX_SIDE_WORDS = 4
#: "The next day he joined. AP": two letters end sentences of their own.
MIN_BARE_CHARS = 3
#: "dpa, eigene Recherche": the outlet's own part.
_OWN = frozenset(
    {
        "desk", "editorial", "eigen", "eigene", "eigener", "la", "le", "newsroom", "our", "own", "propia", "propias",
        "redaktion", "redacción", "redazione", "rédaction", "staff", "the", "web",
    }
)  # fmt: skip  # one word a line is longer, not clearer

_MARKS = " \t\xa0-\u2013\u2014*•·/|~™®&()（）[]［］【】<>〈〉《》«»\"“”'‘’_~#、。"
STOPS = _MARKS + ".,:;：،"
_BOXED = re.compile(r"^\s*[-\u2013\u2014(（\[［【<«/©|]|^\s*\(c\)", re.IGNORECASE)
_ARTICLE = r"(?:the |a |an |der |die |das |dem |den |la |le |l['’]|el |il |lo |o |os |as |les |de )?"
#: "dpa/lnw", "AFP/fg", "dpa-tmn yyzz n1": a service, or the initials of whoever was at the desk.
_TAG = re.compile(r"[a-z]{2,4}\d?|[A-Z]{2,4}|\d{1,10}")
_YEARS = re.compile(
    r"^(?:[\s,.:\u2013-]|\(?\d{4}\)?|riproduzione riservata|©|ⓒ|\(c\)|copyright\b|by\b|the\b|von\b|ⓒ)+", re.IGNORECASE
)
_HOLDER = re.compile(
    r"(.{2,40}?)(?=$|[.,;:|()，。、<>]|\s?/|\s(?:all|alle|tous|todos|tutti|news agency|[-\u2013\u2014]|\d{4})\b)",
    re.IGNORECASE,
)
_PERSON_BEHIND = re.compile(r"\s?/\s?[A-Z]")
_SENTENCE_END = re.compile(r"[.!?…。！？।؟](?:\s?[\"”’»」』)]){0,2}\s{0,3}|^\s*(?=[(（])")
_LAST_BRACKET = re.compile(r"(?P<sign>[(（\[［<][^()（）\[\]［］<>]{2,80}[)）\]］>])[\s.。]{0,3}$")
_ENDED = re.compile(rf"[.!?…。！？।؟\"”’»」』){EAST}]\s{{0,3}}$")
#: "This report was published by the ministry" is prose unless something says that it was elsewhere first.
_ELSEWHERE = re.compile(
    r"origin|first|republi|appeared|reprint|syndicat|permission|distribut|zuerst|ursprünglich|erstmals|initial|repris"
    r"|eerder|eerst|oorspronkelijk|pierwotnie|впервые|изначально|первоначально|вперше|ilk|首发|原载|轉載|转载|転載|først"
    r"|ursprung|opprinn|oprind|ripubblic|apparso|tratto|primer|presente|supplied|provided",
    re.IGNORECASE,
)
_FROM_WHOM = re.compile(
    rf"\b(?:from|by|via|of|through|with) {_ARTICLE}(?:(?:syndicated|third[- ]party|unedited|news agency|news) )?"
    r"(?=[^\W\d_])",
    re.IGNORECASE,
)
_REPORT_BY = re.compile(
    r"this (?:report|story|article|dispatch|item) (?:by|from) (?:the )?(.{2,40}?) (?:was|is|has)\b", re.IGNORECASE
)
_JOINT = re.compile(
    r"(?P<who>.{2,40}?) \(?(?:avec|with|mit|con|com|med) (?:l['’]|der |la |the )?(?P<rest>.{2,60})", re.IGNORECASE
)
_EDITED = re.compile(r"[;,.] (?:editing|writing|edited|written) by .{2,160}$", re.IGNORECASE)
_USED = re.compile(r"information from (?:the )?(.{2,60}?) (?:was|were|is) (?:also )?used", re.IGNORECASE)
_REPORTER = "(?P<name>{names})(?:记者|記者)[ 、\\w]{{2,14}}(?<![摄攝拍])"
#: "Originally published on Monday, 3 May": when, not where.
_DAY = re.compile(r"(?:\w+[.,]? ){0,2}\d|(?:mon|tues|wednes|thurs|fri|satur|sun)day\b", re.IGNORECASE)
_UNEDITED = re.compile(
    r"\b(?:un-?edited|not (?:been )?(?:edited|created)|auto-?generated|automatically generated"
    r"|automatisiert\w*|automatisch\w*|syndicated|feed)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """One sign of who wrote the text."""

    #: As it stands.
    evidence: str
    agency: str = ""
    is_syndicated: bool = False
    distributor: str = ""


def read_line(line: str) -> Credit | None:
    """The credit that a whole line is."""
    text = " ".join(line[: 2 * MAX_LINE_CHARS].split())
    if not text or len(text) > MAX_LINE_CHARS or len(line) > 2 * MAX_LINE_CHARS:
        return None
    for read in (_republished, copyright_in, _contributed, plain_credit, _disclaimer):
        if credit := read(text):
            # Asked last: the words of pictures are many, and hardly any line is a credit.
            return None if is_picture(text) else replace(credit, evidence=line.strip())
    return None


def read_end(paragraph: str) -> Credit | None:
    """The credit that stands behind the last sentence of a paragraph."""
    tail = paragraph[-MAX_TAIL_CHARS:].rstrip()
    found = _LAST_BRACKET.search(tail)
    if found and (_ENDED.search(tail[: found.start()]) or "©" in found["sign"]):
        return _at_end(found["sign"])
    ends = [end.end() for end in _SENTENCE_END.finditer(tail) if tail[end.end() :].strip(STOPS)]
    return _at_end(tail[ends[-1] :]) if ends else None


def read_disclaimer(text: str) -> Credit | None:
    """What a line says that was cut as a disclaimer: that the text came by a feed, and whose."""
    said = " ".join(text[:_MAX_DISCLAIMER_CHARS].split())
    if not agencies().forms["syndicated"].search(said):
        return None
    return Credit(evidence=text.strip(), agency=_agency_behind_from(said), is_syndicated=True)


def is_passing(line: str) -> bool:
    """Whether a line stands among credits and is none itself: who reported, the initials of a desk."""
    text = line.strip()
    return len(text) <= MAX_LINE_CHARS and agencies().forms["passing"].fullmatch(text) is not None


# ------------------------------------------------------------------------------------------------ forms of a line


def _republished(text: str) -> Credit | None:
    if report := _REPORT_BY.match(text):
        name = named(report[1])
        return Credit(evidence="", agency=name.agency) if name else None
    found = agencies().forms["republished"].match(text.lstrip(_MARKS)) or agencies().forms["resold"].search(text)
    if found is None:
        return None
    holder = copyright_in(text)
    rest = re.sub(rf"^[\s:]*{_ARTICLE}[\"“«'‘]?", "", found.string[found.end() :], flags=re.IGNORECASE)
    name = _first_name(rest)
    distributor = _distributor(text)
    # "Reprinted on ...": the others have it from here.
    is_given_away = re.search(r"(?:republished|reprinted) (?:on|in|at)$", found[0], re.IGNORECASE)
    is_elsewhere = (
        not is_given_away and found.start() <= len("© 2026 ") and _ELSEWHERE.search(found[0]) and not _DAY.match(rest)
    )
    is_own = re.match(r"the |distributed|first|originally|re-?p", text, re.IGNORECASE) is not None
    if name or distributor or (is_elsewhere and not is_own):
        agency = holder.agency if holder else name.agency if name else ""
        return Credit(evidence="", agency=agency, is_syndicated=True, distributor=distributor)
    return None


def copyright_in(text: str) -> Credit | None:
    """The agency that holds the rights by a line that begins with "©" or its like."""
    found = agencies().forms["copyright"].search(text[:80])
    if found is None:
        return None
    ahead = text[: found.start()].strip(STOPS)
    if ahead and not named(ahead):
        return None
    rest = _YEARS.sub("", re.sub(r"\bL\.P\.?", "LP", text[found.end() :].lstrip()))
    holder = _HOLDER.match(rest)
    name = named(holder[1].strip(STOPS)) if holder else None
    if holder and name:
        # "© AFP / Ana Gull" is under a picture; Japanese sites sign their texts so.
        if _PERSON_BEHIND.match(rest, holder.end()) and not re.search(f"[{EAST}]", text):
            return None
        return Credit(evidence="", agency=name.agency)
    owner = named(ahead)
    return Credit(evidence="", agency=owner.agency) if owner else None


def _contributed(text: str) -> Credit | None:
    if used := _USED.match(text):
        return _agencies_in(used[1], is_led=True)
    found = agencies().forms["contributed"].search(text)
    if found is None:
        return None
    before = text[: found.start()].strip(STOPS)
    name = _first_name(re.sub(r"^(?:additional )?(?:the )?", "", before, flags=re.IGNORECASE)) or _first_name(before)
    if name is None and (whose := re.search(r"\b(?:of|from|for|with|at) (?:the )?(\S+(?: \S+){0,2})$", before)):
        name = named(whose[1])
    if name:
        return Credit(evidence="", agency=name.agency)
    return Credit(evidence="", is_syndicated=True) if is_agencies(before) else None


def plain_credit(text: str) -> Credit | None:
    """A line such as "With inputs from AFP and agencies", "dpa/lnw", "PTI KTM", "(AFP)"."""
    said = _EDITED.sub("", text.strip(STOPS))
    prefix = agencies().forms["from"].match(said)
    is_led = prefix is not None and re.match(r"\s?[:：]|\s|(?<=['’])", said[prefix.end() :]) is not None
    if prefix and is_led:
        whole = said[prefix.end() :].strip(STOPS)
        bare = re.sub(f"^{_ARTICLE}", "", whole, flags=re.IGNORECASE)
        for rest in (whole, bare, agencies().forms["kind"].sub("", whole, count=1)):
            if credit := _agencies_in(rest, is_led=True):
                return credit
    if prefix and not said[prefix.end() :] and is_agencies(said.rpartition(" ")[2]):
        return Credit(evidence="", is_syndicated=True)
    if (joint := _JOINT.fullmatch(said)) and all(map(_is_desk, joint["who"].split())):
        return _agencies_in(joint["rest"].strip(STOPS), is_led=True)
    if inputs := re.fullmatch(r"(?:with )?(.{2,60}?) (?:inputs?|reports?|news)", said, re.IGNORECASE):
        return _agencies_in(inputs[1], is_led=True)
    if initials := agencies().forms["initials"].fullmatch(said):
        name = named(initials["name"] or initials["slug"] or initials["hindi"])
        is_sure = name and (name.strength == "plain" or initials["hindi"] or said.count(" ") > 1)
        return Credit(evidence="", agency=name.agency) if name and is_sure else None
    if reporter := _reporter().fullmatch(said):
        return Credit(evidence="", agency=_agency_of(reporter["name"]))
    return _agencies_in(re.sub("^the ", "", said, flags=re.IGNORECASE), is_led=False)


@cache
def _reporter() -> re.Pattern[str]:
    """A line such as "新华社记者王小海", but not who took the picture ("...摄")."""
    return re.compile(_REPORTER.format(names=agencies().chinese))


def _agency_of(text: str) -> str:
    name = named(text)
    return name.agency if name else ""


def _disclaimer(text: str) -> Credit | None:
    """A disclaimer that was not cut: "(This is an unedited story from an IANS feed.)"."""
    if not _UNEDITED.search(text) or not agencies().forms["syndicated"].search(text):
        return None
    return Credit(evidence="", agency=_agency_behind_from(text), is_syndicated=True)


def _agencies_in(said: str, *, is_led: bool) -> Credit | None:
    """The first agency of a text that holds nothing else; behind a word like "Source" others may stand beside it."""
    if is_agencies(said):
        return Credit(evidence="", is_syndicated=True)
    pieces = pieces_of(said)
    names = [(piece, name) for piece in pieces if (name := named(piece)) and is_loud(name, piece)]
    if not names:
        return None
    others = [piece for piece in pieces if named(piece) is None and not is_agencies(piece)]
    is_first = named(pieces[0]) is not None or re.fullmatch("[a-z]{2,4}", pieces[0]) is not None
    is_alone = is_first and all(_TAG.fullmatch(other) for other in others)
    is_signed = "," in said and len(pieces) == 2 and " " in names[-1][0] and is_person(pieces[0])  # noqa: PLR2004
    if is_alone or is_signed or (is_led and all(is_beside(other) for other in others)):
        return Credit(evidence="", agency=names[0][1].agency)
    return None


def _at_end(sign: str) -> Credit | None:
    """The credit that a sign behind the last sentence is; without any mark it must be a name that is nothing else."""
    credit = read_line(sign)
    if credit is None or credit.agency == "" or _BOXED.match(sign):
        return credit
    text = sign.strip(STOPS)
    first = next(iter(pieces_of(text)), "")
    name = named(first)
    is_short = name is not None and (name.strength == "exact" or len(first) < MIN_BARE_CHARS)
    return None if is_short else credit


# ------------------------------------------------------------------------------------------------ names in them


def _first_name(text: str) -> Named | None:
    """The agency whose name a text begins with."""
    words = text.split(" ")[:_MAX_NAME_WORDS]
    for count in range(len(words), 0, -1):
        said = re.sub(r"['’]s$", "", " ".join(words[:count]).strip(STOPS))
        if name := named(said):
            return name if is_loud(name, said) else None
    pieces = pieces_of(text)
    return named(pieces[0]) if pieces else None


def _agency_behind_from(text: str) -> str:
    for found in _FROM_WHOM.finditer(text):
        if name := _first_name(text[found.end() :][:80]):
            return name.agency
    boxed = re.search(r"\(([^()]{2,40})\)", text)
    name = named(boxed[1].strip()) if boxed else None
    return name.agency if name else ""


def _distributor(text: str) -> str:
    found = re.search(r"\b(?:distributed|provided|supplied) by (.{2,60})", text, re.IGNORECASE)
    if found is None:
        return ""
    said = found[1].strip(STOPS)
    return distributor_of(said) or distributor_of(said.partition(".")[0]) or distributor_of(said.partition(" (")[0])


def is_loud(name: Named, said: str) -> bool:
    """Whether a name that is also another word stands in capitals: "Petra" alone is a woman, "PA" is an agency."""
    return name.strength == "plain" or not any(letter.islower() for letter in said.partition(" ")[0])


def _is_desk(word: str) -> bool:
    return word[0].isupper() or word.lower() in _OWN or key_of(word) in agencies().services


def is_person(piece: str) -> bool:
    """Whether a text can be a person's name: two to four words, each with a capital."""
    words = piece.split()
    return 1 < len(words) <= _MAX_SIDE_WORDS and all(word[0].isupper() for word in words)


def is_beside(piece: str) -> bool:
    """Whether a text can stand beside an agency: an outlet, a person, a tag; no part of a sentence."""
    words = piece.split()
    is_own = words[0].lower() in _OWN
    if is_agencies(piece) or key_of(piece) in agencies().services:
        return True
    return bool(_TAG.fullmatch(piece)) or (len(words) <= _MAX_SIDE_WORDS and (is_own or not words[0][0].islower()))
