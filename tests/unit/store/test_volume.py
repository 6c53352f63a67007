"""The law of volumes: each event counts once, whoever counts; what drifts is known once, and forgotten when it ends."""

import asyncio
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from ingest.drift import Day, day_number
from ingest.store.entries import counts
from ingest.store.volume import count_volume, judge_sources, read_drifts, read_volume

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
TODAY = day_number(NOON)


def _row(at, *, domain="gazette.example", type_="article.published.v1", **changes):
    data = {
        "source": {"domain": domain},
        "feed": {"id": "f1"},
        "text": "Some words." * 3,
        "word_count": 400,
        "content_source": "page",
        "cleaning": {"flags": [], "removed": [{"text": "Sign up"}]},
        "published_at": (at - timedelta(minutes=4)).isoformat(),
        "first_seen_at": (at - timedelta(seconds=3)).isoformat(),
    }
    return {"type": type_, "data": orjson.dumps(data | changes)}


async def _send(store, at, **changes):
    await store.redis.xadd(store.keys.articles, _row(at, **changes), id=f"{round(at.timestamp() * 1000)}-*")


async def test_each_event_counts_once(store):
    """
    Two who count at the same time, and one who comes later, count every event once.
    """
    for second in range(600):
        await _send(store, NOON + timedelta(seconds=second), domain=f"{'ab'[second % 2]}.example")

    await asyncio.gather(count_volume(store), count_volume(store))
    while await count_volume(store):
        pass

    one = await read_volume(store, "a.example")
    assert {TODAY: Day(articles=300, texts=300, words=120_000, removed=2100, kept=9900)} == one
    assert 0 == await count_volume(store)


async def test_what_counts(store):
    """
    First publications count; a copy without its text is an article but no text; foreign rows count nothing.
    """
    await _send(store, NOON, content_source="feed", word_count=9999)
    await _send(store, NOON, cleaning={"flags": ["thin"], "removed": []})
    await _send(store, NOON, domain="")
    await _send(store, NOON, type_="article.updated.v1")
    await _send(store, NOON + timedelta(days=1), text="", word_count=0)
    for foreign in ({"type": "article.published.v1"}, {"x": "y"}, {"type": "article.published.v1", "data": "[1]"}):
        await store.redis.xadd(store.keys.articles, foreign)
    await store.redis.xadd(store.keys.articles, _row(NOON, published_at="soon"))

    assert 9 == await count_volume(store)

    first = Day(articles=2, texts=2, words=3400, feed_texts=1, flagged=1, removed=7, kept=66)
    assert {TODAY: first, TODAY + 1: Day(articles=1)} == await read_volume(store, "gazette.example")
    assert 1 == await store.redis.zcard(store.keys.volumes)


async def test_delays(store):
    """
    The time from publication, where the article says it, and from first sight to the event falls into buckets.
    """
    await _send(store, NOON)
    await _send(store, NOON, published_at=None, first_seen_at=(NOON - timedelta(days=9)).isoformat())
    await _send(store, NOON, published_at=(NOON + timedelta(hours=1)).isoformat())

    await count_volume(store)

    found = {name: n for name, n in (await counts(store)).items() if name.startswith("delay.")}
    assert {
        "delay.publication.300": 1,
        "delay.publication.5": 1,
        "delay.publication.milliseconds": 240_000,
        "delay.sight.5": 2,
        "delay.sight.more": 1,
        "delay.sight.milliseconds": 6000 + 9 * 86_400_000,
    } == found


async def test_bounded(store):
    """
    A source keeps five weeks, and is forgotten ninety days after its last event.
    """
    start = datetime.now(UTC) - timedelta(days=150)
    await _send(store, start, domain="old.example")
    for day in range(60):
        await _send(store, start + timedelta(days=90 + day))

    await count_volume(store)

    assert 35 == len(await read_volume(store, "gazette.example"))
    assert [b"gazette.example"] == await store.redis.zrange(store.keys.volumes, 0, -1)
    assert 0 < await store.redis.ttl(store.keys.volume("gazette.example")) <= 90 * 86_400


@pytest.fixture
def steady(store):
    """Plants a source with ten articles a day, up to some days ago, and the feed that showed them."""

    async def plant(domain, *, silent_days, **feed):
        now = datetime.now(UTC)
        last = now - timedelta(days=silent_days)
        for day in range(30):
            number = str(day_number(last) - day)
            await store.redis.hset(store.keys.volume(domain), number, "10 10 4000 0 0 0 9000")
        await store.redis.hset(store.keys.volume(domain), "feed", domain)
        await store.redis.zadd(store.keys.volumes, {domain: last.timestamp() * 1000})
        known = {"polled": round(now.timestamp() * 1000)} | feed
        await store.redis.hset(store.keys.feed(domain), mapping=known)

    return plant


async def _news(store):
    return [(one.domain, one.drift.kind) async for one in judge_sources(store)]


async def test_drift_is_news_once(store, steady):
    """
    A source that falls silent is news once, though two look; it is no longer known once it speaks again.
    """
    await steady("loud.example", silent_days=0.1)
    await steady("mute.example", silent_days=3)

    first = await asyncio.gather(_news(store), _news(store))
    again = await _news(store)
    known = [(one.domain, one.drift.kind) for one in await read_drifts(store)]
    await steady("mute.example", silent_days=0.1)
    later = await _news(store)

    assert [[], [("mute.example", "silent")]] == sorted(first)
    assert ([], [("mute.example", "silent")]) == (again, known)
    assert ([], ()) == (later, await read_drifts(store))


@pytest.mark.parametrize(
    "feed",
    [
        {"state": "paused"},
        {"state": "dormant"},
        {"polled": round((datetime.now(UTC) - timedelta(days=2.9)).timestamp() * 1000)},
        {"polled": "x"},
    ],
)
async def test_silence_of_our_own(store, steady, feed):
    """
    A source that we did not ask, because its feed rests or we were down, is not called silent.
    """
    await steady("mute.example", silent_days=3, **feed)

    assert [] == await _news(store)


async def test_damage(store, steady):
    """
    What is stored and not of our making is left out.
    """
    await steady("mute.example", silent_days=3)
    await store.redis.hset(store.keys.volume("mute.example"), mapping={"x": "1", "20000": "many", "20001": "1 2"})
    await store.redis.hset(store.keys.drifts, mapping={"mute.example": "{}", "b.example": "x", "c.example": "[1]"})

    assert () == await read_drifts(store)
    assert 30 == len(await read_volume(store, "mute.example"))
    assert [("mute.example", "silent")] == await _news(store)
    assert [b"mute.example"] == await store.redis.hkeys(store.keys.drifts)


async def test_an_odd_cursor(store):
    """
    A cursor that is no row's id begins anew rather than never.
    """
    await _send(store, NOON)
    await store.redis.set(store.keys.volume_cursor, "x")

    assert 1 == await count_volume(store)
    assert 0 == await count_volume(store)
