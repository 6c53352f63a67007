"""Dead letters: entries that could not be published, kept with the reason until somebody decides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.errors import StoreError
from ingest.store.connect import Store
from ingest.store.due import moment
from ingest.store.entries import EntryRef, read_entries, read_ref

#: Dead letters read in one round trip.
BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An entry that ended without publication."""

    id: str
    #: Why it ended: the last failure, or what was missing.
    reason: str
    #: Attempts that were made.
    attempts: int
    died_at: datetime | None
    seen_at: datetime | None
    #: What the feed said of it; None where what is stored is damaged.
    ref: EntryRef | None = None


async def list_dead(store: Store, limit: int | None = None) -> list[DeadLetter]:
    """The dead letters, the latest first; those that are forgotten by now are left out."""
    last = -1 if limit is None else max(limit, 1) - 1
    found: list[bytes] = await store.redis.zrange(store.keys.dead, 0, last, desc=True)  # type: ignore[assignment]  # bytes: no decode_responses
    ids = [id_.decode("utf-8", "replace") for id_ in found]
    letters: list[DeadLetter] = []
    for start in range(0, len(ids), BATCH):
        letters += [one for one in await _load(store, ids[start : start + BATCH]) if one is not None]
    return letters


async def read_dead(store: Store, id_: str) -> DeadLetter | None:
    """The dead letter with this id."""
    return (await _load(store, [id_]))[0]


async def retry_dead(store: Store, id_: str) -> bool:
    """Put a dead letter in hand again, its attempts forgotten; False when there is no such one."""
    keys = store.keys
    return bool(
        await store.scripts("retry_dead", [keys.dead, keys.entry(id_), keys.due("entries"), keys.counts], [id_])
    )


async def drop_dead(store: Store, id_: str) -> bool:
    """End a dead letter for good, as "dropped"; False when there is no such one."""
    keys = store.keys
    return bool(await store.scripts("drop_dead", [keys.dead, keys.entry(id_), keys.counts], [id_]))


async def _load(store: Store, ids: Sequence[str]) -> list[DeadLetter | None]:
    return [_letter(id_, fields) for id_, fields in zip(ids, await read_entries(store, ids), strict=True)]


def _letter(id_: str, fields: dict[bytes, bytes]) -> DeadLetter | None:
    if fields.get(b"outcome") != b"dead":
        return None
    try:
        ref = read_ref(fields.get(b"ref", b""))
    except StoreError:
        ref = None
    strikes = fields.get(b"strikes", b"").decode("utf-8", "replace")
    return DeadLetter(
        id=id_,
        reason=fields.get(b"reason", b"").decode("utf-8", "replace"),
        attempts=int(strikes) if re.fullmatch(r"[0-9]{1,9}", strikes) else 0,
        died_at=moment(fields.get(b"closed")),
        seen_at=moment(fields.get(b"seen")),
        ref=ref,
    )
