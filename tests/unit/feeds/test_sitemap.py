"""Laws of sitemaps that are read as feeds."""

from datetime import UTC, datetime

import pytest

from ingest.errors import FeedError
from ingest.feeds.parse import parse_feed, parse_small
from ingest.feeds.sitemap import MAX_CHILDREN
from ingest.models import Enclosure, Entry

URL = "https://news.example/sitemap-news.xml"
OPEN = (
    "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    " xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'"
    " xmlns:image='http://www.google.com/schemas/sitemap-image/1.1'>"
)
NEWS = (
    "<url><loc>https://news.example/a?x=1&amp;y=2</loc><lastmod>2024-05-02</lastmod><news:news><news:publication>"
    "<news:name>Paper</news:name><news:language>en</news:language></news:publication>"
    "<news:publication_date>2024-05-01T12:00:00+02:00</news:publication_date><news:title>AT&amp;T wins</news:title>"
    "<news:keywords>trade, ports,</news:keywords></news:news>"
    "<image:image><image:loc>/i.jpg</image:loc><image:caption>A quay</image:caption></image:image></url>"
)
PLAIN = "<url><loc>https://news.example/about</loc></url>"


def read(document: str):
    """The feed in this document."""
    return parse_feed(document.encode(), URL, {})


def test_news():
    """
    A page with news is an entry; a page without is none.
    """
    got = read(f"{OPEN}{PLAIN}{NEWS}</urlset>")

    picture = "https://news.example/i.jpg"
    expected = Entry(
        url="https://news.example/a?x=1&y=2",
        title="AT&T wins",
        published_at=datetime(2024, 5, 1, 10, tzinfo=UTC),
        updated_at=datetime(2024, 5, 2, tzinfo=UTC),
        categories=("trade", "ports"),
        language="en",
        media=(Enclosure(url=picture, type="image", caption="A quay"),),
        image=picture,
    )
    assert ("sitemap", (expected,)) == (got.format, got.entries)


def test_truncated():
    """
    A sitemap without its end keeps the pages before it.
    """
    got = read(f"{OPEN}{NEWS}{NEWS}<url><loc>https://news.exa")

    assert [entry.title for entry in got.entries] == ["AT&T wins", "AT&T wins"]


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (f"{OPEN}{PLAIN}</urlset>", "sitemap"),
        (f"{OPEN}</urlset>", "sitemap"),
        (f"{OPEN}<url><loc>javascript:x</loc><news:news/></url></urlset>", "sitemap"),
        (f"{OPEN}<url></loc></urlset>", "sitemap"),
        (f"{OPEN}{'<x>' * 300}</urlset>", "broken"),
    ],
)
def test_no_feed(document, found):
    """
    A sitemap without news is no feed, nor is one that cannot be read.
    """
    with pytest.raises(FeedError) as caught:
        read(document)

    assert found == caught.value.found


@pytest.mark.parametrize("fault", ["<url><loc>/x</url>", "<url><loc>/x</LOC></p></url>", "<url><loc>/x</loc>"])
def test_faults(fault):
    """
    Tags that do not match do not cost a sitemap its pages.
    """
    got = read(f"{OPEN}{NEWS}{fault}{NEWS}</urlset>")

    assert [entry.title for entry in got.entries] == ["AT&T wins", "AT&T wins"]


def test_index():
    """
    An index names the sitemaps to read next, those changed last in front.
    """
    children = "".join(
        f"<sitemap><loc>/s{day}.xml</loc><lastmod>2024-05-{day:02}</lastmod></sitemap>" for day in (1, 3, 2)
    )

    got = read(f"<sitemapindex>{children}<sitemap><loc>ftp://x/</loc></sitemap></sitemapindex>")

    assert (got.format, got.entries) == ("sitemapindex", ())
    assert got.children == tuple(f"https://news.example/s{day}.xml" for day in (3, 2, 1))


def test_long_index():
    """
    Of an archive's index the first sitemaps are named.
    """
    children = "".join(f"<sitemap><loc>/s{number}.xml</loc></sitemap>" for number in range(MAX_CHILDREN + 5))

    got = parse_small(f"<sitemapindex>{children}</sitemapindex>".encode(), URL, {})

    assert got is not None
    assert len(got.children) == MAX_CHILDREN
    assert got.children[0] == "https://news.example/s0.xml"
