"""Articles that are looked at again: their drafts, kept only as long as a look is to come, and the end of each look."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import orjson

from ingest.errors import StoreError
from ingest.models import Entry, FeedRef, Validators
from ingest.store.articles import Watch
from ingest.store.connect import Store
from ingest.store.due import Begun, Claim, milliseconds
from ingest.store.entries import EntryRef, decode_ref, encode_ref, read_entries
from ingest.store.scripts import Argument

#: A draft outlives the time of its next look by this much: a desk that stands still for longer forgets it.
GRACE = timedelta(days=2)
#: After a change in the feed the page is given this long: the feed is often the first to know.
HASTE = timedelta(minutes=2)
#: What a stored draft may unpack to.
MAX_DRAFT_BYTES = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """An article whose next look has begun."""

    ref: EntryRef
    #: The ``data`` of its last event.
    last: Mapping[str, Any]
    #: The headline of its page when it was last published; "" where it had none.
    page_title: str = ""
    validators: Validators = field(default_factory=Validators)
    #: Looks that are done.
    step: int = 0
    #: What the look before this one saw and a second must confirm: "gone", "home", "empty", "shrunk" or "".
    doubt: str = ""
    is_withdrawn: bool = False
    #: Whether the feed has shown it in another way since.
    has_changed: bool = False

    @property
    def revision(self) -> int:
        """The number of its last event."""
        number: int = self.last["revision"]
        return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """When the next look is: at this age of the article, or after the pause, whichever is later; never without age."""

    age: timedelta | None
    pause: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Everything a look leaves behind."""

    outcome: str
    step: int
    next: Next
    doubt: str = ""
    is_withdrawn: bool = False
    validators: Validators = field(default_factory=Validators)
    #: What was published, if anything: the event's fields, its ``data`` and the headline of the page.
    event: Mapping[str, bytes] | None = None
    page_title: str = ""


def draft(
    ref: EntryRef,
    data: bytes,
    *,
    age: timedelta,
    limit: int,
    page_title: str = "",
    validators: Validators | None = None,
) -> Watch:
    """
    How an article is watched whose event has this ``data`` (for commit_article): its first look comes at that age.

    Not at all when ``limit`` articles are.
    """
    held = validators or Validators()
    fields: dict[str, Argument] = {
        "ref": packed_ref(ref),
        # At this level half the time of the default, for a twentieth more (measured).
        "data": zlib.compress(data, 3),
        "page_title": _whole(page_title),
        "etag": held.etag or "",
        "last_modified": held.last_modified or "",
        "step": 0,
    }
    return Watch(fields=fields, age=age, grace=GRACE, limit=limit)


def packed_ref(ref: EntryRef) -> bytes:
    """An entry as drafts keep it."""
    return zlib.compress(encode_ref(ref.entry, ref.feed))


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSaid:
    """What was last published of an article that is watched."""

    title: str
    paragraphs: tuple[str, ...]
    cut: tuple[str, ...]
    is_withdrawn: bool


async def last_said(store: Store, article_id: str) -> LastSaid | None:
    """What was last published of an article; None when it is not watched, or what is stored is damaged."""
    data, withdrawn = await store.redis.hmget(store.keys.draft(article_id), ["data", "withdrawn"])
    if not data:
        return None
    try:
        said = _document(_unpacked(data))  # type: ignore[arg-type]  # bytes: no decode_responses
    except StoreError:
        return None
    return LastSaid(
        title=said["title"],
        paragraphs=tuple(said["paragraphs"]),
        cut=tuple(removal["text"] for removal in said["cleaning"]["removed"]),
        is_withdrawn=bool(withdrawn),
    )


async def hasten(store: Store, entry_id: str, entry: Entry, feed: FeedRef) -> bool:
    """
    Bring the next look at an entry's article forward, because its feed shows it with another headline, date or text.

    False when the article is not watched. It costs one of the looks that were planned, so it may be called at any poll.
    """
    (kept,) = await read_entries(store, [entry_id])
    id_ = kept.get(b"article", b"").decode("utf-8", "replace")
    if not id_:
        return False
    reply = await store.scripts(
        "hasten_revisit",
        [store.keys.due("revisits"), store.keys.draft(id_), store.keys.lease("revisits")],
        [id_, milliseconds(HASTE), zlib.compress(encode_ref(entry, feed))],
    )
    return bool(reply)


