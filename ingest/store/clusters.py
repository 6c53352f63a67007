"""Who has something of a text: the index of sketches, asked and added to in one step."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ingest.dedup.judge import Candidate
from ingest.dedup.sketch import Sketch, decode, encode
from ingest.store.connect import Store
from ingest.store.due import Claim, milliseconds, moment

_LENGTH = struct.Struct(">H")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """What a vote came to."""

    #: The text's number in the index; None where it is too short to be in it.
    document: int | None
    #: The head of an article with the very same words, where the text is too short to be in the index.
    same: str | None
    #: Texts that have something of it, those with the most first.
    candidates: tuple[Candidate, ...]


async def vote(
    store: Store, claim: Claim, one: Sketch, *, content_digest: str, window: timedelta, memory: int = 0
) -> Ballot | None:
    """
    The texts that may be the same, with this one put beside them for whoever comes next; None when the claim is lost.

    A text is found for at least ``window``, at most twice as long; less long where that would take more than ``memory``
    bytes (0: as many as it takes).
    """
    names = store.keys
    reply = await store.scripts(
        "vote",
        [
            names.entry(claim.id),
            names.token("entries"),
            names.documents,
            names.text(content_digest or claim.id),
            names.segments(milliseconds(window)),
            names.marks(milliseconds(window)),
            names.sketches,
        ],
        [claim.id, claim.token, milliseconds(window), memory, encode(one), b"".join(one.fingerprints)],
    )
    if reply[0] != b"voted":
        return None
    _, document, same, *found = reply
    return Ballot(
        document=document or None,
        same=same.decode() or None,
        candidates=tuple(candidate for row in found if (candidate := _candidate(*row))),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far back copies are recognised now."""

    #: When the oldest texts that are found were put in; None while there is none.
    since: datetime | None
    #: What they take, estimated on the safe side.
    bytes: int


async def read_reach(store: Store, *, window: timedelta) -> Reach:
    """How far back copies are recognised now: for as long as the window, and less where memory is short."""
    held: Any = await store.redis.get(store.keys.segments(milliseconds(window)))
    if not re.fullmatch(rb"(-?[0-9]{1,15} ){9}-?[0-9]{1,15}", held or b""):
        return Reach(since=None, bytes=0)
    _, since, taken, _, _, before, before_since, before_taken, _, _ = map(int, held.split())
    return Reach(since=moment(since if before < 0 else before_since), bytes=taken + before_taken)


async def sketches_of(store: Store, documents: Sequence[int]) -> list[Sketch | None]:
    """The sketches of these texts; None for those that are forgotten."""
    if not documents:
        return []
    held: Any = await store.redis.mget([store.keys.sketch(document) for document in documents])
    return [None if value is None else _parted(value)[0] for value in held]


def _candidate(document: int, _: int, held: bytes) -> Candidate | None:
    sketch, standing = _parted(held)
    if sketch is None:
        return None
    # Behind the mark ("!" or "?", see commit_article.lua) stands the head, and of a copy its own article.
    head = standing[1:].partition(b" ")[0]
    return Candidate(document=document, sketch=sketch, head=head.decode("utf-8", "replace") or None)


def _parted(held: bytes) -> tuple[Sketch | None, bytes]:
    """A stored sketch and the standing behind it."""
    if len(held) < _LENGTH.size:
        return None, b""
    (length,) = _LENGTH.unpack_from(held)
    end = _LENGTH.size + length
    return decode(held[_LENGTH.size : end]), held[end:]
