"""From paragraphs back to elements."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.models import Block
from ingest.pages.align import blocks_of, prose_chars, spans_of, text_of
from ingest.pages.dom import read_blocks, read_tree

LONG = "The dredger lay off the mole for nine days, and on the tenth nobody came to relieve its crew."


def blocks(body: str, *paragraphs: str) -> tuple[Block | None, ...]:
    tree = read_tree(f"<html><body>{body}</body></html>")
    assert tree is not None
    text = text_of(tree)
    return blocks_of(text, spans_of(text, paragraphs))


def test_block():
    """
    A paragraph knows its element, the ones around it with class and id, the share of links in it, and its place.
    """
    body = (
        f"<h1>Tides</h1><main id=m><div class='wide box'><p>See <a href=/x><b>the table</b></a></p></div>{LONG}</main>"
    )

    title, found = blocks(body, "Tides", "See the table")

    expected = Block(
        tag="p",
        ancestors=("div", "main", "body"),
        names=("", "wide box", "#m", ""),
        link_share=0.727,
        place=1,
        path=found.path,
    )
    assert expected == found
    assert title.path[-1] == found.path[-1]
    assert not set(title.path[:-1]) & set(found.path)


@pytest.mark.parametrize(
    ("body", "paragraph", "tag"),
    [
        pytest.param(f"<p>{LONG}<br>{LONG} Twice.</p>", f"{LONG} Twice.", "p", id="a paragraph parted at a line break"),
        pytest.param("<div>One<p>Two</p>Three</div>", "Three", "div", id="text behind an element"),
        pytest.param("<ul><li>One <b>item</b></li></ul>", "- One item", "li", id="an item with its mark"),
        pytest.param("<table><tr><td>One</td><td>Two</td></tr></table>", "| One | Two | |", "td", id="a row of cells"),
        pytest.param(f"<div>{LONG[:50]}<i>{LONG[50:]}</i></div>", LONG, "div", id="inline elements"),
        pytest.param(
            f"<p>{LONG} <sup>1</sup>And so on it went.</p>", f"{LONG} And so on it went.", "p", id="a part left out"
        ),
        pytest.param(f"<p>Lead <sup>1</sup>{LONG}</p>", f"Lead {LONG}", "p", id="a part left out early on"),
        pytest.param("<p>shareholders</p><p>Share</p>", "Share", "p", id="a short one is not a part of a word"),
    ],
)
def test_found(body, paragraph, tag):
    """
    A paragraph is found where the extractor joined, parted, marked or shortened what the page has.
    """
    (block,) = blocks(body, paragraph)

    assert block is not None
    assert tag == block.tag


def test_not_found():
    """
    What the page does not hold has no block, and does not disturb what follows.
    """
    nowhere, found = blocks(f"<p>{LONG}</p>", "Share", LONG)

    assert nowhere is None
    assert found is not None


def test_order():
    """
    A text that stands on the page twice is taken in order: the second paragraph is the second element.
    """
    first, second = blocks("<h2>Ships</h2><p>Boats and so on</p><h3>Ships</h3>", "Ships", "Ships")

    assert ["h2", "h3"] == [first.tag, second.tag]


def test_link_of_a_part():
    """
    The share of links is that of the paragraph, not of all its element holds.
    """
    told, linked = blocks(f"<p>{LONG}<br><a href=/x>Tide tables of the week</a></p>", LONG, "Tide tables of the week")

    assert [0.0, 1.0] == [told.link_share, linked.link_share]


def test_prose():
    """
    Of a page's prose, links and labels apart, it is known how much the paragraphs hold.
    """
    tree = read_tree(f"<body><p>{LONG}</p><p>{LONG} Once more.</p><p>Label</p><a href=/x>{LONG}</a></body>")
    text = text_of(tree)
    n_long = len(LONG.replace(" ", ""))

    n_all, n_held = prose_chars(text, spans_of(text, [f"{LONG} Once more."]))

    assert n_long < n_held < n_all
    assert n_all == n_held + n_long


@given(
    soup=st.lists(
        st.sampled_from(["<p>", "</p>", "<b>", "<li>", "<br>", "<a>", "One two ", "three", LONG]), max_size=30
    )
)
def test_any_soup(soup):
    """
    Whatever the markup, a paragraph is found where its own letters stand, or nowhere.
    """
    markup = f"<body>x{''.join(soup)}</body>"
    text = text_of(read_tree(markup))
    paragraphs = read_blocks(markup)

    spans = spans_of(text, paragraphs)

    for paragraph, span in zip(paragraphs, spans, strict=True):
        assert span is None or text.whole[slice(*span)] == "".join(paragraph.split())


def test_linear():
    """
    Paragraphs that are nowhere on a large page end the search, not the day.
    """
    tree = read_tree("<body>" + f"<p>{LONG}</p>" * 5_000 + "</body>")
    text = text_of(tree)
    started = time.process_time()

    spans = spans_of(text, [f"{LONG[::-1]} {number}" for number in range(5_000)])

    assert {None} == set(spans)
    assert time.process_time() - started < 5
