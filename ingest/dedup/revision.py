"""
Whether an article's text changed in what it says, or only in how it looks.

Material is, of what was published against what stands there now:

    text        2 % of the words or more; four words in a row put in or taken out; a name in the place of another; a
                "not" that came or went
    numbers     a number that came, went, changed or changed places with another
    title       a word of the headline that carries meaning came, went or changed
    correction  a notice that the article was corrected appeared

Cosmetic is everything else: white space, punctuation, quotes, case, accents in two spellings, "10,000" and "10 000",
"three" and "3", hyphens, the order of sentences, bylines and time stamps, links and headings after the last sentence
(their numbers count where only they changed), and slips of the pen: in a word of four letters or more, one letter put
in, taken out or changed, or two neighbours swapped (a number is never a slip). A text that was judged cosmetic keeps
the place of the one before it, so that many small steps add up.

A re-check that compares lengths sees none of the changed numbers (research: dedup.md 5, mission.md 3: feedbin's reader
calls an article updated when it grew by 50 characters); tests/bench/revisions.py has both in one run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ingest.dedup.corrections import is_correction, is_stamp
from ingest.dedup.diff import Hunk, hunks
from ingest.dedup.headline import is_same_headline
from ingest.dedup.words import NEGATIONS, Sentence, Word, ends_as_prose, is_slip, letters, sentences
from ingest.models import Change, ChangeKind

#: Of the longer text's words.
MATERIAL_SHARE = 0.02
#: So many words together are a statement of their own, however long the text around them.
STATEMENT_WORDS = 4
#: More words than this are not compared one by one: they are material whatever they say.
MAX_STEPS = 160
#: What is looked at of each text: some 15,000 words, a quarter of a second.
MAX_COMPARED_CHARS = 100_000
#: A longer line is no link and no heading, however it ends.
MAX_LINK = 140
#: What is told of a change.
MAX_CHANGES = 20
MAX_SPAN = 500

#: "isn't" and "don't", without their apostrophe and ending.
_VERBS = frozenset(
    {
        "is",
        "are",
        "was",
        "were",
        "do",
        "does",
        "did",
        "has",
        "have",
        "had",
        "ca",
        "wo",
        "would",
        "could",
        "should",
        "must",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What of an article is compared: its headline, its text, and the lines that were cut from it."""

    title: str
    paragraphs: tuple[str, ...]
    #: Lines known to be none of the text: one that is cut now and was not before has not left the page.
    cut: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cosmetic:
    """Nothing that a reader must be told."""


@dataclass(frozen=True, slots=True)
class Material:
    """The article says something else now."""

    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Difference:
    """One place where two texts differ: the words, and the sentences they stand in."""

    removed: tuple[Word, ...]
    added: tuple[Word, ...]
    old: tuple[int, ...]
    new: tuple[int, ...]


def compare(old: Draft, new: Draft) -> Cosmetic | Material:
    """What became of an article since ``old``."""
    old, new = _bounded(old), _bounded(new)
    changes = (*_title(old.title, new.title), *_corrections(old, new), *_text(old, new))
    return Material(changes[:MAX_CHANGES]) if changes else Cosmetic()


def shrank(old: Draft, new: Draft) -> bool:
    """Whether less than a third of the words is left: a page that is being rebuilt, or walled, as often as a cut."""
    before, now = (_size([*sentences(_bounded(draft).paragraphs)]) for draft in (old, new))
    return now * 3 < before


def _bounded(draft: Draft) -> Draft:
    return replace(draft, paragraphs=_beginning(draft.paragraphs), cut=_beginning(draft.cut))


def _beginning(lines: Sequence[str]) -> tuple[str, ...]:
    kept: list[str] = []
    left = MAX_COMPARED_CHARS
    for line in lines:
        if left <= 0:
            break
        kept.append(line[:left])
        left -= len(line) + 1
    return tuple(kept)


def _size(text: Sequence[Sentence]) -> int:
    return sum(len(sentence.words) for sentence in text)


def _title(old: str, new: str) -> Iterable[Change]:
    before, now = old.strip()[:MAX_SPAN], new.strip()[:MAX_SPAN]
    if before and now and not is_same_headline(before, now):
        yield Change(kind="title", removed=before, added=now)


