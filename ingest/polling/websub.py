"""
WebSub (W3C Recommendation of 2018): whether to ask a hub, what to believe it, and when to stop.

A hub is a promise that new entries are pushed. Polling goes on as a slow safety net, and a hub whose pushes missed what
a poll found is trusted less each time, until the feed is polled at its own rhythm again.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from ingest.models import ParsedFeed
from ingest.urls import resolve

#: What we ask a hub to promise; it grants what it likes (section 5.1: hub.lease_seconds).
LEASE: Final = timedelta(days=10)
#: A grant outside these is read as the nearest: neither an hour's storm of renewals nor a promise for ever.
SHORTEST_LEASE: Final = timedelta(hours=1)
LONGEST_LEASE: Final = timedelta(days=30)
#: Share of a lease after which it is renewed (P55).
RENEW_AT: Final = 0.8
#: A hub that did not verify, refused or failed is asked again after this.
RETRY: Final = timedelta(days=1)
#: How long a request may wait for the hub's verification.
PENDING: Final = timedelta(hours=1)
#: A trusted hub's feed is polled this often, whatever its rhythm (P57).
SAFETY_NET: Final = timedelta(hours=6)
#: Polls without a good push between them whose new entries the hub had not pushed, before it is distrusted.
MISSES: Final = 3
#: An entry younger than this at a poll may still be on its way through the hub.
GRACE: Final = timedelta(minutes=10)
#: Section 5.1: a secret must be less than 200 bytes long.
MAX_SECRET: Final = 199

_ALGORITHMS: Final = ("sha1", "sha256", "sha384", "sha512")
_SIGNATURE: Final = re.compile(r"(sha1|sha256|sha384|sha512)=([0-9a-fA-F]{40,128})")
#: One link of a Link field (RFC 8288 3) with its parameters, which end before the next link.
_LINK: Final = re.compile(r"<([^<>]{1,2000})>([^<>]{0,2000})")
_REL: Final = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))', re.IGNORECASE)
_MAX_FIELD: Final = 16_384
_MAX_HUBS: Final = 5
_MAX_ECHO: Final = 4096

State = Literal["pending", "active", "denied", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Where a feed says that it is pushed from: hubs, the best first, and the topic to name to them."""

    hubs: tuple[str, ...]
    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What stands between a feed and its hub."""

    hub: str
    topic: str
    #: The secret end of the callback's address.
    token: str
    #: "" where the hub or the callback is not asked over https: a secret sent in the clear is none (section 5.1).
    secret: str
    state: State
    #: When the hub was last asked.
    asked_at: datetime
    #: Until when the hub promised, while active.
    until: datetime | None = None
    #: How long the promise was for, while active.
    lease: timedelta | None = None
    #: Polls that found what the hub had not pushed, since its last good push.
    misses: int = 0

    @property
    def is_trusted(self) -> bool:
        """Whether its pushes may take the place of polls."""
        return self.state == "active" and self.misses < MISSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a callback answers."""

    status: int
    body: str = ""


def find_hub(headers: Mapping[str, str], parsed: ParsedFeed | None, url: str) -> Offer | None:
    """
    What a feed offers: Link header fields first, then the document's own links (section 4); None without a hub.

    Hubs asked over https come first. Without a self link the topic is the address itself.
    """
    links = _links(headers.get("link", "")[:_MAX_FIELD])
    hubs = [found for rel, href in links if rel == "hub" and (found := resolve(url, href))]
    topics = [found for rel, href in links if rel == "self" and (found := resolve(url, href))]
    if parsed is not None:
        hubs += parsed.hubs
        topics += [parsed.self_url] if parsed.self_url else []
    best = tuple(sorted(dict.fromkeys(hubs), key=lambda hub: not hub.startswith("https://")))[:_MAX_HUBS]
    return Offer(hubs=best, topic=topics[0] if topics else url) if best else None


