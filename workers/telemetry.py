"""
What is told to engines beside the log: OpenTelemetry and Sentry, each loaded only where it is configured.

Whatever becomes of a collector, work goes on at its pace: spans and errors wait in bounded queues, threads of their own
send them, and what finds no room is dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, Protocol, cast

import structlog

from ingest.errors import CopydeskError, SandboxError
from ingest.settings import Settings
from ingest.stages.desk import Desk
from ingest.store.connect import AWAY, Store
from ingest.store.scripts import Argument, Name
from ingest.store.tally import Tally
from ingest.urls import registrable_domain

log = structlog.get_logger()

#: Seconds between two tallies of a worker.
TALLY_SECONDS = 15.0
#: Scripts that end an attempt; in a trace they are "commit".
COMMITS = frozenset({"commit_poll", "commit_article", "commit_revision", "close_entry", "merge_feeds", "move_feed"})
#: What an attempt at each kind of work is called, by the end of the name of its lease's key.
ATTEMPTS = {"feeds": "poll", "entries": "article", "revisits": "revisit"}

Attributes = Mapping[str, str | int]


class Observer(Protocol):
    """Who wants to know what a worker does. Nothing here may block or raise."""

    def attempt(self, name: str) -> Callable[[], None]:
        """An attempt began in this task; the steps that follow in it belong to it. What ends it."""

    def step(self, name: str, attributes: Attributes) -> AbstractContextManager[None]:
        """A step of it, for the length of the block."""


@dataclass(frozen=True, slots=True)
class _Engine:
    """Where an engine's opener is, what configures it, and what it needs."""

    path: str
    setting: str
    extra: str


_TRACING = _Engine("workers.tracing:open_tracing", "OTEL_EXPORTER_OTLP_ENDPOINT", "otel")
_REPORTING = _Engine("workers.reporting:open_reporting", "SENTRY_DSN", "sentry")

#: Of this process; empty as long as nothing is configured.
_observers: list[Observer] = []


@contextmanager
def open_telemetry(settings: Settings, process: str) -> Iterator[None]:
    """
    Tell the configured engines what this process does, for the length of the block.

    An engine whose extra is not installed, or that refuses its address, is said in the log, and does without.
    """
    with ExitStack() as stack:
        stack.callback(_observers.clear)
        if settings.otel_endpoint:
            opened = _open(stack, _TRACING, settings, process)
            if opened is not None:
                _observers.append(opened)
        if settings.sentry_dsn.get_secret_value():
            _open(stack, _REPORTING, settings, process)
        yield


def _open(stack: ExitStack, engine: _Engine, settings: Settings, process: str) -> Any:
    """What the engine gives; None where it cannot be had."""
    module, _, name = engine.path.partition(":")
    try:
        return stack.enter_context(getattr(import_module(module), name)(settings, process))
    except ImportError:
        log.error("telemetry.missing", setting=engine.setting, needs=f"pip install 'copydesk[{engine.extra}]'")  # noqa: TRY400 - the sentence says it all
    except CopydeskError as error:
        log.error("telemetry.refused", setting=engine.setting, error=str(error))  # noqa: TRY400 - as above
    return None


@asynccontextmanager
async def watched(desk: Desk) -> AsyncIterator[Desk]:
    """The same desk, its steps told to the observers, its sandbox's failures counted, for the length of the block."""
    tally = Tally(desk.attempt())
    told = replace(desk, sandbox=cast("Any", _Sandbox(desk.sandbox, tally)))
    if _observers:
        store = Store(desk.store.redis, desk.store.keys, cast("Any", _Scripts(desk.store.scripts)))
        told = replace(told, http=cast("Any", _Client(desk.http)), store=store)
    adding = asyncio.create_task(_add_for_ever(tally, desk.store))
    try:
        yield told
    finally:
        adding.cancel()
        # Counts of the last seconds are worth one try, and no failure of it is worth more.
        with suppress(asyncio.CancelledError, TimeoutError, Exception):
            async with asyncio.timeout(1):
                await tally.add_to(desk.store)


async def _add_for_ever(tally: Tally, store: Store) -> None:
    while True:
        await asyncio.sleep(TALLY_SECONDS)
        try:
            await tally.add_to(store)
        except AWAY as error:
            log.debug("tally.waits", error=str(error))
        except Exception as error:  # noqa: BLE001 - a full store, or a defect: the counts wait, work goes on
            log.warning("tally.waits", error=f"{type(error).__name__}: {error}")


@contextmanager
def _step(name: str, **attributes: str | int) -> Iterator[None]:
    with ExitStack() as stack:
        for observer in _observers:
            stack.enter_context(observer.step(name, attributes))
        yield


class _Sandbox:
    """A sandbox whose failures are counted."""

    def __init__(self, inner: Any, tally: Tally) -> None:
        self._inner = inner
        self._tally = tally

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def run(self, task: str, *args: object) -> Any:
        """As the sandbox's."""
        with _step("extract", task=task):
            try:
                return await self._inner.run(task, *args)
            except SandboxError as error:
                self._tally.count(f"sandbox.{error.failure}")
                raise


class _Client:
    """An HTTP client whose requests are told."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def get(self, url: str, **options: Any) -> Any:
        """As the client's."""
        # The domain only: an address may hold what is nobody else's business.
        with _step("fetch", domain=registrable_domain(url)):
            return await self._inner.get(url, **options)


class _Scripts:
    """Scripts whose commits are told; an attempt begins with ``begin`` and ends with its task."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def __call__(self, name: Name, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        if name in COMMITS:
            with _step("commit", script=name):
                return await self._inner(name, keys, arguments)
        if name == "begin":
            _begin(ATTEMPTS.get(keys[0].rpartition(":")[2], "attempt"))
        return await self._inner(name, keys, arguments)


def _begin(name: str) -> None:
    task = asyncio.current_task()
    for observer in _observers:
        end = observer.attempt(name)
        if task is not None:
            task.add_done_callback(lambda _, end=end: end())  # type: ignore[misc]  # mypy cannot infer a lambda's default
