"""One spelling for what is written alike."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning.letters import fold, spell, straighten


@pytest.mark.parametrize(
    ("line", "straight"),
    [
        ("«Так»", '"Так"'),
        ("„So“", '"So"'),
        ("「そう」", '"そう"'),
        ("来源：港口（完）", "来源:港口(完)"),
        ("Ｎｅｗｓ！", "News!"),
        ("عضو شويد", "عضو شوید"),
        ("می\u200cکنید", "میکنید"),
        ("\u200fשתפו\u200e", "שתפו"),
        ("न्यूज़", "न्यू" + "ज\u093c"),
        ("don’t – stop…", "don't - stop..."),
        ("لماذا؟", "لماذا?"),
    ],
)
def test_straighten(line, straight):
    """
    Quotes, dashes, full-width signs and letters of one sound have one spelling; what nobody sees is dropped.
    """
    assert straight == straighten(line)


def test_pattern_is_spelt_as_the_line_is():
    """
    A pattern written with Arabic letters fits a line written with Persian ones, and its grammar is not touched.
    """
    pattern = spell("كتاب(?:ي|ی)[。！]?")

    assert re.fullmatch(pattern, straighten("کتابی"))
    assert "[。！]?" in pattern


@pytest.mark.parametrize(("one", "other"), [("BÜLTENİ", "bülteni"), ("ABONE OLUN", "abone olun"), ("ΠΗΓΗΣ", "πηγης")])
def test_fold(one, other):
    """
    Folded texts are equal where a pattern takes them for equal.
    """
    assert fold(one) == fold(other)
    assert re.fullmatch(fold(other), one, re.IGNORECASE)


@given(st.text(max_size=40))
def test_straighten_is_idempotent(line):
    """
    A straight line stays as it is.
    """
    assert straighten(straighten(line)) == straighten(line)
