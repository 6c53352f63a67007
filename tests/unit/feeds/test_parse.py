"""Laws of a feed as a whole: bytes in, one frozen value or FeedError out."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import FeedError
from ingest.feeds import parse_feed
from ingest.feeds.repair import MAX_ENTRIES
from ingest.models import ParsedFeed

URL = "https://news.example/section/feed.xml"
RSS = (
    '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:media="http://search.yahoo.com/mrss/"><channel><title>T</title>{}</channel></rss>'
)


RDF = (
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>"
    "<channel><title>T</title></channel></rdf:RDF>"
)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "empty"),
        (b" \n\xef\xbb\xbf", "empty"),
        (b"<!DOCTYPE html><html><head><title>x</title></head></html>", "html"),
        (b"<opml><body/></opml>", "opml"),
        (b"<urlset><url/></urlset>", "sitemap"),
        (b'{"error": 1}', "json"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": [', "broken"),
        (b"<note>hello</note>", "xml"),
        (b"hello", "text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR", "binary"),
        (b"<rss>" + b"<x>" * 50_000, "broken"),
    ],
)
def test_no_feed(data, found):
    """
    What is no feed is refused by its name.
    """
    with pytest.raises(FeedError) as caught:
        parse_feed(data, URL, {})

    assert found == caught.value.found


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (RSS.format(""), "rss20"),
        ("<rss version='0.91'><channel><title>T</title></channel></rss>", "rss091"),
        ("<rss version='0.93'><channel><title>T</title></channel></rss>", "rss092"),
        ("<rss><channel><title>T</title></channel></rss>", "rss20"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title></feed>", "atom10"),
        ("<feed xmlns='http://purl.org/atom/ns#' version='0.3'><title>T</title></feed>", "atom03"),
        (RDF, "rss10"),
        ('{"version": "https://jsonfeed.org/version/1.1", "title": "T"}', "json11"),
    ],
)
def test_format(document, expected):
    """
    Every format has its word.
    """
    got = parse_feed(document.encode(), URL, {})

    assert (expected, "T") == (got.format, got.title)


def test_header_language():
    """
    The header's language counts where the feed names none.
    """
    headers = {"content-language": "de, en"}

    silent = parse_feed(RSS.format("").encode(), URL, headers)
    named = parse_feed(RSS.format("<language>fr</language>").encode(), URL, headers)

    assert ("de", "fr") == (silent.language, named.language)


def test_at_most():
    """
    No more entries are kept than the limit, and they are the first.
    """
    items = "".join(f"<item><title>{number}</title></item>" for number in range(MAX_ENTRIES + 10))

    got = parse_feed(RSS.format(items).encode(), URL, {})

    assert len(got.entries) == MAX_ENTRIES
    assert got.entries[-1].title == str(MAX_ENTRIES - 1)


FULL = RSS.format(
    "<link>/</link><item><guid>1</guid><link>a/1</link><title>&lt;b&gt;A&lt;/b&gt;</title>"
    "<pubDate>Wed, 01 May 2024 10:00:00 GMT</pubDate><description>d</description></item>"
).encode()


@settings(deadline=None)  # the machine is shared
@given(st.integers(0, len(FULL)), st.integers(0, len(FULL) - 1), st.integers(0, 255))
def test_damaged(cut, place, byte):
    """
    However a document is cut or damaged, it ends in a feed or in FeedError.
    """
    damaged = bytearray(FULL)
    damaged[place] = byte

    try:
        got = parse_feed(bytes(damaged[:cut]), URL, {})
    except FeedError:
        return

    assert isinstance(got, ParsedFeed)
    for entry in got.entries:
        assert entry.url is None or entry.url.startswith(("http://", "https://"))


def test_undamaged():
    """
    Addresses are resolved against where the feed came from, ids are not, titles are plain.
    """
    got = parse_feed(FULL, URL, {"content-type": "text/html; charset=utf-8"})

    assert got.link == "https://news.example/"
    (entry,) = got.entries
    assert (entry.guid, entry.url, entry.title) == ("1", "https://news.example/section/a/1", "A")
    assert entry.published_at == datetime(2024, 5, 1, 10, tzinfo=UTC)
