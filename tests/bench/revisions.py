"""
How many material edits of an article are told, and how many cosmetic ones are not: ours beside the rules of readers.

    python -m tests.bench.revisions .../dedup.jsonl.gz [--seeds 1 2 3] [--each 60] [--show]

The originals of the file (``kind`` "orig") are the articles; every edit is generated here, the same for a seed. Both
versions go through cleaning as in the pipeline, the headline beside them. Baselines, on the same cleaned texts:

    grew      the text is longer by more than 50 characters (feedbin's rule: research/mission.md 3)
    length    its length differs by 2 per cent or more
    any       its digest differs (FreshRSS, miniflux: whatever changed is an update), the headline's too
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.cleaning.clean import clean_lines
from ingest.cleaning.rules import Rules, load_rules
from ingest.dedup.revision import Cosmetic, Draft, compare

NAMES = (
    "Hollis",
    "Brandvold",
    "Okonkwo",
    "Marchetti",
    "Duarte",
    "Sørlie",
    "Petrakis",
    "Wieczorek",
    "Tanaka",
    "Abubakar",
)
NOUNS = ("harbour", "lighthouse", "ferry", "orchard", "violin", "glacier", "tariff", "jury", "festival", "bakery")
SENTENCES = (
    "A spokesman for the harbour office declined to comment.",
    "The decision can be appealed within a month.",
    "Neighbours said they had heard nothing of it.",
    "It was not clear who had given the order.",
    "The company's shares fell in early trading.",
    "Her lawyer called the ruling a disgrace and said she would go to a higher court.",
    "He died in hospital on Friday.",
)
NOTICES = (
    "Correction: an earlier version of this article misstated the year of the election.",
    "This article was amended on 3 May 2024 to correct the spelling of a name.",
    "This story has been corrected to show that the vote is on Tuesday.",
    "Clarification: the figure includes lorries.",
    "Korrektur: In einer früheren Version dieses Artikels stand ein falsches Datum.",
    "Une première version de cet article indiquait une date erronée.",
    "Fe de errores: la votación es el martes.",
    "Rettifica: il voto è martedì.",
    "Rectificatie: de stemming is op dinsdag.",
    "Rättelse: omröstningen är på tisdag.",
)
STAMPS = (
    "Updated {n} hours ago",
    "Last updated: {n} March 2024, 10:3{d}",
    "Published {n} May 2024",
    "By {name} {other}",
    "{n} min read",
    "Updated at 1{d}:31 GMT",
)
PROMOS = (
    "Sign up for our daily newsletter",
    "Subscribe to our weekly briefing and never miss a story",
    "Follow us on Facebook and Twitter",
    "Download our app for the latest news",
    "Support our journalism: become a member today",
    "Get the latest headlines delivered to your inbox",
    "Join the conversation in the comments below",
)
TEASERS = (
    "Ten quays to visit before you turn 60",
    "Why the ferry is late again",
    "Mayor quits over orchard affair",
    "In pictures: the storm of the century",
    "What the new tariff means for you",
    "Watch: violinist plays on a glacier",
)
_WORD = re.compile(r"(?<![\w.'\u2019-])[a-z]{6,}(?![\w'\u2019-])")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}(?![\w'\u2019-])")
_NUMBER = re.compile(r"(?<![\w.,:-])\d{1,6}(?![\w,:-]|\.\d)")
_SENTENCE = re.compile(r"(?<=[.!?] )[A-Z][^.!?]{40,200}[a-z][.!?](?= [A-Z])")
_VERB = re.compile(r" (is|was|are|were|has|had|will|can|could|would) (?!not)")


@dataclass(frozen=True, slots=True)
class Article:
    """A headline and the lines below it."""

    title: str
    lines: tuple[str, ...]


Edit = Callable[[Article, random.Random], Article | None]


def _line(
    article: Article, dice: random.Random, pattern: re.Pattern[str], change: Callable[[str], str]
) -> Article | None:
    """The article with one match of the pattern changed, somewhere in its prose."""
    places = [
        (number, found)
        for number, line in enumerate(article.lines)
        if len(line) > 80
        for found in pattern.finditer(line)
    ]
    if not places:
        return None
    number, found = dice.choice(places)
    line = article.lines[number]
    edited = line[: found.start()] + change(found[0]) + line[found.end() :]
    return (
        None
        if edited == line
        else replace(article, lines=(*article.lines[:number], edited, *article.lines[number + 1 :]))
    )


def _at_a_paragraph(article: Article, dice: random.Random, text: str) -> Article:
    number = dice.choice([number for number, line in enumerate(article.lines) if line.endswith(".")] or [0])
    lines = list(article.lines)
    lines[number] += f" {text}"
    return replace(article, lines=tuple(lines))


# ------------------------------------------------------------------------------------------------ material


def number(article: Article, dice: random.Random) -> Article | None:
    return _line(article, dice, _NUMBER, lambda old: str(int(old) + dice.choice((1, 2, 10, 100))))


def name(article: Article, dice: random.Random) -> Article | None:
    return _line(article, dice, _NAME, lambda _: dice.choice(NAMES))


def sentence_added(article: Article, dice: random.Random) -> Article:
    return _at_a_paragraph(article, dice, dice.choice(SENTENCES))


def sentence_dropped(article: Article, dice: random.Random) -> Article | None:
    return _line(article, dice, _SENTENCE, lambda _: "")


def paragraph_added(article: Article, dice: random.Random) -> Article:
    at = dice.randrange(1, len(article.lines) + 1)
    text = " ".join(dice.sample(SENTENCES, 2))
    return replace(article, lines=(*article.lines[:at], text, *article.lines[at:]))


def negated(article: Article, dice: random.Random) -> Article | None:
    return _line(article, dice, _VERB, lambda old: f"{old}not ")


def headline(article: Article, dice: random.Random) -> Article | None:
    words = re.findall(r"\w{4,}", article.title)
    if not words:
        return None
    return replace(article, title=article.title.replace(dice.choice(words), dice.choice(NOUNS).title(), 1))


def correction(article: Article, dice: random.Random) -> Article:
    notice = dice.choice(NOTICES)
    lines = (notice, *article.lines) if dice.random() < 0.3 else (*article.lines, notice)
    return replace(article, lines=lines)


def rewritten(article: Article, dice: random.Random) -> Article:
    lines = [
        _WORD.sub(lambda found: dice.choice(NOUNS) if dice.random() < 0.15 else found[0], line)
        for line in article.lines
    ]
    return replace(article, lines=tuple(lines))


# ------------------------------------------------------------------------------------------------ cosmetic


def typography(article: Article, dice: random.Random) -> Article:
    table = {
        "'": "\u2019",
        '"': dice.choice("\u201c\u201d\u00ab"),
        "-": dice.choice("-\u2011"),
        "\u2019": "'",
        "\u2014": "-",
    }
    table |= {"\u201c": '"', "\u201d": '"', "\u2013": "\u2014"}
    return Article(*(_translated(article.title, table), tuple(_translated(line, table) for line in article.lines)))


def _translated(text: str, table: dict[str, str]) -> str:
    return text.translate(str.maketrans(table))


def spaces(article: Article, dice: random.Random) -> Article:
    return replace(
        article, lines=tuple(re.sub(" ", lambda _: dice.choice(("  ", "\u00a0", " ")), line) for line in article.lines)
    )


def reflowed(article: Article, dice: random.Random) -> Article:
    lines: list[str] = []
    for line in article.lines:
        if lines and len(lines[-1]) > 80 and len(line) > 80 and dice.random() < 0.3:
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return replace(article, lines=tuple(lines))


def typo(article: Article, dice: random.Random) -> Article | None:
    def slip(word: str) -> str:
        at = dice.randrange(1, len(word) - 1)
        return dice.choice(
            (
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            )
        )

    return _line(article, dice, _WORD, slip)


def stamp(article: Article, dice: random.Random) -> Article:
    first, other = dice.sample(NAMES, 2)
    text = dice.choice(STAMPS).format(n=dice.randrange(2, 24), d=dice.randrange(10), name=first, other=other)
    return replace(article, lines=(text, *article.lines) if dice.random() < 0.7 else (*article.lines, text))


def related(article: Article, dice: random.Random) -> Article:
    links = [line for line in article.lines if line in TEASERS]
    dice.shuffle(links)
    links = dice.sample(TEASERS, 3) if dice.random() < 0.5 else links
    return replace(article, lines=(*(line for line in article.lines if line not in TEASERS), *links))


def promo(article: Article, dice: random.Random) -> Article:
    at = dice.choice((len(article.lines), max(1, len(article.lines) // 2)))
    return replace(article, lines=(*article.lines[:at], dice.choice(PROMOS), *article.lines[at:]))


def dressed_headline(article: Article, dice: random.Random) -> Article:
    title = article.title
    return replace(
        article, title=dice.choice((f"UPDATE: {title}", f"{title} | The Gazette", title.upper(), f"{title} "))
    )


def grouped(article: Article, dice: random.Random) -> Article | None:
    return _line(article, dice, re.compile(r"(?<=\d),(?=\d{3}\b)"), lambda _: dice.choice((" ", "\u202f", ".")))


MATERIAL: tuple[Edit, ...] = (
    number,
    name,
    sentence_added,
    sentence_dropped,
    paragraph_added,
    negated,
    headline,
    correction,
    rewritten,
)
COSMETIC: tuple[Edit, ...] = (typography, spaces, reflowed, typo, stamp, related, promo, dressed_headline, grouped)


# ------------------------------------------------------------------------------------------------ the run


def read_articles(path: Path) -> list[Article]:
    """The originals, each with three links to other stories behind it."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [row for row in map(json.loads, file) if row["kind"] == "orig"]
    return [Article(row["title"], (*filter(str.strip, row["text"].split("\n")), *TEASERS[:3])) for row in rows]


