"""The newsroom as an oracle: what the product makes of its pages is, to the letter, what it says it must be."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.cleaning.clean import clean
from ingest.cleaning.rules import load_rules
from ingest.models import Page
from ingest.pages.extract import extract, extract_fragment
from workers.demo.newsroom import boilerplate, expected_text, latest, load_newsroom, make_newsroom, visible
from workers.demo.pages import article_html, story_html
from workers.demo.stories import story_url

BASE = "http://127.0.0.10:8901"
OPENED_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NEWSROOM = load_newsroom()
GENERATED = make_newsroom(5, 60, 3)
BULLETINS = visible(NEWSROOM, timedelta(minutes=20))[len(NEWSROOM.stories) :]


def page_of(newsroom, story):
    """The story's page as the server would send it."""
    outlet = next(outlet for outlet in newsroom.outlets if outlet.id == story.outlet)
    others = latest(newsroom, outlet, story.appears_after)
    html = article_html(story, outlet, base_url=BASE, opened_at=OPENED_AT, others=others)
    return Page(url=story_url(story, BASE), content_type="text/html; charset=utf-8", body=html.encode())


def check(extraction, story):
    """Assert that cleaning keeps the article's lines and takes out the boilerplate, each line as what it is."""
    cleaning = clean(extraction, load_rules())

    assert [(removal.kind, removal.text) for removal in cleaning.removals] == [
        (line.kind, line.text) for line in boilerplate(story)
    ]
    assert cleaning.text == expected_text(story)
    assert cleaning.flags == ()


@pytest.mark.parametrize("story", NEWSROOM.stories, ids=lambda story: story.slug)
def test_page(story):
    """
    Of a hand-written story's page exactly the article stays, and exactly the boilerplate goes, by its kind.
    """
    check(extract(page_of(NEWSROOM, story)), story)


@pytest.mark.parametrize("story", NEWSROOM.stories, ids=lambda story: story.slug)
def test_whole_text_in_feed(story):
    """
    The same holds for the whole text that a feed carries.
    """
    check(extract_fragment(story_html(story), story_url(story, BASE)), story)


@pytest.mark.parametrize(
    ("newsroom", "stories"), [(NEWSROOM, BULLETINS), (GENERATED, GENERATED.stories)], ids=["bulletins", "generated"]
)
def test_generated(newsroom, stories):
    """
    And for bulletins and generated stories, which load and chaos tests count on.
    """
    assert len(stories) >= 50
    for story in stories:
        check(extract(page_of(newsroom, story)), story)


@pytest.mark.parametrize("story", NEWSROOM.stories, ids=lambda story: story.slug)
def test_metadata(story):
    """
    A page's title, author, language, date and tags are read as the story has them.
    """
    got = extract(page_of(NEWSROOM, story)).metadata

    assert got.title == story.title
    assert got.authors == (story.author,)
    assert got.language == story.language
    assert got.published_at == OPENED_AT + story.appears_after
    assert got.canonical_url == story_url(story, BASE)
    assert set(got.tags) == set(story.tags)
