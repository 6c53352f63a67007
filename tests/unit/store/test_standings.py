"""What stands behind a text's sketch: whose text it is, for as long as the sketch is kept and no longer."""

import asyncio

import pytest

from ingest.store.articles import Duplicate, OtherHead, Published, PublishedTwin
from tests.unit.store.test_clusters import cast, end, story


async def lives(room, *documents: int) -> list[bool]:
    """Whether each of these sketches ends by itself."""
    return [await room.store.redis.pttl(room.store.keys.sketch(document)) > 0 for document in documents]


async def test_every_sketch_ends(room):
    """
    Whatever is written behind a sketch, it ends when it would have ended: of a head, a rival, a copy and a duplicate.
    """
    claims = await room.entries(1, 2, 3, 4)
    one = story(1)
    ballots = {number: await cast(room, claims[number], one) for number in (1, 2, 3)}
    other = await cast(room, claims[4], story(2))

    rival = await end(room, claims[2], "b", ballots[2], one)
    head = await end(room, claims[1], "a", ballots[1], one, head="b")
    duplicate = await room.publish(claims[4], "c", "key of a", document=other.document)

    assert [Published, Published, Duplicate] == [type(got) for got in (rival, head, duplicate)]
    assert [True] * 4 == await lives(room, *(ballot.document for ballot in ballots.values()), other.document)


async def test_voted_again(room):
    """
    Who votes again finds what others wrote behind his sketch meanwhile: his rival is his head.
    """
    claims = await room.entries(1, 2)
    one = story(1)
    early, late = await cast(room, claims[1], one), await cast(room, claims[2], one)
    await end(room, claims[2], "b", late, one)

    again = await cast(room, claims[1], one)
    got = await room.publish(claims[1], "a", document=again.document)

    assert early.document == again.document
    assert OtherHead("b") == got


async def test_a_rival_is_nobodys_twin(room):
    """
    A text whose rival was published first is not published itself: who may be it again is not asked.
    """
    claims = await room.entries(1, 2, 3)
    one = story(1)
    early, late = await cast(room, claims[1], one), await cast(room, claims[2], one)
    await end(room, claims[2], "b", late, one)

    got = await end(room, claims[3], "c", await cast(room, claims[3], one), one, twins=(early.document,))

    assert isinstance(got, Published)


async def test_a_rival_that_comes_after_all(room):
    """
    A rival that is published as a copy is an article of its own from then on: who may be it again is asked.
    """
    claims = await room.entries(1, 2, 3)
    one = story(1)
    early, late = await cast(room, claims[1], one), await cast(room, claims[2], one)
    await end(room, claims[2], "b", late, one)
    await end(room, claims[1], "a", early, one, head="b")
    ballot = await cast(room, claims[3], one)

    asked = await end(room, claims[3], "c", ballot, one, twins=(early.document,))

    assert PublishedTwin(0, "a") == asked
    assert {"b"} == {candidate.head for candidate in ballot.candidates}


@pytest.mark.parametrize("whose", ["its own", "its rival's"])
async def test_forgotten_sketches(room, whose: str):
    """
    An article whose sketch, or whose rival's, ended between its vote and its commit is published, and none comes back.
    """
    claims = await room.entries(1, 2)
    one = story(1)
    early, late = await cast(room, claims[1], one), await cast(room, claims[2], one)
    name = room.store.keys.sketch((late if whose == "its own" else early).document)
    await room.store.redis.delete(name)

    got = await end(room, claims[2], "b", late, one)

    assert isinstance(got, Published)
    assert not await room.store.redis.exists(name)


async def test_twins_in_one_command(room):
    """
    Of articles that travel together each asks about its own twins and claims its own addresses.
    """
    claims = await room.entries(1, 2, 3, 4)
    one, other = story(1), story(2)
    first = await cast(room, claims[1], one)
    await end(room, claims[1], "a", first, one)
    ballots = {
        number: await cast(room, claims[number], sketch) for number, sketch in ((2, one), (3, other), (4, other))
    }

    got = await asyncio.gather(
        end(room, claims[2], "b", ballots[2], one, twins=(first.document,)),
        end(room, claims[3], "c", ballots[3], other, twins=(ballots[4].document,)),
        end(room, claims[4], "d", ballots[4], other),
    )

    assert PublishedTwin(0, "a") == got[0]
    assert isinstance(got[1], Published)
    assert OtherHead("c") == got[2]
    assert ["a", "c"] == await room.published()
