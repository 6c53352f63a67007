"""Laws of articles that are committed in one command: each as if it had come alone, one after the other."""

import asyncio

import pytest
from redis.exceptions import ResponseError

from ingest.store import scripts
from ingest.store.articles import Duplicate, OtherHead, Published, Stale
from ingest.store.entries import counts


@pytest.fixture
def commands(monkeypatch):
    """How many commands went with each trip."""
    sizes = []
    exchange = scripts._exchange

    async def counted(connection, packed, count):
        sizes.append(count)
        return await exchange(connection, packed, count)

    monkeypatch.setattr(scripts, "_exchange", counted)
    return sizes


async def test_one_command(room, commands):
    """
    Articles committed in one turn of the loop are one command, and each is published with its own event.
    """
    claims = [*(await room.entries(*range(9))).values()]
    await room.publish(claims[0], "0", "key 0")
    commands.clear()

    got = await asyncio.gather(*(room.publish(claims[n], f"{n}", f"key {n}") for n in range(1, 9)))

    rows = await room.store.redis.xrange(room.store.keys.articles)
    assert [1] == commands
    assert [(Published(row.decode()), str(n).encode()) for n, (row, _) in enumerate(rows[1:], 1)] == [
        (one, fields[b"subject"]) for one, (_, fields) in zip(got, rows[1:], strict=True)
    ]
    assert {"entries.seen": 9, "entries.published": 9, "polls.modified": 1} == await counts(room.store)
    assert [0, 0, 0] == [
        await room.store.redis.zcard(room.store.keys.due("entries")),
        await room.store.redis.zcard(room.store.keys.lease("entries")),
        await room.store.redis.hlen(room.store.keys.token("entries")),
    ]


async def test_too_much_for_one_command(room, commands, monkeypatch):
    """
    What would keep the store too long goes in several commands of the same trip.
    """
    claims = [*(await room.entries(*range(9))).values()]
    await room.publish(claims[0], "0", "key 0")
    monkeypatch.setattr(scripts, "MAX_WORDS", 40)
    commands.clear()

    got = await asyncio.gather(*(room.publish(claims[n], f"{n}", f"key {n}") for n in range(1, 9)))

    assert [Published] * 8 == [type(one) for one in got]
    assert 1 == len(commands)
    assert 1 < commands[0] < 8
    assert [str(n) for n in range(9)] == await room.published()


async def test_each_sees_those_before_it(room):
    """
    An address or a text that an earlier article of the same command has claimed is taken for the later ones.
    """
    claims = [*(await room.entries(*range(4))).values()]

    got = await asyncio.gather(
        room.publish(claims[0], "a", "shared", text="one"),
        room.publish(claims[1], "b", "shared", text="two"),
        room.publish(claims[2], "c", "key c", text="one"),
        room.publish(claims[3], "d", "key d", text="two"),
    )

    assert [Published, Duplicate, OtherHead, Published] == [type(one) for one in got]
    assert (Duplicate("a"), OtherHead("a")) == (got[1], got[2])
    assert ["a", "d"] == await room.published()
    assert (2, 1) == ((await counts(room.store))["entries.published"], (await counts(room.store))["entries.duplicate"])
    assert [claims[2].id.encode()] == await room.store.redis.hkeys(room.store.keys.token("entries"))


async def test_one_article_of_two_entries(room):
    """
    Two entries of one article in one command are one event, whatever their addresses; so is a third one later.
    """
    claims = [*(await room.entries(*range(3))).values()]

    got = await asyncio.gather(*(room.publish(claims[n], "a", f"key {n}") for n in range(2)))
    later = await room.publish(claims[2], "a", "key 2")

    assert [Published, Duplicate] == [type(one) for one in got]
    assert Duplicate("a") == later
    assert ["a"] == await room.published()


async def test_the_same_twice(room):
    """
    One claim committed twice in one command is one event, and both hear of it.
    """
    claim = (await room.entries(1))[1]

    first, second = await asyncio.gather(room.publish(claim, "a", "key"), room.publish(claim, "a", "key"))

    assert isinstance(first, Published)
    assert first == second
    assert ["a"] == await room.published()
    assert 1 == (await counts(room.store))["entries.published"]


async def test_one_is_stale(room):
    """
    A claim that is no longer ours writes nothing, and holds up no other.
    """
    mine, theirs = (await room.entries(1, 2)).values()
    await room.store.redis.hset(room.store.keys.token("entries"), theirs.id, "another")

    got = await asyncio.gather(room.publish(theirs, "a", "key a"), room.publish(mine, "b", "key b"))

    assert Stale() == got[0]
    assert isinstance(got[1], Published)
    assert ["b"] == await room.published()


async def test_one_is_refused(room):
    """
    What the server refuses of one article is that one's error: its entry stays in hand, and the others end.
    """
    claims = [*(await room.entries(*range(3))).values()]

    got = await asyncio.gather(
        room.publish(claims[0], "0", "key 0"),
        room.publish(claims[1], "1", "key 1", event={}),
        room.publish(claims[2], "2", "key 2"),
        return_exceptions=True,
    )

    assert [Published, ResponseError, Published] == [type(one) for one in got]
    assert "number of arg" in str(got[1])
    assert 2 == (await counts(room.store))["entries.published"]
    assert [claims[1].id.encode()] == await room.store.redis.hkeys(room.store.keys.token("entries"))


async def test_a_forgetful_server(room):
    """
    A server that lost the script is given it again, and every article is published once.
    """
    claims = [*(await room.entries(*range(5))).values()]
    await room.publish(claims[0], "0", "key 0")
    await room.store.redis.script_flush()

    got = await asyncio.gather(*(room.publish(claims[n], f"{n}", f"key {n}") for n in range(1, 5)))

    assert [Published] * 4 == [type(one) for one in got]
    assert [str(n) for n in range(5)] == await room.published()
