"""A desk that may ask one address of loopback only, and canaries on the others."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from aiohttp import web

from ingest.net.http import Client
from tests.unit.stages.conftest import Site, _rss, office, site  # noqa: F401 - fixtures

#: The one address that may be asked; everything else of loopback is forbidden ground.
OPEN = "127.0.0.2"
OPEN_NETWORKS = (ipaddress.ip_network(f"{OPEN}/32"),)


@dataclass
class Canary:
    """Listens where nobody of ours may ever knock."""

    port: int = 0
    connections: int = 0

    def heard(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        self.connections += 1
        writer.close()


@pytest.fixture
async def canary():
    """On 127.0.0.1 and ::1, one port; nobody may have connected in the end."""
    listening = Canary()
    servers = [await asyncio.start_server(listening.heard, "127.0.0.1", 0)]
    listening.port = servers[0].sockets[0].getsockname()[1]
    with contextlib.suppress(OSError):  # no IPv6 on this machine
        servers.append(await asyncio.start_server(listening.heard, "::1", listening.port))
    yield listening
    await asyncio.sleep(0)
    for server in servers:
        server.close()
    assert 0 == listening.connections


@pytest.fixture
async def open_site():
    """A server on the address that may be asked."""
    serving = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serving.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, OPEN, 0).start()
    serving.url = f"http://{OPEN}:{runner.addresses[0][1]}"
    yield serving
    await runner.cleanup()


@pytest.fixture
async def guarded(office, open_site):  # noqa: F811 - a fixture by its name
    """The desk of the stages' tests, its client held to the open address; every port, so that the address decides."""
    async with Client(
        user_agent="copydesk-test", allowed_networks=OPEN_NETWORKS, allowed_ports=(), deadline=timedelta(seconds=5)
    ) as http:
        yield replace(office, site=open_site, desk=replace(office.desk, http=http))
