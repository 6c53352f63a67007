"""Laws of subscriptions, and of the atomic end of a poll."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.models import Feed, Validators
from ingest.store.due import claim_due, in_hand
from ingest.store.feeds import (
    ListedFeed,
    add_feed,
    commit_poll,
    count_feeds,
    decode_feed,
    feed_id,
    list_feeds,
    remove_feed,
    unseen,
)


class KilledError(Exception):
    """The process died here."""


class KilledAfter:
    """Scripts of a process that dies after so many calls of one of them; ``is_reply_lost``: the last one still ran."""

    def __init__(self, room: Any, calls: int, *, is_reply_lost: bool = False) -> None:
        self._call = room.store.scripts
        self._left = calls
        self._is_reply_lost = is_reply_lost

    async def __call__(self, name: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        if self._left == 0:
            if self._is_reply_lost:
                await self._call(name, keys, arguments)
            raise KilledError
        self._left -= 1
        return await self._call(name, keys, arguments)


async def _stored(room: Any) -> Feed:
    fields = await room.store.redis.hgetall(room.store.keys.feed(room.feed.id))
    return decode_feed(room.feed.id, {name.decode(): value for name, value in fields.items()})


def test_feed_id():
    """
    The same address has the same id for ever.
    """
    got = feed_id("https://gazette.example/feed.xml")

    assert got == feed_id("https://gazette.example/feed.xml") != feed_id("https://gazette.example/feed.xml?")
    assert re.fullmatch("[0-9a-f]{16}", got)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "url",
                "title",
                "added",
                "interval",
                "polled",
                "failures",
                "etag",
                "outcome",
                "reason",
                "strikes",
                "nonsense",
            ]
        ),
        st.binary(max_size=30)
        | st.sampled_from([b"1e400", b"-1e400", b"nan", "²".encode(), b"9" * 5000, b"-5", b"1e17"]),
    )
)
def test_decode_damaged(fields: dict[str, bytes]):
    """
    Whatever stands in a feed's hash, it reads as a feed.
    """
    got = decode_feed("f", fields)

    assert (got.id, got.failures >= 0) == ("f", True)


async def test_add_and_list(room):
    """
    A new feed is listed as it was added, and is due after the pause.
    """
    is_new = await room.add(title="Gazette", folder="Papers", pause=timedelta(hours=1))

    (got,) = [listed async for listed in list_feeds(room.store)]
    assert is_new
    assert (room.feed_url, "Gazette", "Papers") == (got.feed.url, got.feed.title, got.feed.folder)
    assert timedelta(hours=1) == got.due_at - got.feed.added_at
    assert await claim_due(room.store, "feeds", limit=9, lease=room.long, max_in_hand=9) == ()


async def test_add_again(room):
    """
    Adding what is there renames it and leaves its due time and what polling taught us alone.
    """
    await room.seed(1)
    await room.add(title="Old name", folder="Papers")
    before = await room.dump()

    is_new = await room.add(title="New name")

    after = await room.dump()
    assert not is_new
    assert after[room.store.keys.feed(room.feed.id)].pop(b"title") == b"New name"
    assert before[room.store.keys.feed(room.feed.id)].pop(b"title") == b"Old name"
    assert before == after


async def test_add_again_in_the_middle_of_a_poll(room):
    """
    A feed that is being polled is not made due a second time, and keeps the name it was given meanwhile.
    """
    await room.add()
    claim = await room.claim("feeds")
    await room.add(title="Given")

    assert (await in_hand(room.store, "feeds")).waiting == 0
    await room.commit_poll(claim, room.end(1))
    assert (await _stored(room)).title == "Given"


async def test_list_many(room):
    """
    All feeds are listed, each once, however many there are; one that is being polled is due at no time.
    """
    urls = {f"https://gazette.example/{number}" for number in range(1203)}
    for url in urls:
        await add_feed(room.store, url)
    polled = await room.claim("feeds")

    listed = [one async for one in list_feeds(room.store)]

    assert urls == {one.feed.url for one in listed}
    assert await count_feeds(room.store) == len(listed) == 1203
    assert [polled.id] == [one.feed.id for one in listed if one.due_at is None]


async def test_list_damaged(room):
    """
    Rows that are damaged are listed as far as they can be read.
    """
    keys = room.store.keys
    await room.store.redis.hset(keys.feeds, mapping={b"\xff": b"x", "known": "https://gazette.example/"})
    await room.store.redis.hset(keys.feed("known"), mapping={b"\xfe": b"junk", "added": "junk", "failures": "²"})
    await room.store.redis.zadd(keys.due("feeds"), {"known": float("inf")})

    got = {one.feed.id: one async for one in list_feeds(room.store)}

    assert ListedFeed(feed=Feed(id="known", url=""), due_at=None) == got["known"]
    assert len(got) == 2


async def test_unseen(room):
    """
    Unseen is what the feed has not shown, in any of its polls.
    """
    await room.seed(1, 2)
    ids = [room.entry_id(number) for number in (1, 2, 3)]

    got = await unseen(room.store, room.feed.id, ids)

    assert {room.entry_id(3)} == got
    assert frozenset() == await unseen(room.store, room.feed.id, [])


async def test_unseen_of_many(room):
    """
    That holds for a document of thousands of entries, too.
    """
    await room.add()
    await room.commit_poll(await room.claim("feeds"), room.end(0, 1000, 2499))

    got = await unseen(room.store, room.feed.id, [room.entry_id(number) for number in range(2500)])

    assert {room.entry_id(number) for number in range(2500)} - set(map(room.entry_id, (0, 1000, 2499))) == got


async def test_commit(room):
    """
    A poll leaves its entries, its validators and the feed's next due time.
    """
    await room.add()
    claim = await room.claim("feeds")
    end = room.end(1, 2, title="Gazette", pause=timedelta(hours=3), failures=0)

    added = await room.commit_poll(claim, end)

    feed = await _stored(room)
    (listed,) = [one async for one in list_feeds(room.store)]
    assert (2, "modified", "interval", "d1", "Gazette") == (
        added, feed.last_outcome, feed.next_reason, feed.body_digest, feed.title,
    )  # fmt: skip
    assert feed.validators == end.validators
    assert timedelta(hours=3) == listed.due_at - feed.polled_at
    assert (await in_hand(room.store, "entries")).waiting == 2


async def test_validators_that_are_gone_are_forgotten(room):
    """
    A server that stops sending validators is not asked with old ones for ever.
    """
    await room.seed(1)
    await room.store.redis.zadd(room.store.keys.due("feeds"), {room.feed.id: 1})

    await room.commit_poll(await room.claim("feeds"), room.end(1, validators=Validators()))

    assert (await _stored(room)).validators == Validators()


@pytest.mark.parametrize("is_reply_lost", [False, True])
@pytest.mark.parametrize("calls", [0, 1, 2])
async def test_killed_between_chunks(room, monkeypatch: pytest.MonkeyPatch, calls: int, is_reply_lost: bool):
    """
    A poll that dies before its last chunk leaves the old validators and its lease; repeated, it loses and doubles none.
    """
    monkeypatch.setattr("ingest.store.feeds.CHUNK", 4)
    await room.seed(100)
    old = (await _stored(room)).validators
    await room.store.redis.zadd(room.store.keys.due("feeds"), {room.feed.id: 1})
    first = await room.claim("feeds", room.moment)
    end = room.end(*range(10), validators=Validators(etag='"two"'))
    with pytest.raises(KilledError):
        await room.with_scripts(KilledAfter(room, calls, is_reply_lost=is_reply_lost)).commit_poll(first, end)

    is_over = is_reply_lost and calls == 2
    assert (Validators(etag='"two"') if is_over else old) == (await _stored(room)).validators
    assert (await in_hand(room.store, "feeds")).claimed == (0 if is_over else 1)
    if is_over:
        assert await room.commit_poll(first, end) == 10
    else:
        second = await room.claim("feeds")
        assert await room.commit_poll(second, end) is not None
    assert (await _stored(room)).validators == Validators(etag='"two"')
    assert (await room.store.redis.hget(room.store.keys.counts, "entries.seen")) == b"11"
    assert len(await room.claims("entries", 11)) == 11


async def test_an_entry_of_two_feeds(room):
    """
    An entry that two feeds show is one entry, seen once.
    """
    await room.seed(1, 2)
    other = replace(room, feed_url="https://courier.example/feed.xml")
    await other.add()

    added = await other.commit_poll(await other.claim("feeds"), other.end(2, 3))

    assert added == 1
    assert (await in_hand(room.store, "entries")).waiting == 3


async def test_shown_again(room):
    """
    An entry stays in the seen-set as long as the feed shows it, and is dropped `memory` after it left.
    """
    room.memory = timedelta(days=1)
    await room.seed(1, 2)
    seen = room.store.keys.seen(room.feed.id)
    await room.store.redis.zadd(seen, dict.fromkeys(await room.store.redis.zrange(seen, 0, -1), 5))
    await room.store.redis.zadd(room.store.keys.due("feeds"), {room.feed.id: 1})

    await room.commit_poll(await room.claim("feeds"), room.end(shown=(room.entry_id(2),)))

    assert [bytes.fromhex(room.entry_id(2))] == await room.store.redis.zrange(seen, 0, -1)


@pytest.mark.parametrize("outcome", ["not-modified", "fetch-timeout"])
async def test_a_poll_that_read_nothing_forgets_nothing(room, outcome: str):
    """
    A feed that answers 304, or not at all, for longer than `memory` does not publish its old entries again.
    """
    room.memory = timedelta(days=1)
    await room.seed(1, 2)
    seen = room.store.keys.seen(room.feed.id)
    await room.store.redis.zadd(seen, dict.fromkeys(await room.store.redis.zrange(seen, 0, -1), 5))
    await room.store.redis.zadd(room.store.keys.due("feeds"), {room.feed.id: 1})

    await room.commit_poll(await room.claim("feeds"), room.end(outcome=outcome))

    assert frozenset() == await unseen(room.store, room.feed.id, [room.entry_id(1), room.entry_id(2)])


async def test_the_order_of_a_poll(room):
    """
    Entries without spacing between them are claimed in the order the poll gave, not in that of their ids.
    """
    numbers = list(range(40))
    await room.seed(*numbers)

    claims = await room.claims("entries", 40)

    assert [room.entry_id(number) for number in numbers] == [claim.id for claim in claims]


async def test_spacing(room):
    """
    The new entries of one domain fall due one spacing apart, and the next poll's after them.
    """
    room.spacing = timedelta(seconds=2)
    await room.seed(1, 2, 3)
    await room.store.redis.zadd(room.store.keys.due("feeds"), {room.feed.id: 1})
    await room.commit_poll(await room.claim("feeds"), room.end(4))

    rows = await room.store.redis.zrange(room.store.keys.due("entries"), 0, -1, withscores=True)

    assert [room.entry_id(number) for number in (1, 2, 3, 4)] == [id_.decode() for id_, _ in rows]
    assert [2, 2, 2] == [round((after - before) / 1000) for (_, before), (_, after) in pairwise(rows)]


async def test_a_damaged_plan_loses_no_entry(room):
    """
    A planned slot that is no number is read as none.
    """
    await room.store.redis.set(room.store.keys.plan("gazette.example"), "junk")

    await room.seed(1)

    assert (await in_hand(room.store, "entries")).waiting == 1


async def test_removed_in_the_middle_of_a_poll(room):
    """
    The poll of a feed that was removed writes nothing; added again, the feed begins anew.
    """
    await room.add()
    claim = await room.claim("feeds")
    await room.begin("feeds", claim)
    assert await remove_feed(room.store, room.feed.id)
    before = await room.dump()

    assert await room.commit_poll(claim, room.end(1, 2)) is None
    assert before == await room.dump()
    assert not await remove_feed(room.store, room.feed.id)
    assert await room.add()
    again = await room.claim("feeds")
    assert await room.commit_poll(claim, room.end(1, 2)) is None
    assert await room.commit_poll(again, room.end(1, 2)) == 2


async def test_removed_and_added_keeps_outcomes(room):
    """
    What was published before a feed was removed is not made work again when it comes back.
    """
    claim = (await room.entries(1))[1]
    await room.publish(claim, "a")
    await remove_feed(room.store, room.feed.id)
    await room.add()

    added = await room.commit_poll(await room.claim("feeds"), room.end(1))

    assert added == 0


async def test_long_fields(room):
    """
    A foreign error of any length and of halves of characters is kept cut, not refused.
    """
    await room.add()

    got = await room.commit_poll(await room.claim("feeds"), room.end(outcome="fetch-dns", detail="\ud800" * 9000))

    assert got == 0
    assert await room.store.redis.hget(room.store.keys.feed(room.feed.id), "detail") == b"?" * 500


async def test_times_are_the_servers(room):
    """
    Times are the server's clock, in UTC.
    """
    seconds, _ = await room.store.redis.time()
    await room.seed(1)

    feed = await _stored(room)

    assert abs(feed.polled_at - datetime.fromtimestamp(seconds, UTC)) < timedelta(minutes=1)
    assert await commit_poll(
        room.store, feed, await _again(room), room.end(), memory=room.memory, spacing=room.spacing
    ) == 0  # fmt: skip


async def _again(room: Any) -> Any:
    await room.store.redis.zadd(room.store.keys.due("feeds"), {room.feed.id: 1})
    return await room.claim("feeds")
