"""
Takes boilerplate out of a text, with a receipt for every line, and puts it back.

    probes  what the rules see of each line
    wording lines that a rule fits, where the rule may act
    blocks  lines that go with them
    blanks  blank lines that would now stand double
    guard   a text that would lose too much is left alone

Wording and blocks are repeated until nothing more goes, so that cleaning a clean text changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain

from ingest.cleaning.blocks import Hit, companions
from ingest.cleaning.rules import Position, Probe, Rules, fits, probe_of
from ingest.models import Cleaning, Extraction, Removal

#: A rule for the head or the tail of an article acts on this many lines that stay, and on what lies beyond them.
HEAD_LINES = 3
TAIL_LINES = 5
#: Of a text this long at most half may go: more means that a rule has gone wrong, not that the article was a promo.
#: A shorter text (a teaser and its "The post ... appeared first on ...") only has to keep something.
LONG_TEXT_CHARS = 1_000
MAX_SHARE = 0.5
REMOVED_TOO_MUCH = "removed-too-much"


def clean(extraction: Extraction, rules: Rules) -> Cleaning:
    """The extraction without boilerplate; ``restore`` gives its paragraphs again."""
    return clean_lines(extraction.paragraphs, rules)


def clean_lines(lines: Sequence[str], rules: Rules) -> Cleaning:
    """
    The lines without boilerplate, in their order and each as it was; a blank line ("") parts paragraphs of plain text.

    Where more would go than an article can lose, all lines stay and the flag "removed-too-much" says so.
    """
    filled = [at for at, line in enumerate(lines) if line.strip()]
    hits = _hits([probe_of(lines[at]) for at in filled], rules)
    gone = {filled[at]: hit for at, hit in hits.items()}
    if gone and _is_too_much(lines, gone):
        return Cleaning(paragraphs=tuple(lines), flags=(REMOVED_TOO_MUCH,))
    gone |= _blanks(lines, gone)
    kept: list[str] = []
    removals: list[Removal] = []
    for at, line in enumerate(lines):
        if hit := gone.get(at):
            removals.append(
                Removal(
                    kind=hit.rule.kind,
                    rule=hit.rule.id,
                    text=line,
                    after_paragraph=len(kept),
                    confidence=hit.confidence,
                )
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


def _hits(probes: Sequence[Probe | None], rules: Rules) -> dict[int, Hit]:
    """The lines that go, by wording and by place, until nothing more goes."""
    hits = _worded(probes, {}, rules, position="any")
    while True:
        n_before = len(hits)
        hits |= _worded(probes, hits, rules, position="head")
        hits |= _worded(probes, hits, rules, position="tail")
        hits |= companions(probes, hits, rules) if hits else {}
        if len(hits) == n_before:
            return hits


def _worded(
    probes: Sequence[Probe | None], hits: Mapping[int, Hit], rules: Rules, *, position: Position
) -> dict[int, Hit]:
    """The lines that the rules for this place take; a line that stays counts against the reach of head and tail."""
    found: dict[int, Hit] = {}
    acting = tuple(rule for rule in rules.rules if rule.position == position and rule.block != "joins")
    order, reach = _PLACES[position](len(probes))
    for at in order:
        if reach == 0:
            break
        if at in hits:
            continue
        probe = probes[at]
        rule = next((rule for rule in acting if fits(rule, probe, rules)), None) if probe is not None else None
        if rule is not None:
            found[at] = Hit(rule=rule, confidence=rule.confidence)
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