def is_to_be_asked(offer: Offer | None, known: Subscription | None, now: datetime) -> bool:
    """Whether a subscription is to be asked for or renewed now."""
    if offer is None:
        return False
    if known is None or known.topic != offer.topic or known.hub not in offer.hubs:
        return True
    since = now - known.asked_at
    if since < timedelta(0):
        return False  # the clock was set back
    if known.state == "active" and known.until is not None and known.lease is not None:
        return now >= known.until - known.lease * (1 - RENEW_AT) and since >= PENDING
    return since >= (PENDING if known.state == "pending" else RETRY)


def subscribe_fields(subscription: Subscription, callback: str) -> dict[str, str]:
    """The form of a subscription request (section 5.1)."""
    fields = {
        "hub.mode": "subscribe",
        "hub.topic": subscription.topic,
        "hub.callback": callback,
        "hub.lease_seconds": str(round(LEASE.total_seconds())),
    }
    return {**fields, "hub.secret": subscription.secret} if subscription.secret else fields


def verify(known: Subscription | None, query: Mapping[str, str], now: datetime) -> tuple[Answer, Subscription | None]:
    """
    The answer to a hub's GET on the callback (sections 5.2, 5.3), and the subscription changed by it, if it is.

    Only what was asked for is confirmed: mode and topic must be those of a request of ours. ``hub.mode=denied`` may
    come at any time. We never unsubscribe, so nobody's request to confirm that is ours.
    """
    mode, topic, challenge = query.get("hub.mode", ""), query.get("hub.topic", ""), query.get("hub.challenge", "")
    if known is None or topic != known.topic:
        return Answer(status=404), None
    if mode == "denied":
        return Answer(status=200), replace(known, state="denied", until=None, lease=None)
    if mode != "subscribe" or not challenge or len(challenge) > _MAX_ECHO or known.state in {"denied", "failed"}:
        return Answer(status=404), None
    lease = _lease(query.get("hub.lease_seconds", ""))
    return Answer(status=200, body=challenge), replace(known, state="active", until=now + lease, lease=lease)


def is_signed(secret: str, field: str, body: bytes) -> bool:
    """Whether a push carries its secret's signature (section 8); true without a secret. Takes constant time."""
    if not secret:
        return True
    found = _SIGNATURE.fullmatch(field.strip())
    if found is None:
        return False
    wanted = hmac.new(secret.encode(), body, found[1]).hexdigest()
    return hmac.compare_digest(wanted, found[2].lower())


def safety_pause(
    known: Subscription | None, natural: timedelta, turnover: timedelta | None, now: datetime
) -> timedelta | None:
    """
    The pause to the next poll of a feed whose hub is trusted; None where its own rhythm counts.

    Never longer than the ``turnover`` of half its document, as far as that is known: were the hub silent, nothing would
    be lost even so. Nor does it reach over the renewal of the promise or its end, for polls are what asks for it (P55).
    """
    if known is None or not known.is_trusted or known.until is None or known.until <= now:
        return None
    renewal = known.until - (known.lease or LEASE) * (1 - RENEW_AT)
    promised = (renewal if renewal > now else known.until) - now
    return max(natural, min(SAFETY_NET, promised, SAFETY_NET if turnover is None else turnover))


def judged(known: Subscription, *, missed: int, polled_at: datetime) -> Subscription:
    """The subscription after a poll of an active hub's feed found ``missed`` entries that were not pushed."""
    if not missed or known.state != "active" or known.until is None or known.until <= polled_at:
        return known
    return replace(known, misses=known.misses + 1)


def credited(known: Subscription) -> Subscription:
    """The subscription after a push brought what no poll had found: a poll that finds nothing proves no hub good."""
    return replace(known, misses=0)


def _lease(text: str) -> timedelta:
    if not (text.isascii() and text.isdigit()):
        return LEASE
    return min(max(timedelta(seconds=int(text[:9])), SHORTEST_LEASE), LONGEST_LEASE)


def _links(field: str) -> list[tuple[str, str]]:
    """Relation and address of each link, a link with two relations twice."""
    found = []
    for match in _LINK.finditer(field):
        rel = _REL.search(match[2])
        words = (rel[1] or rel[2] or "").lower().split() if rel else []
        found += [(word, match[1].strip()) for word in words]
    return found
