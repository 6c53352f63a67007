"""
Who does the work of the pipeline's bench: us, a straightforward loop, and what else is installed.

    python -m tests.bench.sides NAME REDIS_URL

reads jobs as lines of JSON (``{"do": "polls" | "articles", "urls": [...]}``) and answers each with one:
seconds of processor time of this process, its children and the store, and how much was done. The store's own folder is
another for each side. COPYDESK_BENCH_BESIDE names a folder with packages that the project does not have
(``pip install --target FOLDER newspaper4k news-please``).
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from importlib import import_module
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import feedparser
import redis
import tldextract
import trafilatura
import uvloop

from ingest.settings import Settings
from ingest.stages.article import ingest_entry
from ingest.stages.desk import Desk
from ingest.stages.poll import poll_feed
from ingest.store.due import claim_due
from ingest.store.feeds import add_feed, feed_id
from tests.bench.store import server_cpu
from tests.unit.sandbox.procfs import descendants
from workers.wiring import open_desk

#: A worker's threads, and the articles of a message (workers/actors.py).
SIDE_BY_SIDE = 32
LEASE = timedelta(minutes=5)
TICKS = os.sysconf("SC_CLK_TCK")
AGENT = "bench/1.0 (+https://desk.example/about)"


class Side(Protocol):
    """One who does the work; each answers how much of it was done."""

    async def forget(self) -> None:
        """What is not counted: an empty store, so that every article is new."""

    async def prepare(self, urls: Sequence[str]) -> int:
        """Nor is this: subscriptions, and a session without connections."""

    async def polls(self, urls: Sequence[str]) -> int:
        """Each feed once."""

    async def articles(self, urls: Sequence[str]) -> int:
        """All articles of these feeds, published."""

    async def used(self) -> float:
        """Seconds of processor time so far."""


def processor_seconds() -> float:
    """Of this process and its children, the dead ones too."""
    family = [os.getpid(), *descendants(os.getpid())]
    return sum(sum(map(int, _stat(pid)[11:15])) for pid in family) / TICKS


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["0"] * 15


async def in_parallel(jobs: Sequence[Callable[[], Awaitable[object]]]) -> None:
    """All of them, so many at a time."""
    left = list(jobs)

    async def work() -> None:
        while left:
            await left.pop(0)()

    await asyncio.gather(*(work() for _ in range(SIDE_BY_SIDE)))


class Ours:
    """A worker's stages with the settings' defaults, but for the politeness that would only make it wait."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @classmethod
    async def open(cls, url: str, stack: AsyncExitStack) -> Ours:
        """With its sandbox."""
        settings = Settings(
            _env_file=None,
            redis_url=url,
            host_interval=0,
            address_interval=0,
            allowed_networks=(ip_network("127.0.0.0/8"),),
            allowed_ports=(),
            first_poll="all",
            max_in_hand=100_000,
        )
        side = cls(await stack.enter_async_context(open_desk(settings, url)))
        # As a worker does before it begins (workers/worker.py).
        gc.collect()
        gc.freeze()
        return side

    async def used(self) -> float:
        """As the protocol says."""
        return processor_seconds() + await server_cpu(self._desk.store)

    async def forget(self) -> None:
        """As the protocol says."""
        await self._desk.store.redis.flushall()

    async def prepare(self, urls: Sequence[str]) -> int:
        """The feeds are there and due; entries of earlier rounds are not."""
        store = self._desk.store
        for url in urls:
            await add_feed(store, url)
        await store.redis.delete(store.keys.due("feeds"), store.keys.due("entries"))
        await store.redis.zadd(store.keys.due("feeds"), {feed_id(url): 1 for url in urls})
        await self._desk.http.close()
        await self._desk.http.__aenter__()
        return len(urls)

    async def polls(self, urls: Sequence[str]) -> int:  # noqa: ARG002 - the store knows what is due
        """Claim, ask, commit."""
        desk, reports = self._desk, []

        async def poll(claim: Any) -> None:
            reports.append(await poll_feed(desk, claim))

        while claims := await claim_due(
            desk.store, "feeds", limit=100, lease=LEASE, max_in_hand=desk.settings.max_in_hand
        ):
            await in_parallel([lambda claim=claim: poll(claim) for claim in claims])
        return sum(report is not None and report.outcome in GOOD for report in reports)

    async def articles(self, urls: Sequence[str]) -> int:
        """Poll, then ingest what is new."""
        desk, reports = self._desk, []
        await self.polls(urls)

        async def ingest(claim: Any) -> None:
            reports.append(await ingest_entry(desk, claim))

        keys = desk.store.keys
        while await desk.store.redis.zcard(keys.due("entries")):
            claims = await claim_due(desk.store, "entries", limit=200, lease=LEASE, max_in_hand=100_000)
            await in_parallel([lambda claim=claim: ingest(claim) for claim in claims])
            await asyncio.sleep(0 if claims else 0.02)
        ends = [report.outcome for report in reports if report]
        done = ends.count("published")
        if done < len(ends):
            print({(r.outcome, r.reason) for r in reports if r and r.outcome != "published"}, file=sys.stderr)
        return done


#: Outcomes of a poll that went well.
GOOD = frozenset({"modified", "not-modified", "same-body", "same-items"})


