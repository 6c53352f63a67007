"""
An article as the event that goes on the queue, and back.

The layout of ``data`` is documented once, in article.v1.json beside this file; the queue's in asyncapi.v1.json.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from itertools import filterfalse
from typing import Any

import orjson

from ingest.errors import EventError
from ingest.messages.hygiene import address, line, lines, plain
from ingest.models import Article, Change, Cleaning, Enclosure, Event, Image, Removal, Wire
from ingest.text import beyond_ascii

PUBLISHED = "article.published.v1"
UPDATED = "article.updated.v1"
WITHDRAWN = "article.withdrawn.v1"
TYPES = frozenset({PUBLISHED, UPDATED, WITHDRAWN})

#: Of the rules and code that cleaned the text; a consumer can tell which texts an older copydesk cleaned.
CLEANING_VERSION = "1"

# Caps; each is far over what real articles have. The text itself is bounded by the page it came from.
MAX_TITLE = 1000
MAX_SUMMARY = 5000
MAX_NAME = 200
MAX_RIGHTS = 2000
MAX_GUID = 4000
MAX_LIST = 100
MAX_CAPTION = 2000
MAX_NOTICE = 1200
MAX_CHANGES = 20
MAX_SPAN = 500

#: Under this many words a text is rather a teaser than an article, and its quality falls in proportion.
FULL_WORDS = 150
#: What a text from the feed instead of the page is worth, and a text with one more warning.
FEED_WORTH = 0.7
WARNED_WORTH = 0.8

_SPECVERSION = "1.0"
_CONTENT_TYPE = "application/json"
_ATTRIBUTES = ("specversion", "id", "source", "type", "time", "subject", "datacontenttype")
_SCHEMA = files("ingest.messages").joinpath("article.v1.json").read_bytes()

# Scripts written without spaces: Thai and Lao, Burmese, Khmer, kana, Han. (Hangul is written with them.)
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedEvent:
    """An event as a consumer has it."""

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    #: The ``data`` object as in article.v1.json.
    article: dict[str, Any]


def schema() -> dict[str, Any]:
    """The JSON Schema of ``data``."""
    loaded: dict[str, Any] = orjson.loads(_SCHEMA)
    return loaded


def make_event(article: Article, *, source: str, now: datetime, changes: Sequence[Change] = ()) -> Event:
    """The event that says this article's revision is out, and what is different in it."""
    return Event(
        id=_event_id(article.id, article.revision),
        type=PUBLISHED if article.revision == 1 else UPDATED,
        source=source,
        subject=article.id,
        time=now,
        data=orjson.dumps(article_document(article, changes)),
    )


def make_withdrawal(last: Mapping[str, Any], *, source: str, now: datetime) -> Event:
    """The event that says an article is gone: its ``data`` as last sent, under the next revision's number."""
    id_, revision = str(last["id"]), int(last["revision"])
    document = {**last, "revision": revision + 1, "revision_of": {"id": _event_id(id_, revision), "changes": []}}
    return Event(
        id=_event_id(id_, revision + 1),
        type=WITHDRAWN,
        source=source,
        subject=id_,
        time=now,
        data=orjson.dumps(document),
    )


def stream_fields(event: Event) -> dict[str, bytes]:
    """The fields of the stream entry: CloudEvents 1.0 attributes, and ``data``."""
    return {
        "specversion": _SPECVERSION.encode(),
        "id": event.id.encode(),
        "source": event.source.encode(),
        "type": event.type.encode(),
        "time": _time(event.time).encode(),
        "subject": event.subject.encode(),
        "datacontenttype": _CONTENT_TYPE.encode(),
        "data": event.data,
    }


