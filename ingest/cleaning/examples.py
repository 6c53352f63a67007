"""Whether the rules do what their own examples say: ``removes`` go, ``keeps`` stay. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ingest.cleaning.clean import clean_lines
from ingest.cleaning.rules import Rule, Rules

#: An article that no rule touches, to stand examples in.
STORY = tuple(f"The harbour lay still on day {day}, and nobody on the quay could name the reason." for day in range(24))
_PLACES = {"head": 0, "any": 12, "tail": 24}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An example that its rules do not bear out."""

    rule: str
    example: Literal["removes", "keeps"]
    text: str
    #: What is wrong, in a sentence.
    reason: str


def failures(rules: Rules) -> Iterator[Failure]:
    """
    The examples that fail, in the order of the rules.

    Every line of a ``removes`` must go, at least one of them by its rule; no rule may take a line of a ``keeps``.
    """
    for rule in rules.rules:
        for text in rule.removes:
            taken = _taken(rule, text, rules)
            stays = [line for line in text.split("\n") if line not in taken]
            if stays:
                yield Failure(rule=rule.id, example="removes", text=text, reason=f"this line stays: {stays[0]}")
            elif rule.id not in taken.values():
                others = ", ".join(sorted(set(taken.values())))
                yield Failure(rule=rule.id, example="removes", text=text, reason=f"it goes by other rules: {others}")
        for text in rule.keeps:
            for line, by in _taken(rule, text, rules).items():
                yield Failure(rule=rule.id, example="keeps", text=text, reason=f"{by} takes this line: {line}")


def _taken(rule: Rule, text: str, rules: Rules) -> dict[str, str]:
    """The lines of an article that go, with their rule, when the example stands where its rule acts."""
    at = _PLACES[rule.position]
    cleaning = clean_lines((*STORY[:at], *text.split("\n"), *STORY[at:]), rules)
    return {removal.text: removal.rule for removal in cleaning.removals}
