"""
Whether an article is one that its source has brought before: under another id and address, its headline edited perhaps.

A text that is taken for another one of its source is not published, so a false match loses an article; one that is
missed is published as a marked copy. So every witness must agree:

    the sketches      most of both texts is the other one's, and no number stands where another stood
    the headlines     say the same, or the new one speaks of this text; they name no other number and no other day
    the texts         what changed is words put in or taken out, and in a long text a word here and there; no number, no
                      day, no name and no "not" stands in another's place. The issues of a series (weather, markets,
                      results) are one frame with other words in it, and change just these

Where the first one's text is not at hand any more, nobody would be told of a change: then not a letter may differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from ingest.dedup.days import DAYS
from ingest.dedup.diff import Hunk, hunks
from ingest.dedup.guards import conflicts, overlap
from ingest.dedup.headline import is_same_headline
from ingest.dedup.sketch import Sketch
from ingest.dedup.words import NEGATIONS, Sentence, Word, is_slip, sentences, words

#: A shorter text is one of a series as often as not.
MIN_TOKENS: Final = 100
#: Share of either text that the other one has: a paragraph put in leaves .8, a word in twenty changed .77.
MIN_CONTAINMENT: Final = 0.6
#: In so many words of a text one place may have other ones, under a headline of so many long words: frames are shorter,
#: and so are the headlines of series ("The picture of the day").
WORDS_A_PLACE: Final = 250
TELLING_HEADLINE: Final = 4
#: Words that may be put before everything else: a new lead with the old text behind it is a new article.
MAX_NEW_LEAD: Final = 12
#: Of the longer text's words: how many may have come, how many gone.
MAX_COME: Final = 0.35
MAX_GONE: Final = 0.2
#: More single steps than this are another text.
MAX_STEPS: Final = 300
#: Characters of each text that are compared; a text that goes on behind them is none that can be judged.
MAX_CHARACTERS: Final = 60_000
#: Share of the long words of a new headline that must stand in the text, and how many.
MIN_SPOKEN: Final = 0.6
MIN_SPOKEN_WORDS: Final = 2
_LONG: Final = 4
#: So much of a long word says which it is, whatever its ending.
_STEM: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An article as it was published, or as it is to be."""

    title: str
    #: Its sketch; None when it is forgotten.
    sketch: Sketch | None
    #: Digest of its text (dedup/sketch.py); "" where that is too short.
    digest: str
    #: None where the text is not at hand.
    paragraphs: tuple[str, ...] | None


def may_be_again(one: Sketch, two: Sketch) -> bool:
    """Whether two sketches are so much alike that one may be the other's article again; both of one source."""
    if one.source != two.source or not any(one.source) or min(one.n_tokens, two.n_tokens) < MIN_TOKENS:
        return False
    common = overlap(one, two)
    if common is None or one.level != two.level:
        return False
    longer = max(len(one.samples), len(two.samples))
    return common.shared >= MIN_CONTAINMENT * longer and conflicts(one, two)[0] == 0


def is_again(first: Version, now: Version) -> bool:
    """Whether ``now`` is the article ``first`` again; both of one source, ``now`` with its text."""
    text = now.paragraphs or ()
    if now.sketch is None or now.sketch.n_tokens < MIN_TOKENS or not _is_one_headline(first.title, now.title, text):
        return False
    if first.paragraphs is None:
        return bool(first.digest) and first.digest == now.digest
    return first.sketch is not None and may_be_again(first.sketch, now.sketch) and _is_one_text(first.paragraphs, now)


# ------------------------------------------------------------------------------------------------ headlines


def _is_one_headline(old: str, new: str, text: Sequence[str]) -> bool:
    """Whether two headlines can be of one article, whose later text this is."""
    before, now = words(old), words(new)
    is_other_issue = bool(_marked(before) - _marked(now)) and bool(_marked(now) - _marked(before))
    if not before or not now or is_other_issue:
        return False
    if is_same_headline(old, new):
        return True
    # A headline that was edited or written anew speaks of the text; one over a consent page or a stub does not.
    named = _long(now)
    told = {word.key[:_STEM] for paragraph in text for word in words(paragraph[:MAX_CHARACTERS])}
    found = len(named & told)
    return found >= MIN_SPOKEN_WORDS and found >= MIN_SPOKEN * len(named)


