"""
The library: what feeds, pages and articles are, and what to do with them.

What stands in ``__all__`` is the public face, stable from version 0.1 on; nothing else is promised.

    clean_text(text, *, url=None, language=None) -> Cleaning     text without boilerplate, removals with their rules
    clean_page(html, url) -> Cleaning                            the same for the main text of a page
    parse_feed(data, url, headers) -> ParsedFeed                 RSS, Atom or JSON Feed; raises FeedError
    url_key(url) -> str                                          equal for addresses of one article; never fetched
    consume(redis_url, group, consumer) -> iterator of events    acknowledged when the next one is asked for
    consume_async(redis_url, group, consumer)                    the same in asyncio, for "async for"
    Once(redis_url, group).fresh(events) -> iterator of events   without those that were done before

A ``Cleaning`` has ``text``, ``paragraphs`` and ``removals``; ``restore(cleaning)`` gives the paragraphs as they were.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.cleaning.clean import restore
    from ingest.editing import clean_page, clean_text
    from ingest.errors import CopydeskError, FeedError
    from ingest.feeds.parse import parse_feed
    from ingest.messages.event import ReceivedEvent
    from ingest.models import Article, Cleaning, Entry, ParsedFeed, Removal
    from ingest.store.consume import consume
    from ingest.store.consume_async import consume_async
    from ingest.store.once import Once
    from ingest.urls import url_key

#: Where each public name lives. They are imported when first used: a scheduler needs no HTML parser (60 MB, 0.7 s).
_HOMES = {
    "Article": "ingest.models",
    "Cleaning": "ingest.models",
    "CopydeskError": "ingest.errors",
    "Entry": "ingest.models",
    "FeedError": "ingest.errors",
    "Once": "ingest.store.once",
    "ParsedFeed": "ingest.models",
    "ReceivedEvent": "ingest.messages.event",
    "Removal": "ingest.models",
    "clean_page": "ingest.editing",
    "clean_text": "ingest.editing",
    "consume": "ingest.store.consume",
    "consume_async": "ingest.store.consume_async",
    "parse_feed": "ingest.feeds.parse",
    "restore": "ingest.cleaning.clean",
    "url_key": "ingest.urls",
}

__all__ = [
    "Article",
    "Cleaning",
    "CopydeskError",
    "Entry",
    "FeedError",
    "Once",
    "ParsedFeed",
    "ReceivedEvent",
    "Removal",
    "clean_page",
    "clean_text",
    "consume",
    "consume_async",
    "parse_feed",
    "restore",
    "url_key",
]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
