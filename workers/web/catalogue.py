"""
All feeds in few words, held in this process so that lists are searched and sorted without asking the store for all.

Read anew in the background while somebody looks: 10,000 feeds are some 5 MB here and a third of a second of our
processor, in slices of a few milliseconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ingest.store.connect import Store
from ingest.store.lists import Card, read_cards, scan_cards

#: Feeds that are held; the rest are found by their address or id only. Some 50 MB.
MAX_CARDS = 100_000
#: Seconds after which it is read anew, and how many times longer than the reading itself took that is at least.
FRESH_SECONDS = 15.0
REST_FACTOR = 10.0
#: How long the first page waits for it.
PATIENCE_SECONDS = 4.0

Sort = Literal["next", "failures", "title"]
#: So few are read anew for every page.
SMALL = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for."""

    words: str = ""
    state: str = ""
    folder: str = ""
    sort: Sort = "next"


class Catalogue:
    """The cards of all feeds."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cards: dict[str, Card] = {}
        self._reading: asyncio.Task[None] | None = None
        self._fresh_until = 0.0
        #: Whether all feeds have been read at least once.
        self.is_whole = False

    async def cards(self) -> Sequence[Card]:
        """All of them, at most some seconds old; fewer while they are being read for the first time."""
        if self._reading is None and time.monotonic() >= self._fresh_until:
            self._reading = asyncio.create_task(self._read())
            # Nobody may be waiting when it fails; whoever is, gets the error below.
            self._reading.add_done_callback(lambda done: done.cancelled() or done.exception())
        reading = self._reading
        if reading is not None and (not self.is_whole or len(self._cards) <= SMALL):
            await asyncio.wait({reading}, timeout=PATIENCE_SECONDS)
        if reading is not None and reading.done():
            reading.result()
        return tuple(self._cards.values())

    async def renew(self, feed_id: str) -> None:
        """Read one feed anew: somebody has just changed it."""
        for card in await read_cards(self._store, [feed_id]):
            self._cards[card.id] = card

    async def close(self) -> None:
        """End the reading."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        begun = time.monotonic()
        try:
            found: dict[str, Card] = {}
            async for cards in scan_cards(self._store, MAX_CARDS):
                found |= {card.id: card for card in cards}
                if not self.is_whole:
                    self._cards = dict(found)
                # Whoever asks for a page meanwhile goes first.
                await asyncio.sleep(0)
            self._cards, self.is_whole = found, True
            took = time.monotonic() - begun
            self._fresh_until = time.monotonic() + (max(FRESH_SECONDS, REST_FACTOR * took) if len(found) > SMALL else 0)
        finally:
            self._reading = None


def choose(cards: Sequence[Card], wanted: Wanted) -> list[Card]:
    """Those that are looked for, in the order that is asked for."""
    words = wanted.words.casefold().split()
    found = [
        card
        for card in cards
        if (not wanted.state or card.state == wanted.state)
        and (not wanted.folder or card.folder == wanted.folder)
        and (not words or _has(card, words))
    ]
    match wanted.sort:
        case "title":
            found.sort(key=lambda card: ((card.title or card.url).casefold(), card.id))
        case "failures":
            found.sort(key=lambda card: (-card.failures, card.id))
        case "next":
            found.sort(key=lambda card: (card.due is None, card.due or 0.0, card.id))
    return found


def _has(card: Card, words: Sequence[str]) -> bool:
    text = f"{card.title} {card.url} {card.folder} {card.id}".casefold()
    return all(word in text for word in words)
