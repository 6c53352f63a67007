"""The store, and how the work in it stands."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, get_args

from ingest.settings import Settings
from ingest.store.connect import Store
from ingest.store.due import waiting_messages
from ingest.store.durability import read_durability
from ingest.store.keys import Work
from ingest.store.load import read_load
from ingest.store.relay import GROUP
from ingest.store.rows import Group, read_groups
from workers.doctor.finding import Finding, fine, problem, warning

#: Seconds by which two clocks may differ before it shows.
_CLOCK_SECONDS = 5.0
#: Milliseconds for which due work may wait: a tick is a second.
_OVERDUE_MS = 60_000
#: Messages that wait for a worker when the scheduler stops sending more (workers.scheduler).
_FULL_QUEUE = 16
#: A reader that has not asked for so long is gone: ours asks every other second.
_READER_GONE = timedelta(minutes=10)
#: Processes of a small installation, beside one-shot commands.
_PROCESSES = 4


async def examine_store(store: Store, settings: Settings) -> AsyncIterator[Finding]:
    """The server: what it keeps, how full it is, who may listen to the way to it."""
    durability = await read_durability(store)
    yield fine("store", durability.server)
    if durability.is_kept:
        yield fine("persistence", durability.promise)
    else:
        yield warning(
            "persistence",
            durability.promise,
            why="what is forgotten was seen already: it is polled, fetched and published again",
            todo="set appendonly yes (CONFIG SET appendonly yes, and in the server's file)",
        )
    yield await writes(store)
    yield await memory(store, settings)
    yield await clock(store)
    yield await connections(store, settings)
    yield transport(settings)


async def writes(store: Store) -> Finding:
    """Whether the server takes writes, as far as it says."""
    replication: dict[str, Any] = await store.redis.info("replication")
    if replication.get("role") != "master":
        return problem(
            "writes",
            "the store is a replica",
            why="a replica takes no writes: nothing is polled, nothing published",
            todo="let REDIS_URL name the primary",
        )
    persistence: dict[str, Any] = await store.redis.info("persistence")
    if persistence.get("aof_enabled") and persistence.get("aof_last_write_status", "ok") != "ok":
        return problem(
            "writes",
            "the store could not write its append-only file",
            why="it takes nothing new before it can",
            todo="look at the store's disk (full?) and its log",
        )
    if persistence.get("rdb_last_bgsave_status", "ok") != "ok":
        return warning(
            "writes",
            "the store's last snapshot failed",
            why="as it is set up by default (stop-writes-on-bgsave-error) it takes nothing new before one succeeds",
            todo="look at the store's disk (full?), its memory and its log",
        )
    return fine("writes", "taken")


async def memory(store: Store, settings: Settings) -> Finding:
    """How full the store is, against the mark at which work waits."""
    info: dict[str, Any] = await store.redis.info("memory")
    used, load = int(info.get("used_memory") or 0), await read_load(store)
    if load.memory is None:
        return fine("memory", f"{used / 1e6:.0f} MB used, no limit set")
    what = f"{used / 1e6:.0f} MB used, {load.memory:.0%} of its limit"
    if load.memory < settings.high_water_memory:
        return fine("memory", what)
    return problem(
        "memory",
        what,
        why=f"from {settings.high_water_memory:.0%} on (COPYDESK_HIGH_WATER_MEMORY) no article is fetched",
        todo="a larger store; or let consumers catch up, and shorten COPYDESK_STREAM_KEEP and COPYDESK_MEMORY",
    )


async def clock(store: Store) -> Finding:
    """Our clock against the store's, by which everything is scheduled."""
    before = time.time()
    seconds, micros = await store.redis.time()
    off = (before + time.time()) / 2 - (seconds + micros / 1e6)
    if abs(off) <= _CLOCK_SECONDS:
        return fine("clock", f"{abs(off) * 1000:.0f} ms from the store's")
    return warning(
        "clock",
        f"{abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} the store's",
        why="dates of entries are judged by our clock and polls planned by the store's",
        todo="run an NTP service on both machines",
    )


async def connections(store: Store, settings: Settings) -> Finding:
    """Whether the server lets as many in as our processes may want."""
    info: dict[str, Any] = await store.redis.info("clients")
    limit, used = int(info.get("maxclients") or 0), int(info.get("connected_clients") or 0)
    wanted = settings.redis_connections * _PROCESSES
    what = f"{used} open" + (f" of {limit}" if limit else "")
    if not limit or wanted <= limit:
        return fine("connections", what)
    return warning(
        "connections",
        f"{what}, while {_PROCESSES} processes may open {wanted}",
        why="a process that gets no connection stands still",
        todo=f"COPYDESK_REDIS_CONNECTIONS={max(2, limit // (_PROCESSES + 1))}, or a larger plan",
    )


