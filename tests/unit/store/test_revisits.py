"""Articles that are looked at again: watched once, looked at as planned, and each revision sent in one step."""

import asyncio
import zlib
from datetime import timedelta

import orjson
import pytest

from ingest.errors import StoreError
from ingest.messages.event import article_document
from ingest.models import Entry, FeedRef, Validators
from ingest.store.due import Begun, Claim, release
from ingest.store.entries import EntryRef, counts
from ingest.store.record import record_of
from ingest.store.revisits import HASTE, Looked, Next, commit_revision, decode_watched, draft, hasten

HOUR = timedelta(hours=1)
REF = EntryRef(
    entry=Entry(guid="g", title="Quay"), feed=FeedRef(id="f", url="https://gazette.example/feed.xml", title="Gazette")
)
EVENT = {"id": b"a-2", "subject": b"a", "data": b"{}"}


@pytest.fixture
async def desk(room):
    return Desk(room)


class Desk:
    """A published article "a" and what workers do with it."""

    def __init__(self, room):
        self.room = room
        self.store = room.store
        self.keys = room.store.keys

    async def publish(self, *, age=timedelta(0), limit=9, page_title="Quay", data=None):
        """Publish it, to be looked at again; whether it is."""
        claims = await self.room.entries(1)
        said = orjson.dumps(article_document(self.room.article("a"))) if data is None else data
        await self.room.publish(
            claims[1],
            "a",
            watch=draft(REF, said, age=age, limit=limit, page_title=page_title, validators=Validators(etag='"1"')),
        )
        return await self.is_watched()

    async def is_watched(self):
        return await self.store.redis.zscore(self.keys.due("revisits"), "a") is not None

    async def claim(self):
        """A claim on the article, whenever it is due."""
        await self.store.redis.zadd(self.keys.due("revisits"), {"a": 1})
        return await self.room.claim("revisits")

    async def commit(self, claim, *, age=HOUR, revision=1, room=None, **changes):
        looked = Looked(**{"outcome": "unchanged", "step": 1, "next": Next(age=age)} | changes)
        return await commit_revision((room or self.room).store, claim, looked, revision=revision)

    async def pause(self):
        """How long until the next look, to a minute; None when none is planned."""
        seconds, micros = await self.store.redis.time()
        due = await self.store.redis.zscore(self.keys.due("revisits"), "a")
        return due and timedelta(minutes=round((due / 1000 - seconds - micros / 1e6) / 60))

    async def dump(self):
        return await self.room.dump()


async def test_watched(desk):
    """
    A published article is watched, in the same step, for as long as its next look is away and two days more.
    """
    assert await desk.publish(age=HOUR)

    life = timedelta(milliseconds=await desk.store.redis.pttl(desk.keys.draft("a")))
    assert HOUR == await desk.pause()
    assert timedelta(hours=48) < life <= timedelta(hours=49)


async def test_not_published_not_watched(desk):
    """
    An article that is a known one under another address is not watched.
    """
    claims = await desk.room.entries(1, 2)
    watch = draft(REF, b"{}", age=HOUR, limit=9)
    await desk.room.publish(claims[1], "b", "the key")

    await desk.room.publish(claims[2], "a", "the key", watch=watch)

    assert not await desk.is_watched()
    assert not await desk.store.redis.exists(desk.keys.draft("a"))


async def test_what_ends_by_itself(desk):
    """
    A look leaves the article's record its end, and the draft one two days after the next look.
    """
    await desk.publish(age=HOUR)

    await desk.commit(await desk.claim(), age=2 * HOUR)

    life = timedelta(milliseconds=await desk.store.redis.pttl(desk.keys.draft("a")))
    memory = timedelta(milliseconds=await desk.store.redis.pttl(desk.keys.article("a")))
    assert timedelta(hours=49) < life <= timedelta(hours=50)
    assert timedelta(0) < memory <= desk.room.memory


async def test_foreign_record(desk):
    """
    An article in whose place another key stands is not remembered: it is looked at no more.
    """
    await desk.publish()
    claim = await desk.claim()
    await desk.store.redis.delete(desk.keys.article("a"))
    await desk.store.redis.lpush(desk.keys.article("a"), "x")

    assert "forgotten" == await desk.commit(claim, outcome="updated", event=EVENT)

    assert ["a"] == await desk.room.published()
    assert not await desk.is_watched()


