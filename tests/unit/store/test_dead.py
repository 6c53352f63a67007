"""Dead letters and what becomes of them."""

import pytest

from ingest.store.dead import drop_dead, list_dead, read_dead, retry_dead
from ingest.store.entries import counts, read_entries


@pytest.fixture
def bury(room):
    """Ids of so many dead letters, the oldest first."""

    async def bury(count: int) -> list[str]:
        claims = await room.entries(*range(count))
        for claim in claims.values():
            await room.begin("entries", claim)
            await room.close(claim)
        for number, claim in claims.items():
            await room.store.redis.zadd(room.store.keys.dead, {claim.id: number + 1})
        return [claim.id for claim in claims.values()]

    return bury


async def test_listed(store, bury):
    """
    The latest dead letters come first, each with its reason and what its feed said.
    """
    await bury(3)

    got = await list_dead(store, 2)

    assert [("no text", 1, "Title 2"), ("no text", 1, "Title 1")] == [
        (one.reason, one.attempts, one.ref.entry.title) for one in got
    ]
    assert all(one.died_at and one.seen_at for one in got)


async def test_retried(room, store, bury):
    """
    A dead letter that is tried again is in hand like any other entry, and the accounts still add up.
    """
    (id_,) = await bury(1)

    done = [await retry_dead(store, id_)]
    left = await store.redis.zcard(store.keys.dead)
    done.append(await retry_dead(store, id_))

    claim = await room.claim("entries")
    begun = await room.begin("entries", claim, "second")
    assert ([True, False], id_, 1) == (done, claim.id, begun.strikes)
    assert ({"polls.modified": 1, "entries.seen": 1, "entries.dead": 0}, []) == (
        await counts(store),
        await list_dead(store),
    )
    assert (-1, 0) == (await store.redis.ttl(store.keys.entry(id_)), left)


async def test_dropped(store, bury):
    """
    A dropped letter is gone from the list, counted as dropped, and holds its text no more.
    """
    (id_,) = await bury(1)

    done = [await drop_dead(store, id_) for _ in range(2)]

    assert ([True, False], [], None) == (done, await list_dead(store), await read_dead(store, id_))
    assert {"polls.modified": 1, "entries.seen": 1, "entries.dead": 0, "entries.dropped": 1} == await counts(store)
    (entry,) = await read_entries(store, [id_])
    assert (b"dropped", b"no text", None) == (entry[b"outcome"], entry[b"reason"], entry.get(b"ref"))
    assert await store.redis.pttl(store.keys.entry(id_)) > 0
    assert 0 == await store.redis.zcard(store.keys.dead)


async def test_forgotten_and_damaged(store, bury):
    """
    A letter that is forgotten is no letter; one whose reference is damaged is shown without it.
    """
    gone, damaged = await bury(2)
    await store.redis.delete(store.keys.entry(gone))
    await store.redis.hset(store.keys.entry(damaged), mapping={"ref": "x", "strikes": "many"})

    got = await list_dead(store)

    assert [(damaged, None, 0)] == [(one.id, one.ref, one.attempts) for one in got]
    assert [False, False] == [await retry_dead(store, gone), await drop_dead(store, gone)]


@pytest.mark.parametrize("decide", [retry_dead, drop_dead])
async def test_forgotten_is_off_the_list(store, bury, decide):
    """
    A letter that is forgotten leaves the list with whatever is decided about it.
    """
    gone, left = await bury(2)
    await store.redis.delete(store.keys.entry(gone))

    assert not await decide(store, gone)

    assert [left.encode()] == await store.redis.zrange(store.keys.dead, 0, -1)
