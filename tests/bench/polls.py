"""
A poll that ends in 304, end to end, against the same request by aiohttp alone: processor time, the store's included.

Every feed has a host of its own, so that every poll looks up a name and opens a connection, with TLS as most feeds
have it and without; the two sides are taken in turn. Sessions and their TLS contexts are made beforehand on both sides.
"""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import cast

import aiohttp
import trustme
import uvloop
from aiohttp.abc import AbstractResolver, ResolveResult

from ingest.net.http import FEED_ACCEPT, Client
from ingest.sandbox.pool import Sandbox
from ingest.settings import Settings
from ingest.stages.desk import Desk
from ingest.stages.poll import poll_feed
from ingest.store.boilerplate import Lessons
from ingest.store.connect import Store, connect
from ingest.store.due import Claim, claim_due
from ingest.store.embedded import embedded
from ingest.store.feeds import add_feed, feed_id
from ingest.store.overrides import Overrides

FEEDS = 500
#: A public suffix: every host below it is a domain of its own, and one certificate does for all. Nothing is looked up.
SUFFIX = "co.uk"
ROUNDS = 7
SIDE_BY_SIDE = 32
T0 = datetime(2026, 11, 22, tzinfo=UTC)
AGENT = "copydesk/bench (+https://desk.example/about)"
ETAG = '"an etag of some length 0123456789"'
ANSWER = b"HTTP/1.1 304 Not Modified\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\nETag: " + ETAG.encode() + b"\r\n\r\n"

Poll = Callable[[], Awaitable[None]]


class Site(asyncio.Protocol):
    """Answers every request with 304; requests come in one piece."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """One answer for each head."""
        self._transport.write(ANSWER * data.count(b"\r\n\r\n"))


def lookup(name: str) -> list[str]:
    """Every host has an address of its own, or all would wait for one."""
    number = int(name.partition(".")[0][1:])
    return [f"127.{1 + number // 250}.0.{1 + number % 250}"]


class Names(AbstractResolver):
    """The same answers for the bare session, in a thread as aiohttp's own resolver has them."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The address of a host."""
        found = await asyncio.get_running_loop().run_in_executor(None, lookup, host)
        return [
            ResolveResult(hostname=host, host=one, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)
            for one in found
        ]

    async def close(self) -> None:
        """Nothing is held."""


def serve(certificate: str) -> None:
    """Listen on every address of loopback without and with TLS, say the ports, and answer until stdin ends."""

    async def run() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        loop = asyncio.get_running_loop()
        servers = [await loop.create_server(Site, "0.0.0.0", 0, backlog=1024, ssl=tls) for tls in (None, context)]
        print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
        await loop.run_in_executor(None, sys.stdin.read)

    uvloop.run(run())


async def in_parallel(polls: Sequence[Poll]) -> None:
    """All of them, a worker's number at a time."""
    left = list(polls)

    async def work() -> None:
        while left:
            await left.pop()()

    await asyncio.gather(*(work() for _ in range(SIDE_BY_SIDE)))


async def bare(session: aiohttp.ClientSession, urls: Sequence[str]) -> None:
    """The requests alone."""
    headers = {"User-Agent": AGENT, "Accept": FEED_ACCEPT, "If-None-Match": ETAG}

    async def ask(url: str) -> None:
        async with session.get(url, headers=headers) as response:
            await response.read()
            assert response.status == 304

    await in_parallel([lambda url=url: ask(url) for url in urls])  # type: ignore[misc]  # mypy and defaults


async def ours(desk: Desk, count: int) -> None:
    """Claim, ask, and commit each feed."""

    async def poll(claim: Claim) -> None:
        report = await poll_feed(desk, claim)
        assert report is not None, "the claim is ours"
        assert report.outcome == "not-modified", report

    claims: list[Claim] = []
    while len(claims) < count:
        claims += await claim_due(desk.store, "feeds", limit=100, lease=timedelta(minutes=5), max_in_hand=count)
    await in_parallel([lambda claim=claim: poll(claim) for claim in claims])  # type: ignore[misc]  # as above


