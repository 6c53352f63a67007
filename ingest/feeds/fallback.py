"""
RSS, Atom, RDF and CDF that are broken or strange, through feedparser; the only importer of it.

It is called with bytes and one header, never with an address, so it neither fetches nor rewrites ids, and with
sanitising and link rewriting off, which is 2.8 times cheaper and avoids its worst traps (research: feeds.md 3, 4).
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import feedparser

from ingest.errors import FeedError
from ingest.feeds.dates import parse_date
from ingest.feeds.limits import MAX_ENTRIES
from ingest.feeds.people import MAX_AUTHORS
from ingest.feeds.pictures import enclosure, is_picture, unique
from ingest.feeds.plain import address, clean_markup, escape_text, looks_like_http, plain, plain_from_html, split_author
from ingest.feeds.traps import refuse_traps
from ingest.models import Author, Enclosure, Entry, EntrySource, ParsedFeed

_CONTENT_TYPE: Final = "application/xml; charset=utf-8"
_DECLARATION: Final = "<?xml version='1.0' encoding='utf-8'?>\n"
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
_MAX_NUMBER_LENGTH: Final = 7
_HTML_TYPES: Final = frozenset(["text/html", "application/xhtml+xml", "html", "xhtml"])
#: What a document with films or sounds has, whose descriptions are texts.
_MOVING: Final = re.compile(r"""\s(?:type|medium)\s*=\s*["'](?:video|audio|application/x-shockwave)""", re.IGNORECASE)
_CAPTION: Final = re.compile(r"<media:description(?:\s[^<>]*)?(?<!/)>")
_CAPTION_END: Final = "</media:description>"
_MEDIA_SCHEME: Final = "http://search.yahoo.com/mrss/category_schema"


