"""
The due-sets: what may be worked on, who has claimed it, and for how long.

They are the truth; whatever carries a claim to a worker is transport. A claim is a lease with a fencing token: whoever
dies, the lease runs out and the work is claimed again, and a commit with an old token changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from ingest.store.connect import Store
from ingest.store.keys import Work


@dataclass(frozen=True, slots=True)
class Claim:
    """A timed right to work on a feed or an entry."""

    id: str
    token: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A claim whose attempt is on record, and what the store knows of its item."""

    claim: Claim
    #: Attempts so far, this one included, since the last success.
    strikes: int
    fields: dict[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class InHand:
    """How much work there is: waiting for its time or its turn, and claimed."""

    waiting: int
    claimed: int


def milliseconds(duration: timedelta) -> int:
    """A duration as the scripts take it."""
    return round(duration.total_seconds() * 1000)


def moment(milliseconds_since: bytes | float | None) -> datetime | None:
    """A time of the store as a datetime; None when there is none, or what is stored is no time."""
    try:
        return datetime.fromtimestamp(float(milliseconds_since) / 1000, UTC) if milliseconds_since else None
    except (ValueError, OverflowError, OSError):
        return None


async def claim_due(store: Store, work: Work, *, limit: int, lease: timedelta, max_in_hand: int) -> tuple[Claim, ...]:
    """At most ``limit`` claims on what is due; none once ``max_in_hand`` are out. Expired leases are claimed anew."""
    keys = store.keys
    reply = await store.scripts(
        "claim_due",
        [keys.due(work), keys.lease(work), keys.token(work), keys.tokens],
        [limit, milliseconds(lease), max_in_hand],
    )
    return tuple(Claim(reply[i].decode("utf-8", "replace"), int(reply[i + 1])) for i in range(0, len(reply), 2))


async def begin(store: Store, work: Work, claim: Claim, *, lease: timedelta, attempt: str) -> Begun | None:
    """
    The strike on record and the lease renewed, or None when the claim is no longer ours.

    ``attempt`` is unique to this attempt, so that a repeated command strikes once and a repeated attempt twice.
    """
    keys = store.keys
    reply = await store.scripts(
        "begin",
        [keys.lease(work), keys.token(work), keys.item(work, claim.id)],
        [claim.id, claim.token, milliseconds(lease), attempt],
    )
    if not reply:
        return None
    names, values = reply[::2], reply[1::2]
    fields = {_name(name): value for name, value in zip(names, values, strict=True)}
    return Begun(claim=claim, strikes=int(fields["strikes"]), fields=fields)


@lru_cache(maxsize=256)
def _name(field: bytes) -> str:
    """A field's name as text; remembered, for all feeds have the same."""
    return field.decode("utf-8", "replace")


async def release(
    store: Store, work: Work, claim: Claim, *, pause: timedelta, is_strike: bool, error: str = ""
) -> bool:
    """Give a claim back, due again after ``pause``; False when it was no longer ours."""
    keys = store.keys
    reply = await store.scripts(
        "release",
        [keys.due(work), keys.lease(work), keys.token(work), keys.item(work, claim.id)],
        [claim.id, claim.token, milliseconds(pause), int(is_strike), error[:500]],
    )
    return bool(reply == b"released")


async def in_hand(store: Store, work: Work) -> InHand:
    """How much work there is."""
    async with store.redis.pipeline(transaction=True) as pipe:
        pipe.zcard(store.keys.due(work))
        pipe.zcard(store.keys.lease(work))
        waiting, claimed = await pipe.execute()
    return InHand(waiting=int(waiting), claimed=int(claimed))


async def waiting_messages(store: Store, work: Work) -> int:
    """Messages to the workers that none of them has taken yet."""
    return int(await store.redis.llen(f"{store.keys.work}:{work}"))
