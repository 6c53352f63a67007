"""What a scheduler does beside handing out work."""

from datetime import UTC, datetime, timedelta

from structlog.testing import capture_logs

from workers.chores import chores


def _chore(settings, name):
    (found,) = [chore for chore in chores(settings) if chore.name == name]
    return found


async def test_dropped_events_are_announced(store, settings):
    """
    Events that leave unread, by the operator's own limit, are said aloud with their number.
    """
    for number in range(1, 301):
        await store.redis.xadd(store.keys.articles, {"id": "x"}, id=f"{number}-0")
    await store.redis.xadd(store.keys.articles, {"id": "young"})
    settings = settings.model_copy(update={"stream_limit": timedelta(hours=1)})

    with capture_logs() as logs:
        for _ in range(2):
            await _chore(settings, "trim").do(store)
    left = await store.redis.xlen(store.keys.articles)

    assert [("stream.dropped-unread", 301 - left)] == [(entry["event"], entry["events"]) for entry in logs]


async def test_nothing_is_said_of_what_was_read(store, settings):
    """
    A cut behind all readers is everyday work, and a stream nobody reads stays whole.
    """
    await store.redis.xadd(store.keys.articles, {"id": "x"}, id="1-0")

    with capture_logs() as logs:
        await _chore(settings, "trim").do(store)

    assert ([], 1) == (logs, await store.redis.xlen(store.keys.articles))


def test_names(settings):
    """
    Every chore has a name of its own, by which the log calls it.
    """
    names = [chore.name for chore in chores(settings)]

    assert sorted(set(names)) == sorted(names)


async def test_drift_is_announced_once(store, settings):
    """
    A source that falls silent is said aloud once, with what was found.
    """
    today = datetime.now(UTC).timestamp() // 86_400
    days = {str(int(today) - 3 - day): "10 10 4000 0 0 0 9000" for day in range(30)}
    await store.redis.hset(store.keys.volume("mute.example"), mapping={**days, "feed": "f"})
    await store.redis.hset(store.keys.feed("f"), "polled", round(datetime.now(UTC).timestamp() * 1000))
    await store.redis.zadd(store.keys.volumes, {"mute.example": (today - 2.1) * 86_400_000})

    with capture_logs() as logs:
        for _ in range(2):
            await _chore(settings, "drift").do(store)

    assert [("source.drift", "mute.example", "silent")] == [(e["event"], e["source"], e["kind"]) for e in logs]
