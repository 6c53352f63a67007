"""A news site on loopback that knows everything it ever served: the oracle. It also answers as badly as it is told."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html import escape
from random import Random

PROMO = "Sign up for our newsletter and never miss a story."
DISCLAIMER = (
    "(Except for the headline, this story has not been edited by our staff and is published from a syndicated feed.)"
)
_WORDS = re.findall(
    r"\w+",
    "harbour council bridge winter ferry budget teacher orchard museum signal river market engine lantern garden "
    "tunnel station letter captain village archive meadow kitchen forest theatre pilot library island copper window",
)
#: Takes a connection over instead of a plain answer.
Manner = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One article of the site."""

    number: int
    url: str
    #: Paragraphs of the article proper.
    text: tuple[str, ...]
    guid: str

    @property
    def title(self) -> str:
        return f"Report {self.number}: {self.text[0][:30]}"

    def page(self) -> str:
        lines = (*self.text, PROMO, DISCLAIMER)
        body = "".join(f"<p>{escape(line)}</p>" for line in lines)
        return f"<html><head><title>{escape(self.title)}</title></head><body><article>{body}</article></body></html>"


def sentences(number: int, edition: int = 0) -> tuple[str, ...]:
    """The paragraphs of a story that is like no other."""
    dice = Random(number * 1000 + edition)
    return tuple(
        f"On day {number} the {' and the '.join(dice.sample(_WORDS, 6))} were counted again by {dice.randrange(10**6)} "
        f"people near the {dice.choice(_WORDS)}, and paragraph {part} says so."
        for part in range(4)
    )


@dataclass
class Origin:
    """Feeds by name, each with its stories; ``window`` is how many a feed shows."""

    window: int = 50
    stories: dict[str, list[Story]] = field(default_factory=dict)
    #: Path and whether the request was conditional, in order.
    asked: list[tuple[str, bool]] = field(default_factory=list)
    #: How paths answer instead.
    manners: dict[str, Manner | bytes] = field(default_factory=dict)
    #: What a feed shows instead of its newest stories.
    shows: dict[str, Callable[[list[Story]], list[Story]]] = field(default_factory=dict)
    editions: dict[str, int] = field(default_factory=dict)
    port: int = 0
    _server: asyncio.Server | None = None
    _others: list[asyncio.Server] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> Origin:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def listen_at(self, host: str) -> None:
        """Answer at one more address of loopback."""
        self._others.append(await asyncio.start_server(self._serve, host, self.port, limit=2**20))

    async def stop(self) -> None:
        for server in (self._server, *self._others):
            if server is not None:
                server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def feed(self, name: str = "a") -> str:
        return self.url(f"/{name}.xml")

    def publish(self, count: int = 1, name: str = "a") -> list[Story]:
        """So many more stories in a feed."""
        stories = self.stories.setdefault(name, [])
        offset = 0 if name == "a" else 100_000 * (sorted(self.stories).index(name) + 1)
        for _ in range(count):
            number = offset + len(stories) + 1
            url = self.url(f"/{name}/{number}.html")
            stories.append(Story(number=number, url=url, text=sentences(number), guid=f"{name}-{number}"))
        return stories[-count:]

    def edit(self, story: Story) -> Story:
        """The page of a story says something else from now on."""
        path = story.url.removeprefix(self.url(""))
        self.editions[path] = self.editions.get(path, 0) + 1
        return self._now(story)

    @property
    def everything(self) -> dict[str, Story]:
        """All that was ever served, by guid."""
        return {story.guid: self._now(story) for stories in self.stories.values() for story in stories}

    def _now(self, story: Story) -> Story:
        edition = self.editions.get(story.url.removeprefix(self.url("")), 0)
        text = sentences(story.number, edition) if edition else story.text
        return Story(number=story.number, url=story.url, text=text, guid=story.guid)

    def polls(self, name: str = "a") -> int:
        return sum(path == f"/{name}.xml" for path, _ in self.asked)

    def document(self, name: str) -> bytes:
        stories = self.stories.get(name, [])
        shown = self.shows[name](stories) if name in self.shows else stories[-self.window :][::-1]
        items = "".join(
            f"<item><guid isPermaLink='false'>{one.guid}</guid><link>{one.url}</link>"
            f"<title>{escape(one.title)}</title></item>"
            for one in shown
        )
        return f"<rss version='2.0'><channel><title>{name}</title>{items}</channel></rss>".encode()

    def _answer(self, path: str, etag: str | None) -> bytes:
        found = self.manners.get(path)
        if isinstance(found, bytes):
            return found
        name, dot, rest = path[1:].partition(".xml")
        if dot and not rest:
            body = self.document(name)
            tag = f'"{hash(body) & 0xFFFFFFFF:x}"'
            if etag == tag:
                return f"HTTP/1.1 304 Same\r\nETag: {tag}\r\nContent-Length: 0\r\n\r\n".encode()
            return _answer(200, body, "application/rss+xml", f"ETag: {tag}\r\n")
        for stories in self.stories.values():
            for story in stories:
                if story.url.endswith(path):
                    return _answer(200, self._now(story).page().encode(), "text/html")
        return _answer(404, b"", "text/plain")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                path = head.split(" ", 2)[1]
                fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
                self.asked.append((path, "if-none-match" in fields))
                manner = self.manners.get(path)
                if manner is not None and not isinstance(manner, bytes):
                    await manner(writer)
                    break
                writer.write(self._answer(path, fields.get("if-none-match")))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError, RuntimeError):
            pass
        finally:
            with contextlib.suppress(OSError, RuntimeError):
                writer.close()


def _answer(status: int, body: bytes, kind: str, extra: str = "") -> bytes:
    head = f"HTTP/1.1 {status} Said\r\nContent-Type: {kind}\r\n{extra}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
