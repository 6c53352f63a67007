"""Readers of pages and of what stands beside them."""

import re
import zlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import cache

import jsonschema

from ingest.cleaning.clean import clean, restore
from ingest.cleaning.learned import Learned, digests
from ingest.cleaning.rules import load_rules
from ingest.cleaning.unlearn import unlearn
from ingest.dedup.identity import article_keys
from ingest.dedup.revision import Draft, compare, shrank
from ingest.dedup.sketch import decode, encode, sketch
from ingest.feeds.discover import find_feeds
from ingest.feeds.identity import article_id
from ingest.messages.event import make_event, read_event, schema, stream_fields
from ingest.models import (
    Entry,
    Extraction,
    FeedRef,
    Page,
)
from ingest.pages.charset import decode_page
from ingest.pages.extract import extract, extract_fragment
from ingest.pages.jsonld import article_of, body_of, kind_of, names
from ingest.pages.robots import MAX_CRAWL_DELAY, Robots, wishes
from ingest.stages.compose import Copy, compose
from tests.fuzz import seeds
from tests.fuzz.promises import URL, addresses, aware, fit
from tests.unit.messages.articles import T0

_ID = re.compile(r"[0-9a-f]{32}")
_CONTENT_TYPES = (
    "",
    "text/xml",
    "application/rss+xml; charset=utf-8",
    "text/html;charset=iso-8859-1",
    "text/plain;charset",
)
_VALIDATOR = jsonschema.Draft202012Validator(schema())


def page(data: bytes) -> None:
    """A page, from its bytes to the event, and beside it what was known of the article before."""
    content_type = _CONTENT_TYPES[zlib.crc32(data) % len(_CONTENT_TYPES)]
    asked = Page(url=URL, content_type=content_type, body=data)
    extraction = extract(asked)
    publish(extraction, seeds.ENTRY, "Harbour")
    part = extract(asked, ("article.story", "#s1"))
    assert part.method
    for candidate in find_feeds(data, URL, content_type):
        addresses(candidate.url)
        fit(candidate.title)
    wishes({}, data)
    old = Draft(title="Channel to be dredged", paragraphs=_known().paragraphs)
    new = Draft(title=extraction.metadata.title, paragraphs=extraction.paragraphs)
    for change in (*_changes(old, new), *_changes(new, old)):
        fit(change.removed, change.added)
    shrank(old, new)


def fragment(data: bytes) -> None:
    """A feed's own text."""
    publish(extract_fragment(data.decode("utf-8", "replace"), URL), seeds.ENTRY, "Harbour")


def _changes(old: Draft, new: Draft) -> Iterable:
    return getattr(compare(old, new), "changes", ())


@cache
def _known() -> Extraction:
    return extract(Page(url=URL, content_type="text/html", body=seeds.PAGE))


@cache
def _lines() -> frozenset[bytes]:
    return frozenset(line.digest for line in digests(_known().paragraphs)[1::2])


def publish(extraction: Extraction, entry: Entry, title: str) -> None:
    """Clean, restore, unlearn, sketch, compose, and the event keeps its contract."""
    assert all(paragraph and "\n" not in paragraph for paragraph in extraction.paragraphs)
    assert len(extraction.blocks) in {0, len(extraction.paragraphs)}
    told = extraction.metadata
    addresses(told.canonical_url, told.image.url if told.image else None)
    aware(told.published_at, told.updated_at)
    cleaning = clean(extraction, load_rules())
    assert restore(cleaning) == extraction.paragraphs, "not restored"
    fit(*(removal.text for removal in cleaning.removals), *cleaning.paragraphs)
    assert clean(replace(extraction, paragraphs=cleaning.paragraphs, blocks=()), load_rules()).paragraphs is not None
    left = unlearn(cleaning, Learned(), title=told.title, blocks=extraction.blocks).cleaning
    assert restore(left) == extraction.paragraphs, "not restored after learning"
    digests(extraction.paragraphs, title=told.title)
    packed = encode(sketch(left.paragraphs, title=told.title, source="harbour.example"))
    assert (again := decode(packed)) is not None
    assert encode(again) == packed
    copy = Copy(extraction=extraction, cleaning=left, content_source="page", url=entry.url or URL, fetched_at=T0)
    ref = FeedRef(id=seeds.FEED.id, url=seeds.FEED.url, title=title)
    id_ = article_id(ref.id, "0" * 32, entry.url)
    assert _ID.fullmatch(id_)
    article = compose(article_id=id_, entry=entry, feed=ref, copy=copy, first_seen_at=T0, head=None)
    event = make_event(article, source="copydesk", now=T0)
    got = read_event({name.encode(): value for name, value in stream_fields(event).items()})
    _VALIDATOR.validate(got.article)
    fit(*got.article["paragraphs"], got.article["title"], got.article["byline"], got.article["summary"])
    assert b"s3cret" not in event.data
    article_keys(copy.url, final_url=copy.url, canonical_url=told.canonical_url)


def jsonld(data: bytes) -> None:
    """A block of JSON-LD by itself."""
    node = article_of([decode_page(data, "text/html; charset=utf-8")], URL, titles=["Channel to be dredged"])
    body_of(node)
    kind_of(node)
    names(node.get("author"))


def robots(data: bytes) -> None:
    """robots.txt."""
    rules = Robots(data)
    assert timedelta(0) <= rules.crawl_delay <= MAX_CRAWL_DELAY
    for path in ("/", "/private/a.pdf", "/news/ä?x=%2F*$"):
        assert rules.allows(f"https://harbour.example{path}") in {True, False}
