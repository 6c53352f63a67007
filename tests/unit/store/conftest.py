"""What the store's tests share: short ways to say what a worker does, and to see everything that is stored."""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.models import Article, Cleaning, Cluster, Entry, Feed, FeedRef, Validators
from ingest.store.articles import CommitOutcome, commit_article
from ingest.store.connect import Store
from ingest.store.due import Begun, Claim, begin, claim_due
from ingest.store.entries import close_entry
from ingest.store.feeds import NewEntry, PollEnd, add_feed, commit_poll, feed_id
from ingest.store.keys import Work
from tests.servers import Server

MEMORY = timedelta(days=9)
#: Runs out before the next command arrives; no test has to sleep.
MOMENT = timedelta(milliseconds=1)
LONG = timedelta(minutes=5)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FEED_URL = "https://gazette.example/feed.xml"


@dataclass
class Room:
    """A store and short ways to use it."""

    store: Store
    memory: timedelta = MEMORY
    spacing: timedelta = timedelta(0)
    feed_url: str = FEED_URL
    moment: timedelta = MOMENT
    long: timedelta = LONG

    @property
    def feed(self) -> Feed:
        return Feed(id=feed_id(self.feed_url), url=self.feed_url)

    def with_scripts(self, scripts: Any) -> "Room":
        """The same room, its scripts called through something else."""
        return replace(self, store=replace(self.store, scripts=scripts))

    @staticmethod
    def entry_id(number: int) -> str:
        return hashlib.sha256(f"entry {number}".encode()).hexdigest()[:32]

    def new(self, *numbers: int) -> tuple[NewEntry, ...]:
        return tuple(
            NewEntry(
                id=self.entry_id(number),
                entry=Entry(guid=f"guid-{number}", url=f"https://gazette.example/{number}", title=f"Title {number}"),
                domain="gazette.example",
            )
            for number in numbers
        )

    def end(self, *numbers: int, **changes: Any) -> PollEnd:
        """A poll that read a document with these entries, all of them new to us."""
        fields: dict[str, Any] = {
            "outcome": "modified",
            "detail": "",
            "reason": "interval",
            "pause": LONG,
            "validators": Validators(etag='"one"', last_modified="Sun, 01 Mar 2026 12:00:00 GMT"),
            "body_digest": "d1",
            "failures": 0,
            "new": self.new(*numbers),
            "shown": tuple(self.entry_id(number) for number in numbers),
        }
        return PollEnd(**fields | changes)

    async def add(self, **options: Any) -> bool:
        return await add_feed(self.store, self.feed_url, **options)

    async def claims(self, work: Work, count: int, lease: timedelta = LONG) -> tuple[Claim, ...]:
        """So many claims, asked for until they are there."""
        found: tuple[Claim, ...] = ()
        for _ in range(5000):
            found += await claim_due(self.store, work, limit=count - len(found), lease=lease, max_in_hand=100_000)
            if len(found) == count:
                return found
            await asyncio.sleep(0)
        raise AssertionError(f"only {len(found)} of {count} {work} fell due")

    async def claim(self, work: Work, lease: timedelta = LONG) -> Claim:
        (found,) = await self.claims(work, 1, lease)
        return found

    async def begin(self, work: Work, claim: Claim, attempt: str = "first") -> Begun | None:
        return await begin(self.store, work, claim, lease=LONG, attempt=attempt)

    async def commit_poll(self, claim: Claim, end: PollEnd) -> int | None:
        return await commit_poll(self.store, self.feed, claim, end, memory=self.memory, spacing=self.spacing)

    async def seed(self, *numbers: int) -> None:
        """A feed, polled once, and its entries waiting."""
        await self.add()
        await self.commit_poll(await self.claim("feeds"), self.end(*numbers))

    async def entries(self, *numbers: int, lease: timedelta = LONG) -> dict[int, Claim]:
        """A claim for each of these entries of a fresh feed."""
        await self.seed(*numbers)
        claims = {claim.id: claim for claim in await self.claims("entries", len(numbers), lease)}
        return {number: claims[self.entry_id(number)] for number in numbers}

    def article(self, name: str, *, text: str = "", head: str | None = None) -> Article:
        return Article(
            id=name,
            url=f"https://gazette.example/{name}",
            feed=FeedRef(id=self.feed.id, url=self.feed_url),
            title=f"Title of {name}",
            fetched_at=NOON,
            first_seen_at=NOON,
            cleaning=Cleaning(paragraphs=("A sentence.",)),
            cluster=Cluster(id=head or name, role="copy" if head else "head", head_id=head or name),
            content_digest=text,
        )

    async def publish(
        self,
        claim: Claim,
        name: str,
        *urls: str,
        text: str = "",
        head: str | None = None,
        event: dict[str, bytes] | None = None,
        **voted: Any,
    ) -> CommitOutcome:
        return await commit_article(
            self.store,
            claim,
            self.article(name, text=text, head=head),
            url_keys=urls or (f"key of {name}",),
            head=head,
            event={"id": name.encode(), "subject": name.encode(), "data": b"{}"} if event is None else event,
            memory=self.memory,
            attempts=1,
            **voted,
        )

    async def close(self, claim: Claim, outcome: str = "dead", article: str = "") -> bool:
        return await close_entry(
            self.store, claim, outcome=outcome, reason="no text", memory=self.memory, article=article
        )

    async def published(self) -> list[str]:
        """The ids on the output stream."""
        rows = await self.store.redis.xrange(self.store.keys.articles)
        return [fields[b"subject"].decode() for _, fields in rows]

    async def dump(self) -> dict[str, Any]:
        """Everything under the prefix, but for what ends while we look."""
        keys = await self.store.redis.keys(f"{self.store.keys.prefix}:*")
        async with self.store.redis.pipeline() as pipe:
            for key in keys:
                pipe.type(key)
            types = await pipe.execute()
            readers: dict[bytes, Callable[[bytes], object]] = {
                b"string": pipe.get,
                b"hash": pipe.hgetall,
                b"stream": pipe.xrange,
                b"list": lambda key: pipe.lrange(key, 0, -1),
                b"zset": lambda key: pipe.zrange(key, 0, -1, withscores=True),
                b"none": pipe.exists,
            }
            for key, type_ in zip(keys, types, strict=True):
                readers[type_](key)
            values = await pipe.execute()
        found = zip(keys, types, values, strict=True)
        # Of these only a string and a stream may be there and empty; a string that is gone is None.
        may_be_empty = {b"string", b"stream"}
        return {
            key.decode(): value for key, type_, value in found if value or (value is not None and type_ in may_be_empty)
        }


@pytest.fixture
def room(store: Store) -> Room:
    """A room that holds nothing."""
    return Room(store)


@pytest.fixture
def start_server():
    """Starts servers of the test's own; the arguments are the server's."""
    servers: list[Server] = []

    def start(*arguments: str) -> Server:
        # A short path: the kernel allows a socket's name 107 bytes.
        server = Server(Path(tempfile.mkdtemp(prefix="cd-", dir="/tmp")), arguments)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.kill()
        shutil.rmtree(server.folder)


@pytest.fixture
def room_type() -> type[Room]:
    """For tests that open stores of their own."""
    return Room
