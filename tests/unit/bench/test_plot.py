"""The picture of costs over loads."""

import re

from lxml import etree

from tests.bench.plot import Series, draw

FLAT = Series(title="claim <a> feed", load="feeds", unit="µs", points=[(10, 5.0), (100, 5.0), (1000, 5.0)])
STEEP = Series(title="parse", load="items", unit="ms", points=[(10, 1.0), (100, 10.0), (1000, 100.0)], is_linear=True)


def heights(panel):
    return [float(dot.get("cy")) for dot in panel.iter("{*}circle")]


def test_panels():
    """
    Each cost has a panel with a dot for each load: level where nothing grows, even steps where it grows as the load.
    """
    flat, steep = etree.fromstring(draw([FLAT, STEEP]).encode()).findall("{*}g")

    assert len(set(heights(flat))) == 1
    one, two, three = heights(steep)
    assert one > two > three
    assert abs((one - two) - (two - three)) < 0.11


def test_comparison():
    """
    The dashed line of a cost that grows exactly as its load lies on its dots.
    """
    (panel,) = etree.fromstring(draw([STEEP]).encode()).findall("{*}g")
    (dashed,) = panel.findall("{*}path[@class='same']")

    ends = [float(part) for part in re.findall(r"[0-9.]+", dashed.get("d"))][1::2]

    assert [heights(panel)[0], heights(panel)[-1]] == ends


def test_both_grounds():
    """
    It has colours for a dark ground, and is told in words to who cannot see it.
    """
    got = draw([FLAT])

    assert "prefers-color-scheme: dark" in got
    assert "claim <a> feed" in etree.fromstring(got.encode()).get("aria-label")
