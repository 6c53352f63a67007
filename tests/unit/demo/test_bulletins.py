"""Laws of the endless bulletins: known by their number, and never twice the same."""

from datetime import timedelta
from itertools import combinations
from string import Formatter

from hypothesis import given
from hypothesis import strategies as st

from workers.demo.bulletins import (
    BULLETIN_EVERY,
    DISTINCT,
    FIRST_BULLETIN,
    FORMS,
    bulletin,
    bulletin_lines,
    choose_form,
    compose,
    phrases,
)
from workers.demo.newsroom import load_newsroom
from workers.demo.stories import boilerplate, expected_text

OUTLET = load_newsroom().outlets[0]
NUMBERS = st.integers(min_value=0, max_value=DISTINCT - 1)


def test_forms():
    """
    Every group has as many forms as the code has letters, and every form a number in it.
    """
    counts = {len(forms) for forms in phrases().groups}
    numeric = {"number", "small", "tens", "hundreds", "time"}
    bare = [
        form
        for forms in phrases().groups
        for form in forms
        if not numeric & {field for _, field, _, _ in Formatter().parse(form)}
    ]

    assert counts == {FORMS}
    assert len(phrases().topics) == FORMS
    assert bare == []


@given(first=NUMBERS, second=NUMBERS)
def test_code_distance(first, second):
    """
    Two different bulletins take the same form in at most three of the eight groups.
    """
    groups = range(len(phrases().groups))

    shared = sum(choose_form(first, group) == choose_form(second, group) for group in groups)

    assert len(groups) == 8
    assert shared == 8 if first == second else shared <= 3


@given(number=st.integers(min_value=0, max_value=10**9))
def test_same_number(number):
    """
    A bulletin is decided by its number, and every paragraph of it differs from every other's.
    """
    got = compose(number, "salt")

    assert got == compose(number, "salt")
    assert len(set(got) | set(compose(number + 1, "salt"))) == 8
    assert "{" not in "".join(got)


def test_salt():
    """
    Another salt draws other names and numbers.
    """
    got = compose(5, "one")

    assert set(got).isdisjoint(compose(5, "two"))


def test_length():
    """
    A bulletin has at least sixty words, so that extraction takes it for an article.
    """
    shortest = min(len(expected_text(bulletin(OUTLET, number)).split()) for number in range(500))

    assert shortest >= 60


def test_no_two_alike():
    """
    Of six hundred bulletins no two share a text, a title, a slug or a guid, and no two of a hundred two sentences.
    """
    made = [bulletin(OUTLET, number) for number in range(600)]
    sentences = [set(expected_text(story).replace("\n", " ").split(". ")) for story in made[:100]]

    for key in (expected_text, lambda story: story.title, lambda story: story.slug, lambda story: story.guid):
        assert len({key(story) for story in made}) == 600
    assert max(len(one & other) for one, other in combinations(sentences, 2)) <= 1


def test_boilerplate_sometimes():
    """
    Some bulletins carry boilerplate and some carry none.
    """
    carried = [len(boilerplate(bulletin(OUTLET, number))) for number in range(60)]

    assert min(carried) == 0
    assert max(carried) >= 2


def test_outlet_name():
    """
    A disclaimer in a bulletin names the outlet that carries it.
    """
    tails = [bulletin_lines("Garrow Argus", number, "salt")[-1].text for number in range(6)]

    expected = "this story has not been edited by Garrow Argus staff and is published from a syndicated feed."
    assert f"(Except for the headline, {expected})" in tails


def test_appearance():
    """
    Bulletins come every twenty seconds from the first on.
    """
    got = bulletin(OUTLET, 7).appears_after

    assert got == FIRST_BULLETIN + 7 * BULLETIN_EVERY == timedelta(seconds=280)
