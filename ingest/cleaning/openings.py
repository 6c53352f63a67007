"""
How the texts that a pattern fits can begin, read from the pattern: so that a line is held against few of them.

With hundreds of rules of several patterns each, trying all of them on every line of an article costs more than
trafilatura does. The first three characters of a line leave a handful. What this reader does not understand in a
pattern it takes for "anything": a pattern is then tried too often, never too seldom.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ingest.cleaning.letters import fold

#: How many characters of a line are looked at.
SIZE = 3
#: A pattern with more openings than this counts as one that can begin with anything.
MAX_OPENINGS = 4_000
#: With more texts to look for than this, looking costs what it saves.
MAX_NEEDED = 24
_ENDLESS = 1 << 16
#: Stands for any decimal digit: a line has some 600 to begin with, and "0" for each in the index is enough.
_DIGIT = "\ue000"
_DIGITS = dict.fromkeys(map(ord, f"0123456789{_DIGIT}"), "0")
_ANY_DIGIT = re.compile(r"\d")
#: Signs that lines seldom hold: one of them tells as much as so many letters.
_TELLING = frozenset("©@/=+%#&|([?\uff1f")
_TELLING_WORTH = 4
#: Characters that stand for themselves, once each: none of them is followed by how often.
_PLAIN = re.compile(r"[^\\\[\](){}|.*+?^$]{2,}(?![*+?{])")
_SPECIAL = frozenset("\\[](){}|.*+?^$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """A part of a sequence: a text, a set of characters, a choice between sequences, or (all empty) any character."""

    text: str = ""
    chars: frozenset[str] = frozenset()
    choices: tuple[tuple[_Item, ...], ...] = ()
    low: int = 1
    high: int = 1


def openings(pattern: str) -> frozenset[str]:
    """
    What a text that the pattern fits begins with, as ``opening_of`` gives it.

    A shorter one is all that is known of the beginning; "" is nothing.
    """
    choices = _read(pattern)
    known = {text for sequence in choices for text, _ in _begin(sequence)} if choices else {""}
    found = {text.translate(_DIGITS) for text in known}
    return frozenset(found if len(found) <= MAX_OPENINGS else {""})


def opening_of(folded: str) -> str:
    """How a line without its case begins: ``SIZE`` characters, "0" for any digit."""
    opening = folded[:SIZE]
    return opening if opening.isalpha() else _ANY_DIGIT.sub("0", opening)


def needed(pattern: str) -> frozenset[str]:
    """Texts, without case, of which at least one stands in all that the pattern fits; {""} where none is found."""
    choices = _read(pattern)
    return frozenset({""}) if choices is None else _needed_of(choices)


def _needed_of(choices: tuple[tuple[_Item, ...], ...]) -> frozenset[str]:
    """What a choice between sequences needs: of each sequence what tells most."""
    texts = frozenset().union(*map(_needed_in, choices))
    return frozenset({""}) if "" in texts or len(texts) > MAX_NEEDED else texts


def _needed_in(sequence: tuple[_Item, ...]) -> frozenset[str]:
    """The texts of which a sequence holds one: a run of single characters, or what a choice in it needs."""
    found: list[frozenset[str]] = []
    run = ""
    for item in sequence:
        if item.text:
            run += item.text
            continue
        if len(item.chars) == 1 and item.low == item.high == 1 and _DIGIT not in item.chars:
            run += next(iter(item.chars))
            continue
        found.append(frozenset({run}))
        run = ""
        if item.choices and item.low:
            found.append(_needed_of(item.choices))
        elif item.low and item.chars and item.chars <= _TELLING:
            found.append(item.chars)
    return max((*found, frozenset({run})), key=lambda texts: (min(map(_worth, texts)) - len(texts) // 4, -len(texts)))


def _worth(text: str) -> int:
    """How much it tells that a line holds a text."""
    return len(text) if _TELLING.isdisjoint(text) else max(len(text), _TELLING_WORTH)


def _read(pattern: str) -> tuple[tuple[_Item, ...], ...] | None:
    """The pattern as a choice between sequences; None where it says something this reader does not know."""
    reader = _Reader(text=pattern)
    try:
        choices = reader.choices()
    except (ValueError, IndexError):
        return None
    return choices if reader.at == len(pattern) else None


@dataclass(slots=True)
class _Reader:
    text: str
    at: int = field(default=0)

    def choices(self) -> tuple[tuple[_Item, ...], ...]:
        """Sequences parted by bars, up to the end of the group or the pattern."""
        found: list[tuple[_Item, ...]] = []
        items: list[_Item] = []
        while self.at < len(self.text) and self.text[self.at] != ")":
            if self.text[self.at] == "|":
                self.at += 1
                found.append(tuple(items))
                items = []
            elif run := _PLAIN.match(self.text, self.at):
                items.append(_Item(text=fold(run[0])))
                self.at = run.end()
            elif (item := self._item()) is not None:
                items.append(item)
        return (*found, tuple(items))

    def _item(self) -> _Item | None:
        """The next item; None for one that takes no character."""
        sign = self._next()
        item: _Item | None = _Item()
        if sign == "(":
            item = self._group()
        elif sign == "[":
            item = self._class()
        elif sign == "\\":
            item = self._escape()
        elif sign in "^$":
            item = None
        elif sign not in _SPECIAL:
            item = _Item(chars=frozenset(fold(sign)))
        elif sign != ".":
            raise ValueError(sign)
        low, high = self._times()
        return None if item is None else _Item(chars=item.chars, choices=item.choices, low=low, high=high)

    def _next(self) -> str:
        sign = self.text[self.at]
        self.at += 1
        return sign

    def _group(self) -> _Item | None:
        is_blank = False
        if self._skip("?"):
            is_blank = self._skip("=") or self._skip("!")
            if not is_blank and not self._skip("-i:") and not self._skip("i:") and not self._skip(":"):
                raise ValueError(self.text)
        choices = self.choices()
        if self._next() != ")":
            raise ValueError(self.text)
        return None if is_blank else _Item(choices=choices)

    def _skip(self, sign: str) -> bool:
        is_there = self.text.startswith(sign, self.at)
        self.at += len(sign) if is_there else 0
        return is_there

    def _class(self) -> _Item:
        """A set of single characters; with a range, a negation or a class inside, any character."""
        end = self.at + 1
        while self.text[end] != "]":
            end += 2 if self.text[end] == "\\" else 1
        inner = self.text[self.at : end]
        self.at = end + 1
        if inner.startswith("^") or "\\" in inner or "-" in inner[1:-1]:
            return _Item()
        return _Item(chars=frozenset(fold(inner)))

    def _escape(self) -> _Item | None:
        sign = self._next()
        if sign == "b":
            return None
        if sign == "d":
            return _Item(chars=frozenset(_DIGIT))
        if sign in "DsSwW":
            return _Item()
        if sign.isalnum():
            raise ValueError(sign)
        return _Item(chars=frozenset(sign))

    def _times(self) -> tuple[int, int]:
        low, high = 1, 1
        if self._skip("?"):
            low = 0
        elif self._skip("*"):
            low, high = 0, _ENDLESS
        elif self._skip("+"):
            high = _ENDLESS
        elif self._skip("{"):
            least, comma, most = self.text[self.at : self.text.index("}", self.at)].partition(",")
            self.at = self.text.index("}", self.at) + 1
            low, high = int(least or 0), int(most or _ENDLESS) if comma else int(least)
        if not self._skip("?"):
            self._skip("+")
        return low, high


#: A beginning, and whether what comes after it is unknown.
_Known = tuple[str, bool]


def _begin(sequence: tuple[_Item, ...]) -> set[_Known]:
    """The beginnings of what the sequence fits."""
    found: set[_Known] = {("", False)}
    for item in sequence:
        found = _followed(found, _repeated(item))
        if all(is_open for _, is_open in found):
            break
    return found


def _followed(firsts: set[_Known], seconds: set[_Known]) -> set[_Known]:
    found: set[_Known] = set()
    for first, is_open in firsts:
        if is_open:
            found.add((first, True))
            continue
        for second, goes_on in seconds:
            text = first + second
            found.add((text[:SIZE], goes_on or len(text) >= SIZE))
        if len(found) > MAX_OPENINGS:
            return {("", True)}
    return found


def _repeated(item: _Item) -> set[_Known]:
    """The beginnings of the item as often as it may stand."""
    if item.text:
        return {(item.text, False)}
    if item.chars:
        once: set[_Known] = {(char, False) for char in item.chars}
    elif item.choices:
        once = {known for sequence in item.choices for known in _begin(sequence)}
    else:
        once = {("", True)}
    found: set[_Known] = {("", False)} if item.low == 0 else set()
    run: set[_Known] = {("", False)}
    for times in range(1, min(item.high, SIZE) + 1):
        run = _followed(run, once)
        if times >= min(item.low, SIZE):
            found |= run
    return found
