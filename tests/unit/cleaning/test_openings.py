"""How the texts that a pattern fits can begin."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning.letters import fold
from ingest.cleaning.openings import MAX_OPENINGS, SIZE, needed, opening_of, openings
from ingest.cleaning.rules import load_rules

LINES = sorted({line for rule in load_rules().rules for line in rule.lines})


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("newsletter", {"new"}),
        ("(?:our |the )?newsletter", {"our", "the", "new"}),
        ("(?:hier |jetzt )*abo", {"hie", "jet", "abo"}),
        ("(?-i:AP|dpa)/x", {"ap/", "dpa"}),
        ("a[bc]?d", {"abd", "acd", "ad"}),
        ("(?!an )to", {"to"}),
        (".{2,80} inbox", {""}),
        (r"\d+ comments", {"000", "0 c", "00 "}),
        ("19 of", {"00 "}),
        (r"© ?\w+", {"©", "© "}),
        ("[^a]b", {""}),
        (r"(?P<name>x)y", {""}),
    ],
)
def test_openings(pattern, found):
    """
    The first three characters are known as far as the pattern says them.
    """
    assert found == openings(pattern)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (".{2,80} in your inbox(?: .{1,30})?", {" in your inbox"}),
        (".{0,40}(?:アプリ|メール)を?", {"アプリ", "メール"}),
        ("a|b", {"a", "b"}),
        (r"\w+", {""}),
        (r"\d", {""}),
        ("[a-z ]+(?:AP|dpa|epa)? ?/ ?(?:AP|dpa|epa)", {"/"}),
        (".{2,9}[([](?:bild|foto):", {"(", "["}),
    ],
)
def test_needed(pattern, found):
    """
    One of the longest texts that a pattern cannot do without.
    """
    assert found == needed(pattern)


def test_too_many_openings():
    """
    A pattern with very many openings counts as one that can begin with anything.
    """
    letters = "".join(chr(code) for code in range(0x4E00, 0x4E00 + 80))

    assert openings(f"[{letters}][{letters}]x") == {""}
    assert len(letters) ** 2 > MAX_OPENINGS


@pytest.mark.parametrize("pattern", LINES)
def test_examples_begin_as_said(pattern):
    """
    What a rule's pattern fits, of all examples, begins as the pattern's openings say and holds what it needs.
    """
    compiled, begins, texts = re.compile(pattern, re.IGNORECASE), openings(pattern), needed(pattern)
    fitting = [text for text in EXAMPLES if compiled.fullmatch(text)]

    assert all(any(opening_of(fold(text)).startswith(begin) for begin in begins) for text in fitting)
    assert all(any(part in fold(text) for part in texts) for text in fitting)


def _examples() -> list[str]:
    from ingest.cleaning.rules import probe_of

    found = {
        probe.text
        for rule in load_rules().rules
        for text in rule.removes
        for line in text.split("\n")
        if (probe := probe_of(line))
    }
    return sorted(found | {text.upper() for text in found})


EXAMPLES = _examples()


@pytest.mark.parametrize(
    ("line", "opening"),
    [("read more", "rea"), ("7 comments", "0 c"), ("२४ टिप्पणियां", "00 "), ("ad", "ad"), ("", "")],
)
def test_opening_of(line, opening):
    """
    A line is looked up by its first three characters, one digit like another in any script.
    """
    assert opening == opening_of(line)


@given(st.from_regex(re.compile(r"(?:ab|c(?:d|ef?)|[gh]i{1,2}|j?k*)(?:l|mn)o?", re.ASCII), fullmatch=True))
def test_no_text_is_missed(text):
    """
    Whatever a pattern makes begins with one of its openings.
    """
    begins = openings(r"(?:ab|c(?:d|ef?)|[gh]i{1,2}|j?k*)(?:l|mn)o?")

    assert any(text.startswith(begin) for begin in begins)
    assert all(len(begin) <= SIZE for begin in begins)
