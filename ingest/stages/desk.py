"""What the stages work with: the engines, the settings, the clock and the dice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus

from ingest.archive.records import Archive
from ingest.models import Response
from ingest.net.answer import is_challenge
from ingest.net.http import Client
from ingest.polling.backoff import retry_after
from ingest.sandbox.pool import Sandbox
from ingest.settings import Settings
from ingest.stages.shelf import Shelf
from ingest.store.boilerplate import Lessons
from ingest.store.connect import Store
from ingest.store.hosts import acquire_host, hold_host
from ingest.store.overrides import Overrides
from ingest.urls import registrable_domain

#: A slot further away than this is not waited for: the work goes back and comes again then.
MAX_SLOT_WAIT = timedelta(seconds=15)
#: The host's rest after "too many requests" without a word on how long, or after a challenge.
THROTTLED_PAUSE = timedelta(minutes=1)
CHALLENGED_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One worker's engines."""

    store: Store
    http: Client
    sandbox: Sandbox
    settings: Settings
    #: What is known as boilerplate, source by source.
    lessons: Lessons
    now: Callable[[], datetime]
    #: Between 0 and 1.
    dice: Callable[[], float]
    #: A name that no other attempt has.
    attempt: Callable[[], str]
    #: What the operator says of single sources.
    overrides: Overrides
    #: What robots.txt files said.
    shelf: Shelf = field(default_factory=Shelf)
    #: Where what is fetched and published is kept; None where that is off.
    archive: Archive | None = None


class HostBusyError(Exception):
    """The host's next slot is too far away to wait for; ``wait`` is when to come back, another for each who asks."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


def host_gate(desk: Desk) -> Callable[[str], Awaitable[None]]:
    """
    Waits for the host's slot before a request; for net.http's ``before_hop``.

    Raises:
        HostBusyError: the slot is too far away.
    """
    return partial(take_slot, desk)


async def take_slot(desk: Desk, url: str, *, crawl_delay: timedelta = timedelta(0)) -> None:
    """
    Wait until the host may be asked: its registrable domain, and the address that the request will go to.

    Raises:
        FetchError: the host has no address.
        HostBusyError: the slot is too far away.
    """
    settings = desk.settings
    slot = await acquire_host(
        desk.store,
        registrable_domain(url),
        spacing=max(settings.host_interval, crawl_delay),
        max_wait=MAX_SLOT_WAIT,
        address=await desk.http.address_of(url),
        address_spacing=min(settings.address_interval, settings.host_interval),
    )
    if not slot.is_reserved:
        raise HostBusyError(slot.wait)
    await asyncio.sleep(slot.wait.total_seconds())


async def heed_throttle(desk: Desk, response: Response) -> None:
    """Hold the whole host where an answer asks for a rest: Retry-After (RFC 9110 10.2.3), 429, a challenge."""
    pause = timedelta(0)
    if response.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        pause = retry_after(response.headers, desk.now()) or timedelta(0)
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        pause = max(pause, THROTTLED_PAUSE)
    if is_challenge(response.headers):
        pause = max(pause, CHALLENGED_PAUSE)
    await hold_host(desk.store, registrable_domain(response.final_url), pause)
