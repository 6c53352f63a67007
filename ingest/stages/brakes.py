"""What a document's entries are, where their ids say something else (feeds/window.py), and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.feeds.identity import apart, entry_ids, shared_guids
from ingest.feeds.window import pack, recognise, traces, unpack
from ingest.models import Entry, Feed, FeedRef
from ingest.store.connect import Store
from ingest.store.feeds import unseen
from ingest.store.revisits import hasten

#: Looks that one document may bring forward: a feed that edits all its entries at every poll costs no more.
MAX_HASTENED = 20
#: So many guids used again in one document, and the feed's guids mean nothing.
MANY_REUSED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A document's entries as they are known here."""

    #: Each once, by its id, in the document's order.
    entries: dict[str, Entry]
    #: The ids to ingest: never seen, and no other name of one that is known.
    fresh: frozenset[str]
    aliases: tuple[str, ...]
    #: Known entries shown in another way, by the id whose article they became.
    changed: tuple[tuple[str, Entry], ...]
    window: bytes
    distrusts_guids: bool


async def identify(store: Store, feed: Feed, entries: Sequence[Entry]) -> Shown:
    """The entries of a document that was read, against what the feed has shown before."""
    shared = frozenset() if feed.distrusts_guids else shared_guids(entries)
    is_distrusted = feed.distrusts_guids or bool(shared)
    ids = entry_ids(feed.id, entries, distrusts_guids=is_distrusted, shared=shared)
    first: dict[str, Entry] = {}
    for id_, entry in zip(ids, entries, strict=True):
        first.setdefault(id_, entry)
    known = unpack(feed.window)
    shown = traces(ids, entries, known)
    fresh = await unseen(store, feed.id, tuple(first))
    found = recognise(known, shown, fresh)
    names = {id_: apart(feed.id, first[id_]) for id_ in found.reused}
    if names:
        fresh |= await unseen(store, feed.id, tuple(names.values()))
    newest = {known_id: new_id for new_id, known_id in found.aliases.items()}
    return Shown(
        entries={names.get(id_, id_): entry for id_, entry in first.items()},
        fresh=fresh - found.aliases.keys(),
        aliases=tuple(found.aliases),
        changed=tuple((id_, first[newest.get(id_, id_)]) for id_ in found.changed),
        window=pack(shown),
        distrusts_guids=is_distrusted or len(found.reused) >= MANY_REUSED,
    )


async def hasten_all(store: Store, feed: Feed, changed: Sequence[tuple[str, Entry]]) -> None:
    """Bring the next looks at the articles of these entries forward, those at the top of the feed first."""
    ref = FeedRef(id=feed.id, url=feed.url, title=feed.title)
    for id_, entry in changed[:MAX_HASTENED]:
        await hasten(store, id_, entry, ref)
