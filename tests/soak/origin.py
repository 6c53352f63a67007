"""
The sites of a soak: thousands of feeds on loopback, and the oracle of all they ever served.

    python -m tests.soak.origin FEEDS SECONDS RATE SEED

prints one line of JSON (its port) when it listens, and ends with its standard input. /served is what its feeds have
shown: a story that no feed ever showed to us is not lost. Some feeds bring a story every few seconds and most hardly
any, with days and nights of their own; what is days on the real web is minutes here.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from aiohttp import web

from workers.demo.answers import Document, answer
from workers.demo.bulletins import DISTINCT
from workers.demo.feeds import render_feed
from workers.demo.newsroom import make_newsroom
from workers.demo.pages import article_html
from workers.demo.server import has_own_addresses
from workers.demo.stories import Outlet, Story, feed_url, published_at

#: One second of a soak stands for two minutes: an hour's poll comes every 30 seconds, a day lasts 12 minutes.
COMPRESSION = 120
#: Of the logarithm of the feeds' rates: the busiest tenth brings most of all entries (research: feeds of news sites).
RATE_SPREAD = 1.5
FEED_LENGTH = 30
#: Feeds of one site share its host's slots.
FEEDS_A_SITE = 4
DAY_SECONDS = 86400 / COMPRESSION


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All outlets, and each one's stories by the time of their appearance."""

    outlets: tuple[Outlet, ...]
    stories: Mapping[str, tuple[Story, ...]]

    @property
    def by_guid(self) -> dict[str, Story]:
        """Every story."""
        return {story.guid: story for own in self.stories.values() for story in own}


def make_world(feeds: int, seconds: float, rate: float, seed: int) -> World:
    """So many feeds that bring ``rate`` stories a second together for so long, and one that each had before."""
    dice = random.Random(seed)
    outlets = make_newsroom(feeds, 0, seed).outlets
    weights = [dice.lognormvariate(0, RATE_SPREAD) for _ in outlets]
    total = round(seconds * rate)
    owners = [*outlets, *dice.choices(outlets, weights, k=total)]
    shifts = {outlet.id: dice.random() for outlet in outlets}
    moments = [-dice.uniform(1, 60) for _ in outlets]
    moments += [_moment(dice, seconds, shifts[outlet.id]) for outlet in owners[feeds:]]
    told: defaultdict[str, list[Story]] = defaultdict(list)
    for number, (outlet, moment, story) in enumerate(zip(owners, moments, _texts(len(owners), seed), strict=True)):
        own = f"{outlet.id}-{number}"
        at = timedelta(seconds=moment)
        told[outlet.id].append(replace(story, outlet=outlet.id, guid=own, slug=f"report-{own}", appears_after=at))
    ordered = {id_: tuple(sorted(own, key=lambda story: story.appears_after)) for id_, own in told.items()}
    return World(outlets=outlets, stories=ordered)


def _moment(dice: random.Random, seconds: float, shift: float) -> float:
    """When a story appears: rarely at its feed's night."""
    while True:
        moment = dice.uniform(0, seconds)
        if dice.random() < 0.55 + 0.45 * math.sin(2 * math.pi * (moment / DAY_SECONDS + shift)):
            return moment


def _texts(many: int, seed: int) -> Sequence[Story]:
    """Stories of different texts, as long as there are any."""
    made: list[Story] = []
    while len(made) < many:
        made += make_newsroom(1, min(DISTINCT, many - len(made)), seed + len(made) // DISTINCT).stories
    return made


class Sites:
    """The world over HTTP."""

    def __init__(self, world: World, opened_at: datetime) -> None:
        self._world = world
        self._opened_at = opened_at
        self._outlets = {outlet.id: outlet for outlet in world.outlets}
        self._pages = {(story.outlet, story.slug): story for own in world.stories.values() for story in own}
        self._times = {id_: [one.appears_after for one in own] for id_, own in world.stories.items()}
        self._rendered: dict[str, tuple[int, Document]] = {}
        self.bases: dict[str, str] = {}
        self.served: set[str] = set()
        self.polls = self.pages = 0

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/robots.txt", self._robots)
        app.router.add_get("/served", self._served)
        app.router.add_get("/{outlet}/{name}", self._document)
        return app

    async def _robots(self, _: web.Request) -> web.Response:
        return web.Response(text="User-agent: *\nAllow: /\n")

    async def _served(self, _: web.Request) -> web.Response:
        return web.json_response({"served": [*self.served], "polls": self.polls, "pages": self.pages})

    async def _document(self, request: web.Request) -> web.Response:
        outlet = self._outlets.get(request.match_info["outlet"])
        name = request.match_info["name"]
        if outlet is None:
            raise web.HTTPNotFound
        elapsed = datetime.now(UTC) - self._opened_at
        if name == outlet.feed_name:
            return answer(self._feed(outlet, elapsed), request.headers)
        story = self._pages.get((outlet.id, name.removesuffix(".html")))
        if story is None or story.appears_after > elapsed:
            raise web.HTTPNotFound
        self.pages += 1
        return answer(self._page(outlet, story), request.headers)

    def _feed(self, outlet: Outlet, elapsed: timedelta) -> Document:
        self.polls += 1
        out = bisect_right(self._times[outlet.id], elapsed)
        held = self._rendered.get(outlet.id)
        if held is not None and held[0] == out:
            return held[1]
        shown = self._world.stories[outlet.id][max(0, out - FEED_LENGTH) : out][::-1]
        base = self.bases[outlet.id]
        content_type, text = render_feed(outlet, shown, base_url=base, opened_at=self._opened_at)
        document = Document(
            body=text.encode(),
            content_type=content_type,
            modified_at=published_at(shown[0], self._opened_at),
            max_age=timedelta(0),
        )
        self.served.update(story.guid for story in shown)
        self._rendered[outlet.id] = out, document
        return document

    def _page(self, outlet: Outlet, story: Story) -> Document:
        html = article_html(story, outlet, base_url=self.bases[outlet.id], opened_at=self._opened_at, others=())
        moment = published_at(story, self._opened_at)
        return Document(
            body=html.encode(), content_type="text/html; charset=utf-8", modified_at=moment, max_age=timedelta(0)
        )


async def serve(sites: Sites, world: World) -> tuple[web.AppRunner, int]:
    """Listen on an address for each site, all on one port."""
    runner = web.AppRunner(sites.app(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    hosts = {outlet.id: _host(outlet.position // FEEDS_A_SITE) for outlet in world.outlets}
    port = 0
    for host in dict.fromkeys(("127.0.0.1", *hosts.values())):
        await web.TCPSite(runner, host, port, backlog=512).start()
        port = port or int(runner.addresses[0][1])
    sites.bases = {id_: f"http://{host}:{port}" for id_, host in hosts.items()}
    return runner, port


def _host(site: int) -> str:
    return f"127.1.{site // 250}.{site % 250 + 1}" if has_own_addresses() else "127.0.0.1"


async def main(feeds: int, seconds: float, rate: float, seed: int) -> None:
    world = make_world(feeds, seconds, rate, seed)
    opened_at = datetime.now(UTC)
    sites = Sites(world, opened_at)
    runner, port = await serve(sites, world)
    addresses = [feed_url(outlet, sites.bases[outlet.id]) for outlet in world.outlets]
    print(json.dumps({"port": port, "feeds": addresses, "opened_at": opened_at.isoformat()}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))
