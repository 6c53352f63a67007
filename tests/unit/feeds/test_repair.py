"""Laws of repaired XML: parsers can read it and it says the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ingest.feeds.limits import MAX_ENTRIES
from ingest.feeds.repair import needs_repair, repair
from ingest.feeds.sniff import sniff


def title(text: str) -> str:
    """The title a strict parser reads in the repaired document."""
    root = etree.fromstring(repair(text, sniff(text)).encode())
    return root.findtext(".//title")


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("a &amp; b &lt; c", "a & b < c"),
        ("a & b && c", "a & b && c"),
        ("Caf&eacute; &mdash; bar", "Café — bar"),
        ("It&#146;s &#x201C;ok&#x201d;", "It’s “ok”"),
        ("a&#xD83D;&#xDE00;b", "a😀b"),
        ("a ]]> b<![CDATA[ <![CDATA[ c ]]> d ]]>", "a ]]> b <![CDATA[ c  d ]]>"),
        ("a&#55357;&#56832;b", "a😀b"),
        ("a&#55357;b&#56832;c", "abc"),
        ("a < b <= c <3 <", "a < b <= c <3 <"),
        ("</ <1> < /b>", "</ <1> < /b>"),
        ("a&#xD83D;b&#xFFFF;c&#1;d&#x110000;e&#99999999;f", "abcdef"),
        ("a&#999999999999;b", "a&#999999999999;b"),
        ("a&nosuch;b", "a&nosuch;b"),
        ("a\x00\x08\x0b\x1fb", "ab"),
        ("<![CDATA[a & b &eacute; ]]>&eacute;", "a & b &eacute; é"),
        ("&own; &nested; &file;", "Own é &nested; &file;"),
    ],
)
def test_characters(inside, expected):
    """
    References and characters that XML does not know become what was meant, or go.
    """
    dtd = '<!DOCTYPE rss [<!ENTITY own "Own &#233;"><!ENTITY nested "&own;&own;"><!ENTITY file SYSTEM "file:///x">]>'

    got = title(f"{dtd}<rss><title>{inside}</title></rss>")

    assert expected == got


@pytest.mark.parametrize(
    "text",
    [
        "<?xml version='1.0'?>\n<?xml version='1.0'?><rss><title>T</title></rss>",
        "<b>Notice</b>: x\n<rss><title>T</title></rss>",
        "<rss><title>T</title></rss><!-- cached --><script>x()</script>",
        "<rss><rss:channel><rss:title>T</rss:title></rss:channel></rss>",
    ],
)
def test_surroundings(text):
    """
    What stands around the feed, and a prefix nobody declared, does not keep it from being read.
    """
    assert title(text) == "T"


@pytest.mark.parametrize("torn", ["<", "</", "</tit", "<link", "<link href='a", '<a b="c', "<a href='x' "])
def test_torn(torn):
    """
    A tag that the document ends in goes, and what stands before it stays; in CDATA it is text.
    """
    start = "<rss><title>T"

    assert start == repair(start + torn, sniff(start))
    assert repair(f"{start}<![CDATA[{torn}", sniff(start)).startswith(f"{start}<![CDATA[")


def test_torn_root():
    """
    A document that was cut off in its first tag stays what it is.
    """
    assert repair("<rss version='2", sniff("<rss>")) == "<rss version='2"


def test_surplus():
    """
    Entries past the limit are cut out and the elements around them stay closed.
    """
    items = "".join(f"<item><title>{number}</title></item>" for number in range(MAX_ENTRIES + 3))

    got = repair(f"<rss><channel>{items}<ttl>5</ttl></channel></rss>", sniff("<rss>"))

    root = etree.fromstring(got.encode())
    assert len(root.findall(".//item")) == MAX_ENTRIES
    assert root.findtext(".//ttl") == "5"


@settings(deadline=None)  # the machine is shared
@given(st.text(max_size=200))
def test_any_text(inside):
    """
    Escaped text of any characters survives but for those that XML has no place for.
    """
    escaped = inside.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "")
    shown = inside.replace("\r", "").encode("utf-8", "replace").decode()
    windows = "".join(bytes([ord(c)]).decode("cp1252", "ignore") if "\x80" <= c <= "\x9f" else c for c in shown)
    legal = "".join(c for c in windows if c in "\t\n" or (c >= " " and c not in "\x7f\ufeff\ufffe\uffff"))

    got = title(f"<rss><title>{escaped}</title></rss>")

    assert legal == (got or "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain & simple", False),
        ("Žluťoučký kůň\xa0— €", False),
        ("&#8217;&#x2019;&#13;&#32;&#150000;&#x1F600;", False),
        ("a\x7fb", True),
        ("a\x85b", True),
        ("a\ufeffb", True),
        ("&#150;", True),
        ("&#x96;", True),
        ("&#xFEFF;", True),
        ("&#65279;", True),
    ],
)
def test_needs_repair(text, expected):
    """
    Characters that XML lets through and nobody wants are noticed, raw and as references.
    """
    assert expected == needs_repair(text, text.encode())


def test_needs_no_repair_before_the_root():
    """
    What stands before the root is not looked at.
    """
    prolog, text = "\ufeff<!-- a\x7f\x85b &#150; -->", "<rss>Žluťoučký</rss>"

    assert needs_repair(prolog + text, text.encode(), len(prolog)) is False
    assert needs_repair(prolog + text, (prolog + text).encode()) is True
