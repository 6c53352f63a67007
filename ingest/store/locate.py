"""Which store this process works with: the one REDIS_URL names, else the embedded one of the data folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

from ingest.settings import Settings
from ingest.store.connect import Store, connect
from ingest.store.embedded import embedded


@contextmanager
def located(settings: Settings) -> Iterator[str]:
    """
    The store's address, for the length of the block; starts the embedded server where it must.

    Raises:
        StoreError: there is none.
    """
    if settings.redis_url:
        yield settings.redis_url
    else:
        with embedded(settings.data) as url:
            yield url


@asynccontextmanager
async def open_store(settings: Settings, *, patience: timedelta = timedelta(seconds=5)) -> AsyncIterator[Store]:
    """
    The store itself, checked.

    Raises:
        StoreError: there is none, nobody answers within ``patience``, or it is one we must not use.
    """
    with located(settings) as url:
        async with connect(settings, url, patience=patience) as store:
            yield store