def decode_watched(begun: Begun) -> Watched:
    """
    The article of a look that has begun.

    Raises:
        StoreError: what is stored is no draft of ours.
    """
    fields = begun.fields

    def text(name: str) -> str:
        return fields.get(name, b"").decode("utf-8", "replace")

    last = _document(_unpacked(fields.get("data", b"")))
    reference = replace(begun, fields={"ref": _unpacked(fields.get("ref", b""))})
    return Watched(
        ref=decode_ref(reference),
        last=last,
        page_title=text("page_title"),
        validators=Validators(etag=text("etag") or None, last_modified=text("last_modified") or None),
        step=int(text("step")) if re.fullmatch(r"[0-9]{1,3}", text("step")) else 0,
        doubt=text("doubt"),
        is_withdrawn=bool(text("withdrawn")),
        has_changed=bool(text("changed")),
    )


async def commit_revision(store: Store, claim: Claim, looked: Looked, *, revision: int) -> str | None:
    """
    End a look in one step: what it saw, the event if there is one, and when the next look is.

    ``revision`` is the article's last one. The outcome as counted, "forgotten" where the article is known no more; None
    when the claim is stale. Repeating it changes nothing.
    """
    keys = store.keys
    published: dict[str, Argument] = {}
    if looked.event is not None:
        published = {"data": zlib.compress(looked.event["data"]), "page_title": _whole(looked.page_title)}
    fields: dict[str, Argument] = {
        "step": looked.step,
        "doubt": looked.doubt,
        "withdrawn": "1" if looked.is_withdrawn else "",
        "changed": "",
        "etag": looked.validators.etag or "",
        "last_modified": looked.validators.last_modified or "",
        **published,
    }
    status, _ = await store.scripts(
        "commit_revision",
        [
            keys.due("revisits"),
            keys.lease("revisits"),
            keys.token("revisits"),
            keys.draft(claim.id),
            keys.counts,
            keys.article(claim.id),
            keys.articles,
        ],
        [
            claim.id,
            claim.token,
            looked.outcome,
            revision,
            -1 if looked.next.age is None else milliseconds(looked.next.age),
            milliseconds(looked.next.pause),
            milliseconds(GRACE),
            2 * len(fields),
            *_flat(fields),
            *(part for pair in (looked.event or {}).items() for part in pair),
        ],
    )
    if status == b"stale":
        return None
    return "forgotten" if status == b"forgotten" else looked.outcome


def _flat(fields: Mapping[str, Argument]) -> list[Argument]:
    return [part for pair in fields.items() for part in pair]


def _whole(text: str) -> str:
    """The text with whole characters only: no UTF-8 exists for halves."""
    return text.encode("utf-8", "replace").decode()


def _unpacked(packed: bytes) -> bytes:
    """
    What was compressed.

    Raises:
        StoreError: nothing of ours, or more than it may be.
    """
    try:
        unpacking = zlib.decompressobj()
        found = unpacking.decompress(packed, MAX_DRAFT_BYTES)
    except zlib.error as error:
        raise StoreError("the stored draft is damaged") from error
    if not unpacking.eof:
        raise StoreError("the stored draft is damaged or too large")
    return found


def _document(data: bytes) -> dict[str, Any]:
    """
    The ``data`` of an event, as far as a look needs it.

    Raises:
        StoreError: it is none.
    """
    try:
        found = orjson.loads(data)
        is_ours = (
            isinstance(found["id"], str)
            and isinstance(found["revision"], int)
            and isinstance(found["title"], str)
            and isinstance(found["summary"], str)
            and isinstance(found["first_seen_at"], str)
            and found["content_source"] in {"page", "feed"}
            and all(isinstance(paragraph, str) for paragraph in found["paragraphs"])
            and all(isinstance(removal["text"], str) for removal in found["cleaning"]["removed"])
            and all(isinstance(found["cluster"][name], str) for name in ("id", "head_id"))
            and found["cluster"]["role"] in {"head", "copy"}
        )
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError("the stored draft is damaged") from error
    if not is_ours:
        raise StoreError("the stored draft is damaged")
    document: dict[str, Any] = found
    return document
