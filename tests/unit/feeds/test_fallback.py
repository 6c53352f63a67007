"""Laws of what a feed says of itself, through feedparser and lxml."""

import feedparser
import pytest

from ingest.errors import FeedError
from ingest.feeds.fallback import parse_xml
from ingest.feeds.parse import parse_feed
from ingest.models import Author

URL = "https://news.example/section/feed.xml"
SPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    ' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


AUTHOR = Author(name="A")


def rss(inside: str):
    """The feed in a channel that holds this."""
    return parse_xml(f'<rss version="2.0" {SPACES}><channel>{inside}</channel></rss>', URL)


def test_polling_hints():
    """
    All hints on polling are kept: every skipped hour and day, ttl and the sy: module.
    """
    got = rss(
        "<ttl> 15 </ttl><sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"
        "<sy:updateBase>2024-05-01T00:00:00Z</sy:updateBase>"
        "<skipHours><hour>0</hour><hour>24</hour><hour>23</hour><hour>25</hour><hour>x</hour></skipHours>"
        "<skipDays><day>Saturday</day><day>sunday</day><day>Someday</day></skipDays>"
    )

    assert (15, "hourly", 2) == (got.ttl_minutes, got.sy_period, got.sy_frequency)
    assert got.sy_base.isoformat() == "2024-05-01T00:00:00+00:00"
    assert (got.skip_hours, got.skip_days) == ((0, 23), ("Saturday", "Sunday"))


@pytest.mark.parametrize("ttl", ["", "soon", "-5", "99999999999", "1e3"])
def test_ttl(ttl):
    """
    A ttl that is no plausible number is none.
    """
    got = rss(f"<ttl>{ttl}</ttl>")

    assert got.ttl_minutes is None


def test_links():
    """
    The site, the feed itself, its hubs and its next page are told apart and absolute.
    """
    got = rss(
        "<link>/home?a=1&amp;b=2</link><atom:link rel='self' href='feed.xml'/>"
        "<atom:link rel='hub' href='https://h.example/'/><atom:link rel='hub' href='https://i.example/'/>"
        "<atom:link rel='hub' href='javascript:x'/><atom:link rel='next' href='?page=2'/>"
    )

    assert got.link == "https://news.example/home?a=1&b=2"
    assert got.self_url == URL
    assert got.hubs == ("https://h.example/", "https://i.example/")
    assert got.next_url == f"{URL}?page=2"


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<itunes:owner><itunes:name>O</itunes:name></itunes:owner><itunes:author>A</itunes:author>", (AUTHOR,)),
        ("<managingEditor>a@a.example (A)</managingEditor>", (Author(name="A", email="a@a.example"),)),
        ("<dc:creator>A</dc:creator><dc:creator>B</dc:creator>", (Author(name="A"), Author(name="B"))),
        ("", ()),
    ],
)
def test_authors(inside, expected):
    """
    A feed's authors are those who write it, not who owns it.
    """
    got = rss(inside)

    assert expected == got.authors


def test_image():
    """
    The picture of the channel is the channel's, and so are title and link.
    """
    got = rss(
        "<title>Paper</title><link>https://news.example/</link><image><title>Logo</title><url>/l.png</url>"
        "<link>https://other.example/</link></image><textInput><title>Find</title></textInput>"
    )

    assert got.image == "https://news.example/l.png"
    assert (got.title, got.link) == ("Paper", "https://news.example/")


def test_dates():
    """
    lastBuildDate is the update, pubDate the publication.
    """
    got = rss("<pubDate>1 May 2024 10:00</pubDate><lastBuildDate>2 May 2024 10:00</lastBuildDate>")

    assert (1, 2) == (got.published_at.day, got.updated_at.day)


def test_engines_disagree():
    """
    Where the engines count different items, feedparser's word stands alone.
    """
    inside = "<item><guid>1</guid><title>a</title><link>x</link><pubDate>1 May 2024</pubDate>{}</item>"

    got = rss(inside.format("<item><title>b</title></item>"))

    first, second = got.entries
    assert (first.guid, first.url, first.published_at.day) == ("1", "https://news.example/section/x", 1)
    assert second.guid is None


@pytest.mark.parametrize(
    "inside",
    [
        "<image><width/><height></height><url>/i.png</url></image>",
        "<item><gml:pos>1 2</gml:pos></item>",
        "<item><georss:point>x</georss:point></item>",
    ],
)
def test_small_things(inside):
    """
    A feed is not lost for an element that feedparser stumbles over.
    """
    got = parse_feed(f"<rss><channel><title>T</title>{inside}</channel></rss>".encode(), URL, {})

    assert got.title == "T"


def test_feedparser_raises(monkeypatch):
    """
    Whatever feedparser raises ends in FeedError.
    """

    def burst(*_args, **_options):
        raise KeyError("x")

    monkeypatch.setattr(feedparser, "parse", burst)  # no input is known that still makes it raise after repair

    with pytest.raises(FeedError, match="KeyError") as caught:
        rss("")

    assert caught.value.found == "broken"


def test_nothing_inside():
    """
    A root without a feed is named.
    """
    with pytest.raises(FeedError) as caught:
        parse_xml("<x/>", URL)

    assert caught.value.found == "xml"
