"""Lines that go because of their place."""

from __future__ import annotations

import pytest

from ingest.cleaning.clean import clean_lines
from ingest.cleaning.rules import load_rules

RULES = load_rules()
BEFORE = "The pilots met at dawn, and by noon they had a list of forty demands."
AFTER = "None of the demands was new, a port official conceded in the evening."


def removed(*box: str) -> list[str]:
    cleaning = clean_lines([BEFORE, *box, AFTER], RULES)
    return [removal.text for removal in cleaning.removals]


@pytest.mark.parametrize(
    "box",
    [
        (
            "New Tidewater newsletter: Harbour Notes",
            "Sign up to get the latest insights and analysis on",
            "ports at war",
        ),
        ("Free weekly newsletter", "Enter your email", "Subscribe", "Privacy policy"),
        ("Sign up for our newsletter", "The coast in five minutes", "You can unsubscribe at any time."),
        ("Email", "Print", "Share this article", "Facebook", "WhatsApp"),
    ],
)
def test_box(box):
    """
    A promo box goes as a whole: heading, pitch, button and terms.
    """
    assert list(box) == removed(*box)


@pytest.mark.parametrize(
    ("box", "kept"),
    [
        (("Sign up for our newsletter", "The storm and its children"), "The storm and its children"),
        (("Sign up to get the latest news on", "The ships left port at night."), "The ships left port at night."),
        (("Sign up to get the latest news on", "Pilots ‘were never told’ of it"), "Pilots ‘were never told’ of it"),
        (("Sign up to get the latest news on", "a" * 60 + " " + "b" * 60), "a" * 60 + " " + "b" * 60),
        (("Free weekly newsletter", "The ships left.", "Subscribe now"), "The ships left."),
        (("Advertisement", "The storm and its children", "Advertisement"), "The storm and its children"),
    ],
)
def test_story_beside_a_box(box, kept):
    """
    A heading of the story, its sentences, its quotes and its long lines stay, however close the promo.
    """
    expected = [line for line in box if line != kept]

    assert expected == removed(*box)


def test_joining_lines_need_a_box():
    """
    A line that only belongs to promo boxes stays where there is none.
    """
    assert [] == removed("Facebook", "Privacy policy", "Every morning")


def test_place_counts_less():
    """
    A line that goes by its place alone is signed by the rule of its box, with less confidence.
    """
    cleaning = clean_lines([BEFORE, "Sign up to get the latest news on", "ports at war", AFTER], RULES)

    worded, placed = cleaning.removals
    assert worded.rule == placed.rule
    assert placed.confidence < worded.confidence
