"""The store, for the length of a one-shot command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from ingest.errors import StoreError
from ingest.settings import Settings
from ingest.store.connect import AWAY, Store, is_out_of_memory
from ingest.store.locate import open_store
from workers.cli.session import wait_for

Answer = TypeVar("Answer")


def with_store(settings: Settings, work: Callable[[Store], Awaitable[Answer]]) -> Answer:
    """
    What ``work`` makes of the store.

    Raises:
        StoreError: there is none, or it went away or ran full while we worked.
    """
    return wait_for(_with_store(settings, work))


async def _with_store(settings: Settings, work: Callable[[Store], Awaitable[Answer]]) -> Answer:
    async with open_store(settings) as store:
        try:
            return await work(store)
        except AWAY as error:
            raise StoreError("the store went away while we worked with it") from error
        except Exception as error:
            if is_out_of_memory(error):
                raise StoreError("the store is full: it takes nothing new before memory is freed") from error
            raise