def parse_xml(text: str, url: str) -> ParsedFeed:
    """
    The feed in an XML document that ``repair`` has been over; ``url`` is where it came from.

    Raises:
        FeedError: feedparser found no feed in it or gave up, or the document is built to keep it busy.
    """
    refuse_traps(text)
    text = _without_captions(text)
    try:
        parsed = feedparser.parse(
            io.BytesIO((_DECLARATION + text).encode()),
            response_headers={"content-type": _CONTENT_TYPE},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
        feed = _feed(parsed, url)
    except Exception as error:  # it promises never to raise and does, from six places; its values can be of any type
        raise FeedError("broken", f"feedparser raised {type(error).__name__}") from error
    if not parsed["version"] and not parsed["entries"] and not parsed["feed"]:
        raise FeedError("xml", "no feed inside")
    return feed


def _without_captions(text: str) -> str:
    """The document without descriptions of photos, which feedparser takes for the entry's text (feeds.md 3.1)."""
    if _CAPTION_END not in text or _MOVING.search(text):
        return text
    kept, position = [], 0
    while found := _CAPTION.search(text, position):
        end = text.find(_CAPTION_END, found.end())
        if end < 0 or _CAPTION.search(text, found.end(), end):
            break
        kept.append(text[position : found.start()])
        position = end + len(_CAPTION_END)
    return "".join((*kept, text[position:]))


def _feed(parsed: Mapping[str, Any], url: str) -> ParsedFeed:
    fields, version = parsed["feed"], parsed["version"] or ""
    authors = _authors(fields, url)
    inherited = authors if version.startswith("atom") else ()
    links = _get(fields, "links") or []
    image = _get(fields, "image")
    return ParsedFeed(
        format=_FORMATS.get(version, version),
        title=_line(fields, "title"),
        subtitle=_line(fields, "subtitle"),
        id=plain(_string(fields, "id")),
        link=address(url, _string(fields, "link")),
        self_url=next(iter(_related(links, "self", url)), None),
        hubs=_related(links, "hub", url),
        next_url=next(iter(_related(links, "next", url)), None),
        language=plain(_string(fields, "language")),
        updated_at=_date(fields, "updated"),
        published_at=_date(fields, "published"),
        ttl_minutes=_number(_get(fields, "ttl")),
        sy_period=plain(_string(fields, "sy_updateperiod")),
        sy_frequency=_number(_get(fields, "sy_updatefrequency")),
        sy_base=_date(fields, "sy_updatebase"),
        authors=authors,
        image=address(url, str(_get(image, "href") or "") if isinstance(image, dict) else _string(fields, "logo")),
        icon=address(url, _string(fields, "icon")),
        generator=_line(fields, "generator"),
        categories=_categories(fields),
        rights=_line(fields, "rights"),
        entries=tuple(_entry(entry, url, inherited) for entry in parsed["entries"][:MAX_ENTRIES]),
    )


def _entry(fields: Mapping[str, Any], url: str, inherited: tuple[Author, ...]) -> Entry:
    guid = _string(fields, "id")
    summary, content, language = _texts(fields)
    enclosures, media = _files(fields, url)
    return Entry(
        guid=guid or None,
        url=_url(fields, guid, url),
        title=_line(fields, "title"),
        authors=_authors(fields, url) or inherited,
        published_at=_date(fields, "published") or _date(fields, "created"),
        updated_at=_date(fields, "updated"),
        summary_html=summary,
        content_html=content,
        categories=_categories(fields),
        enclosures=enclosures,
        media=media,
        image=_image(fields, url, (*media, *enclosures)),
        language=language,
        source=_source(fields, url),
        orig_url=address(url, _string(fields, "feedburner_origlink")),
        comments=address(url, _string(fields, "comments")),
        in_reply_to=_replies(fields),
        rights=_line(fields, "rights"),
    )


def _get(fields: Mapping[str, Any], key: str) -> Any:
    """A value exactly as feedparser stored it."""
    return dict.get(fields, key)  # type: ignore[call-overload]  # FeedParserDict is a dict, whose own get() warns


def _string(fields: Mapping[str, Any], key: str) -> str:
    """A text value, stripped; "" where feedparser kept the attributes of an element it does not know instead."""
    value = _get(fields, key)
    return value.strip() if isinstance(value, str) else ""


def _line(fields: Mapping[str, Any], key: str) -> str:
    """A text field as plain text, by the type feedparser found it to have."""
    detail = _get(fields, f"{key}_detail") or {}
    value = _string(fields, key)
    return plain_from_html(value) if _get(detail, "type") in _HTML_TYPES else plain(value)


def _date(fields: Mapping[str, Any], key: str) -> datetime | None:
    """Our reading of its text; feedparser's loose ISO pattern makes 1 November of what it does not know."""
    return parse_date(_string(fields, key))


def _number(text: object) -> int | None:
    """A whole number of minutes or times; None for anything else."""
    digits = plain(str(text or "")).partition(".")[0]
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= _MAX_NUMBER_LENGTH
    return int(digits) if is_number else None


def _authors(fields: Mapping[str, Any], base: str) -> tuple[Author, ...]:
    """Its authors, each once; a line of name and address is split by us, for feedparser cuts some in their middle."""
    given = _get(fields, "authors") or []
    line = _string(fields, "author")
    if len(given) == 1 and "@" in line:
        name, email = split_author(line)
        return (Author(name=name, email=email, url=address(base, _string(given[0], "href")) or ""),)
    found = []
    for one in given:
        name, email = plain_from_html(_string(one, "name")), plain(_string(one, "email"))
        found.append(Author(name=name, email=email, url=address(base, _string(one, "href")) or ""))
    return tuple(dict.fromkeys(author for author in found if author != Author()))[:MAX_AUTHORS]


def _categories(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Categories once each; those of its media only where it has no other."""
    tags = _get(fields, "tags") or []
    own = [tag for tag in tags if _get(tag, "scheme") != _MEDIA_SCHEME]
    terms = [plain(_get(tag, "term") or _get(tag, "label") or "") for tag in own or tags]
    return tuple(dict.fromkeys(term for term in terms if term))


def _related(links: list[Mapping[str, Any]], relation: str, url: str) -> tuple[str, ...]:
    """Addresses of the links with this relation."""
    found = (address(url, _string(link, "href")) for link in links if _get(link, "rel") == relation)
    return tuple(dict.fromkeys(one for one in found if one))


def _url(fields: Mapping[str, Any], guid: str, base: str) -> str | None:
    """The link; feedparser puts an id there that is no address."""
    link = _string(fields, "link")
    return None if link == guid and not looks_like_http(link) else address(base, link)


def _texts(fields: Mapping[str, Any]) -> tuple[str, str, str]:
    """Summary, content and language; what could be the caption of a medium is neither."""
    contents = _get(fields, "content") or []
    chosen = next((c for c in contents if _get(c, "type") in _HTML_TYPES), contents[0] if contents else {})
    detail = _get(fields, "summary_detail") or {}
    language = str(_get(chosen, "language") or _get(detail, "language") or "")
    summary = _fragment(_string(fields, "summary"), _get(detail, "type"))
    content = _fragment(_get(chosen, "value") or "", _get(chosen, "type"))
    if summary == content:
        summary = ""  # feedparser copies the content where there is no summary
    if _get(fields, "media_content") and content and _get(chosen, "type") not in _HTML_TYPES:
        content = ""  # it takes media:description for content, as plain text (feeds.md 3.1)
    return summary, content, language


def _fragment(value: str, kind: str | None) -> str:
    return clean_markup(escape_text(value) if kind in {"text/plain", "text"} else value)


def _files(fields: Mapping[str, Any], base: str) -> tuple[tuple[Enclosure, ...], tuple[Enclosure, ...]]:
    links = (link for link in _get(fields, "links") or [] if _get(link, "rel") == "enclosure")
    media = _get(fields, "media_content") or []
    return (
        unique(
            enclosure(base=base, url=_get(link, "href"), type=_get(link, "type"), length=_get(link, "length"))
            for link in links
        ),
        unique(
            enclosure(base=base, url=_get(one, "url"), type=_kind(one), length=_get(one, "filesize")) for one in media
        ),
    )


def _kind(medium: Mapping[str, Any]) -> str:
    kind = _string(medium, "type")
    return kind or ("image" if _string(medium, "medium").lower() == "image" else "")


def _image(fields: Mapping[str, Any], base: str, files: tuple[Enclosure, ...]) -> str | None:
    candidates = [_get(thumbnail, "url") for thumbnail in _get(fields, "media_thumbnail") or []]
    given = _get(fields, "image")
    candidates.append(_get(given, "href") if isinstance(given, dict) else None)
    candidates.extend(file.url for file in files if is_picture(file))
    return next((url for candidate in candidates if (url := address(base, str(candidate or "")))), None)


def _source(fields: Mapping[str, Any], base: str) -> EntrySource | None:
    given = _get(fields, "source") or {}
    if not isinstance(given, dict):
        return None
    url = address(base, _string(given, "href") or _string(given, "link")) or ""
    source = EntrySource(title=_line(given, "title"), url=url, id=plain(_string(given, "id")))
    return None if source == EntrySource() else source


def _replies(fields: Mapping[str, Any]) -> tuple[str, ...]:
    given = _get(fields, "thr_in-reply-to")
    reply = plain(str(_get(given, "ref") or "")) if isinstance(given, dict) else ""
    return (reply,) if reply else ()
