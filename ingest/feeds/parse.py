"""Bytes -> ParsedFeed or FeedError: looks what they are and asks the parser for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ingest.feeds.decode import decode
from ingest.feeds.fallback import parse_xml
from ingest.feeds.jsonfeed import parse_json
from ingest.feeds.plain import plain
from ingest.feeds.repair import repair
from ingest.feeds.sniff import Root, sniff
from ingest.models import ParsedFeed


def parse_feed(data: bytes, url: str, headers: Mapping[str, str]) -> ParsedFeed:
    """
    The feed in a document fetched from ``url``; ``headers`` (lower-case names) tell the charset and the language.

    Every address in it is absolute http(s) or absent, titles and names are plain text, dates are UTC, ids are as the
    feed has them, at most ``MAX_ENTRIES`` entries are kept. Content-Location is no base for addresses (RFC 9110 8.7).

    Raises:
        FeedError: the document is no feed, or is built to keep a parser busy; ``found`` says what it is.
    """
    text = decode(data, headers.get("content-type", ""))
    found = sniff(text)
    feed = parse_xml(repair(text, found), url) if isinstance(found, Root) else parse_json(text, url)
    language = plain(headers.get("content-language", "").partition(",")[0])
    return replace(feed, language=language) if language and not feed.language else feed
