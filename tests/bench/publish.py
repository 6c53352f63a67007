"""
The publish path beside a raw pipelined XADD of the same events.

Ours is ``commit_article`` with what a worker gives it: the text's place in the index, its address, the facts that are
kept, so many articles side by side as a worker has in hand (their calls travel together). The raw side sends the same
events in pipelines as long, and knows nothing of identity.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime

from ingest.feeds.identity import article_id
from ingest.messages.event import make_event, stream_fields
from ingest.models import Article, Cleaning, Cluster, FeedRef
from ingest.store.articles import Published, commit_article
from ingest.store.connect import Store
from ingest.store.due import Claim
from ingest.urls import url_key
from tests.bench.figures import Figure
from tests.bench.store import MEMORY, claimed_entries, fresh, server_cpu

T0 = datetime(2026, 11, 22, tzinfo=UTC)
#: A worker's threads, and the articles of a message (workers/actors.py).
SIDE_BY_SIDE = 32
#: Short turns and many: a neighbour comes and goes within a second, and costs the larger side more.
ROUNDS = 15


def article(number: int) -> Article:
    """An article of ordinary length, with the id of its address."""
    url = f"https://x{number}.test/"
    id_ = article_id("f", f"{number:032x}", url)
    words = tuple(
        f"Paragraph {n} of article {number} says something about the harbour and its cranes." for n in range(40)
    )
    return Article(
        id=id_,
        url=url,
        feed=FeedRef(id="f", url="https://x.test/f"),
        title="Title",
        fetched_at=T0,
        first_seen_at=T0,
        cleaning=replace(Cleaning(paragraphs=()), paragraphs=words),
        cluster=Cluster(id=id_, role="head", head_id=id_),
        content_digest=id_,
    )


async def publish(store: Store, claims: list[Claim], articles: list[Article], events: list[dict[str, bytes]]) -> None:
    """Each article once, by so many tasks side by side as a worker has articles in hand."""
    work = iter(zip(claims, articles, events, strict=True))

    async def share() -> None:
        for claim, one, event in work:
            told = await commit_article(
                store, claim, one, url_keys=[url_key(one.url)], head=None, event=event, memory=MEMORY, attempts=1
            )
            assert isinstance(told, Published), told

    await asyncio.gather(*(share() for _ in range(SIDE_BY_SIDE)))


async def bare(store: Store, events: list[dict[str, bytes]]) -> None:
    """The same events by XADD, as many in a pipeline."""
    for start in range(0, len(events), SIDE_BY_SIDE):
        pipe = store.redis.pipeline(transaction=False)
        for event in events[start : start + SIDE_BY_SIDE]:
            pipe.xadd("bare", event)
        await pipe.execute()


async def measure(count: int = 320, rounds: int = ROUNDS) -> list[Figure]:
    """Microseconds an article of the client, of the server, and of both."""
    rows: list[tuple[float, float, float, float]] = []
    async with fresh() as store:
        for turn in range(rounds):
            numbers = range(turn * count, (turn + 1) * count)
            claims = await claimed_entries(store, count, numbers.start)
            articles = [article(int(claim.id, 16)) for claim in claims]
            events = [stream_fields(make_event(one, source="bench", now=T0)) for one in articles]
            # As a worker does before it begins (workers/worker.py): none of this is to be looked through again.
            gc.collect()
            gc.freeze()
            costs: list[float] = []
            for run in (publish(store, claims, articles, events), bare(store, events)):
                server, client = await server_cpu(store), time.process_time()
                await run
                costs += [time.process_time() - client, await server_cpu(store) - server]
            rows.append((costs[0], costs[1], costs[2], costs[3]))
    ours, kept, raw, raw_kept = (statistics.median(side) / count * 1e6 for side in zip(*rows, strict=True))
    note = "µs; raw pipelined XADD"
    return [
        Figure(what="publish an article, client and store", ours=ours + kept, base=raw + raw_kept, bar=2, note=note),
        Figure(what="  of it the client", ours=ours, base=raw, note=note),
        Figure(what="  of it the store", ours=kept, base=raw_kept, note=note),
    ]
