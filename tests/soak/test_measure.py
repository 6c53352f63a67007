"""What the soak calls growth."""

import os

import pytest

from tests.soak.measure import families, handles_grow, memory_grows, slope

FLAT = [(float(at), 100.0) for at in range(30)]
SAW = [(float(at), 100.0 + at % 7) for at in range(30)]
BURST = [(float(at), 180.0 if 5 < at < 9 else 100.0) for at in range(30)]
LEAK = [(float(at), 100.0 + at % 7 + at / 2) for at in range(30)]


@pytest.mark.parametrize(
    ("points", "expected"), [(FLAT, False), (SAW, False), (BURST, False), (LEAK, True), (LEAK[:2], False), ([], False)]
)
def test_memory_grows(points, expected):
    """
    A leak is growth; what falls back again is not.
    """
    assert expected == memory_grows(points)


def test_handles_grow():
    """
    One handle a look is a leak, a pool that fills is not.
    """
    pool = [(float(at), min(at, 10)) for at in range(60)]

    assert not handles_grow(pool)
    assert handles_grow([(float(at), at) for at in range(60)])


def test_slope():
    """
    The slope of a line is its growth a second.
    """
    assert slope([(10 + at, 3 * at + 5) for at in range(9)]) == pytest.approx(3)


def test_families():
    """
    A process holds memory, handles and time of its own.
    """
    got = families({"me": os.getpid()})["me"]

    assert 5 < got.pss_mb <= got.rss_mb
    assert got.handles >= 3
    assert got.processes >= 1
    assert got.cpu_seconds > 0
