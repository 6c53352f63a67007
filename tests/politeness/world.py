"""A desk over a real store and a real client, driven through its due-sets by a virtual clock."""

from __future__ import annotations

import itertools
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from ingest.feeds.parse import parse_feed
from ingest.models import Cleaning, Extraction, Feed
from ingest.net.http import Client, user_agent
from ingest.settings import Settings
from ingest.stages.article import ArticleReport, ingest_entry
from ingest.stages.desk import Desk
from ingest.stages.poll import PollReport, poll_feed
from ingest.store.boilerplate import Lessons
from ingest.store.connect import Store, connect
from ingest.store.due import Claim, claim_due, moment
from ingest.store.entries import counts
from ingest.store.feeds import add_feed, feed_id
from ingest.store.keys import Work
from ingest.store.moves import read_feed
from ingest.store.overrides import Overrides
from tests.politeness.clock import Clock, VirtualScripts
from tests.politeness.site import Site

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
AGENT = user_agent("0", "https://desk.example/about")


@dataclass
class InProcess:
    """
    The sandbox's tasks without its processes.

    A double, because starting children takes a second a test. Pages are not what is tested here: each has one text.
    """

    tasks: list[str] = field(default_factory=list)

    async def run(self, task: str, *args: Any) -> Any:
        self.tasks.append(task)
        if task == "parse_feed":
            return parse_feed(*args)
        text = (f"The harbour board spoke of cranes for {args[0].url if task == 'edit_page' else args[1]}.",)
        return Extraction(paragraphs=text, method="test"), Cleaning(paragraphs=text)


class KilledError(Exception):
    """Stands for the end of a process."""


@dataclass
class Killed:
    """The store's scripts; the process dies as it calls the named one."""

    scripts: VirtualScripts
    name: str

    async def __call__(self, name: Any, keys: Any, arguments: Any) -> Any:
        if name == self.name:
            raise KilledError
        return await self.scripts(name, keys, arguments)


@dataclass
class World:
    """One deployment: settings, a clock, the internet as far as it matters, and a worker."""

    settings: Settings
    clock: Clock
    site: Site
    #: Which address each name has; those not named have the site's, and None has none.
    names: dict[str, str | None] = field(default_factory=dict)
    lookups: list[str] = field(default_factory=list)
    #: What chance adds, 0 to 1.
    luck: float | Random = 0.0
    sandbox: InProcess = field(default_factory=InProcess)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _desk: Desk | None = None
    _attempts: Any = field(default_factory=itertools.count)

    @property
    def desk(self) -> Desk:
        assert self._desk is not None
        return self._desk

    @property
    def store(self) -> Store:
        return self.desk.store

    def with_settings(self, **changes: Any) -> None:
        """These settings from now on."""
        self.settings = self.settings.model_copy(update=changes)
        self._desk = replace(self.desk, settings=self.settings)

    def look_up(self, name: str) -> list[str]:
        self.lookups.append(name)
        address = self.names.get(name, self.site.address)
        if address is None:
            raise OSError("no such name")
        return [address]

    async def worker(self) -> Desk:
        """One more worker on the same store: its own connections, nothing in its memory."""
        opened = await self._stack.enter_async_context(connect(self.settings, self.settings.redis_url))
        store = replace(opened, scripts=VirtualScripts(opened.redis, self.clock))
        http = Client(
            user_agent=AGENT,
            allowed_networks=self.settings.allowed_networks,
            deadline=timedelta(seconds=20),
            lookup=self.look_up,
        )
        self._stack.push_async_callback(http.close)
        return Desk(
            store=store,
            http=http,
            sandbox=self.sandbox,  # type: ignore[arg-type]  # a double
            settings=self.settings,
            lessons=Lessons(store, self.settings.learning, self.clock.now),
            now=self.clock.now,
            dice=lambda: self.luck if isinstance(self.luck, float) else self.luck.random(),
            attempt=lambda: f"{next(self._attempts):016x}",
            overrides=Overrides(store, self.clock.now),
        )

    async def start(self) -> World:
        self._desk = await self.worker()
        return self

    async def stop(self) -> None:
        await self._stack.aclose()

    async def restart(self) -> None:
        """All processes end and come back: what is not in the store is gone."""
        await self.stop()
        self._stack = AsyncExitStack()
        self._desk = await self.worker()

    async def subscribe(self, url: str, **options: Any) -> str:
        """The id of a feed that is subscribed now."""
        await add_feed(self.store, url, **options)
        return feed_id(url)

    async def feed(self, url: str) -> Feed:
        found = await read_feed(self.store, feed_id(url))
        assert found is not None
        return found

    async def claims(self, work: Work = "feeds", desk: Desk | None = None) -> tuple[Claim, ...]:
        """What a scheduler claims now."""
        store = (desk or self.desk).store
        return await claim_due(store, work, limit=400, lease=self.settings.lease, max_in_hand=self.settings.max_in_hand)

    async def poll(self, desk: Desk | None = None) -> list[PollReport]:
        """Whatever is due now is claimed and polled, one after the other."""
        reports = [await self.poll_claim(claim, desk) for claim in await self.claims(desk=desk)]
        return [report for report in reports if report is not None]

    async def poll_claim(self, claim: Claim, desk: Desk | None = None) -> PollReport | None:
        """One poll."""
        return await poll_feed(desk or self.desk, claim)

    async def ingest(self, desk: Desk | None = None) -> list[ArticleReport]:
        """Whatever entries are due now are claimed and worked on, one after the other."""
        claims = await self.claims("entries", desk)
        reports = [await ingest_entry(desk or self.desk, claim) for claim in claims]
        return [report for report in reports if report is not None]

    async def next_due(self, work: Work = "feeds") -> datetime | None:
        """When a scheduler will next have something to claim."""
        rows = [
            row
            for key in (self.store.keys.due(work), self.store.keys.lease(work))
            for row in await self.store.redis.zrange(key, 0, 0, withscores=True)
        ]
        return moment(min(score for _, score in rows)) if rows else None

    async def run(self, span: timedelta, desk: Desk | None = None) -> list[PollReport]:
        """So much time goes by, and every poll takes place when it is due."""
        end = self.clock.now() + span
        reports: list[PollReport] = []
        while (due := await self.next_due()) is not None and due <= end:
            self.clock.reach(due)
            reports += await self.poll(desk)
        self.clock.reach(end)
        return reports

    async def run_entries(self, span: timedelta) -> list[ArticleReport]:
        """The same with entries."""
        end = self.clock.now() + span
        reports: list[ArticleReport] = []
        while (due := await self.next_due("entries")) is not None and due <= end:
            self.clock.reach(due)
            reports += await self.ingest()
        self.clock.reach(end)
        return reports

    async def poll_killed(self, script: str = "commit_poll") -> None:
        """One poll of what is due, whose process dies as it calls this script."""
        scripts: Any = Killed(self.store.scripts, script)  # type: ignore[arg-type]  # ours
        dying = replace(self.desk, store=replace(self.store, scripts=scripts))
        for claim in await self.claims():
            try:
                await poll_feed(dying, claim)
            except KilledError:
                continue
            raise AssertionError("it lives")

    async def counts(self) -> dict[str, int]:
        return await counts(self.store)

    async def published(self) -> int:
        """How many articles were published."""
        return int(await self.store.redis.xlen(self.store.keys.articles))
