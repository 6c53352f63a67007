"""
Datelines: where a text says at its very beginning from which place, and by which agency, it was sent.

    BERLIN (dpa) -      MOSCOW, May 2. /TASS/.      МОСКВА, 2 мая - РИА Новости.      (ANSA) - ROMA, 02 MAG -
    新华社北京5月2日电    【東京共同】                  (서울=연합뉴스) 김바다 기자 =        باريس (أ ف ب) -

A sign of an agency counts if what stands before it can be a place and a date, and if it is closed like a dateline.
Only the first few hundred characters are read and every repeat is bounded: no text makes this slow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import islice

from ingest.dedup.agencies import (
    EAST,
    MAX_SIGN_CHARS,
    Named,
    agencies,
    distributor_of,
    is_agencies,
    is_picture,
    key_of,
    may_name,
    named,
    pieces_of,
)
from ingest.dedup.places import DASH, DASHES, DASHES_IN_CLASS, MAX_PLAIN_WORDS, place_of

# ruff: noqa: RUF001, RUF002, RUF003 - the signs of other scripts are the point

#: How much of a paragraph is read, and where in it a dateline's sign may stand.
MAX_HEAD_CHARS = 600
_MAX_BEFORE = 160
#: "Dr. " is no deck.
_MIN_DECK_CHARS = 16
#: Between two marks of a dateline.
_MAX_SEGMENT_CHARS = 60

_BRACKET = re.compile(r"[(（\[［【〔]([^()（）\[\]［］【】〔〕<>\n]{1,80})[)）\]］】〕]")
#: What closes a sign in brackets: ".-", " --", ":", "=" and the stop of Hindi.
_CLOSED = re.compile(rf"[.,]?\s{{0,3}}(?:{DASH}{{1,3}}|[:：=＝।|_])")
_KOREAN_REPORTER = re.compile(r"[^=\n]{0,40}=")
_SLASHED = re.compile(rf"(?P<before>[^/\n]{{0,90}})/\s?(?P<inside>[^/\n]{{2,60}})/\.?(?:\s{{0,2}}{DASH}{{1,3}})?")
_SEPARATOR = re.compile(
    rf"\s{{0,3}}(?:\.?{DASH}{{1,3}}(?=\s)|[\u2013\u2014]|\||:(?=\s))|[,،](?=\s)|(?<!\d)\.(?=\s)|\s?/(?=\s)"
)
#: "ТАСС, 3 мая.", "AFP, PARIS -".
_BEHIND = re.compile(rf"\s([^,.;:()\n{DASHES_IN_CLASS}]{{2,30}}?)(?:[.:]|\s?{DASH}{{1,2}})(?=\s)")
_SIGNER = re.compile(r"\s[^\W\d_a-z]\w+(?:\s\w+){0,2}\.")
_CORRESPONDENT = re.compile(
    r"^(?:корр?(?:еспондент)?\.?|кор\.|corr?\.|соб\. ?корр?\.|©|\(c\)|by|from|von|par|por)\s{0,2}", re.IGNORECASE
)
#: "(ANSA) - ROMA, 06 MAG -": the place after the sign.
_LATE_PLACE = re.compile(rf"\s{{0,3}}(?P<place>[^()\n.:;{DASHES_IN_CLASS}]{{2,50}}?)\.?\s{{0,2}}{DASH}{{1,2}}(?=\s)")
_SENTENCE = re.compile(r"[.!?…]['\"”»)]?\s{1,3}(?=\S)")
#: "...5月2日电", "...3日綜合外電報導）".
_CHINESE_END = (
    r"(?:[电電](?:[)）】\]」]|(?=[\s(（:：|—-]|$))|(?:綜合外電|綜合|专|專)?[电電訊讯][)）】]|(?:綜合)?外電報導[)）】])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dateline:
    """What a text begins with."""

    #: As it stands in the text.
    evidence: str
    place: str = ""
    agency: str = ""
    distributor: str = ""
    #: Whether it says "agencies" and names none.
    is_anonymous: bool = False


def read_signed(paragraph: str) -> Dateline | None:
    """The dateline that a paragraph begins with, if it names who sent it; also behind a deck in the same paragraph."""
    return _read_head(paragraph[:MAX_HEAD_CHARS].lstrip())


@lru_cache(maxsize=8)  # each article's first paragraphs are asked about twice, for the place and for the agency
def _read_head(head: str) -> Dateline | None:
    if not may_name(head):
        return None
    label = agencies().forms["labels"].match(head)
    text = head[label.end() :] if label else head
    for read in (_chinese, _bracketed, _slashed, _dashed):
        if found := read(text):
            return found
    for sentence in islice(_SENTENCE.finditer(text), 3):
        if sentence.end() < _MIN_DECK_CHARS:
            continue
        rest = text[sentence.end() :]
        found = _bracketed(rest) or _slashed(rest)
        if found and found.place and found.agency:
            return found
    return None


# ------------------------------------------------------------------------------------------------ how signs stand


def _bracketed(text: str) -> Dateline | None:
    """A dateline like "PARIS (AFP) -", "(ANSA) - ROMA -", "【東京共同】", "(서울=연합뉴스)"."""
    for bracket in islice(_BRACKET.finditer(text[: _MAX_BEFORE + MAX_SIGN_CHARS]), 4):
        sign = sign_of(bracket[1])
        if sign is None:
            continue
        before = text[: bracket.start()]
        place = place_of(before)
        if place is None or bracket.start() > _MAX_BEFORE or _is_spelled_out(before, bracket[1]):
            return None
        end = _end_of_bracket(text, bracket, before)
        if end is None:
            return None
        found = replace(sign, evidence=text[:end].strip(), place=sign.place or re.sub("[电電]$", "", place))
        return found if found.place else _with_late_place(text, end, found)
    return None


def _with_late_place(text: str, end: int, found: Dateline) -> Dateline:
    """The dateline with the place behind its sign, if there is one: "(ANSA) - ROMA, 06 MAG -"."""
    late = _LATE_PLACE.match(text, end)
    place = place_of(late["place"]) if late else None
    if late and place and (late["place"].isupper() or re.search(r"\d", late["place"])):
        return replace(found, evidence=text[: late.end()].strip(), place=place)
    return found


def _end_of_bracket(text: str, bracket: re.Match[str], before: str) -> int | None:
    """Where the dateline ends whose sign is in brackets; None where it does not end, but a sentence goes on."""
    inside, end = bracket[1], bracket.end()
    if "=" in inside or "＝" in inside:
        reporter = _KOREAN_REPORTER.match(text, end)
        return reporter.end() if reporter else end
    is_eastern = re.search(f"[{EAST}]", inside) is not None
    loud = before.strip()
    if closed := _CLOSED.match(text, end):
        goes_on = text[closed.end() :].lstrip()[:1].islower()
        return None if goes_on and not loud.isupper() else closed.end()
    if is_eastern and (bracket[0][0] in "【［〔" or loud.endswith(("电", "電"))):
        return end
    is_dated = re.search(r"\d", loud) is not None
    is_plain = loud != "" and not any(letter.isupper() or letter.islower() for letter in loud)
    is_sure = is_dated or loud.partition(",")[0].isupper() or (is_plain and "," in loud)
    stop = end + (text[end : end + 1] == ".")
    follows = text[stop:].strip()[:1]
    return stop if (is_sure or _is_closed(text, end, loud, inside)) and not follows.islower() else None


def _is_closed(text: str, end: int, before: str, inside: str) -> bool:
    """Whether brackets without a dash end a dateline: "Wien (APA). ", "Kiel. (dpa) ", "(Belga) ", "Oban, UK (AFP) "."""
    if not before:
        return text[end:].lstrip()[:1].isupper() and not _is_word(inside)
    is_short = before.endswith((".", ":")) and len(before.split()) < MAX_PLAIN_WORDS
    is_place = "," in before or " " not in before
    is_named = is_place and text[end:].strip() != "" and not _is_word(inside)
    return text[end : end + 2] == ". " or is_short or is_named


def _is_word(name: str) -> bool:
    """Whether an agency's name counts in marks only."""
    said = named(name.strip())
    return said is not None and said.strength == "exact"


