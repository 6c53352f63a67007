"""Pages and fragments to paragraphs."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.models import Metadata, Page
from ingest.pages.extract import extract, extract_fragment, warm

PROSE = [
    f"On day {day} the harbour lay still, and nobody on the quay could name the reason for it." for day in range(8)
]


def page(body: str, *, head: str = "") -> Page:
    html = f"<html lang='en'><head><title>Harbour</title>{head}</head><body>{body}</body></html>"
    return Page(url="https://tidewater.example/a", content_type="text/html; charset=utf-8", body=html.encode())


def test_article():
    """
    An article's paragraphs come without the page around them, and with its metadata.
    """
    body = "<nav><a href=/>Home</a></nav><article>" + "".join(f"<p>{text}</p>" for text in PROSE) + "</article>"

    extraction = extract(page(body))

    assert tuple(PROSE) == extraction.paragraphs
    assert extraction.method == "trafilatura-fast"
    assert Metadata(title="Harbour", language="en") == extraction.metadata


def test_characters_stay():
    """
    Text is not normalised: letters stay composed or decomposed as the page wrote them.
    """
    prose = [unicodedata.normalize("NFD", f"{text} Café Ångström.") for text in PROSE]

    extraction = extract(page("<article>" + "".join(f"<p>{text}</p>" for text in prose) + "</article>"))

    assert tuple(prose) == extraction.paragraphs


@pytest.mark.parametrize("depth", [252, 254, 1_000, 20_000])
def test_depth(depth):
    """
    No depth of nesting loses the text.
    """
    body = "<div>" * depth + "".join(f"<p>{text}</p>" for text in PROSE) + "</div>" * depth

    assert tuple(PROSE) == extract(page(body)).paragraphs


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"<p {' '.join(f'a{at}=1' for at in range(5_000))}>{PROSE[0]}</p>", id="attributes"),
        pytest.param("<!--" * 8_000 + f"<p>{PROSE[0]}</p>", id="comments"),
    ],
)
def test_hostile(body):
    """
    A page that no tree parser should see is read in blocks.
    """
    extraction = extract(page(body))

    assert (PROSE[0],) == extraction.paragraphs
    assert extraction.method == "blocks"


@pytest.mark.parametrize("body", [b"", b"\x89PNG\r\n\x1a\n\x00", b"<html></html>", b"<html><body><script>x</script>"])
def test_empty(body):
    """
    A page without text ends as "empty" or as whatever letters its bytes hold, never in an error.
    """
    extraction = extract(Page(url="https://tidewater.example/a", content_type="text/html", body=body))

    assert (extraction.method == "empty") == (extraction.paragraphs == ())


@pytest.mark.parametrize("end", ["</body></html>", "</body>", "</html>", "</BODY>", "</body ></html>"])
def test_early_end(end):
    """
    End tags of the document in the middle of the text lose nothing of it, as in browsers.
    """
    body = "".join(f"<p>{text}</p>" for text in PROSE[:4]) + end + "".join(f"<p>{text}</p>" for text in PROSE[4:])

    assert tuple(PROSE) == extract(page(f"<main><div class='article-text'>{body}</div></main>")).paragraphs


@pytest.mark.parametrize(
    "holder", ["<template shadowrootmode='open'>{}</template>", "<template id='later'>{}</template>"]
)
def test_template(holder):
    """
    A shadow root is text that browsers show; a template that holds all the prose of its page is the article.
    """
    prose = tuple(f"{text} So it went on, and so it was written down." for text in PROSE * 2)
    body = holder.format("".join(f"<p>{at} {text}</p>" for at, text in enumerate(prose)))

    extraction = extract(page(f"<main><news-text>{body}</news-text></main>"))

    assert tuple(f"{at} {text}" for at, text in enumerate(prose)) == extraction.paragraphs


def test_small_template():
    """
    A template beside the text, for a dialogue or a card, is none of it.
    """
    story = "".join(f"<p>{text}</p>" for text in PROSE)

    extraction = extract(
        page(f"<article>{story}<template><p>Sign in to see your saved stories.</p></template></article>")
    )

    assert tuple(PROSE) == extraction.paragraphs


def test_fragment():
    """
    A feed's HTML becomes paragraphs without a guess at what matters: all text stays, short or not.
    """
    html = "<p>Short.</p><div>Ships &amp; <b>men</b><br>lost</div><ul><li>One</li></ul><form><input>Now</form>"

    extraction = extract_fragment(html, "https://tidewater.example/a")

    assert ("Short.", "Ships & men", "lost", "One", "Now") == extraction.paragraphs
    assert extraction.method == "feed"


@pytest.mark.parametrize(
    ("text", "paragraphs"),
    [
        ("One line", ("One line",)),
        ("One\n\n two \r\nthree", ("One", "two", "three")),
        ("Fish &amp; chips, 5 < 6", ("Fish & chips, 5 < 6",)),
        ("<![CDATA[<p>One</p>]]>", ("One",)),
        ("", ()),
    ],
)
def test_plain_fragment(text, paragraphs):
    """
    Plain text has one paragraph a line.
    """
    assert paragraphs == extract_fragment(text, "").paragraphs


def test_astray():
    """
    Where the fast way returns a side column and misses the page's prose, the thorough way has its chance.
    """
    side = "<p>Tide tables for the week, by the harbour office of the town, in print and online.</p>" * 4
    prose = "".join(f"<p>{text} {text} {text}</p>" for text in PROSE)

    extraction = extract(page(f"<article>{side}</article><div class='teaser'>{prose}</div>"))

    assert extraction.method == "trafilatura"
    assert {f"{text} {text} {text}" for text in PROSE} <= set(extraction.paragraphs)


TAGS = ["<p>", "</p>", "<div>", "</div>", "<article>", "<table>", "<tr><td>", "</table>", "<li>", "<br>", "<a>", "</a>"]
ODDITIES = [
    "<!--",
    "-->",
    "<b",
    "<b\"='",
    "&amp",
    "&#0;",
    "<svg>",
    "<math>",
    "<template>",
    "<h1>",
    "Harbour",
    " still,",
]
SOUP = st.lists(st.sampled_from(TAGS + ODDITIES), max_size=40).map("".join)


@settings(max_examples=60, deadline=None)
@given(soup=SOUP)
def test_any_soup(soup):
    """
    No soup of tags raises, and no paragraph is empty or broken over lines.
    """
    for paragraph in extract(page(soup)).paragraphs:
        assert paragraph.strip()
        assert "\n" not in paragraph


def test_warm():
    """
    Warming up leaves extraction as it is: the same page gives the same text before and after.
    """
    body = "<article>" + "".join(f"<p>{text}</p>" for text in PROSE) + "</article>"
    before = extract(page(body))

    warm()

    assert before == extract(page(body))
