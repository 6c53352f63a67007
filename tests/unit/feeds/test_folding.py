"""Laws of folding: unescaped markup in texts is kept and no longer keeps a document from being read."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.feeds.folding import fold_markup, quote_attributes
from ingest.feeds.parse import parse_feed

URL = "https://news.example/feed.xml"


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<p>One<p>Two", "<p>One<p>Two"),
        ("One<br>Two &amp; &#8220;three&#8221;", "One<br>Two &amp; &#8220;three&#8221;"),
        ("<a href=x>One</b>", "<a href=x>One</b>"),
        ("<p>a ]]> b", "<p>a ]]&gt; b"),
        ("<p>a<![CDATA[<b>c</b>]]><p>", "<p>a<b>c</b><p>"),
        ("<![CDATA[<p>a</description>]]><br>b", "<p>a</description><br>b"),
        ("&lt;p&gt;One<br>Two&lt;/p&gt;", "<p>One<br>Two</p>"),
        ("<p>One<!-- two --", "<p>One<!-- two --"),
    ],
)
def test_kept(inside, expected):
    """
    HTML that is no XML is the text as it stands, and what is around it is read as ever.
    """
    rest = "<media:content url='/i.jpg'><media:description>Caption<br></media:description></media:content>"
    document = (
        "<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'><channel><title>T</title><item><title>A</title>"
        f"<guid isPermaLink='false'>a&amp;b</guid><description>{inside}</description>{rest}</item></channel></rss>"
    )

    (entry,) = parse_feed(document.encode(), URL, {}).entries

    assert ("a&b", "A", expected, "") == (entry.guid, entry.title, entry.summary_html, entry.content_html)
    assert [file.caption for file in entry.media] == ["Caption"]


def test_atom():
    """
    Atom's texts without a type are HTML where they hold markup, as in a document without faults.
    """
    document = (
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><title>A <b>b</title><summary><p>x</summary>"
        "<content type='xhtml'><div><p>y</div></content></entry></feed>"
    )

    (entry,) = parse_feed(document.encode(), URL, {}).entries

    assert (entry.title, entry.summary_html, entry.content_html) == ("A b", "<p>x", "<div><p>y</div>")


def test_sitemap():
    """
    A headline with markup does not cost a news sitemap its pages.
    """
    page = "<url><loc>https://a.example/{}</loc><news:news><news:title>{}</news:title></news:news></url>"

    got = parse_feed(f"<urlset>{page.format(1, 'A <b>b')}{page.format(2, 'B')}</urlset>".encode(), URL, {})

    assert [entry.title for entry in got.entries] == ["A <b>b", "B"]


@pytest.mark.parametrize(
    "document",
    [
        "<rss><title>A</title><description>plain &lt;b&gt;</description></rss>",
        "<rss><title><b>A<item><title>B</title></item>",
        "<title>A<link/><title>B</title>",
        "<media:content url='/x'><media:title>A</media:title></media:content>",
        "<m:content url='/x'><br></m:content>",
        "<content/><title />",
        "<!-- <title><b></title> --><![CDATA[<title><b></title>]]>",
        "<title><![CDATA[<b>]]></title>",
        "<title><![CDATA[",
        "<title>",
        "<![cdata[<title>x</title>]]>",
    ],
)
def test_left_alone(document):
    """
    What holds no markup, or is not closed for sure, stays as it is.
    """
    assert document == fold_markup(document)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("<guid isPermaLink=false>", '<guid isPermaLink="false">'),
        ("<a b=c/>", '<a b="c"/>'),
        ("<a b=/c/d.mp3 e='f'/>", "<a b=\"/c/d.mp3\" e='f'/>"),
        ('<a b="c"d="e">', '<a b="c" d="e">'),
        ("<a b c='d' />", "<a b=\"b\" c='d'/>"),
        ("<a b='=c d=e' f = g>", "<a b='=c d=e' f=\"g\">"),
        ("<a b='c'>", "<a b='c'>"),
        ("<a  b = 'c' >", "<a  b = 'c' >"),
        ("<a/><b></b>", "<a/><b></b>"),
        ("<![CDATA[<a b=c>]]>", "<![CDATA[<a b=c>]]>"),
        ("a b=c > <a b='c", "a b=c > <a b='c"),
    ],
)
def test_quoted(tag, expected):
    """
    Attributes as HTML allows them are written as XML has them.
    """
    assert expected == quote_attributes(tag)


def test_quoted_feed():
    """
    Attributes without quotes cost a feed nothing.
    """
    document = (
        "<rss version=2.0><channel><title>T</title><item><guid isPermaLink=false>https://a.example/1</guid>"
        "<enclosure url=/a.mp3 length=5 type=audio/mpeg /></item></channel></rss>"
    )

    (entry,) = parse_feed(document.encode(), URL, {}).entries

    assert (entry.guid, entry.url) == ("https://a.example/1", None)
    assert [(file.url, file.length) for file in entry.enclosures] == [("https://news.example/a.mp3", "5")]


@pytest.mark.parametrize(
    "unit",
    [
        "<title>",
        "<title><b></title>",
        "<title><![CDATA[",
        "<title>]]>",
        "<title><item>",
        "<a b=",
        "<a b='",
        "<a b ",
        "b=",
    ],
)
def test_linear(unit):
    """
    However many texts and tags there are and however they end, it takes no longer than the length allows.
    """
    document = unit * (1_000_000 // len(unit))
    started = time.process_time()

    quote_attributes(fold_markup(document))
    quote_attributes(f"<a {document}")

    assert time.process_time() - started < 4  # quadratic work takes a hundred times as long


@settings(deadline=None)  # the machine is shared
@given(
    st.lists(
        st.sampled_from(
            ["<title>", "</title>", "<![CDATA[", "]]>", "<b>", "a", "&lt;p", "<item>", "<!--", "-->", "<![cdata["]
        )
    )
)
def test_any(pieces):
    """
    Whatever stands there, nothing is lost but how it is written.
    """
    document = "".join(pieces)

    folded = fold_markup(document)

    shown = folded.replace(' type="html"', "").replace("]]]]><![CDATA[>", "]]>").replace("&lt;", "<")
    expected = document.replace("&lt;", "<")
    for mark in ("<![CDATA[", "]]>"):
        shown, expected = shown.replace(mark, ""), expected.replace(mark, "")
    assert expected == shown
