"""
``make bench``: what things cost, side by side with the named baseline in one run, each with its bar.

    python -m tests.bench.run [SECTION ...] [--json FILE]

Processor time, medians of at least five rounds with the sides taken in turn; only the ratios carry to another machine.
Real feeds and pages are read from the folder ``shared`` beside the project where there is one, else the demo's.
The last line says which bars were missed; that is no failure. COPYDESK_BENCH_FEEDS is how many feeds the store holds
for the claims (a million), COPYDESK_BENCH_BESIDE a folder with news-please and newspaper4k (see sides.py).
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import statistics
import time
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import feedparser
import trafilatura

from ingest.cleaning.clean import clean
from ingest.cleaning.rules import load_rules
from ingest.feeds.parse import parse_feed
from ingest.feeds.slices import item_digest
from ingest.pages.extract import extract
from tests.bench import claims, cores, corpus, memory, pipeline, polls, publish, seen
from tests.bench.figures import HEAD, Figure, by_turns, keep, row, verdict


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description="Figures beside the named baselines.")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; all without one")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    if unknown := set(chosen.sections) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    start, figures = time.monotonic(), []
    print(HEAD)
    for name, measure in SECTIONS.items():
        if not chosen.sections or name in chosen.sections:
            for figure in measure():
                figures.append(figure)
                print(row(figure), flush=True)
    print(f"{verdict(figures)} ({time.monotonic() - start:.0f} s, load {os.getloadavg()[0]:.1f} at the end)")
    if chosen.json:
        keep(figures, chosen.json)


def bench_feeds() -> Iterable[Figure]:
    """Feeds: our parse against feedparser's and fastfeedparser's with their defaults, and the rung before parsing."""
    feeds = corpus.feeds()
    count = len(feeds)

    def ours() -> object:
        return [parse_feed(body, "https://example.org/feed", {}) for body in feeds]

    mine, base = by_turns(ours, lambda: [feedparser.parse(io.BytesIO(body)) for body in feeds])
    name = f"parse a feed ({count} feeds)"
    yield Figure(what=name, ours=mine / count, base=base / count, bar=0.04, note="ms; feedparser")
    fast = beside("fastfeedparser")
    if fast:
        mine, base = by_turns(ours, lambda: [tolerant(fast, body) for body in feeds])
        yield Figure(what="  likewise", ours=mine / count, base=base / count, bar=2, note="ms; fastfeedparser")
    rung, mine = by_turns(lambda: [item_digest(body) for body in feeds], ours)
    what = "unchanged feed, only lastBuildDate is new"
    yield Figure(what=what, ours=rung / count, base=mine / count, bar=0.2, note="ms; our own parse")


def beside(name: str) -> Callable[[bytes], object] | None:
    """The parser of a module that is no part of the project, where it is installed."""
    return import_module(name).parse if find_spec(name) else None


def tolerant(parse: Callable[[bytes], object], body: bytes) -> object:
    """What a parser makes of a feed, None where it raises."""
    try:
        return parse(body)
    except Exception:  # noqa: BLE001 - another project's parser, which gives up on some feeds
        return None


def bench_pages() -> Iterable[Figure]:
    """
    Pages: extraction and cleaning together against trafilatura with its defaults, then cleaning against extraction.

    Each over all pages, and for the page in the middle.
    """
    pages, rules = corpus.pages(), load_rules()
    rows: list[tuple[float, float, float]] = []
    for page in pages:
        text, found = page.body.decode("utf-8", "replace"), extract(page)
        sides = (lambda p=page: extract(p), lambda e=found: clean(e, rules), lambda t=text: trafilatura.extract(t))
        extracting, cleaning, base = by_turns(*sides)
        rows.append((extracting, cleaning, base))
    extracting, cleaning, base = (sum(column) / len(rows) for column in zip(*rows, strict=True))
    name = f"extract and clean a page ({len(pages)} pages)"
    yield Figure(what=name, ours=extracting + cleaning, base=base, bar=0.75, note="ms; trafilatura")
    middle = statistics.median((ours + cleaned) / other for ours, cleaned, other in rows)
    yield Figure(what="  that ratio, of the page in the middle", ours=middle, bar=0.75, note="")
    yield Figure(what="cleaning alone", ours=cleaning, base=extracting, bar=0.08, note="ms; our extraction")
    middle = statistics.median(cleaned / ours for ours, cleaned, _ in rows)
    yield Figure(what="  that ratio, of the page in the middle", ours=middle, bar=0.08, note="")


def bench_polls() -> Iterable[Figure]:
    """304 polls end to end, a new connection each."""
    for scheme, (ours, base) in polls.bench().items():
        note = "µs, store included; aiohttp + uvloop alone"
        yield Figure(what=f"a 304 poll end to end, {scheme}", ours=ours, base=base, bar=1.5, note=note)


def bench_claims() -> Iterable[Figure]:
    """The due set."""
    cost = claims.bench(int(os.environ.get("COPYDESK_BENCH_FEEDS", claims.FEEDS)))
    name, note = f"claim a feed, {cost.feeds:,} due", f"µs; client {cost.client:.1f}, store {cost.server:.1f}"
    yield Figure(what=name, ours=cost.client + cost.server, bar=20, note=note)
    yield Figure(what=f"memory of a feed, {cost.feeds:,} stored", ours=cost.memory, note="bytes, without its seen ids")


def bench_memory() -> Iterable[Figure]:
    """What each process of the Procfile holds."""
    for name, held in memory.measure().items():
        what = f"memory after {memory.ARTICLES} articles: {name}"
        yield Figure(what=what, ours=held["pss_tree"], bar=512, note="MB, with its children")


SECTIONS: dict[str, Callable[[], Iterable[Figure]]] = {
    "feeds": bench_feeds,
    "pages": bench_pages,
    "polls": bench_polls,
    "publish": lambda: asyncio.run(publish.measure()),
    "claims": bench_claims,
    "seen": lambda: asyncio.run(seen.measure()),
    "cores": lambda: asyncio.run(cores.measure()),
    "pipeline": pipeline.measure,
    "memory": bench_memory,
}

if __name__ == "__main__":
    main()
