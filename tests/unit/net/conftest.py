"""A scripted site on loopback that records what it is asked, and clients that may ask it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from ipaddress import ip_network

import pytest
import uvloop

from ingest.net.http import Client

AGENT = "copydesk/0 (+https://desk.example/about)"
LOOPBACK = (ip_network("127.0.0.1/32"),)


def pytest_asyncio_loop_factories(config, item):  # noqa: ARG001 - the hook's signature
    """Every law of this room holds under both event loops."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


Play = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Site:
    """One listening socket; ``pages`` maps request targets to bytes or to a coroutine that writes them."""

    def __init__(self):
        self.pages: dict[str, bytes | Play] = {}
        self.requests: list[bytes] = []
        self.connections = 0
        self.host = ""
        self.port = 0
        self._tasks: set[asyncio.Task] = set()
        self._server = None
        self._is_tls = False

    async def start(self, host, context=None):
        self._is_tls = context is not None
        self._server = await asyncio.start_server(self._serve, host, 0, ssl=context)
        self.host, self.port = self._server.sockets[0].getsockname()[:2]
        return self

    async def stop(self):
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def url(self, target="/", host=None):
        return f"{'https' if self._is_tls else 'http'}://{host or self.host}:{self.port}{target}"

    @staticmethod
    def reply(status=200, body=b"", fields=()):
        """A whole answer as bytes; ``fields`` are pairs of text, or of text and bytes."""
        lines = [f"HTTP/1.1 {status} Reason".encode()]
        for name, value in fields:
            lines.append(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()))
        lines.append(b"Content-Length: %d" % len(body))
        return b"\r\n".join(lines) + b"\r\n\r\n" + body

    @staticmethod
    def cut(data):
        """Sends these bytes, then closes."""

        async def play(writer):
            writer.write(data)
            await writer.drain()
            writer.close()

        return play

    @property
    def targets(self):
        return [request.split(b" ")[1].decode("latin-1") for request in self.requests]

    def field(self, name, number=-1):
        """The raw values of a field in one request."""
        lines = self.requests[number].split(b"\r\n")[1:]
        pairs = [line.split(b": ", 1) for line in lines if line]
        return [value for key, value in pairs if key.lower() == name.lower().encode()]

    async def _serve(self, reader, writer):
        self.connections += 1
        task = asyncio.current_task()
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                self.requests.append(head)
                page = self.pages.get(head.split(b" ")[1].decode("latin-1"), self.reply(404))
                if isinstance(page, bytes):
                    writer.write(page)
                    await writer.drain()
                else:
                    await page(writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError, RuntimeError):
            pass
        finally:
            with contextlib.suppress(OSError, RuntimeError):
                writer.close()


@pytest.fixture
async def new_site():
    """Starts sites; all are stopped in the end."""
    sites = []

    async def start(host="127.0.0.1", context=None):
        site = await Site().start(host, context)
        sites.append(site)
        return site

    yield start
    for site in sites:
        await site.stop()


@pytest.fixture
async def site(new_site):
    return await new_site()


@pytest.fixture
async def new_client():
    """Opens clients; all are closed in the end."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_client(**options):
            options = {"user_agent": AGENT, "allowed_networks": LOOPBACK, "deadline": timedelta(seconds=20)} | options
            return await stack.enter_async_context(Client(**options))

        yield open_client


@pytest.fixture
async def client(new_client):
    return await new_client()