def transport(settings: Settings) -> Finding:
    """Who may read what goes to and from the store."""
    scheme, _, rest = settings.redis_url.partition("://")
    if scheme in {"", "unix"}:
        return fine("transport", "a socket of this machine")
    host = _host(rest)
    if scheme == "rediss":
        if settings.redis_tls_verify:
            return fine("transport", f"TLS to {host}, its certificate checked")
        return warning(
            "transport",
            f"TLS to {host}, any certificate accepted",
            why="whoever stands between could read and change everything",
            todo="COPYDESK_REDIS_CA_FILE=the authority's PEM file instead of COPYDESK_REDIS_TLS_VERIFY=no",
        )
    if _is_near(host):
        return fine("transport", f"in the clear to {host}, on this machine or a private network")
    return warning(
        "transport",
        f"in the clear to {host}",
        why="the password and all articles cross a network that others may listen to",
        todo="a rediss:// address",
    )


def _host(rest: str) -> str:
    """The host of ``user:password@host:port/db``; a password may hold a slash."""
    place = rest.partition("?")[0].rpartition("@")[2].partition("/")[0]
    return place[1:].partition("]")[0] if place.startswith("[") else place.partition(":")[0]


def _is_near(host: str) -> bool:
    """Whether a host is on this machine or a private network: by its address, or a name without a dot."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".internal", ".local", ".svc", ".localhost"))


async def examine_work(store: Store, settings: Settings) -> AsyncIterator[Finding]:
    """Whether somebody does what is due, and somebody reads what comes of it."""
    for work in get_args(Work):
        yield await overdue(store, settings, work)
    for group in await read_groups(store):
        yield reader(group, settings.stream)


async def overdue(store: Store, settings: Settings, work: Work) -> Finding:
    """Whether what is due is done."""
    seconds, micros = await store.redis.time()
    mark = seconds * 1000 + micros // 1000 - _OVERDUE_MS
    async with store.redis.pipeline(transaction=True) as pipe:
        pipe.zcount(store.keys.due(work), "-inf", mark)
        pipe.zcount(store.keys.lease(work), "-inf", mark)
        pipe.zcard(store.keys.lease(work))
        late, expired, claimed = await pipe.execute()
    if not late and not expired:
        return fine(f"due-{work}", f"nothing overdue, {claimed} in work")
    what = f"{late + expired} {work} overdue by more than a minute"
    if await waiting_messages(store, work) >= _FULL_QUEUE or claimed - expired >= settings.max_in_hand:
        return warning(
            f"due-{work}",
            f"{what}; the workers' queue is full",
            why="no worker is running, or they do not keep up",
            todo="start a worker (copydesk worker), or one more; docs/how-to/scale.md says what one can do",
        )
    return problem(
        f"due-{work}",
        f"{what}; nobody hands them out",
        why="without a scheduler nothing is polled and nothing published",
        todo="start copydesk run, or copydesk scheduler; one that runs says in its log why it waits (pressure.changed)",
    )


def reader(group: Group, stream: str) -> Finding:
    """Whether a consumer group of the output has readers."""
    check = f"group-{group.name[:100]}"
    idle = [consumer.idle for consumer in group.consumers]
    readers = sum(span < _READER_GONE for span in idle)
    unread = (group.lag or 0) + group.pending
    if readers:
        return fine(check, f"{readers} readers, {unread} events behind")
    if not unread:
        return fine(check, "read to the end, no reader now")
    since = (
        f"nobody has read for {timedelta(seconds=round(min(idle).total_seconds()))}"
        if idle
        else "it never had a reader"
    )
    return warning(
        check,
        f"{unread} events behind, and {since}",
        why="events that a group has not read are kept, until the store is full and everything waits",
        todo=_remedy(group, stream),
    )


def _remedy(group: Group, stream: str) -> str:
    sink = group.name.removeprefix(GROUP)[:100]
    if group.name.startswith(GROUP):
        return f"start copydesk relay, or take the sink out of the configuration: copydesk sinks forget {sink}"
    return f"start its consumer, or remove the group: XGROUP DESTROY {stream} {group.name[:100]}"
