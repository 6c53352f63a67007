"""How full the store is: the share of its memory in use, and how far the slowest reader of the output is behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis import exceptions as refusals

from ingest.store.connect import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One look at the store."""

    #: Used memory as a share of the limit; None where there is no limit.
    memory: float | None = None
    #: Events that the slowest group has not acknowledged; without any group all that the stream holds.
    unread: int = 0


async def read_load(store: Store) -> Load:
    """How full it is now."""
    memory: dict[str, Any] = await store.redis.info("memory")
    limit = int(memory.get("maxmemory") or 0)
    return Load(memory=int(memory.get("used_memory") or 0) / limit if limit else None, unread=await _unread(store))


async def _unread(store: Store) -> int:
    length = int(await store.redis.xlen(store.keys.articles))
    try:
        groups: Any = await store.redis.xinfo_groups(store.keys.articles) if length else []
    except refusals.ResponseError:  # the stream went away in between
        return 0
    # The server does not always know how far a group is behind; then it may be all of it.
    behind = [(length if one.get("lag") is None else int(one["lag"])) + int(one["pending"]) for one in groups]
    return max(behind, default=length)
