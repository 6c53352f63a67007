"""Promos beside true lines that are worded nearly alike: the first go, the second stay."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ingest.cleaning.clean import clean_lines
from ingest.cleaning.rules import load_rules

BESIDE = tomllib.loads((Path(__file__).parents[2] / "fixtures" / "cleaning" / "beside.toml").read_text("utf-8"))
RULES = load_rules()
STORY = [f"In week {week} the ferries ran late, and the islanders stopped asking for reasons." for week in range(24)]


@pytest.mark.parametrize("group", BESIDE)
@pytest.mark.parametrize("at", [0, 12, 24], ids=["head", "middle", "tail"])
def test_true_lines_stay(group, at):
    """
    A true line stays wherever it stands, however near it comes to a promo.
    """
    lost = []
    for text in BESIDE[group]["stays"]:
        lost += clean_lines([*STORY[:at], text, *STORY[at:]], RULES).removals

    assert [] == lost


@pytest.mark.parametrize("group", BESIDE)
def test_promos_beside_them_go(group):
    """
    A promo at the end of an article goes, and nothing with it.
    """
    missed = []
    for text in BESIDE[group]["goes"]:
        taken = [removal.text for removal in clean_lines([*STORY, text], RULES).removals]
        if taken != [text]:
            missed.append((text, taken))

    assert [] == missed


def test_each_group_has_both():
    """
    There are 80 lines of either sort, and no group without the other.
    """
    assert sum(len(group["goes"]) for group in BESIDE.values()) >= 80
    assert sum(len(group["stays"]) for group in BESIDE.values()) >= 80
    assert all(group["goes"] and group["stays"] for group in BESIDE.values())
