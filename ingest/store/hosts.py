"""Host slots: the next moment a registrable domain may be asked, shared by all workers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ingest.store.connect import Store
from ingest.store.due import milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A moment to ask a host: reserved, or too far away to wait for."""

    is_reserved: bool
    wait: timedelta


async def acquire_host(store: Store, domain: str, *, spacing: timedelta, max_wait: timedelta) -> Slot:
    """Reserve the domain's next slot, unless it is further away than ``max_wait``."""
    is_reserved, wait = await store.scripts(
        "acquire_host", [store.keys.host(domain)], [milliseconds(spacing), milliseconds(max_wait)]
    )
    return Slot(is_reserved=bool(is_reserved), wait=timedelta(milliseconds=int(wait)))