def drafted(article: Article, rules: Rules) -> Draft:
    """The article as the pipeline would have it."""
    cleaning = clean_lines(article.lines, rules)
    return Draft(
        title=article.title,
        paragraphs=cleaning.paragraphs,
        cut=tuple(removal.text for removal in cleaning.removals),
    )


def verdicts(old: Draft, new: Draft) -> dict[str, bool]:
    """Whether each rule calls it an update."""
    before, now = ("\n".join(draft.paragraphs) for draft in (old, new))
    return {
        "ours": not isinstance(compare(old, new), Cosmetic),
        "grew": len(now) - len(before) > 50,
        "length": abs(len(now) - len(before)) >= 0.02 * len(before),
        "any": (before, old.title) != (now, new.title),
    }


def run(articles: list[Article], seed: int, each: int, *, shows: bool) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """How often each rule called each kind of edit an update, and how many edits there were."""
    dice, rules = random.Random(seed), load_rules()
    told: Counter[tuple[str, str]] = Counter()
    made: Counter[str] = Counter()
    for edit in (*MATERIAL, *COSMETIC):
        for article in dice.sample(articles, min(each, len(articles))):
            changed = edit(article, dice)
            if changed is None:
                continue
            made[edit.__name__] += 1
            found = verdicts(drafted(article, rules), drafted(changed, rules))
            told.update((edit.__name__, rule) for rule, says in found.items() if says)
            if shows and found["ours"] != (edit in MATERIAL):
                _show(edit.__name__, article, changed, rules)
    return told, made


