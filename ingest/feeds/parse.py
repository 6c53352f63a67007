"""Bytes -> ParsedFeed or FeedError: looks what they are and asks the parser for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal

from ingest.errors import FeedError
from ingest.feeds.balancing import balance
from ingest.feeds.decode import decode_both
from ingest.feeds.fallback import parse_xml
from ingest.feeds.folding import fold_markup, quote_attributes
from ingest.feeds.jsonfeed import parse_json
from ingest.feeds.plain import plain
from ingest.feeds.repair import needs_repair, repair
from ingest.feeds.sitemap import parse_sitemap, read_sitemap
from ingest.feeds.sniff import Root, sniff
from ingest.feeds.xml import mend_xml, read_xml
from ingest.models import ParsedFeed
from ingest.urls import resolve

#: Parsing this much in the worker itself keeps its loop busy for 15 ms, and for 0.4 s if it was built to.
MAX_SMALL_BYTES: Final = 1_000_000
#: Fields by which Cloudflare and AWS name a page that asks for a proof, and what stands in them.
_CHALLENGE_FIELDS: Final = ("cf-mitigated", "x-amzn-waf-action")
_CHALLENGES: Final = frozenset(["challenge", "captcha"])


def is_small(body: bytes) -> bool:
    """True if ``parse_small`` may try a document in the worker's own process: short, and without declared entities."""
    return len(body) <= MAX_SMALL_BYTES and b"<!ENTITY" not in body


def parse_feed(data: bytes, url: str, headers: Mapping[str, str]) -> ParsedFeed:
    """
    The feed in a document fetched from ``url``; ``headers`` have lower-case names.

    Every address in it is absolute http(s) or absent, titles and names are plain text, dates are UTC, ids are as the
    feed has them, at most ``MAX_ENTRIES`` entries are kept. Of the headers Content-Type tells the charset,
    Content-Language the language of a feed that names none, Content-Location the base of relative addresses: leave it
    out where servers are not to be believed (RFC 9110 8.7 no longer asks for it).

    Raises:
        FeedError: the document is no feed, or is built to keep a parser busy; ``found`` says what it is.
    """
    text, body, found, base = _opened(data, url, headers)
    feed = _by_all_means(text, body, found, base) if isinstance(found, Root) else parse_json(text, base)
    return _with_language(feed, headers)


def parse_small(data: bytes, url: str, headers: Mapping[str, str]) -> ParsedFeed | None:
    """
    The same by the fast path only, in time linear in the document; None where it needs more: ask ``parse_feed``.

    Raises:
        FeedError: the document is no feed.
    """
    if not is_small(data):
        return None
    text, body, found, base = _opened(data, url, headers)
    feed = _as_it_is(text, body, found, base) if isinstance(found, Root) else parse_json(text, base)
    return _with_language(feed, headers) if feed is not None else None


def _opened(data: bytes, url: str, headers: Mapping[str, str]) -> tuple[str, bytes | None, Root | Literal["json"], str]:
    """The characters, their UTF-8 where it is at hand, what they are, and what addresses in them are relative to."""
    if headers and any(headers.get(name, "").strip().lower() in _CHALLENGES for name in _CHALLENGE_FIELDS):
        raise FeedError("challenge")
    text, body = decode_both(data, headers.get("content-type", ""))
    location = headers.get("content-location", "")
    return text, body, sniff(text), (resolve(url, location) or url) if location else url


def _by_all_means(text: str, body: bytes | None, root: Root, url: str) -> ParsedFeed:
    """Read as it is where it is well-formed, else repaired, else by feedparser: each costs more than the one before."""
    feed = _as_it_is(text, body, root, url)
    if feed is not None:
        return feed
    repaired = repair(text, root)
    if _is_sitemap(root):
        return parse_sitemap(balance(quote_attributes(fold_markup(repaired))).encode(), url)
    feed = _mended(repaired, url)
    if feed is None:
        folded = quote_attributes(fold_markup(repaired))
        feed = _mended(folded, url) or mend_xml(balance(folded).encode(), url)
    return feed or parse_xml(repaired, url)


def _mended(repaired: str, url: str) -> ParsedFeed | None:
    body = repaired.encode()
    return read_xml(body, url) or mend_xml(body, url)


def _as_it_is(text: str, body: bytes | None, root: Root, url: str) -> ParsedFeed | None:
    """The feed in a document that needs no repair; None for any other."""
    prolog = text[: root.start]
    body = text[root.start :].encode("utf-8", "replace") if body is None else body[len(prolog.encode()) :]
    if needs_repair(text, body, root.start):
        return None
    return read_sitemap(body, url) if _is_sitemap(root) else read_xml(body, url)


def _is_sitemap(root: Root) -> bool:
    return root.name.rpartition(":")[2].lower() in {"urlset", "sitemapindex"}


def _with_language(feed: ParsedFeed, headers: Mapping[str, str]) -> ParsedFeed:
    """The feed with the header's language, where it names none itself."""
    language = plain(headers.get("content-language", "").partition(",")[0])
    return replace(feed, language=language) if language and not feed.language else feed
