"""Whether a text is a copy of another, by their sketches; and which cluster an article belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ingest.dedup.guards import Overlap, agreement, conflicts, overlap, renamed
from ingest.dedup.sketch import MIN_SAMPLES, Sketch
from ingest.models import Cluster

#: Share of the smaller text that a copy has in common with the larger one ...
MIN_CONTAINMENT: Final = 0.3
#: ... less when the common words are spread all over it, as after heavy editing (one word in five leaves a quarter) ...
MIN_SPREAD: Final = 0.2
MIN_SPREAD_SHARED: Final = 10
MAX_SPREAD_OWN: Final = 0.05
#: ... and more in a short text, where a template is the larger part.
SHORT_TOKENS: Final = 150
SHORT_MORE: Final = 0.1
#: More places with other numbers, and so large a share of them, make an issue of a series and no copy: of true copies
#: 98 in 100 have none, of two market reports most have four and more.
MAX_CONFLICTS: Final = 1
CONFLICT_SHARE: Final = 0.15
#: So many places with other numbers or other names, together, and so large a share of them: of true copies 98 in 100
#: have one at most, of a series in words most have five and more.
MIN_OTHERS: Final = 3
OTHERS_SHARE: Final = 0.07
#: One less where so much is changed here and there, two less in a short text.
EDITED: Final = 0.08
#: A copy may have so much of its own besides its lead, and so much with it.
MAX_OWN: Final = 0.35
MAX_OWN_AND_LEAD: Final = 0.6
#: A lead so long is another article's, whatever the larger text begins with.
LONG_LEAD: Final = 0.3
#: So many words that each text has of its own, and so large a share of the smaller, are a new article each: before the
#: same background or "About" the company, or between the same frame. A lead that was written anew has half as many.
MAX_NEW: Final = 110
NEW_SHARE: Final = 0.15
#: However long, a lead in other words names what the other one names.
NEW_AGREEMENT: Final = 0.4
#: So many in the midst of either are between one frame.
MAX_MIDST: Final = 80
#: Another lead of the same story names the same things; a live update's and a shared background's does not.
MIN_AGREEMENT: Final = 0.2
#: A frame: both texts end with something of their own, too.
FRAME_TAIL: Final = 0.1
FRAME_OWN: Final = 0.15
#: Within one source the larger text may begin with so much of its own; past it what they share is furniture.
SOURCE_LEAD: Final = 0.2
#: ... and so much may be changed here and there: more are the words of another issue.
SOURCE_EDITED: Final = 0.2
_LATE_START: Final = 2

#: Why a text is no copy of another.
Reason = Literal["few", "contained-little", "numbers", "names", "own-text", "other-lead", "framed", "source-furniture"]


@dataclass(frozen=True, slots=True)
class Novel:
    """Another text, and what says so."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Copy:
    """The same story text: how much of the smaller text is in the larger one, 0 to 1."""

    containment: float


Verdict = Novel | Copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A text that may be the same."""

    #: Its number in the store.
    document: int
    sketch: Sketch
    #: The head of its cluster; None as long as it is not published.
    head: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a text stands among those that were there before it."""

    #: The head whose copy it is; None when it is none's.
    head: str | None = None
    #: How much of the smaller text is in the larger one.
    containment: float = 0.0
    #: Copies of it that are not published yet: whoever comes first is the head.
    rivals: tuple[int, ...] = ()


def judge(one: Sketch, two: Sketch) -> Verdict:
    """Whether two texts are one story's; the order does not matter."""
    common = overlap(one, two)
    if common is None or common.shared < MIN_SAMPLES:
        return Novel("few")
    if common.containment < _needed(common):
        return Novel("contained-little")
    is_one_source = one.source == two.source and any(one.source)
    against, places = conflicts(one, two)
    # One outlet that prints a number anew at another address brings its series on, not a copy.
    if against > (0 if is_one_source else MAX_CONFLICTS) and against >= CONFLICT_SHARE * places:
        return Novel("numbers")
    others, named = renamed(one, two)
    if against + others >= max(_others_needed(common), OTHERS_SHARE * (places + named)):
        return Novel("names")
    reason = _against_copy(common, agreement(one, two), is_one_source=is_one_source)
    return Novel(reason) if reason else Copy(common.containment)


def place(mine: Sketch, candidates: Sequence[Candidate]) -> Standing:
    """Where a text stands: with the head it has most in common with, and beside the rivals for its own place."""
    head, most, rivals = None, 0.0, []
    for candidate in candidates:
        match judge(mine, candidate.sketch):
            case Copy(containment=share) if candidate.head is None:
                rivals.append(candidate.document)
            case Copy(containment=share) if share > most:
                head, most = candidate.head, share
            case _:
                pass
    return Standing(head=head, containment=most, rivals=tuple(rivals))


def cluster_for(article_id: str, head_id: str | None) -> Cluster:
    """The cluster of an article whose text ``head_id`` had first; without a head it is the head of its own."""
    if head_id is None or head_id == article_id:
        return Cluster(id=article_id, role="head", head_id=article_id)
    return Cluster(id=head_id, role="copy", head_id=head_id)


def _needed(common: Overlap) -> float:
    is_spread = common.is_everywhere and common.smaller.everywhere < MAX_SPREAD_OWN
    least = MIN_SPREAD if is_spread and common.shared >= MIN_SPREAD_SHARED else MIN_CONTAINMENT
    return least + SHORT_MORE if common.n_tokens < SHORT_TOKENS else least


def _others_needed(common: Overlap) -> int:
    if common.edited <= EDITED:
        return MIN_OTHERS
    return MIN_OTHERS - (2 if common.n_tokens < SHORT_TOKENS else 1)


def _against_copy(common: Overlap, agrees: float, *, is_one_source: bool) -> Reason | None:
    small, large = common.smaller, common.larger
    if small.everywhere - small.at_head > MAX_OWN or small.everywhere > MAX_OWN_AND_LEAD:
        return "own-text"
    if common.midst > MAX_MIDST and small.everywhere - small.at_head - small.at_tail > NEW_SHARE:
        return "framed"
    begin_apart = large.at_head > 0 and (small.at_head > 0 or common.start >= _LATE_START)
    if is_one_source and (begin_apart or large.at_head >= SOURCE_LEAD or common.edited > SOURCE_EDITED):
        return "source-furniture"
    if common.lead > MAX_NEW and small.at_head > NEW_SHARE and agrees < NEW_AGREEMENT:
        return "other-lead"
    if (begin_apart or small.at_head > LONG_LEAD) and agrees < MIN_AGREEMENT:
        return "other-lead"
    if begin_apart and min(small.at_tail, large.at_tail) >= FRAME_TAIL:
        return "framed"
    if large.at_head > 0 and small.everywhere >= FRAME_OWN and agrees < MIN_AGREEMENT:
        return "framed"
    return None
