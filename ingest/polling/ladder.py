"""
How a feed is asked, and the rungs its answer may stop at before it is parsed: 304, the same body, the same entries.

Validators are opaque and replace the old ones whole on every 200, even when the body did not change (the SimplePie
defect: reliability.md P05-P08); a 304 may renew them (RFC 9111 4.3.4). We never send ``A-IM`` (RFC 3229): deltas save
bytes that a 304 mostly saves already, few servers know them, and a delta taken for the document would make entries look
as if they had left the feed (P17). So a 226 answers a question we did not ask, and is a failure.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from ingest.models import Feed, Response, Validators
from ingest.polling.redirects import is_ripe

#: A longer validator is left out: it would be a cache-busting trick, and some servers refuse long request fields.
MAX_VALIDATOR_LENGTH = 4096
#: A feed whose conditional polls say 304 is asked without validators this often, to see whether they tell the truth
#: (P14: servers that send one ETag for ever, Media Cloud); never twice running, so that rare polls stay cheap.
FULL_EVERY: Final = timedelta(days=1)
#: Validators that named two documents are not sent for this long; then the server may have been repaired.
DISTRUST: Final = timedelta(days=30)
#: The shortest pause between two polls of such a feed: each costs the server a whole answer (P14).
UNRELIABLE_PAUSE: Final = timedelta(hours=1)

#: "conditional", with the validators we have; "full", without them; "afresh", without them and read whatever it brings.
Manner = Literal["conditional", "full", "afresh"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """Nothing to parse; ``rung`` is "not-modified", "same-body" or "same-items"."""

    rung: str
    validators: Validators
    body_digest: str
    items_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A body to parse, and what to remember once its entries are safe."""

    body: bytes
    validators: Validators
    body_digest: str
    items_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No use; ``outcome`` is a stable name such as "status-404"."""

    outcome: str
    detail: str = ""


Step = Unchanged | Changed | Failed


def manner_of(feed: Feed, now: datetime) -> Manner:
    """How a feed is asked now."""
    if feed.moved and is_ripe(feed.moved, now):
        return "afresh"
    if feed.validators == Validators() or is_unreliable(feed, now):
        return "full"
    is_long_ago = feed.full_at is not None and now - feed.full_at >= FULL_EVERY
    return "full" if is_long_ago and feed.last_outcome == "not-modified" else "conditional"


def is_unreliable(feed: Feed, now: datetime) -> bool:
    """Whether the feed's validators have been found out and not been forgiven yet."""
    return feed.unreliable_at is not None and now - feed.unreliable_at < DISTRUST


def climb(feed: Feed, response: Response, manner: Manner = "conditional") -> Step:
    """
    How far an answer gets that was asked for in this manner.

    A 304 to a request without validators renews nothing: its ETag may name a document that we never had (P13).
    """
    received = read_validators(response)
    if response.status == 304:  # noqa: PLR2004 - Not Modified
        if manner != "conditional":
            received = Validators()
        kept = _renewed(feed.validators, received)
        return Unchanged(
            rung="not-modified", validators=kept, body_digest=feed.body_digest, items_digest=feed.items_digest
        )
    if response.status not in {200, 203}:
        return Failed(outcome=f"status-{response.status}", detail=response.headers.get("retry-after", ""))
    digest = body_digest(response.body)
    if digest == feed.body_digest and manner != "afresh":
        return Unchanged(rung="same-body", validators=received, body_digest=digest, items_digest=feed.items_digest)
    return Changed(body=response.body, validators=received, body_digest=digest)


def climb_items(feed: Feed, step: Changed, items_digest: str, manner: Manner = "conditional") -> Unchanged | Changed:
    """The rung above a changed body: the same entries in it, ``items_digest`` being theirs or "" if it is unknown."""
    if items_digest and items_digest == feed.items_digest and manner != "afresh":
        return Unchanged(
            rung="same-items", validators=step.validators, body_digest=step.body_digest, items_digest=items_digest
        )
    return replace(step, items_digest=items_digest)


def is_lie(feed: Feed, validators: Validators, manner: Manner) -> bool:
    """Whether new entries that a request without validators brought came under the validators we had already (P14)."""
    return manner == "full" and feed.validators != Validators() and validators == feed.validators


def read_validators(response: Response) -> Validators:
    """ETag and Last-Modified byte for byte, malformed ones too: they are the server's, not ours."""
    return Validators(
        etag=_kept(response.headers.get("etag")), last_modified=_kept(response.headers.get("last-modified"))
    )


def body_digest(body: bytes) -> str:
    """Digest of a feed's bytes: 32 hex digits."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def _renewed(held: Validators, received: Validators) -> Validators:
    """What is held, with what a 304 says anew; the very same where that is nothing, as nearly always."""
    etag = received.etag or held.etag
    last_modified = received.last_modified or held.last_modified
    if etag == held.etag and last_modified == held.last_modified:
        return held
    return Validators(etag=etag, last_modified=last_modified)


def _kept(value: str | None) -> str | None:
    return value if value and len(value) <= MAX_VALIDATOR_LENGTH else None
