"""Laws of what two texts have in common: own runs stand out from edits, numbers from their places."""

import pytest

from ingest.dedup.guards import Own, agreement, conflicts, overlap, own
from ingest.dedup.sketch import Sketch, sketch


def hits(picture: str) -> list[bool]:
    return [letter == "x" for letter in picture]


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        ("x" * 40, (0, 0, 0)),
        ("x." * 20, (0, 0, 0)),
        ("x..x....x.x...x" * 4, (0, 0, 0)),
        ("." * 10 + "x" * 30, (10, 10, 0)),
        ("x" * 30 + "." * 10, (10, 0, 10)),
        ("x" * 15 + "." * 10 + "x" * 15, (10, 0, 0)),
        ("." * 10 + "x" * 20 + "." * 10, (20, 10, 10)),
        ("x" + "." * 12 + "x" * 27, (12, 12, 0)),
        ("." * 39 + "x", (39, 39, 0)),
        ("x", (0, 0, 0)),
    ],
)
def test_own(picture, expected):
    """
    Gaps that edits leave are no text of its own; a run too long for the hits around it is, and its place is told.
    """
    everywhere, at_head, at_tail = (count / len(picture) for count in expected)

    got = own(hits(picture))

    assert Own(everywhere=everywhere, at_head=at_head, at_tail=at_tail) == got


def places(*pairs: tuple[int, int]) -> Sketch:
    return Sketch(numbers=pairs)


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ([(1, 10), (2, 20)], [(1, 10), (2, 20)], (0, 2)),
        ([(1, 10), (2, 20)], [(1, 11), (2, 20)], (1, 2)),
        ([(1, 10), (1, 12)], [(1, 12)], (0, 1)),
        ([(1, 10)], [(2, 10)], (0, 0)),
        ([], [], (0, 0)),
    ],
)
def test_conflicts(one, two, expected):
    """
    A number conflicts where both texts have one in the same place and none in common.
    """
    assert expected == conflicts(places(*one), places(*two)) == conflicts(places(*two), places(*one))


def test_overlap():
    """
    Containment is the smaller text's, at the lower of two rates, and the order of the texts does not matter.
    """
    words = [f"word{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)}" for n in range(6000)]
    long, part = sketch([" ".join(words)]), sketch([" ".join(words[:600])])

    got = overlap(long, part)

    assert long.level > part.level == 0
    assert got is not None
    assert (1.0, 0, 600) == (got.containment, got.start, got.n_tokens)
    assert got.shared < len(part.samples) / 2
    assert got == overlap(part, long)
    assert overlap(part, sketch(["Nothing of all that is said here, not one gram of five words."])) is None


def test_agreement():
    """
    Openings agree in so many of the smaller one's words; those without words agree in nothing.
    """
    one, two = Sketch(topics=frozenset({1, 2, 3, 4})), Sketch(topics=frozenset({3, 4, 5}))

    assert [2 / 3, 1.0, 0.0] == [agreement(one, two), agreement(one, one), agreement(one, Sketch())]
