"""
Takes boilerplate out of a text, with a receipt for every line, and puts it back.

    place   lines that go because of where they stood in their page (structure.py, sites.py)
    probes  what the rules see of each line
    wording lines that a rule fits, where the rule may act
    blocks  lines that go with them
    blanks  blank lines that would now stand double
    guard   a text that would lose too much is left alone

Place, wording and blocks are repeated until nothing more goes, so that cleaning a clean text changes nothing. What
repeats in a source's articles goes later, from what they leave (unlearn.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from ingest.cleaning.blocks import Hit, companions, hit_of
from ingest.cleaning.rules import Position, Probe, Rule, Rules, first_fit, probe_of
from ingest.cleaning.scene import Take, told_of
from ingest.cleaning.sites import SiteRules, take_by_site
from ingest.cleaning.structure import take_structural
from ingest.models import Block, Cleaning, Extraction, Removal

#: A rule for the head or the tail of an article acts on this many lines that stay, and on what lies beyond them.
HEAD_LINES = 3
TAIL_LINES = 5
#: Of a text this long at most half may go: more means that a rule has gone wrong, not that the article was a promo.
#: A shorter text (a teaser and its "The post ... appeared first on ...") only has to keep something.
LONG_TEXT_CHARS = 1_000
MAX_SHARE = 0.5
REMOVED_TOO_MUCH = "removed-too-much"


#: The lines that go by their place, among those (number, text, block) that are left.
_ByPlace = Callable[[Sequence[tuple[int, str, Block]]], Mapping[int, Take]]


def clean(extraction: Extraction, rules: Rules, *, site: SiteRules | None = None) -> Cleaning:
    """The extraction without boilerplate, by the rules and its site's own; ``restore`` gives its paragraphs again."""
    told = told_of(extraction)

    def by_place(left: Sequence[tuple[int, str, Block]]) -> Mapping[int, Take]:
        taken = take_structural(left, told)
        return taken if site is None else {**taken, **take_by_site(left, site)}

    return _clean(extraction.paragraphs, rules, extraction.blocks, by_place)


def clean_lines(lines: Sequence[str], rules: Rules) -> Cleaning:
    """
    The lines without boilerplate, in their order and each as it was; a blank line ("") parts paragraphs of plain text.

    Where more would go than an article can lose, all lines stay and the flag "removed-too-much" says so.
    """
    return _clean(lines, rules, (), lambda _: {})


def _clean(lines: Sequence[str], rules: Rules, blocks: Sequence[Block | None], by_place: _ByPlace) -> Cleaning:
    filled = [at for at, line in enumerate(lines) if line.strip()]
    placed = [
        (row, lines[at], block)
        for row, at in enumerate(filled)
        if at < len(blocks) and (block := blocks[at]) is not None
    ]
    hits = _hits([probe_of(lines[at]) for at in filled], placed, rules, by_place)
    gone = {filled[row]: hit for row, hit in hits.items()}
    if gone and _is_too_much(lines, gone):
        return Cleaning(paragraphs=tuple(lines), flags=(REMOVED_TOO_MUCH,))
    gone |= _blanks(lines, gone)
    kept: list[str] = []
    removals: list[Removal] = []
    for at, line in enumerate(lines):
        if hit := gone.get(at):
            removals.append(
                Removal(kind=hit.kind, rule=hit.rule, text=line, after_paragraph=len(kept), confidence=hit.confidence)
            )
        else:
            kept.append(line)
    return Cleaning(paragraphs=tuple(kept), removals=tuple(removals))


def restore(cleaning: Cleaning) -> tuple[str, ...]:
    """The paragraphs as they were before cleaning, byte for byte."""
    removed: dict[int, list[str]] = {}
    for removal in cleaning.removals:
        removed.setdefault(removal.after_paragraph, []).append(removal.text)
    runs = ((*removed.get(at, ()), kept) for at, kept in enumerate(cleaning.paragraphs))
    return (*chain.from_iterable(runs), *removed.get(len(cleaning.paragraphs), ()))


def _hits(
    probes: Sequence[Probe | None],
    placed: Sequence[tuple[int, str, Block]],
    rules: Rules,
    by_place: _ByPlace,
) -> dict[int, Hit]:
    """The lines that go, by place and by wording, until nothing more goes."""
    hits: dict[int, Hit] = {}
    fitting = _Fitting(probes=probes, rules=rules)
    n_seen = -1  # how many were gone when places were last looked at
    while n_seen != len(hits):
        n_seen = len(hits)
        left = [one for one in placed if one[0] not in hits]
        hits |= {
            at: Hit(kind=take.kind, rule=take.rule, confidence=take.confidence) for at, take in by_place(left).items()
        }
        hits |= _worded(fitting, hits, position="any") if n_seen == 0 else {}
        n_before = -1
        while n_before != len(hits):
            n_before = len(hits)
            hits |= _worded(fitting, hits, position="head")
            hits |= _worded(fitting, hits, position="tail")
            hits |= companions(probes, hits, rules) if hits else {}
    return hits


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitting:
    """The rules that fit the lines of one text; none is looked for twice."""

    probes: Sequence[Probe | None]
    rules: Rules
    known: dict[tuple[int, Position], Rule | None] = field(default_factory=dict)

    def rule_for(self, at: int, position: Position) -> Rule | None:
        """The rule for that position that takes the line."""
        probe = self.probes[at]
        if probe is None:
            return None
        if position == "any":  # it is asked once
            return first_fit(probe, self.rules, position)
        key = (at, position)
        if key not in self.known:
            self.known[key] = first_fit(probe, self.rules, position)
        return self.known[key]


def _worded(fitting: _Fitting, hits: Mapping[int, Hit], *, position: Position) -> dict[int, Hit]:
    """The lines that the rules for this place take; a line that stays counts against the reach of head and tail."""
    found: dict[int, Hit] = {}
    order, reach = _PLACES[position](len(fitting.probes))
    for at in order:
        if reach == 0:
            break
        if at in hits:
            continue
        rule = fitting.rule_for(at, position)
        if rule is not None:
            found[at] = hit_of(rule)
        else:
            reach -= 1
    return found


#: For each place the order in which its lines are looked at, and how many that stay it holds.
_PLACES: dict[Position, Callable[[int], tuple[range, int]]] = {
    "any": lambda n_lines: (range(n_lines), n_lines),
    "head": lambda n_lines: (range(n_lines), HEAD_LINES),
    "tail": lambda n_lines: (range(n_lines)[::-1], TAIL_LINES),
}


def _is_too_much(lines: Sequence[str], gone: Mapping[int, Hit]) -> bool:
    n_all = sum(len(line.strip()) for line in lines)
    n_gone = sum(len(lines[at].strip()) for at in gone)
    return n_gone == n_all or (n_all >= LONG_TEXT_CHARS and n_gone > MAX_SHARE * n_all)


def _blanks(lines: Sequence[str], gone: Mapping[int, Hit]) -> dict[int, Hit]:
    """The blank lines that go with removed ones: one stays to part what is kept, none beyond the text."""
    found: dict[int, Hit] = {}
    hit: Hit | None = None
    has_parting = True  # as if one stood before the first line
    parting: list[int] = []
    for at, line in enumerate(lines):
        if at in gone:
            hit = gone[at]
            found |= dict.fromkeys(parting[1:], hit)
        elif line.strip():
            hit, has_parting, parting = None, False, []
        elif hit is not None and has_parting:
            found[at] = hit
        else:
            has_parting = True
            parting.append(at)
    if hit is not None and len(lines) - 1 in gone:
        found |= dict.fromkeys(parting, hit)  # what parted the end from the text parts nothing now
    return found
