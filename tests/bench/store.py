"""A store to measure, and what it has used."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from ingest.models import Entry, Feed
from ingest.settings import Settings
from ingest.store.connect import Store, connect
from ingest.store.due import Claim, claim_due
from ingest.store.embedded import embedded
from ingest.store.feeds import NewEntry, PollEnd, commit_poll

LEASE = timedelta(minutes=5)
MEMORY = timedelta(days=90)


@asynccontextmanager
async def fresh() -> AsyncIterator[Store]:
    """An empty store with an append-only file, as the product starts it."""
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder)) as url:
        async with connect(Settings(_env_file=None, redis_url=url), url) as store:
            yield store


async def server_cpu(store: Store) -> float:
    """Seconds of processor time the server has used."""
    info = await store.redis.info("cpu")
    return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])


async def used_memory(store: Store) -> int:
    """Bytes the server has in use."""
    return int((await store.redis.info("memory"))["used_memory"])


async def claimed_entries(store: Store, count: int, start: int = 0) -> list[Claim]:
    """So many entries in hand, as after a poll, each of a domain of its own."""
    await store.redis.zadd(store.keys.due("feeds"), {"f": 1})
    (claim,) = await claim_due(store, "feeds", limit=1, lease=LEASE, max_in_hand=10**9)
    numbers = range(start, start + count)
    new = [NewEntry(id=f"{n:032x}", entry=Entry(url=f"https://x{n}.test/"), domain=f"x{n}.test") for n in numbers]
    feed = Feed(id="f", url="https://x.test/f")
    end = PollEnd(
        outcome="modified",
        detail="",
        reason="bench",
        pause=LEASE,
        validators=feed.validators,
        body_digest="",
        failures=0,
        new=tuple(new),
    )
    await commit_poll(store, feed, claim, end, memory=MEMORY, spacing=timedelta(0))
    claims: list[Claim] = []
    while len(claims) < count:
        claims += await claim_due(store, "entries", limit=min(200, count), lease=LEASE, max_in_hand=10**9)
    return claims
