"""
Connections to the store, made so that redis-py's defaults cannot hurt (research ecosystem.md, "redis-py 8.1 gotchas").

Every write of ours is idempotent by construction, so retries are safe; a full pool waits instead of raising; a socket
times out later than the longest BLOCK we use.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import hiredis
import redis
import redis.asyncio
from redis import exceptions as refusals
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from ingest.errors import StoreError
from ingest.settings import Settings
from ingest.store.keys import Keys
from ingest.store.scripts import Scripts, heed_cancellation

#: Seconds a reply may take. Longer than the longest BLOCK (2 s), or redis-py reconnects and asks again for ever.
REPLY_SECONDS = 10
#: Seconds between two looks for a server that is not there yet.
PAUSE_SECONDS = 0.2
#: Heroku closes connections that were idle for 300 s.
HEALTH_SECONDS = 25
#: Bytes that may wait to be sent before we wait for them: asyncio's own bound.
HIGH_WATER = 65_536
#: Streams' MINID and ZRANGE BYSCORE came with 6.2, script flags (#!lua) with 7.0.
OLDEST_VERSION = (7, 0)

#: What a caller may see when the store is away; anything else is a defect of ours.
AWAY = (refusals.ConnectionError, refusals.TimeoutError, refusals.ReadOnlyError, refusals.MasterDownError)

#: The server's user must not do what was asked (ACL).
UNPERMITTED = refusals.NoPermissionError

#: Why the store takes no writes for now, by the beginning of its reply.
_FULL = "the store is full: it takes nothing new before memory is freed"
_NO_WRITES = {
    "OOM": _FULL,
    "command not allowed when used memory": _FULL,
    "MISCONF": "the store takes nothing new: it cannot write its file (its disk is full, or not to be written)",
    "NOREPLICAS": "the store takes nothing new: it has fewer replicas than its min-replicas-to-write asks for",
    "BUSY ": "the store takes nothing new: a script holds it up that is not ours",
}

_FOREIGN = (
    "the store holds something that is not ours under our names: another program's, or another version's "
    "(COPYDESK_PREFIX sets our names apart)"
)

_IN_A_PIPELINE = " of pipeline caused error: "

#: Replies of a server that is not itself yet, or no longer: a new connection may reach the one that took over.
NOT_ITSELF: list[type[refusals.RedisError]] = [
    refusals.BusyLoadingError,
    refusals.ReadOnlyError,
    refusals.MasterDownError,
]


#: Python's own sentence would quote the port, and in redis://:pass/word@host the password stands where the port is.
NO_ADDRESS = (
    "REDIS_URL is no redis://, rediss:// or unix:// address; "
    "a password's / ? # @ and : must be written as %2F %3F %23 %40 and %3A"
)


@dataclass(frozen=True, slots=True)
class Store:
    """One process's way to the store: a client, the names, the scripts."""

    redis: redis.asyncio.Redis
    keys: Keys
    scripts: Scripts


def _options(settings: Settings, url: str) -> dict[str, Any]:
    options: dict[str, Any] = {
        "socket_timeout": REPLY_SECONDS,
        "socket_connect_timeout": 5,
        "health_check_interval": HEALTH_SECONDS,
        "max_connections": settings.redis_connections,
        "timeout": REPLY_SECONDS,
        # A lone surrogate in a foreign error's text must not end a release.
        "encoding_errors": "replace",
    }
    if url.startswith("rediss://"):
        if settings.redis_ca_file is not None:
            options["ssl_ca_certs"] = str(settings.redis_ca_file)
        if not settings.redis_tls_verify:
            options["ssl_cert_reqs"] = "none"
            options["ssl_check_hostname"] = False
    return options


def async_client(settings: Settings, url: str) -> redis.asyncio.Redis:
    """An asyncio client; connects on first use. Raises StoreError when the address makes no sense."""
    return _client(settings, url, tries=5)


