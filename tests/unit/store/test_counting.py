"""Nothing fails because of what is counted: a damaged counter is not worth an article, a poll or a row."""

from datetime import timedelta

import pytest

from ingest.store.articles import Duplicate, Published
from ingest.store.dead import drop_dead, retry_dead
from ingest.store.due import in_hand
from ingest.store.moves import merge_feeds
from ingest.store.relay import Row, Settled, settle_rows, take_rows
from ingest.store.replays import commit_replay
from ingest.store.revisits import Looked, Next, commit_revision, draft
from ingest.store.stream import trim_stream
from ingest.store.tally import Tally
from ingest.store.volume import count_volume
from tests.unit.store.test_revisits import EVENT, REF

NAMES = (
    *("entries.seen", "entries.published", "entries.duplicate", "entries.dead", "entries.dropped", "entries.skipped"),
    *("polls.modified", "revisits.updated", "revisits.skipped", "replays.published", "sinks.s.sent", "sinks.s.refused"),
)


@pytest.fixture(params=["damaged", "foreign"])
async def room(request, room):
    """A room whose counters are of no use."""
    if request.param == "damaged":
        await room.store.redis.hset(room.store.keys.counts, mapping=dict.fromkeys(NAMES, "many"))
    else:
        await room.store.redis.set(room.store.keys.counts, "somebody else's")
    return room


async def test_polls_and_entries(room):
    """
    A poll ends and its entries are in hand; each ends once, and as it would have.
    """
    claims = await room.entries(1, 2, 3)

    got = [
        await room.publish(claims[1], "a", "key"),
        await room.publish(claims[2], "b", "key"),
        await room.close(claims[3], "dead"),
    ]

    feeds, entries = await in_hand(room.store, "feeds"), await in_hand(room.store, "entries")
    assert isinstance(got[0], Published)
    assert [Duplicate("a"), True] == got[1:]
    assert (1, 0, 0, 0) == (feeds.waiting, feeds.claimed, entries.waiting, entries.claimed)


async def test_dead_letters(room):
    """
    A dead letter is tried again, or dropped.
    """
    claim = (await room.entries(1))[1]
    await room.close(claim, "dead")

    got = [await retry_dead(room.store, claim.id), await room.close(await room.claim("entries"), "dead")]

    assert [True, True, True, False] == [
        *got,
        await drop_dead(room.store, claim.id),
        await drop_dead(room.store, claim.id),
    ]


async def test_later_looks(room):
    """
    A look ends, and so does a replay; what is left out of the watch is left out.
    """
    claims = await room.entries(1, 2)
    watch = draft(REF, b"{}", age=timedelta(0), limit=1)
    await room.publish(claims[1], "a", watch=watch)
    await room.publish(claims[2], "b", watch=watch)
    claim = await room.claim("revisits")
    looked = Looked(outcome="updated", step=1, next=Next(age=timedelta(hours=1)), event=EVENT)

    got = await commit_revision(room.store, claim, looked, revision=1)
    replayed = await commit_replay(room.store, "a", EVENT, base=2, mark="m")

    revisits = await in_hand(room.store, "revisits")
    assert ("updated", "published", 1, 0) == (got, replayed, revisits.waiting, revisits.claimed)
    assert ["a", "b", "a", "a"] == await room.published()


async def test_rows(room):
    """
    A row that a sink has is settled, and one that it refused is its dead letter.
    """
    claims = await room.entries(1, 2)
    await room.publish(claims[1], "a")
    await room.publish(claims[2], "b")
    await room.store.redis.set(room.store.keys.relay("s"), "us")
    taken: list[Row] = await take_rows(room.store, "s", "us", count=9, start="beginning") or []

    await settle_rows(
        room.store, "s", [Settled(row=taken[0], outcome="sent"), Settled(row=taken[1], outcome="refused")]
    )

    assert [] == await take_rows(room.store, "s", "us", count=9, start="beginning")
    assert 1 == await room.store.redis.xlen(room.store.keys.refused("s"))


async def test_feeds_that_are_one(room):
    """
    Two feeds that turned out to be one become one.
    """
    other = type(room)(room.store, feed_url="https://gazette.example/other.xml")
    await room.add()
    await other.add()
    claims = {claim.id: claim for claim in await room.claims("feeds", 2)}

    got = await merge_feeds(
        room.store, claims[other.feed.id], kept=room.feed, dropped=other.feed, url=room.feed_url, shown=[]
    )

    assert "merged" == got
    assert [room.feed.id.encode()] == await room.store.redis.hkeys(room.store.keys.feeds)


async def test_behind_the_stream(room):
    """
    The stream is cut, its rows are counted for their sources, and what a process counted is done with.
    """
    await room.publish((await room.entries(1))[1], "a")

    tally = Tally("p")
    tally.count(NAMES[0])

    counted = await count_volume(room.store)
    await tally.add_to(room.store)
    await trim_stream(room.store, keep=timedelta(0), limit=timedelta(0))

    assert 1 == counted
    assert await room.store.redis.exists(room.store.keys.tally("p"))
