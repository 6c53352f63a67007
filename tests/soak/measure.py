"""What processes hold, as /proc shows it, and whether it grows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import median

#: A clock tick of /proc/PID/stat.
TICKS = os.sysconf("SC_CLK_TCK")
#: Growth below this is no finding: caches fill, and the allocator keeps what it had once.
FREE_MB, FREE_SHARE = 8.0, 0.05
FREE_HANDLES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a process and its children hold; memory shared among them counts once."""

    pss_mb: float = 0
    rss_mb: float = 0
    handles: int = 0
    processes: int = 0
    #: Of all that live, and of those that were waited for.
    cpu_seconds: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One look at everything; ``at`` counts from the start, in seconds."""

    at: float
    held: Mapping[str, Held]
    counts: Mapping[str, int]
    #: Feeds that are due and not claimed, how long the longest has waited, and those claimed.
    due_feeds: int
    lag_seconds: float
    leased_feeds: int
    due_entries: int
    leased_entries: int
    stream: int
    store_bytes: int


def families(roots: Mapping[str, int]) -> dict[str, Held]:
    """What each of these processes holds, with its descendants."""
    parents = dict(_parents())
    return {name: _held(_family(pid, parents)) for name, pid in roots.items()}


def _parents() -> Iterable[tuple[int, int]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] not in "ZX":
                yield int(folder.name), int(fields[1])


def _family(pid: int, parents: Mapping[int, int]) -> set[int]:
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _held(family: Iterable[int]) -> Held:
    pss = rss = cpu = 0.0
    handles = processes = 0
    for pid in family:
        folder = Path(f"/proc/{pid}")
        try:
            memory = dict(line.split(":", 1) for line in (folder / "smaps_rollup").read_text().splitlines()[1:])
            ticks = (folder / "stat").read_text().rpartition(")")[2].split()[11:15]
            own = sum(1 for _ in (folder / "fd").iterdir())
        except OSError:  # it ended meanwhile
            continue
        pss += int(memory["Pss"].split()[0]) / 1024
        rss += int(memory["Rss"].split()[0]) / 1024
        cpu += sum(map(int, ticks)) / TICKS
        handles += own
        processes += 1
    return Held(pss_mb=pss, rss_mb=rss, handles=handles, processes=processes, cpu_seconds=cpu)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Growth a second: the median of all pairs' (Theil and Sen), which a few bursts do not bend."""
    steps = [(y - x) / (b - a) for (a, x), (b, y) in combinations(points, 2) if b > a]
    return median(steps) if steps else 0.0


def grows(points: Sequence[tuple[float, float]], *, free: float) -> bool:
    """Whether a line through the points rises by more than ``free`` from the first to the last."""
    return len(points) > 2 and slope(points) * (points[-1][0] - points[0][0]) > free


def memory_grows(points: Sequence[tuple[float, float]]) -> bool:
    """Whether memory clearly grows."""
    return grows(points, free=max(FREE_MB, FREE_SHARE * median(mb for _, mb in points))) if points else False


def handles_grow(points: Sequence[tuple[float, float]]) -> bool:
    """Whether open handles clearly grow."""
    return grows(points, free=FREE_HANDLES)
