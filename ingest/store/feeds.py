"""Subscriptions and what polling taught us about them; the atomic end of a poll. What moves them is in moves.py."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from struct import Struct
from typing import Final, Literal

from ingest.models import Entry, Feed, FeedRef, FeedState, Moved, Validators
from ingest.polling.hints import decode_hints, encode_hints
from ingest.polling.rhythm import decode_rhythm, encode_rhythm
from ingest.store.connect import Store
from ingest.store.due import Claim, milliseconds, moment
from ingest.store.entries import encode_ref
from ingest.store.scripts import Argument

#: New entries in one script call: keeps the server's one thread free for the others.
CHUNK = 200
#: The states other than active, as stored; anything else reads as active.
_RESTING: dict[str, FeedState] = {"paused": "paused", "dormant": "dormant"}
_NUMBER: Final = re.compile("[0-9]{1,15}")
#: As commit_poll.lua reads them.
_NUMBERS: Final = Struct(">BB5I3q")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry that is not in the feed's seen-set, with the domain whose slots its page will need."""

    id: str
    entry: Entry
    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFeed:
    """A feed and when it is due; None while it is being polled."""

    feed: Feed
    due_at: datetime | None


def feed_id(url: str) -> str:
    """The id of the feed at an address: 16 hex digits."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def decode_feed(id_: str, fields: dict[str, bytes]) -> Feed:
    """The feed's hash as a value; unknown or missing fields do no harm."""
    # Most fields of most feeds are not there.
    texts = {name: value.decode("utf-8", "replace") for name, value in fields.items() if name != "window"}
    text = texts.get
    interval = _number(text("interval"))
    return Feed(
        id=id_,
        url=text("url", ""),
        title=text("title", ""),
        folder=text("folder", ""),
        added_at=moment(fields.get("added")),
        interval=timedelta(milliseconds=interval) if interval else None,
        validators=Validators(etag=text("etag") or None, last_modified=text("last_modified") or None),
        body_digest=text("body_digest", ""),
        failures=_number(text("failures")),
        polled_at=moment(fields.get("polled")),
        last_outcome=text("outcome", ""),
        next_reason=text("reason", ""),
        hints=decode_hints(text("hints", "")),
        rhythm=decode_rhythm(text("rhythm", "")),
        failure=text("failure", ""),
        failing_since=moment(fields.get("failing_since")),
        state=_RESTING.get(text("state", ""), "active"),
        state_reason=text("state_reason", ""),
        items_digest=text("items_digest", ""),
        full_at=moment(fields.get("full_at")),
        unreliable_at=moment(fields.get("unreliable_at")),
        moved=_moved(text("moved_url", ""), moment(fields.get("moved_since")), _number(text("moved_polls"))),
        window=fields.get("window", b""),
        distrusts_guids=text("guids") == "distrusted",
    )


def _number(digits: str | None) -> int:
    return int(digits) if digits and _NUMBER.fullmatch(digits) else 0


def _moved(url: str, since: datetime | None, polls: int) -> Moved | None:
    return Moved(url=url, since=since, polls=polls) if url and since and polls else None


def _lasting(feed: Feed, before: Feed | None) -> dict[str, Argument]:
    """The fields of a feed's hash that only its polls write, beside those of PollEnd; "" deletes one."""
    moved = feed.moved
    fields: dict[str, Argument] = {}
    # Most polls hand all of it on as it is, or these two, and writing them down takes longer than all the rest.
    if feed is before:
        return fields
    if before is None or feed.hints is not before.hints:
        fields["hints"] = encode_hints(feed.hints)
    if before is None or feed.rhythm is not before.rhythm:
        fields["rhythm"] = encode_rhythm(feed.rhythm)
    return fields | {
        "failure": feed.failure,
        "failing_since": _stamp(feed.failing_since),
        "items_digest": feed.items_digest,
        "full_at": _stamp(feed.full_at),
        "unreliable_at": _stamp(feed.unreliable_at),
        "moved_url": moved.url if moved else "",
        "moved_since": _stamp(moved.since) if moved else "",
        "moved_polls": moved.polls if moved else "",
        "window": feed.window,
        "guids": "distrusted" if feed.distrusts_guids else "",
    }


def _stamp(at: datetime | None) -> Argument:
    return round(at.timestamp() * 1000) if at else ""