def _corrections(old: Draft, new: Draft) -> Iterable[Change]:
    known = {letters(line) for line in (*old.paragraphs, *old.cut) if is_correction(line)}
    for line in (*new.paragraphs, *new.cut):
        if is_correction(line) and letters(line) not in known:
            yield Change(kind="correction", added=line.strip()[:MAX_SPAN])


def _text(old: Draft, new: Draft) -> tuple[Change, ...]:
    before, old_tail = _matter(old, new.cut)
    now, new_tail = _matter(new, old.cut)
    shown = Counter(sentence.keys for sentence in (*now, *new_tail))
    had = Counter(sentence.keys for sentence in (*before, *old_tail))
    removed, old_links = _missing(before, shown), _missing(old_tail, shown)
    added, new_links = _missing(now, had), _missing(new_tail, had)
    tail = tuple(_renumbered(old_links, new_links))
    if not removed and not added:
        return tail
    found = _differences(removed, added)
    if found is None:
        return (*_told_whole(removed, added), *tail)
    return (*_judged(found, removed, added, before, now), *tail)


def _matter(draft: Draft, cut: Sequence[str]) -> tuple[list[Sentence], list[Sentence]]:
    """The sentences, and apart from them what stands after the last one: links, headings, lists."""
    known = {letters(line) for line in cut}
    lines = [line for line in draft.paragraphs if not is_stamp(line) and not is_correction(line)]
    lines = [line for line in lines if not known or letters(line) not in known]
    end = next((place for place in range(len(lines), 0, -1) if _is_prose(lines[place - 1])), len(lines))
    return list(sentences(lines[:end])), list(sentences(lines[end:]))


def _is_prose(line: str) -> bool:
    return ends_as_prose(line) or len(line) > MAX_LINK


def _missing(found: Sequence[Sentence], other: Counter[tuple[str, ...]]) -> list[Sentence]:
    """The sentences that the other text does not have, or has fewer times."""
    left = Counter(other)
    missing: list[Sentence] = []
    for sentence in found:
        if left[sentence.keys] > 0:
            left[sentence.keys] -= 1
        else:
            missing.append(sentence)
    return missing


def _renumbered(old: Sequence[Sentence], new: Sequence[Sentence]) -> Iterable[Change]:
    """Lines outside the prose in which only numbers changed: results, not links."""
    known = {_wording(sentence): sentence for sentence in old if any(word.is_number for word in sentence.words)}
    for sentence in new:
        before = known.get(_wording(sentence))
        if before is not None and len(_wording(sentence)) > 0:
            yield Change(kind="numbers", removed=before.text[:MAX_SPAN], added=sentence.text[:MAX_SPAN])


def _wording(sentence: Sentence) -> tuple[str, ...]:
    return tuple(word.key for word in sentence.words if not word.is_number)


def _differences(removed: Sequence[Sentence], added: Sequence[Sentence]) -> list[_Difference] | None:
    """Where the two differ, slips left out; None when they differ in more than is worth telling one by one."""
    old = [(word, place) for place, sentence in enumerate(removed) for word in sentence.words]
    new = [(word, place) for place, sentence in enumerate(added) for word in sentence.words]
    found = hunks([word.key for word, _ in old], [word.key for word, _ in new], limit=MAX_STEPS)
    if found is None:
        return None
    return [_difference(hunk, old, new) for hunk in found if not _is_slip_of_the_pen(hunk, old, new)]


def _difference(hunk: Hunk, old: Sequence[tuple[Word, int]], new: Sequence[tuple[Word, int]]) -> _Difference:
    gone, come = old[hunk.old_start : hunk.old_end], new[hunk.new_start : hunk.new_end]
    # Where words were only put in or only taken out, the sentence on the other side is the one at that place.
    beside_old = gone or old[max(0, hunk.old_start - 1) : hunk.old_start] if hunk.old_end < len(old) or gone else gone
    beside_new = come or new[max(0, hunk.new_start - 1) : hunk.new_start] if hunk.new_end < len(new) or come else come
    return _Difference(
        removed=tuple(word for word, _ in gone),
        added=tuple(word for word, _ in come),
        old=tuple(sorted({place for _, place in beside_old})),
        new=tuple(sorted({place for _, place in beside_new})),
    )


