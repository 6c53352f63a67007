"""Laws of the second reading."""

import pytest

from ingest.feeds.reading import read


def items(document: str) -> list[str]:
    """The titles of the items read."""
    reading = read(document.encode())
    return [item.text("title") for item in reading.items] if reading else []


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("<rss><channel><item><title>a</title></item><item><title>b</title></item></channel></rss>", ["a", "b"]),
        ("<rss><channel/><item><title>a</title></item></rss>", ["a"]),
        ("<rss><channel><item><title>a</title><item><title>b</title></item></item></channel></rss>", ["a"]),
        ("<RSS><CHANNEL><ITEM><TITLE>a</TITLE></ITEM></CHANNEL></RSS>", ["a"]),
        ("<feed><entry><title>a</title></entry></feed>", ["a"]),
        ("<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:title>a</a:title></a:entry></a:feed>", ["a"]),
        ("<rss><item><title>a</title>", ["a"]),
        ("<rss><x:item xmlns:x='https://x.example/'><title>a</title></x:item></rss>", []),
        ("", []),
        ("no markup", []),
    ],
)
def test_items(document, expected):
    """
    Items are found wherever they stand, but none inside another, in any case and Atom namespace.
    """
    got = items(document)

    assert expected == got


def test_names():
    """
    Elements are told apart by namespace; a prefix nobody declared counts as its usual one.
    """
    document = (
        "<rss xmlns:m='http://search.yahoo.com/mrss'><item><title>own</title><m:title>media</m:title>"
        "<content:encoded>text</content:encoded><guid ISPERMALINK=' false '>1</guid></item></rss>"
    )

    reading = read(document.encode())

    assert reading is not None
    (item,) = reading.items
    assert item.text("title") == "own"
    assert item.text("media:title") == "media"
    assert item.text("content:encoded") == "text"
    assert item.first("guid").get("isPermaLink") == "false"
    assert item.first("link") is None


def test_no_entities():
    """
    Neither entities nor files are read into the document.
    """
    dtd = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y "why">]>'

    got = items(f"{dtd}<rss><item><title>[&x;&y;]</title></item></rss>")

    assert got == ["[&x;&y;]"]


def test_markup():
    """
    Markup written as elements comes back as HTML; an XHTML wrapper goes.
    """
    document = "<feed><entry><content type='xhtml'><div><p>a &lt; b<br/>c</p></div></content></entry></feed>"

    reading = read(document.encode())

    assert reading is not None
    assert reading.items[0].first("content").markup == "<p>a &lt; b<br>c</p>"
