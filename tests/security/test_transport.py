"""S15-S22: what a server may do to whoever asks it; most of it stands in tests/unit/net."""

from __future__ import annotations

import resource
import time

import pytest
from aiohttp import web

from ingest.errors import FetchError
from ingest.net.http import FEED_ACCEPT
from ingest.stages.article import ingest_entry
from ingest.stages.poll import poll_feed
from tests.security.payloads import air, item, quine_like, rss

TEXT = "The council voted to widen the quay, the feed itself says in a sentence that is long enough to be kept."


@pytest.fixture(scope="module")
def bomb():
    """100 MB of zeros in 100 KB."""
    return air(100)


@pytest.mark.parametrize(
    ("coding", "failure"),
    [("gzip", "bomb"), ("gzip, gzip", "bad-encoding"), ("zstd", "bad-encoding"), ("br", "bad-encoding")],
)
async def test_bombs_cost_no_memory(guarded, bomb, coding, failure):
    """
    S15: a bomb, in a coding we undo or in one that we do not, ends by name and leaves the process as large as it was.
    """
    url = guarded.site.url + "/bomb"
    guarded.site.pages["/bomb"] = lambda _: web.Response(body=bomb, headers={"Content-Encoding": coding})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(FetchError) as caught:
        await guarded.desk.http.get(url, accept=FEED_ACCEPT, max_bytes=10_000_000)

    assert failure == caught.value.failure
    assert 20_000 > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


async def test_bomb_for_robots(guarded, bomb):
    """
    S16: a bomb in place of robots.txt ends by name, and the site's pages are not asked for.
    """
    office = guarded.with_settings(robots=True)
    page = office.site.say("/page", "news")
    office.site.say("/feed.xml", rss(item(guid="1", description=TEXT, link=page)).decode(), kind="application/rss+xml")
    # Of a long robots.txt the beginning counts: only what is beyond any beginning is a bomb.
    office.site.pages["/robots.txt"] = lambda _: web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    begun = time.process_time()
    await poll_feed(office.desk, await office.subscribe())
    report = await ingest_entry(office.desk, await office.claim("entries"))

    assert report.outcome in {"published", "retry"}
    assert 2 > time.process_time() - begun


async def test_quine(guarded):
    """
    S33: one layer of a body that is packed in itself is undone, and not the next.
    """
    url = guarded.site.url + "/quine"
    guarded.site.pages["/quine"] = lambda _: web.Response(body=quine_like(3), headers={"Content-Encoding": "gzip"})

    got = await guarded.desk.http.get(url, accept=FEED_ACCEPT, max_bytes=100_000)

    assert b"\x1f\x8b" == got.body[:2]