def _client(settings: Settings, url: str, *, tries: int) -> redis.asyncio.Redis:
    retry = AsyncRetry(ExponentialWithJitterBackoff(cap=1, base=0.05), tries)
    try:
        pool = redis.asyncio.BlockingConnectionPool.from_url(
            url, retry=retry, retry_on_error=NOT_ITSELF, **_options(settings, url)
        )
    except ValueError:
        raise StoreError(NO_ADDRESS) from None
    kind: Any = pool.connection_class
    pool.connection_class = swift(kind)
    # Not Redis(connection_pool=...): that one leaves the pool's connections open when it is closed.
    return redis.asyncio.Redis.from_pool(pool)


@cache
def swift(connection: Any) -> Any:
    """
    The same kind of connection, with its commands written by hiredis, as redis-py's blocking one has them, and sent at
    once.

    In Python the some eighty arguments of a poll's scripts take a tenth of a millisecond; and of each send redis-py
    makes a task with a timer (asyncio.wait_for), which is as dear as the send itself.
    """

    class Swift(answered(connection)):  # type: ignore[misc]  # one of three, as the address says
        async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
            is_ready = self.is_connected and not (check_health and self._is_health_due())
            if not is_ready or isinstance(command, (str, bytes)):
                await super().send_packed_command(command, check_health)
                return
            try:
                self._writer.writelines(command)
            except BaseException:
                await self.disconnect(nowait=True)
                raise
            if self._writer.transport.get_write_buffer_size() > HIGH_WATER:
                # The server is slow to read: redis-py's own way to wait for it, and to give up.
                await super().send_packed_command([], check_health=False)

        def _is_health_due(self) -> bool:
            return bool(self.health_check_interval) and asyncio.get_running_loop().time() > self.next_health_check

        def pack_command(self, *args: Any) -> list[bytes]:
            name, *others = args
            if isinstance(name, str) and " " in name:
                args = (*name.split(), *others)
            try:
                return [hiredis.pack_command(args)]
            except (TypeError, UnicodeError):  # a lone surrogate, an odd type: as redis-py does it
                packed: list[bytes] = super().pack_command(*args)
                return packed

        def pack_commands(self, commands: Iterable[Sequence[Any]]) -> list[bytes]:
            return [part for command in commands for part in self.pack_command(*command)]

    return Swift


def answered(connection: Any) -> Any:
    """
    The same kind of connection, alive as long as PING has an answer.

    A store whose disk is full refuses it: that is an answer, and what such a store holds can be read.
    """

    class Answered(connection):  # type: ignore[misc]  # as above
        async def _send_ping(self) -> None:
            try:
                await super()._send_ping()
            except refusals.ResponseError as error:
                if not why_not_taken(error):
                    raise

    return Answered


def sync_client(settings: Settings, url: str) -> redis.Redis:
    """
    A blocking client for the engines that want one (dramatiq).

    It does not retry: dramatiq's own enqueue is not idempotent, and what it loses is claimed again when the lease ends.
    """
    try:
        pool = redis.BlockingConnectionPool.from_url(
            url, retry=Retry(ExponentialWithJitterBackoff(), 0), **_options(settings, url)
        )
    except ValueError:
        raise StoreError(NO_ADDRESS) from None
    return redis.Redis.from_pool(pool)


@asynccontextmanager
async def connect(settings: Settings, url: str, *, patience: timedelta = timedelta(seconds=5)) -> AsyncIterator[Store]:
    """
    The store at an address, checked, for the length of the block.

    Raises:
        StoreError: nobody answers within ``patience``, the server is too old, or it refuses us.
    """
    await _check(settings, url, patience)
    client = async_client(settings, url)
    try:
        yield Store(client, Keys(settings.prefix), Scripts(client))
    finally:
        await client.aclose()


