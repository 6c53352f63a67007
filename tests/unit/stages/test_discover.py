"""Looking at an address: a feed, or a page that leads to some."""

import pytest

from ingest.stages.discover import MAX_DECLARED, MAX_GUESSES, Discovery, Offer, discover


def _page(*paths: str) -> str:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" title="T" href="{path}">' for path in paths)
    return f"<!DOCTYPE html><html><head>{links}</head><body><p>Hello.</p></body></html>"


@pytest.fixture
def document(rss):
    return rss({"title": "One", "link": "https://outlet.example/1"}, title="Outlet")


async def _discover(office, path: str) -> Discovery:
    return await discover(office.desk.http, office.desk.sandbox, office.desk.settings, office.site.url + path)


async def test_a_feed(office, document):
    """
    A feed stands for itself, after one request.
    """
    url = office.site.say("/f.xml", document)

    got = await _discover(office, "/f.xml")

    assert Discovery(offers=(Offer(url=url, title="Outlet", entries=1),), is_feed=True) == got
    assert ["/f.xml"] == office.site.paths


async def test_a_page(office, document):
    """
    A page stands for those of its declared feeds that answer.
    """
    office.site.say("/", _page("/f.xml", "/gone.xml"))
    url = office.site.say("/f.xml", document)

    got = await _discover(office, "/")

    assert ((Offer(url=url, title="Outlet", entries=1),), True) == (got.offers, got.is_page)


async def test_a_page_that_declares_nothing(office, document):
    """
    The first customary place with a feed is offered, and the others are not asked.
    """
    office.site.say("/", _page())
    url = office.site.say("/rss", document)
    office.site.say("/feed.xml", document)

    got = await _discover(office, "/")

    assert ((Offer(url=url, title="Outlet", entries=1),), ["/", "/feed", "/rss"]) == (got.offers, office.site.paths)


async def test_nothing_there(office):
    """
    A failure keeps the name that a poll would give it.
    """
    got = await _discover(office, "/none")

    assert Discovery(offers=(), outcome="status-404") == got


@pytest.mark.parametrize(
    ("page", "most"), [(_page(*(f"/{n}.xml" for n in range(30))), MAX_DECLARED), (_page(), MAX_GUESSES)]
)
async def test_few_requests(office, page, most):
    """
    However much a page declares, it is asked for a handful of documents.
    """
    office.site.say("/", page)

    await _discover(office, "/")

    assert 1 + most == len(office.site.requests)


async def test_a_page_that_breaks_its_reader(office):
    """
    A page whose reading fails is a page without feeds.
    """
    office.site.say("/", _page("/f.xml"))
    office.sandbox.failures["find_feeds"] = "deadline"

    got = await _discover(office, "/")

    assert ((), "not-a-feed-html") == (got.offers, got.outcome)
