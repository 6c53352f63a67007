"""The relay process: started, told to stop, given another configuration."""

import asyncio
import contextlib
import json
import signal
import socket

import pytest
import redis

from ingest.messages.event import make_event, stream_fields
from ingest.sinks.sinks_toml import SinkPlan
from ingest.store.keys import Keys
from ingest.store.relay import read_standing
from tests.servers import patient_client
from tests.unit.sinks.conftest import T0
from tests.unit.workers.test_line import article
from workers import relay as relay_module
from workers.relay import Relay


@pytest.fixture
def publish(settings):
    """Put articles on the stream, by number."""

    def publish(*numbers):
        with redis.Redis.from_url(settings.redis_url) as client:
            for number in numbers:
                fields = stream_fields(make_event(article(number), source="copydesk/test", now=T0))
                client.xadd(Keys(settings.prefix).articles, fields)

    return publish


def ids(path):
    return [json.loads(line)["id"] for line in path.read_bytes().splitlines()] if path.exists() else []


def test_idle(yard):
    """
    Without a sink the relay says so, waits, and ends with 0 when it is told to.
    """
    running = yard.start("relay")

    assert "COPYDESK_SINKS" in running.wait_for("relay.idle")["reason"]
    assert 0 == running.stop(signal.SIGINT)
    assert running.logged("relay.stopped")
    assert "Traceback" not in running.text


def test_forwards(yard, publish, wait_until):
    """
    A sink of the setting gets what is on the stream and what comes; the process ends with 0 and starts where it was.
    """
    publish(1, 2)
    out = yard.folder / "out.jsonl"
    running = yard.start("relay", sinks="jsonl:out.jsonl")
    wait_until(lambda: len(ids(out)) == 2, "the first two")
    publish(3)
    wait_until(lambda: len(ids(out)) == 3, "the third")
    assert 0 == running.stop()
    publish(4)

    again = yard.start("relay", sinks="jsonl:out.jsonl")
    wait_until(lambda: len(ids(out)) == 4, "the fourth")

    assert 0 == again.stop()
    assert ["a1-1", "a2-1", "a3-1", "a4-1"] == ids(out)


def test_a_broken_configuration(yard):
    """
    A configuration that makes no sense is said, without what it held, and is no end of the process.
    """
    (yard.folder / "sinks.toml").write_text('[[sink]]\nname = "a"\nurl = "s3cret"\n')

    running = yard.start("relay")
    running.wait_for("relay.idle")

    assert "sink a: url: it is no address" in running.logged("sinks.refused")[0]["error"]
    assert "s3cret" not in running.text
    assert 0 == running.stop()


def test_outlives_its_store(yard, own_store, settings, wait_until):
    """
    A store that goes away and comes back is no end: what is published then arrives, and nothing that was there is lost.
    """
    out, keys = yard.folder / "out.jsonl", Keys(settings.prefix)
    own_store.start()
    running = yard.start("relay", redis_url=own_store.url, sinks="jsonl:out.jsonl")
    rows = [stream_fields(make_event(article(number), source="copydesk/test", now=T0)) for number in (1, 2)]
    with patient_client(own_store.url) as client:
        client.xadd(keys.articles, rows[0])
        wait_until(lambda: ids(out), "the first")
        own_store.kill()
        wait_until(lambda: running.logged("store.away"), "it was noticed")
        own_store.start()
        client.xadd(keys.articles, rows[1])
        wait_until(lambda: "a2-1" in ids(out), "the second")

    assert 0 == running.stop()
    assert ["a1-1", "a2-1"] == list(dict.fromkeys(ids(out)))
    assert "Traceback" not in running.text


@contextlib.asynccontextmanager
async def applied(settings, store, *plans):
    relay = Relay(settings, store)
    await relay.apply(plans)
    try:
        yield relay
    finally:
        await relay.stop()


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - a file does not call us
            await asyncio.sleep(0.01)


async def test_another_configuration(settings, store, publish, tmp_path):
    """
    A sink that is new begins, one that changed goes on where it was in its new way, one that left is free at once.
    """
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    one, moved = (SinkPlan(name="one", url=f"jsonl://{path}") for path in (first, second))
    two = SinkPlan(name="two", url=f"jsonl://{tmp_path / 'two.jsonl'}")
    publish(1)

    async with applied(settings, store, one) as relay:
        await until(lambda: ids(first) == ["a1-1"])
        before = relay.running["one"]
        await relay.apply([moved, two])
        publish(2)
        await until(lambda: ids(second) == ["a2-1"] and len(ids(tmp_path / "two.jsonl")) == 2)
        await relay.apply([two])
        left = await read_standing(store, "one")
        names = sorted(relay.running)

    assert (one, ["two"], False, 2) == (before, names, left.is_held, left.sent)
    assert (["a1-1"], ["a2-1"]) == (ids(first), ids(second))


async def test_looked_at_again(settings, store, publish, tmp_path, monkeypatch):
    """
    A sink that is written into the file while the relay runs is at work with the next look.
    """
    assert relay_module.LOOK_SECONDS <= 30
    monkeypatch.setattr(relay_module, "LOOK_SECONDS", 0.05)
    file = tmp_path / "sinks.toml"
    settings = settings.model_copy(update={"sinks_file": file})
    publish(1)
    task = asyncio.create_task(relay_module._relay_for_ever(settings, settings.redis_url))
    await asyncio.sleep(0.2)

    file.write_text(f'[[sink]]\nname = "a"\nurl = "jsonl://{tmp_path}/out.jsonl"\n')
    await until(lambda: ids(tmp_path / "out.jsonl"))
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

    assert ["a1-1"] == ids(tmp_path / "out.jsonl")
    assert not (await read_standing(store, "a")).is_held


async def test_cut_short(settings, store, publish):
    """
    A batch that does not end within the drain is given up, and comes again: the sink is free, its row still pending.
    """
    publish(1)
    settings = settings.model_copy(update={"drain": settings.drain / 100})

    # The kernel takes the connection, and nobody answers.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        async with asyncio.timeout(20), applied(settings, store, SinkPlan(name="hook", url=url)):
            while not (await read_standing(store, "hook")).pending:  # noqa: ASYNC110 - the store does not call us
                await asyncio.sleep(0.01)

    now = await read_standing(store, "hook")
    assert (0, 1, False) == (now.sent, now.pending, now.is_held)
