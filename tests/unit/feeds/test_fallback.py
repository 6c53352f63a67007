"""Laws of the fallback: what feedparser reads of documents that lxml gives up on."""

import feedparser
import pytest

from ingest.errors import FeedError
from ingest.feeds.fallback import parse_xml
from ingest.models import Author, EntrySource

URL = "https://news.example/section/feed.xml"
SPACES = (
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:thr="http://purl.org/syndication/thread/1.0"'
)


def broken(inside: str):
    """The entry of an item in a document whose tags do not match."""
    feed = parse_xml(f"<rss version='2.0' {SPACES}><channel><item>{inside}</item></b></channel></rss>", URL)
    return feed.entries[0]


def test_broken_document():
    """
    A document that only feedparser's loose parser reads keeps what an entry is known by.
    """
    got = broken(
        "<guid>1</guid><link>/x</link><title>a &amp; b</title><pubDate>1 May 2024 10:00</pubDate>"
        "<dc:creator>Ann</dc:creator><source url='https://o.example/'>O</source><thr:in-reply-to ref='tag:1'/>"
        "<category>c</category><enclosure url='/a.jpg' type='image/jpeg' length='5'/>"
    )

    assert (got.guid, got.url, got.title) == ("1", "https://news.example/x", "a & b")
    assert (got.published_at.day, got.authors, got.categories) == (1, (Author(name="Ann"),), ("c",))
    assert (got.source, got.in_reply_to) == (EntrySource(title="O", url="https://o.example/"), ("tag:1",))
    assert got.image == got.enclosures[0].url == "https://news.example/a.jpg"


def test_caption():
    """
    A photo's caption is not taken for the text, which feedparser does.
    """
    got = broken("<description>Lead</description><media:content url='/i.jpg'/><media:description>c</media:description>")

    assert (got.summary_html, got.content_html) == ("Lead", "")
    assert [file.url for file in got.media] == ["https://news.example/i.jpg"]


@pytest.mark.parametrize("kind", ["", "type='html'"])
def test_only_caption(kind):
    """
    A caption is no text even where there is no other, and the text of a film is.
    """
    said = f"<media:description {kind}>Said &lt;b&gt;here&lt;/b&gt;</media:description>"

    photo = broken(f"<media:description/><title>T</title><media:content url='/i' medium='image'>{said}</media:content>")
    film = broken(f"<media:content url='/v' type='video/mp4'/>{said}")

    assert (photo.title, photo.summary_html, photo.content_html) == ("T", "", "")
    assert "Said" in film.summary_html + film.content_html


def test_id_is_no_address():
    """
    An id that feedparser puts in the link's place is no address.
    """
    assert broken("<guid>12345 at news</guid>").url is None


def test_feed():
    """
    A feed's own head is read too.
    """
    got = parse_xml(
        "<rss version='0.93'><channel><title>T</title><link>/</link><ttl>15</ttl><language>de</language>"
        "<lastBuildDate>2 May 2024 10:00</lastBuildDate><image><url>/l.png</url></image></b></channel></rss>",
        URL,
    )

    assert (got.format, got.title, got.link, got.ttl_minutes) == ("rss092", "T", "https://news.example/", 15)
    assert (got.language, got.updated_at.day, got.image) == ("de", 2, "https://news.example/l.png")


def test_feedparser_raises(monkeypatch):
    """
    Whatever feedparser raises ends in FeedError.
    """

    def burst(*_args, **_options):
        raise KeyError("x")

    monkeypatch.setattr(feedparser, "parse", burst)  # no input is known that still makes it raise after repair

    with pytest.raises(FeedError, match="KeyError") as caught:
        parse_xml("<rss/>", URL)

    assert caught.value.found == "broken"


@pytest.mark.parametrize(("document", "found"), [("<x/>", "xml"), ("<rss>" + "<x>" * 30_001, "broken")])
def test_refused(document, found):
    """
    A root without a feed is named, and so is a document built to keep feedparser busy.
    """
    with pytest.raises(FeedError) as caught:
        parse_xml(document, URL)

    assert found == caught.value.found
