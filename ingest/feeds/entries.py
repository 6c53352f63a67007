"""An Entry out of feedparser's dictionary and, where both engines count the same items, lxml's reading of the item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ingest.feeds.dates import parse_date
from ingest.feeds.pictures import enclosure, image_of, media_of, unique
from ingest.feeds.plain import clean_markup, escape_text, looks_like_http, plain, plain_from_html, split_author
from ingest.feeds.reading import Block, Item
from ingest.models import Author, Enclosure, Entry, EntrySource
from ingest.urls import resolve

_HTML_TYPES: Final = frozenset(["text/html", "application/xhtml+xml", "html", "xhtml"])
_MEDIA_SCHEME: Final = "http://search.yahoo.com/mrss/category_schema"
_PUBLISHED: Final = (
    "pubdate",
    "published",
    "issued",
    "atom:published",
    "dcterms:issued",
    "dc:date",
    "dcterms:created",
    "created",
)
#: Authors kept of one entry or feed.
_MAX_AUTHORS: Final = 100
_SUMMARIES: Final = ("description", "summary", "dc:description", "itunes:summary", "atom:summary", "abstract")
_UPDATED: Final = ("updated", "modified", "atom:updated", "dcterms:modified", "dc:date", "lastbuilddate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an entry takes from its feed."""

    url: str
    is_atom: bool
    authors: tuple[Author, ...]


def get(fields: Mapping[str, Any], key: str) -> Any:
    """A value exactly as feedparser stored it."""
    return dict.get(fields, key)  # type: ignore[call-overload]  # FeedParserDict is a dict, whose own get() warns


def string(fields: Mapping[str, Any], key: str) -> str:
    """A text value, stripped; "" where feedparser kept the attributes of an element it does not know instead."""
    value = get(fields, key)
    return value.strip() if isinstance(value, str) else ""


def build_entry(fields: Mapping[str, Any], item: Item | None, around: Surroundings) -> Entry:
    """The entry; ``item`` is None where the two engines disagree on how many there are."""
    summary, content, language = _texts(fields, item, is_atom=around.is_atom)
    guid = _guid(fields, item)
    base = _base(item.base if item else None, around.url)
    links = get(fields, "links") or []
    media = media_of(item, around.url) if item else _media(fields, around.url)
    enclosures = unique(
        enclosure(base=around.url, url=get(link, "href"), type=get(link, "type"), length=get(link, "length"))
        for link in links
        if get(link, "rel") == "enclosure"
    )
    return Entry(
        guid=guid or None,
        url=_url(fields, item, guid, around.url),
        title=text_of(fields, "title"),
        authors=_authors(fields, item, around),
        published_at=_date(fields, item, _PUBLISHED, "published"),
        updated_at=_date(fields, item, _UPDATED, "updated"),
        summary_html=summary,
        content_html=content,
        categories=categories_of(fields),
        enclosures=enclosures,
        media=media,
        image=image_of(fields, item, around.url, (*media, *enclosures)),
        language=language,
        source=_source(fields, item, base),
        orig_url=resolve(around.url, string(fields, "feedburner_origlink")),
        comments=resolve(around.url, string(fields, "comments")),
        in_reply_to=_replies(fields, item),
        rights=text_of(fields, "rights"),
    )


def text_of(fields: Mapping[str, Any], key: str) -> str:
    """A text field as plain text, by the type feedparser found it to have."""
    detail = get(fields, f"{key}_detail") or {}
    value = get(fields, key)
    if not isinstance(value, str):
        return ""
    return plain_from_html(value) if get(detail, "type") in _HTML_TYPES else plain(value)


