"""Trees, and paragraphs without one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.pages.dom import MAX_ATTRIBUTES, is_hostile, read_blocks, read_tree


@pytest.mark.parametrize(
    ("markup", "paragraphs"),
    [
        ("<p>One</p><p>Two</p>", ("One", "Two")),
        ("One<br><br>Two<br/>Three", ("One", "Two", "Three")),
        ("<p>An <b>in</b>line w<i>or</i>d</p>", ("An inline word",)),
        ("<p>a\n  b\tc</p>", ("a b c",)),
        ("<p>a\u00a0b &amp; &lt;c&gt; &eacute;</p>", ("a\u00a0b & <c> é",)),
        ("<ul><li>One<li>Two</ul><table><tr><td>Three<td>Four</table>", ("One", "Two", "Three", "Four")),
        ("<p>a</p><script>if (a<b) '</p>'</script><style>p{}</style><p>b</p>", ("a", "b")),
        ("<p>a<iframe src=x>no</iframe>b</p><select><option>x</select><button>Go</button>", ("ab",)),
        ("<figure><img><figcaption>A caption</figcaption></figure><p>a</p>", ("a",)),
        ("<p>a<!-- b --><!--> c</p>", ("a c",)),
        ("<p>a <button>b</p>", ("a b",)),
        ("<p>a<!-- b</p><p>c</p>", ("a b", "c")),
        ("<pre>a\n  b</pre>", ("a", "b")),
        ("<p>5 < 6 and 7 > 3</p>", ("5 < 6 and 7 > 3",)),
        ('<p title="a > b">c</p>', ("c",)),
        ('<p class="a"">b</p><p class="c">d</p>', ("b", "d")),
        ("a <a href='", ("a",)),
        ("a\x00b\x1b[31m\u202ec\ud800", ("ab[31mc",)),
        ("<SCRIPT>x</Script>a", ("a",)),
        ("&#" + "9" * 5000 + ";", ("&#" + "9" * 5000 + ";",)),
        ("e\u0301", ("e\u0301",)),
    ],
)
def test_blocks(markup, paragraphs):
    """
    Block elements and line breaks part paragraphs, inline tags leave no trace, and what is no text goes.
    """
    assert paragraphs == read_blocks(markup)


def test_page_blocks():
    """
    Of a whole page the head, the navigation, asides and the footer go as well.
    """
    page = "<head><title>t</title></head><nav>n</nav><p>a</p><aside>s</aside><footer>f</footer>"

    assert ("a",) == read_blocks(page, is_page=True)


@given(markup=st.text(alphabet="<>/!-=\"' apbr&#x;\n", max_size=200))
def test_blocks_of_any_soup(markup):
    """
    No soup of markup raises, and no paragraph is empty, padded or broken over lines.
    """
    for paragraph in read_blocks(markup):
        assert paragraph
        assert paragraph == paragraph.strip()
        assert "\n" not in paragraph


@pytest.mark.parametrize(
    "piece",
    ["<!--", "<a ", '<a b="', "<a b='", "<button>", "<script>", "</", "<", "<p a=", "&", "<![CDATA[", "<svg>", "=\"'"],
)
def test_linear(piece):
    """
    A flood of one piece takes time in proportion to its length (quadratic work on these takes minutes).
    """
    started = time.process_time()

    read_blocks(piece * 50_000)
    is_hostile((piece * 50_000).encode())

    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("<p " + "a " * (MAX_ATTRIBUTES + 300) + ">x</p>", id="attributes"),
        pytest.param("<p " + "".join(f"a{at}=1 " for at in range(20_000)) + ">x</p>", id="named attributes"),
        pytest.param("<p b='<' " + "a " * (MAX_ATTRIBUTES + 300) + ">x</p>", id="attributes behind a stray mark"),
        pytest.param(
            "<script>a<b</script><p " + "a " * (MAX_ATTRIBUTES + 300) + ">x</p>", id="attributes and a script"
        ),
        pytest.param(("<p " + "a " * 400 + ">x</p>") * 200, id="attributes of many tags"),
        pytest.param("<!--" * 6_000, id="comments"),
        pytest.param("<div>" * 300 + "x", id="depth"),
        pytest.param("", id="empty"),
    ],
)
def test_no_tree(page):
    """
    Markup that would cost a parser too much, or lose text in it, has no tree.
    """
    assert read_tree(page) is None


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("<?xml version='1.0' encoding='latin-1'?><html><p>é</p></html>", id="XML declaration"),
        pytest.param("<!DOCTYPE html PUBLIC 'x'><html lang=en><p>é\ud800\0</p>", id="lone surrogate and NUL"),
        pytest.param("<script>" + "a<b=c d " * 400 + "</script><p>é</p>", id="a long script"),
        pytest.param("<meta charset=latin-1><p>é</p>", id="a charset that was true of the bytes"),
    ],
)
def test_tree(page):
    """
    Text that is already decoded parses as it is, whatever it says of itself.
    """
    tree = read_tree(page)

    assert tree is not None
    assert tree.findtext(".//p") == "é"
