"""Laws of the digest of a feed's entries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.feeds.parse import parse_feed
from ingest.feeds.slices import item_digest

HEAD = "<rss><channel><title>T</title><lastBuildDate>{}</lastBuildDate><pubDate>{}</pubDate><ttl>5</ttl>"
ITEM = "<item><guid>1</guid><pubDate>1 May 2024</pubDate></item>"
FEED = HEAD.format("1 May 2024", "1 May 2024") + ITEM + "</channel></rss>"


@pytest.mark.parametrize(
    "other",
    [
        HEAD.format("2 May 2024", "3 May 2024") + ITEM + "</channel></rss>",
        FEED.replace("</channel>", "<!-- made by a cache --></channel>") + "<!-- in 0.1 s -->",
        FEED.replace("<title>", "<atom:updated a='1'>2024</atom:updated><title>"),
    ],
)
def test_same(other):
    """
    Dates of the feed as a whole and comments around the entries do not count.
    """
    assert item_digest(FEED.encode()) == item_digest(other.encode()) is not None


@pytest.mark.parametrize(
    "other",
    [
        FEED.replace("<guid>1", "<guid>2"),
        FEED.replace("1 May 2024</pubDate></item>", "2 May 2024</pubDate></item>"),
        FEED.replace(ITEM, ITEM + ITEM),
        FEED.replace("<title>T", "<title>U"),
        FEED.replace("<ttl>5", "<ttl>6"),
        FEED.replace("</guid>", "</guid><![CDATA[ </item> new ]]>"),
        FEED.replace("</channel>", "<link>https://a.example/</link></channel>"),
        FEED.replace("<rss>", "<rss xml:base='https://a.example/'>"),
    ],
)
def test_different(other):
    """
    Everything else counts, wherever it stands.
    """
    assert item_digest(FEED.encode()) != item_digest(other.encode())


@pytest.mark.parametrize(
    "body",
    [
        "",
        '{"items": [{"id": "<item></item>"',
        "<rss><channel/></rss>",
        "<rss><item>",
        "<a:feed><a:entry></a:entry></a:feed>",
        "<RSS><ITEM></ITEM></RSS>",
        "<rss><x:item></x:item><item></item></rss>",
        "<rss><!-- <item></item></rss>",
        "<rss><title><![CDATA[<item></item></rss>",
        "<rss><item></item><ITEM></ITEM></rss>",
        f"<rss>{' ' * 100_001}<item></item></rss>",
    ],
)
def test_in_doubt(body):
    """
    In doubt there is no digest.
    """
    got = item_digest(body.encode())

    assert got is None or body.startswith("{")


def test_utf_16():
    """
    Bytes that are not read as ASCII give no digest.
    """
    assert item_digest(FEED.encode("utf-16")) is None


@given(st.text(alphabet="<>[]!-CDATA/itemnry &;'\" x", max_size=60), st.text(alphabet="<!-[]>/item ", max_size=40))
def test_never_hides_a_change(inside, between):
    """
    Two documents with one digest have the same entries.
    """
    one = f"<rss><channel><item><title>{inside}</title></item>{between}<item><title>b</title></item></channel></rss>"
    other = one.replace("<title>b", "<title>c")

    digest = item_digest(one.encode())

    assert digest is None or digest != item_digest(other.encode())
    assert parse_feed(one.encode(), "https://a.example/", {}).entries