async def add_feed(
    store: Store,
    url: str,
    *,
    title: str = "",
    folder: str = "",
    pause: timedelta = timedelta(0),
    interval: timedelta | None = None,
) -> bool:
    """Subscribe; True when the feed is new. The first poll comes after ``pause``, the others every ``interval``."""
    keys, id_ = store.keys, feed_id(url)
    own = "" if interval is None else milliseconds(interval)
    reply = await store.scripts(
        "add_feed",
        [keys.feeds, keys.due("feeds"), keys.lease("feeds"), keys.aliases],
        [id_, url, title, folder, milliseconds(pause), own, keys.feed("")],
    )
    return bool(reply)


async def find_feed(store: Store, id_: str) -> str | None:
    """The id of the feed that is called so, or that left or took over the address with this id; None without one."""
    async with store.redis.pipeline(transaction=True) as pipe:
        pipe.hexists(store.keys.feeds, id_)
        pipe.hget(store.keys.aliases, id_)
        is_there, owner = await pipe.execute()
    if is_there:
        return id_
    return owner.decode("utf-8", "replace") if owner else None


async def remove_feed(store: Store, id_: str) -> bool:
    """Unsubscribe; False when there was no such feed."""
    keys = store.keys
    work = [keys.due("feeds"), keys.lease("feeds"), keys.token("feeds")]
    reply = await store.scripts("remove_feed", [keys.feeds, keys.feed(id_), *work, keys.seen(id_), keys.aliases], [id_])
    return bool(reply)


async def pause_feed(store: Store, id_: str, reason: str = "") -> bool:
    """Poll a feed no more until it is resumed; False when there is no such feed. A poll in flight writes nothing."""
    keys = store.keys
    work = [keys.due("feeds"), keys.lease("feeds"), keys.token("feeds")]
    reply = await store.scripts("pause_feed", [keys.feeds, keys.feed(id_), *work], [id_, reason[:500]])
    return bool(reply)


async def resume_feed(store: Store, id_: str) -> Literal["resumed", "active", "none"]:
    """Poll a paused or dormant feed again, now, its failures forgotten; "active" when it was not resting."""
    keys = store.keys
    reply = await store.scripts("resume_feed", [keys.feeds, keys.feed(id_), keys.due("feeds")], [id_])
    return "resumed" if reply == b"resumed" else "active" if reply == b"active" else "none"


async def count_feeds(store: Store) -> int:
    """How many subscriptions there are."""
    return int(await store.redis.hlen(store.keys.feeds))


async def list_feeds(store: Store) -> AsyncIterator[ListedFeed]:
    """All feeds, in no order, a few hundred a round trip."""
    batch: list[str] = []
    async for id_, _ in store.redis.hscan_iter(store.keys.feeds, count=500):
        batch.append(id_.decode("utf-8", "replace"))
        if len(batch) == 500:  # noqa: PLR2004 - as asked of the server above
            for listed in await _load(store, batch):
                yield listed
            batch = []
    for listed in await _load(store, batch):
        yield listed


async def _load(store: Store, ids: Sequence[str]) -> list[ListedFeed]:
    if not ids:
        return []
    async with store.redis.pipeline(transaction=False) as pipe:
        for id_ in ids:
            pipe.hgetall(store.keys.feed(id_))
        pipe.zmscore(store.keys.due("feeds"), list(ids))
        *hashes, scores = await pipe.execute()
    return [
        ListedFeed(
            feed=decode_feed(id_, {name.decode("utf-8", "replace"): value for name, value in fields.items()}),
            due_at=moment(score),
        )
        for id_, fields, score in zip(ids, hashes, scores, strict=True)
    ]


async def unseen(store: Store, feed: str, entry_ids: Sequence[str]) -> frozenset[str]:
    """Those of the ids that this feed has not shown before."""
    if not entry_ids:
        return frozenset()
    # A script, so that it travels with other calls.
    told = await store.scripts("unseen", [store.keys.seen(feed)], [bytes.fromhex(id_) for id_ in entry_ids])
    return frozenset(id_ for id_, is_unseen in zip(entry_ids, told, strict=True) if is_unseen)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollEnd:
    """Everything a poll leaves behind."""

    outcome: str
    detail: str
    reason: str
    #: None: not due any more, dormant with the reason above.
    pause: timedelta | None
    validators: Validators
    body_digest: str
    failures: int
    #: The feed's own title; "" keeps the one we have.
    title: str = ""
    new: tuple[NewEntry, ...] = ()
    #: Ids of all entries the document showed: they stay in the seen-set as long as they do.
    shown: tuple[str, ...] = ()
    #: Ids of entries that are seen and done with: a new feed's backlog.
    left_out: tuple[str, ...] = ()
    #: Ids that are new, of entries that are known under others.
    aliases: tuple[str, ...] = ()
    #: The feed with what else the poll taught us: hints, rhythm, failures, moves; None leaves those as they are.
    taught: Feed | None = None


