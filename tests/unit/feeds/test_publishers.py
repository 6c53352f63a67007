"""Laws of what publishers and their software send: each shape is read as it is meant."""

from datetime import UTC, datetime

import pytest

from ingest.feeds.parse import parse_feed, parse_small
from ingest.models import Author, Enclosure, EntrySource

URL = "https://news.example/section/feed.xml"
TEN = datetime(2024, 5, 1, 10, tzinfo=UTC)
RSS_SPACES = (
    "xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:dc='http://purl.org/dc/elements/1.1/'"
    " xmlns:atom='http://www.w3.org/2005/Atom' xmlns:media='http://search.yahoo.com/mrss/'"
    " xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' xmlns:slash='http://purl.org/rss/1.0/modules/slash/'"
    " xmlns:wfw='http://wellformedweb.org/CommentAPI/' xmlns:podcast='https://podcastindex.org/namespace/1.0'"
    " xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0' xmlns:turbo='http://turbo.yandex.ru'"
)
ATOM_SPACES = (
    "xmlns='http://www.w3.org/2005/Atom' xmlns:media='http://search.yahoo.com/mrss/'"
    " xmlns:thr='http://purl.org/syndication/thread/1.0' xmlns:yt='http://www.youtube.com/xml/schemas/2015'"
)
DATE = "<pubDate>Wed, 01 May 2024 10:00:00 GMT</pubDate>"