def _is_slip_of_the_pen(hunk: Hunk, old: Sequence[tuple[Word, int]], new: Sequence[tuple[Word, int]]) -> bool:
    gone = [word.key for word, _ in old[hunk.old_start : hunk.old_end]]
    come = [word.key for word, _ in new[hunk.new_start : hunk.new_end]]
    if "".join(gone) == "".join(come):  # "long term" and "long-term"
        return True
    return len(gone) == len(come) and all(is_slip(one, other) for one, other in zip(gone, come, strict=True))


def _judged(
    found: Sequence[_Difference],
    removed: Sequence[Sentence],
    added: Sequence[Sentence],
    before: Sequence[Sentence],
    now: Sequence[Sentence],
) -> tuple[Change, ...]:
    """The differences as changes, or () when all of them together are not material."""
    size = max(1, _size(before), _size(now))
    changed = sum(max(len(one.removed), len(one.added)) for one in found)
    common = _common(before) | _common(now)
    is_material = (
        changed >= MATERIAL_SHARE * size
        or any(max(len(one.removed), len(one.added)) >= STATEMENT_WORDS for one in found)
        or any(_is_renamed(one, common) or _is_negated(one) for one in found)
    )
    has_new_numbers = _numbers(word for one in found for word in one.removed) != _numbers(
        word for one in found for word in one.added
    )
    if not (is_material or has_new_numbers or _have_swapped(removed, added)):
        return ()
    return tuple(_told(found, removed, added))


def _common(text: Sequence[Sentence]) -> frozenset[str]:
    """The words that the text writes without a capital as well: they are no names where a sentence begins."""
    return frozenset(word.key for sentence in text for word in sentence.words if not word.is_name)


def _is_renamed(one: _Difference, common: frozenset[str]) -> bool:
    """Whether a name gave way to another."""
    gone, come = (
        {word.key for word in side if word.is_name and word.key not in common and not word.is_number}
        for side in (one.removed, one.added)
    )
    return bool(gone - come) and bool(come - gone)


def _is_negated(one: _Difference) -> bool:
    return _negations(one.removed) != _negations(one.added)


def _negations(found: Iterable[Word]) -> int:
    return sum(1 for word in found if word.key in NEGATIONS or (word.key.endswith("nt") and word.key[:-2] in _VERBS))


def _numbers(found: Iterable[Word]) -> Counter[str]:
    return Counter(word.key for word in found if word.is_number)


def _have_swapped(removed: Sequence[Sentence], added: Sequence[Sentence]) -> bool:
    """Whether a number stands where another stood: after the same two words, of all the values none is the same."""
    before, now = _facts(removed), _facts(added)
    return any(before[place].isdisjoint(now[place]) for place in before.keys() & now.keys())


def _facts(found: Sequence[Sentence]) -> dict[tuple[str, str], set[str]]:
    """The numbers of a text by the two words before each."""
    facts: dict[tuple[str, str], set[str]] = {}
    for sentence in found:
        keys = ("", "", *sentence.keys)
        for place, word in enumerate(sentence.words):
            if word.is_number:
                facts.setdefault((keys[place], keys[place + 1]), set()).add(word.key)
    return facts


def _told(found: Sequence[_Difference], removed: Sequence[Sentence], added: Sequence[Sentence]) -> Iterable[Change]:
    """The sentences in which the texts differ, those that share one together."""
    groups: list[tuple[list[int], list[int], ChangeKind]] = []
    for one in found:
        kind: ChangeKind = "numbers" if _numbers(one.removed) != _numbers(one.added) else "text"
        if groups and (set(groups[-1][0]) & set(one.old) or set(groups[-1][1]) & set(one.new)):
            old, new, before = groups.pop()
            kind = kind if before == "text" else before
            groups.append((sorted({*old, *one.old}), sorted({*new, *one.new}), kind))
        else:
            groups.append(([*one.old], [*one.new], kind))
    for old, new, kind in groups:
        yield Change(kind=kind, removed=_span(removed, old), added=_span(added, new))


def _told_whole(removed: Sequence[Sentence], added: Sequence[Sentence]) -> Iterable[Change]:
    """Too much changed to say what became of what: the sentences that went, and those that came."""
    half = MAX_CHANGES // 2
    for sentence in removed[:half]:
        yield Change(kind="text", removed=sentence.text[:MAX_SPAN])
    for sentence in added[:half]:
        yield Change(kind="text", added=sentence.text[:MAX_SPAN])


def _span(found: Sequence[Sentence], places: Sequence[int]) -> str:
    return " ".join(found[place].text for place in places)[:MAX_SPAN]
