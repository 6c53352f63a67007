"""When a process ends: at a signal, or with the process that started it."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any, TypeVar

Answer = TypeVar("Answer")

#: Names the process that must outlive us; set by ``copydesk run`` for its children.
PARENT_VARIABLE = "COPYDESK_PARENT"
_PR_SET_PDEATHSIG = 1
#: The main thread wakes this often while it waits. A signal that arrives just before the thread falls asleep, or in
#: another thread, is only noted: Python runs its handler when the main thread runs again, and nothing else may wake it.
WAKE_SECONDS = 0.5


class Stop:
    """SIGTERM and SIGINT as one event; a second one ends the process at once."""

    def __init__(self) -> None:
        self._is_set = False
        # The one queue whose put() may interrupt its own get(). The handler runs on the main thread: setting a
        # threading.Event that this thread just begins to wait for would wait for the Event's lock for ever.
        self._news: SimpleQueue[None] = SimpleQueue()
        self._listeners: list[Callable[[], object]] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told)
        end_with_parent()

    def _told(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self._is_set:
            os._exit(128 + number)
        self._is_set = True
        self._news.put(None)
        for listener in self._listeners:
            listener()

    @property
    def is_set(self) -> bool:
        """Whether we were told to stop."""
        return self._is_set

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for a signal, on the main thread; True when there was one."""
        left = seconds
        while not self._is_set and (left is None or left > 0):
            nap = WAKE_SECONDS if left is None else min(left, WAKE_SECONDS)
            with suppress(Empty):
                self._news.get(timeout=nap)
            left = None if left is None else left - nap
        return self._is_set

    async def bound(self, work: Coroutine[Any, Any, Answer]) -> Answer | None:
        """What ``work`` returns; at a signal it is cancelled, may put away what it opened, and None is returned."""
        loop, working = asyncio.get_running_loop(), asyncio.ensure_future(work)
        self._listeners.append(lambda: loop.call_soon_threadsafe(working.cancel))
        if self._is_set:
            working.cancel()
        try:
            return await working
        except asyncio.CancelledError:
            if not self._is_set:
                raise
            return None
        finally:
            self._listeners.pop()


def wait_for(answer: Future[Answer]) -> Answer:
    """What another thread's work comes to, waited for on the main thread so that signals are heard meanwhile."""
    while not answer.done():
        with suppress(TimeoutError):
            return answer.result(timeout=WAKE_SECONDS)
    return answer.result()


def end_with_parent() -> None:
    """Get SIGTERM when the process named in COPYDESK_PARENT dies, however it dies (on Linux; elsewhere nothing)."""
    parent = os.environ.get(PARENT_VARIABLE, "")
    if not parent.isdigit() or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(parent):
        # It died before we could say so.
        os.kill(os.getpid(), signal.SIGTERM)
