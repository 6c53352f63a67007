"""Laws of acting once on what is delivered at least once."""

import threading
from contextlib import closing
from datetime import timedelta

import pytest
import redis

from ingest.settings import Settings
from ingest.store.consume import consume
from ingest.store.consume_async import consume_async
from ingest.store.once import Once, Standing
from tests.unit.store.output import publish


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing new is known after a moment."""
    monkeypatch.setattr("ingest.store.member.BLOCK_MS", 5)


@pytest.fixture
def client(settings: Settings):
    """A way to the stream itself."""
    with redis.Redis.from_url(settings.redis_url) as opened:
        yield opened


@pytest.fixture
def once(settings: Settings):
    """The memory of group g, as one process opens it."""
    with closing(Once(settings.redis_url, "g", prefix=settings.prefix)) as opened:
        yield opened


def events(settings: Settings):
    return consume(settings.redis_url, "g", "one", prefix=settings.prefix, stop_when_idle=True)


class Table:
    """A memory of the user's own."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.marks: dict[str, Standing] = {}

    def begin(self, event_id: str) -> Standing:
        self.said.append(f"begin {event_id}")
        before = self.marks.get(event_id, "new")
        self.marks.setdefault(event_id, "again")
        return before

    def done(self, event_id: str) -> None:
        self.said.append(f"done {event_id}")
        self.marks[event_id] = "done"


def test_all_again(client: redis.Redis, settings: Settings, once: Once):
    """
    A group that is read from the beginning again is given nothing that was done.
    """
    publish(client, settings.stream, 1, 2)
    before = [event.subject for event in once.fresh(events(settings))]
    client.xgroup_destroy(settings.stream, "g")
    publish(client, settings.stream, 3)

    after = [event.subject for event in once.fresh(events(settings))]

    assert (["a1", "a2"], ["a3"]) == (before, after)


def test_a_crash_in_the_middle(client: redis.Redis, settings: Settings, once: Once):
    """
    An event that was begun and not finished comes again.
    """
    publish(client, settings.stream, 1, 2)
    with closing(once.fresh(events(settings))) as fresh:
        before = [next(fresh).subject, next(fresh).subject]

    after = [event.subject for event in once.fresh(events(settings))]

    assert (["a1", "a2"], ["a2"]) == (before, after)


async def test_in_asyncio(client: redis.Redis, settings: Settings, once: Once):
    """
    The members of a group share the memory, whichever way they read.
    """
    publish(client, settings.stream, 1)
    before = [event.subject for event in once.fresh(events(settings))]
    publish(client, settings.stream, 2, 1)
    arriving = consume_async(settings.redis_url, "g", "two", prefix=settings.prefix, stop_when_idle=True)

    after = [event.subject async for event in once.fresh_async(arriving)]

    assert (["a1"], ["a2"]) == (before, after)


def test_standing(once: Once):
    """
    What is known of an event is said, step by step; work that fails leaves it begun.
    """
    got = []

    def work(divisor: int) -> None:
        with once.working("e") as standing:
            got.append(standing)
            1 // divisor

    with pytest.raises(ZeroDivisionError):
        work(0)
    work(1)
    work(1)

    assert ["new", "again", "done"] == got


def test_two_groups(settings: Settings, once: Once):
    """
    What one group has done is new to another.
    """
    with once.working("e"):
        pass

    with closing(Once(settings.redis_url, "h", prefix=settings.prefix)) as other, other.working("e") as standing:
        assert "new" == standing


def test_forgotten(client: redis.Redis, settings: Settings):
    """
    A mark ends with the memory, and the memory begins anew when the event is done.
    """
    with closing(Once(settings.redis_url, "g", prefix=settings.prefix, memory=timedelta(hours=1))) as once:
        key = f"{settings.prefix}:done:g:e"
        with once.working("e"):
            begun = (client.get(key), client.pttl(key))
            client.pexpire(key, 1000)
        done = (client.get(key), client.pttl(key))

    assert (b"begun", b"done") == (begun[0], done[0])
    assert all(3_500_000 < left <= 3_600_000 for left in (begun[1], done[1]))


def test_a_memory_of_your_own(client: redis.Redis, settings: Settings):
    """
    Any object that can begin and finish will do; it is asked around the work, before the acknowledgement.
    """
    publish(client, settings.stream, 1, 1)
    table = Table()
    fresh = Once(table).fresh(events(settings))
    for event in fresh:
        table.said.append(f"work {event.id} of {client.xpending(settings.stream, 'g')['pending']}")

    assert ["begin a1-1", "work a1-1 of 2", "done a1-1", "begin a1-1"] == table.said


def test_close_leaves_yours_open():
    """
    Closing what opened nothing is harmless.
    """
    Once(Table()).close()


def test_a_store_that_goes_away(start_server):
    """
    A mark waits for the store as the events do.
    """
    server = start_server("--appendfsync", "always")
    with closing(Once(server.url, "g")) as once:
        with once.working("e"):
            server.kill()
            threading.Timer(0.3, server.start).start()

        with once.working("e") as standing:
            assert "done" == standing


def test_a_full_store(start_server):
    """
    A store that is full is waited for: the event is marked once there is room.
    """
    server = start_server("--maxmemory", "1")
    with redis.Redis.from_url(server.url) as client, closing(Once(server.url, "g")) as once:
        threading.Timer(0.3, client.config_set, ("maxmemory", 0)).start()

        with once.working("e") as standing:
            assert "new" == standing
