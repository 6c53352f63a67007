"""Subscriptions to hubs, and pushes, in the store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ingest.polling.websub import Subscription
from ingest.store.due import claim_due
from ingest.store.feeds import add_feed, feed_id, pause_feed
from ingest.store.hubs import (
    MAX_WAITING,
    Push,
    feed_of_callback,
    forget_subscription,
    keep_push,
    read_subscription,
    take_pushes,
    waiting_pushes,
    write_subscription,
)

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://outlet.example/feed.xml"
ID = feed_id(URL)
ONE = Subscription(hub="https://hub.example/", topic=URL, token="abc", secret="s", state="pending", asked_at=T0)
PUSH = Push(content_type="application/atom+xml", body=b"<feed/>\n\x00\xff")


async def _due(store) -> float | None:
    return await store.redis.zscore(store.keys.due("feeds"), ID)


@pytest.mark.parametrize(
    "one", [ONE, replace(ONE, state="active", until=T0 + timedelta(days=1), lease=timedelta(days=1), misses=2)]
)
async def test_written_and_read(store, one):
    """
    A subscription comes back whole, and its callback leads to its feed.
    """
    await write_subscription(store, ID, one)

    got = await read_subscription(store, ID), await feed_of_callback(store, "abc")

    assert (one, ID) == got


async def test_callback_of_old(store):
    """
    A new token takes the old one's place; neither leads anywhere once the subscription is forgotten.
    """
    await write_subscription(store, ID, ONE)
    await write_subscription(store, ID, replace(ONE, token="new"))
    renewed = [await feed_of_callback(store, token) for token in ("abc", "new")]
    await forget_subscription(store, ID)

    gone = [await feed_of_callback(store, token) for token in ("abc", "new")]

    assert ([None, ID], [None, None], None) == (renewed, gone, await read_subscription(store, ID))


@pytest.mark.parametrize(
    "stored", [{}, {"hub": "x"}, {"hub": "x", "token": "t", "asked": "1", "state": "?"}, {"asked": b"\xff", "hub": "x"}]
)
async def test_foreign_fields(store, stored):
    """
    What is not ours counts as no subscription.
    """
    if stored:
        await store.redis.hset(store.keys.hub(ID), mapping=stored)

    got = await read_subscription(store, ID)

    assert got is None


async def test_push_makes_due(store):
    """
    A push waits byte for byte, the feed is due at once, and after the poll again when it would have been.
    """
    await add_feed(store, URL, pause=timedelta(hours=1))
    later = await _due(store)

    kept = await keep_push(store, ID, PUSH)

    due, resume_at = await _due(store), await store.redis.hget(store.keys.feed(ID), "resume_at")
    assert (True, (PUSH,)) == (kept, await waiting_pushes(store, ID))
    assert (due < later, later) == (True, float(resume_at))


async def test_push_repeated(store):
    """
    The same push again is one push, and does not change when the feed would have been polled.
    """
    await add_feed(store, URL, pause=timedelta(hours=1))
    await keep_push(store, ID, PUSH)
    before = await store.redis.hget(store.keys.feed(ID), "resume_at")

    await keep_push(store, ID, PUSH)

    assert ((PUSH,), before) == (
        await waiting_pushes(store, ID),
        await store.redis.hget(store.keys.feed(ID), "resume_at"),
    )


async def test_too_many_pushes(store):
    """
    The newest pushes are kept where nobody takes them in.
    """
    await add_feed(store, URL)
    pushes = [Push(content_type="", body=str(number).encode()) for number in range(MAX_WAITING + 5)]

    for push in pushes:
        await keep_push(store, ID, push)

    assert tuple(pushes[5:]) == await waiting_pushes(store, ID)


async def test_taken(store):
    """
    What was taken in is gone; what came meanwhile makes the feed due again, also if the call is repeated.
    """
    await add_feed(store, URL, pause=timedelta(hours=1))
    other = Push(content_type="", body=b"2")
    await keep_push(store, ID, PUSH)
    (claim,) = await claim_due(store, "feeds", limit=1, lease=timedelta(minutes=1), max_in_hand=9)
    await keep_push(store, ID, other)
    await store.redis.zrem(store.keys.lease("feeds"), claim.id)
    await store.redis.zadd(store.keys.due("feeds"), {ID: 9e15})

    left = [await take_pushes(store, ID, [PUSH]) for _ in range(2)]

    assert ([1, 1], (other,)) == (left, await waiting_pushes(store, ID))
    assert await _due(store) < 9e15


async def test_no_feed_and_resting_feed(store):
    """
    A push for no feed is refused, one for a feed at rest taken and dropped: it must not wake it.
    """
    refused = await keep_push(store, ID, PUSH)
    await add_feed(store, URL)
    await pause_feed(store, ID)

    taken = await keep_push(store, ID, PUSH)

    assert (False, True, (), None) == (refused, taken, await waiting_pushes(store, ID), await _due(store))


async def test_light_ping(store):
    """
    A push too large to keep only makes the feed due.
    """
    await add_feed(store, URL, pause=timedelta(hours=1))
    before = await _due(store)

    await keep_push(store, ID, None)

    assert ((), True) == (await waiting_pushes(store, ID), await _due(store) < before)
