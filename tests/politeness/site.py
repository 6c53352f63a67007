"""A scripted server that writes down whatever it is asked, as its operator would see it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from itertools import pairwise

from tests.politeness.clock import Clock

#: A host of the scripted server where a test needs only one.
HOST = "news.example.com"
RSS = "application/rss+xml"
#: What a TLS connection begins with (RFC 8446 5.1).
_HANDSHAKE = b"\x16"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One line of the server's log."""

    at: datetime
    connection: int
    method: str
    host: str
    target: str
    fields: tuple[tuple[str, bytes], ...]
    body: bytes = b""

    def raw(self, name: str) -> bytes | None:
        """A field's value, byte for byte; None without it. A repeated one is a fault of ours."""
        found = [value for known, value in self.fields if known == name]
        assert len(found) <= 1, (name, found)
        return found[0] if found else None

    def field(self, name: str) -> str | None:
        value = self.raw(name)
        return None if value is None else value.decode("latin-1")

    @property
    def is_conditional(self) -> bool:
        return self.raw("if-none-match") is not None or self.raw("if-modified-since") is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered: a status with fields and a body, or these bytes and then the end of the connection."""

    status: int = 200
    body: bytes = b""
    fields: tuple[tuple[str, str | bytes], ...] = ()
    raw: bytes | None = None

    def packed(self) -> bytes:
        if self.raw is not None:
            return self.raw
        lines = [b"HTTP/1.1 %d Said" % self.status]
        for name, value in self.fields:
            lines.append(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()))
        lines.append(b"Content-Length: %d" % len(self.body))
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.body


Script = Answer | list[Answer] | Callable[[Request], Answer]


def say(status: int = 200, body: str | bytes = b"", **fields: str | bytes) -> Answer:
    """An answer; ``etag='"a"'`` and ``last_modified=...`` are its fields."""
    named = tuple((name.replace("_", "-"), value) for name, value in fields.items())
    return Answer(status=status, body=body.encode() if isinstance(body, str) else body, fields=named)


def document(body: str | bytes, **fields: str | bytes) -> Answer:
    """A feed's document."""
    return say(200, body, content_type=RSS, **fields)


def sent_to(url: str, status: int = 301, **fields: str) -> Answer:
    """A redirect."""
    return say(status, location=url, **fields)


def honest(body: str | bytes, **fields: str) -> Callable[[Request], Answer]:
    """A server that answers 304 to its own validators (RFC 9110 13.1) and says the same fields each time."""
    whole, short = document(body, **fields), say(304, **fields)

    def answer(request: Request) -> Answer:
        etag, date = request.field("if-none-match"), request.field("if-modified-since")
        if etag is not None:
            return short if etag == fields.get("etag") else whole
        return short if date is not None and date == fields.get("last_modified") else whole

    return answer


def paper(*urls: str) -> str:
    """An RSS document whose items link to these pages."""
    items = "".join(f"<item><title>On {escape(url)}</title><link>{escape(url)}</link></item>" for url in urls)
    return f"<rss version='2.0'><channel><title>Gazette</title>{items}</channel></rss>"


def page(text: str = "The harbour board spoke of cranes.", **fields: str) -> Answer:
    """An article's page."""
    body = f"<html><body><article><p>{text}</p></article></body></html>"
    return say(200, body, content_type="text/html", **fields)


def robots(text: str, **fields: str) -> Answer:
    """A robots.txt."""
    return say(200, text, content_type="text/plain", **fields)


def rss(*guids: str, newest: datetime | None = None, apart: timedelta = timedelta(days=2), extra: str = "") -> str:
    """An RSS document with an item for each guid, the newest first, so far apart if ``newest`` gives its date."""
    items = []
    for number, guid in enumerate(guids):
        date = f"<pubDate>{format_datetime(newest - number * apart)}</pubDate>" if newest else ""
        items.append(f"<item><title>{escape(guid)}</title><guid isPermaLink='false'>{escape(guid)}</guid>{date}</item>")
    space = "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/' xmlns:atom='http://www.w3.org/2005/Atom'"
    return f"<rss version='2.0' {space}><channel><title>Gazette</title>{extra}{''.join(items)}</channel></rss>"


@dataclass
class Site:
    """All hosts of a test on one socket; what a test did not script is 404."""

    clock: Clock
    log: list[Request] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    address: str = "127.0.0.1"
    context: ssl.SSLContext | None = None
    #: No answer goes out before this is set.
    hold: asyncio.Event | None = None
    #: Set once a connection has ended.
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    _came: asyncio.Event = field(default_factory=asyncio.Event)
    _scripts: dict[tuple[str, str], Script] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def start(self) -> Site:
        self._server = await asyncio.start_server(self._serve, self.address, 0, ssl=self.context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def url(self, target: str = "/feed.xml", host: str = HOST) -> str:
        return f"{'https' if self.context else 'http'}://{host}:{self.port}{target}"

    def on(self, target: str, script: Script, host: str = HOST) -> str:
        """Answer like this from now on (a list's answers one after the other, the last one for ever); the address."""
        self._scripts[host, target] = script
        return self.url(target, host)

    def asked(self, target: str | None = "/feed.xml", host: str | None = None) -> list[Request]:
        """What was asked for there, in order; None is anything."""
        return [
            one for one in self.log if (target is None or one.target == target) and (host is None or one.host == host)
        ]

    def times(self, target: str | None = "/feed.xml", host: str | None = None) -> list[datetime]:
        return [one.at for one in self.asked(target, host)]

    def pauses(self, target: str | None = "/feed.xml", host: str | None = None) -> list[timedelta]:
        """The time between each request and the one before it."""
        return gaps(self.times(target, host))

    async def came(self, count: int) -> None:
        """Wait until so many requests have come."""
        while len(self.log) < count:
            self._came.clear()
            await self._came.wait()

    def _answer(self, request: Request) -> Answer:
        script = self._scripts.get((request.host, request.target), say(404))
        if isinstance(script, list):
            return script.pop(0) if len(script) > 1 else script[0]
        return script if isinstance(script, Answer) else script(request)

    async def _read(self, reader: asyncio.StreamReader, connection: int) -> Request:
        first = await reader.readexactly(1)
        if first == _HANDSHAKE and self.context is None:
            raise ConnectionError("TLS is not spoken here")
        head, *rest = (first + await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        method, target, _ = head.decode("latin-1").split(" ")
        pairs = (line.split(b": ", 1) for line in rest if line)
        fields = tuple((name.decode("latin-1").lower(), value) for name, value in pairs)
        named = dict(fields)
        body = await reader.readexactly(int(named.get("content-length", b"0")))
        return Request(
            at=self.clock.now(),
            connection=connection,
            method=method,
            host=named["host"].decode().partition(":")[0],
            target=target,
            fields=fields,
            body=body,
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = self.connections
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            while not writer.is_closing():
                request = await self._read(reader, connection)
                self.log.append(request)
                self._came.set()
                if self.hold is not None:
                    await self.hold.wait()
                answer = self._answer(request)
                writer.write(answer.packed())
                await writer.drain()
                if answer.raw is not None:
                    break
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError, RuntimeError):
            pass
        finally:
            self.closed.set()
            with contextlib.suppress(OSError, RuntimeError):
                writer.close()


def gaps(times: Sequence[datetime]) -> list[timedelta]:
    """The time between each and the one before it."""
    return [later - earlier for earlier, later in pairwise(times)]
