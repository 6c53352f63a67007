"""The feeds that an id, or the beginning of one, stands for."""

from __future__ import annotations

import re

from ingest.store.connect import Store
from ingest.store.feeds import find_feed

#: A whole id of a feed, and what may begin one.
_ID = re.compile(r"[0-9a-f]{16}")
_BEGINNING = re.compile(r"[0-9a-f]{4,15}")
#: Feeds whose ids begin alike that are told apart by name; more are "many".
MAX_ALIKE = 5


def is_id(name: str) -> bool:
    """Whether these characters are an id, or may be the beginning of one, rather than an address."""
    return bool(_ID.fullmatch(name) or _BEGINNING.fullmatch(name))


async def ids_called(store: Store, name: str) -> tuple[str, ...]:
    """
    The ids of the feeds that this id, or beginning of one, stands for: one where it is unambiguous, none where unknown.

    A whole id may be that of an address which a feed has left. Of many that begin alike the first few are given.
    """
    if _ID.fullmatch(name):
        found = await find_feed(store, name)
        return (found,) if found else ()
    if not _BEGINNING.fullmatch(name):
        return ()
    ids: set[str] = set()
    async for id_, _ in store.redis.hscan_iter(store.keys.feeds, match=f"{name}*", count=2000):
        ids.add(id_.decode("utf-8", "replace"))
        if len(ids) > MAX_ALIKE:
            break
    return tuple(sorted(ids))
