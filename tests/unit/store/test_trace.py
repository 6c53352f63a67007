"""The story of an entry."""

import pytest

from ingest.messages.event import make_event, stream_fields
from ingest.store.articles import commit_article
from ingest.store.due import release
from ingest.store.trace import trace
from tests.unit.store.records import record


@pytest.fixture
def publish(room):
    """Publish a claimed entry with a whole event."""

    async def publish(claim, name: str, url: str):
        article = room.article(name)
        event = make_event(article, source="copydesk/test", now=article.fetched_at)
        return await commit_article(
            room.store,
            claim,
            article,
            url_keys=[url],
            head=None,
            event=stream_fields(event),
            memory=room.memory,
            attempts=1,
        )

    return publish


async def test_waiting(room):
    """
    An entry in hand is found by its id and by its address, with its last failure and when it comes again.
    """
    claim = (await room.entries(1))[1]
    await room.begin("entries", claim)
    await release(room.store, "entries", claim, pause=room.long, is_strike=True, error="timeout")

    got = await trace(room.store, room.entry_id(1)), await trace(room.store, "http://www.gazette.example/1/")

    one = got[0]
    assert one == got[1]
    assert (claim.id, "Title 1", "timeout", "", True, None) == (
        one.entry_id,
        one.ref.entry.title,
        one.error,
        one.outcome,
        one.due_at > one.seen_at,
        one.claimed_until,
    )
    assert room.feed_url == one.feed.url


async def test_in_work(room):
    """
    An entry that a worker has is told so.
    """
    claim = (await room.entries(1))[1]

    got = await trace(room.store, claim.id)

    assert (True, None) == (got.claimed_until > got.seen_at, got.due_at)


async def test_published(room, publish):
    """
    A published article is found by its address, its id and its entry's, with its event as long as the stream holds it.
    """
    claim = (await room.entries(1))[1]
    await publish(claim, "a" * 32, "gazette.example/1")

    got = [await trace(room.store, target) for target in (claim.id, "a" * 32, "https://gazette.example/1")]
    await room.store.redis.xtrim(room.store.keys.articles, maxlen=0)
    trimmed = await trace(room.store, claim.id)

    assert got[0] == got[1] == got[2]
    assert ("published", "a" * 32, f"Title of {'a' * 32}") == (
        got[0].outcome,
        got[0].article_id,
        got[0].document["title"],
    )
    assert (got[0].row, None) == (trimmed.row, trimmed.document)
    assert ("a" * 32, int(got[0].row.partition("-")[0])) == (got[0].head_id, got[0].published_at.timestamp() * 1000)


async def test_published_copy(room):
    """
    A copy's story names its head.
    """
    claims = await room.entries(1, 2)
    await room.publish(claims[1], "a" * 32, text="same")
    await room.publish(claims[2], "b" * 32, text="same", head="a" * 32)

    got = [await trace(room.store, claim.id) for claim in claims.values()]

    assert ["a" * 32, "a" * 32] == [one.head_id for one in got]


async def test_duplicate_and_dead(room):
    """
    A double names the article it doubles; a dead letter keeps its reason and is found by its address.
    """
    claims = await room.entries(1, 2)
    await room.close(claims[1], "duplicate", "b" * 32)
    await room.close(claims[2])

    double, dead = await trace(room.store, claims[1].id), await trace(room.store, "https://gazette.example/2")

    assert ("duplicate", "b" * 32) == (double.outcome, double.article_id)
    assert ("dead", "no text", claims[2].id) == (dead.outcome, dead.reason, dead.entry_id)


async def test_removed_feed(room):
    """
    An entry outlives its feed's subscription.
    """
    claim = (await room.entries(1))[1]
    await room.store.redis.delete(room.store.keys.feed(room.feed.id))

    got = await trace(room.store, claim.id)

    assert got.feed is None


@pytest.mark.parametrize("target", ["f" * 32, "https://gazette.example/none", "nonsense", "", "https://[", "\ud800"])
async def test_unknown(room, target):
    """
    What nobody has seen has no story.
    """
    await room.entries(1)

    assert None is await trace(room.store, target)


async def test_damaged(room):
    """
    Foreign bytes in what is stored are no failure.
    """
    claim = (await room.entries(1))[1]
    damage = {"ref": b"\xff", "strikes": b"\xff", "seen": b"x", "article": b"\xff", "feed": b"\xff"}
    await room.store.redis.hset(room.store.keys.entry(claim.id), mapping=damage)
    await room.store.redis.set(room.store.keys.article("\ufffd"), record(b"1-\xff"))

    got = await trace(room.store, claim.id)

    assert (None, 0, None, None) == (got.ref, got.attempts, got.seen_at, got.document)
