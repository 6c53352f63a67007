"""Plain text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.text import beyond_ascii, collapse, decode_entities, remove_controls


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\x00b\x1bc\x7fd\x85e", "abcde"),
        ("left\u202eright\u2066x\u2069", "leftrightx"),
        ("a\ud800b\ufffe", "ab"),
        ("a\u2028b\u2029c", "a b c"),
        ("a\tb\nc\r", "a\tb\nc\r"),
        ("שלום\u200e é e\u0301 \u00a0 👩\u200d🚀", "שלום\u200e é e\u0301 \u00a0 👩\u200d🚀"),
    ],
)
def test_remove_controls(text, clean):
    """
    Controls, overrides and surrogates go; direction marks, joiners, spaces and accents stay.
    """
    assert clean == remove_controls(text)


@given(text=st.text())
def test_encodable(text):
    """
    What is left has a form in UTF-8 and stays as it is the second time.
    """
    once = remove_controls(text)

    assert once == remove_controls(once)
    assert once == once.encode().decode()


@pytest.mark.parametrize(("text", "line"), [(" a \n\u00a0 b\t", "a b"), ("", ""), (" ", "")])
def test_collapse(text, line):
    """
    Every run of white space is one space.
    """
    assert line == collapse(text)


@pytest.mark.parametrize(
    ("text", "decoded"),
    [("a &amp; b", "a & b"), ("AT&T", "AT&T"), ("&#x1F600;", "😀"), ("&#" + "9" * 5000, "&#" + "9" * 5000)],
)
def test_decode_entities(text, decoded):
    """
    Character references are read; what is none stays.
    """
    assert decoded == decode_entities(text)


@given(text=st.text(st.characters(exclude_categories=())))
def test_beyond_ascii(text):
    """
    The characters that are not ASCII, halves of characters too, in their order.
    """
    got = beyond_ascii(text)

    assert "".join(letter for letter in text if not letter.isascii()) == got
