"""The store stands still, goes back in time, changes its place, or finds no room on its disk."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import subprocess
from collections import Counter
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ResponseError

from ingest.errors import StoreError
from ingest.store import connect as connect_module
from ingest.store.connect import connect
from tests.faults.house import House
from tests.servers import Server
from workers.pressure import Gauge


@pytest.fixture
def quick(monkeypatch):
    """Who waits for a store that stands still shall not wait ten seconds."""
    monkeypatch.setattr(connect_module, "REPLY_SECONDS", 0.1)
    monkeypatch.setattr(
        connect_module, "ExponentialWithJitterBackoff", lambda **_: ExponentialWithJitterBackoff(cap=0.02, base=0.001)
    )


def events_by_id(events) -> Counter[str]:
    return Counter(event.id for event in events)


@pytest.mark.usefixtures("quick")
async def test_paused(own, origin, server):
    """
    A store that stands still for longer than a reply may take (SIGSTOP) gets no attempt counted and no story doubled:
    what it was told while it slept it does when it wakes, and that it is told again changes nothing.
    """
    await own.subscribe()
    worker = await own.worker()
    origin.publish(2)
    await worker.round(("feeds",))
    claims = await worker.claim("entries")
    os.kill(server.process.pid, signal.SIGSTOP)
    working = [asyncio.create_task(worker.shift.perform("entries", batch)) for batch in claims]
    await asyncio.sleep(4 * connect_module.REPLY_SECONDS)
    os.kill(server.process.pid, signal.SIGCONT)
    await asyncio.gather(*working)

    await own.settle(worker)

    await own.check()
    # What it was told to begin before it stood still, it began: that may count, once.
    assert {"1", "2"} >= {entry["strikes"] for entry in (await own.entries()).values()}


async def test_pause_of_clients(own, origin):
    """
    A store whose operator holds up all writes for a moment (CLIENT PAUSE) is waited for.
    """
    await own.subscribe()
    worker = await own.worker()
    origin.publish(2)
    await own.redis.client_pause(200)

    await worker.round()

    await own.check()


async def test_emptied(own, origin):
    """
    A store that forgets everything gets all that is still in the feeds again, with the ids it had, once it has them.
    """
    await own.subscribe()
    worker = await own.worker()
    origin.publish(3)
    await own.settle(worker)
    before = events_by_id(await own.events())
    await own.redis.flushall()
    await worker.round()  # nothing is known, and nothing breaks
    await own.subscribe()
    await own.settle(worker)

    assert before == events_by_id(await own.events())
    await own.check()


def snapshot(server: Server, folder: Path) -> Path:
    """A copy of all that the server would have after a crash now."""
    return Path(shutil.copytree(server.folder / "appendonlydir", folder / "snapshot"))


def roll_back(server: Server, copy: Path) -> None:
    """The server dies and comes back as it was when the copy was made."""
    server.kill()
    shutil.rmtree(server.folder / "appendonlydir")
    shutil.copytree(copy, server.folder / "appendonlydir")
    server.start()


@pytest.mark.parametrize("at_work", [False, True], ids=["idle", "at work"])
async def test_rolled_back(own, origin, server, tmp_path, at_work):
    """
    A store restored from an old copy publishes again what it forgot, under the same ids, and nothing is missing: a
    consumer that keeps a window of ids sees every story once.
    """
    await own.subscribe()
    worker = await own.worker()
    origin.publish(2)
    if at_work:
        await worker.round(("feeds",))
    else:
        await own.settle(worker)
    copy = snapshot(server, tmp_path)
    origin.publish(2)
    await own.settle(worker)
    sent = events_by_id(await own.events())
    zombie = await own.worker()
    await own.later()
    stale = await zombie.claim("feeds")
    roll_back(server, copy)

    for batch in stale:
        await zombie.shift.perform("feeds", batch)
    origin.publish(1)
    await own.settle(worker)

    everything = events_by_id(await own.events())
    assert set(sent) <= set(everything)
    assert len(origin.everything) == len(set(sent) | set(everything)) == len(everything)
    await own.check()


@pytest.mark.usefixtures("quick")
async def test_lagging_replica(own, origin, server):
    """
    A failover to a replica that lags behind is a roll-back: READONLY while it lasts counts no attempt, then what was
    lost comes again under the same ids.
    """
    replica = Server(Path(str(server.folder) + "r"), ("--replicaof", f"127.0.0.1 {await tcp_port(own)}"))
    replica.folder.mkdir()
    await own.redis.config_set("repl-diskless-sync-delay", 0)
    replica.start()
    other = House(own.settings.model_copy(update={"redis_url": replica.url}), origin)
    try:
        await own.subscribe()
        worker = await own.worker()
        origin.publish(2)
        await own.settle(worker)
        await synced(own, other)
        await other.redis.replicaof("127.0.0.1", "1")  # from here on it lags
        origin.publish(2)
        await own.settle(worker)
        sent = events_by_id(await own.events())
        server.kill()
        late = await other.worker(lease=own.settings.lease)
        await late.round()  # it is still a replica
        await other.redis.replicaof("NO", "ONE")
        await other.settle(late)

        assert sent == events_by_id(await other.events())
        await other.check()
    finally:
        await other.close()
        replica.kill()
        shutil.rmtree(replica.folder)


async def tcp_port(house: House) -> int:
    """A port at which the server listens from now on, beside its socket."""
    for port in range(21_000, 31_000, 37):
        try:
            await house.redis.config_set("port", port)
        except Exception:  # noqa: BLE001 - taken; the next one
            continue
        return port
    raise AssertionError("no port is free")


async def synced(one: House, other: House) -> None:
    """The replica has all that the other one has."""
    await one.redis.execute_command("WAIT", 1, 5000)
    for _ in range(1000):
        if await one.redis.xlen(one.keys.articles) == await other.redis.xlen(one.keys.articles):
            return
    raise AssertionError("the replica does not follow")


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-random", "volatile-ttl"])
async def test_wrong_policy(own, policy):
    """
    A store that would drop our keys when it is full is refused before anything is written to it.
    """
    await own.redis.config_set("maxmemory", "100mb")
    await own.redis.config_set("maxmemory-policy", policy)

    with pytest.raises(StoreError, match=policy):
        async with connect(own.settings, own.settings.redis_url):
            pass


async def test_full_for_long(own, origin, logs):
    """
    A store without memory is asked again and again without an attempt being counted; the trouble is said aloud, and
    consumers can go on reading and acknowledging.
    """
    await own.subscribe()
    worker = await own.worker()
    origin.publish(2)
    await own.settle(worker)
    await own.redis.xgroup_create(own.keys.articles, "readers", id="0")
    origin.publish(3)
    await own.redis.config_set("maxmemory", 1)
    for _ in range(20):
        await own.later()
        await worker.round()
    said = Counter(line["event"] for line in logs)
    rows = (await own.redis.xreadgroup("readers", "r", {own.keys.articles: ">"}))[0][1]
    acknowledged = await own.redis.xack(own.keys.articles, "readers", *(row for row, _ in rows))
    await own.redis.config_set("maxmemory", 0)
    await own.settle(worker)

    assert said["store.full"] >= 20
    assert 2 == acknowledged
    assert {"1"} == {entry["strikes"] for entry in (await own.entries()).values()}
    await own.check()


async def writable(house: House) -> None:
    """The server has found out, which it tries once a second, that its disk has room again."""
    for _ in range(400):
        try:
            await house.redis.set(f"{house.keys.prefix}:probe", "1")
        except ResponseError:
            await asyncio.sleep(0.05)
        else:
            return
    raise AssertionError("the server does not recover")


async def test_disk_full(own, origin, server, logs, monkeypatch):
    """
    A store whose disk is full refuses writes (MISCONF): that is back-pressure as well, and ends with the lack of room.
    """
    deaf = SimpleNamespace(Popen=partial(subprocess.Popen, restore_signals=False), DEVNULL=subprocess.DEVNULL)
    monkeypatch.setattr("tests.servers.subprocess", deaf)
    server.kill()
    server.start()
    await own.subscribe()
    worker = await own.worker()
    origin.publish(2)
    await own.settle(worker)
    # Files that may not grow are what a full disk is to the server, which ignores the signal that comes with it.
    pid, size = server.process.pid, max(path.stat().st_size for path in (server.folder / "appendonlydir").iterdir())
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    origin.publish(2)
    for _ in range(5):
        with suppress(ResponseError):
            await own.later()
        await worker.round()
    n_before = len(await own.events())
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await writable(own)
    await own.settle(worker)

    await own.check()
    assert 2 == n_before
    assert "store.full" in {line["event"] for line in logs}
    assert {"1"} == {entry["strikes"] for entry in (await own.entries()).values()}


async def test_high_water(own, origin):
    """
    A consumer that is dead makes articles wait at the mark, without an attempt counted, while polls go on and keep the
    references; when it is back everything comes by itself.
    """
    own.settings = own.settings.model_copy(update={"high_water_events": 3})
    await own.subscribe()
    worker = await own.worker()
    now = [0.0]
    worker.gauge = Gauge(own.settings, clock=lambda: now[0])
    await own.redis.xgroup_create(own.keys.articles, "dead", id="0", mkstream=True)
    for _ in range(4):
        origin.publish(2)
        await own.later()
        now[0] += 10
        await worker.round()
    waiting, published = await own.in_hand(), len(await own.events())
    for row, _ in await own.redis.xrange(own.keys.articles):
        await own.redis.xreadgroup("dead", "d", {own.keys.articles: ">"})
        await own.redis.xack(own.keys.articles, "dead", row)
    now[0] += 10
    await worker.round(("entries",))

    assert (4, 4) == (waiting, published)
    assert {"1"} == {entry["strikes"] for entry in (await own.entries()).values()}
    await own.check()
