"""The worker process: takes claims from the broker and works on them until it is told to stop."""

from __future__ import annotations

import threading

import dramatiq
import structlog

from ingest.settings import Settings, forget_secrets
from ingest.store.locate import located
from workers.actors import IDLE_MS, EventLoop, declare, make_broker
from workers.lifetime import Stop
from workers.logs import configure_logs
from workers.shift import Shift

log = structlog.get_logger()


def main(settings: Settings) -> int:
    """Work until SIGTERM or SIGINT; the exit code."""
    configure_logs(settings, "worker")
    stop = Stop()
    with located(settings) as url:
        # The children that touch foreign bytes inherit our environment: no password may be in it.
        forget_secrets()
        shift = Shift(settings, url)
        broker = make_broker(settings, url, EventLoop(shift.open, shift.close))
        declare(broker, shift.perform)
        worker = dramatiq.Worker(broker, worker_threads=settings.worker_threads, worker_timeout=IDLE_MS)
        # A message held back here is one that another worker cannot have.
        worker.queue_prefetch = settings.worker_threads
        worker.start()
        log.info("worker.ready", threads=settings.worker_threads, sandbox=settings.sandbox_processes)
        stop.wait()
        _drain(worker, shift, settings)
        broker.close()
    log.info("worker.stopped")
    return 0


def _drain(worker: dramatiq.Worker, shift: Shift, settings: Settings) -> None:
    """Finish what is being worked on; what is not done in time is released."""
    log.info("worker.draining")
    patience = settings.drain.total_seconds()
    timer = threading.Timer(patience, shift.cut_short)
    timer.daemon = True
    timer.start()
    worker.stop(timeout=round((patience + 5) * 1000))
    timer.cancel()
