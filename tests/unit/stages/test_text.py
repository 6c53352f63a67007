"""Where an entry's text comes from, and what its source has taught about it."""

from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest

from ingest.stages.article import ingest_entry
from ingest.stages.poll import poll_feed
from ingest.store.boilerplate import Lessons
from tests.unit.stages.conftest import T0, rss
from workers.demo.newsroom import make_newsroom
from workers.demo.stories import expected_text

STORIES = tuple(expected_text(story).split("\n") for story in make_newsroom(outlets=1, stories=12, seed=4).stories)
FOOTER = "Voices of the Harbour, written on the quays"
RSS = "application/rss+xml"


def page(*paragraphs: str) -> str:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return f"<html lang='en'><head><title>T</title></head><body><article>{body}</article></body></html>"


async def publish(office, number: int, markup: str, **fields: str):
    """One entry, a day after the one before, from being in a feed to its report."""
    url = office.site.say(f"/news/a-story-of-many-words-{number}", markup)
    date = format_datetime(T0 - timedelta(days=40 - number))
    office.site.say(
        f"/{number}.xml", rss({"link": url, "pubDate": date, "title": f"Story {number}", **fields}), kind=RSS
    )
    await poll_feed(office.desk, await office.subscribe(f"/{number}.xml"))
    (claim,) = await office.claims("entries")
    return await ingest_entry(office.desk, claim)


@pytest.mark.parametrize(
    ("learning", "is_kept", "is_found"), [("off", True, False), ("shadow", True, True), ("active", False, True)]
)
async def test_learning(office, learning, is_kept, is_found):
    """
    A line that a source's articles repeat day after day is reported in shadow, and removed once learning is active.
    """
    settings = office.desk.settings.model_copy(update={"learning": learning})
    for number, story in enumerate(STORIES):
        # A worker remembers lessons for a minute; here each article comes after that.
        lessons = Lessons(office.desk.store, learning, lambda: T0)
        office.desk = replace(office.desk, settings=settings, lessons=lessons)
        report = await publish(office, number, page(*story, FOOTER))

    paragraphs = report.article.cleaning.paragraphs
    assert (is_kept, is_found) == (FOOTER in paragraphs, FOOTER in [removal.text for removal in report.learned])
    assert tuple(STORIES[-1]) == paragraphs[: len(STORIES[-1])]


async def test_stub(office):
    """
    A page that holds only the beginning of what the feed has in full is a stub: the feed's text is published.
    """
    story = STORIES[0] + STORIES[1]
    full = "".join(f"<p>{text}</p>" for text in story)

    report = await publish(office, 0, page(*story[:2]), description=full)

    article = report.article
    assert ("feed", ("page-stub",), tuple(story)) == (
        article.content_source,
        article.flags,
        article.cleaning.paragraphs,
    )


async def test_teaser(office):
    """
    A feed's teaser does not take the place of a page, and becomes the summary.
    """
    teaser = "What the harbour board decided, in a sentence."

    report = await publish(office, 0, page(*STORIES[0]), description=teaser)

    article = report.article
    assert ("page", (), tuple(STORIES[0]), teaser) == (
        article.content_source,
        article.flags,
        article.cleaning.paragraphs,
        article.summary,
    )


@pytest.mark.parametrize(("size", "is_read"), [(1, False), (40, True)])
async def test_needless_feed(office, size, is_read):
    """
    Where the page is the article and has a summary, a feed's teaser is not even read, and a longer text is.
    """
    markup = page(*STORIES[0]).replace("</head>", "<meta name='description' content='What was decided.'></head>")
    office.desk.sandbox.failures["edit_fragment"] = "memory"

    report = await publish(office, 0, markup, description="The harbour. " * size)

    flags = ("feed-text-failed:memory",) if is_read else ()
    assert ("page", flags, "What was decided.") == (
        report.article.content_source,
        report.article.flags,
        report.article.summary,
    )


async def test_wall(office):
    """
    A consent wall is no article: without a text in the feed the entry is a dead letter that says why.
    """
    wall = page(
        "We value your privacy", "We and our 834 partners store and access information on a device.", "Accept all"
    )

    report = await publish(office, 0, wall)

    assert ("dead", "page-consent-wall") == (report.outcome, report.reason)
