"""
``make bench``: what things cost, side by side with the named baseline in one run.

Processor time, medians of five rounds with the sides taken in turn; only the ratios carry to another machine. Real
feeds and pages are read from the folder ``shared`` beside the project where there is one, else the demo's are used.
"""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import feedparser
import trafilatura

from ingest.cleaning.clean import clean
from ingest.cleaning.rules import load_rules
from ingest.feeds.parse import parse_feed
from ingest.feeds.slices import item_digest
from ingest.messages.event import make_event, stream_fields
from ingest.models import Article, Cleaning, Cluster, Entry, Feed, FeedRef, Page
from ingest.pages.extract import extract
from ingest.settings import Settings
from ingest.store.articles import commit_article
from ingest.store.connect import Store, connect
from ingest.store.due import Claim, claim_due
from ingest.store.embedded import embedded
from ingest.store.feeds import NewEntry, PollEnd, commit_poll
from tests.bench import claims, memory, polls
from workers.demo.feeds import render_feed
from workers.demo.newsroom import load_newsroom, make_newsroom
from workers.demo.pages import article_html

ROUNDS = 5
SHARED = Path(__file__).parents[2].parent / "shared" / "corpora"
T0 = datetime(2026, 11, 22, tzinfo=UTC)
LEASE = timedelta(minutes=5)
MEMORY = timedelta(days=90)


def main() -> None:
    """Print every figure."""
    say("what", "ours", "baseline", "ratio", "unit")
    bench_parse()
    bench_edit()
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder)) as url:
        asyncio.run(bench_store(url))
    for scheme, (ours, base) in polls.bench().items():
        compare(f"a 304 poll end to end, {scheme}", ours, base, "µs, store included")
    claim = claims.bench()
    say(f"claim a feed, {claim.feeds} stored", f"{claim.client:.1f} + {claim.server:.1f}", "20", "", "µs, both")
    say(f"a feed's memory, {claim.feeds} stored", f"{claim.memory:.0f}", "", "", "bytes")
    for name, row in memory.measure().items():
        say(
            f"memory after {memory.ARTICLES} articles: {name}", f"{row['pss_tree']:.0f}", "512", "", "MB, with children"
        )


def bench_parse() -> None:
    """Feeds: our parse against feedparser's and fastfeedparser's with their defaults, and the rung before parsing."""
    feeds = real_feeds() or demo_feeds()
    count = len(feeds)

    def ours() -> object:
        return [parse_feed(body, "https://example.org/feed", {}) for body in feeds]

    mine, base = in_turn(ours, lambda: [feedparser.parse(io.BytesIO(body)) for body in feeds])
    compare(f"parse a feed ({count} feeds), feedparser", mine / count, base / count, "ms")
    if find_spec("fastfeedparser"):  # no part of the project: `pip install fastfeedparser` beside it to see this row
        fast = import_module("fastfeedparser")
        mine, base = in_turn(ours, lambda: [tolerant(fast.parse, body) for body in feeds])
        compare(f"parse a feed ({count} feeds), fastfeedparser", mine / count, base / count, "ms")
    rung, mine = in_turn(lambda: [item_digest(body) for body in feeds], ours)
    compare("only lastBuildDate changed, our own parse", rung / count, mine / count, "ms")


def tolerant(parse: Callable[[bytes], object], body: bytes) -> object:
    """What a parser makes of a feed, None where it raises."""
    try:
        return parse(body)
    except Exception:  # noqa: BLE001 - another project's parser, which gives up on some feeds
        return None


