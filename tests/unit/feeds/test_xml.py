"""Laws of what a feed says of itself, read from the tree."""

import pytest

from ingest.feeds.parse import parse_feed
from ingest.feeds.xml import count_items, mend_xml, read_xml
from ingest.models import Author

URL = "https://news.example/section/feed.xml"
SPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    ' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


PREFIXED = "<a:feed xmlns:a='http://www.w3.org/2005/Atom'>"
RDF = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>"
AUTHOR = Author(name="A")


def rss(inside: str):
    """The feed in a channel that holds this."""
    got = read_xml(f'<rss version="2.0" {SPACES}><channel>{inside}</channel></rss>'.encode(), URL)
    assert got is not None
    return got


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


def test_nested_items():
    """
    Where an end tag was forgotten and closed later, the items inside one another are all kept.
    """
    got = rss("<item><guid>1</guid><title>a</title><item><guid>2</guid><title>b</title></item></item>")

    assert [(entry.guid, entry.title) for entry in got.entries] == [("1", "a"), ("2", "b")]


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


@pytest.mark.parametrize(
    "document",
    [
        "<rss><channel><item><title>a</title></item></channel><item><title>b</title></item></rss>",
        "<RSS><CHANNEL><ITEM><TITLE>a</TITLE></ITEM><ITEM><TITLE>b</TITLE></ITEM></CHANNEL></RSS>",
        "<rss><channel><items><item><title>a</title></item><item><title>b</title></item></items></channel></rss>",
        "<rss xmlns='https://x.example/'><channel><item><title>a</title></item><item><title>b</title></item></channel></rss>",
        "<feed><entry><title>a</title></entry><entry><title>b</title></entry></feed>",
        f"{PREFIXED}<a:entry><a:title>a</a:title></a:entry><a:entry><a:title>b</a:title></a:entry></a:feed>",
        f"{RDF}<channel/><item><title>a</title></item><item><title>b</title></item></rdf:RDF>",
    ],
)
def test_items(document):
    """
    Items are found wherever they stand, in any case and under any prefix.
    """
    got = read_xml(document.encode(), URL)

    assert got is not None
    assert [entry.title for entry in got.entries] == ["a", "b"]


@pytest.mark.parametrize(
    "document",
    [
        "<rss><channel><item>",
        "<channel><item/></channel>",
        "<note/>",
        "<rss><x:item xmlns:x='https://x.example/'><title>a</title></x:item></rss>",
        "<rss>&nbsp;</rss>",
    ],
)
def test_not_read(document):
    """
    What is broken, strange or shows fewer items than its bytes have is left to the next parser.
    """
    got = read_xml(document.encode(), URL)

    assert got is None


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("<rss><channel><item><title>a</title></item><item><title>b", ["a", "b"]),
        ("<rss><channel><item><media:credit>x</media:credit><title>a</title></item></channel></rss>", ["a"]),
        ("<rss><channel><item><title>a<br></title></item><item/></channel></rss>", None),
        ("<rss><channel><item><title>a</title></item></channel></rss><item/>", None),
        ("<rss><channel><item><title>1 < 2</title></item></channel></rss>", None),
    ],
)
def test_mended(document, expected):
    """
    A missing end and an undeclared prefix are mended; where libxml2 would guess, it is not asked.
    """
    got = mend_xml(document.encode(), URL)

    assert expected == (None if got is None else [entry.title for entry in got.entries])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<item><item a='1'><a:entry><ENTRY/>", 4),
        (b"<items><entries><itemized>", 0),
        (b"<!-- <item> --><![CDATA[<item>]]><item>", 1),
        (b"<![CDATA[ <!-- ]]><item><!-- <![CDATA[ --><item>", 2),
        (b"<item><!-- <item>", 2),
    ],
)
def test_count_items(body, expected):
    """
    Start tags of entries are counted outside comments and CDATA sections.
    """
    assert expected == count_items(body)
