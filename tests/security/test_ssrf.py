"""S01-S14: whatever a feed, a page, a redirect or a hub names, nothing but the open address is ever asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ingest.errors import FetchError
from ingest.net.guard import Guard
from ingest.net.http import PAGE_ACCEPT, Client
from ingest.settings import Settings
from ingest.stages.article import ingest_entry
from ingest.stages.poll import poll_feed
from ingest.store.entries import counts
from ingest.store.hubs import read_subscription
from tests.security.conftest import OPEN, OPEN_NETWORKS
from tests.security.payloads import HOSTS, SCHEMES, item, rss

FEED = "application/rss+xml"
#: By what names a refusal may go.
REFUSED = {"bad-url", "blocked-address", "bad-redirect", "dns"}
TEXT = "The council voted to widen the quay, the feed itself says in a sentence that is long enough to be kept."


async def failure(http, url):
    with pytest.raises(FetchError) as caught:
        await http.get(url, accept=PAGE_ACCEPT, max_bytes=1000)
    return caught.value.failure


def addresses(port):
    return [f"http://{host}:{port}/secret" for host in HOSTS]


async def test_feed_url(guarded, canary):
    """
    S01: no spelling of a forbidden host is asked as a feed.
    """
    got = {url: await failure(guarded.desk.http, url) for url in addresses(canary.port)}

    assert {} == {url: name for url, name in got.items() if name not in REFUSED}


async def test_redirect(guarded, canary):
    """
    S02: no spelling of a forbidden host is asked because a redirect names it.
    """
    got = {}
    for url in addresses(canary.port):
        location = url.encode("utf-8").decode("latin-1").replace("\t", "")
        front = guarded.site.say("/front", status=302, Location=location)
        got[url] = await failure(guarded.desk.http, front)

    # A Location of other letters than ASCII is read by its bytes; no host comes of it.
    assert {} == {url: name for url, name in got.items() if name not in REFUSED}


async def test_article_link(guarded, canary):
    """
    S03, S14: no entry's link into forbidden ground is asked; each is given up at its first attempt, for a named reason.
    """
    links = addresses(canary.port)
    body = rss("".join(item(guid=f"{n}", title=f"T{n}", description=TEXT, link=url) for n, url in enumerate(links)))
    guarded.site.say("/feed.xml", body.decode(), kind=FEED)
    office = guarded.with_settings(first_poll="all")

    await poll_feed(office.desk, await office.subscribe())
    reports = [await ingest_entry(office.desk, claim) for claim in await office.claims("entries")]

    assert len(links) == len(reports)
    assert {"published", "duplicate"} >= {report.outcome for report in reports}
    flags = {flag for report in reports if report.article for flag in report.article.flags if flag.startswith("page")}
    assert {f"page-failed:{name}" for name in REFUSED} >= flags
    assert "page-failed:blocked-address" in flags


async def test_robots(guarded, canary):
    """
    S04: robots.txt leads nobody into forbidden ground, and the page behind it is not asked for.
    """
    office = guarded.with_settings(robots=True)
    office.site.say("/robots.txt", status=302, Location=f"http://127.0.0.1:{canary.port}/robots.txt")
    page = office.site.say("/page", "news")
    office.site.say("/feed.xml", rss(item(guid="1", title="T", description=TEXT, link=page)).decode(), kind=FEED)

    await poll_feed(office.desk, await office.subscribe())
    report = await ingest_entry(office.desk, await office.claim("entries"))

    assert ("published", "feed") == (report.outcome, report.article.content_source)
    assert ["/feed.xml", "/robots.txt"] == office.site.paths


async def test_hub(guarded, canary):
    """
    S05: a hub on forbidden ground is not asked, by none of its spellings, and is remembered as failed.
    """
    office = guarded.with_settings(public_url="https://us.example/desk")
    states = []
    for number, url in enumerate((f"http://127.0.0.1:{canary.port}/hub", f"http://localhost:{canary.port}/hub")):
        path = f"/feed{number}.xml"
        office.site.say(path, rss(item(guid="1")).decode(), kind=FEED, Link=f'<{url}>; rel="hub"')
        report = await poll_feed(office.desk, await office.subscribe(path))
        known = await read_subscription(office.store, report.feed.id)
        states.append((known.hub, known.state))

    assert [
        (f"http://127.0.0.1:{canary.port}/hub", "failed"),
        (f"http://localhost:{canary.port}/hub", "failed"),
    ] == states


async def test_files_are_not_fetched(guarded, canary):
    """
    S06: pictures, enclosures and frames are published as addresses and asked for by nobody, forbidden or not.
    """
    site, forbidden = guarded.site, f"http://127.0.0.1:{canary.port}"
    page = site.say(
        "/page",
        f"<html><head><link rel=stylesheet href={site.url}/style.css><script src={forbidden}/x.js></script>"
        f"<meta property=og:image content='{site.url}/og.png'></head><body><article>"
        f"{f'<p>{TEXT}</p>' * 5}<img src='{site.url}/a.png'><iframe src='{forbidden}/f'></iframe>"
        "</article></body></html>",
    )
    body = (
        f"<item><guid>1</guid><title>T</title><link>{page}</link><enclosure url='{site.url}/a.mp3' type='audio/mpeg'/>"
        f"<enclosure url='{forbidden}/b.mp3'/></item>"
    )
    site.say("/feed.xml", rss(body, channel=f"<image><url>{site.url}/logo.png</url></image>").decode(), kind=FEED)

    await poll_feed(guarded.desk, await guarded.subscribe())
    report = await ingest_entry(guarded.desk, await guarded.claim("entries"))

    assert f"{site.url}/a.mp3" in {file.url for file in report.article.media}
    assert ["/feed.xml", "/page"] == site.paths


@pytest.mark.parametrize("answer", ["fe80::1%lo", "::1%lo", "127.0.0.1%lo"])
async def test_zone(canary, answer):
    """
    S09: an address with a zone is judged without it, where a name server says it; in a URL it is no address at all.
    """
    async with Client(
        user_agent="x", allowed_networks=OPEN_NETWORKS, allowed_ports=(), lookup=lambda _: [answer]
    ) as http:
        assert "blocked-address" == await failure(http, f"http://desk.example:{canary.port}/")
        assert "bad-url" == await failure(http, f"http://[fe80::1%25lo]:{canary.port}/")


@pytest.mark.parametrize("port", [1, 22, 25, 80, 110, 443, 3306, 6379, 8080, 8443, 11211, 65535])
def test_ports(port):
    """
    S10: of the public internet only the ports of websites are asked.
    """
    guard = Guard(ports=Settings(_env_file=None).allowed_ports)

    assert (port in {80, 443, 8080, 8443}) == guard.permits("8.8.8.8", port)


async def test_schemes(guarded):
    """
    S11: nothing but http(s) is asked: not as a feed, not by a redirect, not as an article, and none of it is published.
    """
    front = f"{guarded.site.url}/front"
    links = "".join(item(guid=f"g{n}", title=f"T{n}", description=TEXT, link=url) for n, url in enumerate(SCHEMES))
    guarded.site.say("/feed.xml", rss(links).decode(), kind=FEED)
    office = guarded.with_settings(first_poll="all")

    direct = {url: await failure(office.desk.http, url) for url in SCHEMES}
    by_redirect = {}
    for url in SCHEMES:
        office.site.say("/front", status=302, Location=url)
        by_redirect[url] = await failure(office.desk.http, front)
    await poll_feed(office.desk, await office.subscribe())
    for claim in await office.claims("entries"):
        await ingest_entry(office.desk, claim)

    assert {"bad-url"} == set(direct.values())
    assert {"bad-redirect", "blocked-address"} >= set(by_redirect.values())
    urls = [event.article["url"] for event in await office.events()]
    assert all(url is None or url.startswith("http://127.0.0.1:1/") for url in urls), urls


async def test_userinfo(guarded):
    """
    S12: a user name in a feed's, a redirect's or an article's address is never sent, and never makes the host another.
    """
    site = guarded.site
    port = site.url.rpartition(":")[2]
    named = f"http://ann:hush@{OPEN}:{port}/page"
    site.say("/page", "news")
    front = site.say("/front", status=302, Location=named)

    direct, led = await failure(guarded.desk.http, named), await failure(guarded.desk.http, front)

    assert ("bad-url", "bad-redirect") == (direct, led)
    assert ["/front"] == site.paths
    assert not any("Authorization" in request.headers for request in site.requests)


async def test_blocked_is_told(guarded, canary):
    """
    S14: a blocked feed is counted, named and left alone for a day; cloud metadata is blocked like the rest.
    """
    outcomes = []
    for url in ("http://169.254.169.254/latest/meta-data/", f"http://[fd00:ec2::254]:{canary.port}/"):
        office = replace(guarded, site=replace(guarded.site, url=url))
        report = await poll_feed(office.desk, await office.subscribe(""))
        outcomes.append((report.outcome, report.next.at - office.t0 >= timedelta(hours=24)))

    assert [("fetch-blocked-address", True)] * 2 == outcomes
    assert 2 == (await counts(guarded.store))["polls.fetch-blocked-address"]