def _slashed(text: str) -> Dateline | None:
    """A dateline like "MOSCOW, May 2 /TASS/."."""
    found = _SLASHED.match(text)
    sign = sign_of(found["inside"]) if found else None
    place = place_of(found["before"]) if found else None
    if found is None or sign is None or place is None:
        return None
    if found["before"] and found["before"][-1].isalnum() and not text[found.start("inside") - 1].isspace():
        return None  # "dpa/AFP/epd"
    return replace(sign, evidence=found[0].strip(), place=place)


def _chinese(text: str) -> Dateline | None:
    """A dateline like "新华社北京5月2日电", "（中央社記者王小海台北2日電）"."""
    found = _chinese_form().match(text)
    if found is None:
        return None
    agency = named(found["name"])
    place = re.split(r"[0-9０-９]", re.sub(r"^(?:记者|記者)\S{2,3}(?=\S{2})", "", found["middle"]))[0]
    return Dateline(evidence=found[0].strip(), place=place.strip(), agency=agency.agency if agency else "")


@cache
def _chinese_form() -> re.Pattern[str]:
    return re.compile(
        rf"[\s（(【\[「]{{0,4}}[据據]?(?P<name>{agencies().chinese}|AFP|AP)(?P<middle>[^，。、；！？\n]{{0,40}}?){_CHINESE_END}"
    )


def _dashed(text: str) -> Dateline | None:
    """A dateline like "МОСКВА, 2 мая - РИА Новости.", "AFP | ", "PARIS afp | "."""
    begun, mark = 0, ""
    for separator in islice(_SEPARATOR.finditer(text[:_MAX_BEFORE]), 7):
        segment = text[begun : separator.start()].strip()
        if len(segment) > _MAX_SEGMENT_CHARS:
            return None
        before, name = _name_in(segment)
        said = text[:begun] + before
        place = place_of(said)
        if place is None:
            return None
        if name:
            end = _end_of_dash(text, separator, said=said, mark=mark, name=name)
            if end is None:
                return None
            found = Dateline(evidence=text[:end].strip(), place=place, agency=name.agency)
            return found if place else _with_late_place(text, end, found)
        if place_of(segment) is None:
            return None
        begun, mark = separator.end(), separator[0].strip()
    return None


