"""Laws of an entry of an XML feed."""

from datetime import UTC, datetime

import pytest

from ingest.feeds.parse import parse_feed
from ingest.models import Author, EntrySource

URL = "https://news.example/section/feed.xml"
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:dcterms="http://purl.org/dc/terms/"'
    ' xmlns:old="http://purl.org/atom/ns#" xmlns:yandex="http://news.yandex.ru" xmlns:turbo="http://turbo.yandex.ru"'
    ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:thr="http://purl.org/syndication/thread/1.0"'
)
CAPTION = "<media:description>Photo caption</media:description>"
TEN = datetime(2024, 5, 1, 10, tzinfo=UTC)


def read(document: str):
    """The feed in this document."""
    return parse_feed(document.encode(), URL, {})


def item(inside: str, *, tail: str = ""):
    """The entry of an RSS item that holds this; ``tail`` can break the document."""
    return read(f'<rss version="2.0" {SPACES}><channel><item>{inside}</item>{tail}</channel></rss>').entries[0]


def atom(inside: str, *, feed: str = ""):
    """The entry of an Atom feed that holds this."""
    document = f'<feed xmlns="http://www.w3.org/2005/Atom" {SPACES}>{feed}<entry>{inside}</entry></feed>'
    return read(document).entries[0]


@pytest.mark.parametrize(
    ("inside", "guid", "url"),
    [
        ("<guid>https://a.example/p</guid>", "https://a.example/p", "https://a.example/p"),
        ("<guid isPermaLink='false'>https://a.example/p</guid>", "https://a.example/p", None),
        ("<guid>12345 at news</guid>", "12345 at news", None),
        ("<guid>https://a.example/?p=9</guid><link>/x</link>", "https://a.example/?p=9", "https://news.example/x"),
        ("<guid>1</guid><enclosure url='https://a.example/a.mp3'/>", "1", None),
        ("<link>../x?a=1&amp;b=2</link>", None, "https://news.example/x?a=1&b=2"),
        ("<link>\n https://a.example/x \n</link>", None, "https://a.example/x"),
        ("<link>javascript:alert(1)</link>", None, None),
        ("<atom:link rel='self' href='/s'/><link>/x</link>", None, "https://news.example/x"),
        ("<link>/x</link><image><link>https://other.example/</link></image>", None, "https://news.example/x"),
        ("<link xml:base='https://b.example/d/'>x</link>", None, "https://b.example/d/x"),
        ("<link>www.a.example/x</link>", None, "https://www.a.example/x"),
        ("<link>www.a.example</link>", None, "https://www.a.example"),
        ("<link>www.html</link>", None, "https://news.example/section/www.html"),
        (
            "<link>&lt;a href=&quot;/x?a=1&amp;amp;b=2&quot;&gt;Read&lt;/a&gt;</link>",
            None,
            "https://news.example/x?a=1&b=2",
        ),
        ("<link>https://a.example/x\n      /y</link>", None, "https://a.example/x/y"),
        ("<link>&lt;b&gt;</link>", None, None),
    ],
)
def test_rss_address(inside, guid, url):
    """
    Ids are as they stand; an id is an address only where RSS says so and it looks like one.
    """
    got = item(inside)

    assert (guid, url) == (got.guid, got.url)


@pytest.mark.parametrize(
    ("inside", "guid", "url"),
    [
        ("<id>t3_abc</id><link href='/x'/>", "t3_abc", "https://b.example/x"),
        (
            "<id>e</id><link rel='self' href='s'/><link type='application/json' href='j'/><link href='h'/>",
            "e",
            "https://b.example/d/h",
        ),
    ],
)
def test_atom_address(inside, guid, url):
    """
    xml:base is the base of links and never of ids; the HTML alternate is the address.
    """
    document = (
        f"<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://b.example/d/'><entry>{inside}</entry></feed>"
    )

    got = read(document).entries[0]

    assert (guid, url) == (got.guid, got.url)


