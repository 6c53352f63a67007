"""What a process counts by itself, for no commit knows of it; added to the counters of all, once however often."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from ingest.store.connect import Store
from ingest.store.due import milliseconds

#: How long the number of a process's last tally is kept: longer than any command is repeated.
KEEP = timedelta(hours=1)


class Tally:
    """One process's counts since it last added them; ``process`` is a name that no other has."""

    def __init__(self, process: str) -> None:
        self._process = process
        self._counted: Counter[str] = Counter()
        self._number = 0
        self._leaving: Counter[str] = Counter()

    def count(self, counter: str) -> None:
        """One more."""
        self._counted[counter] += 1

    async def add_to(self, store: Store) -> None:
        """Add what was counted; what cannot be added now comes again, under its number, the next time."""
        if not self._leaving and self._counted:
            self._leaving, self._counted = self._counted, Counter()
            self._number += 1
        if not self._leaving:
            return
        counters = [item for pair in sorted(self._leaving.items()) for item in pair]
        keys = [store.keys.tally(self._process), store.keys.counts]
        await store.scripts("add_tally", keys, [self._number, milliseconds(KEEP), *counters])
        self._leaving = Counter()
