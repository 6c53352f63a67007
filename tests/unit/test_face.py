"""The public face: what it promises is there, and works on text, pages, feeds and addresses."""

import subprocess
import sys

import pytest

import ingest

STORY = """The harbour of Port Ellery reopened on Monday after a week of storms, officials said.
Sign up to our newsletter
Ferries will run to the winter timetable until the end of March.
Read more: Storm closes the harbour
Fishermen said the quay had lost two of its four cranes."""


def test_all():
    """
    Every public name can be imported, and is listed with its home.
    """
    got = {name: getattr(ingest, name) is not None for name in ingest.__all__}

    assert dict.fromkeys(ingest._HOMES, True) == got
    assert set(ingest.__all__) <= set(dir(ingest))


def test_unknown():
    """
    A name that is not promised is an AttributeError, as anywhere.
    """
    with pytest.raises(AttributeError, match="no attribute 'clean_everything'"):
        ingest.clean_everything  # noqa: B018 - asking is the test


def test_clean_text():
    """
    Promos go, the other lines stay as they are, and everything can be put back.
    """
    got = ingest.clean_text(STORY)

    lines = STORY.split("\n")
    assert (lines[0], lines[2], lines[4]) == got.paragraphs
    assert [lines[1], lines[3]] == [removal.text for removal in got.removals]
    assert tuple(lines) == ingest.restore(got)


def test_clean_text_language():
    """
    Rules of other languages are not tried on a text whose language is known.
    """
    text = "Port Ellery meldet einen neuen Kran.\nMelden Sie sich für unseren Newsletter an"

    assert 1 == len(ingest.clean_text(text, language="de-AT").removals)
    assert 0 == len(ingest.clean_text(text, language="en").removals)


def test_clean_page():
    """
    A page's main text comes back clean.
    """
    body = "".join(f"<p>{line}</p>" for line in STORY.split("\n"))

    got = ingest.clean_page(f"<html><body><article><h1>Harbour</h1>{body}</article></body></html>", "https://x.test/a")

    lines = STORY.split("\n")
    assert [lines[0], lines[2], lines[4]] == list(got.paragraphs)[-3:]
    assert {lines[1], lines[3]} <= {removal.text for removal in got.removals}


def test_parse_feed_and_url_key():
    """
    A feed's entries have absolute addresses, equal by key to the same address with tracking.
    """
    item = b"<item><title>A</title><link>/a-story</link></item>"
    data = b"<rss version='2.0'><channel><title>T</title>" + item + b"</channel></rss>"

    got = ingest.parse_feed(data, "https://x.test/feed", {"content-type": "application/rss+xml"})

    assert "https://x.test/a-story" == got.entries[0].url
    assert ingest.url_key("http://www.x.test/a-story/?utm_source=rss") == ingest.url_key(got.entries[0].url)


def test_light():
    """
    Importing the package loads neither an HTML parser nor redis.
    """
    code = "import sys, ingest; print([m for m in ('lxml', 'redis', 'trafilatura', 'feedparser') if m in sys.modules])"

    got = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == got.stdout.strip()
