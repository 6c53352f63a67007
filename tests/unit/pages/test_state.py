"""The article in the data of a page that its scripts build."""

from __future__ import annotations

import json

import pytest

from ingest.models import Page
from ingest.pages.dom import read_tree
from ingest.pages.extract import extract
from ingest.pages.state import article_in_state

TITLE = "Ferries run late & nobody says why"
STORY = tuple(f"In week {week} the ferries ran late again, and pier {week} had no reason for it." for week in range(8))
HTML = "".join(f"<p>{text}</p>" for text in STORY)
OTHER = {"title": "Tides", "body": "<p>The tide was high at noon and stayed there.</p>" * 30}


def page(value: object, *, before: str = "", kind: str = "application/json") -> str:
    data = json.dumps(value).replace("</", "<\\/")
    return f"<html><body><div id='__next'></div><script type='{kind}'>{before}{data}</script></body></html>"


@pytest.mark.parametrize(
    "article",
    [
        {"title": TITLE, "body": HTML, "summary": "Late again."},
        {"headline": "Ferries run late &amp; nobody says why", "text": "\n".join(STORY)},
        {"title": TITLE, "content": [{"type": "paragraph", "text": text} for text in STORY]},
        {"title": TITLE, "blocks": [{"kind": "text", "model": {"html": f"<p>{text}</p>"}} for text in STORY]},
        {"title": TITLE, "paragraphs": list(STORY), "related": [OTHER]},
    ],
)
def test_shapes(article):
    """
    The text is found as markup, as lines, and in pieces, in the object that holds the headline.
    """
    tree = read_tree(page({"props": {"more": [OTHER], "article": article}}))

    assert STORY == article_in_state(tree, TITLE)


def test_store():
    """
    A store that a script sets is read like a script of data.
    """
    tree = read_tree(page({"a": {"title": TITLE, "body": HTML}}, before="window.__INITIAL_STATE__ = ", kind=""))

    assert STORY == article_in_state(tree, TITLE)


@pytest.mark.parametrize(
    "html",
    [
        page({"a": OTHER}),
        page({"title": TITLE, "summary": "Late again."}),
        page({"title": TITLE, "body": HTML}).replace("{", "", 1),
        page({"title": TITLE, "body": HTML}, kind="text/javascript"),
        "<p>No script</p>",
    ],
)
def test_nothing(html):
    """
    Without the headline, a text, or data that can be read, nothing is taken for the article.
    """
    assert () == article_in_state(read_tree(html), TITLE)


def test_short_title():
    """
    A headline of a few letters tells no article from others.
    """
    assert () == article_in_state(read_tree(page({"title": "Tides", "body": HTML})), "Tides")


def head(*, body: str = "", **more: object) -> str:
    node = {"@type": "NewsArticle", "headline": TITLE, **({"articleBody": body} if body else {}), **more}
    return f"<head><title>{TITLE}</title><script type='application/ld+json'>{json.dumps(node)}</script></head>"


def read(html: str) -> tuple[str, tuple[str, ...]]:
    found = extract(Page(url="https://tidewater.example/a", content_type="text/html", body=html.encode()))
    return found.method, found.paragraphs


@pytest.mark.parametrize("shown", ["", "<main><p>Loading</p></main>", f"<article><p>{STORY[0]}</p></article>"])
def test_article_body(shown):
    """
    Of a page without its text, or with its first lines alone, the publisher's own text is taken.
    """
    assert ("data", STORY) == read(f"<html>{head(body=chr(10).join(STORY))}<body>{shown}</body></html>")


def test_wall():
    """
    What the publisher keeps behind a wall is not taken from what it shows to machines.
    """
    walled = head(body="\n".join(STORY), isAccessibleForFree=False)

    method, paragraphs = read(f"<html>{walled}<body><article><p>{STORY[0]}</p></article></body></html>")

    assert (True, STORY[:1]) == (method != "data", paragraphs)


def test_page_first():
    """
    A page that holds the most of it is read as it stands.
    """
    shown = "".join(f"<p>{text}</p>" for text in STORY[:6])

    assert ("trafilatura-fast", STORY[:6]) == read(
        f"<html>{head(body=' '.join(STORY))}<body><article>{shown}</article></body></html>"
    )


def test_markdown():
    """
    A text in Markdown is worse reading than a page that has the half of it.
    """
    shown = "".join(f"<p>{text}</p>" for text in STORY[:4])
    body = "\n".join(f"**{text}**" for text in STORY * 2)

    assert ("trafilatura-fast", STORY[:4]) == read(
        f"<html>{head(body=body)}<body><article>{shown}</article></body></html>"
    )


def test_state_of_an_empty_page():
    """
    A page that is an empty frame is read from the data beside it.
    """
    html = page({"article": {"title": TITLE, "body": HTML}})

    assert ("data", STORY) == read(html.replace("<body>", f"{head()}<body>"))
