"""Laws of calls that travel together: each caller gets its own reply, and nobody another's trouble."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from ingest.store import scripts
from ingest.store.connect import connect
from ingest.store.feeds import unseen
from ingest.store.hosts import acquire_host

HOUR = timedelta(hours=1)


def slot(room, number: int, spacing: timedelta = HOUR):
    return acquire_host(room.store, f"{number}.example", spacing=spacing, max_wait=HOUR * 100)


@pytest.fixture
def trips(monkeypatch):
    """How many calls went with each trip."""
    sizes = []
    make = scripts.Scripts._make

    async def counted(self, calls):
        sizes.append(len(calls))
        await make(self, calls)

    monkeypatch.setattr(scripts.Scripts, "_make", counted)
    return sizes


async def test_each_its_own_reply(room, trips, monkeypatch):
    """
    Of many calls made at once each gets the reply to its own arguments, in more than one trip where they are too many.
    """
    monkeypatch.setattr(scripts, "MAX_TOGETHER", 20)
    for number in range(50):
        await acquire_host(room.store, f"{number}.example", spacing=HOUR * number, max_wait=HOUR * 100)
    trips.clear()

    slots = await asyncio.gather(*(slot(room, number) for number in range(50)))

    assert list(range(50)) == [round(one.wait / HOUR) for one in slots]
    assert [20, 20, 10] == trips


async def test_asked_meanwhile(room, trips, monkeypatch):
    """
    What is asked while a trip is under way goes with the next one, all of it together.
    """
    await slot(room, 0)
    trips.clear()
    may_leave = asyncio.Event()
    travel = room.store.scripts._travel

    async def held_up(journeys):
        await may_leave.wait()
        return await travel(journeys)

    monkeypatch.setattr(room.store.scripts, "_travel", held_up)
    asked = []
    for number in range(1, 31):
        # One after the other, each in a turn of its own.
        asked.append(asyncio.create_task(slot(room, number)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    may_leave.set()

    slots = await asyncio.gather(*asked)

    assert [True] * 30 == [one.is_reserved for one in slots]
    assert [1, 29] == trips


async def test_a_slow_trip(room, trips, monkeypatch):
    """
    A trip that takes long, as on a connection that died, holds up nobody for long: what waits sets out on another, also
    when nobody asks any more, and again when that one is back.
    """
    await slot(room, 0)
    trips.clear()
    may_come_back = asyncio.Event()
    travel = room.store.scripts._travel

    async def held_up(journeys):
        monkeypatch.setattr(room.store.scripts, "_travel", travel)
        await may_come_back.wait()
        return await travel(journeys)

    monkeypatch.setattr(room.store.scripts, "_travel", held_up)
    first = asyncio.create_task(slot(room, 1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    others = await asyncio.gather(slot(room, 2), slot(room, 3))
    last = await slot(room, 4)
    is_waiting = not first.done()
    may_come_back.set()

    assert is_waiting
    assert [True] * 4 == [one.is_reserved for one in (await first, *others, last)]
    assert [1, 2, 1] == trips


async def test_in_the_order_of_asking(room):
    """
    Calls of one turn are carried out in the order they were made.
    """
    waits = await asyncio.gather(*(slot(room, 1) for _ in range(10)))

    assert list(range(10)) == [round(one.wait / HOUR) for one in waits]


async def test_one_is_refused(room):
    """
    A call that the server refuses is its own caller's error, and the others are carried out.
    """
    await room.store.redis.lpush(room.store.keys.seen("1"), "no sorted set")

    got = await asyncio.gather(
        *(unseen(room.store, str(number), ["ff"]) for number in range(3)), return_exceptions=True
    )

    assert isinstance(got[1], ResponseError)
    assert "WRONGTYPE" in str(got[1])
    assert [{"ff"}, {"ff"}] == [got[0], got[2]]


async def test_one_alone_is_refused(room):
    """
    So is a call that travels alone.
    """
    await room.store.redis.lpush(room.store.keys.seen("1"), "no sorted set")

    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await unseen(room.store, "1", ["ff"])


async def test_a_forgetful_server(room):
    """
    A server that lost its scripts is given them again, and every call is carried out once.
    """
    await slot(room, 1)
    await room.store.redis.script_flush()

    waits = await asyncio.gather(*(slot(room, 1) for _ in range(5)))

    assert [1, 2, 3, 4, 5] == sorted(round(one.wait / HOUR) for one in waits)


async def test_one_is_cancelled(room):
    """
    A caller that is cancelled is cancelled at once, and its neighbours get their replies.
    """
    tasks = [asyncio.create_task(slot(room, number)) for number in range(3)]
    await asyncio.sleep(0)

    tasks[1].cancel()
    got = await asyncio.gather(*tasks, return_exceptions=True)

    assert isinstance(got[1], asyncio.CancelledError)
    assert [True, True] == [got[0].is_reserved, got[2].is_reserved]


async def test_cancelled_before_it_left(room):
    """
    A call whose caller was cancelled before it left is not made.
    """
    task = asyncio.create_task(slot(room, 1))
    other = asyncio.create_task(slot(room, 2))
    await asyncio.sleep(0)
    task.cancel()

    await other

    assert await room.store.redis.get(room.store.keys.host("1.example")) is None


async def test_the_server_is_gone(room_type, start_server, settings):
    """
    Where the server is gone, every caller hears of it.
    """
    server = start_server()
    async with connect(settings, server.url) as store:
        room = room_type(store)
        await slot(room, 1)
        server.kill()

        got = await asyncio.gather(*(slot(room, number) for number in range(3)), return_exceptions=True)

    assert [True] * 3 == [isinstance(one, RedisConnectionError) for one in got]


async def test_begun_together(room):
    """
    Attempts that begin at once share a command and nothing else: one claim is stale, one feed foreign.
    """
    rooms = [replace(room, feed_url=f"https://gazette.example/{number}.xml") for number in range(3)]
    for one in rooms:
        await one.add()
    claims = {claim.id: claim for claim in await room.claims("feeds", 3)}
    good, stale, foreign = (claims[one.feed.id] for one in rooms)
    await room.store.redis.hset(room.store.keys.token("feeds"), stale.id, stale.token + 9)
    await room.store.redis.delete(room.store.keys.feed(foreign.id))
    await room.store.redis.set(room.store.keys.feed(foreign.id), "no hash")

    got = await asyncio.gather(
        *(room.begin("feeds", claim) for claim in (good, stale, foreign)), return_exceptions=True
    )

    assert 1 == got[0].strikes
    assert got[1] is None
    assert "WRONGTYPE" in str(got[2])


async def test_feeds_and_entries_begin_at_once(room):
    """
    An attempt at a feed and one at an entry keep to their own leases, though they begin in the same turn.
    """
    await room.add()
    poll = await room.claim("feeds")
    await room.begin("feeds", poll)
    await room.commit_poll(poll, room.end(1))
    await room.store.redis.zadd(room.store.keys.due("entries"), {room.entry_id(1): 1})
    await room.store.redis.zadd(room.store.keys.due("feeds"), {room.feed.id: 1})
    claims = [("feeds", await room.claim("feeds")), ("entries", await room.claim("entries"))]

    got = await asyncio.gather(*(room.begin(work, claim) for work, claim in claims))

    assert [room.feed.id, room.entry_id(1)] == [begun.claim.id for begun in got]
    assert [1, 1] == [await room.store.redis.zcard(room.store.keys.lease(work)) for work, _ in claims]


async def test_committed_together(room):
    """
    Polls that end at once share a command and nothing else: one that is stale, or whose feed is foreign, stops nobody.
    """
    rooms = [replace(room, feed_url=f"https://gazette.example/{number}.xml") for number in range(4)]
    for one in rooms:
        await one.add()
    claims = {claim.id: claim for claim in await room.claims("feeds", 4)}
    keys, redis = room.store.keys, room.store.redis
    await redis.hdel(keys.token("feeds"), rooms[1].feed.id)
    await redis.delete(keys.feed(rooms[2].feed.id))
    await redis.set(keys.feed(rooms[2].feed.id), "no hash")

    got = await asyncio.gather(
        *(one.commit_poll(claims[one.feed.id], one.end(number)) for number, one in enumerate(rooms)),
        return_exceptions=True,
    )

    assert [1, None, 1] == [got[0], got[1], got[3]]
    assert "WRONGTYPE" in str(got[2])
    assert b"2" == await redis.hget(keys.counts, "polls.modified")
    left = {rooms[number].feed.id.encode() for number in (1, 2)}
    assert left == set(await redis.zrange(keys.lease("feeds"), 0, -1))