def _show(kind: str, article: Article, changed: Article, rules: Rules) -> None:
    old, new = drafted(article, rules), drafted(changed, rules)
    print(f"--- {kind}: {old.title!r} -> {new.title!r}")
    print("   -", [line[:300] for line in old.paragraphs if line not in new.paragraphs][:2])
    print("   +", [line[:300] for line in new.paragraphs if line not in old.paragraphs][:2])
    print("  ", compare(old, new) if len(repr(compare(old, new))) < 600 else "...")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--each", type=int, default=60, help="articles for each kind of edit")
    parser.add_argument("--show", action="store_true", help="print what ours gets wrong")
    options = parser.parse_args()
    articles = read_articles(options.corpus)
    rules = ("ours", "grew", "length", "any")
    for seed in options.seeds:
        told, made = run(articles, seed, options.each, shows=options.show)
        print(f"\nseed {seed}{'':<16}{'edits':>6}" + "".join(f"{rule:>8}" for rule in rules))
        for title, edits in (("material, told", MATERIAL), ("cosmetic, silent", COSMETIC)):
            total: Counter[str] = Counter()
            for edit in edits:
                kind = edit.__name__
                right = {
                    rule: told[kind, rule] if edit in MATERIAL else made[kind] - told[kind, rule] for rule in rules
                }
                total.update(right)
                shares = "".join(f"{right[rule] / max(1, made[kind]):>8.3f}" for rule in rules)
                print(f"  {kind:<21}{made[kind]:>6}{shares}")
            count = sum(made[edit.__name__] for edit in edits)
            print(f"{title:<23}{count:>6}" + "".join(f"{total[rule] / count:>8.3f}" for rule in rules))


if __name__ == "__main__":
    main()