def read_event(fields: Mapping[bytes, bytes]) -> ReceivedEvent:
    """
    The event in a stream entry's fields.

    Raises:
        EventError: they hold none that we know; the sentence names the field.
    """
    found = {name: _attribute(fields, name) for name in _ATTRIBUTES}
    for name, known in (("specversion", {_SPECVERSION}), ("type", TYPES), ("datacontenttype", {_CONTENT_TYPE})):
        if found[name] not in known:
            raise EventError(f"{name} is {found[name][:MAX_NAME]!r}")
    try:
        time = datetime.fromisoformat(found["time"])
        article = orjson.loads(fields[b"data"])
    except KeyError as error:
        raise EventError("data is missing") from error
    except ValueError as error:
        raise EventError(f"time or data cannot be read: {error}") from error
    if time.tzinfo is None or not isinstance(article, dict):
        raise EventError("time has no zone" if time.tzinfo is None else "data is no object")
    return ReceivedEvent(
        id=found["id"],
        type=found["type"],
        source=found["source"],
        subject=found["subject"],
        time=time,
        article=article,
    )


def article_document(article: Article, changes: Sequence[Change] = ()) -> dict[str, object]:
    """The ``data`` object: every string fit to travel, keys in the order of the schema."""
    paragraphs = [plain(paragraph) for paragraph in article.cleaning.paragraphs]
    document: dict[str, object | None] = {
        "id": article.id,
        "revision": article.revision,
        "url": address(article.url),
        "canonical_url": address(article.canonical_url),
        "guid": None if article.guid is None else plain(article.guid)[:MAX_GUID],
        "feed": {
            "id": article.feed.id,
            "url": address(article.feed.url),
            "title": line(article.feed.title, MAX_TITLE),
        },
        "source": {"name": line(article.source_name, MAX_NAME), "domain": line(article.source_domain, MAX_NAME)},
        "title": line(article.title, MAX_TITLE),
        "authors": lines(article.authors, MAX_LIST, MAX_NAME),
        "byline": line(article.byline, MAX_TITLE),
        "dateline": line(article.dateline, MAX_NAME),
        "language": line(article.language, MAX_NAME),
        "published_at": _time_or_none(article.published_at),
        "updated_at": _time_or_none(article.updated_at),
        "fetched_at": _time(article.fetched_at),
        "first_seen_at": _time(article.first_seen_at),
        "text": "\n".join(paragraphs),
        "paragraphs": paragraphs,
        "summary": plain(article.summary).strip()[:MAX_SUMMARY],
        "word_count": word_count("\n".join(paragraphs)),
        "media": _media(article.media),
        "tags": lines(article.tags, MAX_LIST, MAX_NAME),
        "rights": line(article.rights, MAX_RIGHTS),
        "wire": _wire(article.wire),
        "cluster": {"id": article.cluster.id, "role": article.cluster.role, "head_id": article.cluster.head_id},
        "content_source": article.content_source,
        "extraction": {"method": line(article.extraction_method, MAX_NAME), "quality": quality(article)},
        "cleaning": _cleaning(article.cleaning, article.flags),
        "content_digest": article.content_digest,
    }
    return document | _optional(article, changes)


@lru_cache(maxsize=1)  # each text is asked about twice, for the event and for its quality
def word_count(text: str) -> int:
    """Words between spaces, and each letter of a script that is written without spaces."""
    single = 0
    if not text.isascii():
        single = sum(1 for letter in _UNSPACED.findall(beyond_ascii(text)) if _WORD.match(letter))
        text = _UNSPACED.sub(" ", text) if single else text
    tokens = text.split()
    # Nearly all are nothing but letters and digits, or those and what stands around them.
    odd = [*filterfalse(str.isalnum, tokens)]
    return single + len(tokens) - len(odd) + sum(1 for token in odd if _WORD.search(token))


def quality(article: Article) -> float:
    """
    How far the text can be trusted to be the whole article and nothing else, 0 to 1, two digits.

        min(1, words / 150) * (1 - removed / 2) * (0.7 if the text is the feed's else 1) * 0.8 ** warnings

    ``removed`` is the share of the extraction's characters that cleaning took out; ``warnings`` are the flags of the
    cleaning and the article. It orders articles; it is no probability.
    """
    kept = len(article.cleaning.text)
    taken = sum(len(removal.text) for removal in article.cleaning.removals)
    amount = min(1.0, word_count(article.cleaning.text) / FULL_WORDS)
    wholeness = 1 - taken / max(1, kept + taken) / 2
    origin = FEED_WORTH if article.content_source == "feed" else 1.0
    warnings = len({*article.cleaning.flags, *article.flags})
    return round(amount * wholeness * origin * WARNED_WORTH**warnings, 2)


