"""
The child's side of the sandbox: how it locks itself in, and how it does one task.

Everything a task can end in is turned into plain values here: lxml's exceptions cannot be pickled, and a child that
fails to answer would look like a crash. What this holds against is time, memory, crashes and forgotten secrets; it is
no wall against machine code that has taken the child over (the network and processes of the same user are in reach),
but nothing that such a child sends makes its parent run code: see ``_Values``.
"""

from __future__ import annotations

import ctypes
import importlib
import io
import logging
import math
import multiprocessing
import os
import pickle
import resource
import signal
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import forkserver
from typing import Any

from ingest.errors import FeedError, SandboxError

#: A result that pickles to more is a defect or an attack: the largest page allowed is 5 MB.
MAX_RESULT_BYTES = 20_000_000

#: Grace of the kernel's CPU limit over the deadline; it only matters when nobody is left to keep the deadline.
CPU_GRACE = timedelta(seconds=5)

#: A parser needs no more: three standard streams, three pipes, the files of a late import.
MAX_FILES = 64

#: Enough to find the cause, too little to carry a page's text into the logs.
MAX_DETAIL_CHARACTERS = 300

#: Variables that are about the machine and not about us; all others may hold secrets.
KEPT_VARIABLES = frozenset({"PATH", "LANG", "LANGUAGE", "TZ"})

# prctl(2); Python has no names for them.
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38

