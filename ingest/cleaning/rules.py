"""
The boilerplate rules: what one says, and how they are read from ``rules/*.toml``.

A rule looks at one line (a paragraph) at a time. Its ``lines`` are regular expressions over the line's *probe*: space
collapsed, quotes, dashes and full-width signs straightened, ornaments and closing punctuation cut from both ends
(``probe_of``). They match the whole probe, whatever its case. A rule's id begins with the name of its file:
``newsletter-sign-up-en`` stands in ``newsletter.toml``. A rule with ``checked = false`` was written without anybody
who speaks the language having read it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple, get_args

from ingest.cleaning.letters import fold, spell, straighten
from ingest.cleaning.openings import needed, opening_of, openings
from ingest.errors import SettingsError
from ingest.models import RemovalKind
from ingest.text import collapse

#: Where in the article a rule may act: among its first lines, its last lines, or anywhere.
Position = Literal["any", "head", "tail"]
#: "alone": the line by itself. "opens": neighbours go with it. "joins": it goes only beside a line that went.
Block = Literal["alone", "opens", "joins"]

#: The TOML texts of an operator's rule files, each after its name.
OwnRules = tuple[tuple[str, str], ...]

#: Where a rule is looked for: its position, or beside a line that went.
Place = Literal["any", "head", "tail", "joins"]

#: A longer paragraph is never looked at: the longest promo among 2,390 labelled ones that rules reach has 420.
MAX_LINE_CHARS = 480
#: How long a line a rule may take unless it says otherwise.
DEFAULT_MAX_CHARS = 240

#: Parts of words that are no word character to ``re``: vowel signs of Indic, Thai, Hebrew and Arabic script.
_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0970-\u0dff"
    "\u0e31-\u0e4e\u102b-\u103e"
)
#: "» Read more" and "Read more »": with a space between, an arrow and no quote.
_ARROW = re.compile(r"^(?:[»›]\s+)+|(?:\s+[»›])+$")  # noqa: RUF001 - the look-alikes are the point
_LEADING = re.compile(rf"[^\w{_MARKS}\"'@©]+")
_CLOSING = re.compile(rf"[^\w{_MARKS}\"'?%]+")
_SENTENCE_ENDS = (*".?!\"'", *"。।॥۔።။")  # noqa: RUF001 - the stops of Japanese, Hindi, Urdu, Amharic, Burmese
_FIELDS = frozenset(
    {
        "id",
        "kind",
        "lang",
        "checked",
        "lines",
        "max_chars",
        "position",
        "block",
        "guard",
        "label",
        "confidence",
        "removes",
        "keeps",
    }
)
_LANGUAGE = re.compile(r"[a-z]{2,3}|\*")
#: Fits no line: what is looked for where ``guards.toml`` names nothing.
_NOTHING = "(?!)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way in which boilerplate is worded."""

    id: str
    kind: RemovalKind
    #: The language it is worded in, "*" for any. Every rule is tried on every article: pages lie about their language.
    lang: str
    #: Its patterns one by one, and together.
    lines: tuple[str, ...]
    pattern: re.Pattern[str]
    max_chars: int = DEFAULT_MAX_CHARS
    position: Position = "any"
    block: Block = "alone"
    #: Whether a line that quotes or reports speech is safe from this rule.
    is_guarded: bool = True
    #: Whether the rule means labels only: a line that ends like a sentence is safe from it.
    is_label: bool = False
    #: Whether somebody who speaks the language has read it.
    is_checked: bool = True
    confidence: float
    #: Examples, one paragraph a line: all of it must go; all of it must stay.
    removes: tuple[str, ...]
    keeps: tuple[str, ...]


