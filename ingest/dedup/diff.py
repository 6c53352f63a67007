"""The difference of two rows of words, in time bounded by how much may differ (Myers 1986, An O(ND) algorithm)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hunk:
    """Words ``old_start`` to ``old_end`` became words ``new_start`` to ``new_end``; one of the two may be empty."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def hunks(old: Sequence[str], new: Sequence[str], *, limit: int) -> tuple[Hunk, ...] | None:
    """
    The fewest words to take out and put in to turn ``old`` into ``new``, in order; None when that is over ``limit``.

    Time and memory are at most ``limit`` times the words.
    """
    start = 0
    while start < len(old) and start < len(new) and old[start] == new[start]:
        start += 1
    old_end, new_end = len(old), len(new)
    while old_end > start and new_end > start and old[old_end - 1] == new[new_end - 1]:
        old_end -= 1
        new_end -= 1
    inner = _steps(old[start:old_end], new[start:new_end], limit)
    return None if inner is None else _joined(inner, start)


def _steps(old: Sequence[str], new: Sequence[str], limit: int) -> list[tuple[int, int, bool]] | None:
    """Single steps (old place, new place, whether a word goes), in order."""
    size_old, size_new = len(old), len(new)
    if abs(size_old - size_new) > limit:
        return None
    furthest = {1: 0}
    trace: list[dict[int, int]] = []
    for depth in range(min(limit, size_old + size_new) + 1):
        trace.append(dict(furthest))
        for diagonal in range(-depth, depth + 1, 2):
            is_added = diagonal == -depth or (
                diagonal != depth and furthest.get(diagonal - 1, -1) < furthest.get(diagonal + 1, -1)
            )
            x = furthest.get(diagonal + 1, 0) if is_added else furthest.get(diagonal - 1, 0) + 1
            y = x - diagonal
            while x < size_old and y < size_new and old[x] == new[y]:
                x += 1
                y += 1
            furthest[diagonal] = x
            if x >= size_old and y >= size_new:
                return _walk_back(trace, size_old, size_new)
    return None


def _walk_back(trace: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int, bool]]:
    steps: list[tuple[int, int, bool]] = []
    for depth in range(len(trace) - 1, 0, -1):
        furthest, diagonal = trace[depth], x - y
        is_added = diagonal == -depth or (
            diagonal != depth and furthest.get(diagonal - 1, -1) < furthest.get(diagonal + 1, -1)
        )
        before = diagonal + 1 if is_added else diagonal - 1
        x = furthest[before]
        y = x - before
        steps.append((x, y, not is_added))
    steps.reverse()
    return steps


def _joined(steps: list[tuple[int, int, bool]], offset: int) -> tuple[Hunk, ...]:
    """Neighbouring steps as one hunk."""
    found: list[Hunk] = []
    for x, y, is_removal in steps:
        old_end, new_end = (x + 1, y) if is_removal else (x, y + 1)
        if found and (found[-1].old_end, found[-1].new_end) == (x + offset, y + offset):
            found[-1] = Hunk(found[-1].old_start, old_end + offset, found[-1].new_start, new_end + offset)
        else:
            found.append(Hunk(x + offset, old_end + offset, y + offset, new_end + offset))
    return tuple(found)
