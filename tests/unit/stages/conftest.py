"""A desk over a real store, a real client and a real server on loopback; only the sandbox is in this process."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

import jsonschema
import pytest
from aiohttp import web

from ingest.errors import SandboxError, SandboxFailure
from ingest.messages.event import ReceivedEvent, read_event, schema
from ingest.models import Feed
from ingest.net.http import Client
from ingest.sandbox.tasks import TASKS
from ingest.settings import Settings
from ingest.stages.desk import Desk
from ingest.stages.poll import poll_feed
from ingest.store.boilerplate import Lessons
from ingest.store.connect import Store
from ingest.store.due import Claim, claim_due
from ingest.store.entries import read_entries
from ingest.store.feeds import add_feed, decode_feed, feed_id
from ingest.store.keys import Work
from ingest.store.overrides import Overrides

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG = timedelta(minutes=5)
VALIDATOR = jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker())

Answer = web.Response | Callable[[web.Request], web.StreamResponse]


@dataclass
class InProcess:
    """
    The sandbox's tasks without its processes.

    A double, because starting children takes a second a test; the real one is tested in tests/unit/sandbox and e2e.
    """

    #: How a task fails, by its name.
    failures: dict[str, SandboxFailure] = field(default_factory=dict)

    async def run(self, task: str, *args: object) -> Any:
        if task in self.failures:
            raise SandboxError(self.failures[task], "as the test wants it")
        return TASKS[task](*args)


@dataclass
class Site:
    """A server whose paths answer as the test says; any other is 404."""

    url: str = ""
    pages: dict[str, Callable[[web.Request], web.StreamResponse]] = field(default_factory=dict)
    requests: list[web.Request] = field(default_factory=list)

    def say(self, path: str, body: str = "", status: int = 200, kind: str = "text/html", **fields: str) -> str:
        """Answer like this from now on; the address."""
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        self.pages[path] = lambda _: web.Response(text=body, status=status, content_type=kind, headers=named)
        return self.url + path

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        page = self.pages.get(request.path)
        return page(request) if page else web.Response(status=404)


@pytest.fixture
async def site():
    serving = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serving.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    serving.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield serving
    await runner.cleanup()


@dataclass
class Crash:
    """The store's scripts; the process "dies" when it calls the named one, before or after the server hears of it."""

    scripts: Any
    name: str
    is_after: bool = False

    async def __call__(self, name: str, keys: Any, arguments: Any) -> Any:
        if name == self.name and self.is_after:
            await self.scripts(name, keys, arguments)
        if name == self.name:
            raise CrashError
        return await self.scripts(name, keys, arguments)


class CrashError(Exception):
    """Stands for the end of a process."""


@dataclass
class Twice:
    """The store's scripts; the named one's first reply is lost, and the command repeated."""

    scripts: Any
    name: str

    async def __call__(self, name: str, keys: Any, arguments: Any) -> Any:
        if name == self.name:
            await self.scripts(name, keys, arguments)
        return await self.scripts(name, keys, arguments)


