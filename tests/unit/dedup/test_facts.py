"""Laws of what a text says and where: numbers and names, with the words around them."""

from array import array
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dedup.facts import MAX_NAMES, MAX_NUMBERS, names, numbers
from ingest.dedup.guards import conflicts, renamed
from ingest.dedup.sketch import Sketch, sketch
from ingest.dedup.tokens import is_number


@given(words=st.lists(st.sampled_from(["a", "bc", "1", "22", "1.5", "e\u0301", "\u0663"]), max_size=30))
def test_numbers(words):
    """
    A number has the two tokens before it for context, as far as they are there; one behind a number has none.
    """
    values = array("I", (crc32(word.encode()) for word in words))
    expected = set()
    for at, word in enumerate(words):
        if is_number(word) and at and not is_number(words[at - 1]):
            is_free = at > 1 and not is_number(words[at - 2])
            before = values[at - 2] if is_free else 0
            expected.add(((before * 31 + values[at - 1]) & 0xFFFF, values[at] & 0xFFFF))

    got = numbers(words, values)

    assert tuple(sorted(expected)[:MAX_NUMBERS]) == got


def told(*paragraphs: str) -> Sketch:
    return Sketch(names=names(paragraphs))


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("He met Ana Gull in the harbour.", "He met Ana Gull in the harbour.", (0, 1)),
        ("He met Ana Gull in the harbour.", "He met Tom Reck in the harbour.", (1, 1)),
        ("He met Mr Reck in the harbour.", "He met Reck in the harbour.", (0, 1)),
        ("He met Ana Gull in the harbour.", "Then he met Tom Reck in the harbour.", (0, 0)),
        ("Boats left the harbour.", "Ships left the harbour.", (0, 0)),
        ("Ana Gull left the harbour.", "Tom Reck left the harbour.", (1, 1)),
        ("it rained on Monday here", "it rained on Friday here", (2, 2)),
        ("il pleut depuis lundi, dit-on", "il pleut depuis jeudi, dit-on", (2, 2)),
        ("they may say so", "they may do so", (0, 0)),
        ("上海周二下雨", "上海周三下雨", (1, 1)),
        ("東京は月曜日に雨", "東京は火曜日に雨", (1, 1)),
        ("النشرة صدرت يوم الاثنين مساء", "النشرة صدرت يوم الثلاثاء مساء", (2, 2)),
        ("ALL IN CAPITALS", "OTHER LINE", (0, 0)),
    ],
)
def test_names(one: str, two: str, expected: tuple[int, int]):
    """
    Another name or day in the same words is told; a title before a name, or a new first word, is not.
    """
    assert expected == renamed(told(one), told(two)) == renamed(told(two), told(one))


def test_headlines():
    """
    Of a headline only the days count: whether its capitals are names cannot be told.
    """
    one, two = (
        Sketch(names=names([], title))
        for title in ("Your Stars for Monday by Ana Gull in June", "Your Stars for Friday by Tom Reck in June")
    )

    assert (2, 3) == renamed(one, two)


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("the ferry has three decks", "the ferry has 3 decks", (0, 1)),
        ("the ferry has three decks", "the ferry has four decks", (1, 1)),
        ("паром везёт пять машин", "паром везёт семь машин", (1, 1)),
        ("le port a 10 000 habitants", "le port a 10.000 habitants", (0, 1)),
        ("un alza de 3,5 puntos", "un alza de 3.5 puntos", (0, 1)),
    ],
)
def test_written_numbers(one: str, two: str, expected: tuple[int, int]):
    """
    A number is one, in words or digits, with whatever marks between thousands and before decimals.
    """
    assert expected == conflicts(sketch([one]), sketch([two]))


@given(st.lists(st.text(max_size=200), max_size=4))
def test_any_names(paragraphs: list[str]):
    """
    Any text has few names, and differs from itself in none.
    """
    got = told(*paragraphs)

    assert len(got.names) <= MAX_NAMES
    assert renamed(got, got)[0] == 0
