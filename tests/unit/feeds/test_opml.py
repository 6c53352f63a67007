"""Laws of lists of feeds."""

from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import FeedError
from ingest.feeds.opml import Subscription, read_opml, write_opml

OPML = """<?xml version="1.0" encoding="{}"?><opml version="2.0"><head><title>Mine</title></head><body>
<outline text="News"><outline text="Europe"><outline type="rss" text="Caf\u00e9 &amp; Co" xmlUrl="https://a.example/f?a=1&amp;b=2"/></outline>
<outline title="B" xmlUrl=" https://b.example/ "/></outline>
<outline text="A again" xmlUrl="https://a.example/f?a=1&amp;b=2"/><outline text="Bad" xmlUrl="javascript:x"/>
<outline text="A page" type="link" url="https://c.example/list.opml"/></body></opml>"""


@pytest.mark.parametrize("codec", ["utf-8", "iso-8859-1", "utf-16"])
def test_read(codec):
    """
    Every feed is given once with its title and folder, in any encoding, usable or not.
    """
    got = read_opml(OPML.format(codec).encode(codec))

    expected = (
        Subscription(url="https://a.example/f?a=1&b=2", title="Caf\u00e9 & Co", folder="News/Europe"),
        Subscription(url="https://b.example/", title="B", folder="News"),
        Subscription(url="javascript:x", title="Bad"),
    )
    assert expected == got


def test_broken():
    """
    A list that ends in the middle is read as far as it goes.
    """
    got = read_opml(OPML.format("utf-8").encode()[:250])

    assert [one.url for one in got] == ["https://a.example/f?a=1&b=2"]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "empty"),
        (b"{}", "json"),
        (b"<rss><channel/></rss>", "xml"),
        (b"<html/>", "html"),
        (b"hello", "text"),
        (b"\x00\x01\x02", "binary"),
    ],
)
def test_no_opml(data, found):
    """
    What is no OPML is named.
    """
    with pytest.raises(FeedError) as caught:
        read_opml(data)

    assert found == caught.value.found


NAME = st.text("aé <>&\"'\x00\n]中", min_size=1, max_size=8).filter(lambda text: text.strip("\x00 \n"))


@settings(deadline=None)  # the machine is shared
@given(
    st.lists(
        st.builds(
            Subscription,
            url=st.text('abc/?&=é"<', min_size=1, max_size=9).map(lambda path: f"https://a.example/{path}"),
            title=NAME,
            folder=st.lists(NAME, max_size=2).map("/".join),
        ),
        max_size=4,
        unique_by=lambda one: one.url,
    ),
    NAME,
)
def test_round_trip(subscriptions, title):
    """
    What is written is well-formed whatever the names hold, and is read back with each address.
    """
    document = write_opml(subscriptions, title)

    assert ET.fromstring(document).tag == "opml"
    got = read_opml(document)
    assert {one.url for one in subscriptions} == {one.url for one in got}
    assert {" ".join(one.title.replace("\x00", "").split()) for one in subscriptions} == {one.title for one in got}


@pytest.mark.parametrize(
    ("name", "folder"), [("TV / Film", "TV/Film"), ("/News//", "News"), ("<b>News</b>", "<b>News</b>"), (" / ", "")]
)
def test_separator_in_a_name(name, folder):
    """
    A folder's name that holds the separator comes to the same folders however often the list travels.
    """
    outline = f"<outline text={quoteattr(name)}><outline text='A' xmlUrl='https://a.example/'/></outline>"
    (read,) = read_opml(f"<opml version='2.0'><body>{outline}</body></opml>".encode())

    again = read_opml(write_opml([read], "x"))

    assert (folder, folder) == (read.folder, again[0].folder)


def test_folders():
    """
    A folder is written once and keeps its subfolders.
    """
    given_list = (
        Subscription(url="https://a.example/", title="A", folder="News"),
        Subscription(url="https://b.example/", title="B", folder="News/Europe"),
        Subscription(url="https://c.example/", title="C"),
        Subscription(url="https://d.example/", title="D", folder="News"),
    )

    document = write_opml(given_list, "Mine")

    assert document.count(b'text="News"') == 1
    assert set(given_list) == set(read_opml(document))
