"""Laws of the demo's pages: complete, and saying the same everywhere, whatever the characters."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from workers.demo.newsroom import Line, latest, load_newsroom, visible
from workers.demo.pages import article_html, index_html, story_html
from workers.demo.stories import Outlet, Story, feed_url, story_url

BASE = "http://127.0.0.10:8901"
OPENED_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NEWSROOM = load_newsroom()
OUTLETS = {outlet.id: outlet for outlet in NEWSROOM.outlets}
STORIES = visible(NEWSROOM, timedelta(minutes=10))

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


def paragraphs(markup):
    """The text of every paragraph and subheading of the article's body."""
    tree = html.document_fromstring(markup)
    return [node.text_content() for node in tree.xpath("//div[@class='article-body']//*[self::p or self::h2]")]


@pytest.mark.parametrize("story", [*STORIES, NASTY], ids=lambda story: story.slug)
def test_page_holds_every_line(story):
    """
    A page's body is exactly the story's lines, in their order.
    """
    got = article_html(story, OUTLETS[story.outlet], base_url=BASE, opened_at=OPENED_AT)

    assert paragraphs(got) == [line.text for line in story.lines]


@pytest.mark.parametrize("story", [STORIES[0], NASTY], ids=lambda story: story.slug)
def test_page_head(story):
    """
    Title, canonical address, Open Graph and JSON-LD of a page say what the story says, whatever its characters.
    """
    tree = html.document_fromstring(article_html(story, OUTLETS["gazette"], base_url=BASE, opened_at=OPENED_AT))

    linked = json.loads(tree.xpath("string(//script[@type='application/ld+json'])"))
    assert tree.xpath("string(//h1)") == story.title
    assert tree.xpath("string(//title)") == f"{story.title} | The Ellery Gazette"
    assert tree.xpath("string(//link[@rel='canonical']/@href)") == story_url(story, BASE)
    assert tree.xpath("string(//meta[@property='og:title']/@content)") == story.title
    assert tree.xpath("//meta[@property='article:tag']/@content") == list(story.tags)
    assert tree.xpath("string(//p[@class='byline'])") == f"By {story.author}"
    assert (linked["@type"], linked["headline"], linked["author"][0]["name"]) == (
        "NewsArticle",
        story.title,
        story.author,
    )
    assert datetime.fromisoformat(linked["datePublished"]) == OPENED_AT + story.appears_after


def test_margin():
    """
    A page's margin links other stories of its outlet, never the story itself.
    """
    outlet = OUTLETS["gazette"]
    others = latest(NEWSROOM, outlet, timedelta(minutes=2))

    tree = html.document_fromstring(article_html(others[1], outlet, base_url=BASE, opened_at=OPENED_AT, others=others))

    assert tree.xpath("//aside//a/@href") == [story_url(others[place], BASE) for place in (0, 2, 3)]


def test_box():
    """
    Several lines of boilerplate in a row stand in a box, a single one is a paragraph among the others.
    """
    text, promo = Line(kind="text", text="Text."), Line(kind="promo", text="Sign up.")
    story = Story(
        outlet="gazette", slug="s", guid="g", title="t", author="a", language="en",
        lines=(text, promo, text, promo, promo), appears_after=timedelta(0),
    )  # fmt: skip

    got = story_html(story)

    box = ['<div class="inset">', "<p>Sign up.</p>", "<p>Sign up.</p>", "</div>"]
    assert got.split("\n") == ["<p>Text.</p>", "<p>Sign up.</p>", "<p>Text.</p>", *box]


def test_index():
    """
    The front page links every feed.
    """
    nasty = Outlet(id="x", position=4, name="A & <B>", tagline="t", format="rss", section="s")

    tree = html.document_fromstring(index_html([(outlet, BASE) for outlet in (*NEWSROOM.outlets, nasty)]))

    assert tree.xpath("//li/a/@href") == [feed_url(outlet, BASE) for outlet in (*NEWSROOM.outlets, nasty)]
    assert tree.xpath("//li/a/text()")[-1] == "A & <B>"
