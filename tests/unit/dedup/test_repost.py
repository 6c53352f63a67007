"""Laws of an article that its source brings again: it is known, and no other article is taken for it."""

import random
from dataclasses import replace
from itertools import combinations

import pytest

from ingest.dedup.days import DAYS
from ingest.dedup.repost import Version, is_again, may_be_again
from ingest.dedup.sketch import sketch
from tests.bench.reposts import EDITS, Text, is_taken, version
from tests.bench.series import SERIES, issues

TEXT = """
The council of Port Ellery voted on Tuesday evening to widen the old quay, after two years of argument about who
is to pay for it and where the boats are to lie while the wall is open.

The work will begin in spring and cost 4 million crowns, half of which the province has promised to pay. The
rest comes out of the harbour dues, which are to rise by a tenth from the summer on, as the treasurer told the
meeting.

Fishermen had asked for the change since the winter of 2019, when two boats were crushed against the wall. They
had collected signatures in all the villages along the shore, and brought them to the town hall in a barrel.

Opponents said the money should have gone to the school, whose roof has leaked since the storms of last year.
The mayor answered that the roof would be mended too, as soon as the masons had time, and closed the meeting.
"""
PARAGRAPHS = tuple(" ".join(paragraph.split()) for paragraph in TEXT.split("\n\n"))
STORY = Text("Council votes to widen the old quay at Port Ellery", PARAGRAPHS)


def known(text: Text = STORY, **changes: object) -> Version:
    return replace(version(text), **changes)


@pytest.mark.parametrize("edit", ["nothing", "headline rewritten", "paragraph added", "correction"])
def test_found(edit: str):
    """
    An article that comes again with another headline, a paragraph more or a correction is known.
    """
    later = version(EDITS[edit](STORY, random.Random(3)))

    assert is_taken(version(STORY), later, is_watched=True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("4 million", "5 million"),
        ("Tuesday", "Wednesday"),
        ("Port Ellery", "Brenmouth"),
        ("Ellery", "Ellory"),
        ("4 million", "4 billion"),
        ("voted", "refused"),
        ("will begin", "will not begin"),
    ],
)
def test_other_words_in_their_place(old: str, new: str):
    """
    A number, a day, a name, a "not" or, in a text so short, any word in another's place makes another article of it.
    """
    later = Text(STORY.title, tuple(line.replace(old, new) for line in PARAGRAPHS))

    assert not is_taken(version(STORY), version(later), is_watched=True)


@pytest.mark.parametrize(
    "title",
    ["Ferry strike enters its third week", "Council votes to widen the old quay, part 3", "Live", ""],
)
@pytest.mark.parametrize("is_watched", [True, False])
def test_other_headline(title: str, is_watched: bool):
    """
    The very same text under a headline that does not speak of it, or names another issue, is another article.
    """
    first = Text("Council votes to widen the old quay, part 2", PARAGRAPHS)

    assert not is_taken(version(first), version(Text(title, PARAGRAPHS)), is_watched=is_watched)


def test_no_text_at_hand():
    """
    Where nobody would be told of a change not a letter may differ.
    """
    first, other = version(STORY), version(EDITS["correction"](STORY, random.Random(1)))

    got = [is_taken(first, later, is_watched=False) for later in (version(STORY), other)]

    assert [True, False] == got


def test_cut_and_new_lead():
    """
    Half of an article, and a new article before an old one, are not that article.
    """
    half = Text(STORY.title, PARAGRAPHS[:2])
    lead = (
        "A wave has torn down the new wall of the harbour in the night, and nobody knows yet what is to become of it."
    )
    more = Text(STORY.title, (lead, *PARAGRAPHS))

    got = [is_taken(version(STORY), version(later), is_watched=True) for later in (half, more)]

    assert [False, False] == got


def test_short():
    """
    A text of fewer than 100 words is never known by its words.
    """
    brief = Text(STORY.title, PARAGRAPHS[:1])

    assert not is_taken(version(brief), version(brief), is_watched=True)


@pytest.mark.parametrize("sources", [("a.example", "b.example"), ("", "")])
def test_other_source(sources: tuple[str, str]):
    """
    Texts of two sources, or of none that is known, are copies and no reposts.
    """
    one, two = (sketch(PARAGRAPHS, title=STORY.title, source=source) for source in sources)

    assert not may_be_again(one, two)


def test_forgotten_sketch():
    """
    Where the first one's sketch is forgotten only the very same text is known.
    """
    first = known(sketch=None, paragraphs=None)

    assert is_again(first, version(STORY))
    assert not is_again(replace(first, digest="other"), version(STORY))


@pytest.mark.parametrize("name", SERIES)
def test_series(name: str):
    """
    No issue of a series is taken for another one.
    """
    made = [version(Text(*issue)) for issue in issues(name, 5, 9)]

    taken = [pair for pair in combinations(made, 2) for kind in (True, False) if is_taken(*pair, is_watched=kind)]

    assert len(made) > 8
    assert [] == taken


def test_scripts_without_capitals():
    """
    In a script that does not show names no word may stand in another's place, however long the text.
    """
    lines = tuple(f"海岸の天気は今日も変わらず、港の人々は{number}隻の船を待っている。" * 9 for number in range(3))
    first, later = (
        Text("海岸の天気と港の人々", lines),
        Text("海岸の天気と港の人々", (lines[0].replace("天気", "空気", 1), *lines[1:])),
    )

    assert is_taken(version(first), version(first), is_watched=True)
    assert not is_taken(version(first), version(later), is_watched=True)


def test_days():
    """
    Days and months are known as texts are compared.
    """
    assert {"monday", "lundi", "понедельник", "月"} <= DAYS