RSS = {
    "wordpress": (
        (
            "<title>Council says &#8216;yes&#8217; &#8211; again</title><link>https://w.example/2024/05/council/</link>"
            "<comments>https://w.example/2024/05/c/#respond</comments><dc:creator><![CDATA[Ann Lee]]></dc:creator>"
            f"{DATE}<category><![CDATA[R Town &amp; Countryamp; D]]></category><guid isPermaLink='false'>https://w.example/?p=7</guid>"
            "<description><![CDATA[<p>The council [&#8230;]</p>]]></description>"
            "<content:encoded><![CDATA[<p>The council said yes.</p>]]></content:encoded>"
            "<wfw:commentRss>https://w.example/2024/05/council/feed/</wfw:commentRss><slash:comments>4</slash:comments>"
            "<post-id xmlns='com-wordpress:feed-additions:1'>7</post-id>"
        ),
        {
            "guid": "https://w.example/?p=7",
            "url": "https://w.example/2024/05/council/",
            "title": "Council says ‘yes’ – again",
            "authors": (Author(name="Ann Lee"),),
            "published_at": TEN,
            "summary_html": "<p>The council [&#8230;]</p>",
            "content_html": "<p>The council said yes.</p>",
            "comments": "https://w.example/2024/05/c/#respond",
        },
    ),
    "wordpress with a picture plugin": (
        (
            "<title>A</title><media:thumbnail url='/t.jpg'/><media:content url='/f.jpg' medium='image'>"
            "<media:title type='html'>Mayor</media:title><media:description type='html'>Mayor Lee</media:description>"
            "</media:content>"
        ),
        {"title": "A", "summary_html": "", "content_html": "", "image": "https://news.example/t.jpg"},
    ),
    "substack": (
        (
            '<title><![CDATA[On "AI" & us]]></title><description><![CDATA[A deck]]></description>'
            "<link>https://ann.example/p/ai</link><guid isPermaLink='false'>https://ann.example/p/ai</guid>"
            "<enclosure url='https://cdn.example/fetch/f_auto/https%3A%2F%2Fx.png' length='0' type='image/jpeg'/>"
            "<content:encoded><![CDATA[<p>T</p>]]></content:encoded>"
        ),
        {
            "title": 'On "AI" & us',
            "summary_html": "A deck",
            "content_html": "<p>T</p>",
            "image": "https://cdn.example/fetch/f_auto/https%3A%2F%2Fx.png",
        },
    ),
    "medium": (
        (
            "<title><![CDATA[Why?]]></title><link>https://m.example/p?source=rss----2</link>"
            f"<guid isPermaLink='false'>https://m.example/p/abc</guid>{DATE}"
            "<atom:updated>2024-05-01T10:00:00.000Z</atom:updated>"
            '<content:encoded><![CDATA[<figure><img src="x"/></figure>]]></content:encoded>'
        ),
        {"published_at": TEN, "updated_at": TEN, "content_html": '<figure><img src="x"/></figure>', "summary_html": ""},
    ),
    "ghost": (
        (
            "<title><![CDATA[A]]></title><description><![CDATA[Ex]]></description>"
            "<media:content url='https://g.example/i.jpg' medium='image'/>"
        ),
        {"image": "https://g.example/i.jpg", "summary_html": "Ex"},
    ),
    "drupal": (
        "<title>A</title><link>https://d.example/node/5</link><guid isPermaLink='false'>5 at https://d.example</guid>",
        {"guid": "5 at https://d.example", "url": "https://d.example/node/5"},
    ),
    "drupal's views": (
        (
            '<title>&lt;a href="/node/5" hreflang="en"&gt;The title&lt;/a&gt;</title>'
            '<link>&lt;a href="https://d.example/node/5"&gt;more&lt;/a&gt;</link>'
            '<pubDate>&lt;time datetime="2024-05-01T10:00:00Z"&gt;Wed, 05/01/2024 - 12:00&lt;/time&gt;</pubDate>'
            '<dc:creator>&lt;span lang="" typeof="schema:Person"&gt;ann&lt;/span&gt;</dc:creator>'
        ),
        {
            "title": "The title",
            "url": "https://d.example/node/5",
            "published_at": TEN,
            "authors": (Author(name="ann"),),
        },
    ),
    "squarespace": (
        (
            "<title>A</title><guid isPermaLink='false'>5:6:7</guid><description><![CDATA[<p>x</p>]]></description>"
            "<media:content url='https://s.example/i.png' type='image/png' isDefault='true'/>"
        ),
        {"guid": "5:6:7", "url": None, "summary_html": "<p>x</p>", "image": "https://s.example/i.png"},
    ),
    "arc": (
        (
            "<title><![CDATA[A]]></title><description><![CDATA[D]]></description>"
            "<content:encoded><![CDATA[<p>T</p>]]></content:encoded>"
            "<media:content url='https://a.example/i.jpg' type='image/jpeg' height='1080' width='1920'>"
            "<media:description type='plain'><![CDATA[The quay (AP)]]></media:description>"
            "<media:credit role='author' scheme='urn:ebu'><![CDATA[P. Hoto]]></media:credit></media:content>"
        ),
        {
            "summary_html": "D",
            "content_html": "<p>T</p>",
            "authors": (),
            "media": (
                Enclosure(url="https://a.example/i.jpg", type="image/jpeg", caption="The quay (AP)", credit="P. Hoto"),
            ),
        },
    ),
    "a broadcaster": (
        (
            "<title><![CDATA[A]]></title><link>https://b.example/c1?at_medium=RSS</link>"
            "<guid isPermaLink='false'>https://b.example/c1#0</guid><media:thumbnail url='https://b.example/t'/>"
        ),
        {
            "guid": "https://b.example/c1#0",
            "url": "https://b.example/c1?at_medium=RSS",
            "image": "https://b.example/t",
        },
    ),
    "a paper with loose captions": (
        (
            "<title>A</title><link>https://n.example/a.html</link>"
            "<atom:link href='https://n.example/a.html' rel='standout'/><media:content medium='image' url='/i.jpg'/>"
            "<media:credit>P. Hoto</media:credit><media:description>The quay</media:description>"
        ),
        {
            "summary_html": "",
            "content_html": "",
            "media": (Enclosure(url="https://news.example/i.jpg", type="image", caption="The quay", credit="P. Hoto"),),
        },
    ),
    "a paper with sizes": (
        (
            "<title>A</title><media:content width='140' url='https://g.example/140.jpg?s=1'>"
            "<media:credit scheme='urn:ebu'>P. Hoto</media:credit></media:content>"
            "<media:content width='460' url='https://g.example/460.jpg?s=2'/><dc:date>2024-05-01T10:00:00Z</dc:date>"
        ),
        {"image": "https://g.example/140.jpg?s=1", "published_at": TEN},
    ),
    "an agency's group": (
        (
            "<title>A</title><description>D</description><media:group><media:content url='/b.jpg' medium='image'/>"
            "<media:content url='/v.mp4' type='video/mp4'/><media:title>M</media:title>"
            "<media:description>Said of the film</media:description></media:group>"
        ),
        {"title": "A", "summary_html": "D", "content_html": ""},
    ),
    "feedburner": (
        "<link>http://f.example/~r/x/~3/1/</link><feedburner:origLink>https://r.example/1?t=RSS</feedburner:origLink>",
        {"url": "http://f.example/~r/x/~3/1/", "orig_url": "https://r.example/1?t=RSS"},
    ),
    "a news search": (
        "<title>A - Paper</title><guid isPermaLink='false'>CBM</guid><source url='https://p.example'>Paper</source>",
        {"guid": "CBM", "url": None, "source": EntrySource(title="Paper", url="https://p.example")},
    ),
    "mastodon": (
        (
            "<guid isPermaLink='true'>https://m.example/@ann/1</guid><description>&lt;p&gt;Toot&lt;/p&gt;</description>"
            "<media:content url='https://m.example/i.png' type='image/png' fileSize='123' medium='image'>"
            "<media:rating scheme='urn:simple'>nonadult</media:rating>"
            "<media:description type='plain'>What it shows</media:description></media:content><category>tag</category>"
        ),
        {"title": "", "url": "https://m.example/@ann/1", "summary_html": "<p>Toot</p>", "categories": ("tag",)},
    ),
    "a podcast": (
        (
            "<title>Ep 1</title><itunes:title>One</itunes:title><itunes:summary>Sum</itunes:summary>"
            "<itunes:subtitle>Sub</itunes:subtitle><description><![CDATA[<p>Notes</p>]]></description>"
            "<enclosure url='https://p.example/1.mp3?x=1&amp;y=2' length='342' type='audio/mpeg'/>"
            "<itunes:image href='https://p.example/1.jpg'/><itunes:keywords>a,b</itunes:keywords>"
            "<podcast:person role='host'>Ann</podcast:person>"
        ),
        {
            "title": "Ep 1",
            "summary_html": "<p>Notes</p>",
            "content_html": "",
            "authors": (),
            "enclosures": (Enclosure(url="https://p.example/1.mp3?x=1&y=2", length="342", type="audio/mpeg"),),
            "image": "https://p.example/1.jpg",
            "categories": ("a", "b"),
        },
    ),
    "a shop's module": (
        (
            "<title>Shirt</title><link>/p</link><g:id xmlns:g='http://base.google.com/ns/1.0'>7</g:id>"
            "<g:title xmlns:g='http://base.google.com/ns/1.0'>G</g:title>"
            "<g:description xmlns:g='http://base.google.com/ns/1.0'>G</g:description>"
        ),
        {"guid": None, "title": "Shirt", "url": "https://news.example/p", "summary_html": ""},
    ),
    "turbo pages": (
        "<title>A</title><turbo:content><![CDATA[<h1>A</h1><p>T</p>]]></turbo:content>",
        {"content_html": "<h1>A</h1><p>T</p>"},
    ),
}
ATOM = {
    "blogger": (
        (
            "<id>tag:b.example,1999:blog-1.post-2</id><published>2024-05-01T12:00:00+02:00</published>"
            "<category scheme='urn:b' term='News'/><title type='text'>Tom &amp; Jerry &lt;live&gt;</title>"
            "<content type='html'>&lt;p&gt;Body &amp;amp; soul&lt;/p&gt;</content>"
            "<link rel='replies' type='application/atom+xml' href='/2/comments/default'/>"
            "<link rel='replies' type='text/html' href='/p.html#comment-form'/><link rel='edit' href='/edit/2'/>"
            "<link rel='self' href='/self/2'/><link rel='alternate' type='text/html' href='/p.html'/>"
            "<author><name>Ann</name><uri>https://b.example/1</uri><email>noreply@b.example</email></author>"
            "<media:thumbnail url='https://b.example/t.jpg'/><thr:total>0</thr:total>"
        ),
        {
            "url": "https://news.example/p.html",
            "title": "Tom & Jerry <live>",
            "published_at": TEN,
            "content_html": "<p>Body &amp; soul</p>",
            "comments": "https://news.example/p.html#comment-form",
            "authors": (Author(name="Ann", email="noreply@b.example", url="https://b.example/1"),),
            "image": "https://b.example/t.jpg",
            "categories": ("News",),
        },
    ),
    "youtube": (
        (
            "<id>yt:video:abc</id><title>Clip</title><link rel='alternate' href='/w?v=abc'/>"
            "<media:group><media:title>Clip M</media:title><media:content url='https://y.example/v/abc?version=3'"
            " type='application/x-shockwave-flash'/><media:thumbnail url='https://y.example/t.jpg'/>"
            "<media:description>Line &lt;one&gt;</media:description></media:group>"
        ),
        {
            "title": "Clip",
            "url": "https://news.example/w?v=abc",
            "image": "https://y.example/t.jpg",
            "summary_html": "Line &lt;one&gt;",
        },
    ),
    "reddit": (
        (
            "<author><name>/u/ann</name><uri>https://r.example/user/ann</uri></author><category term='news'/>"
            "<id>t3_1abc</id><link href='https://r.example/1abc/'/><title>A &quot;thing&quot; &amp; more</title>"
        ),
        {
            "guid": "t3_1abc",
            "title": 'A "thing" & more',
            "authors": (Author(name="/u/ann", url="https://r.example/user/ann"),),
            "categories": ("news",),
        },
    ),
    "github": (
        (
            "<id>tag:g.example,2008:Grit::Commit/a</id><title>\n    Fix &amp;lt;x&amp;gt;\n</title>"
            "<updated>2024-05-01T10:00:00Z</updated><content type='html'>&lt;pre&gt;Fix&lt;/pre&gt;</content>"
        ),
        {"title": "Fix &lt;x&gt;", "published_at": None, "updated_at": TEN, "content_html": "<pre>Fix</pre>"},
    ),
}