async def _check(settings: Settings, url: str, patience: timedelta) -> None:
    # A client that does not retry: redis-py's tries at connecting times those at the command outlast any patience, and
    # a wrong password would be tried 36 times.
    client = _client(settings, url, tries=0)
    try:
        server = await _first_answer(client, patience)
        memory = await client.info("memory")
    except AWAY as error:
        if _is_about_password(error):
            raise StoreError("the store refuses our password, or wants one (REDIS_URL)") from error
        raise StoreError(f"no store answers: {_without_address(error)}") from error
    except refusals.RedisError as error:
        raise StoreError(f"the store refuses us: {_without_address(error)}") from error
    finally:
        await client.aclose()
    version = str(server.get("valkey_version") or server.get("redis_version") or "0")
    if tuple(int(part) for part in re.findall(r"\d{1,9}", version)[:2]) < OLDEST_VERSION:
        raise StoreError(f"the store is version {version}; copydesk needs Redis 7.0 or Valkey 7.2, or newer")
    # Evicting part of what we remember loses or doubles articles without a word (reliability.md 3.1.5).
    policy = str(memory.get("maxmemory_policy", "noeviction"))
    if policy != "noeviction" and memory.get("maxmemory"):
        raise StoreError(f"the store forgets when it is full (maxmemory-policy {policy}); copydesk needs noeviction")


async def _first_answer(client: redis.asyncio.Redis, patience: timedelta) -> dict[str, Any]:
    """What the server says of itself, asked again until ``patience`` is over; the last refusal then."""
    away: Exception = refusals.TimeoutError("it does not reply")
    try:
        async with asyncio.timeout(patience.total_seconds()):
            while True:
                try:
                    found: dict[str, Any] = await client.info("server")
                except AWAY as error:
                    if _is_about_password(error):
                        raise
                    away = error
                    # redis-py may have taken our cancellation for the failure.
                    heed_cancellation()
                else:
                    return found
                await asyncio.sleep(PAUSE_SECONDS)
    except TimeoutError:
        raise away from None


def _is_about_password(error: BaseException) -> bool:
    """Whether the server refused who we say we are; redis-py wraps that in a plain ConnectionError."""
    return any(isinstance(one, refusals.AuthenticationError) for one in (error, error.__cause__))


def _without_address(error: Exception) -> str:
    """The first line of an error; redis-py never puts the password into its messages, but addresses may hold one."""
    said = str(error).splitlines()[0].split("@")[-1] if str(error) else type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in said:
        said += "; set COPYDESK_REDIS_CA_FILE to its authority's PEM file, or COPYDESK_REDIS_TLS_VERIFY=no"
    return said


def is_out_of_memory(error: BaseException) -> bool:
    """
    Whether the store refused a write for lack of memory or disk: back-pressure, not a failure (ARCHITECTURE 3).

    So is a lack of replicas (min-replicas-to-write), and somebody's script that holds the server up.
    """
    return bool(why_not_taken(error))


def why_not_taken(error: BaseException) -> str:
    """Why the store took no write, as a sentence without its stop; "" where it was not for lack of anything."""
    said = _reply(error)
    return next((why for beginning, why in _NO_WRITES.items() if said.startswith(beginning)), "")


def why_foreign(error: BaseException) -> str:
    """What a key of another type in our place means, as a sentence without its stop; "" where it is no such thing."""
    return _FOREIGN if _reply(error).startswith("WRONGTYPE") else ""


def _reply(error: BaseException) -> str:
    """What the server replied; "" where it did not."""
    if not isinstance(error, refusals.ResponseError):
        return ""
    said = str(error)
    # redis-py puts the command before what became of it in a pipeline: ... caused error: ('OOM ...',)
    return said.rpartition(_IN_A_PIPELINE)[2].lstrip("('\"") if said.startswith("Command # ") else said


def why_away(error: BaseException) -> str:
    """What has become of a store that answered before, by one of AWAY, as a sentence without its stop."""
    if isinstance(error, refusals.ReadOnlyError):
        return "the store is a replica, which takes no writes: REDIS_URL must name the primary"
    return "the store went away while we worked with it"
