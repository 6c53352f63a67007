"""Takes out of a cleaned text what is known as boilerplate of its source, with a receipt for every line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.cleaning.learned import DROPPED, Evidence, Learned, digest_of, is_prose
from ingest.models import Block, Cleaning, Removal

RULE = "learned-repeated"
#: The learned layer stood back, because with the rules together it would have taken too much of the article.
TOO_MUCH = "learned-too-much"

#: Of a text this long at most half may go, by rules and by learning together (as in clean.py).
LONG_TEXT_CHARS = 1_000
MAX_SHARE = 0.5
#: A sentence that would open the text is its lead, unless half of the source's articles have it, nine at the least.
LEAD_SHARE = 0.5
LEAD_CONFIDENCE = 0.9

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "dt"})
#: A weather table says "Mostly sunny" every other day, and means it.
_CELLS = frozenset({"td", "th"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlearned:
    """A cleaning after the learned layer."""

    cleaning: Cleaning
    #: What it took or, in mode "shadow", would have taken.
    found: tuple[Removal, ...] = ()


def unlearn(cleaning: Cleaning, known: Learned, *, title: str = "", blocks: Sequence[Block | None] = ()) -> Unlearned:
    """
    The cleaning without the lines known as boilerplate of its source; in mode "shadow" with them, and what would go.

    ``title`` is the article's headline, ``blocks`` where the paragraphs of the extraction stood. The operator's word
    acts in both modes: what he keeps is put back where a rule took it, what he drops goes.
    """
    if known.mode == "off" or not (known.lines or known.kept):
        return Unlearned(cleaning=cleaning)
    cleaning = _with_kept(cleaning, known.kept)
    gone = _gone(cleaning, known, title, blocks)
    if not gone:
        return Unlearned(cleaning=cleaning)
    going = gone if known.mode == "active" else {at: evidence for at, evidence in gone.items() if evidence is DROPPED}
    if going and _is_too_much(cleaning, going):
        return Unlearned(cleaning=replace(cleaning, flags=tuple(dict.fromkeys((*cleaning.flags, TOO_MUCH)))))
    without, taken = _without(cleaning, going)
    if len(going) == len(gone):
        return Unlearned(cleaning=without, found=taken)
    return Unlearned(cleaning=without, found=() if _is_too_much(cleaning, gone) else _without(cleaning, gone)[1])


def _gone(cleaning: Cleaning, known: Learned, title: str, blocks: Sequence[Block | None]) -> dict[int, Evidence]:
    """The kept paragraphs that go, by their number."""
    headline = digest_of(title) if title else None
    tags = _tags(cleaning, blocks)
    gone: dict[int, Evidence] = {}
    has_lead = False
    for at, text in enumerate(cleaning.paragraphs):
        is_lead = not has_lead and is_prose(text)
        evidence = known.judge(text)
        if evidence is not None and (
            evidence == DROPPED or not _is_storys(text, tags[at], evidence, headline, is_lead)
        ):
            gone[at] = evidence
        else:
            has_lead = has_lead or is_lead
    for at in sorted(gone, reverse=True):
        is_last = at + 1 == len(cleaning.paragraphs)
        if gone[at] != DROPPED and _opens(cleaning.paragraphs[at], tags[at]) and not is_last and at + 1 not in gone:
            # "The big picture:" opens a part of every story of its source, and what follows is the story.
            del gone[at]
    return gone


def _is_storys(text: str, tag: str, evidence: Evidence, headline: bytes | None, is_lead: bool) -> bool:
    """Whether the line is part of the story in spite of the evidence: its lead, its headline, a cell of its table."""
    is_everywhere = evidence.share >= LEAD_SHARE and evidence.confidence >= LEAD_CONFIDENCE
    return (is_lead and not is_everywhere) or tag in _CELLS or digest_of(text) == headline


def _opens(text: str, tag: str) -> bool:
    """Whether the line is the heading of what follows it."""
    return tag in _HEADINGS or text.rstrip().endswith((":", "\uff1a"))


def _is_too_much(cleaning: Cleaning, gone: Mapping[int, Evidence]) -> bool:
    n_kept = sum(len(text.strip()) for at, text in enumerate(cleaning.paragraphs) if at not in gone)
    n_all = sum(len(text.strip()) for text in cleaning.paragraphs)
    n_all += sum(len(removal.text.strip()) for removal in cleaning.removals)
    return n_kept == 0 or (n_all >= LONG_TEXT_CHARS and n_kept < (1 - MAX_SHARE) * n_all)


def _without(cleaning: Cleaning, gone: Mapping[int, Evidence]) -> tuple[Cleaning, tuple[Removal, ...]]:
    """The cleaning with these paragraphs removed as well, and their removals; it restores to what the old one did."""
    kept: list[str] = []
    removals: list[Removal] = []
    found: list[Removal] = []
    *runs, last = _runs(cleaning)
    for at, (text, run) in enumerate(zip(cleaning.paragraphs, runs, strict=True)):
        removals += (replace(removal, after_paragraph=len(kept)) for removal in run)
        if at in gone:
            confidence = gone[at].confidence
            removal = Removal(kind="furniture", rule=RULE, text=text, after_paragraph=len(kept), confidence=confidence)
            removals.append(removal)
            found.append(removal)
        else:
            kept.append(text)
    removals += (replace(removal, after_paragraph=len(kept)) for removal in last)
    return replace(cleaning, paragraphs=tuple(kept), removals=tuple(removals)), tuple(found)


def _with_kept(cleaning: Cleaning, kept: frozenset[bytes]) -> Cleaning:
    """The cleaning with the removed lines put back that the operator keeps."""
    if not kept or not any(digest_of(removal.text) in kept for removal in cleaning.removals):
        return cleaning
    paragraphs: list[str] = []
    removals: list[Removal] = []
    for at, run in enumerate(_runs(cleaning)):
        for removal in run:
            if digest_of(removal.text) in kept:
                paragraphs.append(removal.text)
            else:
                removals.append(replace(removal, after_paragraph=len(paragraphs)))
        paragraphs += cleaning.paragraphs[at : at + 1]
    return replace(cleaning, paragraphs=tuple(paragraphs), removals=tuple(removals))


def _tags(cleaning: Cleaning, blocks: Sequence[Block | None]) -> list[str]:
    """The elements of the kept paragraphs, "" where that is not known."""
    tags: list[str] = []
    place = -1
    for run in _runs(cleaning)[:-1]:
        place += len(run) + 1
        block = blocks[place] if place < len(blocks) else None
        tags.append(block.tag if block is not None else "")
    return tags


def _runs(cleaning: Cleaning) -> list[list[Removal]]:
    """The removals before each kept paragraph, and those after the last."""
    runs: list[list[Removal]] = [[] for _ in range(len(cleaning.paragraphs) + 1)]
    for removal in cleaning.removals:
        runs[removal.after_paragraph].append(removal)
    return runs
