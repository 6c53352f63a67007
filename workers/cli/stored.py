"""The store, for the length of a one-shot command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from ingest.errors import StoreError
from ingest.settings import Settings
from ingest.store.connect import AWAY, UNPERMITTED, Store, why_away, why_foreign, why_not_taken
from ingest.store.locate import open_store
from workers.cli.session import wait_for

Answer = TypeVar("Answer")


def with_store(settings: Settings, work: Callable[[Store], Awaitable[Answer]]) -> Answer:
    """
    What ``work`` makes of the store.

    Raises:
        StoreError: there is none, it went away, ran full or refused us while we worked, or it holds what is not ours.
    """
    return wait_for(_with_store(settings, work))


async def _with_store(settings: Settings, work: Callable[[Store], Awaitable[Answer]]) -> Answer:
    async with open_store(settings) as store:
        try:
            return await work(store)
        except AWAY as error:
            raise StoreError(why_away(error)) from error
        except UNPERMITTED as error:
            raise StoreError(f"the store refuses us: {error}") from error
        except Exception as error:
            why = why_not_taken(error) or why_foreign(error)
            if why:
                raise StoreError(why) from error
            raise
