"""The only place that builds both: the engines of the library, and what the processes add to them."""

from __future__ import annotations

import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime

from ingest.net.http import create_client
from ingest.sandbox.pool import Sandbox
from ingest.settings import Settings
from ingest.stages.desk import Desk
from ingest.store.boilerplate import Lessons
from ingest.store.connect import Store
from ingest.store.overrides import Overrides
from workers import VERSION
from workers.archive import open_archive
from workers.opening import open_patiently as open_patiently  # noqa: PLC0414 - given on to who builds a desk
from workers.rules import own_rules
from workers.telemetry import watched


def open_sandbox(settings: Settings) -> Sandbox:
    """
    The child processes that touch foreign bytes.

    Raises:
        SettingsError: a rule of the operator's makes no sense.
    """
    return Sandbox(
        settings.sandbox_processes, settings.sandbox_deadline, settings.sandbox_bytes, rules=own_rules(settings)
    )


@asynccontextmanager
async def open_desk(settings: Settings, url: str, *, store: Store | None = None) -> AsyncIterator[Desk]:
    """A worker's engines, for the length of the block; over the ``store`` that is open already, if one is."""

    def now() -> datetime:
        return datetime.now(UTC)

    async with (
        open_sandbox(settings) as sandbox,
        create_client(settings, VERSION) as http,
        nullcontext(store) if store else open_patiently(settings, url) as opened,
        open_archive(settings, now) as archive,
    ):
        desk = Desk(
            store=opened,
            http=http,
            sandbox=sandbox,
            settings=settings,
            now=now,
            lessons=Lessons(opened, settings.learning, now),
            dice=random.random,
            overrides=Overrides(opened, now),
            attempt=lambda: secrets.token_hex(8),
            archive=archive,
        )
        async with watched(desk) as told:
            yield told
