"""Laws of reading the output as a member of a consumer group."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
import redis

from ingest.errors import EventError, StoreError
from ingest.messages.event import ReceivedEvent
from ingest.settings import Settings
from ingest.store.consume import consume
from tests.ports import free_port
from tests.unit.store.output import NOON, held, publish

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


def _publish(client: redis.Redis, settings: Settings, *numbers: int) -> list[bytes]:
    return publish(client, settings.stream, *numbers)


def _events(settings: Settings, name: str = "one", group: str = "g", **options: Any) -> Iterator[ReceivedEvent]:
    return consume(
        settings.redis_url,
        group,
        name,
        prefix=settings.prefix,
        **{"take_over_ms": NEVER, "stop_when_idle": True} | options,
    )


def _subjects(events: Iterator[ReceivedEvent]) -> list[str]:
    return [event.subject for event in events]


def _pending(client: redis.Redis, settings: Settings) -> int:
    found: int = client.xpending(settings.stream, "g")["pending"]
    return found


@pytest.mark.parametrize("count", [0, 1, 3, 50, 51, 120])
def test_all_in_order(client: redis.Redis, settings: Settings, count: int):
    """
    All events come once, in the order of the stream, and all are acknowledged at the end.
    """
    _publish(client, settings, *range(count))

    got = _subjects(_events(settings))

    assert [f"a{number}" for number in range(count)] == got
    assert 0 == _pending(client, settings)


def test_what_an_event_is(client: redis.Redis, settings: Settings):
    """
    A consumer is handed the event that was published.
    """
    _publish(client, settings, 7)

    (got,) = _events(settings)

    assert ("a7", "Title 7", NOON) == (got.subject, got.article["title"], got.time)


def test_acknowledged_when_the_next_is_asked_for(client: redis.Redis, settings: Settings):
    """
    An event is pending as long as it is worked on.
    """
    _publish(client, settings, 1, 2, 3)
    with closing(_events(settings)) as events:
        pending = [_pending(client, settings) for _ in events]

    assert [3, 2, 1] == pending
    assert 0 == _pending(client, settings)


@pytest.mark.parametrize("done", [1, 2, 60])
def test_after_a_crash(client: redis.Redis, settings: Settings, done: int):
    """
    A consumer that died over an event is given it again, first, and then the rest.
    """
    _publish(client, settings, *range(70))
    with closing(_events(settings)) as events:
        before = _subjects(itertools.islice(events, done))

    after = _subjects(_events(settings))

    assert [f"a{number}" for number in range(70)] == before[:-1] + after


@pytest.mark.parametrize(("take_over_ms", "expected"), [(0, ["a0", "a1", "a2", "a3"]), (NEVER, ["a3"])])
def test_a_silent_member(client: redis.Redis, settings: Settings, take_over_ms: int, expected: list[str]):
    """
    What a silent member holds is taken over once it was silent for long enough, and not before.
    """
    _publish(client, settings, 0, 1, 2)
    with closing(_events(settings, "silent")) as events:
        next(events)
    _publish(client, settings, 3)

    got = _subjects(_events(settings, "other", take_over_ms=take_over_ms))

    assert expected == got


def test_a_silent_member_behind_busy_ones(client: redis.Redis, settings: Settings):
    """
    Old events are found behind any number of fresh ones: the look at what is pending goes on to its end.
    """
    _publish(client, settings, *range(1101))
    client.xgroup_create(settings.stream, "g", id="0")
    rows = client.xreadgroup("g", "busy", {settings.stream: ">"}, count=1101)[0][1]
    client.execute_command("XCLAIM", settings.stream, "g", "silent", 0, rows[-1][0], "IDLE", 10**6)

    with closing(_events(settings, "other", take_over_ms=10**5)) as events:
        got = next(events)

    assert "a1100" == got.subject


def test_a_lost_group(client: redis.Redis, settings: Settings):
    """
    A group that the server lost is made again at the beginning: rather everything twice than anything never.
    """
    _publish(client, settings, 1, 2)
    with closing(_events(settings, stop_when_idle=False)) as events:
        before = _subjects(itertools.islice(events, 2))
        client.xgroup_destroy(settings.stream, "g")
        _publish(client, settings, 3)
        after = _subjects(itertools.islice(events, 3))

    assert (["a1", "a2"], ["a1", "a2", "a3"]) == (before, after)


def test_a_lost_stream(client: redis.Redis, settings: Settings):
    """
    A server that lost everything is read on with what comes after.
    """
    _publish(client, settings, 1)
    with closing(_events(settings, stop_when_idle=False)) as events:
        before = next(events).subject
        client.delete(settings.stream)
        _publish(client, settings, 2)
        after = next(events).subject

    assert ("a1", "a2") == (before, after)


def test_two_members_share(client: redis.Redis, settings: Settings):
    """
    Two members of a group are given each event once between them.
    """
    _publish(client, settings, *range(120))
    with closing(_events(settings, "one")) as first, closing(_events(settings, "two")) as second:
        got = [next(first).subject, next(second).subject]
        got += _subjects(first)
        got += _subjects(second)

    assert sorted(f"a{number}" for number in range(120)) == sorted(got)


def test_two_groups(client: redis.Redis, settings: Settings):
    """
    Each group is given all events.
    """
    _publish(client, settings, 1, 2)

    got = [_subjects(_events(settings, group=group)) for group in ("g", "h")]

    assert [["a1", "a2"], ["a1", "a2"]] == got


def test_deleted_rows(client: redis.Redis, settings: Settings):
    """
    A pending event that was cut off the stream is no event: it is acknowledged and passed over.
    """
    rows = _publish(client, settings, 1, 2, 3)
    with closing(_events(settings)) as events:
        next(events)
    client.xdel(settings.stream, rows[1])

    got = _subjects(_events(settings))

    assert ["a1", "a3"] == got
    assert 0 == _pending(client, settings)


def test_a_foreign_row(client: redis.Redis, settings: Settings):
    """
    A row that is no event of ours is a named error, once: it does not stand in the way for ever.
    """
    client.xadd(settings.stream, {"foreign": "row"})
    _publish(client, settings, 1)

    with pytest.raises(EventError):
        next(_events(settings))
    got = _subjects(_events(settings))

    assert ["a1"] == got


def test_stop(client: redis.Redis, settings: Settings):
    """
    A consumer that is told to stop acknowledges what it has in hand, and the rest is at once anybody's.
    """
    _publish(client, settings, 1, 2, 3)
    stop = threading.Event()
    before = []
    for event in _events(settings, stop=stop, stop_when_idle=False, take_over_ms=60_000):
        before.append(event.subject)
        stop.set()
    counts = held(client, settings.stream)

    after = _subjects(_events(settings, "other", take_over_ms=60_000))

    assert (["a1"], {"one": 2}, ["a2", "a3"]) == (before, counts, after)


def test_stop_while_it_waits(client: redis.Redis, settings: Settings, monkeypatch: pytest.MonkeyPatch):
    """
    An event that comes together with the word to stop is left to the others.
    """
    _publish(client, settings, 1)
    stop = threading.Event()
    execute = redis.Redis.execute_command

    def execute_and_stop(self: redis.Redis, *words: Any, **options: Any) -> Any:
        if words[-1] == ">":
            stop.set()
        return execute(self, *words, **options)

    with monkeypatch.context() as patch:
        patch.setattr(redis.Redis, "execute_command", execute_and_stop)
        got = _subjects(_events(settings, stop=stop, stop_when_idle=False, take_over_ms=60_000))

    assert ([], ["a1"]) == (got, _subjects(_events(settings, "other", take_over_ms=60_000)))


def test_stop_before_the_first(client: redis.Redis, settings: Settings):
    """
    A consumer that is told to stop before it has begun takes nothing.
    """
    _publish(client, settings, 1)
    stop = threading.Event()
    stop.set()

    got = _subjects(_events(settings, stop=stop, stop_when_idle=False))

    assert ([], 0) == (got, len(client.xinfo_groups(settings.stream)))


def test_a_slow_member_keeps_what_waits(client: redis.Redis, settings: Settings):
    """
    Events that wait behind slow ones are not taken for those of a dead member, as long as it gets on.
    """
    rows = _publish(client, settings, 1, 2, 3)
    with closing(_events(settings, "slow", take_over_ms=0)) as events:
        next(events)
        client.xclaim(settings.stream, "g", "slow", 0, rows, idle=10**6, justid=True)
        next(events)

        others = _subjects(_events(settings, "other", take_over_ms=10**5))
        rest = _subjects(events)

    assert ([], ["a3"]) == (others, rest)


def test_a_slow_member_leaves_what_was_taken(client: redis.Redis, settings: Settings):
    """
    What another member took over meanwhile is not worked on a second time.
    """
    rows = _publish(client, settings, 1, 2, 3)
    with closing(_events(settings, "slow", take_over_ms=0)) as events:
        next(events)
        client.xclaim(settings.stream, "g", "other", 0, rows[1:2], justid=True)

        got = next(events).subject

    assert ("a3", {"other": 1, "slow": 1}) == (got, held(client, settings.stream))


def test_a_store_that_goes_away(start_server):
    """
    A store that is killed and started again costs no event and no doubled one: those in hand are acknowledged late.
    """
    server = start_server("--appendfsync", "always")
    with redis.Redis.from_url(server.url) as client:
        publish(client, "copydesk:articles", 1, 2, 3)
    got = []
    for event in consume(server.url, "g", "one", stop_when_idle=True):
        got.append(event.subject)
        if event.subject == "a2":
            server.kill()
            threading.Timer(0.3, server.start).start()

    with redis.Redis.from_url(server.url) as client:
        assert {} == held(client, "copydesk:articles")
    assert ["a1", "a2", "a3"] == got


def test_a_lost_reply(client: redis.Redis, settings: Settings, monkeypatch: pytest.MonkeyPatch):
    """
    Events whose delivery got lost on the way are asked for again: the server holds them for this member.
    """
    _publish(client, settings, 1)
    execute = redis.Redis.execute_command
    got: list[str] = []
    lost = []

    def execute_and_lose(self: redis.Redis, *words: Any, **options: Any) -> Any:
        reply = execute(self, *words, **options)
        if words[-1] == ">" and got and not lost:
            lost.append(reply)
            raise redis.ConnectionError("gone")
        return reply

    monkeypatch.setattr(redis.Redis, "execute_command", execute_and_lose)

    for event in _events(settings):
        if not got:
            _publish(client, settings, 2)
        got.append(event.subject)

    assert (["a1", "a2"], 1) == (got, len(lost[0][0][1]))


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1", "unix:///nowhere/at/all"])
def test_a_store_that_is_not_there(url: str):
    """
    A store that does not come in time is a named error.
    """
    with pytest.raises(StoreError, match="away for too long"):
        next(consume(url, "g", "one", patience=timedelta(milliseconds=50)))


@pytest.mark.parametrize("url", ["no address", "redis://:se/cret@127.0.0.1"])
def test_no_address(url: str):
    """
    What is no address is said so, without its password.
    """
    with pytest.raises(StoreError) as caught:
        next(consume(url, "g", "one"))

    assert "cret" not in str(caught.value)


def test_a_wrong_password(start_server):
    """
    A store that does not want us is not asked again.
    """
    port = free_port()
    start_server("--port", str(port), "--requirepass", "right")

    with pytest.raises(StoreError, match="refuses our password"):
        next(consume(f"redis://:wrong@127.0.0.1:{port}", "g", "one", patience=timedelta(days=1)))