def _optional(article: Article, changes: Sequence[Change]) -> dict[str, object]:
    """The keys that are left out where there is nothing to say."""
    found: dict[str, object] = {}
    image = _image(article.image)
    if image is not None:
        found["image"] = image
    if article.is_paywalled is not None:
        found["paywalled"] = article.is_paywalled
    corrections = lines(article.corrections, MAX_LIST, MAX_NOTICE)
    if corrections:
        found["corrections"] = corrections
    if article.revision > 1:
        told = [_change(change) for change in changes[:MAX_CHANGES]]
        found["revision_of"] = {"id": _event_id(article.id, article.revision - 1), "changes": told}
    return found


def _change(change: Change) -> dict[str, str]:
    return {"kind": change.kind, "removed": line(change.removed, MAX_SPAN), "added": line(change.added, MAX_SPAN)}


def _event_id(article_id: str, revision: int) -> str:
    return f"{article_id}-{revision}"


def _image(image: Image | None) -> dict[str, object] | None:
    url = address(image.url) if image else None
    if image is None or url is None:
        return None
    return {"url": url, "caption": line(image.caption, MAX_CAPTION), "credit": line(image.credit, MAX_NAME)}


def _media(enclosures: Sequence[Enclosure]) -> list[dict[str, str | int | None]]:
    return [
        {
            "url": url,
            "type": line(enclosure.type, MAX_NAME),
            "length": _length(enclosure.length),
            "caption": line(enclosure.caption, MAX_CAPTION),
            "credit": line(enclosure.credit, MAX_NAME),
        }
        for enclosure in enclosures
        if (url := address(enclosure.url)) is not None
    ][:MAX_LIST]


def _length(said: str) -> int | None:
    """Bytes, where the feed says a number that can be one; 0 is what feeds write for "unknown"."""
    return int(said) or None if re.fullmatch(r"[0-9]{1,15}", said) else None


def _wire(wire: Wire) -> dict[str, object]:
    said: dict[str, object] = {
        "agency": line(wire.agency, MAX_NAME),
        "evidence": lines(wire.evidence, MAX_LIST, MAX_CAPTION),
        "syndicated": wire.is_syndicated,
    }
    syndicated_from, distributor = address(wire.syndicated_from), line(wire.distributor, MAX_NAME)
    if syndicated_from:
        said["syndicated_from"] = syndicated_from
    if distributor:
        said["distributor"] = distributor
    return said


def _cleaning(cleaning: Cleaning, flags: Sequence[str]) -> dict[str, object]:
    return {
        "version": CLEANING_VERSION,
        "removed": [_removal(removal) for removal in cleaning.removals],
        "flags": lines((*cleaning.flags, *flags), MAX_LIST, MAX_NAME),
    }


def _removal(removal: Removal) -> dict[str, object]:
    return {
        "kind": removal.kind,
        "rule": removal.rule,
        "text": plain(removal.text),
        "after_paragraph": removal.after_paragraph,
        "confidence": removal.confidence,
    }


def _time(value: datetime) -> str:
    """RFC 3339, in UTC."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _time_or_none(value: datetime | None) -> str | None:
    return None if value is None else _time(value)


def _attribute(fields: Mapping[bytes, bytes], name: str) -> str:
    try:
        value = fields[name.encode()].decode()
    except KeyError as error:
        raise EventError(f"{name} is missing") from error
    except UnicodeDecodeError as error:
        raise EventError(f"{name} is not UTF-8") from error
    if not value:
        raise EventError(f"{name} is empty")
    return value
