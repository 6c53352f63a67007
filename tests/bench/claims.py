"""
Claims in batches of 100 from a store that holds a million feeds, and what the store remembers of each.

A feed is added as ``feeds add`` does it and has what polls leave: validators, digests, times. Processor time of the
client and of the server, round trips included; memory as the server counts it (used_memory).
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import uvloop

from ingest.settings import Settings
from ingest.store.connect import Store, connect
from ingest.store.due import claim_due
from ingest.store.embedded import embedded
from ingest.store.feeds import add_feed, feed_id

FEEDS = 1_000_000
BATCH = 100
BATCHES = 500
CHUNK = 5_000
LEASE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What was measured."""

    feeds: int
    #: Microseconds a feed.
    client: float
    server: float
    #: Bytes a feed.
    memory: float


async def measure(url: str, feeds: int = FEEDS) -> Cost:
    """Fill a store and claim from it."""
    settings = Settings(_env_file=None, redis_url=url, prefix="claims")
    async with connect(settings, url) as store:
        before = int((await store.redis.info("memory"))["used_memory"])
        await fill(store, feeds)
        memory = int((await store.redis.info("memory"))["used_memory"]) - before
        # The first claims find the machine cold.
        await claim(store, feeds, 10)
        client, server = time.process_time(), await server_cpu(store)
        claimed = await claim(store, feeds, BATCHES)
        client, server = time.process_time() - client, await server_cpu(store) - server
        return Cost(feeds=feeds, client=client / claimed * 1e6, server=server / claimed * 1e6, memory=memory / feeds)


async def claim(store: Store, feeds: int, batches: int) -> int:
    """So many batches, one after the other; how many feeds they held."""
    claimed = 0
    for _ in range(min(batches, feeds // BATCH // 2)):
        claimed += len(await claim_due(store, "feeds", limit=BATCH, lease=LEASE, max_in_hand=feeds))
    return claimed


async def fill(store: Store, feeds: int) -> None:
    """A feed as it is added and polled, read from the store, then as many of its like."""
    address = "https://www.gazette-{:07d}.example/section/feed.xml"
    await add_feed(store, address.format(0))
    fields = await store.redis.hgetall(store.keys.feed(feed_id(address.format(0)))) | LEARNED
    keys = store.keys
    for start in range(0, feeds, CHUNK):
        pipe = store.redis.pipeline(transaction=False)
        for number in range(start, min(start + CHUNK, feeds)):
            url = address.format(number)
            id_ = feed_id(url)
            pipe.hset(keys.feed(id_), mapping=fields | {b"url": url, b"etag": f'"{number:x}-61a8f3b2c4d5e"'})
            pipe.hset(keys.feeds, id_, url)
            pipe.zadd(keys.due("feeds"), {id_: 1_700_000_000_000 + number})
        await pipe.execute()


#: What polls leave in a feed's hash; times and digests as long as they are.
LEARNED = {
    b"title": "The Gazette of a Town of Middling Size",
    b"last_modified": "Sun, 22 Nov 2026 12:00:00 GMT",
    b"body_digest": "0123456789abcdef",
    b"failures": "0",
    b"polled": "1795371815098",
    b"outcome": "not-modified",
    b"reason": "interval",
    b"strikes": "0",
    b"begun": "123456789:0123456789abcdef",
    b"committed": "123456789",
    b"gained": "0",
    b"gained_by": "123456789",
}


async def server_cpu(store: Store) -> float:
    """Seconds of processor time the server has used."""
    info = await store.redis.info("cpu")
    return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])


def bench(feeds: int = FEEDS) -> Cost:
    """Start a store, fill it, measure."""
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder)) as url:
        return uvloop.run(measure(url, feeds))


if __name__ == "__main__":
    cost = bench(int(sys.argv[1]) if sys.argv[1:] else int(os.environ.get("FEEDS", FEEDS)))
    print(
        f"claim a feed, {cost.feeds} due, batches of {BATCH}: client {cost.client:.1f} + server {cost.server:.1f} us; "
        f"memory {cost.memory:.0f} bytes a feed"
    )
