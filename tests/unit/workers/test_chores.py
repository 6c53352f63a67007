"""What a scheduler does beside handing out work."""

from datetime import timedelta

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
