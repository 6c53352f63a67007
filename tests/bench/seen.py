"""
What the store keeps of a seen id and of a feed: the difference of used_memory, and the key's own MEMORY USAGE.

The ids go in through ``commit_poll``, as a poll's entries that were seen before do.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from ingest.models import Feed, Validators
from ingest.store.connect import Store
from ingest.store.due import claim_due
from ingest.store.feeds import PollEnd, add_feed, commit_poll, feed_id
from tests.bench.figures import Figure
from tests.bench.store import LEASE, MEMORY, fresh, used_memory

#: A feed's own entries, and what of earlier ones is still remembered.
IDS = 50


async def measure(feeds: int = 2000, ids: int = IDS) -> list[Figure]:
    """Bytes an id and a feed, on a live server."""
    async with fresh() as store:
        before = await used_memory(store)
        urls = [f"https://www.gazette-{number:05d}.example/section/feed.xml" for number in range(feeds)]
        for url in urls:
            await add_feed(store, url)
        await store.redis.delete(store.keys.due("feeds"))
        await see(store, urls, 0)
        polled = await used_memory(store)
        await see(store, urls, ids)
        seen = await used_memory(store)
        key = await store.redis.memory_usage(store.keys.seen(feed_id(urls[0])))
    name = f"memory of a seen id, {feeds:,} feeds of {ids}"
    return [
        Figure(what=name, ours=(seen - polled) / feeds / ids, bar=30, note="bytes, used_memory"),
        Figure(what="  by MEMORY USAGE of one feed's set", ours=key / ids, note="bytes"),
        Figure(what="memory of a feed, added and polled once", ours=(polled - before) / feeds, note="bytes, used_memory"),
    ]


async def see(store: Store, urls: list[str], ids: int) -> None:
    """One poll of each feed that shows so many entries."""
    for number, url in enumerate(urls):
        await store.redis.zadd(store.keys.due("feeds"), {feed_id(url): 1})
        (claim,) = await claim_due(store, "feeds", limit=1, lease=LEASE, max_in_hand=1)
        shown = tuple(hashlib.sha256(f"{number} {n}".encode()).hexdigest()[:32] for n in range(ids))
        feed = Feed(id=claim.id, url=url)
        end = PollEnd(
            outcome="modified",
            detail="",
            reason="interval",
            pause=timedelta(hours=1),
            validators=Validators(),
            body_digest="",
            failures=0,
            shown=shown,
            left_out=shown,
        )
        await commit_poll(store, feed, claim, end, memory=MEMORY, spacing=timedelta(0))
