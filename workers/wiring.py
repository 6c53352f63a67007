"""The only place that builds both: the engines of the library, and what the processes add to them."""

from __future__ import annotations

import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import structlog

from ingest.net.http import create_client
from ingest.sandbox.pool import Sandbox
from ingest.settings import Settings
from ingest.stages.desk import Desk
from ingest.store.boilerplate import Lessons
from ingest.store.connect import Store, connect
from ingest.store.overrides import Overrides
from workers import VERSION

log = structlog.get_logger()

#: A worker that starts together with its store waits for it.
PATIENCE = timedelta(seconds=60)


def open_sandbox(settings: Settings) -> Sandbox:
    """The child processes that touch foreign bytes."""
    return Sandbox(settings.sandbox_processes, settings.sandbox_deadline, settings.sandbox_bytes)


@asynccontextmanager
async def open_desk(settings: Settings, url: str) -> AsyncIterator[Desk]:
    """A worker's engines, for the length of the block."""
    async with (
        open_sandbox(settings) as sandbox,
        create_client(settings, VERSION) as http,
        open_patiently(settings, url) as store,
    ):

        def now() -> datetime:
            return datetime.now(UTC)

        yield Desk(
            store=store,
            http=http,
            sandbox=sandbox,
            settings=settings,
            now=now,
            lessons=Lessons(store, settings.learning, now),
            dice=random.random,
            overrides=Overrides(store, now),
            attempt=lambda: secrets.token_hex(8),
        )


@asynccontextmanager
async def open_patiently(settings: Settings, url: str) -> AsyncIterator[Store]:
    """The store, waited for; says aloud what is not safe about the way to it."""
    if url.startswith("rediss://") and not settings.redis_tls_verify:
        log.warning("store.certificate-not-checked", setting="COPYDESK_REDIS_TLS_VERIFY=no")
    async with connect(settings, url, patience=PATIENCE) as store:
        yield store
