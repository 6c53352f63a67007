"""
What is fuzzed: each target reads one document as the product would, and asserts what must hold of whatever comes out.

Nothing but the named errors may be raised, and nothing may take longer than its bytes allow; the rest is said beside
each assertion. A target takes bytes, so that every engine can run it: Hypothesis, atheris, a file.
"""

from __future__ import annotations

import asyncio
import re
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace

import jsonschema

from ingest.cleaning.clean import clean, restore
from ingest.cleaning.learned import Learned, digests
from ingest.cleaning.rules import load_rules
from ingest.cleaning.unlearn import unlearn
from ingest.dedup.identity import article_keys, is_home
from ingest.dedup.revision import Draft, compare, shrank
from ingest.dedup.sketch import decode, encode, sketch
from ingest.errors import EventError, FeedError, SettingsError, StoreError, UrlError
from ingest.feeds.discover import find_feeds
from ingest.feeds.feeds_toml import read_feeds_toml
from ingest.feeds.identity import article_id, entry_ids
from ingest.feeds.opml import read_opml, write_opml
from ingest.feeds.parse import parse_feed, parse_small
from ingest.feeds.window import pack, recognise, traces, unpack
from ingest.messages.event import make_event, read_event, schema, stream_fields
from ingest.models import (
    Entry,
    Extraction,
    Feed,
    FeedRef,
    Hints,
    Page,
    ParsedFeed,
    Redirect,
    Response,
    Rhythm,
    SourceOverride,
)
from ingest.net.target import parse_target, redirect_target
from ingest.pages.charset import decode_page
from ingest.pages.extract import extract, extract_fragment
from ingest.pages.jsonld import article_of, body_of, kind_of, names
from ingest.pages.robots import MAX_CRAWL_DELAY, Robots, wishes
from ingest.polling.backoff import MAX_RETRY_AFTER, retry_after
from ingest.polling.hints import MAX_PAUSE, decode_hints, encode_hints, read_hints
from ingest.polling.ladder import climb
from ingest.polling.redirects import permanent_target
from ingest.polling.rhythm import decode_rhythm, encode_rhythm, learn
from ingest.polling.websub import find_hub, is_signed
from ingest.stages.compose import Copy, compose
from ingest.store.articles import owners_of, text_of
from ingest.store.due import Begun, Claim
from ingest.store.entries import encode_ref, read_ref
from ingest.store.feeds import decode_feed
from ingest.store.hubs import Push, read_subscription
from ingest.store.overrides import find_override, read_overrides
from ingest.store.revisits import decode_watched
from ingest.urls import MAX_URL_LENGTH, fetch_url, redact, registrable_domain, resolve, url_key
from tests.fuzz import seeds
from tests.unit.messages.articles import T0

URL = "https://harbour.example/news/channel"
#: CPU seconds of any case, and of a case's each byte: far over what linear code takes, far under what a trap does.
CASE_SECONDS = 1.0
BYTE_SECONDS = 20e-6

_ID = re.compile(r"[0-9a-f]{32}")
_HTTP = re.compile(r"https?://\S+")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_CONTENT_TYPES = (
    "",
    "text/xml",
    "application/rss+xml; charset=utf-8",
    "text/html;charset=iso-8859-1",
    "text/plain;charset",
)
_VALIDATOR = jsonschema.Draft202012Validator(schema())


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


# ------------------------------------------------------------------------------------------------ promises


def fit(*texts: str | None) -> None:
    """Texts have a UTF-8 form and no control characters."""
    for text in filter(None, texts):
        assert text.encode(), "not to be encoded"
        assert not _CONTROLS.search(text), f"a control character in {text[:200]!r}"


def addresses(*urls: str | None) -> None:
    """Addresses are http(s), or not there."""
    for url in urls:
        if url is not None:
            assert _HTTP.fullmatch(url), f"no http(s) address: {url[:200]!r}"
            fit(url)


def aware(*moments: datetime | None) -> None:
    """Moments are in UTC."""
    for moment in filter(None, moments):
        assert moment.utcoffset() == timedelta(0), moment


def whole(value: object) -> None:
    """All there is in a value has a UTF-8 form."""
    match value:
        case str():
            value.encode()
        case tuple() | list() | frozenset():
            for part in value:
                whole(part)
        case dict():
            whole([*value.items()])
        case _ if is_dataclass(value):
            for each in fields(value):
                whole(getattr(value, each.name))


# ------------------------------------------------------------------------------------------------ feeds


