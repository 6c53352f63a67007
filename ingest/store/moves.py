"""Feeds whose address moved for good: the new address adopted, or two feeds that turned out to be one merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ingest.models import Feed
from ingest.store.connect import Store
from ingest.store.due import Claim
from ingest.store.feeds import decode_feed, feed_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The address is another feed's already."""

    feed: str


async def move_feed(store: Store, feed: Feed, claim: Claim, url: str) -> Literal["moved", "stale", "refused"] | Taken:
    """
    Give a feed that is being polled the address that its own permanently leads to.

    Its id, seen-set and history stay and both addresses find it; its validators go. "refused": the address is one that
    another feed has left. Repeating the call changes nothing.
    """
    keys = store.keys
    reply = await store.scripts(
        "move_feed",
        [keys.feeds, keys.feed(feed.id), keys.aliases, keys.token("feeds")],
        [feed.id, claim.token, feed.url, url, feed_id(url)],
    )
    match reply:
        case b"moved":
            return "moved"
        case b"stale":
            return "stale"
        case b"refused":
            return "refused"
        case _:
            return Taken(feed=reply.decode("utf-8", "replace"))


async def merge_feeds(
    store: Store, claim: Claim, *, kept: Feed, dropped: Feed, url: str, shown: Sequence[tuple[str, str]]
) -> Literal["merged", "stale", "resting"]:
    """
    Make one feed of two, one of which is being polled under ``claim``; ``url`` is the address of the one that is kept.

    ``shown`` is each entry of the document as the kept and as the dropped feed call it: what either has seen, the kept
    one has seen. "resting": one of them is paused or dormant, and nothing was changed. Repeating the call changes
    nothing. If the dropped one is being polled, its poll is over and the kept one is due at once.
    """
    keys = store.keys
    reply = await store.scripts(
        "merge_feeds",
        [
            keys.feeds,
            keys.aliases,
            keys.due("feeds"),
            keys.lease("feeds"),
            keys.token("feeds"),
            keys.counts,
            keys.feed(kept.id),
            keys.seen(kept.id),
            keys.feed(dropped.id),
            keys.seen(dropped.id),
        ],
        [
            kept.id,
            dropped.id,
            claim.id,
            claim.token,
            url,
            *(bytes.fromhex(id_) for pair in shown for id_ in pair),
        ],
    )
    return "merged" if reply == b"merged" else "resting" if reply == b"resting" else "stale"


async def read_feed(store: Store, id_: str) -> Feed | None:
    """A feed as it is stored; None when there is none."""
    fields: Any = await store.redis.hgetall(store.keys.feed(id_))
    if not fields:
        return None
    return decode_feed(id_, {name.decode("utf-8", "replace"): value for name, value in fields.items()})
