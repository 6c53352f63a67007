"""What is kept of a published article, in one field of its hash: the store pays for each field that it is given."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from pydantic import TypeAdapter, ValidationError

from ingest.models import Article
from ingest.store.connect import Store

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


async def known_of(store: Store, article_id: str) -> Known | None:
    """What is kept of a published article; None when it is forgotten."""
    return read_known(await store.redis.hget(store.keys.article(article_id), "known"))  # type: ignore[arg-type]  # bytes: no decode_responses


def source_known(name: str) -> str:
    """A source's name as it is kept: its beginning, in whole characters."""
    return _whole(name[:MAX_SOURCE_NAME]) if name else ""


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
