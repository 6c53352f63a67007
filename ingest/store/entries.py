"""Entries between being seen and their one outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from pydantic import TypeAdapter, ValidationError

from ingest.errors import StoreError
from ingest.models import Entry, FeedRef
from ingest.store.connect import Store
from ingest.store.due import Begun, Claim, milliseconds

#: Characters of a feed's own text that are kept until the page is there; longer ones are left out, not cut.
MAX_TEXT = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRef:
    """An entry and the feed that showed it, as kept while the entry is in hand."""

    entry: Entry
    feed: FeedRef


_REF = TypeAdapter(EntryRef)


def encode_ref(entry: Entry, feed: FeedRef) -> bytes:
    """The reference as JSON."""
    return orjson.dumps({"entry": entry, "feed": feed})


def decode_ref(begun: Begun) -> EntryRef:
    """
    The reference of an entry whose attempt has begun.

    Raises:
        StoreError: what is stored is not a reference of ours.
    """
    try:
        return _REF.validate_json(begun.fields.get("ref", b""))
    except ValidationError as error:
        raise StoreError(f"the stored reference is damaged: {error.errors()[0]['msg']}") from error


def seen_at(begun: Begun, fallback: datetime) -> datetime:
    """When the entry was first seen."""
    text = begun.fields.get("seen", b"")
    return datetime.fromtimestamp(int(text) / 1000, fallback.tzinfo) if text.isdigit() else fallback


async def close_entry(
    store: Store, claim: Claim, *, outcome: str, reason: str, memory: timedelta, article: str = ""
) -> bool:
    """End an entry with an outcome other than publication; False when the claim is stale."""
    keys = store.keys
    reply = await store.scripts(
        "close_entry",
        [
            keys.due("entries"),
            keys.lease("entries"),
            keys.token("entries"),
            keys.entry(claim.id),
            keys.counts,
            keys.dead,
        ],
        [claim.id, claim.token, milliseconds(memory), outcome, reason[:500], article],
    )
    return bool(reply != b"stale")


async def counts(store: Store) -> dict[str, int]:
    """The counters of outcomes."""
    found: dict[bytes, bytes] = await store.redis.hgetall(store.keys.counts)  # type: ignore[assignment]  # bytes: no decode_responses
    return {name.decode(): int(value) for name, value in found.items()}
