"""
How many labelled boilerplate paragraphs cleaning takes, and how many true ones with them.

    python -m tests.bench.promos .../promos.jsonl.gz [--mode line|page|block] [--show missed|taken] [--json]

A row of the file is one paragraph of a page: ``label`` (remove, keep), ``kind`` (of a remove, guessed by its wording),
``gold`` (who says so: a human, a site's selectors, an extractor's own tests), ``sure`` (false: the label may be wrong),
``tag``, ``classes``, ``links`` (share of its text inside links), ``at`` (its number on the page). Modes:

    line   each paragraph alone, at the end of an article: what wording can do
    page   the paragraphs of a page together, in their order: as ``copydesk clean`` sees plain text
    block  likewise, each with its element and link share: nearly what the pipeline sees (ancestors are not in the file)

The bar of issue 3 is over the kinds in ``KINDS``. Publishers are parted in two halves by their name; the rules were
written on "written" and first judged on "held-out". A receipt of kind disclaimer, credit or caption is a fact about
the article, which some gold keeps; the share of ``keep`` taken is therefore given twice.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from ingest.cleaning.clean import clean, clean_lines
from ingest.cleaning.rules import load_rules
from ingest.models import Block, Cleaning, Extraction, Removal
from ingest.text import collapse

KINDS = ("newsletter", "subscribe", "syndication", "social", "related", "app", "comments", "ads", "copyright")
FACTS = frozenset({"disclaimer", "credit", "caption"})
#: An article for a lone line to end.
STORY = tuple(f"The harbour lay still on day {day}, and nobody on the quay could name the reason." for day in range(12))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A labelled paragraph and what became of it."""

    publisher: str
    label: str
    kind: str
    is_sure: bool
    text: str
    removal: Removal | None

    @property
    def half(self) -> str:
        """The half of the publishers it belongs to."""
        return "held-out" if sha256(self.publisher.encode()).digest()[0] & 1 else "written"


def read_pages(path: Path) -> list[list[dict[str, Any]]]:
    """The rows of each page, in their order."""
    pages: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            pages[row["id"]].append(row)
    return list(pages.values())


def judge(page: Sequence[dict[str, Any]], mode: str) -> Iterable[Row]:
    """The rows of a page with what cleaning does to each."""
    texts = tuple(collapse(row["text"]) for row in page)
    if mode == "line":
        fates = [fates_of(clean_lines((*STORY, text), load_rules()))[-1] for text in texts]
    elif mode == "page":
        fates = fates_of(clean_lines(texts, load_rules()))
    else:
        blocks = tuple(
            Block(tag=row["tag"], names=(row["classes"],), link_share=row["links"], place=int(row["at"].split("/")[0]))
            for row in page
        )
        fates = fates_of(clean(Extraction(paragraphs=texts, method="labelled", blocks=blocks), load_rules()))
    for row, removal in zip(page, fates, strict=True):
        yield Row(
            publisher=row["publisher"],
            label=row["label"],
            kind=row["kind"],
            is_sure=row["sure"],
            text=row["text"],
            removal=removal,
        )


def fates_of(cleaning: Cleaning) -> list[Removal | None]:
    """For each paragraph before cleaning, in order: its removal, or None where it stays."""
    removals = list(reversed(cleaning.removals))
    fates: list[Removal | None] = []
    for kept in range(len(cleaning.paragraphs) + 1):
        while removals and removals[-1].after_paragraph == kept:
            fates.append(removals.pop())
        fates += [None] * (kept < len(cleaning.paragraphs))
    return fates


def figures(rows: Sequence[Row]) -> dict[str, Any]:
    """Recall by kind over sure removes, and the share of keeps taken."""
    wanted = [row for row in rows if row.label == "remove" and row.is_sure]
    kept = [row for row in rows if row.label == "keep" and row.is_sure]
    lost = [row for row in kept if row.removal]
    promos = [row for row in lost if row.removal and row.removal.kind not in FACTS]
    kinds = {kind: [row for row in wanted if row.kind == kind] for kind in KINDS}
    kinds["all of these"] = [row for row in wanted if row.kind in KINDS]
    kinds["(the other kinds)"] = [row for row in wanted if row.kind not in KINDS]
    return {
        "recall": {
            kind: {"taken": sum(row.removal is not None for row in found), "of": len(found)}
            for kind, found in kinds.items()
        },
        "keep": {"taken": len(lost), "taken as promo": len(promos), "of": len(kept)},
    }


def say(name: str, found: dict[str, Any]) -> None:
    """Print the figures of some rows."""
    print(f"-- {name}")
    for kind, count in found["recall"].items():
        share = count["taken"] / count["of"] if count["of"] else 0.0
        print(f"{kind:18} {share:6.3f}  {count['taken']:4} of {count['of']}")
    keep = found["keep"]
    every = max(1, keep["of"])
    print(
        f"keep taken         {keep['taken'] / every:6.2%}  {keep['taken']:4} of {keep['of']}"
        f" (as promo, related or furniture: {keep['taken as promo']}, {keep['taken as promo'] / every:.2%})"
    )


def main() -> None:
    """Print the figures, or the rows that miss them."""
    parser = argparse.ArgumentParser(description="Recall of cleaning on labelled paragraphs.")
    parser.add_argument("path", type=Path)
    parser.add_argument("--mode", choices=("line", "page", "block"), default="page")
    parser.add_argument("--show", choices=("missed", "taken"), help="missed removes or taken keeps of the written half")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    rows = [row for page in read_pages(chosen.path) for row in judge(page, chosen.mode)]
    if chosen.show:
        wanted = "remove" if chosen.show == "missed" else "keep"
        for row in rows:
            is_of_kind = row.kind in KINDS if wanted == "remove" else True
            is_shown = row.half == "written" or wanted == "keep"
            if is_shown and row.label == wanted and is_of_kind and (row.removal is None) == (wanted == "remove"):
                print(row.kind or (row.removal and row.removal.rule), row.publisher, repr(row.text[:200]), sep="\t")
        return
    found = {half: figures([row for row in rows if row.half == half]) for half in ("written", "held-out")}
    found["all"] = figures(rows)
    if chosen.json:
        print(json.dumps(found, indent=2))
    else:
        for name, part in found.items():
            say(name, part)


if __name__ == "__main__":
    main()
