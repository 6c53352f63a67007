"""Laws of connecting: one clear sentence where there is no store to work with, and a client that survives the store."""

import asyncio
import os
import signal
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from ingest.errors import StoreError
from ingest.settings import Settings
from ingest.store import connect as connecting
from ingest.store.connect import _first_answer, async_client, connect, is_out_of_memory, sync_client
from ingest.store.due import Claim, release
from ingest.store.embedded import embedded
from tests.ports import free_port

SECRET = "hunter2-never-printed"  # a password no message may hold
SHORT = timedelta(milliseconds=200)


async def _refused(settings: Settings, url: str, patience: timedelta = SHORT) -> str:
    """The sentence of the StoreError."""
    with pytest.raises(StoreError) as caught:
        async with connect(settings, url, patience=patience):
            pass
    said = str(caught.value)
    assert SECRET not in said
    assert "\n" not in said
    return said


@asynccontextmanager
async def fake_server(replies: dict[bytes, bytes], default: bytes = b"+OK\r\n") -> AsyncIterator[int]:
    """The port of a server that answers commands from a table, by their first two words."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (head := await reader.readline()).startswith(b"*"):
            words = []
            for _ in range(int(head[1:])):
                length = int((await reader.readline())[1:])
                words.append((await reader.readexactly(length + 2))[:-2].upper())
            writer.write(replies.get(b" ".join(words[:2]), replies.get(words[0], default)))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def _bulk(text: str) -> bytes:
    return b"$%d\r\n%s\r\n" % (len(text), text.encode())


def _replies(server: str, memory: str) -> dict[bytes, bytes]:
    return GREETINGS | {b"INFO SERVER": _bulk(server), b"INFO MEMORY": _bulk(memory)}


GREETINGS = {b"HELLO 3": b"%1\r\n$5\r\nproto\r\n:3\r\n", b"PING": b"+PONG\r\n"}


@pytest.mark.parametrize(
    ("server", "memory", "expected"),
    [
        ("redis_version:6.2.14", "", "the store is version 6.2.14; copydesk needs Redis 7.0 or Valkey 7.2, or newer"),
        ("redis_version:unstable", "", "the store is version unstable; "),
        ("nothing:known", "", "the store is version 0; "),
        (
            "redis_version:7.0.0",
            "maxmemory:100\r\nmaxmemory_policy:allkeys-lru",
            "the store forgets when it is full (maxmemory-policy allkeys-lru); copydesk needs noeviction",
        ),
    ],
)
async def test_a_store_we_must_not_use(settings: Settings, server: str, memory: str, expected: str):
    """
    A server that is too old, or that evicts, is refused with its name for the reason.
    """
    async with fake_server(_replies(server, memory)) as port:
        said = await _refused(settings, f"redis://:{SECRET}@127.0.0.1:{port}/0")

    assert said.startswith(expected)


@pytest.mark.parametrize(
    ("server", "memory"),
    [
        ("redis_version:7.0.0", "maxmemory:100\r\nmaxmemory_policy:noeviction"),
        ("redis_version:7.2.4\r\nvalkey_version:9.1.2", "maxmemory:0\r\nmaxmemory_policy:allkeys-lru"),
        ("redis_version:8.10-rc1", ""),
    ],
)
async def test_a_store_we_may_use(settings: Settings, server: str, memory: str):
    """
    New enough, and never forgetting: that is all we ask.
    """
    async with (
        fake_server(_replies(server, memory)) as port,
        connect(settings, f"redis://127.0.0.1:{port}", patience=SHORT) as store,
    ):
        assert settings.prefix == store.keys.prefix


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (b"-NOPERM no permissions to run INFO\r\n", "the store refuses us: "),
        (b"-LOADING reading\r\n", "no store answers: "),
        (b"-READONLY a replica\r\n", "no store answers: "),
        (b"-ERR strange\r\n", "the store refuses us: strange"),
        (b"+\r\n", "the store is version 0"),
    ],
)
async def test_odd_replies(settings: Settings, reply: bytes, expected: str):
    """
    Whatever a server says first, it ends in one sentence.
    """
    async with fake_server(GREETINGS | {b"INFO": reply}) as port:
        said = await _refused(settings, f"redis://127.0.0.1:{port}")

    assert said.startswith(expected)


async def test_no_redis_at_all(settings: Settings):
    """
    A server of another protocol is no store.
    """
    async with fake_server({}, default=b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        said = await _refused(settings, f"redis://127.0.0.1:{port}")

    assert said.startswith(("no store answers: ", "the store refuses us: "))


async def test_a_server_that_says_nothing(settings: Settings):
    """
    A server that accepts and keeps silent is given up when patience ends, not when redis-py's does.
    """
    async with fake_server({}, default=b"") as port:
        async with asyncio.timeout(4):
            said = await _refused(settings, f"redis://127.0.0.1:{port}")

    assert said.startswith("no store answers: ")


@pytest.mark.parametrize("user", ["", "somebody"])
async def test_wrong_password(settings: Settings, start_server: Any, user: str):
    """
    A refused password is said without the password.
    """
    server = start_server("--requirepass", "right")

    said = await _refused(settings, f"unix://{user}:{SECRET}@{server.socket}", timedelta(seconds=5))

    assert said == "the store refuses our password, or wants one (REDIS_URL)"


async def test_missing_password(settings: Settings, start_server: Any):
    """
    A password that is asked for and not given is the same sentence.
    """
    said = await _refused(settings, start_server("--requirepass", "right").url, timedelta(seconds=5))

    assert said == "the store refuses our password, or wants one (REDIS_URL)"


@pytest.mark.parametrize("address", ["redis://:{}@127.0.0.1:{}/0", "unix://:{}@/tmp/copydesk-nobody-{}.sock"])
async def test_nobody_there(settings: Settings, address: str):
    """
    Where nobody answers, the sentence says so without the password.
    """
    said = await _refused(settings, address.format(SECRET, free_port()))

    assert said.startswith("no store answers: ")


@pytest.mark.parametrize("client", [async_client, sync_client])
@pytest.mark.parametrize("url", ["", "gopher://x", "http://:p@h/", "redis://h:port/"])
def test_no_address(settings: Settings, url: str, client: Callable[[Settings, str], object]):
    """
    What is no address is refused at once.
    """
    with pytest.raises(StoreError, match="REDIS_URL is no redis://"):
        client(settings, url)


async def test_waits_for_a_store(settings: Settings, start_server: Any):
    """
    A store that comes up within patience is waited for.
    """
    server = start_server()
    server.kill()
    opening = asyncio.ensure_future(_ping(settings, server.url))
    await asyncio.sleep(0)
    await asyncio.to_thread(server.start)

    assert await opening


async def _ping(settings: Settings, url: str) -> bool:
    async with connect(settings, url, patience=timedelta(seconds=30)) as store:
        return bool(await store.redis.ping())


async def test_the_block_closes_its_connections(settings: Settings, store: Any):
    """
    After the block no connection of it is left at the server.
    """
    before = len(await store.redis.client_list())

    async with connect(settings, settings.redis_url) as other:
        await asyncio.gather(*(other.redis.ping() for _ in range(5)))
        within = len(await store.redis.client_list())

    for _ in range(1000):
        after = len(await store.redis.client_list())
        if after == before:
            break
        await asyncio.sleep(0)
    assert within > before == after


async def test_killed_and_restarted(settings: Settings, start_server: Any, room_type: Any):
    """
    A server killed with -9 keeps what it acknowledged, and the same store goes on with it.
    """
    server = start_server()
    async with connect(settings, server.url) as store:
        room = room_type(store)
        claims = await room.entries(*range(20))
        await room.publish(claims[0], "a", text="t")
        before = await room.dump()
        server.kill()
        await asyncio.to_thread(server.start)

        assert before == await room.dump()
        await room.publish(claims[1], "b")
        assert await room.published() == ["a", "b"]


async def test_killed_in_the_middle_of_a_call(settings: Settings, start_server: Any, room_type: Any):
    """
    A call that finds the server gone waits for it and does its work once.
    """
    server = start_server()
    async with connect(settings, server.url) as store:
        room = room_type(store)
        claims = await room.entries(1)
        server.kill()
        publishing = asyncio.ensure_future(room.publish(claims[1], "a"))
        await asyncio.sleep(0)
        await asyncio.to_thread(server.start)
        await publishing

        assert await room.published() == ["a"]


async def test_a_server_that_does_not_read(settings: Settings, start_server: Any):
    """
    Who sends more than the socket takes gives up when a reply would have had to come, and goes on when the server does.
    """
    server = start_server()
    async with connect(settings, server.url) as store:
        connection: Any = await store.redis.connection_pool.get_connection()
        connection.socket_timeout, writer = 0.1, connection._writer
        os.kill(server.process.pid, signal.SIGSTOP)
        with pytest.raises(RedisTimeoutError):
            await connection.send_packed_command(connection.pack_commands([("SET", "k", b"x" * 10_000_000)]))
        os.kill(server.process.pid, signal.SIGCONT)
        await store.redis.connection_pool.release(connection)
        await writer.wait_closed()

        assert not connection.is_connected
        assert await store.redis.set("k", b"after" * 1_000_000)


async def test_gone_for_good(settings: Settings, start_server: Any, room_type: Any):
    """
    A server that stays away is an error that AWAY names.
    """
    server = start_server()
    async with connect(settings, server.url) as store:
        server.kill()
        with pytest.raises(RedisConnectionError):
            await room_type(store).add()


async def test_out_of_memory(settings: Settings, start_server: Any, room_type: Any):
    """
    A full server refuses every commit before it writes anything; a release still goes through, and nothing is lost.
    """
    async with connect(settings, start_server().url) as store:
        room = room_type(store, spacing=timedelta(minutes=1))
        claims = await room.entries(1)
        await store.redis.zadd(store.keys.due("feeds"), {room.feed.id: 1})
        poll = await room.claim("feeds")
        await store.redis.config_set("maxmemory", 1)
        before = await room.dump()

        for act in (
            lambda: room.commit_poll(poll, room.end(1, 2)),
            lambda: room.publish(claims[1], "a"),
            lambda: room.close(claims[1]),
            lambda: room.begin("entries", claims[1]),
            room.add,
        ):
            with pytest.raises(ResponseError) as caught:
                await act()
            assert is_out_of_memory(caught.value)
        assert before == await room.dump()

        assert await release(store, "entries", claims[1], pause=timedelta(0), is_strike=False, error="full")
        await store.redis.config_set("maxmemory", 0)
        assert (await room.begin("entries", await room.claim("entries"))).strikes == 1
        assert await room.commit_poll(poll, room.end(1, 2)) == 1


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OutOfMemoryError("command not allowed when used memory > 'maxmemory'."), True),
        (ResponseError("OOM command not allowed when used memory > 'maxmemory'. script: f00"), True),
        (ResponseError("MISCONF Errors writing to the AOF file: No space left on device"), True),
        (ResponseError("Command # 1 (TIME) of pipeline caused error: ('BUSY Valkey is busy',)"), True),
        (ResponseError("Command # 2 (SET (' of pipeline) of pipeline caused error: ('WRONGTYPE',)"), False),
        (ResponseError("WRONGTYPE Operation against a key"), False),
        (RedisConnectionError("OOM"), False),
        (ValueError("OOM"), False),
    ],
)
def test_is_out_of_memory(error: Exception, expected: bool):
    """
    Only the server's own refusal for lack of room is back-pressure.
    """
    got = is_out_of_memory(error)

    assert expected == got


async def test_idle_connection_to_a_full_disk(tmp_path, monkeypatch):
    """
    A store whose disk is full refuses the PING by which an idle connection is tried, and is read all the same.
    """
    monkeypatch.setattr(connecting, "HEALTH_SECONDS", 0.001)
    with embedded(tmp_path) as url:
        async with connect(Settings(_env_file=None, redis_url=url), url) as store:
            await store.redis.set("a", "b")
            await store.redis.config_set("save", "3600 1")
            # Its snapshot cannot take the place of a folder.
            (tmp_path / "store" / (await store.redis.config_get("dbfilename"))["dbfilename"]).mkdir()
            await store.redis.bgsave()
            while (await store.redis.info("persistence"))["rdb_last_bgsave_status"] == "ok":  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.02)

            got = await store.redis.get("a")

            await asyncio.sleep(0.02)
            with pytest.raises(ResponseError, match="MISCONF"):
                await store.redis.set("a", "c")
            # Or it would refuse to stop.
            await store.redis.config_set("save", "")

    assert got == b"b"


@asynccontextmanager
async def tls_proxy(certificate: trustme.LeafCert, server: Path) -> AsyncIterator[int]:
    """The port of a proxy that ends TLS before a server's socket."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    writers: set[asyncio.StreamWriter] = set()

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        try:
            while chunk := await reader.read(65536):
                writer.write(chunk)
                await writer.drain()
        except OSError:
            pass  # the other side is gone, which ends this one
        finally:
            writer.close()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(server)
        await asyncio.gather(pipe(reader, inner_writer), pipe(inner_reader, writer))

    proxy = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    try:
        yield proxy.sockets[0].getsockname()[1]
    finally:
        proxy.close()
        for writer in writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


