"""Laws of files and pictures."""

import pytest

from ingest.feeds.parse import parse_feed
from ingest.models import Enclosure

URL = "https://news.example/feed.xml"


def item(inside: str):
    """The entry of an item that holds this."""
    spaces = 'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    document = f'<rss version="2.0" {spaces}><channel><item>{inside}</item></channel></rss>'
    return parse_feed(document.encode(), URL, {}).entries[0]


def test_enclosures():
    """
    Enclosures are kept with type and length, once each, and only with an http(s) address.
    """
    got = item(
        "<enclosure url='/a.mp3' length='10' type='audio/mpeg'/><enclosure url='/b.jpg' type='image/jpeg'/>"
        "<enclosure url='/b.jpg' type='image/jpeg'/><enclosure url='javascript:x'/><enclosure/>"
    )

    expected = (
        Enclosure(url="https://news.example/a.mp3", type="audio/mpeg", length="10"),
        Enclosure(url="https://news.example/b.jpg", type="image/jpeg"),
    )
    assert expected == got.enclosures


def test_media():
    """
    A medium has its own caption and credit, else its group's, else the item's.
    """
    got = item(
        "<media:credit>Agency</media:credit><media:description>item</media:description>"
        "<media:content url='/1' type='video/mp4' fileSize='7'>"
        "<media:description>own</media:description></media:content>"
        "<media:group><media:description>&lt;b&gt;group&lt;/b&gt;</media:description>"
        "<media:content url='/2'/></media:group>"
        "<media:content url='/3'/><media:content/>"
    )

    expected = (
        Enclosure(url="https://news.example/1", type="video/mp4", length="7", caption="own", credit="Agency"),
        Enclosure(url="https://news.example/3", caption="item", credit="Agency"),
        Enclosure(url="https://news.example/2", caption="group", credit="Agency"),
    )
    assert expected == got.media


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<media:content url='/c.jpg' type='image/jpeg'/><media:thumbnail url='/t.jpg'/>", "t.jpg"),
        ("<itunes:image href='/i.jpg'/><enclosure url='/a.mp3' type='audio/mpeg'/>", "i.jpg"),
        ("<image><url>/u.jpg</url><title>x</title></image>", "u.jpg"),
        ("<image>/v.jpg</image>", "v.jpg"),
        ("<media:content url='/c.jpg' type='image/jpeg'/>", "c.jpg"),
        ("<media:content url='/v.mp4' medium='video'/><media:content url='/c.jpg' medium='image'/>", "c.jpg"),
        ("<media:group><media:content url='/c' medium='Image'/></media:group>", "c"),
        ("<media:content url='/c.JPG?width=140&amp;s=1' width='140'/>", "c.JPG?width=140&s=1"),
        ("<enclosure url='/a.mp3'/><enclosure url='/e.webp' length='0' type=''/>", "e.webp"),
        ("<media:content medium='image'><media:thumbnail url='/t.jpg'/></media:content>", "t.jpg"),
        ("<media:group><media:thumbnail url='/g.jpg'/></media:group>", "g.jpg"),
        ("<enclosure url='/a.mp3' type='audio/mpeg'/><enclosure url='/e.png' type='image/png'/>", "e.png"),
    ],
)
def test_image(inside, expected):
    """
    The picture that stands for an entry is the one the feed says, else its first image.
    """
    got = item(inside)

    assert f"https://news.example/{expected}" == got.image


def test_kind():
    """
    A picture that is only called one has that for its type.
    """
    got = item("<media:content url='/1' medium='image'/><media:content url='/2' medium='image' type='image/png'/>")

    assert [file.type for file in got.media] == ["image", "image/png"]


def test_no_image():
    """
    Sound is no picture.
    """
    assert item("<enclosure url='/a.mp3' type='audio/mpeg'/>").image is None


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (
            "<media:content url='/v' type='video/mp4'/><media:description>d</media:description>",
            "d",
        ),
        ("<media:group><media:description>d</media:description></media:group>", "d"),
        ("<media:content url='/i.jpg'/><media:description>d</media:description>", ""),
        ("<media:thumbnail url='/i.jpg'/><media:description>d</media:description>", ""),
        ("<media:content url='/i.jpg'><media:description>d</media:description></media:content>", ""),
    ],
)
def test_description_of_a_film(inside, expected):
    """
    What is said of a film or a sound is the text of an entry that has no other; a photo's caption never is.
    """
    got = item(inside)

    assert (expected, "") == (got.summary_html, got.content_html)
