"""
Lines that prove nothing alone and go with a promo they stand beside: a pitch, a button, its terms.

A promo box reaches us as a handful of short lines: heading, pitch, button, terms. Some match a rule by themselves; the
rest may be worded like anything. Three things let such a line go, each only directly beside a line that went:

- a rule with ``block = "joins"`` fits it;
- the line before ends in the middle of a sentence ("Sign up to get the latest analysis on"), and it carries that on;
- it stands between two lines of one box.

By the last two no line goes that is long, ends as a sentence does, quotes or reports speech: it would be the story's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.cleaning.rules import Block, Probe, Rule, Rules, first_fit, is_speech
from ingest.models import RemovalKind

#: The longest line that goes by its place alone.
MAX_COMPANION_CHARS = 120
#: What its place alone says for a line is worth less than its wording.
PLACE_WEIGHT = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Why a line goes."""

    kind: RemovalKind
    #: The id of the rule or layer that takes it.
    rule: str
    confidence: float
    #: What it means for its neighbours.
    block: Block = "alone"

    @property
    def is_boxed(self) -> bool:
        """Whether its neighbours may go with it."""
        return self.block != "alone"


def hit_of(rule: Rule) -> Hit:
    """A line going by the wording of a rule."""
    return Hit(kind=rule.kind, rule=rule.id, confidence=rule.confidence, block=rule.block)


def companions(probes: Sequence[Probe | None], hits: Mapping[int, Hit], rules: Rules) -> dict[int, Hit]:
    """The further lines that go because of the lines that go already; ``probes`` are the article's non-blank lines."""
    found: dict[int, Hit] = {}
    for step in (1, -1):
        for at in range(len(probes))[::step]:
            beside, probe = at - step, probes[at]
            if probe is None or at in hits or at in found:
                continue
            neighbour = found.get(beside) or hits.get(beside)
            if neighbour is not None and neighbour.is_boxed and (rule := first_fit(probe, rules, "joins")):
                found[at] = hit_of(rule)
            elif step == 1 and neighbour is not None and _goes_on(probes[beside], probe, neighbour, rules):
                found[at] = _by_place(neighbour)
    taken = {**hits, **found}
    found |= {at: _by_place(taken[at - 1]) for at in range(1, len(probes) - 1) if _is_between(at, probes, taken, rules)}
    return found


def _goes_on(before: Probe | None, probe: Probe, neighbour: Hit, rules: Rules) -> bool:
    """Whether the line carries on the sentence of the promo line before it."""
    if before is None or before.is_sentence or not neighbour.is_boxed or not _may_go(probe, rules):
        return False
    return before.text.rpartition(" ")[2].lower() in rules.open_endings


def _is_between(at: int, probes: Sequence[Probe | None], taken: Mapping[int, Hit], rules: Rules) -> bool:
    """Whether the line stands between two lines of one box, one of which opens it."""
    before, after, probe = taken.get(at - 1), taken.get(at + 1), probes[at]
    if at in taken or before is None or after is None or probe is None or not _may_go(probe, rules):
        return False
    return before.block == "opens" and after.is_boxed and before.kind == after.kind


def _may_go(probe: Probe, rules: Rules) -> bool:
    return probe.n_chars <= MAX_COMPANION_CHARS and not probe.is_sentence and not is_speech(probe, rules)


def _by_place(neighbour: Hit) -> Hit:
    return replace(neighbour, confidence=round(neighbour.confidence * PLACE_WEIGHT, 2))
