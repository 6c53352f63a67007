"""
What is fuzzed: each target reads one document as the product would, and asserts what must hold of whatever comes out.

Nothing but the named errors may be raised, and nothing may take longer than its bytes allow; the rest is said beside
each assertion. A target takes bytes, so that every engine can run it: Hypothesis, atheris, a file.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.fuzz import of_addresses, of_feeds, of_pages, of_the_store, seeds

#: CPU seconds of any case, and of a case's each byte: far over what linear code takes, far under what a trap does.
CASE_SECONDS = 1.0
BYTE_SECONDS = 20e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One way in for foreign bytes."""

    read: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...] = ()


def check(name: str, data: bytes, *, patience: float = 1) -> None:
    """
    Read a case as a target does.

    Raises:
        Exception: what the target raised: an AssertionError where a promise is broken, also that of time.
    """
    began = time.process_time()
    TARGETS[name].read(data)
    spent = time.process_time() - began
    allowed = patience * (CASE_SECONDS + BYTE_SECONDS * len(data))
    assert spent <= allowed, f"{len(data)} bytes took {spent:.1f} s of CPU"


TARGETS: Mapping[str, Target] = {
    "feed": Target(read=of_feeds.feed, seeds=seeds.FEEDS, words=seeds.FEED_WORDS),
    "page": Target(read=of_pages.page, seeds=seeds.PAGES, words=seeds.PAGE_WORDS + seeds.JSON_LD_WORDS),
    "fragment": Target(read=of_pages.fragment, seeds=seeds.PAGES[1:], words=seeds.PAGE_WORDS),
    "jsonld": Target(read=of_pages.jsonld, seeds=(seeds.JSON_LD,), words=seeds.JSON_LD_WORDS),
    "robots": Target(read=of_pages.robots, seeds=(seeds.ROBOTS,), words=seeds.ROBOTS_WORDS),
    "feeds_toml": Target(read=of_feeds.feeds_toml, seeds=(seeds.FEEDS_TOML,), words=seeds.TOML_WORDS),
    "opml": Target(read=of_feeds.opml, seeds=(seeds.OPML,), words=seeds.OPML_WORDS),
    "stored_feed": Target(read=of_the_store.stored_feed, seeds=(seeds.FEED_HASH,), words=seeds.HASH_WORDS),
    "stored_ref": Target(read=of_the_store.stored_ref, seeds=(seeds.REF,), words=seeds.REF_WORDS),
    "stored_draft": Target(
        read=of_the_store.stored_draft, seeds=(seeds.REF, seeds.EVENT.data), words=seeds.EVENT_WORDS
    ),
    "stored_line": Target(
        read=of_the_store.stored_line,
        seeds=(seeds.RHYTHM.encode(), b"1|3600|max-age|1800|ttl|0,3|06", b"text/xml\n<rss/>"),
        words=seeds.HASH_WORDS,
    ),
    "stored_subscription": Target(
        read=of_the_store.stored_subscription, seeds=(seeds.SUBSCRIPTION,), words=seeds.HASH_WORDS
    ),
    "stored_overrides": Target(read=of_the_store.stored_overrides, seeds=(seeds.OVERRIDES,), words=seeds.REF_WORDS),
    "stored_article": Target(read=of_the_store.stored_article, seeds=(seeds.KNOWN,), words=seeds.REF_WORDS),
    "stored_entry": Target(read=of_the_store.stored_entry, seeds=(seeds.ENDED,), words=seeds.HASH_WORDS),
    "stored_event": Target(read=of_the_store.stored_event, seeds=(seeds.EVENT_HASH,), words=seeds.EVENT_WORDS),
    "url": Target(read=of_addresses.url, seeds=seeds.URLS, words=seeds.URL_WORDS),
    "headers": Target(read=of_addresses.headers, seeds=(seeds.HEADERS,), words=seeds.HEADER_WORDS),
}
