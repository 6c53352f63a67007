"""
Back-pressure by watermarks: what waits while the store fills up, because nobody reads what we write.

Articles wait first, for they are what fills it; polls go on, so that no entry leaves its feed unseen (a reference is
some 300 bytes, an event ten times that), and become rarer when even those come near the limit. Nothing is claimed, so
nothing counts as an attempt, and with room again all goes on by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import structlog

from ingest.settings import Settings
from ingest.store.connect import Store
from ingest.store.keys import Work
from ingest.store.load import Load, read_load

log = structlog.get_logger()

#: "none": all work is handed out. "articles": polls only. "polls": and those at a tenth of the pace.
Pressure = Literal["none", "articles", "polls"]

#: Seconds between two looks at the store.
LOOK_SECONDS = 2.0
#: What was stopped at a mark goes on below this share of it, so that it does not stop and go at every look.
EASED = 0.95
#: Under "polls" one tick in so many hands out polls.
SLOW_TICKS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The high-water marks: a share of the memory, and a number of events that somebody has not read (None: never)."""

    memory: float
    events: int | None


def pressure(load: Load, marks: Marks, was: Pressure) -> Pressure:
    """
    What waits at this load; ``was`` is what waited before.

    Polls slow down half way from the memory's mark to its limit, and at twice the events' mark.
    """
    if _is_over(load, (1 + marks.memory) / 2, 2, marks, eased=was == "polls"):
        return "polls"
    return "articles" if _is_over(load, marks.memory, 1, marks, eased=was != "none") else "none"


def _is_over(load: Load, memory: float, times: int, marks: Marks, *, eased: bool) -> bool:
    share = EASED if eased else 1.0
    is_full = load.memory is not None and load.memory >= memory * share
    return is_full or (marks.events is not None and load.unread >= marks.events * times * share)


class Gauge:
    """A scheduler's eye on the store."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._marks = Marks(memory=settings.high_water_memory, events=settings.high_water_events)
        self._clock = clock
        self._next_look = clock()
        self._poll_ticks = 0
        self.pressure: Pressure = "none"

    async def lets_through(self, store: Store, work: Work) -> bool:
        """Whether this kind of work may be handed out in this tick."""
        if self._clock() >= self._next_look:
            self._next_look = self._clock() + LOOK_SECONDS
            self._note(await read_load(store))
        if work != "feeds":
            return self.pressure == "none"
        self._poll_ticks += 1
        return self.pressure != "polls" or self._poll_ticks % SLOW_TICKS == 0

    def _note(self, load: Load) -> None:
        was, self.pressure = self.pressure, pressure(load, self._marks, self.pressure)
        if self.pressure != was:
            tell = log.info if self.pressure == "none" else log.warning
            share = None if load.memory is None else round(load.memory, 3)
            tell("pressure.changed", waits=self.pressure, memory=share, unread=load.unread)
