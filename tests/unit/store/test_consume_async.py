"""Laws of reading the output in asyncio: those of the blocking reader."""

import asyncio
import itertools
import threading
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import pytest
import redis
import redis.asyncio

from ingest.errors import EventError, StoreError
from ingest.settings import Settings
from ingest.store.consume import consume
from ingest.store.consume_async import consume_async
from tests.unit.store.output import held, publish

NEVER = 10**9


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing new is known after a moment."""
    monkeypatch.setattr("ingest.store.member.BLOCK_MS", 5)


@pytest.fixture
def client(settings: Settings):
    """A way to the stream itself."""
    with redis.Redis.from_url(settings.redis_url) as opened:
        yield opened


def events_of(settings: Settings, name: str = "one", **options: Any):
    return aclosing(
        consume_async(
            settings.redis_url,
            "g",
            name,
            prefix=settings.prefix,
            **{"take_over_ms": NEVER, "stop_when_idle": True} | options,
        )
    )


async def subjects(settings: Settings, name: str = "one", **options: Any) -> list[str]:
    async with events_of(settings, name, **options) as events:
        return [event.subject async for event in events]


@pytest.mark.parametrize("count", [0, 1, 50, 51, 120])
async def test_all_in_order(client: redis.Redis, settings: Settings, count: int):
    """
    All events come once, in the order of the stream, and all are acknowledged at the end.
    """
    publish(client, settings.stream, *range(count))

    got = await subjects(settings)

    assert [f"a{number}" for number in range(count)] == got
    assert {} == held(client, settings.stream)


async def test_acknowledged_when_the_next_is_asked_for(client: redis.Redis, settings: Settings):
    """
    An event is pending as long as it is worked on.
    """
    publish(client, settings.stream, 1, 2, 3)
    async with events_of(settings) as events:
        pending = [held(client, settings.stream) async for _ in events]

    assert [{"one": 3}, {"one": 2}, {"one": 1}] == pending


async def test_one_group_for_both(client: redis.Redis, settings: Settings):
    """
    What a member in asyncio left unfinished is given to the member of that name, though it reads in blocking Python.
    """
    publish(client, settings.stream, 1, 2)
    async with events_of(settings) as events:
        await anext(events)

    after = [e.subject for e in consume(settings.redis_url, "g", "one", prefix=settings.prefix, stop_when_idle=True)]

    assert ["a1", "a2"] == after


async def test_a_silent_member(client: redis.Redis, settings: Settings):
    """
    What a silent member holds is taken over.
    """
    publish(client, settings.stream, 1, 2)
    async with events_of(settings, "silent") as events:
        await anext(events)

    assert ["a1", "a2"] == await subjects(settings, "other", take_over_ms=0)


async def test_a_lost_group(client: redis.Redis, settings: Settings):
    """
    A group that the server lost is made again at the beginning.
    """
    publish(client, settings.stream, 1)
    async with events_of(settings, stop_when_idle=False) as events:
        await anext(events)
        client.xgroup_destroy(settings.stream, "g")

        assert "a1" == (await anext(events)).subject


async def test_cancelled(client: redis.Redis, settings: Settings):
    """
    A consumer that is cancelled acknowledges nothing, and hands nothing over.
    """
    publish(client, settings.stream, 1, 2)
    reached = asyncio.Event()

    async def work() -> None:
        async with events_of(settings) as events:
            async for _ in events:
                reached.set()
                await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert {"one": 2} == held(client, settings.stream)


async def test_stop(client: redis.Redis, settings: Settings):
    """
    A consumer that is told to stop acknowledges what it has in hand, and the rest is at once anybody's.
    """
    publish(client, settings.stream, 1, 2, 3)
    stop = asyncio.Event()
    before = []
    async with events_of(settings, stop=stop, stop_when_idle=False, take_over_ms=60_000) as events:
        async for event in events:
            before.append(event.subject)
            stop.set()

    assert (["a1"], ["a2", "a3"]) == (before, await subjects(settings, "other", take_over_ms=60_000))


async def test_slow_members(client: redis.Redis, settings: Settings):
    """
    What waits behind a slow event stays its member's, but for what was taken over meanwhile.
    """
    rows = publish(client, settings.stream, 1, 2, 3, 4)
    async with events_of(settings, "slow", take_over_ms=0) as events:
        await anext(events)
        client.xclaim(settings.stream, "g", "other", 0, rows[1:2], justid=True)
        client.xclaim(settings.stream, "g", "slow", 0, rows[2:], idle=10**6, justid=True)
        got = [(await anext(events)).subject]

        others = await subjects(settings, "other", take_over_ms=10**5)
        got += [event.subject async for event in events]

    assert (["a2"], ["a3", "a4"]) == (others, got)


async def test_a_store_that_goes_away(start_server):
    """
    A store that is killed and started again costs no event and no doubled one.
    """
    server = start_server("--appendfsync", "always")
    with redis.Redis.from_url(server.url) as client:
        publish(client, "copydesk:articles", 1, 2, 3)
    got = []
    async with aclosing(consume_async(server.url, "g", "one", stop_when_idle=True)) as events:
        async for event in events:
            got.append(event.subject)
            if event.subject == "a2":
                server.kill()
                threading.Timer(0.3, server.start).start()

    assert ["a1", "a2", "a3"] == got


async def test_a_lost_reply(client: redis.Redis, settings: Settings, monkeypatch: pytest.MonkeyPatch):
    """
    Events whose delivery got lost on the way are asked for again.
    """
    publish(client, settings.stream, 1)
    execute = redis.asyncio.Redis.execute_command
    got: list[str] = []
    lost = []

    async def execute_and_lose(self: redis.asyncio.Redis, *words: Any, **options: Any) -> Any:
        reply = await execute(self, *words, **options)
        if words[-1] == ">" and got and not lost:
            lost.append(reply)
            raise redis.ConnectionError("gone")
        return reply

    monkeypatch.setattr(redis.asyncio.Redis, "execute_command", execute_and_lose)

    async with events_of(settings) as events:
        async for event in events:
            if not got:
                publish(client, settings.stream, 2)
            got.append(event.subject)

    assert (["a1", "a2"], 1) == (got, len(lost[0][0][1]))


@pytest.mark.parametrize("has_stop", [True, False])
async def test_a_store_that_is_not_there(*, has_stop: bool):
    """
    A store that does not come in time is a named error.
    """
    stop = asyncio.Event() if has_stop else None

    with pytest.raises(StoreError, match="away for too long"):
        await anext(consume_async("redis://127.0.0.1:1", "g", "one", patience=timedelta(milliseconds=80), stop=stop))


async def test_no_address():
    """
    What is no address is said so.
    """
    with pytest.raises(StoreError, match="REDIS_URL"):
        await anext(consume_async("no address", "g", "one"))


async def test_a_foreign_row(client: redis.Redis, settings: Settings):
    """
    A row that is no event of ours is a named error, once.
    """
    client.xadd(settings.stream, {"foreign": "row"})
    publish(client, settings.stream, 1)

    with pytest.raises(EventError):
        await subjects(settings)

    assert ["a1"] == await subjects(settings)


async def test_members_share(client: redis.Redis, settings: Settings):
    """
    Members of a group that work side by side are given each event once between them.
    """
    publish(client, settings.stream, *range(120))

    got = await asyncio.gather(*(subjects(settings, f"m{number}") for number in range(3)))

    assert sorted(f"a{number}" for number in range(120)) == sorted(itertools.chain(*got))
