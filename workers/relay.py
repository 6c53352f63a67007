"""
The relay process: forwards the output stream to the configured sinks, each at its own pace.

Any number may run: a sink is one relay's at a time (store/relay.py), the others stand by. A sink that is down holds
only itself. Nothing here is imported by the scheduler or a worker.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
import uvloop

from ingest.settings import Settings
from ingest.sinks.sinks_toml import SinkPlan
from ingest.store.connect import Store
from ingest.store.locate import located
from workers.lend import lent_tools
from workers.lifetime import Stop
from workers.line import Line
from workers.logs import configure_logs
from workers.opening import open_patiently
from workers.sinks import Watch

log = structlog.get_logger()

#: Seconds between two looks at the configuration.
LOOK_SECONDS = 20.0


def main(settings: Settings) -> int:
    """Forward until SIGTERM or SIGINT; the exit code."""
    configure_logs(settings, "relay")
    stop = Stop()
    with located(settings) as url, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(stop.bound(_relay_for_ever(settings, url)))
    log.info("relay.stopped")
    return 0


async def _relay_for_ever(settings: Settings, url: str) -> None:
    async with open_patiently(settings, url) as store:
        relay = Relay(settings, store)
        watch = Watch(settings)
        try:
            plans = await watch.look()
            await relay.apply(plans or ())
            log.info("relay.ready", sinks=sorted(relay.running))
            if not relay.running:
                log.info("relay.idle", reason=f"no sink in {settings.sinks_file} or COPYDESK_SINKS; looked for again")
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                plans = await watch.look()
                if plans is not None:
                    await relay.apply(plans)
                    log.info("sinks.applied", sinks=sorted(relay.running))
        finally:
            await relay.stop()


@dataclass(frozen=True, slots=True)
class _Running:
    """A line at work."""

    plan: SinkPlan
    stopping: asyncio.Event
    task: asyncio.Task[None]


class Relay:
    """The lines of one process."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._lines: dict[str, _Running] = {}

    @property
    def running(self) -> Mapping[str, SinkPlan]:
        """The sinks that this process works for, or stands by for."""
        return {name: line.plan for name, line in self._lines.items()}

    async def apply(self, plans: Sequence[SinkPlan]) -> None:
        """Work for these sinks and no others; a sink whose plan changed begins anew where it was."""
        wanted = {plan.name: plan for plan in plans}
        await self._end([name for name, line in self._lines.items() if wanted.get(name) != line.plan])
        for name, plan in wanted.items():
            if name not in self._lines:
                stopping = asyncio.Event()
                task = asyncio.create_task(self._work(plan, stopping))
                self._lines[name] = _Running(plan, stopping, task)

    async def stop(self) -> None:
        """Finish what is being published, within the drain; the rest comes again with the next relay."""
        await self._end(list(self._lines))

    async def _end(self, names: Sequence[str]) -> None:
        ending = [self._lines.pop(name) for name in names]
        if not ending:
            return
        for line in ending:
            line.stopping.set()
        _, late = await asyncio.wait([line.task for line in ending], timeout=self._settings.drain.total_seconds())
        for task in late:
            task.cancel()
        for end in await asyncio.gather(*(line.task for line in ending), return_exceptions=True):
            if isinstance(end, Exception):
                log.error("sink.ended-badly", error=type(end).__name__)
        if late:
            log.warning("relay.cut-short", sinks=len(late))

    async def _work(self, plan: SinkPlan, stopping: asyncio.Event) -> None:
        async with lent_tools(self._settings, plan) as tools:
            line = Line(
                self._store,
                plan,
                tools,
                holder=secrets.token_hex(8),
                lease=self._settings.heartbeat,
                dice=random.random,
            )
            await line.run(stopping)
