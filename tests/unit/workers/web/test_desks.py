"""Desks of many kinds: full, empty, ill-mannered, idle, large; every page is there and is sound."""

import re

import pytest

from ingest.models import SourceOverride
from ingest.store.feeds import add_feed
from ingest.store.overrides import replace_overrides
from tests.e2e.fleet import ROOT
from tests.unit.workers.web import seed
from tests.unit.workers.web.sound import PAGES, crawl, faults


@pytest.mark.parametrize("is_logged_in", [False, True])
async def test_every_link_leads_somewhere(site, is_logged_in):
    """
    From the first page every page is reached, every one is sound, and nothing foreign in it runs or is loaded.
    """
    if is_logged_in:
        await site.log_in()

    pages = await crawl(site, *PAGES)

    assert len(pages) > 45
    assert [] == [fault for path, text in pages.items() if text for fault in faults(path, text)]
    assert {True} == {seed.SECRET not in text for text in pages.values()}
    assert is_logged_in == any("/feeds/x/pause".replace("x", site.ids["feed"]) in text for text in pages.values())


async def test_empty_desk(bare):
    """
    A desk on which nothing has happened has every page, and says so; without a token there is nothing to log in to.
    """
    for path in PAGES:
        status, _, text = await bare.get(path)

        assert (403 if path == "/login" else 200) == status
        assert [] == faults(path, text)
        assert 'method="post"' not in text


async def test_warnings(open_site, store):
    """
    What an operator has allowed against good manners, and a store that forgets, are said on the first page.
    """
    await replace_overrides(
        store, [SourceOverride(domain="own.example", ignores_robots=True, accepts_any_certificate=True)]
    )
    site = await open_site(robots=False, redis_url="rediss://x:1", redis_tls_verify=False)
    text = " ".join((await site.page("/")).text_content().split())

    assert "robots.txt is not heeded for own.example" in text
    assert "Certificates are not checked for own.example" in text
    assert "robots.txt is heeded for no site" in text
    assert "certificate is not checked" in text


async def test_overdue_work(bare, store):
    """
    Work that nobody does is a grave warning.
    """
    await store.redis.zadd(store.keys.due("feeds"), {"f": 1000})

    document = await bare.page("/")

    assert ["1 thing needs you"] == [" ".join(one.text_content().split()) for one in document.xpath("//h1")]


async def test_many_feeds(bare, store):
    """
    A long list comes in parts, and the last one has what is left.
    """
    for number in range(120):
        await add_feed(store, f"https://many.example/{number}")

    first, last = await bare.page("/feeds"), await bare.page("/feeds?page=3")

    assert (50, 20) == (len(first.xpath("//tbody/tr")), len(last.xpath("//tbody/tr")))
    assert {"/feeds?page=2"} == set(first.xpath("//nav[@class='pager']/a/@href"))


async def test_documented(bare):
    """
    The page about the status page names every page there is, and no other.
    """
    text = (ROOT / "docs" / "reference" / "status-page.md").read_text(encoding="utf-8")
    machines = {"/healthz", "/readyz", "/metrics", "/websub/{token}", "/static/{name}", "/login"}

    routes = {route.resource.canonical for route in bare.client.app.router.routes() if route.method == "GET"}
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `/")]
    assert routes - machines == {path for row in rows for path in re.findall(r"`([^`]+)`", row)}