def bench_edit() -> None:
    """
    Pages: extraction and cleaning together against trafilatura with its defaults (the bar is 0.75), then cleaning
    against extraction (the bar is 0.08). Each over all pages, and for the page in the middle.
    """
    pages = real_pages() or demo_pages()
    rules = load_rules()
    texts = [page.body.decode("utf-8", "replace") for page in pages]
    extractions = [extract(page) for page in pages]
    rows: list[tuple[float, float, float]] = []
    for page, text, extraction in zip(pages, texts, extractions, strict=True):
        sides = (lambda p=page: extract(p), lambda e=extraction: clean(e, rules), lambda t=text: trafilatura.extract(t))
        rows.append(by_turns(*sides))
    extracting, cleaning, base = (sum(column) / len(rows) for column in zip(*rows, strict=True))
    compare(f"extract and clean a page ({len(pages)} pages)", extracting + cleaning, base, "ms, bar 0.75")
    compare("cleaning alone, against our extraction", cleaning, extracting, "ms, bar 0.08")
    together = statistics.median((ours + cleaned) / other for ours, cleaned, other in rows)
    alone = statistics.median(cleaned / ours for ours, cleaned, _ in rows)
    say("both ratios, of the page in the middle", f"{together:.2f}", f"{alone:.3f}", "", "bars 0.75 and 0.08")


async def bench_store(url: str) -> None:
    """The store: publication against a bare XADD of the same event, and the cost of a claim at 100,000 feeds."""
    settings = Settings(_env_file=None, redis_url=url)
    async with connect(settings, url) as store:
        await bench_publish(store)
        await store.redis.flushall()
        await bench_claim(store)


async def bench_publish(store: Store, count: int = 1000) -> None:
    """One publication after the other, round trips included; processor time of the client and of the server."""
    claims = await claimed_entries(store, count)
    articles = [article(number) for number in range(count)]
    events = [stream_fields(make_event(one, source="bench", now=T0)) for one in articles]

    async def ours() -> None:
        for number, claim in enumerate(claims):
            await commit_article(
                store,
                claim,
                articles[number],
                url_keys=[articles[number].url],
                head=None,
                event=events[number],
                memory=MEMORY,
            )

    async def bare() -> None:
        for event in events:
            await store.redis.xadd("bare", event)

    for name, run in (("ours", ours), ("bare", bare)):
        client, server = time.process_time(), await server_cpu(store)
        await run()
        client, server = time.process_time() - client, await server_cpu(store) - server
        if name == "ours":
            first = (client, server)
    compare("publish an article (client)", first[0] / count * 1000, client / count * 1000, "ms, bare XADD beside it")
    compare("publish an article (server)", first[1] / count * 1000, server / count * 1000, "ms, bare XADD beside it")


async def bench_claim(store: Store, feeds: int = 100_000) -> None:
    """Claims in batches of 100 with 100,000 feeds due."""
    for start in range(0, feeds, 10_000):
        await store.redis.zadd(store.keys.due("feeds"), {f"{n:016x}": 1 for n in range(start, start + 10_000)})
    client, server = time.process_time(), await server_cpu(store)
    for _ in range(200):
        await claim_due(store, "feeds", limit=100, lease=LEASE, max_in_hand=feeds)
    client, server = time.process_time() - client, await server_cpu(store) - server
    say("claim a feed, 100,000 due", f"{client / 20_000 * 1e6:.1f} + {server / 20_000 * 1e6:.1f}", "20", "", "µs, both")


async def claimed_entries(store: Store, count: int) -> Sequence[Claim]:
    """Entries in hand, as after a poll."""
    await store.redis.zadd(store.keys.due("feeds"), {"f": 1})
    (claim,) = await claim_due(store, "feeds", limit=1, lease=LEASE, max_in_hand=1)
    new = tuple(NewEntry(id=f"{n:032x}", entry=Entry(url=f"https://x.test/{n}"), domain="x.test") for n in range(count))
    end = PollEnd(
        outcome="modified",
        detail="",
        reason="bench",
        pause=LEASE,
        validators=Feed(id="f", url="https://x.test/f").validators,
        body_digest="",
        failures=0,
        new=new,
    )
    feed = Feed(id="f", url="https://x.test/f")
    await commit_poll(store, feed, claim, end, memory=MEMORY, spacing=timedelta(0))
    await asyncio.sleep(0.5)
    return await claim_due(store, "entries", limit=count, lease=LEASE, max_in_hand=count)


