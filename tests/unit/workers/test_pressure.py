"""Articles wait while the store fills up, polls are slowed last, and all of it ends by itself."""

import pytest
from structlog.testing import capture_logs

from ingest.store.articles import stream_length
from ingest.store.load import Load, read_load
from workers.pressure import LOOK_SECONDS, SLOW_TICKS, Gauge, Marks, pressure

MARKS = Marks(memory=0.8, events=100)


@pytest.mark.parametrize(
    ("load", "was", "expected"),
    [
        (Load(), "none", "none"),
        (Load(memory=0.79, unread=99), "none", "none"),
        (Load(memory=0.80), "none", "articles"),
        (Load(unread=100), "none", "articles"),
        (Load(memory=0.89, unread=199), "none", "articles"),
        (Load(memory=0.90), "none", "polls"),
        (Load(unread=200), "none", "polls"),
        (Load(memory=1.2, unread=10**9), "none", "polls"),
        # What waits goes on a little below the mark where it stopped.
        (Load(memory=0.77), "articles", "articles"),
        (Load(memory=0.75), "articles", "none"),
        (Load(unread=96), "articles", "articles"),
        (Load(unread=94), "articles", "none"),
        (Load(memory=0.86), "polls", "polls"),
        (Load(memory=0.85), "polls", "articles"),
        (Load(memory=0.1), "polls", "none"),
        (Load(memory=0.86), "articles", "articles"),
    ],
)
def test_pressure(load, was, expected):
    """
    What waits at a load follows from the marks and from what waited before.
    """
    assert expected == pressure(load, MARKS, was)


def test_no_marks():
    """
    Without a limit of memory and without a mark for events nothing ever waits.
    """
    assert "none" == pressure(Load(unread=10**9), Marks(memory=0.8, events=None), "none")


async def unread(store, count, group=""):
    for _ in range(count):
        await store.redis.xadd(store.keys.articles, {"a": "b"})
    if group:
        await store.redis.xgroup_create(store.keys.articles, group, id="0")
    return (await read_load(store)).unread


async def test_unread(store):
    """
    Unread is what the slowest group has not acknowledged, and without any group all there is.
    """
    key = store.keys.articles
    assert 0 == await unread(store, 0)
    assert 3 == await unread(store, 3)
    assert 3 == await unread(store, 0, "slow")
    rows = await store.redis.xreadgroup("slow", "s", {key: ">"}, count=2)
    assert 3 == await unread(store, 0)
    await store.redis.xack(key, "slow", *(row for row, _ in rows[0][1]))
    assert 1 == await unread(store, 0)
    assert 3 == await unread(store, 0, "new")
    # A row that was taken out makes the server forget how far the groups are behind.
    await store.redis.xdel(key, (await store.redis.xrange(key))[1][0])
    assert await stream_length(store) <= (await read_load(store)).unread <= 3


async def test_gauge(store, settings):
    """
    The store is looked at once in a while; what waits is said once, and polls go on, slowly at the worst.
    """
    time = [0.0]
    gauge = Gauge(settings.model_copy(update={"high_water_events": 2}), clock=lambda: time[0])
    assert [True] * 3 == [await gauge.lets_through(store, work) for work in ("feeds", "entries", "revisits")]
    await unread(store, 2)
    assert await gauge.lets_through(store, "entries")

    with capture_logs() as logs:
        time[0] += LOOK_SECONDS
        assert [True, False, False] == [await gauge.lets_through(store, w) for w in ("feeds", "entries", "revisits")]
        await unread(store, 2)
        time[0] += LOOK_SECONDS
        assert 1 == sum([await gauge.lets_through(store, "feeds") for _ in range(SLOW_TICKS)])
        await store.redis.delete(store.keys.articles)
        time[0] += LOOK_SECONDS
        assert [True] * 3 == [await gauge.lets_through(store, work) for work in ("feeds", "entries", "revisits")]

    assert ["articles", "polls", "none"] == [line["waits"] for line in logs]
