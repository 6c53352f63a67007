"""The difference of two rows of words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dedup.diff import Hunk, hunks

WORDS = st.lists(st.sampled_from("abc"), max_size=12)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", ()),
        ("a b c", "a b c", ()),
        ("a b c", "a x c", (Hunk(1, 2, 1, 2),)),
        ("a c", "a b c", (Hunk(1, 1, 1, 2),)),
        ("a b c", "a c", (Hunk(1, 2, 1, 1),)),
        ("a b c d e", "x b c d", (Hunk(0, 1, 0, 1), Hunk(4, 5, 4, 4))),
    ],
)
def test_hunks(old, new, expected):
    """
    A hunk names the words that went and those that came.
    """
    assert expected == hunks(old.split(), new.split(), limit=9)


@given(WORDS, WORDS)
def test_apply(old, new):
    """
    The hunks turn the old words into the new ones, and none touches another.
    """
    found = hunks(old, new, limit=100)

    built, at = [], 0
    for hunk in found:
        assert hunk.old_start > at or hunk is found[0]
        built += old[at : hunk.old_start] + new[hunk.new_start : hunk.new_end]
        at = hunk.old_end
    assert new == built + old[at:]


@given(WORDS, WORDS, st.integers(0, 8))
def test_limit(old, new, limit):
    """
    There is no answer exactly where more words differ than the limit.
    """
    found = hunks(old, new, limit=100)
    steps = sum(hunk.old_end - hunk.old_start + hunk.new_end - hunk.new_start for hunk in found)

    assert (found if steps <= limit else None) == hunks(old, new, limit=limit)


def test_long():
    """
    The limit bounds the time, however alike the words are.
    """
    assert hunks(["a"] * 100_000, ["a", "b"] * 50_000, limit=160) is None
