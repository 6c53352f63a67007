"""What a bench found: figures with their baselines and bars, as rows of one table."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

ROUNDS = 5
HEAD = f"{'what':<52}{'ours':>12}{'baseline':>12}{'ratio':>8}  {'bar':<9}{'':<8}unit; baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row: what was measured, beside what, and which bar it has to clear."""

    what: str
    ours: float
    #: None: the figure stands for itself, and the bar is on it instead of on the ratio.
    base: float | None = None
    #: None: there is none.
    bar: float | None = None
    #: On which side of the bar it has to be.
    side: Literal["<=", ">="] = "<="
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours by the baseline's."""
        return self.ours / self.base if self.base else None

    @property
    def is_missed(self) -> bool:
        """Whether the bar is not cleared."""
        judged = self.ours if self.base is None else self.ratio
        if self.bar is None or judged is None:
            return False
        return judged > self.bar if self.side == "<=" else judged < self.bar


def row(figure: Figure) -> str:
    """A figure as a line under ``HEAD``."""
    base = "" if figure.base is None else number(figure.base)
    ratio = "" if figure.ratio is None else f"{figure.ratio:.3f}" if figure.ratio < 0.1 else f"{figure.ratio:.2f}"
    bar = "" if figure.bar is None else f"{figure.side} {figure.bar:g}"
    verdict = "" if figure.bar is None else "MISSED" if figure.is_missed else "ok"
    return f"{figure.what:<52}{number(figure.ours):>12}{base:>12}{ratio:>8}  {bar:<9}{verdict:<8}{figure.note}"


def number(value: float) -> str:
    """Three digits that matter."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"


def verdict(figures: Iterable[Figure]) -> str:
    """The last line: which bars were missed."""
    barred = [figure for figure in figures if figure.bar is not None]
    missed = [figure.what.strip() for figure in barred if figure.is_missed]
    told = f"{len(barred) - len(missed)} of {len(barred)} bars reached"
    return f"{told}; missed: {'; '.join(missed)}" if missed else f"{told}; none missed"


def keep(figures: Sequence[Figure], path: Path) -> None:
    """Write them as JSON."""
    rows = [asdict(figure) | {"ratio": figure.ratio, "missed": figure.is_missed} for figure in figures]
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def by_turns(*sides: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, ...]:
    """Median milliseconds of this process's processor time of each side, taken in turn."""
    times: tuple[list[float], ...] = tuple([] for _ in sides)
    for _ in range(rounds):
        for side, run in zip(times, sides, strict=True):
            start = time.process_time()
            run()
            side.append((time.process_time() - start) * 1000)
    return tuple(map(statistics.median, times))
