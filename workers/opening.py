"""The way to the store, for processes that need nothing else: wiring.py loads the sandbox and the stages besides."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from ingest.settings import Settings
from ingest.store.connect import Store, connect

log = structlog.get_logger()

#: A process that starts together with its store waits for it.
PATIENCE = timedelta(seconds=60)


@asynccontextmanager
async def open_patiently(settings: Settings, url: str) -> AsyncIterator[Store]:
    """The store, waited for; says aloud what is not safe about the way to it."""
    if url.startswith("rediss://") and not settings.redis_tls_verify:
        log.warning("store.certificate-not-checked", setting="COPYDESK_REDIS_TLS_VERIFY=no")
    async with connect(settings, url, patience=PATIENCE) as store:
        yield store
