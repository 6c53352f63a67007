"""The rows of a bench and its last line."""

import pytest

from tests.bench.figures import Figure, by_turns, row, verdict


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        (Figure(what="a", ours=2, base=1, bar=2), False),
        (Figure(what="a", ours=2.1, base=1, bar=2), True),
        (Figure(what="a", ours=15, base=10, bar=1.5, side=">="), False),
        (Figure(what="a", ours=14, base=10, bar=1.5, side=">="), True),
        (Figure(what="a", ours=31, bar=30), True),
        (Figure(what="a", ours=30, bar=30), False),
        (Figure(what="a", ours=99, base=1), False),
    ],
)
def test_missed(figure, expected):
    """
    A bar is on the ratio where there is a baseline, else on the figure, on the side that is said.
    """
    got = figure.is_missed

    assert expected == got
    assert expected == ("MISSED" in row(figure))


def test_verdict():
    """
    The last line names each bar that was missed, and counts only figures that have one.
    """
    figures = [
        Figure(what="polls", ours=1, base=1, bar=2),
        Figure(what="publish", ours=3, base=1, bar=2),
        Figure(what="of it the client", ours=9, base=1),
    ]

    got = verdict(figures)

    assert got == "1 of 2 bars reached; missed: publish"
    assert verdict(figures[:1]) == "1 of 1 bars reached; none missed"


def test_turns():
    """
    Every side runs in every round, one after the other.
    """
    ran = []

    by_turns(lambda: ran.append("ours"), lambda: ran.append("base"), rounds=3)

    assert ["ours", "base"] * 3 == ran
