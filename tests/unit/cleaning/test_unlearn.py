"""The learned layer of cleaning: what it takes, what it leaves although it repeats, and what it puts back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning.clean import restore
from ingest.cleaning.learned import DROPPED, Evidence, Learned, digest_of
from ingest.cleaning.unlearn import TOO_MUCH, Unlearned, unlearn
from ingest.models import Block, Cleaning, Removal

LEAD = "The ferry to the islands stopped on Tuesday after a crack was found in its hull."
STORY = "Engineers from the yard at Carrow went on board at noon."
PROMO = "Get the harbour letter in your inbox every Friday"
CREDIT = "The Gazette is a member of the coastal press council."
RULED = "Sign up for our newsletter"
SURE = Evidence(0.95, 0.9)
WEAK = Evidence(0.8, 0.2)


def known(*texts: str, evidence: Evidence = SURE, kept: tuple[str, ...] = (), mode="active") -> Learned:
    lines = {digest_of(text): evidence for text in texts}
    return Learned(mode=mode, lines=lines, kept=frozenset(map(digest_of, kept)))


def of(*paragraphs: str) -> Cleaning:
    return Cleaning(paragraphs=paragraphs)


def removal(text: str, after: int, *, rule: str = "newsletter-sign-up-en") -> Removal:
    return Removal(kind="promo", rule=rule, text=text, after_paragraph=after)


def test_active():
    """
    What is known goes, signed by the learned rule; earlier removals keep their place.
    """
    cleaning = Cleaning(paragraphs=(LEAD, PROMO, STORY, CREDIT), removals=(removal(RULED, 2), removal(RULED, 4)))

    got = unlearn(cleaning, known(PROMO, CREDIT))

    taken = [
        Removal(kind="furniture", rule="learned-repeated", text=text, after_paragraph=at, confidence=0.95)
        for text, at in ((PROMO, 1), (CREDIT, 2))
    ]
    removals = (taken[0], removal(RULED, 1), taken[1], removal(RULED, 2))
    assert Unlearned(cleaning=Cleaning(paragraphs=(LEAD, STORY), removals=removals), found=tuple(taken)) == got
    assert restore(cleaning) == restore(got.cleaning)


def test_shadow():
    """
    In shadow nothing goes, and what would go is told.
    """
    cleaning = of(LEAD, PROMO, STORY)

    got = unlearn(cleaning, known(PROMO, mode="shadow"))

    assert (cleaning, [PROMO]) == (got.cleaning, [one.text for one in got.found])


def test_dropped_in_shadow():
    """
    What the operator drops goes in shadow too, and only that; what counts alone speak against is told beside it.
    """
    cleaning = of(LEAD, PROMO, STORY, CREDIT)
    lines = {digest_of(PROMO): SURE, digest_of(CREDIT): DROPPED}

    got = unlearn(cleaning, Learned(mode="shadow", lines=lines))

    gone = Removal(kind="furniture", rule="learned-repeated", text=CREDIT, after_paragraph=3, confidence=1.0)
    assert Cleaning(paragraphs=(LEAD, PROMO, STORY), removals=(gone,)) == got.cleaning
    assert [PROMO, CREDIT] == [one.text for one in got.found]


def test_certain_in_shadow():
    """
    Counts that leave no doubt are still counts: in shadow nothing goes for them.
    """
    cleaning = of(LEAD, PROMO, STORY)

    got = unlearn(cleaning, known(PROMO, evidence=Evidence(1.0, 1.0), mode="shadow"))

    assert cleaning == got.cleaning


def test_too_much_dropped_in_shadow():
    """
    Where the operator's drops would leave nothing they stand back as in active, and say so.
    """
    cleaning = of(PROMO, CREDIT)

    got = unlearn(cleaning, known(PROMO, CREDIT, evidence=DROPPED, mode="shadow"))

    assert Unlearned(cleaning=replace(cleaning, flags=(TOO_MUCH,))) == got


@pytest.mark.parametrize("learned", [Learned(), known(PROMO, mode="off"), known()])
def test_off(learned):
    """
    Switched off, or knowing nothing, learning does nothing.
    """
    cleaning = of(LEAD, PROMO, STORY)

    assert Unlearned(cleaning=cleaning) == unlearn(cleaning, learned)


@pytest.mark.parametrize(("evidence", "n_kept"), [(WEAK, 3), (Evidence(0.8, 0.9), 3), (SURE, 2)])
def test_lead(evidence, n_kept):
    """
    A sentence that opens the text stays, unless most articles of the source begin so.
    """
    got = unlearn(of(CREDIT, LEAD, STORY), known(CREDIT, evidence=evidence))

    assert n_kept == len(got.cleaning.paragraphs)


def test_second_lead():
    """
    When the first line goes the next one is the lead.
    """
    learned = replace(known(CREDIT), lines={digest_of(CREDIT): SURE, digest_of(LEAD): WEAK})

    got = unlearn(of(CREDIT, LEAD, STORY), learned)

    assert (LEAD, STORY) == got.cleaning.paragraphs


def test_headline_stays():
    """
    A running headline is not the source's boilerplate in the article that it heads.
    """
    got = unlearn(of(PROMO, LEAD, STORY), known(PROMO), title=PROMO.upper())

    assert () == got.found


@pytest.mark.parametrize(
    ("paragraphs", "tags", "kept"),
    [
        ((LEAD, "The big picture:", STORY), (), (LEAD, "The big picture:", STORY)),
        ((LEAD, "What we know so far", STORY), ("p", "h2", "p"), (LEAD, "What we know so far", STORY)),
        ((LEAD, "What we know so far", STORY), ("p", "p", "p"), (LEAD, STORY)),
        ((LEAD, STORY, "More from this desk", PROMO), ("p", "p", "h3", "p"), (LEAD, STORY)),
        ((LEAD, STORY, "More from this desk"), ("p", "p", "h3"), (LEAD, STORY)),
        ((LEAD, "Mostly sunny all day", STORY), ("p", "td", "p"), (LEAD, "Mostly sunny all day", STORY)),
        ((LEAD, "Mostly sunny all day", STORY), ("p", None, "p"), (LEAD, STORY)),
    ],
)
def test_place(paragraphs, tags, kept):
    """
    A heading goes only with what it heads, and the cells of a table stay.
    """
    learned = known("The big picture:", "What we know so far", "More from this desk", "Mostly sunny all day", PROMO)

    got = unlearn(of(*paragraphs), learned, blocks=tuple(tag and Block(tag=tag) for tag in tags))

    assert kept == got.cleaning.paragraphs


def test_blocks_count_what_rules_took():
    """
    A paragraph's block is found by its place before cleaning.
    """
    cleaning = Cleaning(paragraphs=(LEAD, PROMO, STORY), removals=(removal(RULED, 0), removal(RULED, 1)))
    blocks = tuple(Block(tag=tag) for tag in ("p", "p", "p", "h2", "p"))

    got = unlearn(cleaning, known(PROMO), blocks=blocks)

    assert () == got.found


@pytest.mark.parametrize("place", [(CREDIT, LEAD, STORY), (LEAD, CREDIT, STORY)])
def test_drop_wins(place):
    """
    What the operator drops goes as a lead, as a heading and as a headline.
    """
    blocks = (Block(tag="h2"),) * 3

    got = unlearn(of(*place), known(CREDIT, evidence=DROPPED), title=CREDIT, blocks=blocks)

    assert (LEAD, STORY) == got.cleaning.paragraphs


@pytest.mark.parametrize("mode", ["active", "shadow"])
def test_keep_wins(mode):
    """
    What the operator keeps is put back where a wording rule took it.
    """
    removals = (removal("Print", 0), removal(RULED, 1), removal("Print", 1), removal("Print", 2))
    cleaning = Cleaning(paragraphs=(LEAD, STORY), removals=removals)

    got = unlearn(cleaning, known(kept=(RULED,), mode=mode)).cleaning

    left = (removal("Print", 0), removal("Print", 2), removal("Print", 3))
    assert Cleaning(paragraphs=(LEAD, RULED, STORY), removals=left) == got
    assert restore(cleaning) == restore(got)


@pytest.mark.parametrize(
    ("cleaning", "learned"),
    [
        (of(PROMO, CREDIT), known(PROMO, CREDIT)),
        (
            of(LEAD, *(f"{STORY} {letter}" for letter in "abcdefghijklmnopq")),
            known(*(f"{STORY} {c}" for c in "abcdefghijklmn")),
        ),
    ],
)
def test_too_much(cleaning, learned):
    """
    Where all or most of an article would go, all of it stays and a flag says so.
    """
    got = unlearn(cleaning, learned)

    assert Unlearned(cleaning=replace(cleaning, flags=(TOO_MUCH,))) == got


LINES = st.sampled_from(
    [LEAD, STORY, PROMO, CREDIT, RULED, "The big picture:", "“Never,” she said.", "", f"{PROMO}. {CREDIT}"]
)


@given(
    st.lists(st.tuples(LINES, st.booleans()), max_size=12),
    st.dictionaries(LINES, st.sampled_from([SURE, WEAK, DROPPED])),
    st.sets(LINES),
    st.lists(st.sampled_from(["p", "h2", "td", None]), max_size=12),
)
def test_laws(lines, evidence, kept, tags):
    """
    Twice is once, whatever was removed restores, in its order, and what the operator keeps is there.
    """
    paragraphs = tuple(text for text, is_kept in lines if is_kept)
    removals: list[Removal] = []
    n_kept = 0
    for text, is_kept in lines:
        n_kept += is_kept
        removals += [] if is_kept else [removal(text, n_kept)]
    cleaning = Cleaning(paragraphs=paragraphs, removals=tuple(removals))
    learned = Learned(
        mode="active",
        lines={digest_of(text): one for text, one in evidence.items() if text not in kept},
        kept=frozenset(map(digest_of, kept)),
    )
    blocks = [Block(tag=tag) if tag else None for tag in tags]

    once = unlearn(cleaning, learned, blocks=blocks).cleaning
    twice = unlearn(once, learned, blocks=blocks).cleaning

    assert once == twice
    assert restore(cleaning) == restore(once)
    assert not {one.text for one in once.removals} & kept
