"""Laws of plain text out of feeds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.feeds.plain import (
    address,
    clean_markup,
    escape_text,
    fragment_from_either,
    looks_like_http,
    plain,
    plain_from_either,
    plain_from_html,
    split_author,
)
from ingest.urls import resolve


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ""),
        (" a\n  b\u00a0c ", "a b c"),
        ("a\x00\x08\x9f\ufeff\ud800b", "ab"),
        ("a\n\x1c\x1d\x1e\x1fb\x1cc", "a bc"),
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
        ("a<br/>b<!-- c -->d", "a bd"),
        ("<h2>One</h2><p>two</p>three", "One two three"),
        ("One<BR>two <br class='x' /> three", "One two three"),
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
        ('"Lee, Ann" <ann@a.example>', ("Lee, Ann", "ann@a.example")),
        ('Ann "Bo" Lee <ann@a.example>', ('Ann "Bo" Lee', "ann@a.example")),
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


@pytest.mark.parametrize(
    ("text", "line", "fragment"),
    [
        ("a  b", "a b", "a  b"),
        ("<b>a</b> b", "a b", "<b>a</b> b"),
        ("AT&amp;T", "AT&T", "AT&amp;T"),
        ("Use of <blink> here", "Use of <blink> here", "Use of &lt;blink&gt; here"),
        ("<blink>a</blink>", "<blink>a</blink>", "&lt;blink&gt;a&lt;/blink&gt;"),
        ("One<br>two", "One two", "One<br>two"),
        ("Use of <br> here", "Use of <br> here", "Use of &lt;br&gt; here"),
        ("<![CDATA[ <b>a</b> & b ]]>", "a & b", "<b>a</b> & b"),
        ("5 < 6 & 7", "5 < 6 & 7", "5 &lt; 6 &amp; 7"),
        ("a &nosuch; <b>b</b>", "a &nosuch; <b>b</b>", "a &amp;nosuch; &lt;b&gt;b&lt;/b&gt;"),
    ],
)
def test_either(text, line, fragment):
    """
    Text that may be HTML is taken for it if it uses what HTML has.
    """
    assert (line, fragment) == (plain_from_either(text), fragment_from_either(text))


@settings(deadline=None)  # the machine is shared
@given(
    st.from_regex(r"(?:https?|HTTP)://?[A-Za-z0-9.@:\[\]-]{0,12}(?:/[ -~]{0,20})?", fullmatch=True)
    | st.from_regex(r"https://a\.b/[a?#;\\/]{0,4}", fullmatch=True)
    | st.text(max_size=30)
)
def test_address(reference):
    """
    The short way to an address gives what the long one gives.
    """
    base = "https://news.example/d/feed?x"

    assert resolve(base, reference) == address(base, reference)
