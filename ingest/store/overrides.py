"""What the operator says of single sources: written by whoever reads feeds.toml, read by every worker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

import orjson
from pydantic import TypeAdapter, ValidationError

from ingest.models import SourceOverride
from ingest.store.connect import Store

#: How long a worker may go by what it read.
FRESH = timedelta(seconds=20)

_ALL = TypeAdapter(tuple[SourceOverride, ...])


async def replace_overrides(store: Store, sources: Iterable[SourceOverride]) -> None:
    """Put these in the place of all that was said before."""
    document = [
        {**asdict(one), "interval": None if one.interval is None else one.interval.total_seconds()} for one in sources
    ]
    await store.redis.set(store.keys.overrides, orjson.dumps(document))


async def read_overrides(store: Store) -> dict[str, SourceOverride]:
    """All of them by domain; none where what is stored is not ours."""
    try:
        return {one.domain: one for one in _ALL.validate_json(await store.redis.get(store.keys.overrides) or b"[]")}
    except ValidationError:
        return {}


async def listed_ids(store: Store) -> frozenset[str]:
    """The feeds that the operator's file listed when it was last put in force."""
    found: list[bytes] = await store.redis.hkeys(store.keys.listed)  # type: ignore[assignment]  # bytes: no decode_responses
    return frozenset(id_.decode("utf-8", "replace") for id_ in found)


class Overrides:
    """What is said of sources, at most twenty seconds old."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._read_at: datetime | None = None
        self._known: Mapping[str, SourceOverride] = {}
        self._reading = asyncio.Lock()

    async def of(self, url: str) -> SourceOverride:
        """What is said of an address's host, or of the nearest domain above it; nothing special where nothing is."""
        now = self._now()
        if not self._is_fresh(now):
            # Whoever waits finds what the first one read: all that is under way would ask at once every twenty seconds.
            async with self._reading:
                if not self._is_fresh(now):
                    self._known, self._read_at = await read_overrides(self._store), now
        return find_override(url, self._known)

    def _is_fresh(self, now: datetime) -> bool:
        # A clock that was set back must not make the past last.
        return self._read_at is not None and timedelta(0) <= now - self._read_at < FRESH


def find_override(url: str, known: Mapping[str, SourceOverride]) -> SourceOverride:
    """What is said of an address's host, or of the nearest domain above it."""
    asked = host = _host(url)
    while host and known:
        if host in known:
            return known[host]
        host = host.partition(".")[2]
    return _nothing_said(asked)


@lru_cache(maxsize=8192)
def _nothing_said(domain: str) -> SourceOverride:
    return SourceOverride(domain=domain)


@lru_cache(maxsize=8192)
def _host(url: str) -> str:
    """The host of an address, "" without one; remembered, because the same feeds are asked again and again."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
