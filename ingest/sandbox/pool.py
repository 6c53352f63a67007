"""The sandbox as the main process sees it: ``await sandbox.run(...)`` returns a task's result or raises why not."""

from __future__ import annotations

import asyncio
import pickle
import signal
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from pebble import ProcessExpired

from ingest.errors import SandboxError
from ingest.sandbox import forks
from ingest.sandbox.child import Done, Limits, Outcome, Undone, read_result
from ingest.sandbox.slot import Slot

Answer = TypeVar("Answer")

#: The tasks of the product.
TASKS_MODULE = "ingest.sandbox.tasks"

#: What else a child needs before it can take a task; loaded once, where children are forked from.
CHILD_MODULES = ("ingest.sandbox.child", "ingest.sandbox.forks", "pebble")

#: Loading the parsers takes half a second of CPU here; a small machine is slower, and busy at its start.
START_DEADLINE = timedelta(seconds=60)

CLOSED = "the sandbox is closed"


class Sandbox:
    """
    Child processes that do one task each, under a deadline and the kernel's limits.

    A task may take ``deadline`` from when a child has it, and a child's address space ``max_bytes``. After
    ``max_tasks`` tasks a child is replaced, which bounds its leaks; after one that ended badly it is replaced at once.
    ``rules`` are the operator's rule files, by name and text.
    """

    def __init__(
        self,
        processes: int,
        deadline: timedelta,
        max_bytes: int,
        max_tasks: int = 500,
        *,
        tasks_module: str = TASKS_MODULE,
        rules: tuple[tuple[str, str], ...] = (),
    ) -> None:
        limits = Limits(deadline=deadline, max_bytes=max_bytes, tasks_module=tasks_module, rules=rules)
        self._slots = tuple(Slot(limits) for _ in range(processes))
        self._deadline = deadline
        self._max_tasks = max_tasks
        self._preload = (tasks_module, *CHILD_MODULES)
        # Last in, first out: the child that worked last has the warmest caches.
        self._idle: asyncio.LifoQueue[Slot | None] = asyncio.LifoQueue()
        self._renewals: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="sandbox")
        self._closed: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        """
        Start the children.

        Raises:
            SandboxError: they do not come up; the sentence says why.
        """
        self._closed = asyncio.get_running_loop().create_future()
        forks.move_in(self, self._preload)
        try:
            await asyncio.gather(*(self._start(slot) for slot in self._slots))
        except BaseException:
            await self.stop()
            raise
        for slot in self._slots:
            self._idle.put_nowait(slot)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def run(self, task: str, *args: object) -> Any:
        """
        The result of ``task``; waits for a free child first. Cancelling it kills the child that has the task.

        Raises:
            FeedError: the task raised it.
            SandboxError: the task ended without a result. Whatever it did, it did to itself only.
        """
        slot = await self._idle.get()
        if slot is None:
            self._idle.put_nowait(None)
            raise SandboxError("crashed", CLOSED)
        is_sound = False
        try:
            outcome = await self._perform(slot, task, args)
            is_sound = _is_sound(outcome) and slot.tasks_given < self._max_tasks
        finally:
            if is_sound:
                self._idle.put_nowait(slot)
            else:
                self._renew_later(slot)
        if isinstance(outcome, Undone):
            raise outcome.error
        try:
            return read_result(outcome.result)
        except pickle.UnpicklingError as error:
            raise SandboxError("failed", str(error)) from error

    async def stop(self) -> None:
        """End every child at once, whatever it does; what still waits for a result gets a SandboxError."""
        if self._closed is None or self._is_closed:
            return
        self._closed.set_result(None)
        self._idle.put_nowait(None)
        await asyncio.gather(*(self._in_thread(partial(slot.close, for_good=True)) for slot in self._slots))
        if self._renewals:
            await asyncio.wait(self._renewals)
        await self._in_thread(partial(forks.move_out, self))
        self._threads.shutdown()

    @property
    def _is_closed(self) -> bool:
        return self._closed is not None and self._closed.done()

    async def _perform(self, slot: Slot, task: str, args: tuple[object, ...]) -> Outcome:
        """How the task ended; tried again once if the child was gone before it is known to have had the task."""
        try:
            if not slot.is_open:
                await self._start(slot)
            return await self._settle(slot.give(task, args), self._deadline)
        except BrokenProcessPool:
            await self._start(slot)
        try:
            return await self._settle(slot.give(task, args), self._deadline)
        except BrokenProcessPool as error:
            raise SandboxError("crashed", "its process ended twice before it began") from error

    async def _start(self, slot: Slot) -> None:
        """Put a new child into ``slot`` and hear that it is ready."""
        if self._is_closed:
            raise SandboxError("crashed", CLOSED)
        try:
            trouble = await self._settle(await self._in_thread(slot.open), START_DEADLINE)
        except BrokenProcessPool as error:
            raise SandboxError("crashed", "its process ended while it started") from error
        if trouble is not None:
            await self._in_thread(slot.close)
            raise trouble.error

    async def _settle(self, future: Future[Answer], limit: timedelta) -> Answer:
        """What the child answers within ``limit``. The future is never cancelled: pebble would race with us."""
        assert self._closed is not None  # noqa: S101 - mypy cannot know that slots are only had after the start
        answer = asyncio.wrap_future(future)
        answer.add_done_callback(_retrieve)
        ends: set[asyncio.Future[Any]] = {answer, self._closed}
        await asyncio.wait(ends, timeout=limit.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            if self._is_closed:
                raise SandboxError("crashed", CLOSED)
            raise SandboxError("deadline", f"not done in {limit.total_seconds():g} s")
        try:
            return answer.result()
        except ProcessExpired as error:
            raise _expired(error.exitcode) from error
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            raise SandboxError("failed", f"{type(error).__name__}: {error}") from error

    def _renew_later(self, slot: Slot) -> None:
        """Replace the slot's child, without anybody waiting for it, and hand the slot out again."""
        if self._is_closed:
            return
        renewal = asyncio.get_running_loop().create_task(self._renew(slot))
        self._renewals.add(renewal)
        renewal.add_done_callback(self._renewals.discard)

    async def _renew(self, slot: Slot) -> None:
        try:
            await self._start(slot)
        except SandboxError:
            # The next task that gets the slot tries again, and says what is wrong if it still is.
            await self._in_thread(slot.close)
        finally:
            self._idle.put_nowait(slot)

    async def _in_thread(self, function: Callable[[], Answer]) -> Answer:
        """What a blocking call returns; starting and killing processes takes milliseconds that the loop has not."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)


def _is_sound(outcome: Outcome) -> bool:
    """Whether the child may go on; one that ran into its memory limit is left with a heap that may be full."""
    return isinstance(outcome, Done) or getattr(outcome.error, "failure", "") != "memory"


def _expired(code: int | None) -> SandboxError:
    """Why a child that ended by itself ended."""
    if code is None or code >= 0:
        return SandboxError("crashed", f"exit {0 if code == forks.QUIET_END else code}")
    if -code == signal.SIGXCPU:
        return SandboxError("deadline", "out of CPU time")
    known = {number.value: number.name for number in signal.Signals}
    return SandboxError("crashed", known.get(-code, f"signal {-code}"))


def _retrieve(answer: asyncio.Future[Any]) -> None:
    """Look at an answer nobody waits for any more, so that asyncio does not complain about it."""
    if not answer.cancelled():
        answer.exception()
