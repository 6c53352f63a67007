"""When a process ends: at a signal, or with the process that started it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from types import FrameType

#: Names the process that must outlive us; set by ``copydesk run`` for its children.
PARENT_VARIABLE = "COPYDESK_PARENT"
_PR_SET_PDEATHSIG = 1


class Stop:
    """SIGTERM and SIGINT as one event; a second one ends the process at once."""

    def __init__(self) -> None:
        self._event = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told)
        end_with_parent()

    def _told(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self._event.is_set():
            os._exit(128 + number)
        self._event.set()

    @property
    def is_set(self) -> bool:
        """Whether we were told to stop."""
        return self._event.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for a signal; True when there was one."""
        return self._event.wait(seconds)


def end_with_parent() -> None:
    """Get SIGTERM when the process named in COPYDESK_PARENT dies, however it dies (on Linux; elsewhere nothing)."""
    parent = os.environ.get(PARENT_VARIABLE, "")
    if not parent.isdigit() or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(parent):
        # It died before we could say so.
        os.kill(os.getpid(), signal.SIGTERM)
