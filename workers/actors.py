"""
The dramatiq actors, and the broker that carries their messages.

dramatiq is transport: it moves claims from the scheduler to a worker, and a dead worker's messages to another one. The
due-sets are the truth: if all messages were lost, the leases would run out and everything would be claimed again. So
nothing is retried here, and a message that comes too late finds its claim stale.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import dramatiq
import uvloop
from dramatiq import Broker as Broker  # noqa: PLC0414 - given on: this module is dramatiq's only importer
from dramatiq import Worker as Worker  # noqa: PLC0414 - likewise
from dramatiq.asyncio import EventLoopThread, set_event_loop_thread
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import ConnectionClosed
from dramatiq.logging import get_logger

from ingest.errors import StoreError
from ingest.settings import Settings
from ingest.store.connect import Store, sync_client
from ingest.store.due import Claim, waiting_messages
from ingest.store.keys import Keys, Work
from workers.rabbit import THREAD, count_messages, make_rabbit_broker

#: Of a million broker commands, how many look for dead workers' messages. dramatiq's default (1,000) means minutes on a
#: quiet system; at 100,000 a killed worker's job ran again after 10 s (ecosystem.md 2a).
MAINTENANCE_CHANCE = 100_000
#: Milliseconds a worker waits for messages at a time.
IDLE_MS = 500

ACTOR_NAMES: dict[Work, str] = {"feeds": "poll_feeds", "entries": "ingest_articles", "revisits": "revisit_articles"}
#: Claims in one message: they are worked on side by side. An article costs a second or two, a poll less.
BATCH: dict[Work, int] = {"feeds": 16, "entries": 4, "revisits": 4}

Perform = Callable[[Work, Sequence[Claim]], Awaitable[None]]


@contextmanager
def event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """
    A uvloop on a thread of its own, where async actors run, for the length of the block.

    No middleware: dramatiq logs what a middleware raises and goes on, and a worker without its engines would take
    messages and do nothing with them.
    """
    thread = EventLoopThread(get_logger(__name__))
    # A loop that hangs must not keep the process alive.
    thread.daemon = True
    thread.loop.close()
    thread.loop = uvloop.new_event_loop()
    thread.start(timeout=5.0)
    set_event_loop_thread(thread)
    try:
        yield thread.loop
    finally:
        set_event_loop_thread(None)
        thread.stop()


def make_broker(settings: Settings, url: str) -> Any:
    """
    The broker: RabbitMQ where the settings name one, else on our store; without retries, because the leases are ours.

    Raises:
        SettingsError: RabbitMQ's client is not installed, or its address makes no sense.
    """
    if settings.broker_url:
        return make_rabbit_broker(settings)
    return RedisBroker(
        client=sync_client(settings, url),
        namespace=Keys(settings.prefix).work,
        middleware=[],
        maintenance_chance=MAINTENANCE_CHANCE,
        heartbeat_timeout=round(settings.heartbeat.total_seconds() * 1000),
        # A message that failed is of no use to anybody: its claim runs out by itself.
        dead_message_ttl=3_600_000,
    )


def make_worker(broker: Broker, threads: int) -> Worker:
    """A worker on the broker; it takes no messages before it is started."""
    worker = Worker(broker, worker_threads=threads, worker_timeout=IDLE_MS)
    # A message held back here is one that another worker cannot have.
    worker.queue_prefetch = threads
    return worker


def queues(settings: Settings) -> Mapping[Work, str]:
    """
    The queue of each kind of work.

    On the store its namespace keeps desks apart; on RabbitMQ the queue's name does, whose first letter dramatiq minds.
    """
    if settings.broker_url:
        return {work: f"copydesk.{settings.prefix}.{work}" for work in ACTOR_NAMES}
    return {work: work for work in ACTOR_NAMES}


async def count_waiting(store: Store, broker: Broker, settings: Settings, work: Work) -> int:
    """
    Messages to the workers that none of them has taken yet.

    Raises:
        StoreError: RabbitMQ is away.
    """
    if not settings.broker_url:
        return await waiting_messages(store, work)
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(THREAD, count_messages, broker, queues(settings)[work])


async def send(broker: Broker, settings: Settings, work: Work, claims: Sequence[Claim]) -> None:
    """
    Send claims to the workers.

    Raises:
        StoreError: RabbitMQ is away.
    """
    sent = message(work, claims, queues(settings)[work])
    if not settings.broker_url:
        await asyncio.to_thread(broker.enqueue, sent)
        return
    try:
        await asyncio.get_running_loop().run_in_executor(THREAD, broker.enqueue, sent)
    except ConnectionClosed:
        raise StoreError("RabbitMQ is away") from None


def declare(broker: Broker, perform: Perform, names: Mapping[Work, str] | None = None) -> None:
    """Declare the actors on a worker's broker, each on its queue; the kinds' own names where none are given."""
    places: Mapping[Work, str] = names or {work: work for work in ACTOR_NAMES}

    async def poll_feeds(claims: list[list[str | int]]) -> None:
        await perform("feeds", _claims(claims))

    async def ingest_articles(claims: list[list[str | int]]) -> None:
        await perform("entries", _claims(claims))

    async def revisit_articles(claims: list[list[str | int]]) -> None:
        await perform("revisits", _claims(claims))

    dramatiq.actor(broker=broker, queue_name=places["feeds"])(poll_feeds)
    dramatiq.actor(broker=broker, queue_name=places["entries"])(ingest_articles)
    dramatiq.actor(broker=broker, queue_name=places["revisits"])(revisit_articles)


def message(work: Work, claims: Sequence[Claim], queue: str = "") -> dramatiq.Message[None]:
    """The message that carries claims to a worker, on the queue of the kind's own name unless told otherwise."""
    return dramatiq.Message(
        queue_name=queue or work,
        actor_name=ACTOR_NAMES[work],
        args=([[claim.id, claim.token] for claim in claims],),
        kwargs={},
        options={},
    )


def _claims(pairs: list[list[str | int]]) -> list[Claim]:
    return [Claim(str(id_), int(token)) for id_, token in pairs]
