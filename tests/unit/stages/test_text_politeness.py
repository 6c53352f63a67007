"""Items of the politeness checklist that concern article pages (reliability.md 1.3 F)."""

from datetime import timedelta

import pytest

from ingest.stages.article import ingest_entry
from ingest.stages.desk import CHALLENGED_PAUSE, host_gate
from ingest.stages.poll import poll_feed
from tests.unit.stages.conftest import rss

RSS = "application/rss+xml"
TEASER = "The harbour board decided on Tuesday to build the second crane after all."
STORY = "".join(
    f"<p>In the {word} hour the harbour board spoke of cranes and of their cost.</p>" for word in "abcdefgh"
)
PAGE = f"<html lang='en'><head><title>T</title></head><body><article>{STORY}</article></body></html>"


async def entries(office, *items, path="/feed.xml"):
    """Claims on the entries of a feed of the site that holds these items."""
    office.site.say(path, rss(*items), kind=RSS)
    await poll_feed(office.desk, await office.subscribe(path))
    return await office.claims("entries")


async def entry(office, url, **fields):
    (claim,) = await entries(office, {"link": url, **fields})
    return claim


@pytest.mark.parametrize("has_text", [True, False])
async def test_p47_disallowed(office, has_text):
    """
    A page that robots.txt closes is not fetched: the feed's text is published and says so, or the entry ends with that.
    """
    office = office.with_settings(robots=True)
    office.site.say("/robots.txt", "User-agent: CopyDesk\nDisallow: /closed/")
    claim = await entry(office, office.site.say("/closed/1", PAGE), **({"description": TEASER} if has_text else {}))

    report = await ingest_entry(office.desk, claim)

    assert ["/feed.xml", "/robots.txt"] == office.site.paths
    if has_text:
        article = (await office.event()).article
        assert ("feed", ["page-failed:robots"]) == (article["content_source"], article["cleaning"]["flags"])
        assert [TEASER] == article["paragraphs"]
    else:
        assert ("dead", "page-failed:robots") == (report.outcome, report.reason)


async def test_p48_unreachable(office):
    """
    While robots.txt cannot be had the entry is tried again; the attempts over, it ends under that name.
    """
    office = office.with_settings(robots=True, max_attempts=2)
    office.site.say("/robots.txt", status=503)
    claim = await entry(office, office.site.say("/news/1", PAGE))

    first = await ingest_entry(office.desk, claim)
    last = await ingest_entry(office.desk, await office.hurry("entries", claim.id))

    assert [("retry", True), ("dead", True)] == [(one.outcome, "robots" in one.reason) for one in (first, last)]
    assert "page-failed:robots" == last.reason
    assert "/news/1" not in office.site.paths


async def test_p51_wishes(office):
    """
    What a page asks of those who use its text goes along with the text.
    """
    page = PAGE.replace(
        "<title>", "<meta name='tdm-reservation' content='1'><meta name='robots' content='noai'><title>"
    )
    claim = await entry(office, office.site.say("/news/1", page, X_Robots_Tag="noarchive"))

    await ingest_entry(office.desk, claim)

    flags = (await office.event()).article["cleaning"]["flags"]
    assert ["robots:noai", "robots:noarchive", "robots:tdm-reservation"] == sorted(flags)


async def test_p52_once(office):
    """
    A page is fetched once, however often its feed is polled and whatever other feed has it.
    """
    url = office.site.say("/news/1", PAGE)
    items = [{"link": url, "title": "Cranes"}]
    (claim,) = await entries(office, *items)
    await ingest_entry(office.desk, claim)
    feed = await office.feed()
    for number in range(3):
        office.site.say("/feed.xml", rss(*items, {"title": f"Note {number}", "description": TEASER}), kind=RSS)
        await poll_feed(office.desk, await office.hurry("feeds", feed.id))
    for other in await entries(office, {"link": f"{url}?utm_source=rss", "title": "Cranes"}, path="/other.xml"):
        await ingest_entry(office.desk, other)

    assert 1 == office.site.paths.count("/news/1")


async def test_p52_retry_after_is_the_hosts(office):
    """
    A Retry-After holds the host's other pages and its feeds; they lose no attempt, and come back one after the other.
    """
    office = office.with_settings(host_interval=timedelta(milliseconds=10))
    office.site.say("/news/0", status=429, Retry_After="7200")
    claims = []
    for number in range(4):
        url = f"{office.site.url}/news/{number}"
        office.site.say(f"/{number}.xml", rss({"link": url, "guid": url}), kind=RSS)
        await poll_feed(office.desk, await office.subscribe(f"/{number}.xml"))
    while len(claims) < 4:
        claims += await office.claims("entries")
    first, *rest = claims
    paths = (*office.site.pages, *(f"/news/{number}" for number in range(4)))
    office.site.pages = dict.fromkeys(paths, office.site.pages["/news/0"])

    throttled = await ingest_entry(office.desk, first)
    others = [await ingest_entry(office.desk, claim) for claim in rest]

    assert ("retry", ["host-busy"] * 3) == (throttled.outcome, [report.outcome for report in others])
    assert [1, 0, 0, 0] == [await office.strikes("entries", claim.id) for claim in (first, *rest)]
    dues = [await office.store.redis.zscore(office.store.keys.due("entries"), claim.id) for claim in rest]
    assert dues[0] < dues[1] < dues[2]
    pauses = [await office.pause("entries", claim.id) for claim in rest]
    assert timedelta(hours=1, minutes=59) < min(pauses) <= max(pauses) < timedelta(hours=2, seconds=10)
    asked = len(office.site.paths)
    feed = await poll_feed(office.desk, await office.hurry("feeds", (await office.feed("/1.xml")).id))
    assert ("host-busy", asked) == (feed.outcome, len(office.site.paths))


@pytest.mark.parametrize("status", [200, 403, 503])
async def test_challenge(office, status):
    """
    A challenge in a page's place is named so, holds the host, and its words are never an article.
    """
    office = office.with_settings(max_attempts=2)
    url = office.site.say("/news/1", PAGE, status=status, cf_mitigated="challenge")
    claim = await entry(office, url, description=TEASER)

    first = await ingest_entry(office.desk, claim)
    held = await office.store.redis.pttl(office.store.keys.host("127.0.0.1"))
    await office.store.redis.delete(office.store.keys.host("127.0.0.1"))
    await ingest_entry(office.desk, await office.hurry("entries", claim.id))

    assert ("retry", True) == (first.outcome, first.reason.startswith("challenge"))
    assert CHALLENGED_PAUSE - timedelta(seconds=20) < timedelta(milliseconds=held) <= CHALLENGED_PAUSE
    article = (await office.event()).article
    assert ("feed", ["page-failed:challenge"]) == (article["content_source"], article["cleaning"]["flags"])


async def test_p46_feeds_and_pages_share_the_line(office, monkeypatch):
    """
    A feed and the pages of its site wait for the same slots.
    """
    office = office.with_settings(host_interval=timedelta(seconds=3), robots=True)
    waits = []

    async def sleep(seconds):
        waits.append(round(seconds))

    monkeypatch.setattr("ingest.stages.desk.asyncio.sleep", sleep)
    claim = await entry(office, office.site.say("/news/1", PAGE))
    await ingest_entry(office.desk, claim)
    await host_gate(office.desk)(f"{office.site.url}/feed.xml")

    assert ["/feed.xml", "/robots.txt", "/news/1"] == office.site.paths
    assert [0, 3, 6, 9] == waits
