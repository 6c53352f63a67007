"""Laws of tokens: the same words however they are set, and something to compare in every script."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dedup.tokens import MAX_CHARACTERS, MAX_TOKENS, _parts, is_number, n_words, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The U.S. didn\u2019t \u201cmove\u201d", ["the", "us", "didnt", "move"]),
        ("CAF\u00c9 \uff21\uff22", ["caf\u00e9", "ab"]),
        ("1,234.5 or 1234.5; 3.25 pct, 1.000.000", ["1234.5", "or", "1234.5", "3.25", "pct", "1000000"]),
        ("10 000 or 10\u202f000, 1 250 000; 3,5", ["10000", "or", "10000", "1250000", "3.5"]),
        ("in 2019 300 of 12, 345 and 747-400", ["in", "2019", "300", "of", "12", "345", "and", "747", "400"]),
        ("covid19", ["covid", "19"]),
        ("\u0663\u0664 \u0967\u0968", ["34", "12"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("東京で発表した", ["東京で発", "京で発表", "で発表し", "発表した"]),
        ("東京", ["東京"]),
        ("ประเทศไทย", ["ประเทศไท", "ระเทศไทย"]),
        ("\ud55c\uad6d \uc2e0\ubb38", ["\ud55c\uad6d", "\uc2e0\ubb38"]),
        ("e\u0301\u0301 \u0301x", ["\u00e9\u0301", "\u0301x"]),
        ("... \u2014 !", []),
        ("", []),
    ],
)  # fmt: skip
def test_tokens(text, expected):
    """
    Case, quotes, initials and thousands do not count; scripts without spaces are cut into overlapping pieces.
    """
    assert expected == tokens(text)


@given(st.text(max_size=60))
def test_any_text(text):
    """
    Every token has something in it, no space, and is a number or has none.
    """
    for token in tokens(text):
        assert token.split() == [token]
        assert not is_number(token) or not any(letter.isalpha() for letter in token)


def test_long_text():
    """
    Only so much of a text is read.
    """
    got = [len(tokens(text * MAX_CHARACTERS)) for text in ("a ", "字", "word ", "a")]

    assert [MAX_TOKENS, MAX_TOKENS, MAX_TOKENS, 1] == got


#: Letters, marks, numbers, scripts without spaces, and spaces of all kinds.
ODD = (
    "ab.,;'\"-\u20260123_\u00e9\u00df\u0130\u0301\u00bd\u00b2\u0663\u064b\u65e5\u672c\u0e01\u2019\u00ab\u00bb\u2014"
    " \u00a0\u200b\x1c"
)


@given(st.text(st.sampled_from(ODD), max_size=40))
def test_piece_by_piece(text: str):
    """
    The short way for plain words says what the expressions say of the whole text.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    for mark in "'\u2018\u2019\u02bc`\u00b4":
        folded = folded.replace(mark, "")

    assert _parts(folded) == tokens(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("The ferry is late", 4), ("Le ferry été", 3), ("東京で発表した", 2), ("東京で発表した ferry", 3), ("", 0)],
)
def test_n_words(text, expected):
    """
    A text has as many words as tokens, half as many where a token begins at each character.
    """
    assert expected == n_words(tokens(text))
