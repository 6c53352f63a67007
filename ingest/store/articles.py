"""Publication: the identity of an article claimed together with its event."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ingest.models import Article
from ingest.store.connect import Store
from ingest.store.due import Claim, milliseconds
from ingest.store.scripts import heed_cancellation

#: Milliseconds to wait for news at a time; shorter than a reply may take (connect.REPLY_SECONDS)
BLOCK_MS = 2000
#: The owner of an address that several texts have.
NOBODY = "*"


@dataclass(frozen=True, slots=True)
class Published:
    """The event is on the stream."""

    event: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The article was published before."""

    article: str


@dataclass(frozen=True, slots=True)
class OtherHead:
    """Somebody published this text first: make the event again as a copy of that article."""

    head: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A copy of that head's text, and copies are not published."""

    head: str


@dataclass(frozen=True, slots=True)
class Stale:
    """The claim is no longer ours; nothing was written."""


CommitOutcome = Published | Duplicate | OtherHead | Dropped | Stale


def digest(url_key: str) -> str:
    """A URL key as part of a key's name: 32 hex digits."""
    return hashlib.sha256(url_key.encode("utf-8", "surrogatepass")).hexdigest()[:32]


async def owner_of(store: Store, url_key: str) -> str | None:
    """The article that owns a URL key."""
    owner = _text(await store.redis.get(store.keys.url(digest(url_key))))
    return owner if owner != NOBODY else None


async def owners_of(store: Store, url_keys: Sequence[str]) -> list[str | None]:
    """Who owns each of these URL keys: an article, ``NOBODY`` where several texts have it, None where it is free."""
    names = [store.keys.url(digest(key)) for key in url_keys]
    return [_text(owner) for owner in await store.redis.mget(names)] if names else []


async def disown(store: Store, url_key: str, *, memory: timedelta) -> None:
    """Make a URL key nobody's: articles with other texts have it, too."""
    await store.redis.set(store.keys.url(digest(url_key)), NOBODY, px=milliseconds(memory), xx=True)


async def text_of(store: Store, article_id: str) -> tuple[str, int | None]:
    """The digest of a published article's text, and the number of its sketch."""
    text, document = await store.redis.hmget(store.keys.article(article_id), ["digest", "document"])
    number = _text(document) or ""
    return _text(text) or "", int(number) if re.fullmatch(r"[0-9]{1,15}", number) else None


def _text(value: bytes | str | None) -> str | None:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


async def commit_article(
    store: Store,
    claim: Claim,
    article: Article,
    *,
    url_keys: Sequence[str],
    head: str | None,
    event: dict[str, bytes],
    memory: timedelta,
    document: int | None = None,
    rivals: Sequence[int] = (),
    drops_copies: bool = False,
) -> CommitOutcome:
    """
    Claim the identity, publish and end the entry in one step.

    ``head`` is the article whose copy the event says this is, None when it says it is the first. ``document`` is the
    text's number in the index, ``rivals`` are those of unpublished copies of it: one of them is the head.
    """
    names = store.keys
    voted = () if document is None else (document, *rivals)
    keys = [
        names.due("entries"),
        names.lease("entries"),
        names.token("entries"),
        names.entry(claim.id),
        names.counts,
        names.articles,
        names.article(article.id),
        names.text(article.content_digest or article.id),
        *(names.sketch(number) for number in voted),
        *dict.fromkeys(names.url(digest(key)) for key in url_keys),
    ]
    facts = [
        "url",
        article.url,
        "title",
        article.title,
        "entry",
        claim.id,
        "feed",
        article.feed.id,
        "digest",
        article.content_digest,
        "head",
        article.cluster.head_id,
    ]
    facts += [] if document is None else ["document", str(document)]
    reply = await store.scripts(
        "commit_article",
        keys,
        [
            claim.id,
            claim.token,
            milliseconds(memory),
            article.id,
            head or "",
            # The index finds the very same text as well; this is for texts too short to be in it.
            int(bool(article.content_digest) and document is None),
            len(voted),
            int(drops_copies),
            len(facts),
            *facts,
            *(part for pair in event.items() for part in pair),
        ],
    )
    return _outcome([part.decode() for part in reply])


def _outcome(reply: list[str]) -> CommitOutcome:
    match reply:
        case ["published", event] | ["again", "published", event, *_]:
            return Published(event)
        case ["copy", head] | ["again", "duplicate", head, "copy"]:
            return Dropped(head)
        case ["duplicate", article] | ["again", "duplicate", article, *_]:
            return Duplicate(article)
        case ["head", head]:
            return OtherHead(head)
        case _:
            return Stale()


async def stream_length(store: Store) -> int:
    """How many events the output stream holds."""
    return int(await store.redis.xlen(store.keys.articles))


async def latest(store: Store, count: int) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """The newest rows of the output stream, oldest first."""
    rows: Any = await store.redis.xrevrange(store.keys.articles, count=count)
    return list(reversed(rows))


async def follow(store: Store, after: bytes = b"$") -> AsyncIterator[tuple[bytes, dict[bytes, bytes]]]:
    """Rows of the output stream as they come, for ever; as an onlooker, in no group."""
    if after == b"$":
        # Asked for twice, "$" would skip what came in between.
        newest = await latest(store, 1)
        after = newest[-1][0] if newest else b"0"
    while True:
        reply: Any = await store.redis.xread({store.keys.articles: after}, count=100, block=BLOCK_MS)
        heed_cancellation()
        for row_id, fields in reply[0][1] if reply else ():
            after = row_id
            yield row_id, fields
