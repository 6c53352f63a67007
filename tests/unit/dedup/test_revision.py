"""Material or cosmetic: the rule, class by class."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dedup.revision import MAX_CHANGES, MAX_SPAN, Cosmetic, Draft, Material, compare, shrank
from ingest.models import Change

PARAGRAPHS = (
    "The council of Port Ellery voted on Tuesday evening to widen the old quay, after two years of argument.",
    "The work will begin in spring and cost four million crowns, half of which the province has promised to pay.",
    "Fishermen had asked for the change since 2019, when 2 boats were crushed. Mayor Ida Tern said it was time.",
    "\u201cWe shouldn't wait for 40 more winters,\u201d she said, and the hall on the long-term rent rose to applaud.",
    "Opponents said the money should have gone to the school, whose roof has leaked since the storms of last year.",
)
#: Enough around the paragraphs that two words are no two per cent.
LONG = (
    *PARAGRAPHS,
    *(f"In the {name} report of the harbour office the same quay is named again." for name in "abcdefgh"),
)
TITLE = "Council of Port Ellery votes to widen old quay"


def draft(*paragraphs, title=TITLE, cut=()):
    return Draft(title=title, paragraphs=paragraphs or LONG, cut=cut)


def edited(old, new):
    assert any(old in text for text in LONG)
    return draft(*(text.replace(old, new, 1) for text in LONG))


COSMETIC = {
    "nothing": draft(),
    "spaces": edited(" voted on ", " \u00a0voted  on\u2009"),
    "quotes": edited("\u201cWe shouldn't wait", '"We shouldn\u2019t wait'),
    "dash": edited("quay, after", "quay \u2014 after"),
    "case": edited("Opponents said", "OPPONENTS SAID"),
    "number as a word": edited("2 boats", "two boats"),
    "hyphen": edited("long-term", "long term"),
    "slip": edited("argument", "arguement"),
    "swapped letters": edited("Opponents", "Oppoennts"),
    "paragraphs joined": draft(" ".join(LONG)),
    "paragraphs split": draft(*(part for text in LONG for part in text.replace(". ", ".\n").split("\n"))),
    "order": draft(*reversed(LONG)),
    "stamp": draft("Updated 3 hours ago", *LONG),
    "byline": draft("By Ida Tern", *LONG),
    "links after the end": draft(*LONG, "Ten best quays of 2026", "Read also: boats"),
    "one word of many": edited("evening", "night"),
    "label": draft(title="LIVE: " + TITLE),
    "site's name": draft(title=TITLE + " | Gazette"),
    "title's case": draft(title=TITLE.upper()),
    "title cut short": draft(title=TITLE[:30] + "\u2026"),
    "title's slip": draft(title=TITLE.replace("votes", "vote")),
    "title's small words": draft(title=TITLE.replace("old quay", "the old quay")),
    "no title": draft(title=""),
    "cut by a new rule": draft(*LONG[:4], *LONG[5:], cut=(LONG[4],)),
}


@pytest.mark.parametrize("new", COSMETIC.values(), ids=COSMETIC)
def test_cosmetic(new):
    """
    What only looks different is cosmetic, in both directions.
    """
    assert (Cosmetic(), Cosmetic()) == (compare(draft(), new), compare(new, draft()))


MATERIAL = {
    "number": (edited("2019", "2018"), {"numbers"}),
    "number in words": (edited("four million", "five million"), {"numbers"}),
    "number dropped": (edited("40 more winters", "more winters"), {"numbers"}),
    "number slipped": (edited("2019", "2109"), {"numbers"}),
    "name": (edited("Ida Tern", "Olga Moss"), {"text"}),
    "not": (edited("has promised", "has not promised"), {"text"}),
    "n't": (edited("shouldn't", "should"), {"text"}),
    "sentence added": (draft(*LONG, "The mayor has resigned."), {"text"}),
    "sentence dropped": (draft(*LONG[:4], *LONG[5:]), {"text"}),
    "sentence inside": (edited("applaud.", "applaud. Nobody left the hall."), {"text"}),
    "clause": (edited("applaud.", "applaud while the rain fell outside."), {"text"}),
    "title": (draft(title=TITLE.replace("widen", "close")), {"title"}),
    "title's number": (draft(title=TITLE + " by 2030"), {"title"}),
    "title's not": (draft(title=TITLE.replace("votes to", "votes not to")), {"title"}),
    "correction": (draft(*LONG, "Correction: the year was wrong."), {"correction"}),
    "other text": (draft("The harbour is closed today.", "Nobody knows why it was closed."), {"text", "numbers"}),
    "empty": (Draft(title=TITLE, paragraphs=()), {"text", "numbers"}),
}


@pytest.mark.parametrize(("new", "kinds"), MATERIAL.values(), ids=MATERIAL)
def test_material(new, kinds):
    """
    What says something else is material, and says in which way.
    """
    verdict = compare(draft(), new)

    assert isinstance(verdict, Material)
    assert {change.kind for change in verdict.changes} <= kinds


def test_share():
    """
    Words without weight count from two per cent of the text on.
    """
    text = " ".join(f"word{chr(97 + n % 26)}{chr(97 + n // 26)}x" for n in range(100))
    two = text.replace("wordcax", "otherone").replace("wordvcx", "anotherone")
    one = text.replace("wordcax", "otherone") + " and some more of them in this line"

    assert isinstance(compare(draft(text + "."), draft(two + ".")), Material)
    assert 1 < len(one)
    longer = [text + ".", "More of the same words stand here, so that the text has over a hundred of them."]
    edited_once = [longer[0].replace("wordcax", "otherone"), longer[1]]
    assert isinstance(compare(draft(*longer), draft(*edited_once)), Cosmetic)


def test_swapped_numbers():
    """
    Two numbers that changed places are a change, though none came or went.
    """
    old = draft(*LONG, "The storm left 5 dead and 10 hurt in the harbour.")
    new = draft(*LONG, "The storm left 10 dead and 5 hurt in the harbour.")

    (change,) = compare(old, new).changes

    assert "numbers" == change.kind


def test_results():
    """
    After the last sentence only a line whose numbers changed counts: results are news, links are not.
    """
    old = draft(*LONG, "Port Ellery 2 Oban 1")
    new = draft(*LONG, "Port Ellery 3 Oban 1")

    assert Material((Change(kind="numbers", removed="Port Ellery 2 Oban 1", added="Port Ellery 3 Oban 1"),)) == compare(
        old, new
    )


def test_long_last_line():
    """
    A long last line is text, though it does not end as a sentence does.
    """
    last = "\u2014 In the end nobody said who had first thought of it, not the mayor nor the fishermen nor those on"
    last += " the hill above the old quay (@portellery)"

    assert isinstance(compare(draft(*LONG, last), draft(*LONG, last.replace("had", "had not"))), Material)


def test_changes_are_readable():
    """
    A change is told as the sentence it was and the sentence it is; several in one sentence are one.
    """
    new = edited("since 2019, when 2 boats", "since 2018, when 3 boats")

    assert (
        Change(
            kind="numbers",
            removed="Fishermen had asked for the change since 2019, when 2 boats were crushed.",
            added="Fishermen had asked for the change since 2018, when 3 boats were crushed.",
        ),
    ) == compare(draft(), new).changes


def test_bounds():
    """
    However much changed, what is told of it is short.
    """
    old = draft(*(f"Sentence {n} of a text that is long. " * 30 for n in range(50)))
    new = draft(*(f"Another {n} text that says other things. " * 30 for n in range(50)))

    changes = compare(old, new).changes

    assert len(changes) <= MAX_CHANGES
    assert all(max(len(change.removed), len(change.added)) <= MAX_SPAN for change in changes)


def test_scripts_without_spaces():
    """
    A changed number is seen in a language without spaces, and a changed comma is not.
    """
    old = draft(
        "港の議会は火曜日に古い岸壁を広げることを決めた、費用は400万クローネである。工事は春に始まる。", title="港"
    )

    assert isinstance(compare(old, draft(old.paragraphs[0].replace("、", ""), title="港")), Cosmetic)
    assert isinstance(compare(old, draft(old.paragraphs[0].replace("400", "500"), title="港")), Material)


@pytest.mark.parametrize(("share", "expected"), [(1, False), (3, False), (4, True)])
def test_shrank(share, expected):
    """
    A text has shrunk when less than a third of its words is left.
    """
    text = "one word after another here. " * 12

    assert expected == shrank(draft(text), draft(text[: len(text) // share]))


TEXTS = st.lists(st.text(alphabet="abN .1,?\n\u2019é漢-", max_size=40), max_size=5).map(tuple)


@given(TEXTS, st.text(max_size=20))
def test_same_is_cosmetic(paragraphs, title):
    """
    A draft is the same as itself, whatever is in it.
    """
    one = Draft(title=title, paragraphs=paragraphs)

    assert Cosmetic() == compare(one, one)


@given(TEXTS, TEXTS, st.text(max_size=20))
def test_any_two(old, new, title):
    """
    Any two texts have a verdict, and a material one says what changed.
    """
    verdict = compare(Draft(title=title, paragraphs=old), Draft(title=title[::-1], paragraphs=new))

    assert Cosmetic() == verdict or verdict.changes


@pytest.mark.parametrize("unit", [".", "a ", ". ", "漢", ".)", "1."])
def test_endless(unit):
    """
    A text of a million letters costs no more than what is looked at of it.
    """
    text = unit * (1_000_000 // len(unit))

    verdict = compare(Draft(title=text, paragraphs=(text,)), Draft(title=text[1:], paragraphs=(text, "b c d e f g.")))

    assert isinstance(verdict, Cosmetic | Material)