def make_desk(store: Store, http: Client, settings: Settings) -> Desk:
    """A worker's engines without a sandbox: a 304 is never parsed."""
    return Desk(
        store=store,
        http=http,
        sandbox=cast("Sandbox", None),
        settings=settings,
        lessons=Lessons(store, "off", lambda: T0),
        overrides=Overrides(store, lambda: T0),
        now=lambda: T0,
        dice=lambda: 0.5,
        attempt=lambda: "bench",
    )


async def one_round(store: Store, settings: Settings, urls: Sequence[str]) -> tuple[float, float]:
    """Seconds of processor time, ours and bare, with every host asked once by each, on connections not yet open."""
    await store.redis.zadd(store.keys.due("feeds"), {feed_id(url): 1 for url in urls})
    for kind in ("host", "address"):
        for key in await store.redis.keys(f"{settings.prefix}:{kind}:*"):
            await store.redis.delete(key)
    async with (
        Client(user_agent=AGENT, allowed_networks=settings.allowed_networks, allowed_ports=(), lookup=lookup) as http,
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=Names(), ssl=ssl.create_default_context())
        ) as session,
    ):
        desk, times = make_desk(store, http, settings), []
        for run in (lambda: ours(desk, len(urls)), lambda: bare(session, urls)):
            start = time.process_time() + await server_cpu(store)
            await run()
            times.append(time.process_time() + await server_cpu(store) - start)
    return times[0], times[1]


async def measure(redis_url: str, scheme: str, port: int, feeds: int) -> tuple[float, float]:
    """Microseconds of processor time a poll, ours and bare: the median of the rounds."""
    urls = [f"{scheme}://h{number}.{SUFFIX}:{port}/feed.xml" for number in range(feeds)]
    settings = Settings(
        _env_file=None,
        redis_url=redis_url,
        allowed_networks=(ip_network("127.0.0.0/8"),),
        prefix=scheme,
    )
    async with connect(settings, redis_url) as store:
        for url in urls:
            await add_feed(store, url)
            await store.redis.hset(store.keys.feed(feed_id(url)), mapping={"etag": ETAG, "body_digest": "d"})
        # As a worker does before it begins (workers/worker.py).
        gc.collect()
        gc.freeze()
        times = [await one_round(store, settings, urls) for _ in range(ROUNDS)]
    mine, base = (statistics.median(side) for side in zip(*times, strict=True))
    return mine / feeds * 1e6, base / feeds * 1e6


async def server_cpu(store: Store) -> float:
    """Seconds of processor time the store has used."""
    info = await store.redis.info("cpu")
    return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])


def bench(feeds: int = FEEDS) -> dict[str, tuple[float, float]]:
    """Start a site and a store, and measure with both schemes."""
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder)) as url:
        authority, file = trustme.CA(), Path(folder) / "server.pem"
        authority.cert_pem.write_to_path(Path(folder) / "ca.pem")
        authority.issue_cert(f"*.{SUFFIX}").private_key_and_cert_chain_pem.write_to_path(file)
        os.environ["SSL_CERT_FILE"] = str(Path(folder) / "ca.pem")
        command = [sys.executable, "-m", "tests.bench.polls", str(file)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as site:
            assert site.stdout is not None
            try:
                ports = map(int, site.stdout.readline().split())
                return {
                    scheme: uvloop.run(measure(url, scheme, port, feeds))
                    for scheme, port in zip(("http", "https"), ports, strict=True)
                }
            finally:
                site.communicate()


if __name__ == "__main__":
    if sys.argv[1:]:
        serve(sys.argv[1])
    else:
        for name, (mine, base) in bench().items():
            print(f"a 304 poll end to end, {name}: {mine:.0f} us, bare {base:.0f} us, ratio {mine / base:.2f}")
