"""Series of our own writing (series.json), as sources print them day after day: one frame, and in it what is new."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

SERIES: Final[dict[str, dict[str, Any]]] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))


def issues(name: str, seed: int, count: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """So many different issues of a series, as far as there are: headline and paragraphs."""
    frame, dice = SERIES[name], random.Random(f"{seed} {name}")
    seen: set[tuple[str, ...]] = set()
    for _ in range(50 * count):
        filled = {gap: dice.choice(values) for gap, values in frame["gaps"].items()}
        issue = (frame["title"].format(**filled), *(line.format(**filled) for line in frame["text"]))
        if issue not in seen:
            seen.add(issue)
            yield issue[0], issue[1:]
        if len(seen) == count:
            return