def check(entry, expected):
    """The entry has these fields."""
    assert expected == {name: getattr(entry, name) for name in expected}


@pytest.mark.parametrize("shape", RSS)
def test_rss(shape):
    """
    An item of RSS is read as its publisher means it.
    """
    inside, expected = RSS[shape]
    document = f"<rss version='2.0' {RSS_SPACES}><channel><title>T</title><item>{inside}</item></channel></rss>"

    check(parse_feed(document.encode(), URL, {}).entries[0], expected)


@pytest.mark.parametrize("shape", ATOM)
def test_atom(shape):
    """
    An entry of Atom is read as its publisher means it.
    """
    inside, expected = ATOM[shape]

    check(parse_feed(f"<feed {ATOM_SPACES}><entry>{inside}</entry></feed>".encode(), URL, {}).entries[0], expected)


FAULTS = [
    "<item><title>Z</title><description><p>One<p>Two</description></item>",
    "<item><title>Z < 5 & more</title></item>",
    "<item><title>Z</title><guid isPermaLink=false>z</guid></item>",
    "<item><title>Z</title></p></item>",
    "<item><title>Z",
    "<item><title>Z</title><pubDate>x</pubdate>",
]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("shape", RSS)
def test_beside_a_fault(shape, fault):
    """
    One item that is no XML changes nothing of what the others are read as.
    """
    document = f"<rss version='2.0' {RSS_SPACES}><channel><title>T</title><item>{RSS[shape][0]}</item>"

    sound = parse_small(f"{document}</channel></rss>".encode(), URL, {})
    got = parse_feed(f"{document}{fault}</channel></rss>".encode(), URL, {})

    assert sound is not None
    assert (*sound.entries, "Z") == (got.entries[0], got.entries[1].title[:1])
