"""A deployment in one process, over a real store: its scheduler's dispatch and its workers' shifts, as shipped."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import redis.asyncio

from ingest.errors import SandboxError, SandboxFailure
from ingest.messages.event import ReceivedEvent, read_event, schema
from ingest.models import Cleaning, Extraction, Page
from ingest.net.http import Client
from ingest.sandbox.tasks import TASKS
from ingest.settings import Settings
from ingest.stages.desk import Desk
from ingest.store.boilerplate import Lessons
from ingest.store.connect import Store, connect
from ingest.store.due import Claim
from ingest.store.entries import read_entries
from ingest.store.feeds import add_feed, feed_id
from ingest.store.keys import Keys, Work
from ingest.store.overrides import Overrides
from ingest.store.scripts import Scripts
from tests.faults.origin import DISCLAIMER, PROMO, Origin, Story
from workers.pressure import Gauge
from workers.scheduler import _tick
from workers.shift import Shift

VALIDATOR = jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker())
#: Feeds and entries: what a story needs to be published.
TO_PUBLISH: tuple[Work, ...] = ("feeds", "entries")
ALL: tuple[Work, ...] = ("feeds", "entries", "revisits")
#: Rounds within which everything is to be right again, whatever happened before: the bound of "recovers by itself".
ROUNDS = 12
_attempts = itertools.count()

#: A day goes by for the due times and the leases; their order stays.
_A_DAY_LATER = """#!lua flags=allow-oom
for _, key in ipairs(KEYS) do
  for _, id in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, -90000000, id) end
end
return 0
"""


@dataclass
class Post:
    """In the place of dramatiq's broker, which is transport: messages lie here until they are taken out."""

    letters: list[tuple[Work, list[Claim]]] = field(default_factory=list)

    def enqueue(self, message: Any) -> None:
        claims = [Claim(str(id_), int(token)) for id_, token in message.args[0]]
        self.letters.append((message.queue_name, claims))

    def take(self) -> list[tuple[Work, list[Claim]]]:
        taken, self.letters = self.letters, []
        return taken


@dataclass
class InProcess:
    """
    The sandbox's tasks without its processes, each done once for the same bytes.

    A double, because starting children takes a second a test; the real one is tested in tests/unit/sandbox.
    """

    #: Whether pages are really extracted and cleaned; else their paragraphs are taken as they stand, ours left out.
    is_real: bool = False
    #: How the task ends for input that contains these bytes.
    failures: dict[bytes, SandboxFailure] = field(default_factory=dict)
    _done: dict[str, Any] = field(default_factory=dict)

    async def run(self, task: str, *args: Any) -> Any:
        said = repr(args)
        for mark, failure in self.failures.items():
            if mark.decode() in said:
                raise SandboxError(failure, "as the test wants it")
        if (task, said) not in self._done:
            is_read = task == "edit_page" and not self.is_real
            self._done[task, said] = _paragraphs(args[0]) if is_read else TASKS[task](*args)
        return self._done[task, said]


def _paragraphs(page: Page) -> tuple[Extraction, Cleaning]:
    """A page of the origin's, read without the engines."""
    found = tuple(part.partition("</p>")[0] for part in page.body.decode().split("<p>")[1:])
    text = tuple(line for line in found if line not in {PROMO, DISCLAIMER})
    return Extraction(paragraphs=text, method="test"), Cleaning(paragraphs=text)


@dataclass
class Worker:
    """A scheduler and a worker with connections of their own; whatever they know is lost with them."""

    desk: Desk
    shift: Shift
    post: Post
    #: Its scheduler's eye on the store, where a test wants one.
    gauge: Gauge | None = None

    @property
    def store(self) -> Store:
        return self.desk.store

    async def claim(self, work: Work) -> list[list[Claim]]:
        """What the scheduler finds due and sends, by message."""
        await _tick(self.store, self.post, self.desk.settings, work, asyncio.Lock(), gauge=self.gauge)  # type: ignore[arg-type]  # a double
        return [claims for _, claims in self.post.take()]

    async def round(self, works: Sequence[Work] = TO_PUBLISH) -> None:
        """One look for due work of each kind, and one attempt at what was found."""
        for work in works:
            for claims in await self.claim(work):
                await self.shift.perform(work, claims)