def _marked(title: Sequence[Word]) -> set[str]:
    """Which issue of a series a headline names."""
    return {word.key for word in title if word.is_number or word.key in DAYS}


def _long(title: Iterable[Word]) -> set[str]:
    return {word.key[:_STEM] for word in title if len(word.key) >= _LONG and not word.is_number}


# ------------------------------------------------------------------------------------------------ texts


def _is_one_text(before: Sequence[str], now: Version) -> bool:
    after = now.paragraphs or ()
    if max(sum(map(len, before)), sum(map(len, after))) > MAX_CHARACTERS:
        return False
    old, new = [*sentences(before)], [*sentences(after)]
    gone, come = _missing(old, new), _missing(new, old)
    mine = [word for sentence in gone for word in sentence.words]
    theirs = [word for sentence in come for word in sentence.words]
    found = hunks([word.key for word in mine], [word.key for word in theirs], limit=MAX_STEPS)
    if found is None:
        return False
    common = frozenset(word.key for sentence in (*old, *new) for word in sentence.words if not word.is_name)
    hunked = [(mine[at.old_start : at.old_end], theirs[at.new_start : at.new_end]) for at in found]
    hunked = [(left, came) for left, came in hunked if not _is_slip(left, came, common)]
    size = max(1, *(sum(len(sentence.words) for sentence in text) for text in (old, new)))
    # Scripts without capitals do not say what is a name.
    has_names = any(word.is_name for sentence in new for word in sentence.words)
    may_edit = has_names and len(_long(words(now.title))) >= TELLING_HEADLINE
    places = sum(1 for left, came in hunked if left and came)
    if _has_new_lead(new, come, found) or places > (size // WORDS_A_PLACE if may_edit else 0):
        return False
    if any(_is_another(*both, common) for both in hunked):
        return False
    left, came = (sum(map(len, side)) for side in zip(*hunked, strict=True)) if hunked else (0, 0)
    return left <= MAX_GONE * size and came <= MAX_COME * size


def _has_new_lead(new: Sequence[Sentence], come: Sequence[Sentence], found: Sequence[Hunk]) -> bool:
    """Whether the later text begins with something of its own."""
    if not come or not new or come[0] is not new[0]:
        return False
    first = next((at for at in found if at.new_start == 0), None)
    return first is not None and first.new_end - (first.old_end - first.old_start) > MAX_NEW_LEAD


def _is_slip(gone: Sequence[Word], come: Sequence[Word], common: frozenset[str]) -> bool:
    """Whether the words are the same but for slips of the pen; a name a letter apart may be another one."""
    if len(gone) != len(come) or any(_telling(gone, common)) or any(_telling(come, common)):
        return False
    return all(is_slip(one.key, two.key) for one, two in zip(gone, come, strict=True))


def _missing(text: Sequence[Sentence], other: Sequence[Sentence]) -> list[Sentence]:
    """The sentences that the other text does not have, or has fewer times."""
    left = Counter(sentence.keys for sentence in other)
    missing = []
    for sentence in text:
        if left[sentence.keys] > 0:
            left[sentence.keys] -= 1
        else:
            missing.append(sentence)
    return missing


def _is_another(gone: Sequence[Word], come: Sequence[Word], common: frozenset[str]) -> bool:
    """Whether words stand in the place of others that say which article of a series this is."""
    if not gone or not come:
        # A "not" may not come alone; a number may, with the sentence that it came in.
        return len(gone) + len(come) == 1 and not NEGATIONS.isdisjoint(word.key for word in chain(gone, come))
    before, after = Counter(_telling(gone, common)), Counter(_telling(come, common))
    return (bool(before - after) and bool(after - before)) or _negations(gone) != _negations(come)


def _telling(found: Sequence[Word], common: frozenset[str]) -> Iterable[str]:
    """The numbers, days and names among the words; a name is what the texts never write small."""
    return (
        word.key for word in found if word.is_number or word.key in DAYS or (word.is_name and word.key not in common)
    )


def _negations(found: Iterable[Word]) -> int:
    return sum(1 for word in found if word.key in NEGATIONS)
