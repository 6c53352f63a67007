"""Laws of feeds that move, meet and rest."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ingest.models import Moved
from ingest.store.due import InHand, claim_due, in_hand, moment
from ingest.store.feeds import add_feed, feed_id, find_feed, list_feeds, pause_feed, remove_feed, resume_feed, unseen
from ingest.store.moves import Taken, merge_feeds, move_feed, read_feed

NEW = "https://courier.example/feed.xml"
FAR = "https://far.example/feed.xml"


async def hurry(room, id_):
    """A claim on this feed, whoever has it."""
    keys = room.store.keys
    await room.store.redis.zrem(keys.lease("feeds"), id_)
    await room.store.redis.zadd(keys.due("feeds"), {id_: 1})
    (claim,) = [claim for claim in await room.claims("feeds", 1) if claim.id == id_]
    return claim


async def stored(room, id_):
    feed = await read_feed(room.store, id_)
    assert feed is not None
    return feed


async def test_moved(room):
    """
    P12: a feed that moved keeps its id and what it has shown, both addresses find it, the old validators are gone.
    """
    await room.seed(1, 2)
    claim = await hurry(room, room.feed.id)
    before = await stored(room, room.feed.id)

    got = await move_feed(room.store, before, claim, NEW)

    after = await stored(room, room.feed.id)
    assert ("moved", NEW, None, None) == (got, after.url, after.validators.etag, after.validators.last_modified)
    assert (before.body_digest, before.title, before.added_at) == (after.body_digest, after.title, after.added_at)
    assert [room.feed.id] * 2 == [await find_feed(room.store, feed_id(url)) for url in (NEW, room.feed_url)]
    assert frozenset() == await unseen(room.store, room.feed.id, [room.entry_id(1), room.entry_id(2)])
    assert [False, False] == [await add_feed(room.store, url) for url in (NEW, room.feed_url)]
    assert [NEW] == [one.feed.url async for one in list_feeds(room.store)]


async def test_moved_twice_and_back(room):
    """
    All addresses that a feed ever had are its own, until it is removed.
    """
    await room.add()
    claim = await room.claim("feeds")
    for url in (NEW, FAR, NEW, room.feed_url, NEW):
        assert "moved" == await move_feed(room.store, await stored(room, room.feed.id), claim, url)

    found = [await find_feed(room.store, feed_id(url)) for url in (room.feed_url, NEW, FAR)]

    assert [room.feed.id] * 3 == found
    assert await remove_feed(room.store, room.feed.id)
    assert [None] * 3 == [await find_feed(room.store, feed_id(url)) for url in (room.feed_url, NEW, FAR)]
    assert await add_feed(room.store, FAR)


async def test_an_alias_is_renamed_and_not_made_due(room):
    """
    Adding a feed under its other address renames it, and leaves alone when it is due.
    """
    await room.seed(1)
    claim = await hurry(room, room.feed.id)
    await move_feed(room.store, room.feed, claim, NEW)

    is_new = await add_feed(room.store, NEW, title="Courier", folder="Papers")

    feed = await stored(room, room.feed.id)
    assert (False, "Courier", "Papers") == (is_new, feed.title, feed.folder)
    assert 0 == (await in_hand(room.store, "feeds")).waiting


@pytest.mark.parametrize("is_stolen", [True, False])
async def test_only_the_claimed_feed_moves(room, is_stolen):
    """
    A claim that is no longer ours, or an address that changed meanwhile, moves nothing.
    """
    await room.add()
    claim = await room.claim("feeds")
    feed = await stored(room, room.feed.id)
    if is_stolen:
        await hurry(room, feed.id)
    else:
        feed = replace(feed, url=FAR)
    before = await room.dump()

    got = await move_feed(room.store, feed, claim, NEW)

    assert ("stale", before) == (got, await room.dump())


async def test_an_address_that_is_taken(room):
    """
    A feed does not move to another feed's address, nor to one that another feed has left.
    """
    await add_feed(room.store, NEW)
    other = await room.claim("feeds")
    await room.add()
    claim = await room.claim("feeds")

    assert Taken(feed=other.id) == await move_feed(room.store, room.feed, claim, NEW)
    assert "moved" == await move_feed(room.store, await stored(room, other.id), other, FAR)
    assert Taken(feed=other.id) == await move_feed(room.store, room.feed, claim, FAR)
    assert "refused" == await move_feed(room.store, room.feed, claim, NEW)


async def two_feeds(room):
    """Both have shown entry 1; only the first 2, only the second 3; they call entry n by the numbers n and n + 100."""
    await room.seed(1, 2)
    other = replace(room, feed_url=NEW)
    await other.seed(101, 103)
    shown = [(room.entry_id(number), room.entry_id(number + 100)) for number in (1, 2, 3, 4)]
    return await stored(room, room.feed.id), await stored(room, other.feed.id), shown


async def test_the_polled_feed_is_kept(room):
    """
    P39: the feed that goes on has shown what either has, has the new address, and both addresses find it.
    """
    first, second, shown = await two_feeds(room)
    claim = await hurry(room, first.id)

    got = await merge_feeds(room.store, claim, kept=first, dropped=second, url=NEW, shown=shown)

    assert "merged" == got
    assert [first.id] * 2 == [await find_feed(room.store, feed_id(url)) for url in (room.feed_url, NEW)]
    assert [NEW] == [one.feed.url async for one in list_feeds(room.store)]
    ours = [ours for ours, _ in shown]
    assert {ours[3]} == await unseen(room.store, first.id, ours)
    assert (await stored(room, first.id)).validators.etag is None
    assert 1 == await room.commit_poll(claim, room.end(4))


async def test_the_polled_feed_is_dropped(room):
    """
    The other feed goes on, due at once; the poll that found it out is over, and counted.
    """
    first, second, shown = await two_feeds(room)
    claim = await hurry(room, first.id)
    pairs = [pair[::-1] for pair in shown]

    got = await merge_feeds(room.store, claim, kept=second, dropped=first, url=NEW, shown=pairs)

    assert "merged" == got
    assert await room.commit_poll(claim, room.end(4)) is None
    assert [second.id] * 2 == [await find_feed(room.store, feed_id(url)) for url in (room.feed_url, NEW)]
    theirs = [theirs for _, theirs in shown]
    assert {theirs[3]} == await unseen(room.store, second.id, theirs)
    assert [second.id] == [claim.id for claim in await room.claims("feeds", 1)]
    assert b"1" == await room.store.redis.hget(room.store.keys.counts, "polls.merged")


async def test_a_poll_in_flight_of_the_dropped(room):
    """
    Whoever polls the feed that is dropped writes nothing, and it does not come back.
    """
    first, second, shown = await two_feeds(room)
    in_flight = await hurry(room, second.id)
    claim = await hurry(room, first.id)
    await merge_feeds(room.store, claim, kept=first, dropped=second, url=NEW, shown=shown)
    before = await room.dump()

    got = await replace(room, feed_url=NEW).commit_poll(in_flight, room.end(110))

    assert (None, before) == (got, await room.dump())
    assert {first.id} == {one.feed.id async for one in list_feeds(room.store)}


async def test_merged_feeds_keep_names_and_aliases(room):
    """
    The feed that goes on takes the names it has not, and the addresses that the other had before.
    """
    first, second, shown = await two_feeds(room)
    await add_feed(room.store, NEW, title="Courier", folder="Papers")
    other = await hurry(room, second.id)
    await move_feed(room.store, second, other, FAR)
    claim = await hurry(room, first.id)

    await merge_feeds(room.store, claim, kept=first, dropped=second, url=FAR, shown=shown)

    feed = await stored(room, first.id)
    assert ("Courier", "Papers", FAR) == (feed.title, feed.folder, feed.url)
    assert [first.id] * 3 == [await find_feed(room.store, feed_id(url)) for url in (room.feed_url, NEW, FAR)]


@pytest.mark.parametrize("is_first", [True, False])
async def test_resting_feeds_do_not_merge(room, is_first):
    """
    What the operator paused is not polled under another name, nor does it end what is polled.
    """
    first, second, shown = await two_feeds(room)
    claim = await hurry(room, first.id)
    await room.store.redis.hset(room.store.keys.feed(first.id if is_first else second.id), "state", "paused")
    before = await room.dump()

    got = await merge_feeds(room.store, claim, kept=first, dropped=second, url=NEW, shown=shown)

    assert ("resting", before) == (got, await room.dump())


async def test_merging_needs_the_claim(room):
    """
    With an old token nothing is merged.
    """
    first, second, shown = await two_feeds(room)
    claim = await hurry(room, first.id)
    await hurry(room, first.id)
    before = await room.dump()

    got = await merge_feeds(room.store, claim, kept=first, dropped=second, url=NEW, shown=shown)

    assert ("stale", before) == (got, await room.dump())


@pytest.mark.parametrize("is_under_way", [True, False])
async def test_pause(room, is_under_way):
    """
    A paused feed is not due, a poll of it under way writes nothing, and adding it again does not wake it.
    """
    await room.add()
    claim = await room.claim("feeds")
    if not is_under_way:
        await room.commit_poll(claim, room.end(pause=timedelta(0)))

    assert await pause_feed(room.store, room.feed.id, "too noisy")

    feed = await stored(room, room.feed.id)
    assert ("paused", "too noisy") == (feed.state, feed.state_reason)
    assert (None if is_under_way else 0) == await room.commit_poll(claim, room.end(1))
    assert not await room.add()
    assert () == await claim_due(room.store, "feeds", limit=9, lease=room.long, max_in_hand=9)
    assert 0 == (await in_hand(room.store, "entries")).waiting


async def test_resume(room):
    """
    A resumed feed is due at once with its failures forgotten; one that does not rest is left alone.
    """
    await room.add()
    await room.commit_poll(await room.claim("feeds"), room.end(outcome="status-410", failures=2, pause=None))
    before = await stored(room, room.feed.id)

    got = await resume_feed(room.store, room.feed.id)

    after = await stored(room, room.feed.id)
    assert ("dormant", "interval", 2) == (before.state, before.state_reason, before.failures)
    assert ("resumed", "active", "", 0) == (got, after.state, after.state_reason, after.failures)
    assert room.feed.id == (await room.claim("feeds")).id
    assert "active" == await resume_feed(room.store, room.feed.id)
    assert 0 == (await in_hand(room.store, "feeds")).waiting


async def test_dormant(room):
    """
    A poll that puts its feed to sleep is counted like any other, and leaves it due at no time.
    """
    await room.add()
    claim = await room.claim("feeds")

    await room.commit_poll(claim, room.end(outcome="status-410", pause=None))

    (listed,) = [one async for one in list_feeds(room.store)]
    assert ("dormant", None) == (listed.feed.state, listed.due_at)
    assert InHand(waiting=0, claimed=0) == await in_hand(room.store, "feeds")
    assert b"1" == await room.store.redis.hget(room.store.keys.counts, "polls.status-410")


async def test_states_of_no_feed(room):
    """
    What is not subscribed can neither be paused nor resumed, and leaves no trace.
    """
    got = (await pause_feed(room.store, "nobody"), await resume_feed(room.store, "nobody"))

    assert ((False, "none"), {}) == (got, await room.dump())


async def test_backlog(room):
    """
    Entries left out are seen, counted and never due, however often their feed shows them.
    """
    await room.add()
    claim = await room.claim("feeds")
    out = tuple(room.entry_id(number) for number in (3, 4))
    ids = (room.entry_id(1), *out)

    added = await room.commit_poll(claim, room.end(1, shown=ids, left_out=out))

    counts = await room.store.redis.hgetall(room.store.keys.counts)
    assert (1, b"3", b"2") == (added, counts[b"entries.seen"], counts[b"entries.skipped"])
    assert frozenset() == await unseen(room.store, room.feed.id, ids)
    assert 1 == (await in_hand(room.store, "entries")).waiting
    again = await hurry(room, room.feed.id)
    assert 0 == await room.commit_poll(again, room.end(1, 3, 4))


async def test_backlog_of_a_feed_added_again(room):
    """
    An entry that was ingested once is not counted as backlog later.
    """
    claim = (await room.entries(1))[1]
    await room.publish(claim, "a")
    await remove_feed(room.store, room.feed.id)
    await room.add()

    await room.commit_poll(await room.claim("feeds"), room.end(left_out=(room.entry_id(1),)))

    assert await room.store.redis.hget(room.store.keys.counts, "entries.skipped") is None


async def test_what_polling_taught(room):
    """
    What a poll learned of its feed is read back as it was, to the millisecond; what it unlearned is gone.
    """
    await room.add()
    at = moment(b"1772366400123")
    learned = replace(
        await stored(room, room.feed.id),
        failure="gone",
        failing_since=at,
        items_digest="i1",
        full_at=at,
        unreliable_at=at,
        moved=Moved(url=NEW, since=at, polls=3),
    )
    await room.commit_poll(await room.claim("feeds"), room.end(taught=learned))

    got = await stored(room, room.feed.id)

    assert learned == replace(
        got, polled_at=None, last_outcome="", next_reason="", validators=learned.validators, body_digest=""
    )
    await room.commit_poll(await hurry(room, got.id), room.end(taught=room.feed))
    assert set() == {
        b"failure", b"failing_since", b"items_digest", b"full_at", b"unreliable_at", b"moved_url", b"moved_since"
    } & set(await room.store.redis.hkeys(room.store.keys.feed(got.id)))  # fmt: skip