def article(number: int) -> Article:
    """An article of ordinary length."""
    id_ = f"{number:032x}"
    words = tuple(
        f"Paragraph {n} of article {number} says something about the harbour and its cranes." for n in range(40)
    )
    return Article(
        id=id_,
        url=f"https://x.test/{number}",
        feed=FeedRef(id="f", url="https://x.test/f"),
        title="Title",
        fetched_at=T0,
        first_seen_at=T0,
        cleaning=replace(Cleaning(paragraphs=()), paragraphs=words),
        cluster=Cluster(id=id_, role="head", head_id=id_),
        content_digest=id_,
    )


async def server_cpu(store: Store) -> float:
    """Seconds of processor time the server has used."""
    info = await store.redis.info("cpu")
    return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])


def real_feeds(most: int = 60) -> list[bytes]:
    """Bodies of real feeds."""
    files = sorted((SHARED / "feeds" / "real-dev" / "files").glob("*"))
    return [file.read_bytes() for file in files if file.stat().st_size < 400_000][:most]  # feedparser takes that long


def demo_feeds() -> list[bytes]:
    """Bodies of the demo's feeds."""
    newsroom = make_newsroom(outlets=4, stories=120, seed=1)
    by_outlet = {outlet: [s for s in newsroom.stories if s.outlet == outlet.id] for outlet in newsroom.outlets}
    rendered = [render_feed(o, s, base_url="https://x.test", opened_at=T0)[0] for o, s in by_outlet.items()]
    return [body.encode() for body in rendered]


def real_pages(most: int = 96) -> list[Page]:
    """Real pages, of every source as many."""
    truth = SHARED / "pages" / "truth.jsonl"
    if not truth.exists():
        return []
    by_source: dict[str, list[dict[str, str]]] = {}
    for line in truth.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        by_source.setdefault(row["source"], []).append(row)
    share = most // len(by_source)
    rows = [row for group in by_source.values() for row in group[:: max(1, len(group) // share)][:share]]
    bodies = [gzip.decompress((SHARED / "pages" / "pages" / f"{row['id']}.html.gz").read_bytes()) for row in rows]
    return [Page(url=row["url"], content_type="text/html", body=b) for row, b in zip(rows, bodies, strict=True)]


def demo_pages() -> list[Page]:
    """Pages of the demo."""
    newsroom = load_newsroom()
    outlets = {outlet.id: outlet for outlet in newsroom.outlets}
    made = [article_html(s, outlets[s.outlet], base_url="https://x.test", opened_at=T0) for s in newsroom.stories]
    return [Page(url="https://x.test/a", content_type="text/html; charset=utf-8", body=html.encode()) for html in made]


def in_turn(ours: Callable[[], object], base: Callable[[], object]) -> tuple[float, float]:
    """Median milliseconds of processor time of both, taken in turn."""
    first, second = by_turns(ours, base)
    return first, second


def by_turns(*sides: Callable[[], object]) -> tuple[float, ...]:
    """Median milliseconds of processor time of each side, taken in turn."""
    times: tuple[list[float], ...] = tuple([] for _ in sides)
    for _ in range(ROUNDS):
        for side, run in zip(times, sides, strict=True):
            start = time.process_time()
            run()
            side.append((time.process_time() - start) * 1000)
    return tuple(map(statistics.median, times))


def compare(what: str, ours: float, base: float, unit: str) -> None:
    """Print one comparison."""
    say(what, f"{ours:.3f}", f"{base:.3f}", f"{ours / base:.2f}" if base else "", unit)


def say(*cells: str) -> None:
    """Print one row."""
    print(f"{cells[0]:<48}" + "".join(f"{cell:>12}" for cell in cells[1:-1]) + f"   {cells[-1]}", flush=True)


if __name__ == "__main__":
    main()