def feed(data: bytes) -> None:
    """A feed's document, by both ways, down to references and ids."""
    headers = {"content-type": _CONTENT_TYPES[zlib.crc32(data) % len(_CONTENT_TYPES)], "content-language": "en, de"}
    small: ParsedFeed | FeedError | None
    try:
        small = parse_small(data, URL, headers)
    except FeedError as error:
        small = error
    try:
        parsed = parse_feed(data, URL, headers)
    except FeedError as error:
        _same_refusal(small, error)
        return
    assert small is None or small == parsed, "the fast path reads something else"
    fit(parsed.title, parsed.subtitle, parsed.language, parsed.rights, parsed.generator, *parsed.categories)
    addresses(parsed.link, parsed.self_url, parsed.next_url, parsed.image, parsed.icon, *parsed.hubs, *parsed.children)
    aware(parsed.updated_at, parsed.published_at, parsed.sy_base)
    for entry in parsed.entries:
        _entry(entry)
    _window(parsed.entries)
    hints = read_hints(parsed, headers, Hints(), T0)
    assert decode_hints(encode_hints(hints)) == hints
    dates = tuple(entry.published_at for entry in parsed.entries)
    many = len(dates)
    rhythm = learn(Rhythm(), published=dates, new=many, shown=many, polled_at=T0, previous_poll_at=None)
    assert decode_rhythm(encode_rhythm(rhythm)) == rhythm
    find_hub({}, parsed, URL)
    for entry in parsed.entries[:2]:
        html = entry.content_html or entry.summary_html
        _publish(extract_fragment(html, entry.url or URL), entry, parsed.title)


def _same_refusal(small: ParsedFeed | FeedError | None, error: FeedError) -> None:
    assert small is None or (isinstance(small, FeedError) and small.found == error.found)


def _entry(entry: Entry) -> None:
    fit(entry.title, entry.language, entry.rights, entry.summary_html, entry.content_html, *entry.categories)
    addresses(entry.url, entry.orig_url, entry.comments, entry.image)
    addresses(*(enclosure.url for enclosure in entry.enclosures + entry.media))
    aware(entry.published_at, entry.updated_at)
    fit(*(part for author in entry.authors for part in (author.name, author.email)))
    again = read_ref(encode_ref(entry, seeds.FEED)).entry
    whole(again)
    with suppress(UnicodeEncodeError):  # halves of characters are replaced on their way through the store
        whole(entry)
        assert again == entry, "the store gives back another entry"


def _window(entries: tuple[Entry, ...]) -> None:
    for distrusts in (False, True):
        ids = entry_ids("f", entries, distrusts_guids=distrusts)
        assert all(map(_ID.fullmatch, ids))
    found = traces(ids, entries)
    known = unpack(pack(found))
    assert known == found[: len(known)]
    recognise(known, found, frozenset(ids))


# ------------------------------------------------------------------------------------------------ pages


def page(data: bytes) -> None:
    """A page, from its bytes to the event, and beside it what was known of the article before."""
    content_type = _CONTENT_TYPES[zlib.crc32(data) % len(_CONTENT_TYPES)]
    asked = Page(url=URL, content_type=content_type, body=data)
    extraction = extract(asked)
    _publish(extraction, seeds.ENTRY, "Harbour")
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
    _publish(extract_fragment(data.decode("utf-8", "replace"), URL), seeds.ENTRY, "Harbour")


def _changes(old: Draft, new: Draft) -> Iterable:
    return getattr(compare(old, new), "changes", ())


@cache
def _known() -> Extraction:
    return extract(Page(url=URL, content_type="text/html", body=seeds.PAGE))


@cache
def _lines() -> frozenset[bytes]:
    return frozenset(line.digest for line in digests(_known().paragraphs)[1::2])


def _publish(extraction: Extraction, entry: Entry, title: str) -> None:
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


# ------------------------------------------------------------------------------------------------ lists and rules


def robots(data: bytes) -> None:
    """robots.txt."""
    rules = Robots(data)
    assert timedelta(0) <= rules.crawl_delay <= MAX_CRAWL_DELAY
    for path in ("/", "/private/a.pdf", "/news/ä?x=%2F*$"):
        assert rules.allows(f"https://harbour.example{path}") in {True, False}


def feeds_toml(data: bytes) -> None:
    """The operator's file."""
    try:
        listed = read_feeds_toml(data)
    except SettingsError:
        return
    for one in listed.feeds:
        addresses(one.url)
        assert one.interval is None or one.interval >= timedelta(seconds=1)
    for source in listed.sources:
        assert source.domain
        assert source.user_agent.isprintable()


