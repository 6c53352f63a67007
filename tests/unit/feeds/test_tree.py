"""Laws of the tree and of the names in it."""

import pytest

from ingest.feeds.tree import Names, attribute, base_of, first, first_text, markup_in, mend_tree, parts_of, read_tree

MEDIA = "https://search.yahoo.com/mrss"


def tree(document: str):
    """The root of a well-formed document."""
    root = read_tree(document.encode())
    assert root is not None
    return root


@pytest.mark.parametrize(
    ("document", "is_atom", "expected"),
    [
        ("<rss><TITLE/></rss>", False, "title"),
        (f"<rss xmlns:m='{MEDIA}/'><m:title/></rss>", False, "media:title"),
        ("<rss xmlns:media='https://x.example/mine'><media:title/></rss>", False, "media:title"),
        ("<rss xmlns:x='https://x.example/'><x:title/></rss>", False, "?:title"),
        ("<rss xmlns='https://x.example/'><title/></rss>", False, "title"),
        ("<rss xmlns:a='http://www.w3.org/2005/Atom'><a:link/></rss>", False, "atom:link"),
        ("<rss xmlns='http://www.w3.org/2005/Atom'><link/></rss>", False, "link"),
        ("<feed xmlns='http://purl.org/atom/ns#draft-05'><title/></feed>", True, "title"),
        ("<feed><title/></feed>", True, "title"),
        ("<feed xmlns:d='http://purl.org/dc/terms/'><d:x/></feed>", True, "dcterms:x"),
        (f"<rss><{'x' * 200}/></rss>", False, "?"),
    ],
)  # fmt: skip
def test_names(document, is_atom, expected):
    """
    An element's name depends on what its namespace means, not on the prefix; the format's own have none.
    """
    root = tree(document)

    assert expected == Names(root, is_atom=is_atom)[root[0].tag]


@pytest.mark.parametrize(
    ("tag", "expected"), [("content:encoded", "content:encoded"), ("x:y", "?"), ("atom:link", "atom:link")]
)
def test_undeclared_prefix(tag, expected):
    """
    A prefix that nobody declared has its usual meaning, if it has one.
    """
    root = mend_tree(f"<rss><{tag}/></rss>".encode())

    assert root is not None
    assert expected == Names(root, is_atom=False)[root[0].tag]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("<a><!-- x -- y --><b>z</b></a>", "z"),
        ("<a><b c='x<y'>z</b></a>", "z"),
        ("<a><?xml version='1.0'?><b>z</b></a>", "z"),
        ("<a><b>z</b><c>", "z"),
        ("<a><b>z</a>", None),
        ("<a><b>z<!-- x", None),
    ],
)
def test_mended(document, expected):
    """
    What is wrong without a doubt about its meaning is mended, everything else is not.
    """
    root = mend_tree(document.encode())

    assert expected == (None if root is None else root.findtext("b"))


def test_parts():
    """
    Children are found by name, the first that says something counts.
    """
    root = tree("<rss><a/><b> x </b><a c='1'/><b>y</b></rss>")

    parts = parts_of(root, Names(root, is_atom=False))

    assert (first_text(parts, ("z", "a", "b")), first_text(parts, ("a",))) == ("x", "")
    assert first(parts, ("a",)) is root[2]
    assert first(parts, ("z",)) is None


def test_attribute():
    """
    An attribute is found in any case.
    """
    root = tree("<a ISPERMALINK=' false ' isPermalinK='x'/>")

    assert (attribute(root, "isPermaLink"), attribute(root, "rel")) == ("false", "")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("<a> &lt;p> </a>", "<p>"),
        ("<a>x &lt; <b>y</b> z</a>", "x &lt; <b>y</b> z"),
        ("<a type='xhtml'><div><p>a &lt; b<br/>c</p></div></a>", "<p>a &lt; b<br>c</p>"),
        ("<a type='xhtml'><h:div xmlns:h='http://www.w3.org/1999/xhtml'>x <h:b>y</h:b></h:div></a>", "x <b>y</b>"),
        ("<a><div>x</div></a>", "<div>x</div>"),
        ("<a c='>'><b/></a>", "<b></b>"),
    ],
)
def test_markup(document, expected):
    """
    Markup written as elements comes back as HTML without namespaces; an XHTML wrapper goes.
    """
    assert expected == markup_in(tree(document))


def test_base():
    """
    xml:base counts up to the address of the feed.
    """
    root = tree("<a xml:base='/d/'><b xml:base='e/'/></a>")

    assert base_of(root[0], "https://x.example/f") == "https://x.example/d/e/"
    assert base_of(tree("<a/>"), "https://x.example/f") == "https://x.example/f"


def test_no_file_is_read():
    """
    Neither entities nor files are read into the document.
    """
    dtd = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y "why">]>'

    root = tree(f"{dtd}<rss><title>[&x;&y;]</title></rss>")

    assert "".join(map(str, root.itertext())) == "[&x;&y;]"
