"""What the operator says of a source, in the flow of polls and articles."""

from datetime import timedelta

import pytest

from ingest.models import SourceOverride
from ingest.stages.article import ingest_entry
from ingest.stages.poll import poll_feed
from ingest.store.overrides import replace_overrides

KIND = "application/rss+xml"
SENTENCES = [f"Sentence number {number} of the story tells what the council said on Monday." for number in range(9)]
STORY = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
PAGE = (
    f"<html><head><title>Plan</title></head><body><div class='x'><p>{'Beside the story. ' * 40}</p></div>"
    f"<section id='story'>{STORY}<div class='tide'><p>High water is at noon and at midnight today.</p></div></section>"
    "</body></html>"
)


@pytest.fixture
def say(office):
    """Say something of the test's server as a source."""

    async def say(**said):
        await replace_overrides(office.store, [SourceOverride(domain="127.0.0.1", **said)])

    return say


@pytest.fixture
def article(office, rss):
    """Poll a feed of one entry, and ingest it."""

    async def article():
        url = office.site.say("/story", PAGE)
        item = {"guid": "1", "link": url, "title": "Plan", "description": f"The feed's own text. {STORY}"}
        office.site.say("/feed.xml", rss(item), kind=KIND)
        await poll_feed(office.desk, await office.subscribe())
        return (await ingest_entry(office.desk, await office.claim("entries"))).article

    return article


async def test_user_agent(office, say, article):
    """
    A source is asked by the name the operator gave for it, feed and page alike.
    """
    await say(user_agent="harbour/1.0 (+https://us.example/)")

    await article()

    agents = {request.path: request.headers["User-Agent"] for request in office.site.requests}
    assert agents["/feed.xml"].startswith("harbour/1.0 (+https://us.example/")
    assert "harbour/1.0 (+https://us.example/)" == agents["/story"]


async def test_any_certificate(office, say, article, monkeypatch):
    """
    Of a source that may show any certificate, neither the feed's nor a page's is checked.
    """
    await say(accepts_any_certificate=True)
    asked = {}
    get = office.desk.http.get

    async def noting(url, **options):
        asked[url.rpartition("/")[2]] = options.get("unchecked")
        return await get(url, **options)

    monkeypatch.setattr(office.desk.http, "get", noting)

    await article()

    assert {"feed.xml": "127.0.0.1", "story": "127.0.0.1"} == asked


async def test_interval(office, say, rss):
    """
    A source's pause holds for its feeds, and a feed's own pause before it.
    """
    office.site.say("/feed.xml", rss({"guid": "1"}), kind=KIND)
    office.site.say("/own.xml", rss({"guid": "1"}), kind=KIND)
    await say(interval=timedelta(minutes=10))

    reports = [
        await poll_feed(office.desk, await office.subscribe("/feed.xml")),
        await poll_feed(office.desk, await office.subscribe("/own.xml", interval=timedelta(minutes=20))),
    ]

    assert [timedelta(minutes=10), timedelta(minutes=20)] == [report.next.at - office.t0 for report in reports]


async def test_feed_only(office, say, article):
    """
    Pages of a source that is read by its feeds only are never asked for.
    """
    await say(is_feed_only=True)

    got = await article()

    assert ("feed", ["feed-only"], ["/feed.xml"]) == (got.content_source, [*got.flags][:1], office.site.paths)


@pytest.mark.parametrize(("ignores", "source"), [(False, "feed"), (True, "page")])
async def test_robots(office, say, article, ignores, source):
    """
    A source's robots.txt is heeded unless the operator has its owner's word.
    """
    office.desk = office.with_settings(robots=True).desk
    office.site.say("/robots.txt", "User-agent: *\nDisallow: /", kind="text/plain")
    await say(ignores_robots=ignores)

    got = await article()

    assert source == got.content_source


async def test_selectors(say, article):
    """
    Where the operator says where the text stands, all of it is taken and nothing else; what is to go goes, signed.
    """
    await say(within=("section#story",), strip=("div.tide",))

    got = await article()

    assert (tuple(SENTENCES), "selectors") == (got.cleaning.paragraphs, got.extraction_method)
    assert ["operator-127.0.0.1"] == [removal.rule for removal in got.cleaning.removals]


async def test_selectors_that_fit_nothing(say, article):
    """
    Selectors that a redesign has left behind lose no article.
    """
    await say(within=("article.gone",))

    got = await article()

    assert set(SENTENCES) <= set(got.cleaning.paragraphs)