def _end_of_dash(text: str, separator: re.Match[str], *, said: str, mark: str, name: Named) -> int | None:
    """Where a dateline ends whose agency stands between dashes, stops and commas; None where it is none."""
    closing, end = separator[0].strip(), separator.end()
    is_dated = re.search(r"\d", said) is not None
    is_loud = said.strip(f" ,.|/{DASHES}").isupper()
    is_tag = closing == "|" and not said
    if (name.strength == "exact" and not is_dated and not is_tag) or is_picture(said):
        return None
    if closing in {".", ","}:
        return (
            _end_of_signer(text, end, closing)
            if said and is_dated and mark and mark in DASHES
            else (_end_behind(text, end) if closing == "," and not said else None)
        )
    is_odd = closing in {":", "/"} if not said else mark == "." and not is_dated and not is_loud
    if is_odd or (not said and _is_spelled_out(" ".join(text[end:].split()[: len(name.agency)]), name.agency)):
        return None
    return None if text[end:].lstrip()[:1].islower() and not is_loud else end


def _end_of_signer(text: str, end: int, closing: str) -> int | None:
    """Behind "- РИА Новости." or "- РИА Новости, Анна Чайкина."."""
    signer = _SIGNER.match(text, end) if closing == "," else None
    return signer.end() if signer else end if closing == "." else None


def _end_behind(text: str, end: int) -> int | None:
    """Behind "ТАСС, 3 мая." or "AFP, PARIS -"."""
    behind = _BEHIND.match(text, end)
    if behind is None or place_of(behind[1]) is None:
        return None
    is_marked = behind[1].isupper() or behind[0].endswith(":") or re.search(r"\d", behind[1])
    return behind.end() if is_marked else None


def _sole(text: str) -> Named | None:
    """The first agency of a text that holds nothing but agencies."""
    if whole := named(text):
        return whole
    names = [named(piece) for piece in pieces_of(text)]
    return names[0] if names and all(names) else None


def _name_in(segment: str) -> tuple[str, Named | None]:
    """A segment's agency and what stands before it: "PARIS afp" is a place and an agency."""
    if whole := _sole(segment):
        return "", whole
    words = segment.split()
    for count in (1, 2, 3):
        before, name = " ".join(words[:-count]), _sole(" ".join(words[-count:]))
        if name and before and name.strength == "plain":
            is_plain = before[:1].isalpha() and not any(letter.isupper() or letter.islower() for letter in before)
            if before.isupper() or is_plain or re.search(r"\d$", before):
                return before, name
    return "", None


# ------------------------------------------------------------------------------------------------ what is in a sign


def sign_of(inside: str) -> Dateline | None:
    """What the text in a dateline's brackets says, if it is an agency's sign."""
    text = _CORRESPONDENT.sub("", inside.strip())
    if is_picture(text) or len(text) > MAX_SIGN_CHARS:
        return None
    pieces = pieces_of(text)
    if pieces and (first := named(pieces[0])):
        return Dateline(evidence="", agency=first.agency)
    if is_agencies(text):
        return Dateline(evidence="", is_anonymous=True)
    if distributor := distributor_of(text):
        return Dateline(evidence="", distributor=distributor)
    words = text.split()
    if (signed := named(words[0]) if words else None) and all(word[0].isupper() for word in words):
        return Dateline(evidence="", agency=signed.agency)
    return _sign_behind_place(pieces)


def _sign_behind_place(pieces: list[str]) -> Dateline | None:
    """A sign like "런던 AP=연합뉴스", "5月2日 AFP", "大阪共同"."""
    place = ""
    for piece in pieces:
        before, _, last = piece.rpartition(" ")
        is_eastern = re.search(rf"[{EAST}\d]", before) is not None
        name = named(last) if is_eastern else named(piece) if place else None
        if name is None and (found := agencies().eastern_end.fullmatch(piece)):
            before, name = found["before"], named(found["name"])
        said = re.split(r"[0-9０-９\s]", before, maxsplit=1)[0]
        if name:
            return Dateline(evidence="", agency=name.agency, place=place or said)
        if not re.fullmatch(rf"[{EAST}・\s]{{1,14}}", piece):
            return None
        place = place or piece
    return None


def _is_spelled_out(before: str, inside: str) -> bool:
    """Whether brackets hold the initials of what stands before them: "Alcoholics Anonymous (AA) - "."""
    said = before.rpartition(",")[2].strip()
    words = [word for word in re.split(r"[\s'’-]+", said) if word]
    letters = key_of(inside)
    if key_of(said) == letters or (words and key_of(words[-1]) == letters):
        return True
    for chosen in (words, [word for word in words if word[0].isupper()]):
        if len(chosen) > 1 and key_of("".join(word[0] for word in chosen)) == letters:
            return True
    return named(said) is not None
