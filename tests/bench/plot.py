"""Small multiples of costs over loads as one SVG, both axes logarithmic, readable on light and on dark ground."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

COLUMNS = 3
WIDTH, HEIGHT = 250, 190
LEFT, TOP, RIGHT, BOTTOM = 46, 40, 14, 36
STYLE = """
  svg { font: 11px system-ui, sans-serif; --ink: #1b1f24; --faint: #d5dae0; --line: #0b62c4; --soft: #5c6670 }
  @media (prefers-color-scheme: dark) { svg { --ink: #e8ecf1; --faint: #3a424c; --line: #6cb2ff; --soft: #9aa5b1 } }
  text { fill: var(--soft) } .title { fill: var(--ink); font-weight: 600; font-size: 12px }
  .grid { stroke: var(--faint) } .line { stroke: var(--line); stroke-width: 2; fill: none }
  .same { stroke: var(--soft); stroke-dasharray: 3 3; fill: none } circle { fill: var(--line) }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What a cost comes to at each load; both are above nought."""

    title: str
    #: What the load is counted in.
    load: str
    #: What the cost is told in.
    unit: str
    points: Sequence[tuple[float, float]]
    #: Whether it may grow with the load (parsing) or should stay (a claim): the dashed line of comparison.
    is_linear: bool = False


def draw(series: Sequence[Series]) -> str:
    """The picture."""
    rows = -(-len(series) // COLUMNS)
    size = f'viewBox="0 0 {COLUMNS * WIDTH} {rows * HEIGHT}" width="{COLUMNS * WIDTH}" height="{rows * HEIGHT}"'
    panels = "".join(
        f'<g transform="translate({number % COLUMNS * WIDTH} {number // COLUMNS * HEIGHT})">{_panel(one)}</g>\n'
        for number, one in enumerate(series)
    )
    told = "Costs over loads: " + "; ".join(one.title for one in series)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(told)}">'
        f"<style>{STYLE}</style>\n{panels}</svg>\n"
    )


def _panel(one: Series) -> str:
    loads, costs = [x for x, _ in one.points], [y for _, y in one.points]
    low, high = math.log10(min(loads)), math.log10(max(loads))
    # Three decades at least: a cost that hardly moves is to look like one.
    middle = (math.log10(min(costs)) + math.log10(max(costs))) / 2
    half = max(1.5, (math.log10(max(costs)) - math.log10(min(costs))) / 2 + 0.3)
    bottom, top = middle - half, middle + half

    def across(load: float) -> float:
        return LEFT + (math.log10(load) - low) / ((high - low) or 1) * (WIDTH - LEFT - RIGHT)

    def up(cost: float) -> float:
        return HEIGHT - BOTTOM - (math.log10(cost) - bottom) / (top - bottom) * (HEIGHT - TOP - BOTTOM)

    parts = [f'<text class="title" x="{LEFT}" y="16">{escape(one.title)}</text>']
    parts.append(f'<text x="{LEFT}" y="31">{escape(one.unit)} by {escape(one.load)}</text>')
    for power in range(math.ceil(bottom), math.floor(top) + 1):
        y = up(10**power)
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{_short(10**power)}</text>')
    foot = HEIGHT - BOTTOM + 16
    marks = dict.fromkeys((loads[0], loads[len(loads) // 2], loads[-1]))
    parts += [f'<text x="{across(load):.1f}" y="{foot}" text-anchor="middle">{_short(load)}</text>' for load in marks]
    end = min(costs[0] * (loads[-1] / loads[0] if one.is_linear else 1), 10**top)
    far = loads[-1] if not one.is_linear else loads[0] * end / costs[0]
    parts.append(f'<path class="same" d="M{across(loads[0]):.1f} {up(costs[0]):.1f}L{across(far):.1f} {up(end):.1f}"/>')
    path = "L".join(f"{across(x):.1f} {up(y):.1f}" for x, y in one.points)
    parts.append(f'<path class="line" d="M{path}"/>')
    for load, cost in one.points:
        told = f"<title>{_short(load)}: {cost:.3g} {escape(one.unit)}</title>"
        parts.append(f'<circle cx="{across(load):.1f}" cy="{up(cost):.1f}" r="3">{told}</circle>')
    return "".join(parts)


def _short(value: float) -> str:
    """A number as few letters."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"
