"""Text of the article in an element whose name says otherwise."""

from __future__ import annotations

import pytest

from ingest.models import Page
from ingest.pages.extract import extract

SENTENCES = tuple(
    f"In week {week} the ferries ran late again, and the islanders of pier {week} asked the harbour for a reason."
    for week in range(24)
)
STORY = "".join(f"<p>{text}</p>" for text in SENTENCES)
HALF = "".join(f"<p>{text}</p>" for text in SENTENCES[:8])
REST = "".join(f"<p>{text}</p>" for text in SENTENCES[8:])


def paragraphs(body: str) -> tuple[str, ...]:
    html = f"<html><head><title>Ferries</title></head><body>{body}</body></html>"
    return extract(Page(url="https://tidewater.example/a", content_type="text/html", body=html.encode())).paragraphs


@pytest.mark.parametrize(
    "rest",
    [
        "<div class='expandable'>{}</div>",
        "<div class='slide-in-up'>{}</div>",
        "<section class='post-banner-below'>{}</section>",
        "<div class='paid-content' style='display:none'>{}</div>",
        "<div class='rest' aria-hidden='true'>{}</div>",
        "<div class='col with-sidebar'>{}</div>",
        "<div class='teaser-rest'>{}</div>",
    ],
)
def test_half_of_the_article(rest):
    """
    An element that holds a good part of the frame's text is the article, whatever it is called.
    """
    got = paragraphs(f"<article class='article-content'>{HALF}{rest.format(REST)}</article>")

    assert SENTENCES == got


@pytest.mark.parametrize(
    "other",
    [
        "<div class='reader-comments widget'>{}</div>",
        "<div class='related-widget'>{}</div>",
        "<div class='sidebar'>{}</div>",
        "<div class='slide'><a href='/next'>{}</a></div>",
    ],
)
def test_other_texts(other):
    """
    Readers' words, other articles, and what is made of links are none of it however much they hold.
    """
    words = "".join(f"Reader {row} has seen a boat at noon and wonders whose it was. " for row in range(20))
    got = paragraphs(f"<article class='article-content'>{STORY}{other.format(f'<p>{words}</p>')}</article>")

    assert SENTENCES == got


def test_copy_for_another_screen():
    """
    The same text for a small screen, hidden, does not come twice.
    """
    got = paragraphs(f"<article class='article-content'>{STORY}<div style='display:none'>{STORY}</div></article>")

    assert SENTENCES == got


@pytest.mark.parametrize("name", ["slide-up", "text-expanded", "next-to-image", "embedded-quote", "teaser-text"])
def test_paragraph(name):
    """
    A <p> that is long and ends like a sentence is a paragraph.
    """
    story = STORY.replace("<p>In week 3 ", f"<p class='{name}'>In week 3 ")

    assert SENTENCES == paragraphs(f"<article class='article-content'>{story}</article>")


@pytest.mark.parametrize("name", ["caption slide", "newsletter-embed", "byline-meta", "share-bar"])
def test_no_paragraph(name):
    """
    A <p> whose name says what else it is goes as before.
    """
    line = "Every morning the harbour's own letter brings the tides and the news of the quay to your door and home."
    got = paragraphs(f"<article class='article-content'>{STORY}<p class='{name}'>{line}</p></article>")

    assert SENTENCES == got


def test_twins():
    """
    An article in several elements of one name beside each other is read to its end.
    """
    ad = "<div class='ad'>Advertisement</div>"
    got = paragraphs(
        f"<main><div itemprop='articleBody'>{HALF}</div>{ad}<div itemprop='articleBody'>{REST}</div></main>"
    )

    assert SENTENCES == got


def test_twin_with_a_headline():
    """
    An element of the same name that has a headline of its own is another article.
    """
    other = "<h1>Tides</h1>" + "<p>The tide was high at noon, and nobody had told the people of the lower town.</p>" * 4
    got = paragraphs(f"<main><div class='post-content'>{STORY}</div><div class='post-content'>{other}</div></main>")

    assert SENTENCES == got


@pytest.mark.parametrize("tag", ["time", "label"])
def test_words_in_a_sentence(tag):
    """
    A sentence keeps the words that it has in a <time> or a <label>; a date by itself still goes.
    """
    story = STORY.replace("In week 3 ", f"In <{tag}>week 3</{tag}> ")
    got = paragraphs(f"<article class='article-content'>{story}<p><{tag}>4 March</{tag}></p></article>")

    assert SENTENCES == got
