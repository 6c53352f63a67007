"""Part E of the checklist: who we are, and how we come and go on the wire."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from datetime import timedelta
from itertools import cycle

import brotli

from ingest.models import SourceOverride
from ingest.net.http import FEED_ACCEPT
from ingest.settings import Settings
from ingest.store.feeds import feed_id
from ingest.store.overrides import replace_overrides
from tests.politeness.clock import T0
from tests.politeness.site import Site, document, gaps, honest, rss, sent_to
from tests.politeness.world import DAY, HOUR, MINUTE

SECOND = timedelta(seconds=1)
BODY = rss(*(f"g-{number}" for number in range(30)), newest=T0 - 60 * DAY)
GOOD = honest(BODY, etag='"a"')
ENCODERS = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}


async def test_p41_user_agent(world, site):
    """
    Each request says who we are, where our operator is found, which feed this is and for how many: the same on each
    hop, and nobody else's name.
    """
    url = site.on("/feed.xml", sent_to(site.on("/new.xml", GOOD)))
    await world.subscribe(url)

    await world.run(HOUR)

    (agent,) = {one.field("user-agent") for one in site.log}
    assert f"copydesk/0 (+https://desk.example/about; feed-id={feed_id(url)}; 1 subscriber)" == agent


async def test_p41_a_name_of_its_own(world, site):
    """
    A source can be asked under another name, which the operator gave it; the others hear ours.
    """
    await replace_overrides(
        world.store, [SourceOverride(domain="shy.example", user_agent="examplebot/1.0 (+https://e.example)")]
    )
    for host in ("shy.example", "other.example"):
        await world.subscribe(site.on("/feed.xml", GOOD, host))

    await world.run(MINUTE)

    names = {one.host: one.field("user-agent").partition(" ")[0] for one in site.log}
    assert {"shy.example": "examplebot/1.0", "other.example": "copydesk/0"} == names


async def test_p42_nothing_else(world, site):
    """
    No referrer, no cookie (also not one that was set), no fragment, and the address otherwise byte for byte.
    """
    target = "/feed.xml?b=2&&a=%7Eone%2fTwo;x=+&utm_source=rss"
    site.on(target, honest(BODY, etag='"a"', set_cookie="id=1; Path=/"))
    await world.subscribe(site.url(target), interval=HOUR)
    site.on("/plain?", GOOD)
    site.on("/moved.xml", sent_to(site.url("/plain?") + "#part"))
    await world.subscribe(site.url("/moved.xml"), interval=HOUR)

    await world.run(3 * HOUR)

    assert {target, "/moved.xml", "/plain?"} == {one.target for one in site.log}
    known = {"host", "user-agent", "accept", "accept-encoding", "if-none-match", "if-modified-since"}
    assert set() == {name for one in site.log for name, _ in one.fields} - known


async def test_p43_accept_encoding(world, site):
    """
    Every coding that we ask for we can undo.
    """
    await world.subscribe(site.on("/plain.xml", GOOD))
    await world.run(MINUTE)
    codings = [part.strip() for part in site.log[0].field("accept-encoding").split(",")]
    assert {"gzip", "br"} <= set(codings)
    for coding in codings:
        answer = document(ENCODERS[coding](BODY.encode()), content_encoding=coding)
        await world.subscribe(site.on(f"/{coding}.xml", answer))

    reports = await world.run(MINUTE)

    assert [("modified", 30)] * len(codings) == [(one.outcome, one.entries) for one in reports]


async def test_p44_connections(world, site):
    """
    Feed types come first in Accept; requests to one registrable domain start two seconds apart, and a connection is
    used again.
    """
    for number in range(6):
        await world.subscribe(site.on(f"/{number}.xml", GOOD, f"n{number}.example.com"), interval=10 * DAY)
        await world.subscribe(site.on(f"/again-{number}.xml", GOOD), interval=10 * DAY)

    await world.clock.together(*(world.poll_claim(claim) for claim in await world.claims()))
    await world.run(MINUTE)

    assert 12 == len(site.log)
    assert {FEED_ACCEPT} == {one.field("accept") for one in site.log}
    assert (True, True) == (FEED_ACCEPT.startswith("application/atom+xml"), FEED_ACCEPT.endswith("*/*;q=0.1"))
    assert min(site.pauses(None)) >= 2 * SECOND
    # Seven names, one of which was asked six times.
    assert 7 == len({one.connection for one in site.log})


async def test_p44_idle(world, site, monkeypatch):
    """
    A connection that is not used again is closed by us.
    """
    monkeypatch.setattr("ingest.net.http.KEEP_ALIVE", timedelta(milliseconds=20))
    await world.subscribe(site.on("/feed.xml", GOOD))
    await world.run(MINUTE)

    async with asyncio.timeout(30):
        await site.closed.wait()

    assert 1 == site.connections


async def test_p44_two_at_once(world, site):
    """
    However many requests there are for a host, a worker has two of them under way.
    """
    site.hold = asyncio.Event()
    url = site.on("/feed.xml", GOOD)
    get = world.desk.http.get
    asking = [asyncio.create_task(get(url, accept=FEED_ACCEPT, max_bytes=100_000)) for _ in range(6)]
    await site.came(2)
    for _ in range(200):
        await asyncio.sleep(0)

    under_way = len(site.log)

    site.hold.set()
    assert [200] * 6 == [response.status for response in await asyncio.gather(*asking)]
    assert (2, 2, 6) == (under_way, site.connections, len(site.log))


async def test_p45_one_get_a_poll(world, site):
    """
    A poll is one GET: no HEAD, no icon, no home page.
    """
    await world.subscribe(site.on("/feed.xml", GOOD), interval=HOUR)

    reports = await world.run(10 * HOUR)

    assert [("GET", "/feed.xml")] * len(reports) == [(one.method, one.target) for one in site.log]


async def test_p46_shared_hosting(world, site):
    """
    Feeds on hosts of one registrable domain take turns two seconds apart; unrelated domains on one address a quarter of
    a second apart, whichever worker asks; those on another address do not wait for them.
    """
    world.with_settings(address_interval=Settings.model_fields["address_interval"].default)
    world.names |= {"far.example": "127.0.0.2"}
    far = await Site(world.clock, address="127.0.0.2").start()
    await world.subscribe(far.on("/feed.xml", GOOD, "far.example"), interval=10 * DAY)
    for number in range(5):
        await world.subscribe(site.on(f"/{number}.xml", GOOD, f"n{number}.blogs.example.com"), interval=10 * DAY)
        await world.subscribe(site.on(f"/{number}.xml", GOOD, f"n{number}.example"), interval=10 * DAY)

    desks = cycle((world.desk, await world.worker()))
    await world.clock.together(*(world.poll_claim(claim, next(desks)) for claim in await world.claims()))
    await far.stop()

    family = [one.at for one in site.log if one.host.endswith(".blogs.example.com")]
    others = [one.at for one in site.log if not one.host.endswith(".blogs.example.com")]
    assert (5, 5, [T0]) == (len(family), len(others), far.times())
    assert min(gaps(family)) >= 2 * SECOND
    assert min(gaps(others)) >= SECOND / 4
    assert others[-1] <= T0 + 5 * SECOND
