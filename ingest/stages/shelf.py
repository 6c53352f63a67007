"""Rules of robots.txt as parsed, kept in the process for the pages to come."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakValueDictionary

from ingest.pages.robots import Robots

#: Bytes of robots.txt whose rules are kept; parsed they take some fifty times as much at worst (measured).
MAX_SHELF_BYTES = 1_000_000
#: What an authority costs beside its rules, so that a million of them without any do not count as nothing.
_ROW_BYTES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an authority's robots.txt says, or why nobody knows."""

    until: datetime
    #: None when nobody could say, and nothing may be fetched.
    rules: Robots | None
    reason: str = ""
    size: int = 0


class Shelf:
    """Standings by authority; those least recently asked for go first."""

    def __init__(self) -> None:
        self._standings: OrderedDict[str, Standing] = OrderedDict()
        self._bytes = 0
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def get(self, origin: str, now: datetime) -> Standing | None:
        """What is known and not too old."""
        found = self._standings.get(origin)
        if found is None or found.until <= now:
            return None
        self._standings.move_to_end(origin)
        return found

    def put(self, origin: str, standing: Standing) -> None:
        """Keep what was learned."""
        before = self._standings.pop(origin, None)
        self._bytes += standing.size + _ROW_BYTES - (before.size + _ROW_BYTES if before else 0)
        self._standings[origin] = standing
        while self._bytes > MAX_SHELF_BYTES:
            _, dropped = self._standings.popitem(last=False)
            self._bytes -= dropped.size + _ROW_BYTES

    def lock(self, origin: str) -> asyncio.Lock:
        """Held by the one of this process who finds out about an authority."""
        return self._locks.setdefault(origin, asyncio.Lock())