def opml(data: bytes) -> None:
    """A list of feeds, which is the same after it was written again."""
    try:
        listed = read_opml(data)
    except FeedError:
        return
    for one in listed:
        fit(one.title, one.folder)
    kept = [replace(one, folder=one.folder[:500]) for one in listed]  # as feeds are kept with it
    again = read_opml(write_opml(kept, "Mine"))
    # What XML has no place for is left out; it is in no address that is asked.
    assert {one.url for one in again} >= {one.url for one in listed if one.url and one.url.isprintable()}


# ------------------------------------------------------------------------------------------------ what is stored


def _hash(data: bytes) -> dict[str, bytes]:
    """The hash that ``seeds.rows`` wrote."""
    pairs = (row.partition(seeds.CELL) for row in data.split(seeds.ROW))
    return {name.decode("utf-8", "replace"): value for name, _, value in pairs}


def stored_feed(data: bytes) -> None:
    """A feed's hash."""
    found = decode_feed("0" * 16, _hash(data))
    whole(found)
    aware(found.added_at, found.polled_at, found.failing_since, found.full_at)
    assert found.failures >= 0
    assert found.interval is None or found.interval > timedelta(0)
    unpack(found.window)
    learn(found.rhythm, published=(), new=0, shown=0, polled_at=T0, previous_poll_at=found.polled_at)


def stored_ref(data: bytes) -> None:
    """An entry in hand."""
    try:
        found = read_ref(data)
    except StoreError:
        return
    assert read_ref(encode_ref(found.entry, found.feed)) == found


def stored_draft(data: bytes) -> None:
    """An article that is watched: the document of its event, or else its reference."""
    for document, reference in ((data, seeds.REF), (seeds.EVENT.data, data)):
        packed = {"data": zlib.compress(document), "ref": zlib.compress(reference), "step": data[:4]}
        with suppress(StoreError):
            assert decode_watched(Begun(claim=Claim("a", 1), strikes=1, fields=packed)).revision is not None
    with suppress(StoreError):
        decode_watched(Begun(claim=Claim("a", 1), strikes=1, fields={"data": data, "ref": data}))


def stored_line(data: bytes) -> None:
    """What is stored as one line: hints, rhythms, windows, sketches, pushes."""
    text = data.decode("utf-8", "replace")
    hints, rhythm = decode_hints(text), decode_rhythm(text)
    assert decode_hints(encode_hints(hints)) == hints
    assert decode_rhythm(encode_rhythm(rhythm)) == rhythm
    unpack(data)
    decode(data)
    push = Push.unpacked(data)
    assert Push.unpacked(push.packed).body == push.body


def _store(reply: object) -> SimpleNamespace:
    """As much of a store as one question needs: what it answers is the case."""

    async def answer(*_: object) -> object:
        return reply

    keys = SimpleNamespace(hub=str, article=str, url=str, overrides="o")
    return SimpleNamespace(redis=SimpleNamespace(hgetall=answer, get=answer, hmget=answer, mget=answer), keys=keys)


def stored_subscription(data: bytes) -> None:
    """A hub's promise."""
    found = asyncio.run(read_subscription(_store({name.encode(): value for name, value in _hash(data).items()}), "f"))
    if found is not None:
        whole(found)
        assert found.misses >= 0


def stored_overrides(data: bytes) -> None:
    """What the operator says of sources."""
    known = asyncio.run(read_overrides(_store(data)))
    assert find_override(URL, known).domain


def stored_article(data: bytes) -> None:
    """What is kept of a published article, and who owns an address."""
    facts = _hash(data)
    digest, document = asyncio.run(text_of(_store([facts.get("digest"), facts.get("document")]), "a"))
    whole(digest)
    assert document is None or document >= 0
    whole(asyncio.run(owners_of(_store([data]), ["k"])))


def stored_event(data: bytes) -> None:
    """A row of the output stream."""
    try:
        found = read_event({name.encode(): value for name, value in _hash(data).items()})
    except EventError:
        return
    assert isinstance(found.article, dict)


# ------------------------------------------------------------------------------------------------ addresses and fields


