"""What the store promises."""

import pytest
from redis.exceptions import ResponseError

from ingest.store.durability import judge, read_durability


@pytest.mark.parametrize(
    ("persistence", "config", "is_kept", "words"),
    [
        ({"aof_enabled": 1}, {"appendfsync": "everysec"}, True, "loses a second at most"),
        ({"aof_enabled": 1}, {"appendfsync": "always"}, True, "loses nothing that was acknowledged"),
        ({"aof_enabled": 1}, {"appendfsync": "no"}, True, "loses some seconds"),
        ({"aof_enabled": 1}, {}, True, "loses what was not synced yet"),
        ({"aof_enabled": 0}, {"save": "900 1"}, False, "snapshots only"),
        ({"aof_enabled": 0}, {"save": ""}, False, "NOTHING IS KEPT"),
        ({}, {}, False, "snapshots only"),
    ],
)
def test_promise(persistence, config, is_kept, words):
    """
    The line says what a crash would lose; where the server does not say how it saves, the kinder reading is not made
    worse than it is.
    """
    got = judge({"redis_version": "7.0.15"}, persistence, {"maxmemory": 0}, config)

    assert (is_kept, True) == (got.is_kept, words in got.promise)


def test_line():
    """
    Server, promise and limit stand on one line.
    """
    got = str(judge({"valkey_version": "9.1.2"}, {"aof_enabled": 1}, {"maxmemory": 25_000_000}, {}))

    expected = (
        "valkey 9.1.2; append-only file: a crash of the machine loses what was not synced yet; "
        "25 MB of memory at most, then writes are refused"
    )
    assert expected == got


async def test_real_server(store):
    """
    The embedded server keeps what it acknowledged.
    """
    got = await read_durability(store)

    assert (True, True) == (got.is_kept, got.server.startswith("valkey 9"))


async def test_managed_server(store, monkeypatch):
    """
    A server that forbids CONFIG is judged by what it does tell.
    """

    async def forbidden(*_):
        raise ResponseError("unknown command 'CONFIG'")

    monkeypatch.setattr(store.redis, "config_get", forbidden)

    got = await read_durability(store)

    assert "append-only file: a crash" in got.promise
