"""What the store promises, in one line: what a crash of it, or of its machine, would lose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis import exceptions as refusals

from ingest.store.connect import Store

_MEGABYTE = 1_000_000
_LOSSES = {
    "always": "append-only file, synced at every write: a crash loses nothing that was acknowledged",
    "everysec": "append-only file, synced every second: a crash of the machine loses a second at most",
    "no": "append-only file, synced when the system likes: a crash of the machine loses some seconds",
    "": "append-only file: a crash of the machine loses what was not synced yet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Durability:
    """What the server is, and what it keeps."""

    #: "valkey 9.1.2", "redis 7.0.15".
    server: str
    #: What a crash would lose, as a sentence without its stop.
    promise: str
    #: Whether what was acknowledged survives a crash of the server's process.
    is_kept: bool
    #: The memory limit as a sentence part.
    memory: str

    def __str__(self) -> str:
        return f"{self.server}; {self.promise}; {self.memory}"


async def read_durability(store: Store) -> Durability:
    """What the server says of itself; where it does not say how often it syncs, the line does not either."""
    server, persistence, memory = [await store.redis.info(part) for part in ("server", "persistence", "memory")]
    try:
        asked: dict[Any, Any] = await store.redis.config_get("appendfsync", "save")
    except refusals.ResponseError:  # managed servers forbid CONFIG
        asked = {}
    return judge(server, persistence, memory, {_text(name): _text(value) for name, value in asked.items()})


def judge(
    server: dict[str, Any], persistence: dict[str, Any], memory: dict[str, Any], config: dict[str, str]
) -> Durability:
    """What INFO's sections and CONFIG come to."""
    is_kept = bool(persistence.get("aof_enabled"))
    if is_kept:
        promise = _LOSSES.get(config.get("appendfsync", ""), _LOSSES[""])
    elif config.get("save", "?"):
        promise = "snapshots only: a crash loses everything since the last one; set appendonly yes"
    else:
        promise = "NOTHING IS KEPT: a restart of the store forgets every feed and article; set appendonly yes"
    name = "valkey" if server.get("valkey_version") else "redis"
    limit = int(memory.get("maxmemory") or 0)
    return Durability(
        server=f"{name} {server.get(f'{name}_version', '?')}",
        promise=promise,
        is_kept=is_kept,
        memory=f"{limit / _MEGABYTE:.0f} MB of memory at most, then writes are refused" if limit else "no memory limit",
    )


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
