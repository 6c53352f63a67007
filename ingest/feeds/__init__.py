"""Feed documents: bytes -> ParsedFeed or FeedError, the identity of their entries, and lists of feeds. Pure."""

from __future__ import annotations

from ingest.feeds.dates import parse_date
from ingest.feeds.identity import article_id, entry_ids
from ingest.feeds.opml import Subscription, read_opml, write_opml
from ingest.feeds.parse import parse_feed

__all__ = ["Subscription", "article_id", "entry_ids", "parse_date", "parse_feed", "read_opml", "write_opml"]