async def commit_poll(
    store: Store,
    feed: Feed,
    claim: Claim,
    end: PollEnd,
    *,
    memory: timedelta,
    spacing: timedelta,
    held: Mapping[str, bytes] | None = None,
) -> int | None:
    """
    New entries, validators and the next due time in one step; how many entries were new, None when the claim is stale.

    Repeating the call changes nothing and gives the same number.

    Many new entries go in chunks; the validators go with the last one, so that a crash in between repeats the poll.
    ``held`` is the feed's hash as it was when this claim's attempt began. Nobody else may write there meanwhile, so
    what has not changed need not travel again; without it all of it does.
    """
    chunks = [end.new[i : i + CHUNK] for i in range(0, len(end.new), CHUNK)] or [()]
    is_alone = len(chunks) == 1 and held is not None and held.get("gained_by") != str(claim.token).encode()
    gained = 0
    for number, chunk in enumerate(chunks, start=1):
        fields = _changed(_fields(end, feed if held is not None else None), held) if number == len(chunks) else None
        keys, arguments = _call(store, feed, end, chunk, fields=fields)
        numbers = _numbers(end, chunk, fields=fields, is_alone=is_alone, memory=memory, spacing=spacing)
        status, gained = await store.scripts(
            "commit_poll", keys, [numbers, feed.id, claim.token, end.outcome, *arguments]
        )
        if status == b"stale":
            return None
    return int(gained)


def _numbers(
    end: PollEnd,
    chunk: Sequence[NewEntry],
    *,
    fields: Sequence[Argument] | None,
    is_alone: bool,
    memory: timedelta,
    spacing: timedelta,
) -> bytes:
    """The script's numbers; packed, for an argument costs the server more than its bytes."""
    is_final = fields is not None
    return _NUMBERS.pack(
        is_final,
        is_alone,
        len(fields or ()),
        len(end.shown) if is_final else 0,
        len(end.left_out) if is_final else 0,
        len(end.aliases) if is_final else 0,
        len(chunk),
        -1 if end.pause is None else milliseconds(end.pause),
        milliseconds(memory),
        milliseconds(spacing),
    )


def _call(
    store: Store, feed: Feed, end: PollEnd, chunk: Sequence[NewEntry], *, fields: Sequence[Argument] | None
) -> tuple[list[str], list[Argument]]:
    """The script's keys, and its arguments behind the feed and the outcome; ``fields`` are for the last chunk only."""
    names = store.keys
    keys = [
        names.due("feeds"),
        names.lease("feeds"),
        names.token("feeds"),
        names.due("entries"),
        names.counts,
        names.feed(feed.id),
        names.seen(feed.id),
    ]
    arguments: list[Argument] = []
    done: tuple[str, ...] = ()
    if fields is not None:
        done = end.left_out + end.aliases
        arguments += fields
        arguments += [bytes.fromhex(id_) for id_ in end.shown + done]
    if chunk:
        ref = FeedRef(id=feed.id, url=feed.url, title=end.title or feed.title)
        for new in chunk:
            keys += [names.entry(new.id), names.plan(new.domain)]
            arguments += [bytes.fromhex(new.id), new.id, encode_ref(new.entry, ref)]
    return keys + [names.entry(id_) for id_ in done], arguments


def _changed(fields: Mapping[str, Argument], held: Mapping[str, bytes] | None) -> list[Argument]:
    """Names and values of the fields that are not in the hash as they are."""
    changed: list[Argument] = []
    for name, value in fields.items():
        written = value if isinstance(value, bytes) else str(value).encode("utf-8", "replace") if value != "" else b""
        if held is None or held.get(name, b"") != written:
            changed += name, written
    return changed


def _fields(end: PollEnd, before: Feed | None) -> dict[str, Argument]:
    """What a poll writes into its feed's hash, whose feed was ``before`` it; "" deletes a field."""
    fields: dict[str, Argument] = {
        "outcome": end.outcome,
        "detail": end.detail[:500],
        "reason": end.reason,
        "etag": end.validators.etag or "",
        "last_modified": end.validators.last_modified or "",
        "body_digest": end.body_digest,
        "failures": end.failures,
    }
    if end.title:
        fields["title"] = end.title
    if end.pause is None:
        fields |= {"state": "dormant", "state_reason": end.reason}
    return fields | _lasting(end.taught, before) if end.taught else fields
