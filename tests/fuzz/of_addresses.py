"""Readers of addresses and of the fields of an answer."""

from contextlib import suppress
from datetime import timedelta

from ingest.dedup.identity import article_keys, is_home
from ingest.errors import FeedError, UrlError
from ingest.feeds.parse import parse_feed
from ingest.models import (
    Feed,
    Hints,
    Redirect,
    Response,
    SourceOverride,
)
from ingest.net.target import parse_target, redirect_target
from ingest.pages.charset import decode_page
from ingest.pages.robots import wishes
from ingest.polling.backoff import MAX_RETRY_AFTER, retry_after
from ingest.polling.hints import MAX_PAUSE, decode_hints, encode_hints, read_hints
from ingest.polling.ladder import climb
from ingest.polling.redirects import permanent_target
from ingest.polling.websub import find_hub, is_signed
from ingest.store.overrides import find_override
from ingest.urls import MAX_URL_LENGTH, fetch_url, redact, registrable_domain, resolve, url_key
from tests.fuzz import seeds
from tests.fuzz.promises import URL, addresses, hash_of
from tests.unit.messages.articles import T0


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
    found = {name.lower(): value.decode("latin-1") for name, value in hash_of(data).items()}
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
