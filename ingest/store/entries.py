"""Entries between being seen and their one outcome."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from ingest.errors import StoreError
from ingest.models import Entry, FeedRef
from ingest.store.connect import Store
from ingest.store.due import Begun, Claim, milliseconds, moment

#: Characters of a feed's own text that are kept until the page is there; longer ones are left out, not cut.
MAX_TEXT = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRef:
    """An entry and the feed that showed it, as kept while the entry is in hand."""

    entry: Entry
    feed: FeedRef


_REF = TypeAdapter(EntryRef)
#: What the store adds to fits into 64 bits.
_COUNT = re.compile(rb"-?[0-9]{1,18}")

#: What is kept of an entry that ended, in one string with spaces between: a hash with an expiry cost twice as much to
#: write, at each publication. The reason comes last, for it may have spaces of its own.
ENDED = (b"outcome", b"closed_by", b"closed", b"feed", b"seen", b"strikes", b"article", b"reason")


def encode_ref(entry: Entry, feed: FeedRef) -> bytes:
    """The reference as JSON; texts longer than ``MAX_TEXT`` are left out, halves of characters replaced."""
    if len(entry.content_html) > MAX_TEXT:
        entry = replace(entry, content_html="")
    if len(entry.summary_html) > MAX_TEXT:
        entry = replace(entry, summary_html="")
    try:
        return orjson.dumps({"entry": entry, "feed": feed})
    except TypeError:  # a lone surrogate somewhere ("\ud800" in a JSON feed): no UTF-8 for it
        return orjson.dumps({"entry": _whole(asdict(entry)), "feed": _whole(asdict(feed))})


def _whole(value: Any) -> Any:
    """The value with whole characters only."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {name: _whole(part) for name, part in value.items()}
        case list() | tuple():
            return [_whole(part) for part in value]
        case _:
            return value


def decode_ref(begun: Begun) -> EntryRef:
    """
    The reference of an entry whose attempt has begun.

    Raises:
        StoreError: what is stored is not a reference of ours.
    """
    return read_ref(begun.fields.get("ref", b""))


def read_ref(stored: bytes) -> EntryRef:
    """
    The reference that ``encode_ref`` wrote.

    Raises:
        StoreError: it is not of our making.
    """
    try:
        return _REF.validate_json(stored)
    except ValidationError as error:
        raise StoreError(f"the stored reference is damaged: {error.errors()[0]['msg']}") from error


async def read_entries(store: Store, ids: Sequence[str]) -> list[dict[bytes, bytes]]:
    """What is kept of each of these entries, in hand or ended, by name; {} of those forgotten, unknown or damaged."""
    async with store.redis.pipeline(transaction=False) as pipe:
        for id_ in ids:
            pipe.hgetall(store.keys.entry(id_))
            pipe.get(store.keys.entry(id_))
        # One of the two is refused: the key is of the other kind.
        found = await pipe.execute(raise_on_error=False)
    return [_fields(*found[at : at + 2]) for at in range(0, len(found), 2)]


def _fields(in_hand: Any, ended: Any) -> dict[bytes, bytes]:
    if isinstance(ended, bytes):
        return read_ended(ended)
    if isinstance(in_hand, Exception) and not str(in_hand).startswith("WRONGTYPE"):
        raise in_hand
    return in_hand if isinstance(in_hand, dict) else {}


def read_ended(stored: bytes) -> dict[bytes, bytes]:
    """What is said of an entry that ended, by name, without what is empty; {} where it is not of our making."""
    values = stored.split(b" ", len(ENDED) - 1)
    if len(values) != len(ENDED):
        return {}
    return {name: value for name, value in zip(ENDED, values, strict=True) if value}


def seen_at(begun: Begun, fallback: datetime) -> datetime:
    """When the entry was first seen."""
    return moment(begun.fields.get("seen")) or fallback


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
    """
    The counters of outcomes.

    Raises:
        StoreError: what is stored is no number.
    """
    found: dict[bytes, bytes] = await store.redis.hgetall(store.keys.counts)  # type: ignore[assignment]  # bytes: no decode_responses
    return read_counts(found)


def read_counts(found: Mapping[bytes, bytes]) -> dict[str, int]:
    """
    Counters as they are stored, by name.

    Raises:
        StoreError: one of them is no number.
    """
    for name, value in found.items():
        if not _COUNT.fullmatch(value):
            raise StoreError(f"the stored counters are damaged: {name.decode('utf-8', 'replace')} is no number")
    return {name.decode("utf-8", "replace"): int(value) for name, value in found.items()}
