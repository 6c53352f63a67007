"""The product's own tasks, through real children."""

from datetime import timedelta

import pytest

from ingest.errors import FeedError
from ingest.models import Block, Page
from ingest.sandbox.pool import Sandbox

SENTENCE = "The harbour master said on Monday that ferry {} had left the quay an hour late because of the tide."
PARAGRAPHS = tuple(SENTENCE.format(number) for number in range(12))
PAGE = f"<html><head><title>Ferries</title></head><body><article>{''.join(f'<p>{p}</p>' for p in PARAGRAPHS)}</article>"


@pytest.fixture
async def sandbox(warm_sandbox):  # noqa: ARG001 - it is there, and that is all
    async with Sandbox(1, timedelta(seconds=20), 768 * 1024 * 1024) as opened:
        yield opened


async def test_edit_page(sandbox):
    """
    A page comes back as its text, found and cleaned.
    """
    page = Page(url="https://ferries.example/late", content_type="text/html; charset=utf-8", body=PAGE.encode())

    extraction, cleaning = await sandbox.run("edit_page", page)

    assert (PARAGRAPHS, PARAGRAPHS) == (extraction.paragraphs[-12:], cleaning.paragraphs[-12:])


async def test_own_rules(warm_sandbox):  # noqa: ARG001 - it is there, and that is all
    """
    A child that is given rules of the operator's cleans by them as well, and signs with their ids.
    """
    rule = """
[[rule]]
id = "town-ask"
kind = "promo"
lang = "en"
lines = ['give the town crier a coin']
confidence = 0.9
removes = ["Give the town crier a coin!"]
keeps = ["Give the town crier a coin or a kick, the mayor joked."]
"""
    html = "".join(f"<p>{paragraph}</p>" for paragraph in (*PARAGRAPHS, "Give the town crier a coin!"))
    limits = timedelta(seconds=20), 768 * 1024 * 1024

    async with Sandbox(1, *limits, rules=(("town.toml", rule),)) as own, Sandbox(1, *limits) as plain:
        found = [await one.run("edit_fragment", html, "https://ferries.example/late") for one in (own, plain)]

    assert [["town-ask"], []] == [[removal.rule for removal in cleaning.removals] for _, cleaning in found]


async def test_sent(sandbox):
    """
    Of what the text was taken from only the tags come back: nothing else is asked of it any more.
    """
    data = f'<script type="application/ld+json">{{"@type": "NewsArticle", "articleBody": "{PARAGRAPHS[0]}"}}</script>'
    page = Page(url="https://ferries.example/late", content_type="text/html", body=(data + PAGE).encode())

    extraction, _ = await sandbox.run("edit_page", page)

    assert {Block(tag="p")} == {*extraction.blocks[-12:]}
    assert extraction.article_body == ""


async def test_edit_fragment(sandbox):
    """
    A feed's own text comes back as its paragraphs, found and cleaned.
    """
    html = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)

    extraction, cleaning = await sandbox.run("edit_fragment", html, "https://ferries.example/late")

    assert (PARAGRAPHS, PARAGRAPHS) == (extraction.paragraphs, cleaning.paragraphs)


async def test_parse_feed(sandbox):
    """
    A feed comes back parsed, and what is none as the parser's FeedError.
    """
    feed = b"<rss version='2.0'><channel><title>Ferries</title><item><title>Late</title></item></channel></rss>"

    parsed = await sandbox.run("parse_feed", feed, "https://ferries.example/feed", {"content-type": "text/xml"})
    with pytest.raises(FeedError) as caught:
        await sandbox.run("parse_feed", b"", "https://ferries.example/feed", {})

    assert ("Ferries", ["Late"]) == (parsed.title, [entry.title for entry in parsed.entries])
    assert caught.value.found == "empty"
