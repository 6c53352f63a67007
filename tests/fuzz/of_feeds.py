"""Readers of feeds, of lists of feeds, and of what the operator says of them."""

import re
import zlib
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from ingest.errors import FeedError, SettingsError
from ingest.feeds.feeds_toml import read_feeds_toml
from ingest.feeds.identity import entry_ids
from ingest.feeds.opml import read_opml, write_opml
from ingest.feeds.parse import parse_feed, parse_small
from ingest.feeds.window import pack, recognise, traces, unpack
from ingest.models import (
    Entry,
    Hints,
    ParsedFeed,
    Rhythm,
)
from ingest.pages.extract import extract_fragment
from ingest.polling.hints import decode_hints, encode_hints, read_hints
from ingest.polling.rhythm import decode_rhythm, encode_rhythm, learn
from ingest.polling.websub import find_hub
from ingest.store.entries import encode_ref, read_ref
from tests.fuzz import seeds
from tests.fuzz.of_pages import publish
from tests.fuzz.promises import URL, addresses, aware, fit, whole
from tests.unit.messages.articles import T0

_ID = re.compile(r"[0-9a-f]{32}")
_CONTENT_TYPES = (
    "",
    "text/xml",
    "application/rss+xml; charset=utf-8",
    "text/html;charset=iso-8859-1",
    "text/plain;charset",
)


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
        publish(extract_fragment(html, entry.url or URL), entry, parsed.title)


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
