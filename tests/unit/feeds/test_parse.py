"""Laws of a feed as a whole: bytes in, one frozen value or FeedError out."""

import contextlib
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import FeedError
from ingest.feeds import parse_feed
from ingest.feeds.limits import MAX_ENTRIES
from ingest.feeds.parse import MAX_SMALL_BYTES, is_small, parse_small
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


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "https://news.example/section/a"),
        ({"content-location": "/other/feed"}, "https://news.example/other/a"),
        ({"content-location": "javascript:x"}, "https://news.example/section/a"),
    ],
)
def test_content_location(headers, expected):
    """
    Who hands on Content-Location has it for the base of relative addresses, never of ids.
    """
    document = RSS.format("<item><guid>g</guid><link>a</link></item>")

    got = parse_feed(document.encode(), URL, headers)

    assert ("g", expected) == (got.entries[0].guid, got.entries[0].url)


@pytest.mark.parametrize("headers", [{"cf-mitigated": "challenge"}, {"x-amzn-waf-action": "captcha"}])
def test_challenge(headers):
    """
    A challenge is known by its header, whatever the body is.
    """
    with pytest.raises(FeedError) as caught:
        parse_small(b"<rss/>", URL, headers)

    assert caught.value.found == "challenge"


def test_small():
    """
    The fast path alone gives the same for a sound document.
    """
    assert parse_small(FULL, URL, {}) == parse_feed(FULL, URL, {})


@pytest.mark.parametrize(
    "body",
    [
        FULL + b" " * MAX_SMALL_BYTES,
        b'<!DOCTYPE rss [<!ENTITY x "y">]>' + FULL,
        FULL.replace(b"</guid>", b"</id>"),
        FULL.replace(b"<guid>", b"&nbsp;<guid>"),
        FULL.replace(b">d<", b">&#150;<"),
        b"<urlset><url>",
    ],
)
def test_not_small(body):
    """
    What is long, broken or declares entities is for the sandbox.
    """
    assert parse_small(body, URL, {}) is None
    assert not is_small(body) or len(body) <= MAX_SMALL_BYTES


@pytest.mark.parametrize(
    ("before", "unit", "after"),
    [
        ("", "<", ""),
        ("", "<a>", ""),
        ("", "<!DOCTYPE [", ""),
        ("<html>", "verify that you are ", ""),
        ("<rss><channel>", "<item/>", "</channel></rss>"),
        ("<rss><channel><item><title>", "&amp;amp;", "</title></item></channel></rss>"),
        ("<rss><channel><item><description>", "&lt;!--", "</description></item></channel></rss>"),
        ("<rss><channel><item><description>", "<br/>", "</description></item></channel></rss>"),
        ("<rss><channel><item>", "<pubDate>1 x 2024 at 10:00 (a) (b)</pubDate>", "</item></channel></rss>"),
        ("<rss><channel><item>", "<!---->", "</item></channel></rss>"),
        ("<rss><channel><item><author>", "a@a.", "</author></item></channel></rss>"),
        ("<feed><entry>", "<link rel='enclosure' href='a b'/>", "</entry></feed>"),
    ],
)
def test_linear(before, unit, after):
    """
    A document built to keep a parser busy takes the fast path no longer than its length allows.
    """
    count = 200_000 // len(unit)

    started = time.process_time()
    with contextlib.suppress(FeedError):
        parse_small(f"{before}{unit * count}{after}".encode(), URL, {})

    assert time.process_time() - started < 2  # quadratic work takes ten times as long, a busy machine twice
