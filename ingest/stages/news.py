"""What a document brings that its feed has not shown before, and how much of a new feed's backlog that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ingest.feeds.identity import shared_addresses
from ingest.models import Entry, Feed
from ingest.polling.backlog import left_out
from ingest.stages.brakes import identify
from ingest.stages.desk import Desk
from ingest.store.feeds import NewEntry
from ingest.urls import registrable_domain, url_key

_OLDEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a document brought: entries to ingest, backlog to leave out, and the ids of all that it shows."""

    wanted: tuple[NewEntry, ...] = ()
    left_out: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    #: Dates of all entries that were new, wanted or not.
    dates: tuple[datetime | None, ...] = ()
    #: New ids of known entries.
    aliases: tuple[str, ...] = ()
    #: Known entries shown in another way, by the id whose article they became.
    changed: tuple[tuple[str, Entry], ...] = ()
    #: As in models.Feed; a push, which is part of a document, does not change it.
    window: bytes = b""
    distrusts_guids: bool = False


async def find_news(desk: Desk, feed: Feed, entries: Sequence[Entry]) -> News:
    """
    What of a document's entries is new, oldest first.

    A feed's own order, newest on top, decides between equal or missing dates.
    """
    known = await identify(desk.store, feed, entries)
    first, fresh = known.entries, known.fresh
    upwards = list(first.items())[::-1]  # sorted() is stable: what comes later in the document is older
    ordered = sorted(upwards, key=lambda pair: _date(pair[1]) or _OLDEST)
    # A feed is new until a document of it was committed.
    is_first = not feed.body_digest
    old = left_out([_date(entry) for _, entry in ordered], desk.settings.first_poll, desk.now()) if is_first else 0
    crowded = shared_addresses(entries)
    return News(
        wanted=tuple(_new(feed, id_, entry, crowded) for id_, entry in ordered[old:] if id_ in fresh),
        left_out=tuple(id_ for id_, _ in ordered[:old] if id_ in fresh),
        shown=tuple(first),
        dates=tuple(_date(entry) for id_, entry in ordered if id_ in fresh),
        aliases=known.aliases,
        changed=known.changed,
        window=known.window,
        distrusts_guids=known.distrusts_guids,
    )


def _new(feed: Feed, id_: str, entry: Entry, crowded: frozenset[str]) -> NewEntry:
    """An entry to ingest; an address that many entries share is none of its own."""
    is_own = entry.url is None or url_key(entry.url) not in crowded
    kept = entry if is_own else replace(entry, url=None)
    return NewEntry(id=id_, entry=kept, domain=registrable_domain(kept.url or feed.url))


def _date(entry: Entry) -> datetime | None:
    return entry.published_at or entry.updated_at
