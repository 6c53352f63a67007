"""Laws of calls that travel together: each caller gets its own reply, and nobody another's trouble."""

import asyncio
from datetime import timedelta

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from ingest.store import scripts
from ingest.store.connect import connect
from ingest.store.hosts import acquire_host

HOUR = timedelta(hours=1)


def slot(room, number: int, spacing: timedelta = HOUR):
    return acquire_host(room.store, f"{number}.example", spacing=spacing, max_wait=HOUR * 100)


@pytest.fixture
def trips(monkeypatch):
    """How many calls went with each trip."""
    sizes = []
    exchange = scripts._exchange

    async def counted(connection, packed, count):
        sizes.append(count)
        return await exchange(connection, packed, count)

    monkeypatch.setattr(scripts, "_exchange", counted)
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


async def test_asked_meanwhile(room, trips):
    """
    What is asked while two trips are under way goes with the next one, all of it together.
    """
    await slot(room, 0)
    trips.clear()

    async def ask(number):
        # One after the other, each in a turn of its own.
        for _ in range(number):
            await asyncio.sleep(0)
        return await slot(room, number)

    slots = await asyncio.gather(*(ask(number) for number in range(1, 31)))

    assert [True] * 30 == [one.is_reserved for one in slots]
    assert 30 == sum(trips)
    assert len(trips) < 15


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
    await room.store.redis.lpush(room.store.keys.host("1.example"), "no string")

    got = await asyncio.gather(*(slot(room, number) for number in range(3)), return_exceptions=True)

    assert isinstance(got[1], ResponseError)
    assert "WRONGTYPE" in str(got[1])
    assert [True, True] == [got[0].is_reserved, got[2].is_reserved]


async def test_one_alone_is_refused(room):
    """
    So is a call that travels alone.
    """
    await room.store.redis.lpush(room.store.keys.host("1.example"), "no string")

    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await slot(room, 1)


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