class House:
    """Everything that is needed, and short ways to see what came of it."""

    def __init__(self, settings: Settings, origin: Origin, **options: Any) -> None:
        self.settings = settings
        self.origin = origin
        self.sandbox = InProcess()
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.client: Client | None = None
        self._options = options
        self._stack = AsyncExitStack()
        #: The tests' own way to the store, past every fault between it and us.
        self.redis: redis.asyncio.Redis = redis.asyncio.Redis.from_url(settings.redis_url)
        self._stack.push_async_callback(self.redis.aclose)
        self.store = Store(self.redis, Keys(settings.prefix), Scripts(self.redis))

    @property
    def keys(self) -> Keys:
        return Keys(self.settings.prefix)

    async def close(self) -> None:
        await self._stack.aclose()

    async def http(self) -> Client:
        """The client that all workers share: it remembers nothing that matters, and its TLS costs 50 ms to set up."""
        if self.client is None:
            options: dict[str, Any] = {"deadline": timedelta(seconds=10), **self._options}
            networks = self.settings.allowed_networks
            made = Client(user_agent="copydesk-test", allowed_networks=networks, allowed_ports=(), **options)
            self.client = await self._stack.enter_async_context(made)
        return self.client

    async def worker(self, url: str = "", **changes: Any) -> Worker:
        """One more; ``url`` is another way to the store."""
        settings = self.settings.model_copy(update=changes)
        store = await self._stack.enter_async_context(connect(settings, url or settings.redis_url))
        desk = Desk(
            store=store,
            http=await self.http(),
            sandbox=self.sandbox,  # type: ignore[arg-type]  # a double
            settings=settings,
            lessons=Lessons(store, settings.learning, self.now),
            overrides=Overrides(store, self.now),
            now=self.now,
            dice=lambda: 0.0,
            attempt=lambda: f"{next(_attempts):x}",
        )
        return staffed(desk)

    async def subscribe(self, *names: str) -> None:
        for name in names or ("a",):
            await add_feed(self.store, self.origin.feed(name))

    async def later(self) -> None:
        """So much time goes by that every lease has run out and everything is due."""
        names = [key for work in ALL for key in (self.keys.due(work), self.keys.lease(work))]
        await self.redis.eval(_A_DAY_LATER, len(names), *names)

    async def settle(self, worker: Worker, works: Sequence[Work] = TO_PUBLISH, rounds: int = ROUNDS) -> None:
        """Nobody lifts a hand: time goes by, and work is done, until there is none but the feeds."""
        for _ in range(rounds):
            await self.later()
            await worker.round(works)
            if await self.is_done():
                return
        raise AssertionError(f"after {rounds} rounds still in hand: {await self.in_hand()}")

    async def is_done(self) -> bool:
        published = {event.article["guid"] for event in await self.events()}
        return await self.in_hand() == 0 and published >= set(self.origin.everything)

    async def in_hand(self) -> int:
        return int(await self.redis.zcard(self.keys.due("entries"))) + int(
            await self.redis.zcard(self.keys.lease("entries"))
        )

    async def counts(self) -> dict[str, int]:
        return {name.decode(): int(value) for name, value in (await self.redis.hgetall(self.keys.counts)).items()}

    async def events(self) -> list[ReceivedEvent]:
        return [read_event(fields) for _, fields in await self.redis.xrange(self.keys.articles)]

    async def entries(self) -> dict[str, dict[str, str]]:
        """All entries of the store by their ids."""
        keys = [key async for key in self.redis.scan_iter(f"{self.keys.entry('')}*", count=1000)]
        ids = [key.decode().rpartition(":")[2] for key in keys]
        store = Store(self.redis, self.keys, Scripts(self.redis))
        found = zip(ids, await read_entries(store, ids), strict=True)
        return {id_: {n.decode(): v.decode("utf-8", "replace") for n, v in fields.items()} for id_, fields in found}

    async def feed(self, name: str = "a") -> dict[str, str]:
        fields = await self.redis.hgetall(self.keys.feed(feed_id(self.origin.feed(name))))
        return {key.decode(): value.decode("utf-8", "replace") for key, value in fields.items()}

    async def check(self) -> None:
        """Every story is published exactly once, with exactly its text, and the accounts add up (I1, I2, I4, I9)."""
        events = [event for event in await self.events() if event.article["revision"] == 1]
        check_events(events, self.origin.everything)
        assert len(events) == len({event.id for event in events})
        await self.check_accounts()

    async def check_accounts(self) -> None:
        """Entries seen are outcomes and entries in hand; nothing is in two places; no claim is left over."""
        counts = await self.counts()
        ended = sum(n for name, n in counts.items() if name.startswith("entries.") and name != "entries.seen")
        assert counts.get("entries.seen", 0) == ended + await self.in_hand(), counts
        for work in ALL:
            due = set(await self.redis.zrange(self.keys.due(work), 0, -1))
            claimed = set(await self.redis.zrange(self.keys.lease(work), 0, -1))
            assert not due & claimed
            assert claimed == set(await self.redis.hkeys(self.keys.token(work)))

    async def check_validators(self, name: str = "a") -> None:
        """Where a document's validators are kept, all that it showed is kept as well (I4)."""
        if (await self.feed(name)).get("etag"):
            seen = await self.redis.zcard(self.keys.seen(feed_id(self.origin.feed(name))))
            assert seen == len(self.origin.stories[name])


def descriptors() -> list[int]:
    """The numbers of the files this process has open."""
    return [int(path.name) for path in Path("/proc/self/fd").iterdir()]


def staffed(desk: Desk) -> Worker:
    """A worker with this desk."""
    shift = Shift(desk.settings, desk.settings.redis_url)
    shift._loop, shift._desk = asyncio.get_running_loop(), desk
    return Worker(desk, shift, Post())


def through(worker: Worker, store: Store, http: Any = None, sandbox: Any = None) -> Worker:
    """The same worker, its engines called through something else."""
    desk = replace(
        worker.desk,
        store=store,
        http=http or worker.desk.http,
        sandbox=sandbox or worker.desk.sandbox,
        lessons=Lessons(store, worker.desk.settings.learning, worker.desk.now),
        overrides=Overrides(store, worker.desk.now),
    )
    return staffed(desk)


def check_events(events: Sequence[ReceivedEvent], stories: dict[str, Story]) -> None:
    """Each story once, with its text and nothing else, in events that keep the contract."""
    for event in events:
        VALIDATOR.validate(event.article)
    assert dict.fromkeys(stories, 1) == dict(Counter(event.article["guid"] for event in events))
    texts = {event.article["guid"]: tuple(event.article["paragraphs"]) for event in events}
    assert {guid: story.text for guid, story in stories.items()} == texts
