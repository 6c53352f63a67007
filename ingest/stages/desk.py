"""What the stages work with: the engines, the settings, the clock and the dice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.net.http import Client
from ingest.sandbox.pool import Sandbox
from ingest.settings import Settings
from ingest.store.boilerplate import Lessons
from ingest.store.connect import Store
from ingest.store.hosts import acquire_host
from ingest.urls import registrable_domain

#: A slot further away than this is not waited for: the work goes back and comes again then.
MAX_SLOT_WAIT = timedelta(seconds=15)


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


class HostBusyError(Exception):
    """The host's next slot is too far away to wait for."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


def host_gate(desk: Desk) -> Callable[[str], Awaitable[None]]:
    """
    Waits for the host's slot before a request; for net.http's ``before_hop``.

    Raises:
        HostBusyError: the slot is too far away.
    """

    async def wait_for_slot(url: str) -> None:
        slot = await acquire_host(
            desk.store, registrable_domain(url), spacing=desk.settings.host_interval, max_wait=MAX_SLOT_WAIT
        )
        if not slot.is_reserved:
            raise HostBusyError(slot.wait)
        await asyncio.sleep(slot.wait.total_seconds())

    return wait_for_slot
