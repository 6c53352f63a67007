"""
What each cost comes to at 1 to 100 times the load, and the picture of it.

    python -m tests.bench.scaling [--json FILE] [--svg FILE] [--small]

Processor time of client and store together where a store is part of it, else of this process; the median of rounds. The
dashed line of a panel is what the first point would become: the same cost (an index, a set) or one that grows as the
load (a document). ``--small`` takes loads a tenth as large, to see that it runs.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from ingest.cleaning.clean import clean
from ingest.cleaning.rules import load_rules
from ingest.dedup.sketch import sketch
from ingest.feeds.parse import parse_feed
from ingest.feeds.slices import item_digest
from ingest.messages.event import make_event, stream_fields
from ingest.models import Article, Page
from ingest.pages.extract import extract
from ingest.store.clusters import vote
from ingest.store.connect import Store
from ingest.store.due import Claim, claim_due
from ingest.store.feeds import unseen
from tests.bench import claims
from tests.bench.figures import by_turns
from tests.bench.plot import Series, draw
from tests.bench.publish import T0, article, publish
from tests.bench.store import LEASE, claimed_entries, fresh, server_cpu

STEPS = (1, 3, 10, 30, 100)
ROUNDS = 5
MIN_SCALE = 4
WEEK = timedelta(days=7)
_WORDS = (
    "harbour crane vote council ferry winter budget repair quay mayor storm school tide bridge market signal grain "
    "rail court miller coast engine letter window orchard glacier copper lantern ribbon velvet"
)
WORDS = _WORDS.split()

#: Claims, their articles, their events.
Batch = tuple[list[Claim], list[Article], list[dict[str, bytes]]]


async def cost(store: Store, run: Callable[[], Awaitable[int]], rounds: int = ROUNDS) -> float:
    """Microseconds of client and store together for one of what ``run`` does so many of."""
    times = []
    for _ in range(rounds):
        start = time.process_time() + await server_cpu(store)
        done = await run()
        times.append((time.process_time() + await server_cpu(store) - start) / done * 1e6)
    return statistics.median(times)


async def claiming(scale: int) -> Series:
    """Feeds that the due set holds."""
    points = []
    async with fresh() as store:
        held = 0
        for step in STEPS:
            feeds = step * scale
            for start in range(held, feeds, 10_000):
                members = {f"{n:016x}": 1 for n in range(start, min(start + 10_000, feeds))}
                await store.redis.zadd(store.keys.due("feeds"), members)
            held = feeds

            async def run(batches: int = min(20, feeds // claims.BATCH // 8)) -> int:
                done = 0
                for _ in range(batches):
                    done += len(await claim_due(store, "feeds", limit=claims.BATCH, lease=LEASE, max_in_hand=10**9))
                for key in (store.keys.lease("feeds"), store.keys.token("feeds")):
                    await store.redis.delete(key)
                return done

            points.append((feeds, await cost(store, run)))
    return Series(title="claim a due feed", load="feeds due", unit="µs", points=points)


async def publishing(scale: int, batch: int = 160) -> Series:
    """Events that were published before."""
    points, held = [], 0
    async with fresh() as store:
        for step in STEPS:
            held = await fill_articles(store, held, step * scale)
            claimed: list[Batch] = []
            for _ in range(ROUNDS):
                found = await claimed_entries(store, batch, held)
                articles = [article(int(claim.id, 16)) for claim in found]
                events = [stream_fields(make_event(one, source="bench", now=T0)) for one in articles]
                claimed.append((found, articles, events))
                held += batch

            async def run(left: list[Batch] = claimed) -> int:
                await publish(store, *left.pop())
                return batch

            points.append((step * scale, await cost(store, run)))
    return Series(title="publish an article", load="articles published before", unit="µs", points=points)


async def fill_articles(store: Store, held: int, wanted: int) -> int:
    """Publish until so many articles are out."""
    while held < wanted:
        count = min(1_000, wanted - held)
        found = await claimed_entries(store, count, held)
        articles = [article(int(claim.id, 16)) for claim in found]
        events = [stream_fields(make_event(one, source="bench", now=T0)) for one in articles]
        await publish(store, found, articles, events)
        held += count
    return max(held, wanted)


async def voting(scale: int, batch: int = 100) -> Series:
    """Texts in the index of copies."""
    points, held = [], 0
    async with fresh() as store:

        async def put(count: int) -> int:
            nonlocal held
            found = await claimed_entries(store, count, held)
            for claim in found:
                text = paragraphs(int(claim.id, 16))
                one = sketch(text, title=text[0][:40], source="x.test")
                await vote(store, claim, one, content_digest=claim.id, window=WEEK)
            held += count
            return count

        for step in STEPS:
            while held < step * scale:
                await put(min(200, step * scale - held))
            points.append((step * scale, await cost(store, lambda: put(batch))))
    return Series(title="sketch a text and vote", load="texts in the index", unit="µs", points=points)


def paragraphs(number: int) -> list[str]:
    """A text of its own: 300 words that no other text has in this order."""
    seed = int.from_bytes(hashlib.sha256(b"%d" % number).digest() * 2)
    words = []
    for _ in range(300):
        seed = seed * 6364136223846793005 + 1442695040888963407 & (1 << 128) - 1
        words.append(WORDS[(seed >> 64) % len(WORDS)])
    return [" ".join(words[start : start + 50]) + "." for start in range(0, 300, 50)]


async def seeing(scale: int) -> Series:
    """Ids that a feed is known to have shown."""
    points, held = [], 0
    asked = [hashlib.sha256(b"%d" % n).hexdigest()[:32] for n in range(30)]
    async with fresh() as store:
        for step in STEPS:
            ids = [hashlib.sha256(b"%d" % n).digest()[:16] for n in range(held, step * scale)]
            held = step * scale
            for start in range(0, len(ids), 5_000):
                await store.redis.zadd(store.keys.seen("f"), dict.fromkeys(ids[start : start + 5_000], 1))

            async def run() -> int:
                for _ in range(200):
                    await unseen(store, "f", asked)
                return 200 * len(asked)

            points.append((held, await cost(store, run)))
    return Series(title="look up a seen id", load="ids a feed has shown", unit="µs", points=points)


async def parsing(scale: int) -> Series:
    """Items in a feed."""
    points = []
    for step in STEPS:
        body, turns = feed(step * scale), max(1, 100 // step)
        (spent,) = by_turns(lambda b=body, t=turns: [parse_feed(b, "https://x.test/f", {}) for _ in range(t)])
        points.append((step * scale, spent / turns))
    return Series(title="parse a feed", load="items in it", unit="ms", points=points, is_linear=True)


async def skipping(scale: int) -> Series:
    """Items in a feed of which only lastBuildDate is new."""
    points = []
    for step in STEPS:
        body, turns = feed(step * scale), max(1, 300 // step)
        (spent,) = by_turns(lambda b=body, t=turns: [item_digest(b) for _ in range(t)])
        points.append((step * scale, spent / turns))
    return Series(title="see that no item is new", load="items in the feed", unit="ms", points=points, is_linear=True)


def feed(items: int) -> bytes:
    """An RSS feed."""
    rows = "".join(
        f"<item><title>Report {n}</title><link>https://x.test/{n}</link><guid>https://x.test/{n}</guid>"
        f"<pubDate>Sun, 22 Nov 2026 10:00:00 GMT</pubDate><description>{paragraphs(n)[0]}</description></item>"
        for n in range(items)
    )
    return f"<rss version='2.0'><channel><title>News</title><link>https://x.test/</link>{rows}</channel></rss>".encode()


async def extracting(scale: int) -> Series:
    """Bytes of a page."""
    points, rules = [], load_rules()
    for step in STEPS:
        page, turns = html(step * scale), max(1, 20 // step)

        def run(page: Page = page, turns: int = turns) -> object:
            return [clean(extract(page), rules) for _ in range(turns)]

        run()
        (spent,) = by_turns(run)
        points.append((len(page.body), spent / turns))
    return Series(title="extract and clean a page", load="bytes of it", unit="ms", points=points, is_linear=True)


def html(size: int) -> Page:
    """An article's page of about so many bytes."""
    lines, number = [], 0
    while sum(map(len, lines)) < size:
        lines += [f"<p>{text[:1].upper()}{text[1:]}</p>" for text in paragraphs(number)]
        number += 1
    body = f"<html><head><title>Report</title></head><body><nav>Home</nav><article><h1>Report</h1>{''.join(lines)}"
    return Page(url="https://x.test/a", content_type="text/html", body=f"{body}</article></body></html>".encode())