#: Modules whose classes may stand in a result. lxml's strings would otherwise import lxml into the parent.
_RESULT_MODULES = frozenset({"ingest.models", "datetime"})
_RESULT_BUILTINS = frozenset({"set", "frozenset", "bytearray"})
#: Classes that may stand in a message around a result: ours, and pebble's.
_MESSAGE_CLASSES = {
    "ingest.sandbox.child": frozenset({"Done", "Undone"}),
    "ingest.errors": frozenset({"FeedError", "SandboxError"}),
    "pebble.pool.process": frozenset({"Acknowledgement", "TaskProblem", "TaskResult"}),
    "pebble.common.types": frozenset({"Result", "ResultStatus"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a child may use."""

    deadline: timedelta
    max_bytes: int
    tasks_module: str
    #: The operator's rule files, as the tasks' module takes them: data, for a child has no settings and reads no file.
    rules: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A task's result, pickled."""

    result: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """A task ended without a result."""

    error: FeedError | SandboxError


#: How one task ended inside a child that lived on.
Outcome = Done | Undone

# One child, one set of tasks: filled by ``lock_in``, which runs once before the first task.
_tasks: dict[str, Callable[..., object]] = {}
_trouble: list[SandboxError] = []


def lock_in(limits: Limits) -> None:
    """Limit this process for good and import its tasks; what goes wrong is the answer to every task."""
    try:
        _follow_parent()
        _limit(limits.max_bytes)
        _forget_environment()
        _be_quiet()
        # By name, and only here: the parent must never import the parsers (memory, attack surface).
        module = importlib.import_module(limits.tasks_module)
        _tasks.update(module.TASKS)
        if limits.rules:
            module.use_rules(limits.rules)
        getattr(module, "warm", _tasks.copy)()
    except Exception as error:  # noqa: BLE001 - an initializer that raises makes the pool start children for ever
        _trouble.append(_failed(error))


def perform(name: str, args: tuple[object, ...], deadline: timedelta) -> Outcome:
    """How the task ``name`` ended."""
    if _trouble:
        return Undone(error=_trouble[0])
    try:
        _allow_cpu(deadline)
        result = pickle.dumps(_tasks[name](*args), protocol=pickle.HIGHEST_PROTOCOL)
    except FeedError as error:
        return Undone(error=FeedError(error.found, error.detail))
    except MemoryError:
        return Undone(error=SandboxError("memory", "the task asked for more than it may have"))
    except BaseException as error:  # noqa: BLE001 - the one net of this process: SystemExit of a library is a failure too
        return Undone(error=_failed(error))
    if len(result) > MAX_RESULT_BYTES:
        return Undone(error=SandboxError("memory", f"a result of {len(result)} bytes"))
    return Done(result=result)


def report() -> Undone | None:
    """What is wrong with this child, if anything; answering at all says that it is ready."""
    return Undone(error=_trouble[0]) if _trouble else None


def read_result(pickled: bytes) -> object:
    """
    The result inside a Done.

    Raises:
        pickle.UnpicklingError: it holds something else than our values.
    """
    return _read(pickled, _may_stand_in_result)


def read_message(pickled: bytes) -> object:
    """
    What a child's end of pebble's pipe sent.

    Raises:
        pickle.UnpicklingError: it is no message of pebble's with an outcome of ours.
    """
    return _read(pickled, _may_stand_in_message)


def _may_stand_in_result(module_name: str, name: str) -> bool:
    return module_name in _RESULT_MODULES or (module_name == "builtins" and name in _RESULT_BUILTINS)


def _may_stand_in_message(module_name: str, name: str) -> bool:
    return name in _MESSAGE_CLASSES.get(module_name, ())


def _read(pickled: bytes, may_stand: Callable[[str, str], bool]) -> object:
    try:
        return _Values(io.BytesIO(pickled), may_stand).load()
    except pickle.UnpicklingError:
        raise
    except Exception as error:
        # A pickle made by hand ends in any exception there is.
        raise pickle.UnpicklingError(f"{type(error).__name__}: {error}"[:MAX_DETAIL_CHARACTERS]) from error


class _Values(pickle.Unpickler):
    """Reads values of ours and nothing else, so that a stray library type fails loudly and imports nothing."""

    def __init__(self, file: io.BytesIO, may_stand: Callable[[str, str], bool]) -> None:
        super().__init__(file)
        self._may_stand = may_stand

    def find_class(self, module_name: str, global_name: str) -> object:
        """The class of that name, if it may stand here."""
        is_ours = "." not in global_name and self._may_stand(module_name, global_name)
        found = super().find_class(module_name, global_name) if is_ours else None
        # What a module imported is not its own: by ingest.models.__builtins__ or datetime.sys all would be in reach.
        if not isinstance(found, type) or found.__module__ != module_name:
            raise pickle.UnpicklingError(f"{module_name}.{global_name} may not stand in a result")
        return found


def _follow_parent() -> None:
    """Die with the main process, also when it is killed, and let it alone decide about Ctrl-C and SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # Each child holds the pipe that keeps the forkserver alive, so a hung child would keep it for ever. Given up here,
    # the chain is: main process dies, the forkserver reads end of file and ends, its children get their death signal.
    server: Any = forkserver._forkserver  # noqa: SLF001 - there is no public way to it
    os.close(server._forkserver_alive_fd)  # noqa: SLF001 - as above
    server._forkserver_alive_fd = None  # noqa: SLF001 - as above
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # The main process may have died before the line above; then no signal comes.
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        os._exit(1)


def _limit(max_bytes: int) -> None:
    """Lower the kernel's limits, hard ones included."""
    for which, limit in (
        (resource.RLIMIT_AS, max_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, MAX_FILES),
    ):
        hard = resource.getrlimit(which)[1]
        lowest = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(which, (lowest, lowest))


def _allow_cpu(deadline: timedelta) -> None:
    """Let the kernel end this process some time after the deadline: the backstop when nobody is left to keep it."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = math.ceil(time.process_time() + (deadline + CPU_GRACE).total_seconds())
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _forget_environment() -> None:
    """Drop every variable that is not about the machine."""
    environment = os.environ  # noqa: TID251 - it is read only to be emptied
    for name in [*environment]:
        if name not in KEPT_VARIABLES and not name.startswith("LC_"):
            del environment[name]


def _be_quiet() -> None:
    """Keep libraries from printing foreign text into our logs, and Python from writing byte code (no file may grow)."""
    logging.disable()
    warnings.simplefilter("ignore")
    sys.dont_write_bytecode = True


def _failed(error: BaseException) -> SandboxError:
    """Any exception as one that can travel."""
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - __str__ of a foreign exception may do anything
        message = "?"
    return SandboxError("failed", f"{type(error).__name__}: {message}"[:MAX_DETAIL_CHARACTERS])
