"""Texts that stand in front of an article."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.pages import walls

PHRASES = {
    "challenge": walls._CHALLENGE,
    "javascript": walls._JAVASCRIPT,
    "consent-wall": walls._CONSENT,
    "error-page": walls._ERROR,
    "paywall": walls._PAYWALL,
}


@pytest.mark.parametrize("wall", PHRASES)
def test_cues(wall):
    """
    Whatever one of a wall's phrases matches has one of its cues.
    """
    phrases = walls._WALLS[wall]

    @settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
    @given(
        st.sampled_from(PHRASES[wall]).flatmap(
            lambda phrase: st.from_regex(re.compile(phrase, re.IGNORECASE), fullmatch=True)
        )
    )
    def search(said):
        assert (phrases.pattern.search(said[: walls.MAX_PHRASE_OFFSET]) is not None) == phrases.are_in(said)

    search()


def test_all_other_letters():
    """
    Every letter that has to be looked up is seen.
    """
    seen = {code for code in range(sys.maxunicode + 1) if walls._HAS_OTHER_LETTERS.search(chr(code))}

    assert set(walls._OTHER_LETTERS) == seen


@pytest.mark.parametrize(
    ("wall", "said"),
    [
        ("paywall", "To keep reading, \u017fub\u017fcribe"),
        ("paywall", "TO KEEP READ\u0130NG"),
        ("challenge", "Ver\u0131fy\u0131ng that you are human"),
        ("consent-wall", "Accept all coo\u212aies"),
        ("error-page", "страница не най\u1c81ена"),
        ("error-page", "\u1c83траница не найдена"),
        ("paywall", "\u1c81оступно только по подписке"),
    ],
)
def test_other_letters(wall, said):
    """
    Letters that an expression takes for others without regard to case are no way past the cues.
    """
    phrases = walls._WALLS[wall]

    assert phrases.pattern.search(said)
    assert phrases.are_in(said)