@pytest.mark.parametrize(
    ("inside", "title"),
    [
        ("<title>AT&amp;amp;T &amp;lt; rivals</title>", "AT&T < rivals"),
        ("<title>&lt;b&gt;Bold&lt;/b&gt;\n move</title>", "Bold move"),
        ("<title>Use of &lt;blink&gt; here</title>", "Use of <blink> here"),
        ("<title>&lt;![CDATA[Hello &amp;amp; goodbye]]&gt;</title>", "Hello & goodbye"),
        ("<title><![CDATA[One<br/>two &amp; three]]></title>", "One two & three"),
        ("<title>Profit &lt; 5% &amp; falling</title>", "Profit < 5% & falling"),
        ("<media:content url='/i.jpg'><media:title>Photo</media:title></media:content><title>Real</title>", "Real"),
        ("<title>Ep 1: Real</title><itunes:title>Real</itunes:title>", "Ep 1: Real"),
    ],
)
def test_title(inside, title):
    """
    A title is plain text, one level of escaping undone.
    """
    got = item(inside)

    assert title == got.title


@pytest.mark.parametrize(
    "inside",
    [
        f"{CAPTION}<description>Lead</description>",
        f"<description>Lead</description>{CAPTION}",
        f"<media:content url='/i.jpg'>{CAPTION}</media:content><description>Lead</description>",
        f"<description>Lead</description><media:group><media:content url='/i.jpg'/>{CAPTION}</media:group>",
    ],
)
def test_caption(inside):
    """
    A photo's caption is never the article's text: it stays with the photo.
    """
    got = item(inside)

    assert (got.summary_html, got.content_html) == ("Lead", "")
    assert all(file.caption == "Photo caption" for file in got.media)


def test_caption_beside_text():
    """
    Beside a caption the full text keeps its markup, in RSS and in Atom.
    """
    caption = "<media:content url='/i.jpg'><media:description>c</media:description></media:content>"

    rss = item(
        f"{caption}<description><p>One</p></description><content:encoded><![CDATA[<p>Two</p>]]></content:encoded>"
    )
    xhtml = "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>Two</p></div></content>"
    entry = atom(f"{caption}<summary>a &lt; b</summary>{xhtml}")

    assert (rss.summary_html, rss.content_html) == ("<p>One</p>", "<p>Two</p>")
    assert entry.summary_html == "a &lt; b"
    assert ">Two</p>" in entry.content_html


@pytest.mark.parametrize(
    ("inside", "summary", "content"),
    [
        ("<description>S</description><content:encoded>&lt;p&gt;F&lt;/p&gt;</content:encoded>", "S", "<p>F</p>"),
        (
            "<content:encoded><![CDATA[a ]]]]><![CDATA[> b]]></content:encoded><description>S</description>",
            "S",
            "a ]]> b",
        ),
        ("<content:encoded>&lt;p&gt;F&lt;/p&gt;</content:encoded>", "", "<p>F</p>"),
        ("<description>a\x85b</description>", "a…b", ""),
    ],
)
def test_texts(inside, summary, content):
    """
    Summary and content are what the item calls so.
    """
    got = item(inside)

    assert (summary, content) == (got.summary_html, got.content_html)


def test_atom_text():
    """
    Atom's plain text becomes an HTML fragment that shows the same.
    """
    got = atom("<content type='text'>if a &lt; b then &lt;c></content>")

    assert got.content_html == "if a &lt; b then &lt;c&gt;"