async def test_full(desk):
    """
    No more articles are watched than may be, claimed ones among them; who is left out is counted.
    """
    await desk.store.redis.zadd(desk.keys.due("revisits"), {"x": 9e12})
    await desk.store.redis.zadd(desk.keys.lease("revisits"), {"y": 9e12})

    assert not await desk.publish(limit=2)
    assert not await desk.store.redis.exists(desk.keys.draft("a"))
    assert 1 == (await counts(desk.store))["revisits.skipped"]


async def test_draft(desk):
    """
    A look begins with all that was stored.
    """
    await desk.publish()
    claim = await desk.claim()

    begun = await desk.room.begin("revisits", claim)

    watched = decode_watched(begun)
    assert (REF, "Quay", Validators(etag='"1"')) == (watched.ref, watched.page_title, watched.validators)
    assert ("a", 1, 0, "") == (watched.last["id"], watched.revision, watched.step, watched.doubt)
    assert (False, False) == (watched.is_withdrawn, watched.has_changed)


async def test_state_is_kept(desk):
    """
    What a look leaves behind is what the next one begins with.
    """
    await desk.publish()
    await desk.commit(await desk.claim(), doubt="gone", is_withdrawn=True, validators=Validators(last_modified="now"))

    watched = decode_watched(await desk.room.begin("revisits", await desk.claim()))

    assert (1, "gone", True) == (watched.step, watched.doubt, watched.is_withdrawn)
    assert Validators(last_modified="now") == watched.validators


async def test_revision(desk):
    """
    A revision's event, its number, the draft and the next look come together; the number is checked by the next one.
    """
    await desk.publish()
    data = orjson.dumps(article_document(desk.room.article("a")) | {"revision": 2})

    got = await desk.commit(await desk.claim(), outcome="updated", event=EVENT | {"data": data}, page_title="New")

    assert "updated" == got
    assert (["a", "a"], HOUR) == (await desk.room.published(), await desk.pause())
    watched = decode_watched(await desk.room.begin("revisits", await desk.claim()))
    assert (2, "New") == (watched.revision, watched.page_title)
    assert 2 == (await record_of(desk.store, "a")).revision
    assert 1 == (await counts(desk.store))["revisits.updated"]


async def test_last_look(desk):
    """
    After the last look nothing is kept of the article but that it was published.
    """
    await desk.publish()

    await desk.commit(await desk.claim(), age=None)

    assert [] == await desk.store.redis.keys(f"{desk.keys.prefix}:draft:*")
    assert [0, 0] == [
        await desk.store.redis.zcard(key) for key in (desk.keys.due("revisits"), desk.keys.lease("revisits"))
    ]
    assert not await desk.store.redis.hlen(desk.keys.token("revisits"))


@pytest.mark.parametrize("revision", [1, 2])
async def test_forgotten(desk, revision):
    """
    Nothing is sent of an article that is not remembered, or whose revision is another than the worker knew.
    """
    await desk.publish()
    claim = await desk.claim()
    if revision == 1:
        await desk.store.redis.delete(desk.keys.article("a"))

    got = await desk.commit(claim, outcome="updated", revision=revision, event=EVENT)

    assert ("forgotten", ["a"], None) == (got, await desk.room.published(), await desk.pause())
    assert not await desk.store.redis.exists(desk.keys.draft("a"))
    assert 1 == (await counts(desk.store))["revisits.forgotten"]


@pytest.mark.parametrize("age", [HOUR, None])
@pytest.mark.parametrize("event", [None, EVENT])
async def test_repeated(desk, age, event):
    """
    A commit repeated after a lost reply, at once or after the next claim, changes nothing.
    """
    await desk.publish()
    claim = await desk.claim()
    first = await desk.commit(claim, age=age, event=event)
    before = await desk.dump()

    again = await desk.commit(claim, age=age, event=event)

    assert (first, before) == (again, await desk.dump())


async def test_stale(desk):
    """
    A worker whose claim ran out writes nothing, whatever it saw.
    """
    await desk.publish()
    old = await desk.claim()
    await release(desk.store, "revisits", old, pause=timedelta(0), is_strike=False)
    await desk.claim()
    before = await desk.dump()

    got = [await desk.commit(old, event=EVENT), await desk.commit(Claim("b", 1), event=EVENT)]

    assert ([None, None], before) == (got, await desk.dump())


async def test_race(desk):
    """
    Of many workers that commit one look each with its own claim, only the one in force sends.
    """
    await desk.publish()
    claims = []
    for _ in range(8):
        await desk.store.redis.zrem(desk.keys.lease("revisits"), "a")
        claims.append(await desk.claim())

    got = await asyncio.gather(*(desk.commit(claim, outcome="updated", event=EVENT) for claim in claims))

    assert [None] * 7 + ["updated"] == got
    assert ["a", "a"] == await desk.room.published()


