"""Publication: the identity of an article claimed together with its event."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import chain
from typing import Any

from ingest.models import Article
from ingest.store.connect import Store
from ingest.store.due import Claim, milliseconds
from ingest.store.keys import Keys
from ingest.store.record import encode_known
from ingest.store.scripts import Argument, heed_cancellation
from ingest.urls import address_id

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
class Reposted:
    """It is that article again, which has its addresses now."""

    first: str


@dataclass(frozen=True, slots=True)
class PublishedTwin:
    """A text that may be this article has been published: say whether it is, and commit again."""

    #: Its place among the twins.
    place: int
    article: str


@dataclass(frozen=True, slots=True)
class Stale:
    """The claim is no longer ours; nothing was written."""


CommitOutcome = Published | Duplicate | OtherHead | Dropped | Reposted | PublishedTwin | Stale


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """That an article is to be looked at again: its draft's fields, the age of its first look, how many may wait."""

    fields: Mapping[str, Argument]
    age: timedelta
    grace: timedelta
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Repost:
    """That an article is another one again."""

    first: str
    #: How long ago that may have been published.
    reach: timedelta
    #: This entry, packed as in a draft: what the first's next look asks for.
    ref: bytes
    #: How soon that look is to come; None: when it was planned.
    haste: timedelta | None


async def owner_of(store: Store, url_key: str) -> str | None:
    """The article that owns a URL key."""
    id_ = address_id(url_key)
    owner = _text(await store.scripts("read_owner", [store.keys.url(id_), store.keys.article(id_)], [id_]))
    return owner if owner != NOBODY else None


async def owners_of(store: Store, url_keys: Sequence[str]) -> list[str | None]:
    """Who owns each of these URL keys: an article, ``NOBODY`` where several texts have it, None where it is free."""
    ids = [address_id(key) for key in url_keys]
    if not ids:
        return []
    held = await store.redis.mget([*map(store.keys.url, ids), *map(store.keys.article, ids)])
    owners, records = held[: len(ids)], held[len(ids) :]
    return [_text(owner) or (id_ if record else None) for id_, owner, record in zip(ids, owners, records, strict=True)]


async def disown(store: Store, url_key: str, *, memory: timedelta) -> None:
    """Make a URL key nobody's: articles with other texts have it, too."""
    await store.redis.set(store.keys.url(address_id(url_key)), NOBODY, px=milliseconds(memory))


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
    attempts: int,
    document: int | None = None,
    rivals: Sequence[int] = (),
    twins: Sequence[int] = (),
    repost: Repost | None = None,
    watch: Watch | None = None,
    drops_copies: bool = False,
) -> CommitOutcome:
    """
    Claim the identity, publish and end the entry in one step.

    ``head`` is the article whose copy the event says this is, None when it says it is the first. ``attempts`` at the
    entry there were, this one included; that and when it was first seen stay on record. ``document`` is the
    text's number in the index, ``rivals`` are those of unpublished copies of it: one of them is the head. ``twins`` are
    those of texts that may be this very article: once one of them is published, it is asked about.
    """
    names = store.keys
    keys = [*_shared_keys(names)]
    # The index finds the very same text as well; this is for texts too short to be in it.
    is_short = bool(article.content_digest) and document is None
    if is_short:
        keys.append(names.text(article.content_digest))
    voted = () if document is None else (document, *rivals)
    keys += map(names.sketch, (*voted, *twins))
    others = dict.fromkeys(map(address_id, url_keys))
    has_own = others.pop(article.id, "") is None
    if others:
        keys += (*map(names.url, others), *map(names.article, others))
    if watch or repost:
        keys += names.draft(article.id), names.due("revisits"), names.lease("revisits")
    watched = _watched(watch) if watch else ()
    again = _again(repost) if repost else ()
    sizes = is_short, len(voted), len(twins), has_own, len(others), len(watched), len(again), drops_copies
    past = f"{article.feed.id} {round(article.first_seen_at.timestamp() * 1000)} {attempts}"
    terms = f"{claim.id}\0{article.id}\0{claim.token}\0{past}\0{head or ''}\0"
    arguments = [
        milliseconds(memory),
        " ".join(event),
        bytes(sizes) + terms.encode(),
        encode_known(article, claim.id, document),
        *watched,
        *again,
        *event.values(),
    ]
    return _outcome(await store.scripts("commit_article", keys, arguments))


@cache
def _shared_keys(names: Keys) -> tuple[str, ...]:
    return names.due("entries"), names.lease("entries"), names.token("entries"), names.counts, names.articles


def _watched(watch: Watch) -> list[Argument]:
    fields = chain.from_iterable(watch.fields.items())
    return [milliseconds(watch.age), milliseconds(watch.grace), watch.limit, *fields]


def _again(repost: Repost) -> list[Argument]:
    haste = -1 if repost.haste is None else milliseconds(repost.haste)
    return [repost.first, milliseconds(repost.reach), repost.ref, haste]


def _outcome(reply: list[Any]) -> CommitOutcome:
    match reply:
        case [b"published", event] | [b"again", b"published", event, *_]:
            return Published(event.decode())
        case [b"copy", head] | [b"again", b"duplicate", head, b"copy"]:
            return Dropped(head.decode())
        case [b"repost", first] | [b"again", b"duplicate", first, b"repost"]:
            return Reposted(first.decode())
        case [b"twin", place, article]:
            return PublishedTwin(place, article.decode())
        case [b"duplicate", article] | [b"again", b"duplicate", article, *_]:
            return Duplicate(article.decode())
        case [b"head", head]:
            return OtherHead(head.decode())
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