#: Each with the load that is taken once.
COSTS: tuple[tuple[Callable[[int], Awaitable[Series]], int], ...] = (
    (claiming, 10_000),
    (seeing, 100),
    (publishing, 300),
    (voting, 200),
    (parsing, 10),
    (skipping, 10),
    (extracting, 5_000),
)


async def measure(share: float = 1) -> AsyncIterator[Series]:
    """Every cost, one after the other."""
    for find, scale in COSTS:
        yield await find(max(MIN_SCALE, round(scale * share)))


def told(one: Series) -> str:
    """A cost as one line."""
    growth = one.points[-1][1] / one.points[0][1]
    times = one.points[-1][0] / one.points[0][0]
    costs = "  ".join(f"{load:,.0f}: {spent:.3g}" for load, spent in one.points)
    return (
        f"{one.title}, {one.unit} by {one.load}:  {costs}  ({growth:.2f} times the cost at {times:.0f} times the load)"
    )


async def main() -> None:
    """Measure, print, and write what is asked for."""
    parser = argparse.ArgumentParser(description="Costs over loads.")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--svg", type=Path)
    parser.add_argument("--small", action="store_true")
    chosen = parser.parse_args()
    found: Sequence[Series] = []
    async for one in measure(0.1 if chosen.small else 1):
        print(told(one), flush=True)
        found = [*found, one]
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(one) for one in found], indent=1) + "\n", encoding="utf-8")
    if chosen.svg:
        chosen.svg.write_text(draw(found), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
