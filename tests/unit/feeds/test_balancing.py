"""Laws of balancing: tags that do not match cost nothing but themselves."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ingest.feeds.balancing import balance
from ingest.feeds.parse import parse_feed

URL = "https://news.example/feed.xml"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("<a><b>x</B></a>", "<a><b>x</b></a>"),
        ("<a></b></a>", "<a></a>"),
        ("<a>\n</b><c>x</d>y</a>", "<a>\n<c>x</c>y</a>"),
        ("<a><b>x</b></c>y</a>", "<a><b>x</b>y</a>"),
        ("<a>x</c>y</a>", "<a>xy</a>"),
        ("<a><item>x</c>y</item></a>", "<a><item>xy</item></a>"),
        ("<a><b>x", "<a><b>x</b></a>"),
        ("<a><b><c></b></a>", "<a><b><c></c></b></a>"),
        ("<a><br>x<IMG src='b>c'></a>", "<a><br/>x<IMG src='b>c'/></a>"),
        ("<a><link>x<guid>y</a>", "<a><link>x</link><guid>y</guid></a>"),
        ("<a><link>x<link/>y</a>", "<a><link>x</link><link/>y</a>"),
        ("<a><item><title>x<item>y</a>", "<a><item><title>x</title></item><item>y</item></a>"),
        ("<a><related><item/></related></a>", "<a><related><item/></related></a>"),
        ("<a><!-- <b> --><![CDATA[</a>]]><?php </a> ?></a>", "<a><!-- <b> --><![CDATA[</a>]]><?php </a> ?></a>"),
        ("<a><!-- <b>", "<a><!-- <b></a>"),
        ("a < b & 'c", "a < b & 'c"),
    ],
)
def test_balanced(document, expected):
    """
    What is open is closed where it must end, an end of nothing goes, and what was sound stays.
    """
    assert expected == balance(document)


@pytest.mark.parametrize(
    "inside",
    [
        "<pubDate>Wed, 01 May 2024 10:00:00 GMT</pubdate></item>",
        "<pubDate>Wed, 01 May 2024 10:00:00 GMT<category>c</item>",
        "<pubDate>Wed, 01 May 2024 10:00:00 GMT</pubDate></p></item>",
        "<br><pubDate>Wed, 01 May 2024 10:00:00 GMT</pubDate><font></item>",
        "<pubDate>Wed, 01 May 2024 10:00:00 GMT</pubDate>",
    ],
)
def test_feed(inside):
    """
    A feed with tags that do not match is read as one without faults: captions apart, ids as they stand.
    """
    first = (
        "<item><guid isPermaLink='false'>https://a.example/?a&amp;b</guid><title>A</title><link>/a</link>"
        "<media:content url='/i.jpg'><media:description>Caption</media:description></media:content>"
    )
    last = "<item><title>B</title><link>/b</link></item>"
    document = (
        "<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'><channel><title>T</title>"
        f"{first}{inside}{last}</channel></rss>"
    )

    one, other = parse_feed(document.encode(), URL, {}).entries

    assert ("https://a.example/?a&b", "https://news.example/a", "") == (one.guid, one.url, one.summary_html)
    assert ("A", 10, ["Caption"]) == (one.title, one.published_at.hour, [file.caption for file in one.media])
    assert ("B", "https://news.example/b") == (other.title, other.url)


PIECES = ["<a>", "</a>", "<b c='d'>", "</b>", "<br>", "<x/>", "<item>", "</ITEM>", "<title>", "<link>", "y"]


@settings(deadline=None)  # the machine is shared
@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_any(pieces):
    """
    Whatever the tags, what comes out is well-formed, and balancing it again changes nothing.
    """
    balanced = balance(f"<r>{''.join(pieces)}</r>")

    etree.fromstring(balanced)
    assert balanced == balance(balanced)


@pytest.mark.parametrize(
    "unit", ["<a>", "</a>", "<a></b>", "<a b='", "<item><title>", "<!--", "<![CDATA[", "<a><b></a>"]
)
def test_linear(unit):
    """
    However many tags there are, it takes no longer than their number allows.
    """
    started = time.process_time()

    balance(unit * (1_000_000 // len(unit)))

    assert time.process_time() - started < 4  # quadratic work takes a hundred times as long