@dataclass
class Office:
    """A desk, and short ways to give it work and to see what came of it."""

    desk: Desk
    site: Site
    sandbox: InProcess
    crash: type[Crash] = Crash
    crash_error: type[CrashError] = CrashError
    t0: datetime = T0

    @property
    def store(self) -> Store:
        return self.desk.store

    def with_settings(self, **changes: Any) -> "Office":
        return replace(self, desk=replace(self.desk, settings=self.desk.settings.model_copy(update=changes)))

    def with_scripts(self, scripts: Any) -> Desk:
        """The same desk, the store's scripts called through something else."""
        return replace(self.desk, store=replace(self.store, scripts=scripts))

    def crashing_at(self, script: str, *, is_after: bool = False) -> Desk:
        return self.with_scripts(Crash(self.store.scripts, script, is_after))

    def repeating(self, script: str) -> Desk:
        return self.with_scripts(Twice(self.store.scripts, script))

    async def claims(self, work: Work, lease: timedelta = LONG) -> tuple[Claim, ...]:
        return await claim_due(self.store, work, limit=100, lease=lease, max_in_hand=1000)

    async def claim(self, work: Work, lease: timedelta = LONG) -> Claim:
        (found,) = await self.claims(work, lease)
        return found

    async def hurry(self, work: Work, id_: str) -> Claim:
        """A claim on something that is due later, or whose claimer is gone."""
        keys = self.store.keys
        await self.store.redis.zrem(keys.lease(work), id_)
        await self.store.redis.zadd(keys.due(work), {id_: 1})
        return await self.claim(work)

    async def subscribe(self, path: str = "/feed.xml", **options: Any) -> Claim:
        """A claim on the feed at that path."""
        await add_feed(self.store, self.site.url + path, **options)
        return await self.claim("feeds")

    async def feed(self, path: str = "/feed.xml") -> Feed:
        id_ = feed_id(self.site.url + path)
        fields = await self.store.redis.hgetall(self.store.keys.feed(id_))
        return decode_feed(id_, {name.decode(): value for name, value in fields.items()})

    async def strikes(self, work: Work, id_: str) -> int:
        return int(await self.store.redis.hget(self.store.keys.item(work, id_), "strikes") or 0)

    async def entry(self, id_: str) -> dict[str, str]:
        (fields,) = await read_entries(self.store, [id_])
        return {name.decode(): value.decode() for name, value in fields.items()}

    async def pause(self, work: Work, id_: str) -> timedelta:
        """How long until this is due; it must not be claimed any more."""
        seconds, micros = await self.store.redis.time()
        due = await self.store.redis.zscore(self.store.keys.due(work), id_)
        assert due is not None
        assert await self.store.redis.zscore(self.store.keys.lease(work), id_) is None
        return timedelta(milliseconds=due - seconds * 1000 - micros // 1000)

    async def events(self) -> list[ReceivedEvent]:
        """What is on the output stream; each keeps the contract."""
        rows = await self.store.redis.xrange(self.store.keys.articles)
        events = [read_event(fields) for _, fields in rows]
        for event in events:
            VALIDATOR.validate(event.article)
        return events

    async def event(self) -> ReceivedEvent:
        (found,) = await self.events()
        return found

    async def dump(self) -> dict[bytes, bytes]:
        """Every key and its value, as the server would save it."""
        keys = await self.store.redis.keys(f"{self.store.keys.prefix}:*")
        return {key: await self.store.redis.dump(key) for key in sorted(keys)}


@pytest.fixture
async def office(settings: Settings, store: Store, site: Site):
    sandbox = InProcess()
    attempts = itertools.count()
    async with Client(
        user_agent="copydesk-test", allowed_networks=settings.allowed_networks, deadline=timedelta(seconds=20)
    ) as http:
        desk = Desk(
            store=store,
            http=http,
            sandbox=sandbox,
            settings=settings,
            lessons=Lessons(store, settings.learning, lambda: T0),
            overrides=Overrides(store, lambda: T0),
            now=lambda: T0,
            dice=lambda: 0.0,
            attempt=lambda: str(next(attempts)),
        )
        yield Office(desk=desk, site=site, sandbox=sandbox)


def rss(*items: dict[str, str], title: str = "The Gazette") -> str:
    """An RSS document; an item's keys are its elements."""
    body = "".join(
        f"<item>{''.join(f'<{name}>{escape(text)}</{name}>' for name, text in item.items())}</item>" for item in items
    )
    return f'<rss version="2.0"><channel><title>{title}</title>{body}</channel></rss>'


@pytest.fixture(name="rss")
def _rss():
    return rss


@pytest.fixture
def entries(office: Office):
    """Puts entries into a feed, polls it, and gives a claim for each, oldest first; an item's keys are its elements."""

    async def put(*items: dict[str, str], query: str = "") -> tuple[Claim, ...]:
        office.site.say("/feed.xml", rss(*reversed(items)), kind="application/rss+xml")
        claim = await office.subscribe(f"/feed.xml{query}")
        await poll_feed(office.desk, claim)
        office.site.requests.clear()
        return await office.claims("entries")

    return put