#: A text that a line must hold ("" where it need hold none), and the rule that wants it, by its number among all.
_Wanted = tuple[str, int]
#: Rules that may begin with anything are kept by what length of line they take, in steps of so many characters.
LENGTH_STEP = 80
_Index = dict[Place, dict[str, tuple[_Wanted, ...]]]
_Anywhere = dict[Place, dict[tuple[bool, int], tuple[_Wanted, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All rules, and what tells a story's line from a promo."""

    rules: tuple[Rule, ...]
    #: The rules of a place by how a line they fit begins, without case.
    index: _Index
    #: Those that may begin with anything, by whether the line is ASCII, which holds no other letters, and its length.
    anywhere: _Anywhere
    #: Finds quotation or reported speech in a probe.
    speech: re.Pattern[str]
    #: Finds what ends a line as a report ("..., the council said"): no rule takes it but a pointer to a headline.
    attribution: re.Pattern[str] = re.compile(_NOTHING)
    #: Finds a sentence of the story behind a promo or a pointer in one line: neither is worth the sentence.
    joined: re.Pattern[str] = re.compile(_NOTHING)
    #: Words that a finished line does not end with: the next line goes on with it.
    open_endings: frozenset[str]


class Probe(NamedTuple):  # a frozen dataclass takes three times as long to make, and each paragraph is one
    """What the rules see of one line."""

    text: str
    n_chars: int
    #: The line ends as a sentence does; three dots end none.
    is_sentence: bool
    #: It ends as a call does, with an exclamation mark: no sentence of a story, but labels shout as well.
    is_call: bool


def in_language(rules: Rules, language: str) -> Rules:
    """The rules that are worded in a language ("de"), or in any."""
    kept = tuple(rule for rule in rules.rules if rule.lang in {"*", language})
    index, anywhere = _sorted(kept)
    return replace(rules, rules=kept, index=index, anywhere=anywhere)


def probe_of(line: str) -> Probe | None:
    """What the rules see of a line; None for a blank line or one too long for any rule."""
    if len(line) > MAX_LINE_CHARS:
        return None
    bare = _ARROW.sub("", line.strip()) if "»" in line or "›" in line else line  # noqa: RUF001 - an arrow
    straight = collapse(straighten(bare))
    # Most lines begin with a letter and end with one, or with one and a full stop.
    begin = None if straight[:1].isalnum() else _LEADING.match(straight)
    if straight[-1:] == "." and straight[-2:-1].isalnum():
        n_closing = 1
    else:
        end = None if straight[-1:].isalnum() else _CLOSING.match(straight[::-1])
        n_closing = end.end() if end else 0
    text = straight[begin.end() if begin else 0 : len(straight) - n_closing]
    if not text:
        return None
    return Probe(
        text=text,
        n_chars=len(text),
        is_sentence=straight.endswith(_SENTENCE_ENDS) and not straight.endswith("..."),
        is_call=straight.endswith("!"),
    )


def fits(rule: Rule, probe: Probe, rules: Rules) -> bool:
    """Whether the rule's wording is this line's, wherever the line stands."""
    if probe.n_chars > rule.max_chars or (rule.is_label and probe.is_sentence and not probe.is_call):
        return False
    # The guards come last: they search the whole line, and hardly a line gets that far.
    if rule.pattern.fullmatch(probe.text) is None or (rule.is_guarded and is_speech(probe, rules)):
        return False
    if rule.kind != "related" and rules.attribution.search(probe.text):
        return False
    # Below the article two sentences are an author's ("Her book was out in May. Follow her on X").
    may_be_joined = rule.kind in {"promo", "related"} and rule.position != "tail"
    return not (may_be_joined and rules.joined.search(probe.text))


def first_fit(probe: Probe, rules: Rules, place: Place) -> Rule | None:
    """The first rule of the place that fits the line; as trying all of them with ``fits``, only sooner."""
    index, folded = rules.index[place], fold(probe.text)
    opening = opening_of(folded)
    begun: Sequence[_Wanted] = ()
    while opening and not begun:
        begun, opening = index.get(opening, ()), opening[:-1]
    others = rules.anywhere[place].get((folded.isascii(), probe.n_chars // LENGTH_STEP), ())
    found = [number for text, number in others if text in folded]
    if begun:
        found += [number for text, number in begun if text in folded]
    if not found:
        return None
    return next((rules.rules[number] for number in sorted(set(found)) if fits(rules.rules[number], probe, rules)), None)


def is_speech(probe: Probe, rules: Rules) -> bool:
    """Whether the line quotes or reports what somebody said."""
    return rules.speech.search(probe.text) is not None


@cache
def load_rules(own: OwnRules = ()) -> Rules:
    """
    The rules that ship with copydesk, and the operator's own beside them.

    Raises:
        SettingsError: a rule makes no sense; the sentence names its file and id.
    """
    return read_rules(rule_texts() | dict(own))


def rule_texts() -> dict[str, str]:
    """The TOML texts that ship with copydesk, by file name."""
    folder = files("ingest.cleaning") / "rules"
    return {entry.name: entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".toml")}


def read_rules(texts: Mapping[str, str]) -> Rules:
    """
    The rules in the given TOML texts by file name; ``guards.toml`` among them says what a story's line looks like.

    Raises:
        SettingsError: a rule makes no sense; the sentence names its file and id.
    """
    tables = {name: _table(name, text) for name, text in sorted(texts.items())}
    guards = tables.pop("guards.toml", {})
    found: dict[str, Rule] = {}
    for name, table in tables.items():
        entries = table.get("rule")
        if not isinstance(entries, list) or set(table) != {"rule"}:
            raise SettingsError(f"{name}: holds nothing but [[rule]] entries")
        for entry in entries:
            rule = _rule(name, entry)
            if rule.id in found:
                raise SettingsError(f"{name}: {rule.id}: this id is taken")
            found[rule.id] = rule
    speech = _compiled("guards.toml", "speech", _strings(guards.get("speech")))
    attribution = _compiled("guards.toml", "attribution", _strings(guards.get("attribution")) or (_NOTHING,))
    joined = _compiled("guards.toml", "joined", _strings(guards.get("joined")) or (_NOTHING,))
    endings = frozenset(word for text in _strings(guards.get("open_endings")) for word in text.split())
    rules = tuple(found.values())
    index, anywhere = _sorted(rules)
    return Rules(
        rules=rules,
        index=index,
        anywhere=anywhere,
        speech=speech,
        attribution=attribution,
        joined=joined,
        open_endings=endings,
    )


def _sorted(rules: tuple[Rule, ...]) -> tuple[_Index, _Anywhere]:
    """The rules by place and by how a line begins, and those that may begin with anything; each with what it wants."""
    index: _Index = {place: {} for place in get_args(Place)}
    anywhere: _Anywhere = {place: {} for place in get_args(Place)}
    for number, rule in enumerate(rules):
        place: Place = "joins" if rule.block == "joins" else rule.position
        for opening, texts in _wanted_by(rule).items():
            wanted = tuple((text, number) for text in _fewest(texts))
            if opening:
                index[place][opening] = (*index[place].get(opening, ()), *wanted)
                continue
            plain = tuple(one for one in wanted if one[0].isascii())
            for step in range(rule.max_chars // LENGTH_STEP + 1):
                anywhere[place][False, step] = (*anywhere[place].get((False, step), ()), *wanted)
                anywhere[place][True, step] = (*anywhere[place].get((True, step), ()), *plain)
    for known in index.values():
        # What begins with "re" is kept under "rea" as well, so that one look is enough.
        for opening in sorted(known, key=len):
            shorter = next((opening[:size] for size in range(len(opening) - 1, 0, -1) if opening[:size] in known), "")
            if shorter:
                known[opening] = (*known[shorter], *known[opening])
    return index, anywhere


def _wanted_by(rule: Rule) -> dict[str, set[str]]:
    """The openings of a rule's lines, "" for any, and the texts of which one that opens so must hold one."""
    wanted: dict[str, set[str]] = {}
    for line in rule.lines:
        texts = needed(line)
        for opening in openings(line):
            wanted.setdefault(opening, set()).update(texts)
    return wanted


def _fewest(texts: Collection[str]) -> tuple[str, ...]:
    """The texts without those that hold another one; "", which all hold, is left alone."""
    return tuple(sorted(text for text in texts if not any(other != text and other in text for other in texts)))


def _table(name: str, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{name}: {error}") from error


def _rule(name: str, entry: object) -> Rule:
    """One entry as a rule, every field checked."""
    fields: dict[str, object] = entry if isinstance(entry, dict) else {}
    label = str(fields.get("id", "a rule without id"))
    faults = _faults(name, fields)
    if faults:
        raise SettingsError(f"{name}: {label}: {'; '.join(faults)}")
    lines = tuple(spell(line) for line in _strings(fields["lines"]))
    rule = Rule(
        id=label,
        kind=fields["kind"],  # type: ignore[arg-type]  # checked by _faults, which mypy cannot follow
        lang=str(fields["lang"]),
        lines=lines,
        pattern=_compiled(name, label, lines),
        max_chars=int(str(fields.get("max_chars", DEFAULT_MAX_CHARS))),
        position=fields.get("position", "any"),  # type: ignore[arg-type]  # checked by _faults
        block=fields.get("block", "alone"),  # type: ignore[arg-type]  # checked by _faults
        is_guarded=bool(fields.get("guard", True)),
        is_label=bool(fields.get("label", False)),
        is_checked=bool(fields.get("checked", True)),
        confidence=float(str(fields["confidence"])),
        removes=_strings(fields["removes"]),
        keeps=_strings(fields["keeps"]),
    )
    if rule.pattern.fullmatch(""):
        raise SettingsError(f"{name}: {label}: matches an empty line")
    return rule


def _faults(name: str, fields: dict[str, object]) -> list[str]:
    """What is wrong with an entry, in the operator's words."""
    confidence, max_chars = fields.get("confidence"), fields.get("max_chars", DEFAULT_MAX_CHARS)
    checks = {
        "unknown field " + ", ".join(sorted(set(fields) - _FIELDS)): set(fields) <= _FIELDS,
        f"its id must begin with {name.removesuffix('.toml')}-": str(fields.get("id")).startswith(
            name.removesuffix("toml").replace(".", "-")
        ),
        f"kind must be one of {', '.join(get_args(RemovalKind))}": fields.get("kind") in get_args(RemovalKind),
        "lang must be a language code or *": bool(_LANGUAGE.fullmatch(str(fields.get("lang")))),
        "lines must be patterns": bool(_strings(fields.get("lines"))),
        f"max_chars must be 1 to {MAX_LINE_CHARS}": isinstance(max_chars, int) and 1 <= max_chars <= MAX_LINE_CHARS,
        "position must be any, head or tail": fields.get("position", "any") in get_args(Position),
        "block must be alone, opens or joins": fields.get("block", "alone") in get_args(Block),
        "guard, label and checked must be true or false": all(
            isinstance(fields.get(key, True), bool) for key in ("guard", "label", "checked")
        ),
        "confidence must be above 0 and at most 1": isinstance(confidence, int | float) and 0 < confidence <= 1,
        "removes needs an example": bool(_strings(fields.get("removes"))),
        "keeps needs a near miss": bool(_strings(fields.get("keeps"))),
    }
    return [fault for fault, is_fine in checks.items() if not is_fine]


def _strings(value: object) -> tuple[str, ...]:
    """The value if it is a list of non-empty texts, else nothing."""
    items = value if isinstance(value, list) else []
    return tuple(items) if all(isinstance(item, str) and item for item in items) else ()


def _compiled(name: str, label: str, patterns: tuple[str, ...]) -> re.Pattern[str]:
    try:
        return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)
    except re.error as error:
        raise SettingsError(f"{name}: {label}: {error}") from error
