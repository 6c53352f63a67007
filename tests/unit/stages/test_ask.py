"""Asking for a feed that is an index of sitemaps."""

import pytest

from ingest.models import Feed, Validators
from ingest.polling.ladder import Failed
from ingest.stages.ask import MAX_SITEMAPS, Read, look
from ingest.store.feeds import feed_id

NEWS = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">'
    "<url><loc>https://outlet.example/{0}</loc><n:news><n:title>Story {0}</n:title>"
    "<n:publication_date>2026-03-01T10:00:00Z</n:publication_date></n:news></url></urlset>"
)
PLAIN = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://outlet.example/</loc></url></urlset>'
)


@pytest.fixture
def ask(office):
    """Look at an index that names so many sitemaps; their texts, by number."""

    async def ask(count: int, **texts: str):
        for name, text in texts.items():
            office.site.say(f"/{name}.xml", text, kind="application/xml")
        items = "".join(
            f"<sitemap><loc>{office.site.url}/m{number}.xml</loc><lastmod>2026-03-0{9 - number}</lastmod></sitemap>"
            for number in range(count)
        )
        index = f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{items}</sitemapindex>'
        url = office.site.say("/index.xml", index, kind="application/xml", ETag='"one"')
        return await look(office.desk.http, office.desk.sandbox, office.desk.settings, Feed(id=feed_id(url), url=url))

    return ask


async def test_gathered(office, ask):
    """
    The entries of the sitemaps that changed last are the index's own; one without news is passed over.
    """
    got = await ask(5, m0=NEWS.format("a"), m1=PLAIN, m2=NEWS.format("b"), m3=NEWS.format("c"))

    assert isinstance(got, Read)
    assert ["Story a", "Story b"] == [entry.title for entry in got.parsed.entries]
    assert (1 + MAX_SITEMAPS, '"one"') == (len(office.site.requests), got.validators.etag)


async def test_one_fails(ask):
    """
    Where one of several fails nothing is remembered of the index, so that it is asked for again.
    """
    got = await ask(2, m0=NEWS.format("a"))

    assert (["Story a"], Validators(), "") == (
        [entry.title for entry in got.parsed.entries],
        got.validators,
        got.body_digest,
    )


@pytest.mark.parametrize(("texts", "outcome"), [({"m0": PLAIN}, "not-a-feed-sitemap"), ({}, "fetch-status")])
async def test_all_fail(ask, texts, outcome):
    """
    An index none of whose sitemaps can be used is a failed poll with its name.
    """
    got = await ask(1, **texts)

    assert isinstance(got, Failed)
    assert outcome == got.outcome
