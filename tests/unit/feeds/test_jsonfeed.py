"""Laws of JSON Feed."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import FeedError
from ingest.feeds.jsonfeed import parse_json
from ingest.models import Author, Enclosure, ParsedFeed

URL = "https://news.example/feed.json"
VERSION = "https://jsonfeed.org/version/1.1"


def parse(**members: object) -> ParsedFeed:
    """A feed of these members."""
    return parse_json(json.dumps({"version": VERSION, **members}), URL)


def test_feed():
    """
    Everything the format says of a feed is kept.
    """
    got = parse(
        title="A & <b>",
        description="D",
        home_page_url="/",
        feed_url="feed.json",
        next_url="?2",
        icon="/i.png",
        favicon="/f.ico",
        language="en",
        authors=[{"name": "Desk", "url": "mailto:d@a.example"}, {}],
        hubs=[{"type": "WebSub", "url": "https://h.example/"}, {"url": "javascript:x"}, "x"],
    )

    expected = ParsedFeed(
        format="json11",
        title="A & <b>",
        subtitle="D",
        link="https://news.example/",
        self_url=URL,
        next_url=f"{URL}?2",
        image="https://news.example/i.png",
        icon="https://news.example/f.ico",
        language="en",
        authors=(Author(name="Desk", email="d@a.example"),),
        hubs=("https://h.example/",),
    )
    assert expected == got


def test_entry():
    """
    Everything the format says of an item is kept.
    """
    got = parse(
        items=[
            {
                "id": "1",
                "url": "/1",
                "external_url": "https://x.example/",
                "title": "a <b> & c",
                "content_html": "<p>x</p>",
                "content_text": "x",
                "summary": "s < t",
                "date_published": "2024-05-01T12:00:00+02:00",
                "date_modified": "2024-05-02T10:00:00Z",
                "authors": [{"name": "Ann", "url": "/ann"}],
                "tags": ["t", "t", 5],
                "language": "de",
                "image": "/im.jpg",
                "attachments": [{"url": "/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 9.0}, {"url": 5}, {}],
            }
        ]
    )

    (entry,) = got.entries
    assert (entry.guid, entry.url, entry.title) == ("1", "https://news.example/1", "a <b> & c")
    assert (entry.content_html, entry.summary_html) == ("<p>x</p>", "s &lt; t")
    assert entry.published_at == datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert entry.updated_at == datetime(2024, 5, 2, 10, tzinfo=UTC)
    assert entry.authors == (Author(name="Ann", url="https://news.example/ann"),)
    assert (entry.categories, entry.language, entry.image) == (("t",), "de", "https://news.example/im.jpg")
    assert entry.enclosures == (Enclosure(url="https://news.example/a.mp3", type="audio/mpeg", length="9"),)


def test_version_1():
    """
    1.0 has one author, plain text becomes HTML, and ids may be numbers; an item without id is dropped.
    """
    items = [{"id": 7, "content_text": "a < b"}, {"id": "", "content_text": "x"}, {"id": True}, "x", None, {"id": 3.5}]

    got = parse_json(
        json.dumps({"version": "https://jsonfeed.org/version/1", "author": {"name": "Ann"}, "items": items}), URL
    )

    assert got.format == "json1"
    assert got.authors == (Author(name="Ann"),)
    assert [entry.guid for entry in got.entries] == ["7", "3.5"]
    assert got.entries[0].content_html == "a &lt; b"


@pytest.mark.parametrize(
    ("text", "found"),
    [('{"version": 5}', "json"), ("[1]", "json"), ('{"items": []}', "json"), ("{", "broken"), ("[" * 5000, "broken")],
)
def test_no_feed(text, found):
    """
    Other JSON, and what only begins as JSON, is named.
    """
    with pytest.raises(FeedError) as caught:
        parse_json(text, URL)

    assert found == caught.value.found


HEAD = f'{{"version": "{VERSION}", "title": "T", "items": ['


@pytest.mark.parametrize(
    ("inside", "title"),
    [
        ('{"id": "1", "title": "A",},]}', "A"),
        ('{"id": "1", "title": "A"}]}\n<!-- cached -->', "A"),
        ('{"id": "1", "title": "line\nend\ttab"}]}', "line end tab"),
        ('{"id": "1", "title": "a \\ud83d b"}]}', "a b"),
        ('{"id": "1", "title": "Say \\"x,]\\" now,}", "n": NaN}]}', 'Say "x,]" now,}'),
    ],
)
def test_sloppy(inside, title):
    """
    JSON that only a strict reader refuses is read: commas too many, raw line ends, half characters, what follows it.
    """
    got = parse_json(HEAD + inside, URL)

    assert [("1", title)] == [(entry.guid, entry.title) for entry in got.entries]


@pytest.mark.parametrize("inside", ['{"id": "1", "title": "A"', '{"id": "1" "title": "A"}]}', "[" * 100_000])
def test_unreadable(inside):
    """
    JSON that is cut off or nested without end is broken.
    """
    with pytest.raises(FeedError) as caught:
        parse_json(HEAD + inside, URL)

    assert caught.value.found == "broken"


def test_inherited_authors():
    """
    An item that names no author has the feed's (JSON Feed 1.1, "authors"); a name may stand for the object.
    """
    got = parse(authors=["Desk"], items=[{"id": "1"}, {"id": "2", "authors": ["Ann", {"name": "Bo"}]}])

    assert [(Author(name="Desk"),), (Author(name="Ann"), Author(name="Bo"))] == [one.authors for one in got.entries]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"id": "https://j.example/1"}, "https://j.example/1"),
        ({"id": "https://j.example/1", "external_url": "https://o.example/"}, "https://o.example/"),
        ({"id": "j.example/1"}, None),
    ],
)
def test_id_as_address(members, expected):
    """
    An id that is an address is the item's where it names no other (JSON Feed 1.1, "id").
    """
    (entry,) = parse(items=[members]).entries

    assert (members["id"], expected) == (entry.guid, entry.url)


@pytest.mark.parametrize("number", [1714557600, 1714557600.0, 1714557600000, "1714557600"])
def test_date_as_number(number):
    """
    A date may be given in seconds or milliseconds.
    """
    (entry,) = parse(items=[{"id": "1", "date_published": number}]).entries

    assert datetime(2024, 5, 1, 10, tzinfo=UTC) == entry.published_at


SCALAR = st.none() | st.booleans() | st.integers(-10, 10) | st.just(1.5) | st.text(max_size=5)
JSON = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = ["title", "items", "authors", "author", "hubs", "icon", "next_url", "language", "home_page_url"]
ITEM_NAMES = ["url", "title", "tags", "authors", "attachments", "date_published", "content_html", "summary", "image"]


@settings(deadline=None)  # the machine is shared
@given(
    st.dictionaries(st.sampled_from(NAMES), JSON),
    st.lists(st.dictionaries(st.sampled_from(ITEM_NAMES), JSON), max_size=2),
)
def test_wrong_types(members, items):
    """
    Members of any type spoil nothing: every item with an id is an entry.
    """
    got = parse(**{**members, "items": [{**item, "id": "1"} for item in items]})

    assert len(got.entries) == len(items)
