"""A process tree: starts children, restarts the ones that die, ends them all; none outlives us."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from workers.lifetime import PARENT_VARIABLE

log = structlog.get_logger()

#: A child that ends with this code cannot do its work here; starting it again would not help.
CANNOT = 2
#: Seconds before a dead child is started again; doubles with each death in a row up to the longest.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
#: A child that lived so long starts with the first pause again.
SETTLED_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A process to keep running: ``python -m MODULE ARGUMENTS``."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()


class Supervisor:
    """Keeps children running until it is told to stop."""

    def __init__(self, environment: Mapping[str, str], on_line: Callable[[str, bytes], None] | None) -> None:
        """``on_line`` gets each line a child logs; without it the children write to our own stderr."""
        self._environment = {**environment, PARENT_VARIABLE: str(os.getpid()), "PYTHONUNBUFFERED": "1"}
        self._on_line = on_line
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    def start(self, child: Child) -> None:
        """Keep a child running from now on."""
        self._keepers.append(asyncio.create_task(self._keep(child)))

    async def stop(self, patience: float) -> None:
        """SIGTERM to all, and SIGKILL after ``patience`` seconds to those that are still there."""
        self._stopping.set()
        for process in self._processes.values():
            _signal(process, signal.SIGTERM)
        _, late = await asyncio.wait(self._keepers, timeout=patience) if self._keepers else ((), ())
        if late:
            for name, process in self._processes.items():
                log.warning("child.killed", child=name)
                _signal(process, signal.SIGKILL)
            await asyncio.wait(late)

    def hurry(self) -> None:
        """A second SIGTERM to all: copydesk's processes end at once then."""
        for process in self._processes.values():
            _signal(process, signal.SIGTERM)

    async def _keep(self, child: Child) -> None:
        pause, loop = FIRST_PAUSE, asyncio.get_running_loop()
        while not self._stopping.is_set():
            born = loop.time()
            code = await self._run_once(child)
            if self._stopping.is_set():
                return
            if code == CANNOT:
                log.error("child.cannot-run", child=child.name)
                return
            pause = FIRST_PAUSE if loop.time() - born > SETTLED_SECONDS else pause
            log.warning("child.died", child=child.name, code=code, again_in=pause)
            with contextlib.suppress(TimeoutError):
                # Not a plain sleep: who is told to stop must not wait for it.
                await asyncio.wait_for(self._stopping.wait(), pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _run_once(self, child: Child) -> int:
        """Start a child and wait for its end; its exit code, 1 where the system had no process for it."""
        try:
            process = await self._started(child)
        except OSError as error:
            log.warning("child.not-started", child=child.name, error=str(error))
            return 1
        self._processes[child.name] = process
        if self._stopping.is_set():
            # Told while it was being started: the signal to all has missed it.
            _signal(process, signal.SIGTERM)
        if process.stderr is not None and self._on_line is not None:
            await self._read(child.name, process.stderr, self._on_line)
        code = await process.wait()
        del self._processes[child.name]
        return code

    async def _started(self, child: Child) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            child.module,
            *child.arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE if self._on_line else None,
            env=self._environment,
            # Ctrl-C goes to everybody in the terminal's group: the children are to hear it from us, once.
            start_new_session=True,
        )

    @staticmethod
    async def _read(name: str, stream: asyncio.StreamReader, on_line: Callable[[str, bytes], None]) -> None:
        while True:
            try:
                line = await stream.readline()
            except ValueError:  # longer than the reader's limit: not one of our lines
                continue
            if not line:
                return
            on_line(name, line.rstrip(b"\n"))


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
