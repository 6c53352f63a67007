"""
The scheduler process: APScheduler's ticks claim what is due and hand it to the workers.

Due times live in the store, claimed by one atomic script, so any number of schedulers may run side by side; APScheduler
only ticks (0.038 ms a feed against 0.59 ms with a job a feed: ecosystem.md 3).
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import structlog
import uvloop
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from ingest.errors import StoreError
from ingest.settings import Settings
from ingest.store.connect import AWAY, Store, is_out_of_memory
from ingest.store.due import claim_due, release
from ingest.store.durability import read_durability
from ingest.store.keys import Work
from ingest.store.locate import located
from workers.actors import BATCH, Broker, count_waiting, make_broker, send
from workers.chores import Chore, chores
from workers.lifetime import Stop
from workers.logs import configure_logs
from workers.pressure import Gauge
from workers.telemetry import open_telemetry
from workers.wiring import open_patiently

log = structlog.get_logger()

#: Claims of one tick.
LIMIT: dict[Work, int] = {"feeds": 400, "entries": 200, "revisits": 50}
#: Messages that may wait for a worker: more would only let their leases run out in the queue.
MAX_WAITING = 16


def main(settings: Settings) -> int:
    """Tick until SIGTERM or SIGINT; the exit code."""
    configure_logs(settings, "scheduler")
    stop = Stop()
    with (
        open_telemetry(settings, "scheduler"),
        located(settings) as url,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(stop.bound(_tick_for_ever(settings, url)))
    log.info("scheduler.stopped")
    return 0


async def _tick_for_ever(settings: Settings, url: str) -> None:
    broker = make_broker(settings, url)
    async with open_patiently(settings, url) as store:
        ticks = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        under_way: dict[Work, asyncio.Lock] = {work: asyncio.Lock() for work in BATCH}
        gauge = Gauge(settings)
        for work, lock in under_way.items():
            ticks.add_job(
                _tick,
                "interval",
                seconds=settings.tick.total_seconds(),
                args=[store, broker, settings, work, lock],
                kwargs={"gauge": gauge},
                id=work,
            )
        for chore in chores(settings):
            ticks.add_job(
                _do,
                "interval",
                seconds=chore.seconds,
                args=[store, chore],
                id=chore.name,
                next_run_time=datetime.now(UTC),
            )
        ticks.start()
        log.info("scheduler.ready", store=str(await read_durability(store)))
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await _wind_up(ticks, under_way, settings.drain)
            broker.close()


async def _do(store: Store, chore: Chore) -> None:
    try:
        await chore.do(store)
    except asyncio.CancelledError:
        # The end cuts it short; the next start does it anew. APScheduler would tell of it as of a defect.
        log.debug("chore.cut-short", chore=chore.name)
    except AWAY as error:
        log.warning("store.away", work=chore.name, error=str(error))
    except Exception as error:  # as in _tick
        if is_out_of_memory(error):
            log.warning("store.full", work=chore.name)
        else:
            log.exception("chore.failed", chore=chore.name)


async def _wind_up(ticks: AsyncIOScheduler, under_way: dict[Work, asyncio.Lock], patience: timedelta) -> None:
    """Let ticks that are under way end, so that what they claimed is sent: APScheduler's own shutdown cancels them."""
    ticks.pause()
    try:
        async with asyncio.timeout(patience.total_seconds()):
            for lock in under_way.values():
                await lock.acquire()
    except TimeoutError:
        log.warning("scheduler.cut-short")
    ticks.shutdown(wait=False)
    # It is only asked for above.
    await asyncio.sleep(0)


async def _tick(
    store: Store, broker: Broker, settings: Settings, work: Work, under_way: asyncio.Lock, *, gauge: Gauge | None = None
) -> None:
    try:
        async with under_way:
            if gauge is None or await gauge.lets_through(store, work):
                await dispatch(store, broker, settings, work)
    except (*AWAY, StoreError) as error:
        log.warning("store.away", work=work, error=str(error))
    except Exception as error:  # the one place of this process that must survive any defect
        if is_out_of_memory(error):
            log.warning("store.full", work=work)
        else:
            log.exception("tick.failed", work=work)


async def dispatch(store: Store, broker: Broker, settings: Settings, work: Work) -> int:
    """Claim what is due and send it to the workers; how many claims were sent."""
    room = (MAX_WAITING - await count_waiting(store, broker, settings, work)) * BATCH[work]
    if room <= 0:
        return 0
    claims = await claim_due(
        store, work, limit=min(LIMIT[work], room), lease=settings.lease, max_in_hand=settings.max_in_hand
    )
    for start in range(0, len(claims), BATCH[work]):
        try:
            await send(broker, settings, work, claims[start : start + BATCH[work]])
        except Exception:
            # Not sent, so nobody works on them: rather now again than when the leases end.
            for claim in claims[start:]:
                await release(store, work, claim, pause=timedelta(0), is_strike=False)
            raise
    return len(claims)