def categories_of(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Categories once each; those of its media only where it has no other."""
    tags = get(fields, "tags") or []
    own = [tag for tag in tags if get(tag, "scheme") != _MEDIA_SCHEME]
    terms = [plain(get(tag, "term") or get(tag, "label") or "") for tag in own or tags]
    return tuple(dict.fromkeys(term for term in terms if term))


def authors_in(blocks: Sequence[Block], base: str | None) -> tuple[Author, ...]:
    """Authors out of author elements of any format, once each."""
    found = dict.fromkeys(author for block in blocks if (author := _author(block, base)) is not None)
    return tuple(found)[:_MAX_AUTHORS]


def authors_from(fields: Mapping[str, Any], base: str) -> tuple[Author, ...]:
    """Authors as feedparser lists them."""
    found = []
    for given in get(fields, "authors") or []:
        name, email = plain_from_html(string(given, "name")), plain(string(given, "email"))
        url = resolve(base, string(given, "href")) or ""
        found.append(Author(name=name, email=email, url=url))
    return tuple(dict.fromkeys(author for author in found if author != Author()))[:_MAX_AUTHORS]


def _base(own: str | None, url: str | None) -> str | None:
    """The base an element's references have: its xml:base, which may itself be relative, else the feed's address."""
    return (resolve(url, own) if own else None) or url


def _author(block: Block, base: str | None) -> Author | None:
    parts = {child.name.local: child.text for child in block.blocks()}
    if parts.keys() & {"name", "email", "uri", "url", "homepage"}:
        url = (
            resolve(_base(block.base, base), parts.get("uri") or parts.get("url") or parts.get("homepage") or "") or ""
        )
        name, email = split_author(parts.get("name", ""))
        author = Author(name=name, email=plain(parts.get("email")) or email, url=url)
    else:
        name, email = split_author(block.text)
        author = Author(name=name, email=email)
    return None if author == Author() else author


def _authors(fields: Mapping[str, Any], item: Item | None, around: Surroundings) -> tuple[Author, ...]:
    if item is None:
        found = authors_from(fields, around.url)
    else:
        found = authors_in(item.all("author", "dc:creator", "dc:author", "atom:author"), around.url)
        found = found or authors_in(item.all("itunes:author"), around.url)
        origin = item.first("source") if around.is_atom and not found else None
        if origin:  # RFC 4287 4.2.1: an entry taken over has its source's authors
            found = authors_in([block for block in origin.blocks() if block.name.local == "author"], around.url)
    return found or (around.authors if around.is_atom else ())


def _guid(fields: Mapping[str, Any], item: Item | None) -> str:
    if item is None:
        return string(fields, "id")
    return item.text("guid", "id", "atom:id") or item.about


def _url(fields: Mapping[str, Any], item: Item | None, guid: str, base: str) -> str | None:
    """The link; an id only where the format says that it is one and it looks like one."""
    link = string(fields, "link")
    if item is not None and link in {"", guid} and not item.all("link", "atom:link"):
        marked = item.first("guid")
        is_permalink = marked is None or marked.get("isPermaLink").lower() != "false"
        return resolve(None, guid) if is_permalink and looks_like_http(guid) else None
    if link == guid and not looks_like_http(link):
        return None
    return resolve(base, link)


def _date(fields: Mapping[str, Any], item: Item | None, names: Sequence[str], key: str) -> datetime | None:
    texts = [block.text for block in item.all(*names)] if item else []
    texts.append(string(fields, key))
    # Never feedparser's own reading: its loose ISO pattern makes 1 November of what it does not know.
    return next((moment for text in texts if (moment := parse_date(text))), None)


def _texts(fields: Mapping[str, Any], item: Item | None, *, is_atom: bool) -> tuple[str, str, str]:
    """Summary, content and language; read by lxml where a caption could have been taken for either."""
    contents = get(fields, "content") or []
    chosen = next((c for c in contents if get(c, "type") in _HTML_TYPES), contents[0] if contents else {})
    language = str(get(chosen, "language") or get(get(fields, "summary_detail") or {}, "language") or "")
    if item is not None and _has_caption(item.blocks):
        if is_atom:
            summary, content = (_typed(item.first(name)) for name in ("summary", "content"))
        else:
            summary = _inner(item.first("description", "dc:description", "itunes:summary", "atom:summary"))
            content = _inner(item.first("content:encoded", "xhtml:body", "body"))
            content = content or _typed(item.first("atom:content"))
        return summary, content, language
    summary = string(fields, "summary")
    if item is not None and summary == get(chosen, "value") and not item.all(*_SUMMARIES):
        summary = ""  # feedparser copies the content where there is no summary
    kind = get(get(fields, "summary_detail") or {}, "type")
    return _fragment(summary, kind), _fragment(get(chosen, "value") or "", get(chosen, "type")), language


def _fragment(value: str, kind: str | None) -> str:
    return clean_markup(escape_text(value) if kind in {"text/plain", "text"} else value)


def _inner(block: Block | None) -> str:
    return clean_markup(block.markup) if block else ""


def _typed(block: Block | None) -> str:
    """Text of an Atom construct (RFC 4287 3.1): type "text" is no markup."""
    if block is None:
        return ""
    is_text = block.get("type").lower() in {"", "text", "text/plain"}
    return clean_markup(escape_text(block.text) if is_text else block.markup)


def _has_caption(blocks: Sequence[Block]) -> bool:
    return any(
        block.name.space == "media" and (block.name.local == "description" or _has_caption(block.blocks()))
        for block in blocks
    )


def _source(fields: Mapping[str, Any], item: Item | None, base: str | None) -> EntrySource | None:
    if item is None:
        given = get(fields, "source") or {}
        if not isinstance(given, dict):
            return None
        url = resolve(base, string(given, "href") or string(given, "link")) or ""
        source = EntrySource(title=text_of(given, "title"), url=url, id=plain(string(given, "id")))
    else:
        source = _read_source(item, base, text_of(get(fields, "source") or {}, "title"))
    return None if source == EntrySource() else source


def _read_source(item: Item, base: str | None, title: str) -> EntrySource:
    block = item.first("source", "atom:source")
    if block is None:
        named = plain_from_html(item.text("dc:source"))
        return EntrySource(url=named) if looks_like_http(named) else EntrySource(title=named)
    children = block.blocks()
    if not children:
        return EntrySource(title=plain_from_html(block.text), url=resolve(base, block.get("url")) or "")
    parts = {child.name.local: child.text for child in children}
    links = sorted((child for child in children if child.name.local == "link"), key=lambda b: b.get("rel") != "self")
    url = next((url for link in links if (url := resolve(base, link.get("href") or link.text))), "")
    return EntrySource(title=title or plain_from_html(parts.get("title", "")), url=url, id=plain(parts.get("id")))


def _replies(fields: Mapping[str, Any], item: Item | None) -> tuple[str, ...]:
    if item is None:
        given = get(fields, "thr_in-reply-to")
        replies = [str(get(given, "ref") or "")] if isinstance(given, dict) else []
    else:
        replies = [block.get("ref") or block.get("href") for block in item.all("thr:in-reply-to")]
    return tuple(plain(reply) for reply in replies if reply)


def _media(fields: Mapping[str, Any], base: str) -> tuple[Enclosure, ...]:
    return unique(
        enclosure(base=base, url=get(given, "url"), type=get(given, "type"), length=get(given, "filesize"))
        for given in get(fields, "media_content") or []
    )
