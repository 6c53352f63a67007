"""
RSS, Atom, RDF and CDF of every quality, through feedparser; the only importer of it.

It is called with bytes and one header, never with an address, so it neither fetches nor rewrites ids, and with
sanitising and link rewriting off, which is 2.8 times cheaper and avoids its worst traps (research: feeds.md 3, 4).
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, Final

import feedparser

from ingest.errors import FeedError
from ingest.feeds.dates import parse_date
from ingest.feeds.entries import (
    Surroundings,
    authors_from,
    authors_in,
    build_entry,
    categories_of,
    get,
    string,
    text_of,
)
from ingest.feeds.plain import plain, plain_from_html
from ingest.feeds.reading import Item, Reading, read
from ingest.feeds.repair import MAX_ENTRIES
from ingest.models import Author, ParsedFeed
from ingest.urls import resolve

_CONTENT_TYPE: Final = "application/xml; charset=utf-8"
_FORMATS: Final = {
    "rss": "rss20",
    "rss091u": "rss091",
    "rss091n": "rss091",
    "rss093": "rss092",
    "rss094": "rss092",
    "atom": "atom10",
    "atom01": "atom03",
    "atom02": "atom03",
    "": "rss20",
}
_MAX_NUMBER: Final = 10**6
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOURS: Final = range(25)  # RSS 0.91 counted from 1 to 24


def parse_xml(text: str, url: str) -> ParsedFeed:
    """
    The feed in an XML document that ``repair`` has been over; ``url`` is where it came from.

    Raises:
        FeedError: feedparser found no feed in it or gave up.
    """
    data = text.encode()
    try:
        parsed = feedparser.parse(
            io.BytesIO(data),
            response_headers={"content-type": _CONTENT_TYPE},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
        feed = _feed(parsed, read(data), url)
    except Exception as error:  # it promises never to raise and does, from six places; its values can be of any type
        raise FeedError("broken", f"feedparser raised {type(error).__name__}") from error
    if not parsed["version"] and not parsed["entries"] and not parsed["feed"]:
        raise FeedError("xml", "no feed inside")
    return feed


def _feed(parsed: Mapping[str, Any], reading: Reading | None, url: str) -> ParsedFeed:
    fields, entries = parsed["feed"], parsed["entries"]
    version = parsed["version"] or ""
    channel = reading.channel if reading else None
    items: tuple[Item | None, ...] = reading.items if reading else ()
    if len(items) != len(entries):
        items = (None,) * len(entries)
    is_atom = version.startswith("atom")
    authors = _authors(fields, channel, url)
    around = Surroundings(url=url, is_atom=is_atom, authors=authors)
    pairs = list(zip(entries, items, strict=True))[:MAX_ENTRIES]
    links = get(fields, "links") or []
    hours, days = _skips(channel)
    return ParsedFeed(
        format=_FORMATS.get(version, version),
        title=text_of(fields, "title"),
        subtitle=text_of(fields, "subtitle") or plain_from_html(channel.text("itunes:summary") if channel else ""),
        id=plain(channel.text("id") if channel and is_atom else string(fields, "id")),
        link=resolve(url, _link(fields, channel if not is_atom else None)),
        self_url=_first(_related(links, "self", url)),
        hubs=_related(links, "hub", url),
        next_url=_first(_related(links, "next", url)),
        language=plain(string(fields, "language")),
        updated_at=parse_date(string(fields, "updated")),
        published_at=parse_date(string(fields, "published")),
        ttl_minutes=_number(get(fields, "ttl")),
        skip_hours=hours,
        skip_days=days,
        sy_period=plain(string(fields, "sy_updateperiod")),
        sy_frequency=_number(get(fields, "sy_updatefrequency")),
        sy_base=parse_date(string(fields, "sy_updatebase")),
        authors=authors,
        image=_image(fields, channel, url),
        icon=resolve(url, string(fields, "icon")),
        generator=text_of(fields, "generator"),
        categories=categories_of(fields),
        rights=text_of(fields, "rights"),
        entries=tuple(build_entry(entry, item, around) for entry, item in pairs),
    )


def _authors(fields: Mapping[str, Any], channel: Item | None, url: str) -> tuple[Author, ...]:
    if channel is None:
        return authors_from(fields, url)
    found = authors_in(channel.all("author", "managingeditor", "dc:creator", "dc:author", "atom:author"), url)
    return found or authors_in(channel.all("itunes:author"), url)


def _link(fields: Mapping[str, Any], channel: Item | None) -> str:
    """The site's address; lxml's where RSS writes it as text, for feedparser loses an "&" of a broken document."""
    return (channel.text("link") if channel else "") or string(fields, "link")


def _related(links: list[Mapping[str, Any]], relation: str, url: str) -> tuple[str, ...]:
    """Addresses of the links with this relation."""
    found = (resolve(url, string(link, "href")) for link in links if get(link, "rel") == relation)
    return tuple(dict.fromkeys(address for address in found if address))


def _first(values: tuple[str, ...]) -> str | None:
    return values[0] if values else None


def _number(text: object) -> int | None:
    """A whole number of minutes or times; None for anything else."""
    digits = plain(str(text or "")).partition(".")[0]
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(_MAX_NUMBER)):
        return None
    return int(digits)


def _skips(channel: Item | None) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """All hours and days in which the feed asks not to be polled (feedparser keeps the last of each)."""
    hours: dict[int, None] = {}
    days: dict[str, None] = {}
    for block in channel.all("skiphours", "skipdays") if channel else ():
        for child in block.blocks():
            number, day = _number(child.text), child.text.capitalize()
            if child.name.local == "hour" and number is not None and number in _HOURS:
                hours[number % 24] = None
            elif child.name.local == "day" and day in _DAYS:
                days[day] = None
    return tuple(hours), tuple(days)


def _image(fields: Mapping[str, Any], channel: Item | None, url: str) -> str | None:
    candidates: list[object] = []
    for block in channel.all("image") if channel else ():
        candidates.extend(child.text for child in block.blocks() if child.name.local == "url")
    given = get(fields, "image")
    candidates.append(get(given, "href") if isinstance(given, dict) else given)
    candidates.append(get(fields, "logo"))
    candidates.extend(block.get("href") for block in (channel.all("itunes:image") if channel else ()))
    return next((address for candidate in candidates if (address := resolve(url, str(candidate or "")))), None)
