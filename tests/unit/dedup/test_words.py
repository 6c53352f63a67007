"""Words as compared: what makes no difference, and what does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dedup.words import ends_as_prose, is_slip, letters, sentences, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u201cIt\u2019s done,\u201d he said", '"It\'s done", he said'),
        ("caf\u00e9", "cafe\u0301"),
        ("The QUAY", "the quay"),
        ("10,000 crowns", "10 000 crowns"),
        ("10.000 Kronen", "10'000 Kronen"),
        ("1\u202f234\u202f567", "1234567"),
        ("three boats", "3 boats"),
        ("zwölf Boote", "12 Boote"),
        ("re-election", "reelection"),
        ("co\u00adop\u200berate", "cooperate"),
        ("\uff11\uff12 boats", "12 boats"),
        ("Straße", "STRASSE"),
        ("wait \u2014 no", "wait - no"),
    ],
)
def test_same(one, other):
    """
    Typography, case and the way a number is written make no difference.
    """
    assert [word.key for word in words(one)] == [word.key for word in words(other)]


@pytest.mark.parametrize(
    ("one", "other"),
    [("1,000", "1,001"), ("3.5", "35"), ("10:31", "1031"), ("not", "now"), ("क", "की"), ("漢字", "漢学")],
)
def test_different(one, other):
    """
    Another number and another word are not the same.
    """
    assert letters(one) != letters(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One boat. Two boats! Three? Yes.", ["One boat.", "Two boats!", "Three?", "Yes."]),
        ("Mr. Tern met U.S. officials. They spoke.", ["Mr. Tern met U.S. officials.", "They spoke."]),
        ("\u201cNo.\u201d She left.", ["\u201cNo.\u201d", "She left."]),
        ("It cost 3.5 million. Much.", ["It cost 3.5 million.", "Much."]),
        ("船が来た。人が降りた。", ["船が来た。", "人が降りた。"]),
        ("... !!! ???", []),
    ],
)
def test_sentences(text, expected):
    """
    A text falls apart at its sentences' ends, not at abbreviations; what has no word is no sentence.
    """
    assert expected == [sentence.text for sentence in sentences([text])]


@given(st.lists(st.text(alphabet="ab .!?\u201d\n'1,é漢", max_size=60), max_size=4))
def test_no_word_lost(paragraphs):
    """
    The sentences have the words of the text, in their order.
    """
    split = [sentence.keys for sentence in sentences(paragraphs)]

    assert "".join(map(letters, paragraphs)).replace(" ", "") == "".join("".join(keys) for keys in split)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("council", "concil", True),
        ("council", "counsil", True),
        ("council", "councill", True),
        ("council", "conucil", True),
        ("council", "consul", False),
        ("council", "council", True),
        ("quay", "quays", True),
        ("now", "not", False),
        ("1917", "1971", False),
        ("abcd1", "abcd2", False),
        ("none", "nine", False),
        ("kein", "ein", False),
        ("keine", "feine", False),
        ("million", "billion", False),
        ("june", "july", False),
        ("million", "milion", True),
    ],
)
def test_slip(one, other, expected):
    """
    A slip is one letter of a word of four or more; never in a number, never one that turns a statement round.
    """
    assert (expected, expected) == (is_slip(one, other), is_slip(other, one))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("It is.", True), ("He said: \u201cYes.\u201d", True), ("そうだ。", True), ("Ten best quays", False), ("", False)],
)
def test_prose(text, expected):
    """
    Prose ends with a mark, a heading does not.
    """
    assert expected == ends_as_prose(text)
