"""One feed with all that polling taught us."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.errors import StoreError
from ingest.feeds.window import unpack
from ingest.models import Feed
from ingest.polling.websub import Subscription
from ingest.store.connect import Store
from ingest.store.due import moment
from ingest.store.entries import read_entries, read_ref
from ingest.store.feeds import decode_feed
from ingest.store.hubs import read_subscription
from ingest.store.record import Record, read_record


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An entry of a feed's last document, and what became of it."""

    id: str
    title: str
    url: str
    #: As of its feed; None once it ended.
    published_at: datetime | None
    #: Its outcome, "waiting" or "in work"; without a record of its own "skipped": backlog, or known otherwise.
    state: str
    reason: str
    #: Of the article it is or is a double of; "" without one.
    article_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """What is known of one feed."""

    feed: Feed
    #: What the last outcome's name leaves out.
    detail: str
    #: When it is polled next; None while it rests or is being polled.
    due_at: datetime | None
    #: Until when a worker has it at most; None while none has.
    claimed_until: datetime | None
    #: Token of the last poll that ended, "" before the first: another one means another poll.
    committed: str
    #: New entries of that poll.
    gained: int
    #: Attempts at a poll that did not end, and what the last of them said.
    strikes: int
    error: str
    #: Entries of it that are remembered.
    remembered: int
    #: Documents that its hub pushed and no poll has taken in yet.
    pushes: int
    hub: Subscription | None
    #: Ids of addresses that lead here.
    aliases: tuple[str, ...]
    #: The first entries of its last document.
    shown: tuple[Shown, ...]


async def read_dossier(store: Store, id_: str, *, entries: int = 10) -> Dossier | None:
    """All that is known of a feed, with the first ``entries`` of its last document; None when there is no such feed."""
    keys = store.keys
    async with store.redis.pipeline(transaction=True) as pipe:
        pipe.hexists(keys.feeds, id_)
        pipe.hgetall(keys.feed(id_))
        pipe.zscore(keys.due("feeds"), id_)
        pipe.zscore(keys.lease("feeds"), id_)
        pipe.zcard(keys.seen(id_))
        pipe.llen(keys.pushed(id_))
        is_there, stored, due, lease, remembered, pushes = await pipe.execute()
    if not is_there:
        return None
    fields = {name.decode("utf-8", "replace"): value for name, value in stored.items()}
    feed = decode_feed(id_, fields)
    committed = _text(fields, "committed")
    return Dossier(
        feed=feed,
        detail=_text(fields, "detail"),
        due_at=moment(due),
        claimed_until=moment(lease),
        committed=committed,
        gained=_number(fields, "gained") if _text(fields, "gained_by") == committed else 0,
        strikes=_number(fields, "strikes"),
        error=_text(fields, "error"),
        remembered=int(remembered),
        pushes=int(pushes),
        hub=await read_subscription(store, id_),
        aliases=tuple(sorted(set(_text(fields, "aliases").split()))),
        shown=await _shown(store, [trace.id for trace in unpack(feed.window)[:entries]]),
    )


async def _shown(store: Store, ids: Sequence[str]) -> tuple[Shown, ...]:
    if not ids:
        return ()
    keys = store.keys
    async with store.redis.pipeline(transaction=False) as pipe:
        pipe.zmscore(keys.due("entries"), list(ids))
        pipe.zmscore(keys.lease("entries"), list(ids))
        due, lease = await pipe.execute()
    kept = await read_entries(store, ids)
    async with store.redis.pipeline(transaction=False) as pipe:
        for stored in kept:
            pipe.get(keys.article(stored.get(b"article", b"").decode("utf-8", "replace")))
        articles = await pipe.execute()
    return tuple(
        _told(id_, stored, read_record(article), is_due=waiting is not None, is_claimed=claimed is not None)
        for id_, stored, article, waiting, claimed in zip(ids, kept, articles, due, lease, strict=True)
    )


def _told(id_: str, stored: dict[bytes, bytes], article: Record | None, *, is_due: bool, is_claimed: bool) -> Shown:
    fields = {name.decode("utf-8", "replace"): value for name, value in stored.items()}
    known = article.known if article else None
    title, url = (known.title, known.url) if known else ("", "")
    published_at = None
    try:
        entry = read_ref(stored.get(b"ref", b"")).entry
    except StoreError:
        pass
    else:
        title, url, published_at = entry.title or title, entry.url or url, entry.published_at
    state = _text(fields, "outcome") or ("in work" if is_claimed else "waiting" if is_due else "skipped")
    return Shown(
        id=id_,
        title=title,
        url=url,
        published_at=published_at,
        state=state,
        reason=_text(fields, "reason"),
        article_id=_text(fields, "article"),
    )


def _text(fields: dict[str, bytes], name: str) -> str:
    return fields.get(name, b"").decode("utf-8", "replace")


def _number(fields: dict[str, bytes], name: str) -> int:
    return int(_text(fields, name)) if re.fullmatch(r"[0-9]{1,15}", _text(fields, name)) else 0