def url(data: bytes) -> None:
    """An address, as everything that reads one does."""
    text = data.decode("utf-8", "surrogateescape")
    with suppress(UrlError):
        asked = fetch_url(text)
        assert fetch_url(asked) == asked
        assert len(asked) <= MAX_URL_LENGTH
        assert asked.isascii()
        assert not _is_short(asked) or resolve(None, asked) == asked
        parse_target(asked)
    for base in (None, URL):
        found = resolve(base, text)
        addresses(found)
        if found is not None and _is_short(found):
            assert resolve(base, found) == found
    assert isinstance(url_key(text), str)
    assert "hunter2" not in redact(f"https://u:hunter2@harbour.example/?{'token'}=hunter2&{text[:500]}")
    for read in (redact, registrable_domain, is_home):
        read(text)
    find_override(text, {"x": SourceOverride(domain="x")})
    article_keys(text, final_url=text, canonical_url=text)
    permanent_target(URL, (Redirect(status=301, url=text),))
    with suppress(UrlError):
        parse_target(text)
    with suppress(UrlError):
        redirect_target(parse_target(URL), text)


def _is_short(address: str) -> bool:
    """Whether it is within the limits of a reference, which encoding may pass."""
    return len(address) <= MAX_URL_LENGTH and address.count("/") < 100


def headers(data: bytes) -> None:
    """The fields of an answer."""
    found = {name.lower(): value.decode("latin-1") for name, value in _hash(data).items()}
    pause = retry_after(found, T0)
    assert pause is None or timedelta(0) <= pause <= MAX_RETRY_AFTER
    hints = read_hints(None, found, Hints(), T0)
    assert timedelta(0) <= hints.pause <= MAX_PAUSE
    assert decode_hints(encode_hints(hints)) == hints
    offer = find_hub(found, None, URL)
    if offer is not None:
        addresses(*offer.hubs, offer.topic)
    wishes(found, b"")
    is_signed("s", found.get("x-hub-signature", ""), b"body")
    for status in (200, 304, 429):
        climb(Feed(id="f", url=URL), Response(url=URL, final_url=URL, status=status, headers=found, body=b"<rss/>"))
    decode_page(b"<p>\xe4</p>", found.get("content-type", ""))
    with suppress(FeedError):
        parse_feed(seeds.RDF, URL, found)
    with suppress(UrlError):
        redirect_target(parse_target(URL), found.get("location", ""))


TARGETS: Mapping[str, Target] = {
    "feed": Target(read=feed, seeds=seeds.FEEDS, words=seeds.FEED_WORDS),
    "page": Target(read=page, seeds=seeds.PAGES, words=seeds.PAGE_WORDS + seeds.JSON_LD_WORDS),
    "fragment": Target(read=fragment, seeds=seeds.PAGES[1:], words=seeds.PAGE_WORDS),
    "jsonld": Target(read=jsonld, seeds=(seeds.JSON_LD,), words=seeds.JSON_LD_WORDS),
    "robots": Target(read=robots, seeds=(seeds.ROBOTS,), words=seeds.ROBOTS_WORDS),
    "feeds_toml": Target(read=feeds_toml, seeds=(seeds.FEEDS_TOML,), words=seeds.TOML_WORDS),
    "opml": Target(read=opml, seeds=(seeds.OPML,), words=seeds.OPML_WORDS),
    "stored_feed": Target(read=stored_feed, seeds=(seeds.FEED_HASH,), words=seeds.HASH_WORDS),
    "stored_ref": Target(read=stored_ref, seeds=(seeds.REF,), words=seeds.REF_WORDS),
    "stored_draft": Target(read=stored_draft, seeds=(seeds.REF, seeds.EVENT.data), words=seeds.EVENT_WORDS),
    "stored_line": Target(
        read=stored_line,
        seeds=(seeds.RHYTHM.encode(), b"1|3600|max-age|1800|ttl|0,3|06", b"text/xml\n<rss/>"),
        words=seeds.HASH_WORDS,
    ),
    "stored_subscription": Target(read=stored_subscription, seeds=(seeds.SUBSCRIPTION,), words=seeds.HASH_WORDS),
    "stored_overrides": Target(read=stored_overrides, seeds=(seeds.OVERRIDES,), words=seeds.REF_WORDS),
    "stored_article": Target(read=stored_article, seeds=(seeds.ARTICLE_HASH,), words=seeds.HASH_WORDS),
    "stored_event": Target(read=stored_event, seeds=(seeds.EVENT_HASH,), words=seeds.EVENT_WORDS),
    "url": Target(read=url, seeds=seeds.URLS, words=seeds.URL_WORDS),
    "headers": Target(read=headers, seeds=(seeds.HEADERS,), words=seeds.HEADER_WORDS),
}
