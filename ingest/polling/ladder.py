"""
The rungs an answer to a poll may stop at before anything is parsed: 304, the same body again, a body worth parsing.

Validators are opaque and replace the old ones whole on every 200, even when the body did not change (the SimplePie
defect: reliability.md P05-P08); a 304 may renew them (RFC 9111 4.3.4).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ingest.models import Feed, Response, Validators

#: A longer validator is left out: it would be a cache-busting trick, and some servers refuse long request fields.
MAX_VALIDATOR_LENGTH = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """Nothing to parse; ``rung`` is "not-modified" or "same-body"."""

    rung: str
    validators: Validators
    body_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A body to parse, and what to remember once its entries are safe."""

    body: bytes
    validators: Validators
    body_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No use; ``outcome`` is a stable name such as "status-404"."""

    outcome: str
    detail: str = ""


Step = Unchanged | Changed | Failed


def climb(feed: Feed, response: Response) -> Step:
    """How far an answer gets."""
    received = read_validators(response)
    if response.status == 304:  # noqa: PLR2004 - Not Modified
        kept = Validators(
            etag=received.etag or feed.validators.etag,
            last_modified=received.last_modified or feed.validators.last_modified,
        )
        return Unchanged(rung="not-modified", validators=kept, body_digest=feed.body_digest)
    if response.status not in {200, 203}:
        return Failed(outcome=f"status-{response.status}", detail=response.headers.get("retry-after", ""))
    digest = body_digest(response.body)
    if digest == feed.body_digest:
        return Unchanged(rung="same-body", validators=received, body_digest=digest)
    return Changed(body=response.body, validators=received, body_digest=digest)


def read_validators(response: Response) -> Validators:
    """ETag and Last-Modified byte for byte, malformed ones too: they are the server's, not ours."""
    return Validators(
        etag=_kept(response.headers.get("etag")), last_modified=_kept(response.headers.get("last-modified"))
    )


def body_digest(body: bytes) -> str:
    """Digest of a feed's bytes: 32 hex digits."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def _kept(value: str | None) -> str | None:
    return value if value and len(value) <= MAX_VALIDATOR_LENGTH else None
