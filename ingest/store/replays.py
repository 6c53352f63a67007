"""What an article's last revision said, and the next one that a replay makes of it."""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson

from ingest.errors import EventError
from ingest.messages.event import WITHDRAWN, ReceivedEvent, read_event
from ingest.store.connect import Store
from ingest.store.due import milliseconds
from ingest.store.record import read_record
from ingest.store.revisits import MAX_DRAFT_BYTES

#: Rows of the stream that are read at a time.
_BATCH = 200
_ROW = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

Committed = Literal["published", "moved", "busy", "forgotten"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an article stands."""

    #: The number of its last event.
    revision: int
    #: That event's ``data``; None where the store does not hold it any more.
    last: Mapping[str, Any] | None = None
    is_withdrawn: bool = False
    #: Digest of the text of its first event.
    first_digest: str = ""


async def standing_of(store: Store, article_id: str) -> Standing | None:
    """How an article stands; None where it is not remembered: never published, or longer ago than ``memory``."""
    async with store.redis.pipeline(transaction=True) as pipe:
        pipe.get(store.keys.article(article_id))
        pipe.hmget(store.keys.draft(article_id), ["data", "withdrawn"])
        stored, (data, withdrawn) = await pipe.execute()
    article = read_record(stored)
    if article is None:
        return None
    revision, digest = article.revision, article.known.digest if article.known else ""
    draft = _draft(data, article_id, revision)
    if draft is not None:
        return Standing(revision=revision, last=draft, is_withdrawn=bool(withdrawn), first_digest=digest)
    for row in (article.latest, article.revisit_event, article.event):
        event = await _event(store, row)
        if event is not None and event.subject == article_id and event.article.get("revision") == revision:
            return Standing(
                revision=revision,
                last=event.article,
                is_withdrawn=event.type == WITHDRAWN,
                first_digest=digest,
            )
    return Standing(revision=revision, first_digest=digest)


async def events_between(store: Store, since: datetime | None, until: datetime | None) -> AsyncIterator[ReceivedEvent]:
    """The events of the stream that were sent from then on and before then; what is no event is passed over."""
    low = "-" if since is None else str(max(0, milliseconds(since - _EPOCH)))
    high = "+" if until is None else str(max(0, milliseconds(until - _EPOCH) - 1))
    while True:
        rows: Any = await store.redis.xrange(store.keys.articles, low, high, count=_BATCH)
        for _, fields in rows:
            try:
                yield read_event(fields)
            except EventError:
                continue
        if len(rows) < _BATCH:
            return
        low = f"({rows[-1][0].decode()}"


async def commit_replay(
    store: Store, article_id: str, event: Mapping[str, bytes], *, base: int, mark: str
) -> Committed:
    """
    Publish the revision after ``base`` in one step; repeating it under the same ``mark`` changes nothing.

    "moved" where another revision came in between, "busy" while a look at the article is in hand, "forgotten" where
    it is not remembered: then nothing is written.
    """
    keys = store.keys
    status, _ = await store.scripts(
        "commit_replay",
        [keys.article(article_id), keys.articles, keys.draft(article_id), keys.counts, keys.token("revisits")],
        [
            article_id,
            base,
            mark,
            zlib.compress(event["data"]),
            *(part for pair in event.items() for part in pair),
        ],
    )
    match status:
        case b"moved":
            return "moved"
        case b"busy":
            return "busy"
        case b"forgotten":
            return "forgotten"
        case _:
            return "published"


async def count_unkept(store: Store) -> None:
    """Count what an archive was to keep and did not."""
    await store.redis.hincrby(store.keys.counts, "archive.lost", 1)


async def _event(store: Store, row: str) -> ReceivedEvent | None:
    if not _ROW.fullmatch(row):
        return None
    rows: Any = await store.redis.xrange(store.keys.articles, row, row)
    try:
        return read_event(rows[0][1]) if rows else None
    except EventError:
        return None


def _draft(packed: bytes | None, article_id: str, revision: int) -> Mapping[str, Any] | None:
    """The ``data`` of a draft, where it is that revision's."""
    if not packed:
        return None
    try:
        found = orjson.loads(zlib.decompressobj().decompress(packed, MAX_DRAFT_BYTES))
    except (zlib.error, ValueError):
        return None
    is_ours = isinstance(found, dict) and (found.get("id"), found.get("revision")) == (article_id, revision)
    return found if is_ours else None
