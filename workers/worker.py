"""The worker process: takes claims from the broker and works on them until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Coroutine
from typing import Any

import structlog

from ingest.settings import Settings, forget_secrets
from ingest.store.locate import located
from workers.actors import Broker, Worker, declare, event_loop, make_broker, make_worker, queues
from workers.lifetime import Stop, wait_for
from workers.logs import configure_logs
from workers.shift import Shift
from workers.telemetry import open_telemetry

log = structlog.get_logger()


def main(settings: Settings) -> int:
    """
    Work until SIGTERM or SIGINT; the exit code.

    Raises:
        CopydeskError: the engines do not start.
    """
    configure_logs(settings, "worker")
    stop = Stop()
    with open_telemetry(settings, "worker"), located(settings) as url, event_loop() as loop:
        # The children that touch foreign bytes inherit our environment: no password may be in it.
        forget_secrets()
        shift = Shift(settings, url)
        broker = make_broker(settings, url)
        declare(broker, shift.perform, queues(settings))
        try:
            _wait_for(loop, stop.bound(shift.open()))
            if not stop.is_set:
                _work(stop, broker, shift, settings)
        finally:
            _wait_for(loop, shift.close())
            broker.close()
    log.info("worker.stopped")
    return 0


def _wait_for(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None]) -> None:
    wait_for(asyncio.run_coroutine_threadsafe(work, loop))


def _work(stop: Stop, broker: Broker, shift: Shift, settings: Settings) -> None:
    worker = make_worker(broker, settings.worker_threads)
    # What was loaded so far stays as long as the process: to look for garbage in it was a tenth of the work (measured).
    gc.collect()
    gc.freeze()
    worker.start()
    log.info("worker.ready", threads=settings.worker_threads, sandbox=settings.sandbox_processes)
    stop.wait()
    _drain(worker, shift, settings)


def _drain(worker: Worker, shift: Shift, settings: Settings) -> None:
    """Finish what is being worked on; what is not done in time is released."""
    log.info("worker.draining")
    patience = settings.drain.total_seconds()
    timer = threading.Timer(patience, shift.cut_short)
    timer.daemon = True
    timer.start()
    worker.stop(timeout=round((patience + 5) * 1000))
    timer.cancel()
