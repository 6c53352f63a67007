"""The law the project began with: promo and disclaimer go, every line of the story stays byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

import pytest

from ingest.cleaning.clean import clean, clean_lines, restore
from ingest.cleaning.rules import load_rules
from ingest.models import Cleaning, Page
from ingest.pages.extract import extract, extract_fragment

RULES = load_rules()

#: A real article as a reader's extractor left it; beside the project where it is developed, absent elsewhere.
SEED = Path(__file__).parents[4] / "shared" / "seed" / "article.txt"

PROMO = (
    "New TWC newsletter: Harbour Dispatch",
    "Sign up to get the latest insights and analysis on",
    "Ports and shipping, alongside Inland Waters and other TWC newsletters",
)
DISCLAIMER = (
    "(Except for the headline, this story has not been edited by PortX and is published from a syndicated feed.)"
)
MINIATURE = (
    "Dock workers have closed the northern port after a dispute over night shifts that began on Sunday.",
    "Crews led by the pilots’ guild (PG) blocked both gates, say the port office and the the Coast Watch (CW).",
    "At least 14 ships, mostly ferries, have waited outside for three days.",
    "A port official told TWC that managers had “sent for mediators” but that the guild “has not read the offer”.",
    *PROMO,
    "However, the CW said the ships were “about two miles from the mole” and that “fog is expected at night.”",
    "‘Answer to the Lockout’",
    "Some inland unions affiliated with the guild joined the stoppage, though most of their members stayed at work.",
    "Footage shared on social media showed pilots walking towards the customs house.",
    "“It is strange to see the harbour so quiet in November,” said the guild’s secretary, Ana Gull.",
    "“Were they depending on the ferries, which are still tied up in the south?”",
    "Efforts to use a channel set up by a 2019 agreement had not yielded results.",
    DISCLAIMER,
)


def as_text(lines: tuple[str, ...]) -> Cleaning:
    return clean_lines("\n".join(lines).split("\n"), RULES)


def as_spaced_text(lines: tuple[str, ...]) -> Cleaning:
    cleaning = clean_lines("\n\n".join(lines).split("\n"), RULES)
    assert "\n\n".join(lines).split("\n") == list(restore(cleaning))
    assert list(cleaning.paragraphs[1::2]) == [""] * (len(cleaning.paragraphs) // 2)
    return Cleaning(
        paragraphs=tuple(line for line in cleaning.paragraphs if line),
        removals=tuple(removal for removal in cleaning.removals if removal.text),
    )


def as_page(lines: tuple[str, ...], tag: str) -> Cleaning:
    body = "\n".join(f"<{tag}>{escape(line)}</{tag}>" for line in lines)
    html = (
        "<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>Story</title></head><body>"
        f"<nav><a href=/>Home</a></nav><article><h1>Story</h1>{body}</article><footer>Imprint</footer></body></html>"
    )
    page = Page(url="https://coastline.example/a", content_type="text/html; charset=utf-8", body=html.encode())
    cleaning = clean(extract(page), RULES)
    # The page's own heading is no line of the article's text, kept or removed.
    return Cleaning(
        paragraphs=tuple(line for line in cleaning.paragraphs if line != "Story"),
        removals=tuple(removal for removal in cleaning.removals if removal.text != "Story"),
    )


def as_paragraphs(lines: tuple[str, ...]) -> Cleaning:
    return as_page(lines, "p")


def as_blocks(lines: tuple[str, ...]) -> Cleaning:
    return as_page(lines, "div")


def as_feed_content(lines: tuple[str, ...]) -> Cleaning:
    html = "\n".join(f"<p>{escape(line)}</p>" for line in lines)
    return clean(extract_fragment(html, "https://coastline.example/a"), RULES)


def as_feed_breaks(lines: tuple[str, ...]) -> Cleaning:
    return clean(extract_fragment("<br><br>".join(map(escape, lines)), "https://coastline.example/a"), RULES)


FORMS = [as_text, as_spaced_text, as_paragraphs, as_blocks, as_feed_content, as_feed_breaks]


def check(lines: tuple[str, ...], promo: tuple[str, ...], form: Callable[[tuple[str, ...]], Cleaning]) -> None:
    """The three promo lines and the closing disclaimer are gone, all others are there, byte for byte."""
    gone = (*promo, lines[-1])

    cleaning = form(lines)

    assert tuple(line for line in lines if line not in gone) == cleaning.paragraphs
    assert gone == tuple(removal.text for removal in cleaning.removals)
    assert ["promo", "promo", "promo", "disclaimer"] == [removal.kind for removal in cleaning.removals]


@pytest.mark.parametrize("form", FORMS)
def test_miniature(form):
    """
    An article of the seed's shape is cleaned in every form it comes in.
    """
    check(MINIATURE, PROMO, form)


@pytest.mark.skipif(not SEED.exists(), reason="the seed article is not part of the project")
@pytest.mark.parametrize("form", FORMS)
def test_seed(form):
    """
    The seed article is cleaned in every form it comes in; 18 lines stay.
    """
    lines = tuple(SEED.read_text("utf-8").strip("\n").split("\n"))

    check(lines, lines[5:8], form)

    assert len(form(lines).paragraphs) == 18
