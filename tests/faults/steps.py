"""Every effect of the stages by number and name: each call of the store, each request, each task of the sandbox."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.faults.house import Worker, through


class PowerCutError(BaseException):
    """Stands for the end of a process: nothing of ours may catch it."""


async def power_cut() -> None:
    """The process ends here."""
    raise PowerCutError


@dataclass
class Steps:
    """Counts a worker's effects; before or after the one with that number the fault happens, once."""

    at: int = -1
    is_after: bool = False
    fault: Callable[[], Awaitable[object]] = power_cut
    names: list[str] = field(default_factory=list)
    has_happened: bool = False
    is_dead: bool = False

    async def step(self, name: str, effect: Awaitable[Any]) -> Any:
        if self.is_dead:
            # A process ends with all that it does side by side.
            _forget(effect)
            raise PowerCutError
        number = len(self.names)
        self.names.append(name)
        is_here = number == self.at
        if is_here and not self.is_after:
            await self._happen(effect)
        result = await effect
        if is_here and self.is_after:
            await self._happen()
        return result

    async def _happen(self, effect: Awaitable[Any] | None = None) -> None:
        self.has_happened = True
        try:
            await self.fault()
        except PowerCutError:
            self.is_dead = True
            _forget(effect)
            raise

    def of(self, worker: Worker) -> Worker:
        """The same worker, watched."""
        store = replace(
            worker.store,
            redis=_Watched(worker.store.redis, self, "redis"),
            scripts=_Scripts(worker.store.scripts, self),
        )
        http, sandbox = _Watched(worker.desk.http, self, "http"), _Watched(worker.desk.sandbox, self, "sandbox")
        return through(worker, store, http, sandbox)


def _forget(effect: Awaitable[Any] | None) -> None:
    """Nobody will wait for it."""
    if inspect.iscoroutine(effect):
        effect.close()


@dataclass
class _Scripts:
    inner: Any
    steps: Steps

    async def __call__(self, name: str, keys: Any, arguments: Any) -> Any:
        return await self.steps.step(f"script {name}", self.inner(name, keys, arguments))


class _Watched:
    """An engine whose methods that must be awaited are steps."""

    def __init__(self, inner: Any, steps: Steps, room: str) -> None:
        self._inner, self._steps, self._room = inner, steps, room

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def call(*args: Any, **options: Any) -> Any:
            result = found(*args, **options)
            if name == "pipeline":
                execute = result.execute
                result.execute = lambda *a, **o: self._steps.step(f"{self._room} pipeline", execute(*a, **o))
                return result
            if not inspect.isawaitable(result):
                return result
            said = f" {args[0]}" if self._room == "sandbox" else ""
            return self._steps.step(f"{self._room} {name}{said}", result)

        return call
