"""JSON Feed 1.0 and 1.1 (jsonfeed.org); a member of the wrong type counts as absent, so one bad item spoils nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from ingest.errors import FeedError
from ingest.feeds.dates import parse_date
from ingest.feeds.limits import MAX_ENTRIES
from ingest.feeds.pictures import enclosure, unique
from ingest.feeds.plain import clean_markup, escape_text, looks_like_http, plain
from ingest.models import Author, Entry, ParsedFeed
from ingest.urls import resolve

_VERSION: Final = "jsonfeed.org/version/"
#: A string, passed over as a whole, or a comma with nothing behind.
_COMMA: Final = re.compile(r'("(?:[^"\\]|\\.)*+(?:"|\Z))|,(?=\s*+[\]}])', re.DOTALL)


def parse_json(text: str, url: str) -> ParsedFeed:
    """
    The feed in a JSON document.

    Raises:
        FeedError: it is no JSON ("broken"), or JSON of another kind ("json").
    """
    try:
        document = orjson.loads(text.lstrip("\ufeff \t\r\n"))
    except (orjson.JSONDecodeError, UnicodeError):
        document = _sloppy(text.lstrip("\ufeff \t\r\n"))
    version = _text(document, "version") if isinstance(document, dict) else ""
    if _VERSION not in version:
        raise FeedError("json", "no JSON Feed")
    items = document.get("items")
    authors = _authors(document, url)
    entries = (_entry(item, url, authors) for item in (items if isinstance(items, list) else [])[:MAX_ENTRIES])
    return ParsedFeed(
        format="json11" if version.rstrip("/").endswith("1.1") else "json1",
        title=plain(_text(document, "title")),
        subtitle=plain(_text(document, "description")),
        link=resolve(url, _text(document, "home_page_url")),
        self_url=resolve(url, _text(document, "feed_url")),
        hubs=tuple(hub for given in _dicts(document, "hubs") if (hub := resolve(url, _text(given, "url")))),
        next_url=resolve(url, _text(document, "next_url")),
        language=plain(_text(document, "language")),
        authors=authors,
        image=resolve(url, _text(document, "icon")),
        icon=resolve(url, _text(document, "favicon")),
        entries=tuple(entry for entry in entries if entry is not None),
    )


def _sloppy(text: str) -> object:
    """
    The value in JSON as generators get it wrong: with commas too many, raw line ends, halves of characters, NaN, and
    something behind it.

    Raises:
        FeedError: it is no JSON for all that.
    """
    try:
        return json.JSONDecoder(strict=False).raw_decode(_COMMA.sub(r"\1", text))[0]
    except (ValueError, RecursionError) as error:
        raise FeedError("broken", "no well-formed JSON") from error


def _entry(item: object, url: str, inherited: tuple[Author, ...]) -> Entry | None:
    """The entry, or None for an item without id, which the format requires to be dropped (1.1, "items")."""
    if not isinstance(item, dict):
        return None
    guid = _identifier(item.get("id"))
    if not guid:
        return None
    content = clean_markup(_text(item, "content_html")) or escape_text(clean_markup(_text(item, "content_text")))
    link = resolve(url, _text(item, "url")) or resolve(url, _text(item, "external_url"))
    if link is None and looks_like_http(guid):
        link = resolve(url, guid)
    return Entry(
        guid=guid,
        url=link,
        title=plain(_text(item, "title")),
        authors=_authors(item, url) or inherited,
        published_at=parse_date(_identifier(item.get("date_published"))),
        updated_at=parse_date(_identifier(item.get("date_modified"))),
        summary_html=escape_text(clean_markup(_text(item, "summary"))),
        content_html=content,
        categories=tuple(
            dict.fromkeys(plain(tag) for tag in _list(item, "tags") if isinstance(tag, str) and plain(tag))
        ),
        enclosures=unique(
            enclosure(
                base=url,
                url=_text(given, "url"),
                type=_text(given, "mime_type"),
                length=_identifier(given.get("size_in_bytes")),
            )
            for given in _dicts(item, "attachments")
        ),
        image=resolve(url, _text(item, "image")) or resolve(url, _text(item, "banner_image")),
        language=plain(_text(item, "language")),
    )


def _authors(owner: Mapping[str, Any], url: str) -> tuple[Author, ...]:
    """``authors`` of 1.1, ``author`` of 1.0; an address may be a mailto:, a mere name stands for its object."""
    found = []
    for author in _people(owner, "authors") or _people(owner, "author"):
        address = _text(author, "url").strip()
        email = address[7:] if address.lower().startswith("mailto:") else ""
        found.append(
            Author(
                name=plain(_text(author, "name")), email=plain(email), url=resolve(url, "" if email else address) or ""
            )
        )
    return tuple(dict.fromkeys(author for author in found if author != Author()))


def _people(owner: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    given = _list(owner, name)
    return [{"name": one} if isinstance(one, str) else one for one in given if isinstance(one, (str, dict))]


def _text(owner: Mapping[str, Any], name: str) -> str:
    value = owner.get(name)
    return value if isinstance(value, str) else ""


def _list(owner: Mapping[str, Any], name: str) -> list[Any]:
    value = owner.get(name)
    return value if isinstance(value, list) else [value]


def _dicts(owner: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    return [value for value in _list(owner, name) if isinstance(value, dict)]


def _identifier(value: object) -> str:
    """An id or a size as text; the format says that numbers are to be read as such (1.1, "id")."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return plain(str(value))
