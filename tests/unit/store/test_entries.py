"""Laws of entries between being seen and their one outcome."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.errors import StoreError
from ingest.models import Author, Enclosure, Entry, EntrySource, FeedRef
from ingest.store.due import Begun, Claim
from ingest.store.entries import MAX_TEXT, EntryRef, counts, decode_ref, encode_ref, read_entries, seen_at

FEED = FeedRef(id="f", url="https://gazette.example/feed.xml", title="Gazette")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FULL = Entry(
    guid="urn:1",
    url="https://gazette.example/1",
    title="Bridge opens \U0001f309",
    authors=(Author(name="A. Writer", email="a@gazette.example"),),
    published_at=NOON,
    updated_at=NOON + timedelta(minutes=5, microseconds=1),
    content_html="<p>Text</p>\x00",
    categories=("local", "roads"),
    enclosures=(Enclosure(url="https://gazette.example/1.mp3", type="audio/mpeg", length="9"),),
    source=EntrySource(title="Wire", url="https://wire.example/"),
    in_reply_to=("urn:0",),
)


def _begun(**fields: bytes) -> Begun:
    return Begun(claim=Claim("e", 1), strikes=1, fields=fields)


@pytest.mark.parametrize("entry", [Entry(), FULL], ids=["empty", "full"])
def test_round_trip(entry: Entry):
    """
    A reference comes back as it went in.
    """
    got = decode_ref(_begun(ref=encode_ref(entry, FEED)))

    assert EntryRef(entry=entry, feed=FEED) == got


def test_halves_of_characters():
    """
    A lone surrogate, which no UTF-8 can carry, is replaced; the entry is not lost for it.
    """
    entry = Entry(
        title="half \ud800", published_at=NOON, categories=("\udfff", "whole"), authors=(Author(name="\ud83d"),)
    )

    got = decode_ref(_begun(ref=encode_ref(entry, FEED))).entry

    assert Entry(title="half ?", published_at=NOON, categories=("?", "whole"), authors=(Author(name="?"),)) == got


@pytest.mark.parametrize(("length", "is_kept"), [(MAX_TEXT, True), (MAX_TEXT + 1, False)])
def test_long_texts(length: int, is_kept: bool):
    """
    A feed's own text over the limit is left out, not cut: half an article is worse than none.
    """
    entry = Entry(title="t", content_html="x" * length, summary_html="y" * length)

    got = decode_ref(_begun(ref=encode_ref(entry, FEED))).entry

    assert (entry if is_kept else Entry(title="t")) == got


@pytest.mark.parametrize(
    "ref",
    [b"", b"junk", b"\xff\x00", b"[]", b"null", b"{}", b'{"entry": {}}', b'{"entry": 1, "feed": {}}', b"[" * 10**5],
)
def test_damaged_ref(ref: bytes):
    """
    What is no reference of ours is one named error.
    """
    with pytest.raises(StoreError, match="the stored reference is damaged"):
        decode_ref(_begun(ref=ref))


def test_missing_ref():
    """
    A missing reference is the same error.
    """
    with pytest.raises(StoreError, match="the stored reference is damaged"):
        decode_ref(_begun())


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (b"1772366400000", NOON),
        (b"junk", NOON + timedelta(days=1)),
        (b"", NOON + timedelta(days=1)),
        (b"9" * 5000, NOON + timedelta(days=1)),
        (b"nan", NOON + timedelta(days=1)),
    ],
)
def test_seen_at(stored: bytes, expected: datetime):
    """
    When it was first seen, or the fallback when that is damaged.
    """
    got = seen_at(_begun(seen=stored), NOON + timedelta(days=1))

    assert expected == got


@pytest.mark.parametrize(("outcome", "is_kept"), [("dead", True), ("duplicate", False)])
async def test_close(room, outcome: str, is_kept: bool):
    """
    A closed entry leaves the due-sets, is counted, and keeps its reference only as a dead letter.
    """
    claim = (await room.entries(1))[1]

    is_closed = await room.close(claim, outcome, article="a")

    dump = await room.dump()
    (entry,) = await read_entries(room.store, [claim.id])
    assert is_closed
    assert (outcome.encode(), b"no text", b"a") == (entry[b"outcome"], entry[b"reason"], entry[b"article"])
    assert (is_kept, is_kept) == (b"ref" in entry, room.store.keys.dead in dump)
    assert {"entries.seen": 1, f"entries.{outcome}": 1, "polls.modified": 1} == await counts(room.store)
    assert not [name for name in dump if ":entries" in name]
    assert 0 < await room.store.redis.pttl(room.store.keys.entry(claim.id)) <= room.memory.total_seconds() * 1000


async def test_one_outcome(room):
    """
    The first outcome of an entry is its outcome: what comes later changes nothing.
    """
    claim = (await room.entries(1))[1]
    await room.publish(claim, "a")
    before = await room.dump()

    is_ours = await room.close(claim, "dead")

    assert is_ours
    assert before == await room.dump()


@pytest.mark.parametrize("outcome", ["dead", "duplicate"])
async def test_repeated_end(room, outcome: str):
    """
    Who ends an entry and asks again is told that he did; who lost his claim to him is not, and nothing changes.
    """
    lost = (await room.entries(1, lease=room.moment))[1]
    claim = await room.claim("entries")
    await room.close(claim, outcome)
    before = await room.dump()

    got = [await room.close(claim, outcome), await room.close(lost, outcome)]

    assert [True, False] == got
    assert before == await room.dump()


async def test_what_an_ended_entry_says(room):
    """
    Of an entry that ended it stays on record which feed showed it, when, and how often it was tried.
    """
    claim = (await room.entries(1))[1]
    begun = await room.begin("entries", claim)

    await room.close(claim, "duplicate", article="a")

    (entry,) = await read_entries(room.store, [claim.id])
    assert {b"feed", b"seen", b"strikes"} <= entry.keys()
    assert (begun.fields["feed"], begun.fields["seen"]) == (entry[b"feed"], entry[b"seen"])
    assert (b"1", b"a", b"no text") == (entry[b"strikes"], entry[b"article"], entry[b"reason"])


async def test_a_claim_that_fell_due(room):
    """
    An entry that ends waits no more, wherever it stood: else it would be claimed again for ever.
    """
    claim = (await room.entries(1))[1]
    await room.store.redis.zrem(room.store.keys.lease("entries"), claim.id)
    await room.store.redis.zadd(room.store.keys.due("entries"), {claim.id: 1})

    await room.close(claim, "duplicate")

    assert 0 == await room.store.redis.zcard(room.store.keys.due("entries"))


async def test_old_dead_letters_are_dropped(room):
    """
    The index of dead letters does not outgrow the letters it names.
    """
    claim = (await room.entries(1))[1]
    await room.store.redis.zadd(room.store.keys.dead, {"old": 1})

    await room.close(claim, "dead")

    assert [claim.id.encode()] == await room.store.redis.zrange(room.store.keys.dead, 0, -1)


async def test_foreign_entry(room):
    """
    A key of another type in an entry's place is an entry that is not known; the one beside it is.
    """
    claims = await room.entries(1, 2)
    name = room.store.keys.entry(claims[1].id)
    await room.store.redis.delete(name)
    await room.store.redis.lpush(name, "x")

    got = await read_entries(room.store, [claims[1].id, claims[2].id])

    assert {} == got[0]
    assert b"ref" in got[1]


async def test_damaged_counts(room):
    """
    A counter that is no number is a named error.
    """
    await room.store.redis.hset(room.store.keys.counts, "entries.seen", "junk")

    with pytest.raises(StoreError, match=r"the stored counters are damaged: entries\.seen is no number"):
        await counts(room.store)
