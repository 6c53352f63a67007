"""
How often an article that its source brings again is known, and how often another article is taken for it.

The articles are a corpus's (eval/dedup's format); what is done to them is made here, and the series are our own. A
false match loses an article, so of those none is allowed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from ingest.dedup.repost import Version, is_again, may_be_again
from ingest.dedup.sketch import sketch, text_digest
from tests.bench.series import SERIES, issues

SOURCE = "gazette.example"


@dataclass(frozen=True, slots=True)
class Text:
    """A headline and its paragraphs."""

    title: str
    paragraphs: tuple[str, ...]


def version(text: Text) -> Version:
    """The text as the pipeline sees it."""
    return Version(
        title=text.title,
        sketch=sketch(text.paragraphs, title=text.title, source=SOURCE),
        digest=text_digest(text.paragraphs),
        paragraphs=text.paragraphs,
    )


def is_taken(first: Version, now: Version, *, is_watched: bool) -> bool:
    """Whether the later one is not published; what is not watched any more is known by its sketch only."""
    if first.sketch is None or now.sketch is None or not may_be_again(first.sketch, now.sketch):
        return False
    known = replace(first, digest="") if is_watched else replace(first, paragraphs=None)
    return is_again(known, now)


# ------------------------------------------------------------------------------------------------ edits


def _same(text: Text, _: random.Random) -> Text:
    return text


def _headline(text: Text, dice: random.Random) -> Text:
    """Two words of the headline go, and one that the text has comes."""
    words = text.title.split()
    for _ in range(min(2, len(words) // 4)):
        words.pop(dice.randrange(len(words)))
    known = re.findall(r"[a-z]{5,}", text.paragraphs[0])
    return replace(text, title=" ".join([*words, dice.choice(known)] if known else words))


def _rewritten(text: Text, dice: random.Random) -> Text:
    """A headline out of other words of the text."""
    known = re.findall(r"[A-Za-z]{5,}", " ".join(text.paragraphs[:3]))
    start = dice.randrange(max(1, len(known) - 7))
    return replace(text, title=" ".join(known[start : start + 7]).capitalize())


def _light(share: float) -> Callable[[Text, random.Random], Text]:
    """Some small words are others."""

    def edit(text: Text, dice: random.Random) -> Text:
        pool = re.findall(r"\b[a-z]{3,}\b", " ".join(text.paragraphs)) or ["and"]

        def other(found: re.Match[str]) -> str:
            return dice.choice(pool) if dice.random() < share else found[0]

        return replace(text, paragraphs=tuple(re.sub(r"\b[a-z]{3,}\b", other, line) for line in text.paragraphs))

    return edit


def _added(text: Text, dice: random.Random) -> Text:
    """A paragraph is put in."""
    line = " ".join(dice.choices(re.findall(r"\b\w{3,}\b", " ".join(text.paragraphs)), k=30)).capitalize() + "."
    at = dice.randrange(1, len(text.paragraphs) + 1)
    return replace(text, paragraphs=(*text.paragraphs[:at], line, *text.paragraphs[at:]))


def _corrected(text: Text, _: random.Random) -> Text:
    """A notice is put behind it, and a word in it is taken out."""
    last = re.sub(r" [a-z]+ ", " ", text.paragraphs[-1], count=1)
    return replace(
        text, paragraphs=(*text.paragraphs[:-1], last, "Correction: an earlier version misstated who had signed.")
    )


def _both(text: Text, dice: random.Random) -> Text:
    return _headline(_light(0.01)(text, dice), dice)


EDITS: dict[str, Callable[[Text, random.Random], Text]] = {
    "nothing": _same,
    "headline edited": _headline,
    "headline rewritten": _rewritten,
    "1 % of small words": _light(0.01),
    "3 % of small words": _light(0.03),
    "headline, 1 % of words": _both,
    "paragraph added": _added,
    "correction": _corrected,
}

# ------------------------------------------------------------------------------------------------ figures


def recall(texts: Sequence[Text], seed: int) -> Iterator[tuple[str, float, float]]:
    """For each edit: the share known again while the first is watched, and after."""
    for name, edit in EDITS.items():
        dice = random.Random(f"{seed} {name}")
        pairs = [(version(text), version(edit(text, dice))) for text in texts]
        watched = sum(is_taken(*pair, is_watched=True) for pair in pairs)
        later = sum(is_taken(*pair, is_watched=False) for pair in pairs)
        yield name, watched / len(pairs), later / len(pairs)


def false_in_series(seed: int, each: int) -> Iterator[tuple[str, int, int]]:
    """For each series: issues of it taken for one another, of so many pairs."""
    for name in SERIES:
        made = [version(Text(*issue)) for issue in issues(name, seed, each)]
        pairs = list(combinations(made, 2))
        yield name, sum(is_taken(*pair, is_watched=kind) for pair in pairs for kind in (True, False)), 2 * len(pairs)


def false_in_corpus(documents: Sequence[dict[str, str]]) -> tuple[list[tuple[str, str]], int]:
    """Documents taken for other ones though they are of different stories; as if all were one source's."""
    made = [(doc, version(Text(doc["title"], tuple(doc["text"].split("\n"))))) for doc in documents]
    index: dict[bytes, list[int]] = defaultdict(list)
    found, judged = [], 0
    for number, (doc, one) in enumerate(made):
        sketched = one.sketch
        assert sketched is not None
        for other in sorted({known for mark in sketched.fingerprints for known in index[mark]}):
            known_doc, known = made[other]
            if known_doc.get("cluster") and known_doc.get("cluster") == doc.get("cluster"):
                continue
            judged += 1
            if any(is_taken(known, one, is_watched=kind) for kind in (True, False)):
                found.append((known_doc["id"], doc["id"]))
        for mark in sketched.fingerprints:
            index[mark].append(number)
    return found, judged


def main() -> None:
    """All figures, on a corpus in eval/dedup's format."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--each", type=int, default=30)
    options = parser.parse_args()
    with gzip.open(options.corpus, "rt", encoding="utf-8") as rows:
        documents = [json.loads(row) for row in rows]
    texts = [Text(doc["title"], tuple(doc["text"].split("\n"))) for doc in documents if doc.get("kind") == "orig"]
    texts = [text for text in texts if sum(map(len, text.paragraphs)) > 1000]
    print(f"known again, of {len(texts)}: while watched, after")
    for name, watched, later in recall(texts, options.seed):
        print(f"  {name:<24}{watched:6.3f}{later:7.3f}")
    print("false, of pairs")
    for name, count, pairs in false_in_series(options.seed, options.each):
        print(f"  {name:<24}{count:6}{pairs:9}")
    found, judged = false_in_corpus(documents)
    print(f"  {'corpus':<24}{len(found):6}{judged:9}", found[:5])


if __name__ == "__main__":
    main()
