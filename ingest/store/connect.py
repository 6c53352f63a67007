"""
Connections to the store, made so that redis-py's defaults cannot hurt (research ecosystem.md, "redis-py 8.1 gotchas").

Every write of ours is idempotent by construction, so retries are safe; a full pool waits instead of raising; a socket
times out later than the longest BLOCK we use.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import redis
import redis.asyncio
from redis import exceptions as refusals
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from ingest.errors import StoreError
from ingest.settings import Settings
from ingest.store.keys import Keys
from ingest.store.scripts import Scripts

#: Seconds a reply may take. Longer than the longest BLOCK (2 s), or redis-py reconnects and asks again for ever.
REPLY_SECONDS = 10
#: Heroku closes connections that were idle for 300 s.
HEALTH_SECONDS = 25
#: Streams' MINID and ZRANGE BYSCORE came with 6.2, script flags (#!lua) with 7.0.
OLDEST_VERSION = (7, 0)

#: What a caller may see when the store is away; anything else is a defect of ours.
AWAY = (refusals.ConnectionError, refusals.TimeoutError)


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
    retry = AsyncRetry(ExponentialWithJitterBackoff(cap=1, base=0.05), 5)
    try:
        pool = redis.asyncio.BlockingConnectionPool.from_url(
            url, retry=retry, retry_on_error=[refusals.BusyLoadingError], **_options(settings, url)
        )
    except ValueError as error:
        raise StoreError(f"REDIS_URL is no redis://, rediss:// or unix:// address ({error})") from error
    return redis.asyncio.Redis(connection_pool=pool)


def sync_client(settings: Settings, url: str) -> redis.Redis:
    """
    A blocking client for the engines that want one (dramatiq).

    It does not retry: dramatiq's own enqueue is not idempotent, and what it loses is claimed again when the lease ends.
    """
    try:
        pool = redis.BlockingConnectionPool.from_url(
            url, retry=Retry(ExponentialWithJitterBackoff(), 0), **_options(settings, url)
        )
    except ValueError as error:
        raise StoreError(f"REDIS_URL is no redis://, rediss:// or unix:// address ({error})") from error
    return redis.Redis(connection_pool=pool)


@asynccontextmanager
async def connect(settings: Settings, url: str, *, patience: timedelta = timedelta(seconds=5)) -> AsyncIterator[Store]:
    """
    The store at an address, checked, for the length of the block.

    Raises:
        StoreError: nobody answers within ``patience``, the server is too old, or it refuses us.
    """
    client = async_client(settings, url)
    try:
        await _check(client, patience)
        yield Store(client, Keys(settings.prefix), Scripts(client))
    finally:
        await client.aclose()


async def _check(client: redis.asyncio.Redis, patience: timedelta) -> None:
    tries = max(1, round(patience.total_seconds()))
    retry = AsyncRetry(ExponentialWithJitterBackoff(cap=1, base=0.5), tries)
    try:
        info = await retry.call_with_retry(lambda: client.info("server"), _look_again)
    except refusals.AuthenticationError as error:
        raise StoreError("the store refuses our password (REDIS_URL)") from error
    except AWAY as error:
        raise StoreError(f"no store answers: {_without_address(error)}") from error
    except refusals.RedisError as error:
        raise StoreError(f"the store refuses us: {_without_address(error)}") from error
    version = str(info.get("valkey_version") or info.get("redis_version") or "0")
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_VERSION:
        raise StoreError(f"the store is version {version}; copydesk needs Redis 7.0 or Valkey 7.2, or newer")


async def _look_again(error: Exception) -> None:
    """Nothing to repair between two tries."""
    del error


def _without_address(error: Exception) -> str:
    """The first line of an error; redis-py never puts the password into its messages, but addresses may hold one."""
    return str(error).splitlines()[0].split("@")[-1] if str(error) else type(error).__name__


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the store refused a write for lack of memory: back-pressure, not a failure (ARCHITECTURE 3)."""
    return isinstance(error, refusals.ResponseError) and str(error).startswith(
        ("OOM", "command not allowed when used memory")
    )
