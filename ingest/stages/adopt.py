"""A feed's new address made its own, once enough polls agree on it; two feeds that meet there become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.feeds.identity import entry_ids
from ingest.models import Entry, Feed
from ingest.store.connect import Store
from ingest.store.due import Claim
from ingest.store.moves import Taken, merge_feeds, move_feed, read_feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The feed that was polled is part of another one now, which is due at once."""

    into: str


async def adopt(store: Store, claim: Claim, feed: Feed, url: str, entries: Sequence[Entry]) -> Feed | Merged | None:
    """
    The feed at its new address, whose document shows ``entries``; None when the claim was no longer ours.

    If the address is another feed's, the older of the two goes on with what both have seen. Where that cannot be, the
    feed stays as it is and begins to count anew.
    """
    as_it_is = replace(feed, moved=None)
    match await move_feed(store, feed, claim, url):
        case "moved":
            return replace(as_it_is, url=url)
        case "stale":
            return None
        case "refused":
            return as_it_is
        case Taken(feed=owner):
            other = await read_feed(store, owner)
            return await _merge(store, claim, as_it_is, other, entries) if other else as_it_is


async def _merge(store: Store, claim: Claim, feed: Feed, other: Feed, entries: Sequence[Entry]) -> Feed | Merged | None:
    """Of the feed that is polled and the one at whose address it ended, the older."""
    kept, dropped = (feed, other) if _is_older(feed, other) else (other, feed)
    shown = zip(entry_ids(kept.id, entries), entry_ids(dropped.id, entries), strict=True)
    match await merge_feeds(store, claim, kept=kept, dropped=dropped, url=other.url, shown=tuple(dict.fromkeys(shown))):
        case "merged":
            return replace(feed, url=other.url) if kept is feed else Merged(into=kept.id)
        case "resting":
            return feed
        case "stale":
            return None


def _is_older(feed: Feed, other: Feed) -> bool:
    """Whether the feed was there before the other; of two of one age the one that has the address stays."""
    return feed.added_at is not None and (other.added_at is None or feed.added_at < other.added_at)