@pytest.fixture
def authority() -> trustme.CA:
    """An authority that nobody trusts."""
    return trustme.CA()


@pytest.mark.parametrize("way", ["verified", "ca file", "missing ca file", "unverified"])
async def test_tls(settings: Settings, valkey_url: str, authority: trustme.CA, tmp_path: Path, way: str):
    """
    A self-signed certificate is refused with the two ways out, and each of the two works.
    """
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    changes = {
        "verified": {},
        "ca file": {"redis_ca_file": tmp_path / "ca.pem"},
        "missing ca file": {"redis_ca_file": tmp_path / "none.pem"},
        "unverified": {"redis_tls_verify": False},
    }[way]
    settings = settings.model_copy(update=changes)
    async with tls_proxy(authority.issue_cert("127.0.0.1"), Path(valkey_url.removeprefix("unix://"))) as port:
        url = f"rediss://127.0.0.1:{port}"
        if way in {"ca file", "unverified"}:
            async with connect(settings, url) as store:
                assert await store.redis.ping()
            return
        # A busy machine takes its time for a handshake.
        said = await _refused(settings, url, patience=timedelta(seconds=3))

    expected = "COPYDESK_REDIS_CA_FILE" if way == "verified" else "no store answers: "
    assert expected in said


async def test_idle_and_closed(settings: Settings, start_server: Any, authority: trustme.CA):
    """
    A connection over TLS that the server closed while nothing was asked is opened anew for the next call.
    """
    server = start_server()
    settings = settings.model_copy(update={"redis_tls_verify": False})
    async with (
        tls_proxy(authority.issue_cert("127.0.0.1"), Path(server.url.removeprefix("unix://"))) as port,
        connect(settings, f"rediss://127.0.0.1:{port}") as store,
        connect(settings, server.url) as operator,
    ):
        claim = Claim("a", 1)
        await release(store, "entries", claim, pause=timedelta(0), is_strike=False)
        await operator.redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        async with asyncio.timeout(30):
            while not store.scripts._idle[0]._writer.is_closing():  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)

        assert not await release(store, "entries", claim, pause=timedelta(0), is_strike=False)


def test_a_blocking_client(settings: Settings):
    """
    The client for blocking engines does not repeat a command: their enqueue is not idempotent.
    """
    client = sync_client(settings, settings.redis_url)

    assert client.ping()
    assert client.connection_pool.connection_kwargs["retry"].get_retries() == 0
    client.close()


async def test_a_cancellation_is_not_taken_for_a_failure():
    """
    A wait for a store ends when it is told to, even where the client turned the cancellation into an error of its own.
    """

    class Swallowing:
        async def info(self, _):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                raise RedisConnectionError("nobody there") from None

    waiting = asyncio.ensure_future(_first_answer(Swallowing(), timedelta(minutes=1)))
    await asyncio.sleep(0)
    waiting.cancel()

    done, _ = await asyncio.wait([waiting], timeout=5)

    assert ({waiting}, True) == (done, waiting.cancelled())
