"""The store, and how the work in it stands."""

import time

import pytest

from ingest.settings import Settings
from ingest.store.connect import Store, connect
from ingest.store.embedded import embedded
from workers.doctor import store as found


async def test_a_sound_store(store, settings):
    """
    The embedded store leaves nothing to be said.
    """
    got = [one async for one in found.examine_store(store, settings)]

    assert {"ok"} == {one.level for one in got}
    assert ["store", "persistence", "writes", "memory", "clock", "connections", "transport"] == [
        one.check for one in got
    ]


async def test_nothing_kept(store, settings):
    """
    A store that forgets at a restart is told, with what to set.
    """
    await store.redis.config_set("appendonly", "no")
    try:
        got = {one.check: one async for one in found.examine_store(store, settings)}
    finally:
        await store.redis.config_set("appendonly", "yes")

    assert ("warning", True) == (got["persistence"].level, "appendonly yes" in got["persistence"].todo)


async def test_a_replica(tmp_path):
    """
    A store that is a replica takes no writes: a problem, though it answers every question.
    """
    with embedded(tmp_path) as url:
        async with connect(Settings(_env_file=None, redis_url=url), url) as store:
            await store.redis.replicaof("127.0.0.1", 1)
            got = await found.writes(store)
            await store.redis.replicaof("NO", "ONE")

    assert ("problem", "the store is a replica") == (got.level, got.what)


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ({"aof_enabled": 1, "aof_last_write_status": "err"}, "problem"),
        ({"aof_enabled": 0, "rdb_last_bgsave_status": "err"}, "warning"),
        ({"aof_enabled": 1, "aof_last_write_status": "ok", "rdb_last_bgsave_status": "ok"}, "ok"),
        ({}, "ok"),
    ],
)
async def test_a_disk_that_takes_nothing(said, level):
    """
    A store that could not write to its disk is told, from what it says itself.
    """

    class Server:
        """Only what INFO says; a disk cannot be filled here."""

        async def info(self, section):
            return {"role": "master"} if section == "replication" else said

    got = await found.writes(Store(Server(), None, None))

    assert level == got.level


@pytest.mark.parametrize(
    ("url", "level"),
    [
        ("", "ok"),
        ("unix:///run/store.sock", "ok"),
        ("redis://127.0.0.1:6379", "ok"),
        ("redis://u:pa/ss@store:6379/0", "ok"),
        ("redis://[fd00::1]:6379", "ok"),
        ("redis://:s3cret@store.example.org:6379", "warning"),
        ("rediss://:s3cret@store.example.org:6379", "ok"),
    ],
)
def test_transport(settings, url, level):
    """
    A password that crosses a public network in the clear is told, and not quoted.
    """
    got = found.transport(settings.model_copy(update={"redis_url": url}))

    assert (level, False) == (got.level, "s3cret" in repr(got))


def test_certificate_not_checked(settings):
    """
    A certificate that nobody checks is told.
    """
    change = {"redis_url": "rediss://:s3cret@store.example.org", "redis_tls_verify": False}

    assert "warning" == found.transport(settings.model_copy(update=change)).level


async def test_little_memory(store, settings):
    """
    Past the high-water mark articles wait: a problem.
    """
    got = await found.memory(store, settings), None
    await store.redis.config_set("maxmemory", "2gb")
    try:
        low = await found.memory(store, settings.model_copy(update={"high_water_memory": 1e-9}))
        high = await found.memory(store, settings)
    finally:
        await store.redis.config_set("maxmemory", "0")

    assert ["ok", "problem", "ok"] == [got[0].level, low.level, high.level]


async def test_clock(store, monkeypatch):
    """
    A clock that is minutes off is told.
    """
    now = time.time()
    monkeypatch.setattr(found.time, "time", lambda: now + 300)

    got = await found.clock(store)

    assert ("warning", True) == (got.level, "ahead of" in got.what)


async def test_connections(store, settings):
    """
    Settings that want more connections than the server gives are told, with a number that fits.
    """
    got = await found.connections(store, settings.model_copy(update={"redis_connections": 1000}))
    many = await found.connections(store, settings.model_copy(update={"redis_connections": 100_000}))

    assert ("ok", "warning", True) == (got.level, many.level, "COPYDESK_REDIS_CONNECTIONS=2000" in many.todo)


async def test_overdue(store, settings):
    """
    Due work that nobody hands out is a problem; with the queue full of messages the workers are at fault.
    """
    keys = store.keys
    await store.redis.zadd(keys.due("feeds"), {"a": 1, "b": 4_000_000_000_000})

    nobody = await found.overdue(store, settings, "feeds")
    await store.redis.rpush(f"{keys.work}:feeds", *map(str, range(16)))
    full = await found.overdue(store, settings, "feeds")
    other = await found.overdue(store, settings, "entries")

    assert ["problem", "warning", "ok"] == [nobody.level, full.level, other.level]
    assert nobody.what.startswith("1 feeds overdue")


async def test_claims_that_ran_out(store, settings):
    """
    Claims that ran out and are not claimed anew are overdue work as well.
    """
    await store.redis.zadd(store.keys.lease("entries"), {"a": 1})

    assert "problem" == (await found.overdue(store, settings, "entries")).level


async def test_groups(store, settings, monkeypatch):
    """
    A group with unread events and no reader is told; one that is read, or has read everything, is not.
    """
    name = store.keys.articles
    for number in range(3):
        await store.redis.xadd(name, {"n": number})
    for group, start in (("done", "$"), ("idle", "0"), ("never", "0"), ("read", "0"), ("relay:search", "0")):
        await store.redis.xgroup_create(name, group, id=start)
    await store.redis.xreadgroup("read", "me", {name: ">"}, count=1)

    got = {one.check: one async for one in found.examine_work(store, settings) if one.check.startswith("group-")}
    await store.redis.xreadgroup("idle", "me", {name: ">"}, count=1)
    monkeypatch.setattr(found, "_READER_GONE", found.timedelta(0))
    late = {one.check: one async for one in found.examine_work(store, settings)}

    levels = {name: one.level for name, one in got.items()}
    assert {
        "group-done": "ok",
        "group-idle": "warning",
        "group-never": "warning",
        "group-read": "ok",
        "group-relay:search": "warning",
    } == levels
    assert (True, True) == (
        got["group-never"].todo.endswith(f"XGROUP DESTROY {name} never"),
        got["group-relay:search"].todo.endswith("copydesk sinks forget search"),
    )
    assert ("3 events behind, and it never had a reader", True) == (
        got["group-never"].what,
        "nobody has read for" in late["group-idle"].what,
    )
