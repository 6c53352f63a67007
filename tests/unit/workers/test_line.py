"""One sink's line of work, over a real store and an endpoint that answers as a test wants."""

import asyncio
import contextlib
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from ingest.messages.event import make_event, stream_fields
from ingest.models import Article, Cleaning, Cluster, FeedRef
from ingest.sinks.filters import Filters
from ingest.sinks.sinks_toml import SinkPlan
from ingest.store import relay
from ingest.store.relay import drop_refused, hold_sink, leave_sink, list_refused, read_standing, retry_refused
from tests.unit.sinks.conftest import T0, Endpoint
from workers import line as line_module
from workers.line import Line

URL = "https://hooks.example/s3cret-path"
PATIENCE = 20


def article(number: int, **more) -> Article:
    fields = {
        "id": f"a{number}",
        "url": f"https://gazette.example/{number}",
        "feed": FeedRef(id="f", url="https://gazette.example/feed.xml"),
        "source_domain": "gazette.example",
        "language": "en",
        "title": f"Story {number}",
        "fetched_at": T0,
        "first_seen_at": T0,
        "cleaning": Cleaning(paragraphs=("The quay reopened.",)),
        "cluster": Cluster(id=f"a{number}", role="head", head_id=f"a{number}"),
    }
    return Article(**(fields | more))


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


@pytest.fixture
def publish(store):
    """Put articles on the stream."""

    async def publish(*articles: Article):
        for one in articles:
            event = make_event(one, source="copydesk/test", now=T0)
            await store.redis.xadd(store.keys.articles, stream_fields(event))

    return publish


@pytest.fixture
def make_line(store, endpoint):
    """A line for a webhook; chance is none, so that it rests as little as it may."""

    def make(holder="one", lease=timedelta(minutes=1), **plan) -> Line:
        plan = SinkPlan(**({"name": "hook", "url": URL} | plan))
        return Line(store, plan, endpoint.tools, holder=holder, lease=lease, dice=lambda: 0.0)

    return make


@contextlib.asynccontextmanager
async def working(line: Line):
    """The line at work for the length of the block."""
    stopping = asyncio.Event()
    task = asyncio.create_task(line.run(stopping))
    try:
        yield task
    finally:
        stopping.set()
        async with asyncio.timeout(PATIENCE):
            await task


async def until(condition):
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 - the store does not call us
            await asyncio.sleep(0.01)


def settled(store, count):
    """Whether so many rows are settled, and nothing is left."""

    async def is_so():
        now = await read_standing(store, "hook")
        return now.sent + now.filtered + now.refused + now.lost == count and now.pending == 0

    return is_so


async def test_forwards(store, endpoint, publish, make_line):
    """
    What is on the stream, and what comes, goes to the sink once, in order; the account says so.
    """
    await publish(article(1), article(2))

    async with working(make_line()):
        await until(settled(store, 2))
        await publish(article(3))
        await until(settled(store, 3))

    now = await read_standing(store, "hook")
    assert ["a1-1", "a2-1", "a3-1"] == endpoint.ids
    assert (3, 0, "running", "", 0, False) == (now.sent, now.filtered, now.state, now.error, now.lag, now.is_held)


async def test_filters(store, endpoint, publish, make_line):
    """
    What the filters leave out is not sent, and counted as that.
    """
    await publish(article(1), article(2, language="de"), article(3))

    async with working(make_line(filters=Filters(languages=("de",)))):
        await until(settled(store, 3))

    now = await read_standing(store, "hook")
    assert (["a2-1"], 1, 2) == (endpoint.ids, now.sent, now.filtered)


async def test_down(store, endpoint, publish, make_line):
    """
    A sink that is down is tried until it is up; the reason is said once, kept for whoever asks, and holds no secret.
    """
    await publish(article(1), article(2))
    endpoint.answers["a1-1"] = ["connect", "connect", 503, 200]
    states = []

    async def seen():
        states.append(await read_standing(store, "hook"))
        return (states[-1].sent, states[-1].state) == (2, "running")

    with capture_logs() as logs:
        async with working(make_line()):
            await until(seen)

    assert {"connect", "it answers 503"} & {one.error for one in states}
    assert ("running", "") == (states[-1].state, states[-1].error)
    assert ["sink.waiting", "sink.running"] == [one["event"] for one in logs if one["log_level"] != "debug"]
    assert ("https://hooks.example/...", 3) == (logs[0]["address"], logs[-1].get("tries", 3))
    assert "s3cret" not in repr(logs) + repr(states)


