"""Laws of plain text out of feeds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.feeds.plain import clean_markup, escape_text, looks_like_http, plain, plain_from_html, split_author


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ""),
        (" a\n  b\u00a0c ", "a b c"),
        ("a\x00\x08\x9f\ufeff\ud800b", "ab"),
        ("<b>a</b> &amp;", "<b>a</b> &amp;"),
    ],
)
def test_plain(text, expected):
    """
    Plain text has its white space folded and no control characters; markup in it is text.
    """
    got = plain(text)

    assert expected == got


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ""),
        ("<em>Fine</em> &amp; dandy", "Fine & dandy"),
        ("AT&amp;T &lt;b&gt;", "AT&T <b>"),
        ("5 < 6 > 4", "5 < 6 > 4"),
        ("a<br/>b<!-- c -->d", "abd"),
        ("Don&#8217;t", "Don’t"),
    ],
)
def test_plain_from_html(text, expected):
    """
    Tags go and one level of escaping is undone, no more.
    """
    got = plain_from_html(text)

    assert expected == got


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann@a.example (Ann Lee)", ("Ann Lee", "ann@a.example")),
        ("Ann Lee <ann@a.example>", ("Ann Lee", "ann@a.example")),
        ("Ann Lee &lt;ann@a.example&gt;", ("Ann Lee", "ann@a.example")),
        ("Ann Lee (ann@a.example)", ("Ann Lee", "ann@a.example")),
        ("ann@a.example", ("", "ann@a.example")),
        ("Ann &amp; Bo", ("Ann & Bo", "")),
        ("<b>Ann</b>", ("Ann", "")),
        ("Ann, @annlee on X", ("Ann, @annlee on X", "")),
        ("", ("", "")),
    ],
)
def test_split_author(text, expected):
    """
    Name and address of an author come apart in the forms feeds use.
    """
    got = split_author(text)

    assert expected == got


@settings(deadline=None)  # the machine is shared
@given(st.text())
def test_escaped_text_reads_the_same(text):
    """
    Plain text made HTML and back is the same plain text.
    """
    got = plain_from_html(escape_text(text))

    assert plain(text) == got


@pytest.mark.parametrize(
    ("text", "expected"), [("https://a.example", True), ("HTTP://a", True), ("http://", False), ("ftp://a", False)]
)
def test_looks_like_http(text, expected):
    """
    Only http(s) with a host looks like an address.
    """
    assert expected == looks_like_http(text)


def test_clean_markup():
    """
    A fragment keeps its markup and loses control characters.
    """
    assert clean_markup(" <p>a\x00b</p>\n") == "<p>ab</p>"
