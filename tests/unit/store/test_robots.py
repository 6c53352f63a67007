"""Laws of what is known of robots.txt."""

from datetime import timedelta

import pytest

from ingest.store.robots import FRESH, FRESH_DOWN, KEPT, KEPT_DOWN, keep_robots, read_robots

ORIGIN = "https://gazette.example"
LEASE = timedelta(minutes=5)
SHORT = timedelta(milliseconds=1)
BODY = b"User-agent: *\nDisallow: /private/\n" * 40


async def read(room, errand: str = "one", lease: timedelta = LEASE):
    return await read_robots(room.store, ORIGIN, errand=errand, lease=lease)


async def keep(room, outcome: str, errand: str = "one", **fields):
    """An errand, from being handed out to its end."""
    assert (await read(room, errand)).state == "errand"
    return await keep_robots(room.store, ORIGIN, errand=errand, outcome=outcome, **fields)


async def age(room, by: timedelta) -> None:
    """So much time goes by for what is kept."""
    key = room.store.keys.robots(ORIGIN)
    for name in ("stale", "since"):
        value = await room.store.redis.hget(key, name)
        if value is not None:
            await room.store.redis.hset(key, name, int(value) - by // timedelta(milliseconds=1))


async def left(room) -> timedelta:
    return timedelta(milliseconds=await room.store.redis.pttl(room.store.keys.robots(ORIGIN)))


async def test_one_errand(room):
    """
    Of all who find nothing one is sent to fetch, and the others wait, each authority by itself.
    """
    states = [(await read(room, errand)).state for errand in ("one", "two", "three", "one")]
    other = await read_robots(room.store, "http://gazette.example", errand="two", lease=LEASE)

    assert ["errand", "wait", "wait", "errand"] == states
    assert "errand" == other.state


async def test_a_dead_worker(room):
    """
    The errand of a worker that died goes to another when its time has run out, and nothing of it stays.
    """
    await read(room, "dead", SHORT)
    for _ in range(1000):
        got = await read(room, "two")
        if got.state != "wait":
            break

    assert "errand" == got.state
    assert not await keep_robots(room.store, ORIGIN, errand="dead", outcome="none")
    assert timedelta(0) < await left(room) <= LEASE


async def test_read(room):
    """
    What was read is fresh for a day, for everybody, and kept for a while in case the next cannot be had.
    """
    assert await keep(room, "read", body=BODY)

    got = await read(room, "two")

    assert ("fresh", "read", BODY) == (got.state, got.outcome, got.body)
    assert FRESH - timedelta(minutes=1) < got.left <= FRESH
    assert KEPT - timedelta(minutes=1) < await left(room) <= KEPT
    assert await room.store.redis.hstrlen(room.store.keys.robots(ORIGIN), "body") < len(BODY) / 5


async def test_stale(room):
    """
    After a day it is fetched again.
    """
    await keep(room, "read", body=BODY)
    await age(room, FRESH)

    got = await read(room, "two")

    assert ("errand", BODY) == (got.state, got.body)


async def test_none(room):
    """
    A robots.txt that is gone takes its rules with it.
    """
    await keep(room, "read", body=BODY)
    await age(room, FRESH)
    await keep(room, "none", "two", reason="status 404")

    got = await read(room, "three")

    assert ("fresh", "none", b"") == (got.state, got.outcome, got.body)


async def test_down(room):
    """
    One that cannot be had leaves the last rules, counts since when, and is asked for ever more rarely.
    """
    await keep(room, "read", body=BODY)
    await age(room, FRESH)
    fresh = []
    for number in range(9):
        await keep(room, "down", f"errand {number}", reason="timeout")
        got = await read(room, "other")
        fresh.append(round(got.left / timedelta(minutes=1)))
        await age(room, got.left)

    assert ("down", "timeout", BODY) == (got.outcome, got.reason, got.body)
    assert [1, 1, 2, 4, 8, 16, 32, 60, 60] == fresh
    assert 124 == round(got.down_for / timedelta(minutes=1))
    assert FRESH_DOWN == timedelta(hours=1)
    assert KEPT_DOWN - timedelta(minutes=1) < await left(room) <= KEPT_DOWN


async def test_up_again(room):
    """
    An answer ends the count: the next failure begins at nothing.
    """
    await keep(room, "down", reason="connect")
    await age(room, timedelta(days=31))
    assert (await read(room, "one")).down_for > timedelta(days=30)
    await keep(room, "read", body=BODY)
    await age(room, FRESH)
    await keep(room, "down", reason="connect")

    got = await read(room, "two")

    assert got.down_for < timedelta(minutes=1)


async def test_given_back(room):
    """
    An errand that is given back is the next one's at once.
    """
    await keep(room, "")

    got = await read(room, "two")

    assert ("errand", "") == (got.state, got.outcome)


@pytest.mark.parametrize(
    "damage",
    [{"body": "junk"}, {"stale": "soon"}, {"stale": "nan"}, {"since": "x", "until": "y"}, {"outcome": b"\xff"}],
)
async def test_damaged(room, damage):
    """
    What is stored and makes no sense is read as nothing.
    """
    await keep(room, "read", body=BODY)
    await room.store.redis.hset(room.store.keys.robots(ORIGIN), mapping=damage)

    got = await read(room, "two")

    assert got.state in {"fresh", "errand"}
    assert got.body in {b"", BODY}
    assert got.outcome in {"read", ""}
