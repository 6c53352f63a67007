"""What stands between an article page and our asking for it."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from aiohttp import web

from ingest.errors import FetchError
from ingest.net.http import PAGE_ACCEPT, Client
from ingest.stages import robots, shelf
from ingest.stages.desk import CHALLENGED_PAUSE, THROTTLED_PAUSE, HostBusyError, host_gate
from ingest.stages.robots import page_gate, rules_for
from ingest.stages.shelf import Shelf, Standing
from ingest.store.hosts import acquire_host, hold_host
from ingest.store.robots import FRESH
from ingest.urls import registrable_domain

ROBOTS = "/robots.txt"
NONE = timedelta(0)


@pytest.fixture
def heedful(office):
    """An office that heeds robots.txt."""
    return office.with_settings(robots=True)


def another(office):
    """A worker on another machine: the same store, nothing of its own remembered."""
    return replace(office.desk, shelf=Shelf())


async def ask(desk, url: str):
    """A page, asked for as the stage asks."""
    return await desk.http.get(url, accept=PAGE_ACCEPT, max_bytes=10_000, before_hop=page_gate(desk))


async def refusal(desk, url: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await ask(desk, url)
    return caught.value


async def age(office, by: timedelta) -> None:
    """So much time goes by for what the store knows of the site's robots.txt."""
    key = office.store.keys.robots(office.site.url)
    for name in ("stale", "since"):
        value = await office.store.redis.hget(key, name)
        if value is not None:
            await office.store.redis.hset(key, name, int(value) - by // timedelta(milliseconds=1))


async def test_disallowed(heedful):
    """
    A page that robots.txt closes is not asked for, and another is.
    """
    site = heedful.site
    site.say(ROBOTS, "User-agent: *\nDisallow: /private/", kind="text/plain")
    site.say("/news/1", "news")

    got = await refusal(heedful.desk, f"{site.url}/private/1")
    page = await ask(heedful.desk, f"{site.url}/news/1")

    assert ("robots", False) == (got.failure, got.is_retryable)
    assert ([ROBOTS, "/news/1"], b"news") == (site.paths, page.body)


async def test_off(office):
    """
    An operator may decide to ask regardless.
    """
    office.site.say(ROBOTS, "User-agent: *\nDisallow: /")
    url = office.site.say("/news/1", "news")

    await ask(office.desk, url)

    assert ["/news/1"] == office.site.paths


async def test_feeds_are_exempt(heedful):
    """
    A feed is asked for whatever robots.txt says: the operator named it.
    """
    heedful.site.say(ROBOTS, "User-agent: *\nDisallow: /")
    url = heedful.site.say("/feed.xml", "feed")

    await heedful.desk.http.get(url, accept="*/*", max_bytes=1000, before_hop=host_gate(heedful.desk))

    assert ["/feed.xml"] == heedful.site.paths


async def test_once_for_all_workers(heedful):
    """
    Many pages of a site on several workers at once: one request for its robots.txt.
    """
    site = heedful.site
    site.say(ROBOTS, "User-agent: *\nDisallow: /private/")
    desks = [heedful.desk, another(heedful), another(heedful)]
    urls = [site.say(f"/news/{number}", "news") for number in range(6)]

    await asyncio.gather(*(ask(desk, url) for desk in desks for url in urls))

    assert (1, 18) == (site.paths.count(ROBOTS), len(site.paths) - 1)


async def test_each_authority(heedful):
    """
    Another name, scheme or port of a site has a robots.txt of its own.
    """
    async with Client(
        user_agent="test", allowed_networks=(ip_network("127.0.0.0/8"),), lookup=lambda _: ["127.0.0.1"]
    ) as http:
        desk = replace(heedful.desk, http=http)
        for name in ("www.gazette.example", "gazette.example", "www.gazette.example"):
            await rules_for(desk, heedful.site.url.replace("127.0.0.1", name))

    assert [ROBOTS, ROBOTS] == heedful.site.paths


async def test_fresh_for_a_day(heedful):
    """
    It is asked for again after a day, by one worker, and the new rules hold.
    """
    site = heedful.site
    site.say(ROBOTS, "User-agent: *\nDisallow: /private/")
    url = site.say("/news/1", "news")
    await ask(heedful.desk, url)
    await age(heedful, FRESH)
    site.say(ROBOTS, "User-agent: *\nDisallow: /news/")
    later = replace(heedful.desk, now=lambda: heedful.t0 + FRESH)

    got = await refusal(later, url)

    assert "robots" == got.failure
    assert [ROBOTS, "/news/1", ROBOTS] == site.paths


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
async def test_unavailable(heedful, status):
    """
    Without a robots.txt all is allowed, and that holds for a day (RFC 9309 2.3.1.3).
    """
    site = heedful.site
    site.say(ROBOTS, "User-agent: *\nDisallow: /", status=status)
    url = site.say("/news/1", "news")

    for desk in (heedful.desk, another(heedful)):
        await ask(desk, url)

    assert [ROBOTS, "/news/1", "/news/1"] == site.paths


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_unreachable(heedful, status):
    """
    A site that cannot say what it allows allows nothing for now, and is not asked again for each page (2.3.1.4).
    """
    site = heedful.site
    site.say(ROBOTS, status=status)
    url = site.say("/news/1", "news")

    found = [await refusal(desk, url) for desk in (heedful.desk, heedful.desk, another(heedful))]

    assert [("robots", True)] * 3 == [(error.failure, error.is_retryable) for error in found]
    assert str(status) in str(found[0])
    assert [ROBOTS] == site.paths


async def test_no_answer(heedful):
    """
    A robots.txt that ends in no answer stops its pages for now, under the failure's own name.
    """

    def hang_up(request: web.Request) -> web.StreamResponse:
        request.transport.abort()
        return web.Response()

    heedful.site.pages[ROBOTS] = hang_up

    got = await refusal(heedful.desk, heedful.site.say("/news/1", "news"))

    assert ("disconnected", True) == (got.failure, got.is_retryable)
    assert "robots.txt" in str(got)


async def test_last_good_copy(heedful):
    """
    While the site cannot say, what it last said holds.
    """
    site = heedful.site
    site.say(ROBOTS, "User-agent: *\nDisallow: /private/")
    url = site.say("/news/1", "news")
    await ask(heedful.desk, url)
    await age(heedful, FRESH)
    site.say(ROBOTS, status=503)
    desk = another(heedful)

    await ask(desk, url)
    got = await refusal(desk, f"{site.url}/private/1")

    assert ("robots", False) == (got.failure, got.is_retryable)


async def test_undefined_for_a_month(heedful):
    """
    A site that cannot say for thirty days is taken for one without rules.
    """
    site = heedful.site
    site.say(ROBOTS, status=500)
    url = site.say("/news/1", "news")
    await refusal(heedful.desk, url)

    await age(heedful, timedelta(days=29))
    await refusal(another(heedful), url)
    await age(heedful, timedelta(days=2))
    got = await ask(another(heedful), url)

    assert b"news" == got.body


async def test_redirected_rules(heedful):
    """
    Redirects of robots.txt are followed, five of them and to another authority; the rules are the first one's.
    """
    site = heedful.site
    elsewhere = site.url.replace("127.0.0.1", "127.0.0.2")
    for number in range(5):
        place = f"/{number}" if number else ROBOTS
        target = site.url if number % 2 else elsewhere
        site.say(place, status=302, Location=f"{target}/{number + 1}")
    site.say("/5", "User-agent: *\nDisallow: /news/")
    runner = web.AppRunner(web.Application(), access_log=None)
    runner.app.router.add_get("/{path:.*}", site.answer)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.2", int(site.url.rpartition(":")[2])).start()

    got = await refusal(heedful.desk, site.say("/news/1"))
    await runner.cleanup()

    assert ("robots", False) == (got.failure, got.is_retryable)
    assert [ROBOTS, "/1", "/2", "/3", "/4", "/5"] == site.paths


async def test_redirected_without_end(heedful):
    """
    A robots.txt that is only ever somewhere else is none.
    """
    heedful.site.say(ROBOTS, status=302, Location="/a")
    heedful.site.say("/a", status=302, Location=ROBOTS)

    got = await ask(heedful.desk, heedful.site.say("/news/1", "news"))

    assert b"news" == got.body


async def test_redirected_to_a_private_address(heedful):
    """
    A robots.txt that leads into a private network is not followed there, and its pages are not asked for.
    """
    site = heedful.site
    site.say(ROBOTS, status=302, Location="http://10.1.2.3/robots.txt")
    url = site.say("/news/1", "news")

    got = await refusal(heedful.desk, url)

    assert ("blocked-address", False) == (got.failure, got.is_retryable)
    assert [ROBOTS] == site.paths


async def test_each_hop_is_asked_about(heedful):
    """
    A redirect to a page that robots.txt closes ends there.
    """
    site = heedful.site
    site.say(ROBOTS, "User-agent: *\nDisallow: /private/")
    url = site.say("/news/1", status=302, Location="/private/1")

    got = await refusal(heedful.desk, url)

    assert ("robots", [ROBOTS, "/news/1"]) == (got.failure, site.paths)


async def test_large(heedful):
    """
    The first 500 KiB of a long robots.txt hold, and the rest is not read.
    """
    site = heedful.site
    site.say(ROBOTS, "User-agent: *\nDisallow: /private/\n" + "# filler\n" * 90_000 + "Disallow: /news/\n")

    await ask(heedful.desk, site.say("/news/1", "news"))
    got = await refusal(heedful.desk, f"{site.url}/private/1")

    assert "robots" == got.failure


@pytest.mark.parametrize(("delay", "expected"), [("7", 7), ("3600", 60), ("0.5", 2)])
async def test_crawl_delay(heedful, delay, expected):
    """
    The pause that a site asks for lies between its pages, up to a minute and never less than our own.
    """
    office = heedful.with_settings(host_interval=timedelta(seconds=2))
    office.site.say(ROBOTS, f"User-agent: *\nCrawl-delay: {delay}")
    gate = page_gate(office.desk)
    await rules_for(office.desk, office.site.url)
    key = office.store.keys.host("127.0.0.1")

    slots = []
    for _ in range(3):
        await office.store.redis.delete(key, office.store.keys.address("127.0.0.1"))
        await gate(f"{office.site.url}/news/1")
        slots.append(await office.store.redis.pttl(key) / 1000)

    assert [expected] * 3 == [round(slot) for slot in slots]


async def test_another_worker_is_slow(heedful, monkeypatch):
    """
    Who waits too long for another worker's errand gives way and comes back.
    """
    sleeps = []

    async def sleep(seconds):
        sleeps.append(seconds)

    monkeypatch.setattr(robots.asyncio, "sleep", sleep)
    await robots.read_robots(heedful.store, heedful.site.url, errand="another", lease=timedelta(minutes=1))

    with pytest.raises(HostBusyError) as busy:
        await rules_for(heedful.desk, heedful.site.url)

    assert busy.value.wait > NONE
    assert [] == heedful.site.paths
    assert robots.LOOKS == len(sleeps)


async def test_a_busy_host_takes_no_errand(heedful):
    """
    An errand that finds the host held is given back, for whoever comes when the hold is over.
    """
    await hold_host(heedful.store, "127.0.0.1", timedelta(hours=1))

    with pytest.raises(HostBusyError):
        await rules_for(heedful.desk, heedful.site.url)
    await heedful.store.redis.delete(heedful.store.keys.host("127.0.0.1"))
    got = await rules_for(another(heedful), heedful.site.url)

    assert got.allows(f"{heedful.site.url}/news/1")


@pytest.mark.parametrize(
    ("status", "fields", "expected"),
    [
        (429, {"Retry_After": "7200"}, timedelta(hours=2)),
        (503, {"Retry_After": "7200"}, timedelta(hours=2)),
        (429, {}, THROTTLED_PAUSE),
        (429, {"Retry_After": "3"}, THROTTLED_PAUSE),
        (403, {"cf_mitigated": "challenge"}, CHALLENGED_PAUSE),
        (503, {}, NONE),
        (404, {"Retry_After": "7200"}, NONE),
    ],
)
async def test_a_throttle_holds_the_host(heedful, status, fields, expected):
    """
    A site that asks for rest when asked for its robots.txt is left alone as a whole.
    """
    heedful.site.say(ROBOTS, status=status, **fields)

    with suppress(FetchError):
        await rules_for(heedful.desk, heedful.site.url)
    got = await acquire_host(heedful.store, registrable_domain(heedful.site.url), spacing=NONE, max_wait=NONE)

    assert expected - timedelta(seconds=10) <= got.wait <= expected


def test_shelf_is_bounded(monkeypatch):
    """
    What is kept in the process is bounded in bytes; who was not asked for goes first.
    """
    monkeypatch.setattr(shelf, "MAX_SHELF_BYTES", 10_000)
    now = datetime(2026, 3, 1, tzinfo=UTC)
    kept = Shelf()
    for number in range(30):
        kept.put(str(number), Standing(until=now + FRESH, rules=None, size=1000))
        kept.put(str(number), Standing(until=now + FRESH, rules=None, size=1500))
        kept.get("0", now)

    found = [number for number in range(30) if kept.get(str(number), now)]
    assert [0, 26, 27, 28, 29] == found
    assert kept.get("0", now + FRESH) is None


def test_shelf_lock():
    """
    Those who ask about one authority share a lock, which is forgotten with them.
    """
    kept = Shelf()
    lock = kept.lock("a")

    assert lock is kept.lock("a")
    assert lock is not kept.lock("b")
    assert ["a"] == list(kept._locks)


async def test_pages_come_one_after_the_other(heedful, monkeypatch):
    """
    A site's robots.txt and its pages are requests to one host: all of them wait for its slots.
    """
    office = heedful.with_settings(host_interval=timedelta(seconds=4))
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    monkeypatch.setattr("ingest.stages.desk.asyncio.sleep", sleep)
    for number in range(3):
        await ask(office.desk, office.site.say(f"/news/{number}", "news"))

    assert [0, 4, 8, 12] == [round(wait) for wait in waits]
