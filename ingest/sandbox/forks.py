"""
How children come to be: forked from a forkserver that has the parsers loaded and nothing else.

Not forked from the main process: that has threads, an event loop, connections and secrets. Not spawned: each child
would load the parsers anew whenever one is replaced, half a second of CPU and all of its memory unshared; forked from
the forkserver it is ready, warmed, in 60 ms and has 6 to 9 MB of its own.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import connection, forkserver, reduction
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any

from pebble.common.types import ResultStatus

from ingest.sandbox.child import read_message

#: What a terminal or a host sends to every process of ours at once (Heroku does with SIGTERM): the parent decides.
_PARENTS_SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})

#: What stands for exit code 0; no process ends with it.
QUIET_END = 256

#: One start at a time: each has ``__main__`` replaced for a moment.
_starting = threading.Lock()

#: The sandboxes that use this process's forkserver. The last to leave ends it.
_tenants: set[int] = set()


class Child(ForkServerProcess):
    """A process that is killed, not asked, and whose every end by itself counts as a crash."""

    def start(self) -> None:
        """Fork it from the forkserver, which is started first where it does not run."""
        with _starting, _signals_held(), _main_hidden():
            super().start()

    def terminate(self) -> None:
        """Kill it: a parser stuck in C never sees SIGTERM, and pebble would wait three seconds for it."""
        self.kill()

    @property
    def exitcode(self) -> int | None:
        """As ever, but never 0, which pebble takes for an orderly end and then waits for the task for ever."""
        code = super().exitcode
        return QUIET_END if code == 0 else code


class Ear(connection.Connection):
    """Our end of a child's pipe. It becomes a plain one on its way into a child, which may believe its parent."""

    def recv(self) -> object:
        """The next message; what could be anything but one of pebble's is a broken pipe, and the child is replaced."""
        try:
            return read_message(self.recv_bytes())
        except pickle.UnpicklingError as error:
            raise OSError("a child sent what is no message") from error


reduction.register(Ear, connection.reduce_connection)  # type: ignore[attr-defined]  # typeshed leaves it out


def _status(status: ResultStatus) -> tuple[type[ResultStatus], tuple[int]]:
    """A status as its class and value: what Python 3.11.2 (Debian 12's) makes of an enum is a call of getattr."""
    return ResultStatus, (int(status),)


# Ear reads no getattr, with which a child could reach anything; so the child must not write one.
reduction.register(ResultStatus, _status)


class Context(ForkServerContext):
    """The forkserver way to start processes, with our kind of process and of pipe."""

    Process = Child

    def Pipe(self, duplex: bool = True) -> tuple[Any, Any]:  # noqa: N802 - multiprocessing's name
        """A pipe whose reader is an Ear."""
        reader, writer = super().Pipe(duplex)
        with reader:
            return Ear(os.dup(reader.fileno()), writable=duplex), writer


def move_in(tenant: object, modules: Sequence[str]) -> None:
    """Have ``modules`` loaded by the forkserver, if it is not running yet, and count on it until ``move_out``."""
    with _starting:
        if not _tenants:
            forkserver.set_forkserver_preload([*modules])
        _tenants.add(id(tenant))


def move_out(tenant: object) -> None:
    """End the forkserver, if nobody else counts on it."""
    with _starting:
        _tenants.discard(id(tenant))
        if not _tenants:
            # Public names start it but none ends it before the interpreter does.
            server: Any = forkserver._forkserver  # noqa: SLF001 - see above
            server._stop()  # noqa: SLF001 - see above


@contextmanager
def _signals_held() -> Iterator[None]:
    """Start what is started here with the parent's signals blocked; the mask is inherited through fork and exec."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _PARENTS_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _main_hidden() -> Iterator[None]:
    """
    Keep children from running our main program again.

    multiprocessing has each child import the parent's ``__main__`` by its file or spec; ours would load the web server,
    the store's client and the queue into every child. The stand-in has all its names, and neither file nor spec.
    """
    main = sys.modules["__main__"]
    stand_in = types.ModuleType("__main__")
    stand_in.__dict__.update({name: value for name, value in vars(main).items() if name != "__file__"}, __spec__=None)
    sys.modules["__main__"] = stand_in
    try:
        yield
    finally:
        sys.modules["__main__"] = main