@pytest.mark.parametrize(
    ("inside", "published", "updated"),
    [
        ("<pubDate>Wed, 01 May 2024 12:00:00 CEST</pubDate>", TEN, None),
        ("<dc:date>2024-05-01T12:00:00+02:00</dc:date>", TEN, TEN),
        ("<old:issued>2024-05-01T10:00:00Z</old:issued>", TEN, None),
        ("<old:modified>2024-05-01T10:00:00Z</old:modified>", None, TEN),
        ("<pubDate>soon</pubDate><dc:date>2024-05-01T10:00:00Z</dc:date>", TEN, TEN),
        ("<dcterms:created>2024-05-01T10:00:00Z</dcterms:created>", TEN, None),
        ("<dcterms:modified>2024-05-01T10:00:00Z</dcterms:modified>", None, TEN),
        ("<atom:updated>2024-05-01T10:00:00Z</atom:updated>", None, TEN),
        ("<pubDate>2024-j\u00falius-13T9:15-05:00</pubDate>", datetime(2024, 7, 13, 14, 15, tzinfo=UTC), None),
        ("<pubDate>2024-05-01-10:00</pubDate>", None, None),
        ("<pubDate>0000-00-00</pubDate>", None, None),
        ("", None, None),
    ],
)
def test_dates(inside, published, updated):
    """
    Dates come from the elements that mean them, never by feedparser's guess.
    """
    got = item(inside)

    assert (published, updated) == (got.published_at, got.updated_at)


@pytest.mark.parametrize("tail", ["", "<item>"])
def test_authors(tail):
    """
    Every author of an item is kept, each once.
    """
    got = item("<dc:creator>Ann Lee</dc:creator><dc:creator><![CDATA[Bo & Co]]></dc:creator>", tail=tail)

    assert (Author(name="Ann Lee"), Author(name="Bo & Co")) == got.authors


def test_author_forms():
    """
    Mail address and page of an author are told apart from the name.
    """
    rss = item("<author>ann@a.example (Ann)</author>")
    entry = atom("<author><name>Ann</name><email>ann@a.example</email><uri>/ann</uri></author>")

    assert (Author(name="Ann", email="ann@a.example"),) == rss.authors
    assert (Author(name="Ann", email="ann@a.example", url="https://news.example/ann"),) == entry.authors


@pytest.mark.parametrize("path", ["a", "a" * 2000])
def test_author_of_any_length(path):
    """
    An author's page and mail address are kept whole, however long, and each author once.
    """
    one = f"<author><name>Ann</name><email>{path}@a.example</email><uri>/{path}</uri></author>"

    got = atom(one + one)

    assert (Author(name="Ann", email=f"{path}@a.example", url=f"https://news.example/{path}"),) == got.authors


def test_inherited_authors():
    """
    An Atom entry without author has its source's, else its feed's (RFC 4287 4.2.1); an RSS item has none.
    """
    desk = "<author><name>Desk</name></author>"

    inherited = atom("<id>e</id>", feed=desk)
    sourced = atom("<id>e</id><source><author><name>Origin</name></author></source>", feed=desk)
    rss = read(f"<rss version='2.0' {SPACES}><channel><itunes:author>D</itunes:author><item/></channel></rss>")

    assert (Author(name="Desk"),) == inherited.authors
    assert (Author(name="Origin"),) == sourced.authors
    assert rss.entries[0].authors == ()


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (
            "<source url='https://o.example/f'>The Agency</source>",
            EntrySource(title="The Agency", url="https://o.example/f"),
        ),
        ("<source>https://o.example/x</source>", EntrySource(url="https://o.example/x")),
        ("<dc:source>Reuters</dc:source>", EntrySource(title="Reuters")),
        ("<dc:source>https://o.example/x</dc:source>", EntrySource(url="https://o.example/x")),
        ("<source url='javascript:x'></source>", None),
        ("<title>a</title>", None),
    ],
)
def test_rss_source(inside, expected):
    """
    The feed an item was taken over from is named.
    """
    got = item(inside)

    assert expected == got.source


def test_atom_source():
    """
    atom:source is the source and spoils nothing of the entry.
    """
    got = atom(
        "<id>e</id><title>a</title><updated>2024-05-01T10:00:00Z</updated><source><id>urn:s</id><title>Orig</title>"
        "<link href='https://o.example/'/><link rel='self' href='https://o.example/f'/>"
        "<updated>2001-01-01T00:00:00Z</updated></source>"
    )

    assert EntrySource(id="urn:s", title="Orig", url="https://o.example/f") == got.source
    assert ("e", "a", TEN) == (got.guid, got.title, got.updated_at)


