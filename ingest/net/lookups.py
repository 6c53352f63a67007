"""
Blocking look-ups on threads of our own.

concurrent.futures does the same with a lock, a condition and a second future for each: with them a look-up took three
times as many instructions as the thread's own part (callgrind). Nor does it let a process end before a name server that
is gone has been given up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

#: Threads that may wait for name servers. uvloop's own pool has four for everything, and a dead name takes ten seconds.
LOOKUP_THREADS = 32

#: A blocking function from a name to its addresses; raises OSError when there are none.
Lookup = Callable[[str], Sequence[str]]


class _Job(NamedTuple):
    """A name to look up, and who waits for its addresses; ``settle`` is called in the loop with what came of it."""

    name: str
    found: asyncio.Future[tuple[str, ...]]
    loop: asyncio.AbstractEventLoop
    settle: Callable[[asyncio.Future[tuple[str, ...]], tuple[str, ...], Exception | None], None]


class Lookups:
    """Looks names up, many at a time; used from one event loop."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads = 0
        self._under_way = 0

    def find(self, name: str) -> asyncio.Future[tuple[str, ...]]:
        """The addresses of a name; what the look-up raises is the future's."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[tuple[str, ...]] = loop.create_future()
        self._under_way += 1
        if self._threads < min(self._under_way, LOOKUP_THREADS):
            self._threads += 1
            # A process may end while a name server is waited for.
            Thread(target=_serve, args=(self._jobs, self._lookup), name="dns", daemon=True).start()
        self._jobs.put(_Job(name, found, loop, self._settle))
        return found

    def _settle(
        self, found: asyncio.Future[tuple[str, ...]], addresses: tuple[str, ...], error: Exception | None
    ) -> None:
        self._under_way -= 1
        if found.done():
            return
        if error is not None:
            found.set_exception(error)
        else:
            found.set_result(addresses)

    def close(self) -> None:
        """Let go of the threads; those still waiting for a name server end by themselves, what none has begun fails."""
        with suppress(Empty):
            while True:
                job = self._jobs.get_nowait()
                if job is not None:
                    self._settle(job.found, (), OSError("the client was closed"))
        for _ in range(self._threads):
            self._jobs.put(None)
        self._threads = 0


def _serve(jobs: SimpleQueue[_Job | None], lookup: Lookup) -> None:
    """One thread's work, until it is told that there is no more."""
    while (job := jobs.get()) is not None:
        # The loop may be closed by now: nobody waits any more.
        with suppress(RuntimeError):
            _answer(job, lookup)
        del job


def _answer(job: _Job, lookup: Lookup) -> None:
    try:
        addresses = () if job.found.cancelled() else tuple(lookup(job.name))
    except Exception as error:  # noqa: BLE001 - it is for whoever waits, in the loop
        job.loop.call_soon_threadsafe(job.settle, job.found, (), error)
    else:
        job.loop.call_soon_threadsafe(job.settle, job.found, addresses, None)
