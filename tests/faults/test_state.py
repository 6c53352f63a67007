"""What is stored, or what a feed shows, is not what we would have it be: named outcomes, and the others go on."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import orjson
import pytest

from ingest.store.feeds import feed_id

JUNK = [
    b"",
    b"\x00\xff\xfe",
    b"-1",
    b"99999999999999999999",
    b"nan",
    b"{",
    b"[" * 100_000,
    b"null",
    "💣".encode() * 1000,
]


async def polled(house, origin, count: int = 2):
    """A worker, and so many entries in hand."""
    await house.subscribe()
    origin.publish(count)
    worker = await house.worker()
    await worker.round(("feeds",))
    return worker


def ref_field(change):
    """A change to each stored reference."""
    return lambda fields: {"ref": orjson.dumps(change(orjson.loads(fields["ref"])))}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(ref_field(lambda ref: {**ref, "schema": 2, "of_tomorrow": {"a": [1]}}), id="newer"),
        pytest.param(ref_field(lambda ref: {**ref, "entry": {**ref["entry"], "of_tomorrow": 1}}), id="newer entry"),
        pytest.param(
            ref_field(lambda ref: {**ref, "entry": {n: v for n, v in ref["entry"].items() if v}}), id="older entry"
        ),
        pytest.param(lambda _: {"of_tomorrow": b"1"}, id="newer field"),
    ],
)
async def test_two_versions(house, origin, change):
    """
    What a newer or an older version has written into the work in hand is read, during a deployment and after it.
    """
    worker = await polled(house, origin)
    for id_, fields in (await house.entries()).items():
        await house.redis.hset(house.keys.entry(id_), mapping=change(fields))
    await house.redis.hset(house.keys.feed(feed_id(origin.feed())), "of_tomorrow", "1")

    await house.settle(worker)

    await house.check()


@pytest.mark.parametrize("junk", range(len(JUNK)))
async def test_damaged_entry(house, origin, junk):
    """
    Whatever stands in any field of an entry, it ends in an outcome, and the one beside it is published.
    """
    worker = await polled(house, origin, 6)
    entries = sorted((await house.entries()).items())
    for (id_, _), name in zip(entries, ("ref", "seen", "strikes", "begun", "feed"), strict=False):
        await house.redis.hset(house.keys.entry(id_), name, JUNK[junk])
    for _ in range(12):
        await house.later()
        await worker.round()

    got = {id_: fields.get("outcome") for id_, fields in (await house.entries()).items()}
    assert {"published", "dead"} >= set(got.values())
    assert ("dead", "published") == (got[entries[0][0]], got[entries[-1][0]])
    await house.check_accounts()


@pytest.mark.parametrize("junk", range(len(JUNK)))
async def test_damaged_feed(house, origin, junk):
    """
    Whatever stands in any field of a feed but its address, the feed is polled, and all that it shows is published.
    """
    worker = await polled(house, origin)
    await house.settle(worker)
    key = house.keys.feed(feed_id(origin.feed()))
    for name in await house.redis.hkeys(key):
        if name not in {b"url", b"state", b"committed", b"gained_by"}:
            await house.redis.hset(key, name, JUNK[junk])
    origin.publish(2)

    await house.settle(worker)

    await house.check()


@pytest.mark.parametrize("kind", ["entry", "sources", "dead", "draft"])
async def test_foreign_keys(house, origin, logs, kind):
    """
    A key of another type in our place stops what needs it, in the log, and nothing else.
    """
    worker = await polled(house, origin, 3)
    id_ = min(await house.entries())
    keys = house.keys
    names = {"entry": keys.entry(id_), "sources": keys.sources, "dead": keys.dead, "draft": keys.draft(id_)}
    await house.redis.set(names[kind], "somebody else's")
    for _ in range(3):
        await house.later()
        await worker.round()
    published = len(await house.events())
    logs[:] = [line for line in logs if line["event"] not in {"work.failed", "work.dropped"}]

    assert published >= 2


# --------------------------------------------------------------------------------------------------- what feeds do


def shuffled(dice: Random):
    return lambda stories: dice.sample(stories, len(stories))


@pytest.mark.parametrize("seed", range(3))
async def test_feeds_shuffle(house, origin, seed):
    """
    A feed that shows its stories in another order, fewer of them, or none at all now and then publishes each once.
    """
    dice = Random(seed)
    await house.subscribe()
    worker = await house.worker()
    for _ in range(6):
        origin.publish(2)
        manner = dice.choice((shuffled(dice), lambda _: [], lambda stories: stories[:2], lambda stories: stories * 2))
        origin.shows["a"] = manner
        await house.later()
        await worker.round()
    origin.shows.clear()

    await house.settle(worker)

    await house.check()


async def test_all_guids_change(house, origin):
    """
    A feed that gives all its entries other guids publishes none of them again.
    """
    await house.subscribe()
    worker = await house.worker()
    origin.publish(6)
    await house.settle(worker)
    origin.shows["a"] = lambda stories: [replace(story, guid=f"new-{story.guid}") for story in stories[::-1]]
    for _ in range(3):
        await house.later()
        await worker.round()

    await house.check()


async def test_twin_feeds(house, origin):
    """
    Two feeds that show the same stories publish each once.
    """
    await house.subscribe("a", "twin")
    origin.publish(5)
    origin.publish(0, "twin")
    origin.shows["twin"] = lambda _: [replace(story, guid=f"t-{story.guid}") for story in origin.stories["a"]]
    worker = await house.worker()
    for _ in range(4):
        await house.later()
        await worker.round()

    assert sorted(story.url for story in origin.stories["a"]) == sorted(e.article["url"] for e in await house.events())
    await house.check_accounts()


async def test_flood(house, origin):
    """
    Two thousand new entries at once are all taken in hand, by one poll, and the work handed out stays within its bound.
    """
    origin.window = 2000
    worker = await polled(house, origin, 2000)

    claims = [claim for batch in await worker.claim("entries") for claim in batch]

    assert 2000 == await house.in_hand() == (await house.counts())["entries.seen"]
    assert 0 < len(claims) <= house.settings.max_in_hand
    assert len(claims) == await house.redis.zcard(house.keys.lease("entries"))
