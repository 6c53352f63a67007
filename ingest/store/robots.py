"""What is known of each authority's robots.txt, shared by all workers and fetched by one of them at a time."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from ingest.store.connect import Store
from ingest.store.due import milliseconds

#: RFC 9309 2.4: a copy is not used for more than 24 hours while a new one can be had.
FRESH = timedelta(hours=24)
#: A robots.txt that cannot be had is asked for again after a minute, then after as long again, at most this.
FRESH_DOWN = timedelta(hours=1)
#: How long a copy is kept in case the next one cannot be had.
KEPT = timedelta(days=7)
#: Longer than the 30 days after which a missing answer means that all is allowed (RFC 9309 2.3.1.4).
KEPT_DOWN = timedelta(days=40)

#: No body that we keep is longer; what says so is not ours.
MAX_BODY_BYTES = 1_000_000

#: "read" there is one; "none" there is none; "down" nobody could say; "" nothing was learned.
RobotsOutcome = Literal["read", "none", "down", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRobots:
    """What the store says of an authority's robots.txt."""

    #: "errand": fetch it, and end the errand with ``keep_robots``; "wait": another worker is fetching it.
    state: Literal["fresh", "errand", "wait"]
    #: Until a fresh one is stale.
    left: timedelta
    outcome: RobotsOutcome
    #: Why it could not be had.
    reason: str
    #: Since when it cannot be had.
    down_for: timedelta
    #: The last that could be had.
    body: bytes


async def read_robots(store: Store, origin: str, *, errand: str, lease: timedelta) -> KnownRobots:
    """What is known; where nothing is fresh, the errand to fetch it is ours or another's for the lease's time."""
    state, left, outcome, reason, down_for, body = await store.scripts(
        "read_robots", [store.keys.robots(origin)], [errand, milliseconds(lease)]
    )
    known = outcome.decode("utf-8", "replace")
    return KnownRobots(
        state=state.decode(),
        left=timedelta(milliseconds=int(left)),
        outcome=known if known in {"read", "none", "down"} else "",
        reason=reason.decode("utf-8", "replace"),
        down_for=timedelta(milliseconds=max(int(down_for), 0)),
        body=_unpack(body),
    )


async def keep_robots(
    store: Store, origin: str, *, errand: str, outcome: RobotsOutcome, reason: str = "", body: bytes = b""
) -> bool:
    """End an errand with what it brought ("" gives it back); False when it was no longer ours."""
    fresh, kept = (FRESH_DOWN, KEPT_DOWN) if outcome == "down" else (FRESH, KEPT)
    packed = zlib.compress(body) if body else b""
    reply = await store.scripts(
        "keep_robots",
        [store.keys.robots(origin)],
        [errand, outcome, reason[:200], milliseconds(fresh), milliseconds(kept), packed],
    )
    return bool(reply == b"kept")


def _unpack(packed: bytes) -> bytes:
    """The body; a damaged one is read as none."""
    try:
        return zlib.decompressobj().decompress(packed, MAX_BODY_BYTES) if packed else b""
    except zlib.error:
        return b""