class Plain:
    """
    What one writes in an afternoon, with care: aiohttp, conditional requests, feedparser, trafilatura with its
    defaults, ids and text digests in sets of the store, XADD. One process; a crash between two steps loses or doubles.
    """

    def __init__(self, url: str) -> None:
        self.redis = redis.asyncio.from_url(url)
        self._validators: dict[str, dict[str, str]] = {}
        self._session: aiohttp.ClientSession | None = None

    async def forget(self) -> None:
        """As the protocol says."""
        await self.redis.flushall()

    async def prepare(self, urls: Sequence[str]) -> int:
        """As the protocol says."""
        await self.close()
        self._session = aiohttp.ClientSession(headers={"User-Agent": AGENT})
        return len(urls)

    async def close(self) -> None:
        """Its connections."""
        if self._session:
            await self._session.close()

    async def used(self) -> float:
        """As the protocol says."""
        info = await self.redis.info("cpu")
        return processor_seconds() + float(info["used_cpu_user"]) + float(info["used_cpu_sys"])

    async def _get(self, url: str, headers: dict[str, str]) -> tuple[aiohttp.ClientResponse, bytes]:
        assert self._session
        async with self._session.get(url, headers=headers) as response:
            return response, await response.read()

    async def _poll(self, url: str) -> list[Any]:
        """The entries that were not seen before."""
        response, body = await self._get(url, self._validators.get(url, {}))
        if response.status == 304:
            return []
        told = {
            "If-None-Match": response.headers.get("ETag"),
            "If-Modified-Since": response.headers.get("Last-Modified"),
        }
        self._validators[url] = {name: value for name, value in told.items() if value}
        entries = feedparser.parse(body, response_headers={"content-type": response.headers["Content-Type"]}).entries
        ids = [entry.get("id") or entry.get("link", "") for entry in entries]
        if not ids:
            return []
        pipe = self.redis.pipeline(transaction=False)
        for id_ in ids:
            pipe.sadd(f"seen:{url}", id_)
        is_new = await pipe.execute()
        return [entry for entry, new in zip(entries, is_new, strict=True) if new]

    async def polls(self, urls: Sequence[str]) -> int:
        """Ask, parse, look up the ids."""
        done: list[str] = []

        async def poll(url: str) -> None:
            await self._poll(url)
            done.append(url)

        await in_parallel([lambda url=url: poll(url) for url in urls])
        return len(done)

    async def articles(self, urls: Sequence[str]) -> int:
        """Poll, fetch, extract, publish each text once."""
        published: list[str] = []

        async def publish(entry: Any) -> None:
            response, body = await self._get(entry.link, {})
            html = body.decode(response.get_encoding(), "replace")
            await self.keep(entry.link, entry.title, trafilatura.extract(html, url=entry.link) or "")
            published.append(entry.link)

        for url in urls:
            entries = await self._poll(url)
            await in_parallel([lambda entry=entry: publish(entry) for entry in entries])
        return len(published)

    async def keep(self, url: str, title: str, text: str) -> None:
        """Publish a text that nobody has published."""
        if await self.redis.sadd("texts", hashlib.sha256(text.encode()).digest()):
            article = {"url": url, "title": title, "text": text}
            await self.redis.xadd("articles", {"data": json.dumps(article)})


class Beside(Plain):
    """
    Another project's own way from an address to an article, one after the other, then the same digest and XADD.

    Neither polls a list of feeds with conditional requests, so it is given the articles' addresses.
    """

    def __init__(self, url: str, name: str) -> None:
        super().__init__(url)
        sys.path.append(os.environ.get("COPYDESK_BENCH_BESIDE", ""))
        # The suffix list that ships with it: it is not to be asked for on the internet.
        tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())  # type: ignore[assignment]
        # A page's pictures are on the internet, and no part of the work compared here.
        import_module("newspaper.article").Article.fetch_images = lambda _: None
        self._module = import_module(name)
        self._name = name

    def _read(self, url: str) -> tuple[str, str]:
        if self._name == "newspaper":
            article = self._module.Article(url)
            article.download()
            article.parse()
            return article.title, article.text
        found = self._module.NewsPlease.from_url(url)
        return (found.title or "", found.maintext or "") if found else ("", "")

    async def articles(self, urls: Sequence[str]) -> int:
        """Their download and their extraction."""
        entries = [entry for url in urls for entry in await self._poll(url)]
        done = 0
        for entry in entries:
            try:
                title, text = self._read(entry.link)
            except Exception as error:  # noqa: BLE001 - another project's; what it cannot read is not counted
                print(f"{self._name}: {entry.link}: {type(error).__name__}: {error}", file=sys.stderr)
                continue
            await self.keep(entry.link, title, text)
            done += bool(text)
        return done


async def serve(name: str, url: str) -> None:
    """Do the jobs of standard input until it ends."""
    async with AsyncExitStack() as stack:
        side: Side = (
            await Ours.open(url, stack) if name == "ours" else Plain(url) if name == "plain" else Beside(url, name)
        )
        if isinstance(side, Plain):
            stack.push_async_callback(side.close)
        print("ready", flush=True)
        while line := await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline):
            job = json.loads(line)
            if job["do"] == "articles":
                await side.forget()
            await side.prepare(job["urls"])
            before, clock = await side.used(), time.perf_counter()
            done = await getattr(side, job["do"])(job["urls"])
            clock = time.perf_counter() - clock
            told = {"seconds": await side.used() - before, "done": done, "clock": clock}
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], sys.argv[2]))
