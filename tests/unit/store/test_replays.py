"""How an article stands, and the one step that publishes what a replay made of it."""

import zlib
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from ingest.messages.event import PUBLISHED, UPDATED, WITHDRAWN, stream_fields
from ingest.models import Event
from ingest.store.articles import commit_article
from ingest.store.entries import counts
from ingest.store.replays import commit_replay, count_unkept, events_between, standing_of
from tests.unit.store.records import change_record

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


def event(revision: int, type_: str = UPDATED, subject: str = "a") -> dict[str, bytes]:
    data = orjson.dumps({"id": subject, "revision": revision, "title": f"Title {revision}"})
    return stream_fields(
        Event(id=f"{subject}-{revision}", type=type_, source="copydesk/t", subject=subject, time=T0, data=data)
    )


class Story:
    """The article "a", published once."""

    def __init__(self, room):
        self.room, self.store, self.keys = room, room.store, room.store.keys

    async def publish(self):
        claims = await self.room.entries(1)
        await commit_article(
            self.store,
            claims[1],
            self.room.article("a", text="digest"),
            url_keys=("k",),
            head=None,
            event=event(1, PUBLISHED),
            memory=self.room.memory,
            attempts=1,
        )
        return self

    async def revisit(self, fields=None, revision=2, **more):
        """What a look leaves in the article."""
        row = await self.store.redis.xadd(self.keys.articles, fields) if fields else b""
        await change_record(self.store, "a", revision=revision, revisit_event=row, **more)

    async def draft(self, data: bytes, **more):
        await self.store.redis.hset(self.keys.draft("a"), mapping={"data": data, **more})


@pytest.fixture
async def story(room):
    return await Story(room).publish()


async def test_unknown(room):
    """
    An article that was never published has no standing.
    """
    assert await standing_of(room.store, "a") is None


async def test_first(story):
    """
    An article's only event is its last, and the digest is that of its text.
    """
    got = await standing_of(story.store, "a")

    assert (1, "Title 1", False, "digest") == (got.revision, got.last["title"], got.is_withdrawn, got.first_digest)


async def test_revised(story):
    """
    After a look that sent a revision, that is the last event; a withdrawal is told as one.
    """
    await story.revisit(event(2))
    revised = await standing_of(story.store, "a")
    await story.revisit(event(3, WITHDRAWN), revision=3)

    withdrawn = await standing_of(story.store, "a")

    assert (2, "Title 2", False) == (revised.revision, revised.last["title"], revised.is_withdrawn)
    assert (3, True) == (withdrawn.revision, withdrawn.is_withdrawn)


async def test_a_quiet_look(story):
    """
    After a look that sent nothing the event before it may be out of sight; an older one is never taken for it.
    """
    await story.revisit(None)

    got = await standing_of(story.store, "a")

    assert (2, None) == (got.revision, got.last)


@pytest.mark.parametrize(
    ("data", "title"),
    [
        (zlib.compress(orjson.dumps({"id": "a", "revision": 1, "title": "Draft"})), "Draft"),
        (zlib.compress(orjson.dumps({"id": "a", "revision": 9, "title": "Draft"})), "Title 1"),
        (zlib.compress(orjson.dumps({"id": "b", "revision": 1, "title": "Draft"})), "Title 1"),
        (zlib.compress(b"[]"), "Title 1"),
        (zlib.compress(b"{"), "Title 1"),
        (b"no zlib", "Title 1"),
        (b"", "Title 1"),
    ],
    ids=["whole", "other-revision", "other-article", "list", "torn", "foreign", "none"],
)
async def test_draft(story, data, title):
    """
    The draft of a watched article is its last event, where it is that; a damaged one is passed over for the stream.
    """
    await story.draft(data)

    got = await standing_of(story.store, "a")

    assert title == got.last["title"]


async def test_rows_that_are_no_events(story):
    """
    A row that was cut, or is none of ours, is as if it were not known.
    """
    await story.store.redis.xtrim(story.keys.articles, maxlen=0, approximate=False)
    cut = await standing_of(story.store, "a")
    await story.revisit({"a": "b"}, revision=1, event="no row")

    foreign = await standing_of(story.store, "a")

    assert (None, None) == (cut.last, foreign.last)


async def test_published(story):
    """
    A replay's revision is on the stream, counted, and the article's last event from then on; its draft says it too.
    """
    await story.draft(b"old")

    got = await commit_replay(story.store, "a", event(2), base=1, mark="m")

    standing = await standing_of(story.store, "a")
    draft = zlib.decompress(await story.store.redis.hget(story.keys.draft("a"), "data"))
    assert ("published", 2, "Title 2") == (got, standing.revision, standing.last["title"])
    assert (event(2)["data"], 1, ["a", "a"]) == (
        draft,
        (await counts(story.store))["replays.published"],
        await story.room.published(),
    )


async def test_its_end(story):
    """
    A replay leaves the article's record its end: it is remembered from its last use on, not for ever.
    """
    await commit_replay(story.store, "a", event(2), base=1, mark="m")

    assert 0 < await story.store.redis.pttl(story.keys.article("a")) <= story.room.memory.total_seconds() * 1000


async def test_no_draft(story):
    """
    An article that nobody looks at again gets no draft.
    """
    await commit_replay(story.store, "a", event(2), base=1, mark="m")

    assert 0 == await story.store.redis.exists(story.keys.draft("a"))


@pytest.mark.parametrize("outcome", ["moved", "busy", "forgotten", "foreign"])
async def test_refused(story, outcome):
    """
    Over another revision, over a look in hand and over nothing a replay writes nothing.
    """
    redis = story.store.redis
    match outcome:
        case "moved":
            await story.revisit(event(2))
        case "busy":
            await redis.hset(story.keys.token("revisits"), "a", 7)
        case "forgotten":
            await redis.delete(story.keys.article("a"))
        case "foreign":
            await redis.delete(story.keys.article("a"))
            await redis.lpush(story.keys.article("a"), "x")
    before = await story.room.dump()

    got = await commit_replay(story.store, "a", event(2), base=1, mark="m")

    assert ("forgotten" if outcome == "foreign" else outcome, before) == (got, await story.room.dump())


async def test_again(story):
    """
    The same replay twice is published once, also when another revision came behind it.
    """
    await commit_replay(story.store, "a", event(2), base=1, mark="m")
    await commit_replay(story.store, "a", event(3), base=2, mark="n")

    got = [await commit_replay(story.store, "a", event(4), base=base, mark="n") for base in (2, 3)]

    assert (["published"] * 2, 3) == (got, len(await story.room.published()))


async def test_events_between(room):
    """
    Every event of a span is given once, in order, page by page; what is no event is passed over.
    """
    start = 1_700_000_000_000
    for number in range(450):
        fields = {b"a": b"b"} if number == 7 else event(number + 1)
        await room.store.redis.xadd(room.store.keys.articles, fields, id=f"{start + number}-0")

    def at(number):
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=start + number)

    async def numbers(*span):
        return [one.article["revision"] - 1 async for one in events_between(room.store, *span)]

    everything = [number for number in range(450) if number != 7]
    assert everything == await numbers(None, None)
    assert [10, 11] == await numbers(at(10), at(12))
    assert everything[-3:] == await numbers(at(447), None)
    assert [0, 1] == await numbers(None, at(2))
    assert [] == await numbers(at(9), at(9))


async def test_count_unkept(room):
    """
    What an archive lost is counted.
    """
    await count_unkept(room.store)
    await count_unkept(room.store)

    assert {"archive.lost": 2} == await counts(room.store)
