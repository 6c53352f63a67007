"""What is kept of a published article, in one string: a hash with an expiry cost twice as much to write."""

from __future__ import annotations

import re
from dataclasses import dataclass

import orjson
from pydantic import TypeAdapter, ValidationError

from ingest.models import Article
from ingest.store.connect import Store

_REVISION = re.compile(rb"[0-9]{1,9}")
#: What is kept of a source's name.
MAX_SOURCE_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What tells a published article from another one, and how it came."""

    #: The entry that it was published for.
    entry: str
    url: str
    title: str
    feed: str
    source: str
    digest: str
    #: The number of its sketch.
    document: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A published article, as it is remembered."""

    #: The row of its first event.
    event: str
    #: The article whose copy it is; "" of one that is none.
    head: str
    #: The number of its last event.
    revision: int
    #: What the last look sent, if anything; and what the last replay did.
    revisit_event: str
    latest: str
    #: None where it is not of our making.
    known: Known | None


#: A record's parts, with spaces between. commit_article.lua, commit_revision.lua, commit_replay.lua and learn.lua write
#: them: the first is "0" or "1", so that it can be changed in its place; revisited and replayed are the token of the
#: last look and the mark of the last replay. What is known comes last, for it has spaces of its own.
RECORD = ("learned", "event", "head", "revision", "revisited", "revisit_event", "replayed", "latest", "known")

_KNOWN = TypeAdapter(Known)


def encode_known(article: Article, entry_id: str, document: int | None) -> bytes:
    """What is kept of an article, as JSON; halves of characters replaced."""
    known = {
        "entry": entry_id,
        "url": article.url,
        "title": article.title,
        "feed": article.feed.id,
        "source": source_known(article.source_name),
        "digest": article.content_digest,
        "document": document,
    }
    try:
        return orjson.dumps(known)
    except TypeError:  # a lone surrogate somewhere: no UTF-8 for it
        return orjson.dumps({name: _whole(value) if isinstance(value, str) else value for name, value in known.items()})


def read_known(stored: bytes | None) -> Known | None:
    """What ``encode_known`` wrote; None where there is nothing, or it is not of our making."""
    try:
        return _KNOWN.validate_json(stored or b"")
    except ValidationError:
        return None


def read_record(stored: bytes | None) -> Record | None:
    """What is kept under an article's key; None where there is nothing, or it is not of our making."""
    values = (stored or b"").split(b" ", len(RECORD) - 1)
    if len(values) != len(RECORD):
        return None
    part = dict(zip(RECORD, values, strict=True))
    return Record(
        event=_text(part["event"]),
        head=_text(part["head"]),
        revision=int(part["revision"]) if _REVISION.fullmatch(part["revision"]) else 1,
        revisit_event=_text(part["revisit_event"]),
        latest=_text(part["latest"]),
        known=read_known(part["known"]),
    )


async def record_of(store: Store, article_id: str) -> Record | None:
    """A published article; None when it is forgotten."""
    return read_record(await store.redis.get(store.keys.article(article_id)))  # type: ignore[arg-type]  # bytes: no decode_responses


async def known_of(store: Store, article_id: str) -> Known | None:
    """What is known of a published article; None when it is forgotten."""
    record = await record_of(store, article_id)
    return record.known if record else None


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def source_known(name: str) -> str:
    """A source's name as it is kept: its beginning, in whole characters."""
    return _whole(name[:MAX_SOURCE_NAME]) if name else ""


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
