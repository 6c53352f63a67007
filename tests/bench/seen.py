"""
What the store keeps of a seen id and of a feed: the difference of used_memory, the sets' keys included.

The ids go in through ``commit_poll``, as a poll's entries that were seen before do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from ingest.models import Feed, Validators
from ingest.store.connect import Store
from ingest.store.due import claim_due
from ingest.store.feeds import PollEnd, add_feed, commit_poll, feed_id
from tests.bench.figures import Figure
from tests.bench.store import LEASE, MEMORY, fresh, used_memory

FEEDS = 2000
#: Seen ids of a feed: those it shows, and those of earlier entries that are still remembered.
IDS = (50, 120)


async def measure(feeds: int = FEEDS, sizes: Sequence[int] = IDS) -> list[Figure]:
    """Bytes an id and a feed, on a live server."""
    found: list[Figure] = []
    for ids in sizes:
        async with fresh() as store:
            before = await used_memory(store)
            urls = [f"https://www.gazette-{number:05d}.example/section/feed.xml" for number in range(feeds)]
            for url in urls:
                await add_feed(store, url)
            await store.redis.delete(store.keys.due("feeds"))
            await see(store, urls, 0)
            polled = await used_memory(store)
            await see(store, urls, ids)
            each = (await used_memory(store) - polled) / feeds / ids
        found.append(Figure(what=f"memory of a seen id, {ids} a feed", ours=each, bar=30, note="bytes, used_memory"))
    own = (polled - before) / feeds
    return [*found, Figure(what=f"memory of a feed, {feeds:,} polled once", ours=own, note="bytes, used_memory")]


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
