"""
One place for one child: a pebble pool of a single process, opened, given tasks and closed.

One pool a slot, not one pool for all. In a shared pool a child killed while it holds the pool's lock or writes to its
pipe stops the others, the death of an idle child marks all of it broken, and every child can read every document.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from pebble import ProcessPool

from ingest.errors import SandboxError
from ingest.sandbox.child import Limits, Outcome, Undone, lock_in, perform, report
from ingest.sandbox.forks import Context


class Slot:
    """
    A place for a child. ``open`` and ``close`` block and may be called from any thread.

    pebble's own deadline is not used: it reads the wall clock, and a clock that is set forward would end every task.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pool: ProcessPool | None = None
        self._is_retired = False
        self._lock = threading.Lock()
        #: Tasks the present child was given.
        self.tasks_given = 0

    @property
    def is_open(self) -> bool:
        """Whether there is a child, as far as we know."""
        return self._pool is not None

    def open(self) -> Future[Undone | None]:
        """
        A new child in the place of the old one; the future is its report that it is ready.

        Raises:
            SandboxError: the slot is retired, or no process could be started.
        """
        with self._lock:
            self._end()
            if self._is_retired:
                raise SandboxError("crashed", "the sandbox is closed")
            self.tasks_given = 0
            self._pool = ProcessPool(max_workers=1, initializer=lock_in, initargs=(self._limits,), context=Context())
            try:
                return self._schedule(report)
            except BrokenProcessPool as error:
                self._end()
                raise SandboxError("crashed", "no process could be started") from error

    def give(self, task: str, args: tuple[object, ...]) -> Future[Outcome]:
        """
        How ``task`` will have ended; one at a time.

        Raises:
            BrokenProcessPool: the child is gone.
        """
        self.tasks_given += 1
        return self._schedule(perform, task, args, self._limits.deadline)

    def close(self, *, for_good: bool = False) -> None:
        """Kill the child, whatever it does; ``for_good`` also keeps the slot from being opened again."""
        if for_good:
            self._is_retired = True
        with self._lock:
            self._end()

    def _schedule(self, function: Any, *args: object) -> Future[Any]:
        if self._pool is None:
            raise BrokenProcessPool("no child")
        try:
            future: Future[Any] = self._pool.schedule(function, args=args)
        except RuntimeError as error:
            # pebble says so when the child died while it was idle.
            raise BrokenProcessPool(str(error)) from error
        return future

    def _end(self) -> None:
        pool: Any
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()
            pool.join()
