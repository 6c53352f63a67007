"""Laws of events that are delivered too often: they are put aside, and their group goes on."""

import itertools
import os
import signal
import subprocess
import sys
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

import pytest
import redis

from ingest.settings import Settings
from ingest.store.aside import drop_aside, list_aside, list_groups, retry_aside
from ingest.store.consume import consume
from ingest.store.consume_async import consume_async
from tests.unit.store.output import publish

NEVER = 10**9
ROOT = Path(__file__).parents[3]
#: Says what it was given, and dies of the second event as of a power cut.
CONSUMER = """
import os, signal, sys
from ingest import consume

url, prefix, name = sys.argv[1:]
for event in consume(url, "g", name, prefix=prefix, take_over_ms=0, stop_when_idle=True, max_deliveries=3):
    print(event.subject, flush=True)
    if event.subject == "a1":
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing new is known after a moment."""
    monkeypatch.setattr("ingest.store.member.BLOCK_MS", 5)


@pytest.fixture
def client(settings: Settings):
    """A way to the stream itself."""
    with redis.Redis.from_url(settings.redis_url) as opened:
        yield opened


def run(settings: Settings, name: str) -> tuple[list[str], int]:
    """What one consumer process said, and how it ended."""
    done = subprocess.run(
        [sys.executable, "-c", CONSUMER, settings.redis_url, settings.prefix, name],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout.split(), done.returncode


@pytest.mark.parametrize("names", [["me"] * 4, ["one", "two", "three", "four"]], ids=["its own", "taken over"])
async def test_killed_by_an_event(client: redis.Redis, settings: Settings, store, names: list[str]):
    """
    An event that kills its consumer is put aside, whole, after as many deliveries as it may have; all others are done.
    """
    rows = publish(client, settings.stream, *range(4))

    got = [run(settings, name) for name in names]

    killed = -signal.SIGKILL
    assert [(["a0", "a1"], killed), (["a1"], killed), (["a1"], killed), (["a2", "a3"], 0)] == got
    (letter,) = await list_aside(store, "g")
    (standing,) = await list_groups(store)
    assert ("a1-1", "a1", 3, names[2], "Title 1") == (
        letter.event,
        letter.subject,
        letter.deliveries,
        letter.consumer,
        letter.article["title"],
    )
    assert ("g", 0, 0, 1) == (standing.name, standing.lag, standing.pending, standing.dead)
    assert 4 == len(rows) == client.xlen(settings.stream)


def events(settings: Settings, name: str = "one", **options: Any):
    return consume(
        settings.redis_url,
        "g",
        name,
        prefix=settings.prefix,
        **{"take_over_ms": NEVER, "stop_when_idle": True} | options,
    )


def die_over_first(settings: Settings, times: int, **options: Any) -> list[str]:
    """What a consumer is given first that dies of it, so many times."""
    first = []
    for _ in range(times):
        with closing(events(settings, **options)) as given:
            first.append(next(given).subject)
    return first


def test_no_limit(client: redis.Redis, settings: Settings):
    """
    Without a limit an event comes again until it is done.
    """
    publish(client, settings.stream, 0, 1)

    first = die_over_first(settings, 12)

    assert (["a0"] * 12, ["a0", "a1"]) == (first, [event.subject for event in events(settings)])


def test_those_behind(client: redis.Redis, settings: Settings):
    """
    A death counts against the event that was worked on, and not against those that waited behind it.
    """
    publish(client, settings.stream, *range(60))

    first = die_over_first(settings, 8, max_deliveries=2)

    # The first was worked on twice; all behind it in its batch had one delivery and now get their own.
    assert ["a0", "a0", *(f"a{number}" for number in range(1, 7))] == first
    assert [f"a{number}" for number in range(6, 60)] == [event.subject for event in events(settings)]


async def test_async(client: redis.Redis, settings: Settings, store):
    """
    In asyncio the limit is the same.
    """
    publish(client, settings.stream, 0, 1)
    first = []

    for _ in range(3):
        options = {"prefix": settings.prefix, "stop_when_idle": True, "max_deliveries": 2}
        async with aclosing(consume_async(settings.redis_url, "g", "one", **options)) as given:
            first.append((await anext(given)).subject)

    assert (["a0", "a0", "a1"], ["a0"]) == (first, [one.subject for one in await list_aside(store, "g")])


async def test_retry(client: redis.Redis, settings: Settings, store):
    """
    A dead letter that is given again comes to its group alone, before what is new, and counts from the beginning.
    """
    publish(client, settings.stream, 0, 1)
    die_over_first(settings, 3, max_deliveries=2)
    list(events(settings))
    publish(client, settings.stream, 2)
    (letter,) = await list_aside(store, "g")

    results = [await retry_aside(store, "g", letter.id) for _ in range(2)]

    assert ["retried", "unknown"] == results
    assert ["a0", "a0"] == die_over_first(settings, 2, name="two", take_over_ms=10**6, max_deliveries=2)
    assert ["a2"] == [one.subject for one in events(settings, "two", max_deliveries=2)]
    assert (["a0"], []) == ([one.subject for one in await list_aside(store, "g")], await list_aside(store, "h"))


async def test_retry_of_what_is_cut(client: redis.Redis, settings: Settings, store):
    """
    A dead letter whose row has left the stream, or whose group is gone, stays, whole, until it is dropped.
    """
    (row, _) = publish(client, settings.stream, 0, 1)
    die_over_first(settings, 3, max_deliveries=2)
    (letter,) = await list_aside(store, "g")
    client.xdel(settings.stream, row)
    cut = await retry_aside(store, "g", letter.id)
    client.xgroup_destroy(settings.stream, "g")

    gone = await retry_aside(store, "g", letter.id)

    assert ("gone", "gone", [letter]) == (cut, gone, await list_aside(store, "g"))
    assert [("g", 1)] == [(one.name, one.dead) for one in await list_groups(store)]
    assert [True, False] == [await drop_aside(store, "g", letter.id) for _ in range(2)]
    assert [] == await list_groups(store)


async def test_full(client: redis.Redis, settings: Settings, store, monkeypatch: pytest.MonkeyPatch):
    """
    While a group has as many dead letters as it may, an event comes again as without a limit: none is lost.
    """
    monkeypatch.setattr("ingest.store.member.MAX_ASIDE", 1)
    publish(client, settings.stream, 0, 1)

    first = die_over_first(settings, 7, max_deliveries=2)

    assert ["a0", "a0", "a1", "a1", "a1", "a1", "a1"] == first
    assert ["a1"] == [event.subject for event in events(settings, max_deliveries=2)]
    assert ["a0"] == [one.subject for one in await list_aside(store, "g")]


@pytest.mark.parametrize(
    ("group", "consumer", "options"),
    [("", "one", {}), ("g", "", {}), ("g", "one", {"take_over_ms": -1}), ("g", "one", {"max_deliveries": 1})],
)
def test_slips(settings: Settings, group, consumer, options):
    """
    A consumer that could not work is refused before it reads anything.
    """
    with pytest.raises(ValueError, match=r"must"):
        next(iter(consume(settings.redis_url, group, consumer, prefix=settings.prefix, **options)))


async def test_full_store(client: redis.Redis, settings: Settings, store):
    """
    A store without room for a dead letter holds no consumer up: the event comes again, and is put aside later.
    """
    publish(client, settings.stream, 0, 1)
    die_over_first(settings, 2, max_deliveries=2)

    client.config_set("maxmemory", 1)
    try:
        first = die_over_first(settings, 1, max_deliveries=2)
    finally:
        client.config_set("maxmemory", 0)

    assert ["a0"] == first
    assert ["a1"] == [event.subject for event in events(settings, max_deliveries=2)]
    assert ["a0"] == [one.subject for one in await list_aside(store, "g")]


def test_cut_before(client: redis.Redis, settings: Settings):
    """
    A row that was cut from the stream while it was pending is passed over, delivered too often or not.
    """
    rows = publish(client, settings.stream, 0, 1, 2)
    die_over_first(settings, 2, max_deliveries=2)
    client.xdel(settings.stream, *rows[:2])

    assert ["a2"] == [event.subject for event in events(settings, max_deliveries=2)]
    assert 0 == client.xpending(settings.stream, "g")["pending"]


@pytest.mark.parametrize("few", [1, 0, -1])
def test_too_few(settings: Settings, few: int):
    """
    A limit of one would put aside what waited behind another event, and is refused.
    """
    with pytest.raises(ValueError, match="max_deliveries must be 2 at least"):
        next(events(settings, max_deliveries=few))


async def test_at_work(client: redis.Redis, settings: Settings, store):
    """
    What another member is working on is not put aside, however often it was delivered.
    """
    publish(client, settings.stream, 0)
    die_over_first(settings, 2, max_deliveries=2)

    busy = events(settings, "one")
    assert "a0" == next(busy).subject
    got = list(itertools.islice(events(settings, "other", take_over_ms=60_000, max_deliveries=2), 1))

    assert ([], []) == (got, await list_aside(store, "g"))
    assert [] == list(busy)