async def test_rest_asked_for(store, endpoint, publish, make_line):
    """
    A sink that asks to be left alone is: the next try is no sooner, and a stop is heard meanwhile.
    """
    await publish(article(1))
    endpoint.answers["a1-1"] = [(429, {"retry-after": "3000"})]

    async def waiting():
        return (await read_standing(store, "hook")).state == "waiting"

    async with working(make_line()):
        await until(waiting)
        await asyncio.sleep(0.3)

    assert 1 == len(endpoint.posts)


async def test_dead_letters(store, endpoint, publish, make_line):
    """
    What the sink refuses becomes a dead letter, holds nobody up, and is sent when it is tried again, filters or not.
    """
    await publish(article(1), article(2))
    endpoint.answers["a1-1"] = [422, 200]

    async with working(make_line()):
        await until(settled(store, 2))
    (dead,) = await list_refused(store, "hook")
    await retry_refused(store, "hook", dead.id)
    async with working(make_line(filters=Filters(sources=("courier.example",)))):
        await until(settled(store, 3))

    assert ("a1-1", "it answers 422", ["a1-1", "a2-1", "a1-1"]) == (dead.event, dead.reason, endpoint.ids)
    assert [] == await list_refused(store, "hook")


async def test_full_of_dead_letters(store, endpoint, publish, make_line, monkeypatch):
    """
    A sink that refuses everything waits once its dead letters are full, and goes on when it takes them: none is lost.
    """
    monkeypatch.setattr(relay, "MAX_DEAD", 1)
    await publish(article(1), article(2))
    endpoint.answers |= {"a1-1": [404], "a2-1": [404]}

    async def full():
        return (await read_standing(store, "hook")).state == "full"

    async with working(make_line()):
        await until(full)
        pending = (await read_standing(store, "hook")).pending
        endpoint.answers["a2-1"] = [200]
        await until(settled(store, 2))

    assert (1, ["a1-1"]) == (pending, [one.event for one in await list_refused(store, "hook")])
    assert await drop_refused(store, "hook", (await list_refused(store, "hook"))[0].id)


async def test_a_foreign_row(store, endpoint, publish, make_line):
    """
    A row that is no event of ours is set aside with the reason; one that left the stream unread is counted.
    """
    await store.redis.xadd(store.keys.articles, {"hello": "world"}, id="1-1")
    await store.redis.xadd(store.keys.articles, {"hello": "world"}, id="2-1")
    await store.redis.xgroup_create(store.keys.articles, "relay:hook", "0")
    await store.redis.xreadgroup("relay:hook", "relay", {store.keys.articles: ">"}, count=2)
    await store.redis.xdel(store.keys.articles, "2-1")
    await publish(article(3))

    async with working(make_line()):
        await until(settled(store, 3))

    now = await read_standing(store, "hook")
    (dead,) = await list_refused(store, "hook")
    assert (1, 1, 1, ["a3-1"]) == (now.sent, now.refused, now.lost, endpoint.ids)
    assert dead.reason.startswith("no event of copydesk's: ")


async def test_stands_by(store, endpoint, publish, make_line, monkeypatch):
    """
    While another relay works for the sink, nothing is sent; when that one leaves, the next one goes on.
    """
    monkeypatch.setattr(line_module, "STANDBY_SECONDS", 0.05)
    await publish(article(1))
    await hold_sink(store, "hook", "other", lease=timedelta(minutes=1))

    async with working(make_line()):
        await asyncio.sleep(0.3)
        before = list(endpoint.ids)
        await leave_sink(store, "hook", "other")
        await until(settled(store, 1))

    assert ([], ["a1-1"]) == (before, endpoint.ids)


