"""Laws of the demo's feeds: well formed, and each entry, as the product reads it, the story it was made from."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html import unescape

import pytest
from lxml import etree

from ingest.feeds.parse import parse_feed
from workers.demo.feeds import atom, json_feed, render_feed, rss
from workers.demo.newsroom import Line, latest, load_newsroom
from workers.demo.pages import story_html
from workers.demo.stories import Story, feed_url, story_url

BASE = "http://127.0.0.10:8901"
OPENED_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NEWSROOM = load_newsroom()
OUTLETS = {outlet.id: outlet for outlet in NEWSROOM.outlets}
ATOM = "{http://www.w3.org/2005/Atom}"

#: Everything that markup could trip over.
NASTY = Story(
    outlet="gazette",
    slug="nasty",
    guid="a&b<c>",
    title="Fish & chips </title></script><b>\"1 < 2\"]]> 'x'",
    author='O\'Neil & "Sons" <x>',
    lines=(Line(kind="text", text="5 < 6 & 7 > 2 ]]> </p></script> &amp; end."), Line(kind="promo", text="A & B <i>")),
    language="en",
    appears_after=timedelta(0),
    tags=("a & b", '"<q>"'),
)


@pytest.mark.parametrize("outlet_id", ["gazette", "saltmarsh"])
def test_rss(outlet_id):
    """
    RSS is well-formed XML that gives each story its title, address, guid, author, date and escaped summary.
    """
    outlet = OUTLETS[outlet_id]
    stories = (NASTY, *latest(NEWSROOM, outlet, timedelta(minutes=10)))

    channel = etree.fromstring(rss(outlet, stories, base_url=BASE, opened_at=OPENED_AT).encode()).find("channel")

    items = channel.findall("item")
    creator = "{http://purl.org/dc/elements/1.1/}creator"
    assert channel.findtext("title") == outlet.name
    assert [item.findtext("title") for item in items] == [story.title for story in stories]
    assert [item.findtext("link") for item in items] == [story_url(story, BASE) for story in stories]
    assert [item.findtext("guid") for item in items] == [story.guid for story in stories]
    assert [item.findtext(creator) for item in items] == [story.author for story in stories]
    assert [unescape(item.findtext("description")) for item in items] == [story.summary for story in stories]
    assert [parsedate_to_datetime(item.findtext("pubDate")) for item in items] == [
        OPENED_AT + story.appears_after for story in stories
    ]
    assert [[tag.text for tag in item.findall("category")] for item in items] == [list(story.tags) for story in stories]


def test_content_encoded():
    """
    Only the partner's RSS carries the whole text, and it is the fragment to the letter.
    """
    content = "{http://purl.org/rss/1.0/modules/content/}encoded"
    full = etree.fromstring(rss(OUTLETS["saltmarsh"], (NASTY,), base_url=BASE, opened_at=OPENED_AT).encode())
    short = etree.fromstring(rss(OUTLETS["gazette"], (NASTY,), base_url=BASE, opened_at=OPENED_AT).encode())

    assert [node.text for node in full.iter(content)] == [story_html(NASTY)]
    assert list(short.iter(content)) == []


def test_atom():
    """
    Atom is well-formed XML with the stories' ids, titles, addresses, authors, dates and summaries.
    """
    stories = (NASTY, *latest(NEWSROOM, OUTLETS["courier"], timedelta(minutes=10)))

    feed = etree.fromstring(atom(OUTLETS["courier"], stories, base_url=BASE, opened_at=OPENED_AT).encode())

    entries = feed.findall(f"{ATOM}entry")
    assert feed.findtext(f"{ATOM}updated") == (OPENED_AT + max(story.appears_after for story in stories)).isoformat()
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == [story.guid for story in stories]
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == [story.title for story in stories]
    assert [entry.find(f"{ATOM}link").get("href") for entry in entries] == [story_url(story, BASE) for story in stories]
    assert [entry.findtext(f"{ATOM}author/{ATOM}name") for entry in entries] == [story.author for story in stories]
    assert [entry.findtext(f"{ATOM}summary") for entry in entries] == [story.summary for story in stories]


def test_json_feed():
    """
    JSON Feed names its version and carries each story's whole text.
    """
    stories = (NASTY, *latest(NEWSROOM, OUTLETS["lattice"], timedelta(minutes=10)))

    feed = json.loads(json_feed(OUTLETS["lattice"], stories, base_url=BASE, opened_at=OPENED_AT))

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == f"{BASE}/lattice/feed.json"
    assert [(item["id"], item["url"], item["title"], item["content_html"]) for item in feed["items"]] == [
        (story.guid, story_url(story, BASE), story.title, story_html(story)) for story in stories
    ]


@pytest.mark.parametrize(
    ("outlet_id", "media_type"),
    [
        ("gazette", "application/rss+xml; charset=utf-8"),
        ("courier", "application/atom+xml; charset=utf-8"),
        ("lattice", "application/feed+json"),
        ("saltmarsh", "application/rss+xml; charset=utf-8"),
    ],
)
def test_empty_feed(outlet_id, media_type):
    """
    A feed with nothing in it yet is a well-formed feed of its own media type.
    """
    got, text = render_feed(OUTLETS[outlet_id], (), base_url=BASE, opened_at=OPENED_AT)

    assert got == media_type
    assert json.loads(text)["items"] == [] if "json" in media_type else etree.fromstring(text.encode()) is not None


@pytest.mark.parametrize("outlet", NEWSROOM.outlets, ids=lambda outlet: outlet.id)
def test_entries(outlet):
    """
    Guid, address, title, author, date, tags and text of every entry are the story's.
    """
    stories = latest(NEWSROOM, outlet, timedelta(minutes=10))
    content_type, text = render_feed(outlet, stories, base_url=BASE, opened_at=OPENED_AT)

    feed = parse_feed(text.encode(), feed_url(outlet, BASE), {"content-type": content_type})

    expected_format = {"rss": "rss20", "rss-full": "rss20", "atom": "atom10", "json": "json11"}[outlet.format]
    is_full = outlet.format in ("rss-full", "json")
    assert (feed.format, feed.title, feed.language) == (expected_format, outlet.name, "en")
    assert feed.self_url == feed_url(outlet, BASE)
    assert [(entry.guid, entry.url, entry.title, entry.published_at) for entry in feed.entries] == [
        (story.guid, story_url(story, BASE), story.title, OPENED_AT + story.appears_after) for story in stories
    ]
    assert [[author.name for author in entry.authors] for entry in feed.entries] == [
        [story.author] for story in stories
    ]
    assert [entry.categories for entry in feed.entries] == [story.tags for story in stories]
    assert [unescape(entry.summary_html) for entry in feed.entries] == [story.summary for story in stories]
    assert [entry.content_html.strip() for entry in feed.entries] == [
        story_html(story) if is_full else "" for story in stories
    ]


@pytest.mark.parametrize("outlet_id", ["courier", "lattice"])
def test_language(outlet_id):
    """
    Atom and JSON Feed have a language for each entry, and it is the story's.
    """
    outlet = next(outlet for outlet in NEWSROOM.outlets if outlet.id == outlet_id)
    stories = latest(NEWSROOM, outlet, timedelta(minutes=2))
    content_type, text = render_feed(outlet, stories, base_url=BASE, opened_at=OPENED_AT)

    feed = parse_feed(text.encode(), feed_url(outlet, BASE), {"content-type": content_type})

    assert [entry.language for entry in feed.entries] == [story.language for story in stories]
