"""Laws of text as RSS and Atom write it."""

import pytest

from ingest.feeds.constructs import content_fragment, fragment, plain_construct
from ingest.feeds.tree import read_tree

B64 = "PGI+YSAmYW1wOyBiPC9iPg=="  # <b>a &amp; b</b>


def element(document: str):
    """The root of a well-formed document."""
    root = read_tree(document.encode())
    assert root is not None
    return root


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("<t>a &lt;b> c</t>", "a <b> c"),
        ("<t type='text'>a &amp;amp; c</t>", "a &amp; c"),
        ("<t type='html'>&lt;b>a&lt;/b> &amp;amp; c</t>", "a & c"),
        ("<t type='TEXT/HTML' mode='escaped'>&lt;b>a&lt;/b></t>", "a"),
        ("<t type='xhtml'><div>a <b>b</b> &lt;i></div></t>", "a b <i>"),
        (f"<t type='text/html' mode='base64'>{B64}</t>", "a & b"),
        (f"<t type='application/octet-stream'>{B64}</t>", "<b>a &amp; b</b>"),
    ],
)
def test_line(document, expected):
    """
    An Atom title becomes plain text by the type it gives.
    """
    assert expected == plain_construct(element(document), is_typed=True)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("<t>a &lt; b</t>", "a &lt; b"),
        ("<t type='text/x-other'>a &lt; b</t>", "a &lt; b"),
        ("<t type='html'>a &lt;b>b&lt;/b></t>", "a <b>b</b>"),
        ("<t type='image/svg+xml'><svg/></t>", "<svg></svg>"),
        ("<t type='application/xml'>a</t>", "a"),
        (f"<t type='text/html' mode='base64'>{B64}</t>", "<b>a &amp; b</b>"),
        ("<t type='image/png'>iVBORw0KGgo=</t>", ""),
        ("<t type='image/png'>no base64!</t>", ""),
        ("<t type='text/html' src='https://x.example/'/>", ""),
    ],
)
def test_content(document, expected):
    """
    Atom's content becomes an HTML fragment by the type it gives; what is no text is none.
    """
    assert expected == content_fragment(element(document))


def test_rss():
    """
    RSS's texts are HTML whatever they say, and what is not there is empty.
    """
    assert fragment(element("<d type='text'>a &lt;b>b&lt;/b></d>"), "html") == "a <b>b</b>"
    assert fragment(None) == ""
