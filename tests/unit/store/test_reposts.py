"""What an article that comes again does to its first one, in the step that ends it."""

from datetime import timedelta

import pytest

from ingest.models import Validators
from ingest.store.articles import Repost, Reposted
from ingest.store.revisits import Looked, Next, commit_revision, draft, packed_ref
from tests.unit.store.test_revisits import REF

HOUR = timedelta(hours=1)
#: What a draft says of its article's old address.
LEARNED = ("etag", "last_modified", "doubt")


def again(haste: timedelta | None = timedelta(minutes=2)) -> Repost:
    return Repost(first="a", reach=timedelta(days=7), ref=packed_ref(REF), haste=haste)


@pytest.fixture
async def claim(room):
    """The claim of an entry that brings the published article "a" again; its next look is in an hour."""
    claims = await room.entries(1, 2)
    held = Validators(etag='"1"', last_modified="Sun, 01 Mar 2026 12:00:00 GMT")
    watch = draft(REF, b"{}", age=HOUR, limit=9, validators=held)
    await room.publish(claims[1], "a", watch=watch)
    await room.store.redis.hset(room.store.keys.draft("a"), mapping={"ref": b"old", "doubt": "gone"})
    return claims[2]


async def minutes_to_look(room) -> int | None:
    seconds, micros = await room.store.redis.time()
    due = await room.store.redis.zscore(room.store.keys.due("revisits"), "a")
    return due and round((due / 1000 - seconds - micros / 1e6) / 60)


async def test_its_memory(room, claim):
    """
    The first one is remembered for `memory` from its last repost on.
    """
    name = room.store.keys.article("a")
    await room.store.redis.pexpire(name, 60_000)

    assert Reposted("a") == await room.publish(claim, "b", repost=again())

    assert await room.store.redis.pttl(name) > 60_000


async def test_its_address(room, claim):
    """
    Its next look asks for the new address, and nothing that was learned of the old one goes with it.
    """
    await room.publish(claim, "b", repost=again())

    fields = await room.store.redis.hgetall(room.store.keys.draft("a"))
    assert (packed_ref(REF), b"1") == (fields[b"ref"], fields[b"changed"])
    assert not {name.encode() for name in LEARNED} & fields.keys()


@pytest.mark.parametrize(
    ("planned", "haste", "expected"),
    [
        pytest.param(60, timedelta(minutes=2), 2, id="it says something else"),
        pytest.param(60, None, 60, id="it says the same"),
        pytest.param(1, timedelta(minutes=2), 1, id="the next look is sooner"),
    ],
)
async def test_its_next_look(room, claim, planned: int, haste: timedelta | None, expected: int):
    """
    Its next look comes soon where the repost says something else, and never later than it was planned.
    """
    seconds, _ = await room.store.redis.time()
    await room.store.redis.zadd(room.store.keys.due("revisits"), {"a": (seconds + 60 * planned) * 1000})

    await room.publish(claim, "b", repost=again(haste))

    assert expected == await minutes_to_look(room)


async def test_a_look_in_hand(room, claim):
    """
    A look that somebody has claimed is not handed out a second time.
    """
    keys = room.store.keys
    await room.store.redis.zadd(keys.due("revisits"), {"a": 1})
    await room.claim("revisits")

    await room.publish(claim, "b", repost=again())

    assert (0, 1) == (
        await room.store.redis.zcard(keys.due("revisits")),
        await room.store.redis.zcard(keys.lease("revisits")),
    )


async def test_a_repost_meanwhile(room, claim):
    """
    What a look in hand learned of the old address is not kept with the new one, and what is said there is looked at.
    """
    keys = room.store.keys
    await room.store.redis.zadd(keys.due("revisits"), {"a": 1})
    look = await room.claim("revisits")
    await room.publish(claim, "b", repost=again())
    looked = Looked(
        outcome="doubtful",
        step=1,
        next=Next(age=HOUR, pause=timedelta(minutes=10)),
        doubt="gone",
        validators=Validators(etag='"1"'),
    )

    await commit_revision(room.store, look, looked, revision=1)

    fields = await room.store.redis.hgetall(keys.draft("a"))
    assert not {name.encode() for name in LEARNED} & fields.keys()
    assert (packed_ref(REF), b"1") == (fields[b"ref"], fields[b"changed"])
    assert 10 == await minutes_to_look(room)


async def test_a_first_that_is_not_watched(room, claim):
    """
    Of an article that had its last look nothing is kept but that it was published.
    """
    keys = room.store.keys
    await room.store.redis.delete(keys.draft("a"))
    await room.store.redis.zrem(keys.due("revisits"), "a")

    await room.publish(claim, "b", repost=again())

    assert not await room.store.redis.exists(keys.draft("a"), keys.draft("b"))
    assert await minutes_to_look(room) is None