async def test_two_lines(store, endpoint, publish, make_line, monkeypatch):
    """
    Two relays for one sink send each event once, in its order.
    """
    monkeypatch.setattr(line_module, "STANDBY_SECONDS", 0.01)
    await publish(*(article(number) for number in range(300)))

    async with working(make_line("one")), working(make_line("two")):
        await until(settled(store, 300))

    assert [f"a{number}-1" for number in range(300)] == sorted(endpoint.ids, key=lambda id_: int(id_[1:-2]))


async def test_a_hold_that_is_lost(store, endpoint, publish, make_line, monkeypatch):
    """
    Who may no longer hold the sink stops publishing at once, and settles nothing.
    """
    monkeypatch.setattr(line_module, "STANDBY_SECONDS", 0.05)
    await publish(article(1))
    asked, ended = asyncio.Event(), asyncio.Event()

    async def hang(*_):
        asked.set()
        try:
            await asyncio.sleep(PATIENCE)
        finally:
            ended.set()

    monkeypatch.setattr(endpoint, "_post", hang)
    with capture_logs() as logs:
        async with working(make_line(lease=timedelta(seconds=0.6))):
            await asyncio.wait_for(asked.wait(), PATIENCE)
            await store.redis.set(store.keys.relay("hook"), "other", px=60_000)
            await asyncio.wait_for(ended.wait(), PATIENCE)

    now = await read_standing(store, "hook")
    assert (["sink.lost"], 0, 1, True) == ([one["event"] for one in logs], now.sent, now.pending, now.is_held)


async def test_a_long_publish(store, endpoint, publish, make_line, monkeypatch):
    """
    As long as a batch takes, the sink stays ours: the hold is renewed meanwhile.
    """
    await publish(article(1))
    post = endpoint._post

    async def slow(*args):
        await asyncio.sleep(1)
        return await post(*args)

    monkeypatch.setattr(endpoint, "_post", slow)
    async with working(make_line(lease=timedelta(seconds=0.4))):
        await until(settled(store, 1))

    assert ["a1-1"] == endpoint.ids


async def test_stop_while_publishing(store, endpoint, publish, make_line, monkeypatch):
    """
    What is being published when it is told to stop is finished and settled, and the sink is free at once.
    """
    await publish(article(1))
    asked, go_on = asyncio.Event(), asyncio.Event()
    post = endpoint._post

    async def slow(*args):
        asked.set()
        await go_on.wait()
        return await post(*args)

    monkeypatch.setattr(endpoint, "_post", slow)
    stopping = asyncio.Event()
    task = asyncio.create_task(make_line().run(stopping))
    await asyncio.wait_for(asked.wait(), PATIENCE)
    stopping.set()
    go_on.set()
    await asyncio.wait_for(task, PATIENCE)

    now = await read_standing(store, "hook")
    assert (1, 0, False) == (now.sent, now.pending, now.is_held)


async def test_broken(store, make_line):
    """
    What is configured and makes no sense is said once, kept for whoever asks, and waits for another configuration.
    """

    async def broken():
        return (await read_standing(store, "hook")).state == "broken"

    with capture_logs() as logs:
        async with working(make_line(options={"secret": "s3cret"})):
            await until(broken)
            await asyncio.sleep(0.1)

    now = await read_standing(store, "hook")
    assert now.error.startswith("sink hook: secret must be whsec_")
    assert ["sink.broken"] == [one["event"] for one in logs]


async def test_a_defect(store, endpoint, publish, make_line, monkeypatch):
    """
    A defect of a sink holds that sink, is said without its words about the address, and is tried again.
    """
    await publish(article(1))
    post, left = endpoint._post, [1]

    async def defect(*args):
        if left:
            left.pop()
            raise ValueError(f"cannot read {URL}")
        return await post(*args)

    monkeypatch.setattr(endpoint, "_post", defect)
    with capture_logs() as logs:
        async with working(make_line()):
            await until(settled(store, 1))

    events = [one["event"] for one in logs if one["log_level"] != "debug"]
    assert ["sink.failed", "sink.waiting", "sink.running"] == events
    assert "ValueError: cannot read ***" == logs[0]["error"]
    assert "s3cret" not in repr(logs)
