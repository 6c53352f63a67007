"""Cleaning and its undoing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning.clean import REMOVED_TOO_MUCH, clean, clean_lines, restore
from ingest.cleaning.rules import load_rules
from ingest.models import Cleaning, Extraction, Removal

RULES = load_rules()
STORY = tuple(f"On day {day} the harbour lay still, and nobody on the quay knew the reason why." for day in range(14))
PROMO = "Sign up for our newsletter"
FOOT = "The post Harbour lies still appeared first on Tidewater."

LINES = st.lists(
    st.one_of(
        st.sampled_from(["", " ", "\r", PROMO, PROMO + "\r", FOOT, "Share", "Facebook", "Advertisement", "Read more:"]),
        st.sampled_from(["Sign up to get the latest news on", "ports at war", "Privacy policy", "(AP)", *STORY[:4]]),
        st.text(max_size=30),
    ),
    max_size=25,
)


def is_subsequence(part, whole) -> bool:
    rest = iter(whole)
    return all(any(item == other for other in rest) for item in part)


@given(lines=LINES)
def test_restores(lines):
    """
    Whatever is cleaned, putting the removals back gives every line again, byte for byte.
    """
    assert tuple(lines) == restore(clean_lines(lines, RULES))


@given(lines=LINES)
def test_idempotent(lines):
    """
    A clean text is not made cleaner.
    """
    once = clean_lines(lines, RULES)

    assert once.paragraphs == clean_lines(once.paragraphs, RULES).paragraphs


@given(lines=LINES)
def test_keeps_order(lines):
    """
    What is kept is what stood there, in its order, each line as it was.
    """
    assert is_subsequence(clean_lines(lines, RULES).paragraphs, lines)


def test_receipt():
    """
    A removal names its kind, its rule and the number of kept paragraphs before it.
    """
    extraction = Extraction(paragraphs=(*STORY[:2], PROMO, *STORY[2:]), method="feed")

    cleaning = clean(extraction, RULES)

    expected = Removal(kind="promo", rule="newsletter-sign-up-en", text=PROMO, after_paragraph=2, confidence=0.97)
    assert Cleaning(paragraphs=STORY, removals=(expected,)) == cleaning


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (["a", "", PROMO, "", "b"], ["a", "", "b"]),
        (["a", PROMO, "", "b"], ["a", "", "b"]),
        (["a", "", PROMO, "b"], ["a", "", "b"]),
        (["a", "", PROMO, "", PROMO, "", "b"], ["a", "", "b"]),
        (["a", "", "", PROMO, "", "b"], ["a", "", "b"]),
        ([PROMO, "", "a"], ["a"]),
        (["a", "", PROMO], ["a"]),
        (["a", "", PROMO, ""], ["a", ""]),
        (["a\r", "\r", PROMO + "\r", "\r", "b\r"], ["a\r", "\r", "b\r"]),
        (["a", "", "", "b", PROMO, "c"], ["a", "", "", "b", "c"]),
    ],
)
def test_blank_lines(lines, kept):
    """
    A removed paragraph takes its parting with it: no double blank line remains, and none that stood elsewhere goes.
    """
    cleaning = clean_lines(lines, RULES)

    assert tuple(kept) == cleaning.paragraphs
    assert tuple(lines) == restore(cleaning)


def test_tail_rules_act_at_the_tail():
    """
    What closes an article is a closing line only near its end.
    """
    early = clean_lines([*STORY[:4], FOOT, *STORY[4:]], RULES)
    late = clean_lines([*STORY, FOOT, "Advertisement", STORY[0]], RULES)

    assert () == early.removals
    assert [FOOT, "Advertisement"] == [removal.text for removal in late.removals]


def test_too_much():
    """
    Where more than half of a long text would go, all of it stays, with a flag.
    """
    promos = tuple(f"Get our best stories number {at} delivered straight to your inbox every day." for at in range(20))

    cleaning = clean_lines((*STORY[:4], *promos), RULES)

    assert Cleaning(paragraphs=(*STORY[:4], *promos), flags=(REMOVED_TOO_MUCH,)) == cleaning


def test_short_text():
    """
    A teaser keeps its one sentence and loses a footer longer than it; a text of nothing but promo stays, with a flag.
    """
    teaser = clean_lines(["The harbour lay still.", FOOT], RULES)
    promo = clean_lines([PROMO], RULES)

    assert ("The harbour lay still.",) == teaser.paragraphs
    assert Cleaning(paragraphs=(PROMO,), flags=(REMOVED_TOO_MUCH,)) == promo


def test_nothing():
    """
    An empty text is clean.
    """
    assert Cleaning(paragraphs=()) == clean_lines((), RULES)


def test_many_lines_in_little_time():
    """
    The work grows with the text, not with its square: 40,000 closing lines are one pass.
    """
    lines = [*STORY, *[FOOT, "Facebook"] * 20_000]

    cleaning = clean_lines(lines, RULES)

    assert tuple(lines) == restore(cleaning)