async def test_hasten(desk):
    """
    A change in the feed brings the next look near, never further away, and the entry as it is now goes with it.
    """
    await desk.publish(age=HOUR)
    entry, id_ = Entry(guid="g", title="Quay closed"), desk.room.entry_id(1)

    assert await hasten(desk.store, id_, entry, REF.feed)
    first = await desk.pause()
    await desk.store.redis.zadd(desk.keys.due("revisits"), {"a": 1})
    assert await hasten(desk.store, id_, entry, REF.feed)

    watched = decode_watched(await desk.room.begin("revisits", await desk.room.claim("revisits")))
    assert (HASTE, entry, True) == (first, watched.ref.entry, watched.has_changed)


async def test_hasten_a_look_in_hand(desk):
    """
    A look that somebody has is not handed out a second time.
    """
    await desk.publish(age=HOUR)
    await desk.claim()

    assert await hasten(desk.store, desk.room.entry_id(1), REF.entry, REF.feed)

    assert not await desk.is_watched()


@pytest.mark.parametrize("age", [HOUR, None])
async def test_hastened_in_hand(desk, age):
    """
    A change that the feed shows while a look is in hand is looked at soon after it, also where that was the last.
    """
    await desk.publish(age=HOUR)
    claim = await desk.claim()
    await desk.room.begin("revisits", claim)
    changed = Entry(guid="g", title="Quay closed")
    assert await hasten(desk.store, desk.room.entry_id(1), changed, REF.feed)

    await desk.commit(
        claim, next=Next(age=age, pause=timedelta(minutes=10)), doubt="gone", validators=Validators(etag='"2"')
    )

    pause = await desk.pause()
    watched = decode_watched(await desk.room.begin("revisits", await desk.claim()))
    assert timedelta(minutes=10) == pause
    assert (changed, True, Validators(), "") == (
        watched.ref.entry,
        watched.has_changed,
        watched.validators,
        watched.doubt,
    )


async def test_a_change_is_told_once(desk):
    """
    A change that a look began with is done with when it ends.
    """
    await desk.publish(age=HOUR)
    assert await hasten(desk.store, desk.room.entry_id(1), REF.entry, REF.feed)
    await desk.commit(await desk.claim())

    watched = decode_watched(await desk.room.begin("revisits", await desk.claim()))

    assert not watched.has_changed


async def test_hasten_unwatched(desk):
    """
    A change of what is not watched, or not known, changes nothing.
    """
    claims = await desk.room.entries(1)
    await desk.room.publish(claims[1], "a")
    before = await desk.dump()

    got = [await hasten(desk.store, id_, REF.entry, REF.feed) for id_ in (desk.room.entry_id(1), "0" * 32)]

    assert ([False, False], before) == (got, await desk.dump())


def packed(document, ref=b"{}"):
    return Begun(
        claim=Claim("a", 1),
        strikes=1,
        fields={"data": zlib.compress(orjson.dumps(document)), "ref": zlib.compress(ref)},
    )


@pytest.mark.parametrize(
    "change",
    [
        {"id": 1},
        {"revision": "1"},
        {"title": None},
        {"paragraphs": [1]},
        {"paragraphs": 1},
        {"cleaning": {}},
        {"cleaning": {"removed": [{"text": 1}]}},
        {"content_source": "mail"},
        {"cluster": {"id": "a", "role": "x", "head_id": "a"}},
    ],
)
def test_damaged(room_type, change):
    """
    A draft in which a part is of another kind is refused as such.
    """
    whole = article_document(room_type(None).article("a"))
    reference = orjson.dumps({"entry": {"guid": "g"}, "feed": {"id": "f", "url": "https://gazette.example/"}})
    decode_watched(packed(whole, reference))

    with pytest.raises(StoreError):
        decode_watched(packed(whole | change, reference))


@pytest.mark.parametrize("document", [[], None, {}, 1])
def test_no_draft(document):
    """
    So is one that is something else altogether.
    """
    with pytest.raises(StoreError):
        decode_watched(packed(document))


def test_bomb():
    """
    A draft that unpacks to more than any article is refused before it fills the memory.
    """
    bomb = zlib.compress(b" " * 60_000_000)

    with pytest.raises(StoreError, match="too large"):
        decode_watched(Begun(claim=Claim("a", 1), strikes=1, fields={"data": bomb}))


async def test_halves_of_characters(desk):
    """
    A headline with half a character in it is stored like any other.
    """
    assert await desk.publish(page_title="\ud800 quay")
