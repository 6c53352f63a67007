"""
The two dramatiq actors, and the broker that carries their messages.

dramatiq is transport: it moves claims from the scheduler to a worker, and a dead worker's messages to another one. The
due-sets are the truth: if all messages were lost, the leases would run out and everything would be claimed again. So
nothing is retried here, and a message that comes too late finds its claim stale.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import dramatiq
import uvloop
from dramatiq.asyncio import EventLoopThread, set_event_loop_thread
from dramatiq.brokers.redis import RedisBroker
from dramatiq.logging import get_logger

from ingest.settings import Settings
from ingest.store.connect import sync_client
from ingest.store.due import Claim
from ingest.store.keys import Keys, Work

#: Of a million broker commands, how many look for dead workers' messages. dramatiq's default (1,000) means minutes on a
#: quiet system; at 100,000 a killed worker's job ran again after 10 s (ecosystem.md 2a).
MAINTENANCE_CHANCE = 100_000
#: Milliseconds a worker waits for messages at a time.
IDLE_MS = 500

ACTOR_NAMES: dict[Work, str] = {"feeds": "poll_feeds", "entries": "ingest_articles"}
#: Claims in one message: they are worked on side by side. An article costs a second or two, a poll less.
BATCH: dict[Work, int] = {"feeds": 16, "entries": 4}

Perform = Callable[[Work, Sequence[Claim]], Awaitable[None]]


class EventLoop(dramatiq.Middleware):
    """Runs async actors on a uvloop in a thread of its own, between ``opened`` and ``closed``."""

    def __init__(self, opened: Callable[[], Awaitable[None]], closed: Callable[[], Awaitable[None]]) -> None:
        self._opened = opened
        self._closed = closed
        self._thread: EventLoopThread | None = None

    def before_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Start the loop and open what the actors need."""
        del broker, worker
        self._thread = EventLoopThread(get_logger(__name__))
        self._thread.loop.close()
        self._thread.loop = uvloop.new_event_loop()
        self._thread.start(timeout=5.0)
        set_event_loop_thread(self._thread)
        self._thread.run_coroutine(self._opened())

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Close it again."""
        del broker, worker
        if self._thread is None:
            return
        self._thread.run_coroutine(self._closed())
        self._thread.stop()
        set_event_loop_thread(None)


def make_broker(settings: Settings, url: str, *middleware: dramatiq.Middleware) -> RedisBroker:
    """The broker on our store; without dramatiq's own retries, because the leases are ours."""
    return RedisBroker(
        client=sync_client(settings, url),
        namespace=Keys(settings.prefix).work,
        middleware=list(middleware),
        maintenance_chance=MAINTENANCE_CHANCE,
        heartbeat_timeout=round(settings.heartbeat.total_seconds() * 1000),
        # A message that failed is of no use to anybody: its claim runs out by itself.
        dead_message_ttl=3_600_000,
    )


def declare(broker: dramatiq.Broker, perform: Perform) -> None:
    """Declare both actors on a worker's broker."""

    async def poll_feeds(claims: list[list[str | int]]) -> None:
        await perform("feeds", _claims(claims))

    async def ingest_articles(claims: list[list[str | int]]) -> None:
        await perform("entries", _claims(claims))

    dramatiq.actor(broker=broker, queue_name="feeds")(poll_feeds)
    dramatiq.actor(broker=broker, queue_name="entries")(ingest_articles)


def message(work: Work, claims: Sequence[Claim]) -> dramatiq.Message[None]:
    """The message that carries claims to a worker."""
    return dramatiq.Message(
        queue_name=work,
        actor_name=ACTOR_NAMES[work],
        args=([[claim.id, claim.token] for claim in claims],),
        kwargs={},
        options={},
    )


def _claims(pairs: list[list[str | int]]) -> list[Claim]:
    return [Claim(str(id_), int(token)) for id_, token in pairs]