def test_the_rest():
    """
    Categories, comments, the address behind a tracking link and the entry answered are kept.
    """
    got = item(
        "<category>A, B</category><category domain='d'>C &amp; D</category><category/><dc:subject>E</dc:subject>"
        "<category>A, B</category><media:category>photo</media:category><comments>/x#c</comments>"
        "<feedburner:origLink>https://a.example/x</feedburner:origLink><thr:in-reply-to ref='tag:1'/>"
        "<thr:in-reply-to href='https://a.example/2'/><dc:rights>(c) A</dc:rights>"
    )

    assert got.categories == ("A, B", "C & D", "E")
    assert got.comments == "https://news.example/x#c"
    assert got.orig_url == "https://a.example/x"
    assert got.in_reply_to == ("tag:1", "https://a.example/2")
    assert got.rights == "(c) A"


@pytest.mark.parametrize(
    ("inside", "summary", "content"),
    [
        ("<summary>One</summary><description>Two words</description>", "One", "Two words"),
        ("<description>One</description><summary>Two words</summary>", "One", "Two words"),
        ("<description>Longer by far</description><summary>One</summary>", "One", "Longer by far"),
        ("<summary>Only &lt; one</summary>", "Only &lt; one", ""),
        ("<itunes:summary>Only</itunes:summary>", "Only", ""),
        ("<itunes:subtitle>Only</itunes:subtitle>", "Only", ""),
        ("<description>One</description><atom:content type='html'>&lt;p>2&lt;/p></atom:content>", "One", "<p>2</p>"),
        ("<description>One</description><content>Two</content>", "One", "Two"),
        ("<description>One</description><yandex:full-text>Two</yandex:full-text>", "One", "Two"),
        ("<description>One</description><turbo:content>&lt;p>2&lt;/p></turbo:content>", "One", "<p>2</p>"),
        ("<atom:content type='text/html; charset=utf-8'>&lt;p>2&lt;/p></atom:content>", "", "<p>2</p>"),
    ],
)  # fmt: skip
def test_other_texts(inside, summary, content):
    """
    Texts under names that RSS does not know are kept in their places.
    """
    got = item(inside)

    assert (summary, content) == (got.summary_html, got.content_html)


def test_atom_replies():
    """
    Atom's link to the replies is where readers answer, if it leads to a page.
    """
    got = atom(
        "<id>e</id><link rel='replies' type='application/atom+xml' href='/f'/>"
        "<link rel='replies' type='text/html' href='/a#c'/><link rel='enclosure' href='/b.mp3' type='audio/mpeg'/>"
    )

    assert got.comments == "https://news.example/a#c"
    assert [file.url for file in got.enclosures] == ["https://news.example/b.mp3"]


def test_modules_fill_gaps():
    """
    What the format's own elements leave out is taken from modules.
    """
    got = item(
        "<dc:identifier>urn:1</dc:identifier><dc:title>T</dc:title><itunes:keywords>a, b</itunes:keywords>"
        "<itunes:category text='News'><itunes:category text='Daily'/></itunes:category>"
    )
    entry = atom("<id>e</id><media:title>T</media:title><content:encoded>&lt;p>F&lt;/p></content:encoded>")

    assert (got.guid, got.title, got.categories) == ("urn:1", "T", ("a", "b", "News", "Daily"))
    assert (entry.title, entry.content_html) == ("T", "<p>F</p>")


def test_many():
    """
    Of what an item repeats without end a fixed number is read.
    """
    got = item(
        "<category>{}</category>".format("</category><category>".join(map(str, range(2000))))
        + "<author>a</author>" * 3000
    )

    assert len(got.categories) == 500
    assert got.authors == (Author(name="a"),)
