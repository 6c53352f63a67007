"""The short form of tests/bench/pool_memory.py."""

from __future__ import annotations

from tests.bench.pool_memory import growth, made_pages, measure


async def test_memory():
    """
    A sandbox process does not grow from page to page: no more than a tenth from page 100 to page 300.
    """
    curve = await measure(made_pages(60), 300, every=10)

    assert growth(curve, 100) < 0.1


def test_growth():
    """
    Growth is told between the medians after warming up and at the end, so that one odd sample does not decide.
    """
    curve = [(at, 100.0 if at < 50 else 120.0) for at in range(0, 100, 5)]

    assert round(growth([*curve, (100, 900.0)], 20), 3) == 0.2
    assert growth(curve, 50) == 0
