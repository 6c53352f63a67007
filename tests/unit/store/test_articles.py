"""Laws of publication: an article's identity is claimed together with its event, once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from redis.exceptions import ResponseError

from ingest.store.articles import (
    NOBODY,
    Duplicate,
    OtherHead,
    Published,
    Stale,
    Watch,
    disown,
    follow,
    latest,
    owner_of,
    owners_of,
    stream_length,
)
from ingest.store.entries import counts, read_entries
from ingest.store.record import Known, record_of
from ingest.urls import address_id


async def test_publish(room):
    """
    A published article is on the stream, owns its addresses and its text, and is remembered with its facts.
    """
    claim = (await room.entries(1))[1]

    outcome = await room.publish(claim, "a", "key one", "key two", text="digest")

    ((event, fields),) = await latest(room.store, 9)
    kept = await record_of(room.store, "a")
    assert Published(event.decode()) == outcome
    assert {b"id": b"a", b"subject": b"a", b"data": b"{}"} == fields
    assert (event.decode(), "", 1, "", "") == (
        kept.event,
        kept.head,
        kept.revision,
        kept.revisit_event,
        kept.latest,
    )
    assert kept.known == Known(
        entry=claim.id,
        url="https://gazette.example/a",
        title="Title of a",
        feed=room.feed.id,
        source="",
        digest="digest",
        document=None,
    )
    assert ["a", "a", None, b"a"] == [
        await owner_of(room.store, "key one"),
        await owner_of(room.store, "key two"),
        await owner_of(room.store, "key three"),
        await room.store.redis.get(room.store.keys.text("digest")),
    ]
    assert {"entries.seen": 1, "entries.published": 1, "polls.modified": 1} == await counts(room.store)


async def test_what_is_kept_is_kept_for_memory(room):
    """
    Every key of an article's identity ends `memory` after it was written; nothing of it stays for ever.
    """
    claim = (await room.entries(1))[1]
    await room.publish(claim, "a", "key one", text="digest")
    keys = room.store.keys

    names = [keys.article("a"), keys.text("digest"), keys.url(address_id("key one")), keys.entry(claim.id)]
    left = [await room.store.redis.pttl(name) for name in names]

    wanted = room.memory.total_seconds() * 1000
    assert all(wanted - 60_000 < one <= wanted for one in left), left


async def test_own_address(room):
    """
    An article that has its address's id owns it by being remembered: nothing else is written of it, and who comes to it
    by another address, or calls it one of his, is that article.
    """
    claims = await room.entries(1, 2, 3)
    own = address_id("its own")

    got = [
        await room.publish(claims[1], own, "its own", "another"),
        await room.publish(claims[2], "b", "a third", "its own"),
        await room.publish(claims[3], own, "its own"),
    ]

    assert isinstance(got[0], Published)
    assert [Duplicate(own), Duplicate(own)] == got[1:]
    assert not await room.store.redis.exists(room.store.keys.url(own))
    assert [own] * 3 == await owners_of(room.store, ["its own", "another", "a third"])
    assert [own] * 3 == [await owner_of(room.store, key) for key in ("its own", "another", "a third")]


async def test_own_address_of_a_duplicate(room):
    """
    The own address of what was not published is the owner's, like any other.
    """
    claims = await room.entries(1, 2)
    await room.publish(claims[1], "a", "key one")
    own = address_id("its own")

    got = await room.publish(claims[2], own, "its own", "key one")

    assert Duplicate("a") == got
    assert ["a", "a"] == [await owner_of(room.store, "its own"), await owner_of(room.store, "key one")]


async def test_own_address_disowned(room):
    """
    An own address that several texts have is nobody's, and its article stays the one it is.
    """
    claims = await room.entries(1, 2, 3)
    own = address_id("its own")
    await room.publish(claims[1], own, "its own")

    await disown(room.store, "its own", memory=room.memory)

    assert (None, [NOBODY]) == (await owner_of(room.store, "its own"), await owners_of(room.store, ["its own"]))
    assert Duplicate(own) == await room.publish(claims[2], own, "its own")
    assert isinstance(await room.publish(claims[3], "b", "another", "its own"), Published)


async def test_an_article_met_again(room):
    """
    An article that is met again is remembered for `memory` from now on.
    """
    claims = await room.entries(1, 2)
    own = address_id("its own")
    await room.publish(claims[1], own, "its own")
    await room.store.redis.pexpire(room.store.keys.article(own), 60_000)

    await room.publish(claims[2], "b", "its own")

    assert await room.store.redis.pttl(room.store.keys.article(own)) > 60_000


async def test_duplicate_aliases_its_addresses(room):
    """
    A duplicate found by one of its addresses lends the others to the article: the next copy is found by them.
    """
    claims = await room.entries(1, 2, 3)
    await room.publish(claims[1], "a", "key one")

    got = [
        await room.publish(claims[2], "b", "key two", "key one"),
        await room.publish(claims[3], "c", "key two"),
    ]

    assert [Duplicate("a"), Duplicate("a")] == got
    assert ["a"] == await room.published()
    assert 2 == (await counts(room.store))["entries.duplicate"]


async def test_an_address_met_again(room):
    """
    The addresses of a duplicate are kept for `memory` from now on, also those that are nobody's; another's is not.
    """
    claims = await room.entries(1, 2, 3)
    await room.publish(claims[1], "a", "key one", "key two")
    await room.publish(claims[2], "b", "another's")
    await disown(room.store, "key two", memory=room.memory)
    names = [room.store.keys.url(address_id(key)) for key in ("key one", "key two", "another's")]
    for name in names:
        await room.store.redis.pexpire(name, 60_000)

    await room.publish(claims[3], "c", "key two", "key one", "another's")

    values = await room.store.redis.mget(names)
    assert [b"a", b"*", b"b"] == values
    assert [True, True, False] == [await room.store.redis.pttl(name) > 60_000 for name in names]


async def test_the_same_article_at_another_address(room):
    """
    An article that was published before owns the address that it is met at now.
    """
    claims = await room.entries(1, 2, 3)
    await room.publish(claims[1], "a", "key one")

    got = [
        await room.publish(claims[2], "a", "key two"),
        await room.publish(claims[3], "c", "key two"),
    ]

    assert [Duplicate("a"), Duplicate("a")] == got
    assert ["a"] == await room.published()


async def test_the_first_owner_wins(room):
    """
    Of two owners the first address's counts, and no address changes hands.
    """
    claims = await room.entries(1, 2, 3)
    await room.publish(claims[1], "a", "key one")
    await room.publish(claims[2], "b", "key two")

    got = await room.publish(claims[3], "c", "key three", "key two", "key one")

    owners = [await owner_of(room.store, f"key {number}") for number in ("one", "two", "three")]
    assert Duplicate("b") == got
    assert ["a", "b", "b"] == owners


async def test_a_text_has_one_head(room):
    """
    The second article with a text is told its head and publishes only as its copy.
    """
    claims = await room.entries(1, 2)
    await room.publish(claims[1], "a", text="same")
    before = await room.dump()

    refused = await room.publish(claims[2], "b", text="same")

    assert OtherHead("a") == refused
    assert before == await room.dump()
    assert OtherHead("a") == await room.publish(claims[2], "b", text="same", head="wrong")
    assert isinstance(await room.publish(claims[2], "b", text="same", head="a"), Published)
    assert "a" == (await record_of(room.store, "b")).head
    assert b"a" == await room.store.redis.get(room.store.keys.text("same"))


async def test_a_head_forgotten_meanwhile(room):
    """
    A head that was forgotten while its copy's event was made is the head again, as the event says.
    """
    claim = (await room.entries(1))[1]

    outcome = await room.publish(claim, "b", text="same", head="a")

    assert isinstance(outcome, Published)
    assert b"a" == await room.store.redis.get(room.store.keys.text("same"))


async def test_no_text_has_no_head(room):
    """
    Articles without a text digest are nobody's copies.
    """
    claims = await room.entries(1, 2)

    outcomes = [await room.publish(claims[1], "a"), await room.publish(claims[2], "b")]

    assert [Published, Published] == [type(outcome) for outcome in outcomes]
    assert not [name for name in await room.dump() if ":text:" in name]


@pytest.mark.parametrize("is_same_article", [True, False])
async def test_race(room, is_same_article: bool):
    """
    Eight who publish one address at once put one event on the stream.
    """
    claims = await room.entries(*range(8))

    outcomes = await asyncio.gather(*(
        room.publish(claim, "a" if is_same_article else f"a{number}", "the key", f"own key {number}", text="same")
        for number, claim in claims.items()
    ))  # fmt: skip

    (winner,) = await room.published()
    assert 1 == sum(isinstance(outcome, Published) for outcome in outcomes)
    assert 7 == outcomes.count(Duplicate(winner))
    assert {winner} == {await owner_of(room.store, f"own key {number}") for number in range(8)}


async def test_repeated_after_the_next_claim(room):
    """
    The answer of a commit stays its answer, whatever else is published meanwhile.
    """
    claims = await room.entries(1, 2)
    first = await room.publish(claims[1], "a", "key")
    await room.publish(claims[2], "b", "key")

    again = await room.publish(claims[1], "a", "key")

    assert first == again
    assert ["a"] == await room.published()


async def test_repeated_with_another_article(room):
    """
    What a claim has published is its answer, whichever article it is asked about.
    """
    claim = (await room.entries(1))[1]
    first = await room.publish(claim, "a")

    again = await room.publish(claim, "b")

    assert first == again
    assert ["a"] == await room.published()


async def test_a_claim_that_fell_due(room):
    """
    An entry that ends waits no more, wherever it stood: else it would be claimed again for ever.
    """
    claim = (await room.entries(1))[1]
    await room.store.redis.zrem(room.store.keys.lease("entries"), claim.id)
    await room.store.redis.zadd(room.store.keys.due("entries"), {claim.id: 1})

    await room.publish(claim, "a")

    assert 0 == await room.store.redis.zcard(room.store.keys.due("entries"))


async def test_another_claims_end(room):
    """
    Who lost his claim to one that ended the entry is stale, not published.
    """
    old = (await room.entries(1, lease=room.moment))[1]
    await room.publish(await room.claim("entries"), "a")

    got = await room.publish(old, "a")

    assert Stale() == got


async def test_refused_by_the_stream(room):
    """
    A stream that cannot be written claims no identity: the article is not lost as its own duplicate.
    """
    claim = (await room.entries(1))[1]
    await room.store.redis.set(room.store.keys.articles, "foreign")
    before = await room.dump()

    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await room.publish(claim, "a", text="t")

    assert before == await room.dump()


async def test_a_foreign_record(room):
    """
    An article in whose place another key stands is not remembered: what is asked of it is as if it were forgotten.
    """
    claims = await room.entries(1, 2)
    first = await room.publish(claims[1], "a", "key")
    await room.store.redis.delete(room.store.keys.article("a"))
    await room.store.redis.lpush(room.store.keys.article("a"), "x")

    got = [await room.publish(claims[1], "a", "key"), await room.publish(claims[2], "b", "key", document=1)]

    assert isinstance(first, Published)
    assert [Published("a"), Duplicate("a")] == got


@pytest.mark.parametrize("name", ["due", "lease", "draft"])
async def test_a_watch_that_is_refused(room, name: str):
    """
    An article that cannot be watched is published all the same, once, and counted as left out.
    """
    claim = (await room.entries(1))[1]
    keys = room.store.keys
    names = {"due": keys.due("revisits"), "lease": keys.lease("revisits"), "draft": keys.draft("a")}
    await room.store.redis.set(names[name], "somebody else's")
    watch = Watch(fields={"ref": b"x"}, age=timedelta(0), grace=timedelta(days=1), limit=9)

    got = await room.publish(claim, "a", "key", watch=watch)

    (entry,) = await read_entries(room.store, [claim.id])
    assert isinstance(got, Published)
    assert (b"published", b"a") == (entry[b"outcome"], entry[b"article"])
    counted = await counts(room.store)
    assert (1, 1) == (counted["entries.published"], counted["revisits.skipped"])


async def test_latest_and_follow(room):
    """
    An onlooker sees the newest rows oldest first, and then each row that comes, once.
    """
    for number in range(4):
        await room.store.redis.xadd(room.store.keys.articles, {"n": number})
    rows = await latest(room.store, 2)

    followed = follow(room.store, after=rows[0][0])
    got = [fields[b"n"] for _, fields in [await anext(followed)]]
    await room.store.redis.xadd(room.store.keys.articles, {"n": 4})
    got += [fields[b"n"] for _, fields in [await anext(followed)]]
    await followed.aclose()

    assert [b"2", b"3"] == [fields[b"n"] for _, fields in rows]
    assert [b"3", b"4"] == got
    assert 5 == await stream_length(room.store)


async def _is_read(room: Any) -> bool:
    """Whether somebody waits for the stream; only the server knows."""
    await asyncio.sleep(0)
    return any(client["cmd"] == "xread" for client in await room.store.redis.client_list())


@pytest.mark.parametrize("has_rows", [True, False])
async def test_follow_from_now(room, has_rows: bool):
    """
    Who follows from now on sees nothing old and misses nothing new.
    """
    if has_rows:
        await room.store.redis.xadd(room.store.keys.articles, {"n": "old"})
    followed = follow(room.store)
    first = asyncio.ensure_future(anext(followed))
    while not await _is_read(room):
        pass

    for _ in range(2):
        await room.store.redis.xadd(room.store.keys.articles, {"n": "new"})

    got = [(await first)[1][b"n"], (await anext(followed))[1][b"n"]]
    await followed.aclose()
    assert [b"new", b"new"] == got
