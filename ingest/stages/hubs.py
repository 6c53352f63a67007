"""Hubs: asked to push a feed's entries, trusted while they do, and held to account by the polls that go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urljoin

from ingest.errors import FetchError
from ingest.models import Feed, NextPoll, ParsedFeed, Response
from ingest.polling.websub import (
    GRACE,
    MAX_SECRET,
    Offer,
    Subscription,
    credited,
    find_hub,
    is_to_be_asked,
    judged,
    safety_pause,
    subscribe_fields,
)
from ingest.stages.desk import Desk, HostBusyError, host_gate
from ingest.store.connect import Store
from ingest.store.hubs import read_subscription, write_subscription

#: Where the web process answers hubs, below COPYDESK_PUBLIC_URL.
CALLBACK = "websub/"


async def pushed_net(desk: Desk, taught: Feed, following: NextPoll, dates: Sequence[datetime | None]) -> NextPoll:
    """
    The next poll of a feed that was just polled: later where its hub is trusted.

    ``dates`` are those of the entries that this poll found and no push had brought; they are held against the hub,
    unless they may still be on their way.
    """
    known = await read_subscription(desk.store, taught.id)
    if known is None:
        return following
    now = desk.now()
    missed = sum(date is None or date <= now - GRACE for date in dates)
    then = judged(known, missed=missed, polled_at=now)
    if then != known:
        await write_subscription(desk.store, taught.id, then)
    pause = safety_pause(then, following.at - now, taught.rhythm.turnover, now)
    if pause is None or now + pause <= following.at:
        return following
    return replace(following, at=now + pause, reason="its hub pushes; this is the safety net")


async def credit_hub(store: Store, feed: str) -> None:
    """A push brought what was new: the hub is trusted again."""
    known = await read_subscription(store, feed)
    if known is not None and known.misses:
        await write_subscription(store, feed, credited(known))


async def ask_hub(desk: Desk, feed: Feed, response: Response, parsed: ParsedFeed | None) -> Subscription | None:
    """
    Ask the feed's hub for a subscription where one is to be asked for or renewed; what was asked, None otherwise.

    The subscription is written before the hub hears of it, which may verify before it answers. A failure is a value:
    the feed is polled at its own rhythm, and the hub asked again tomorrow.
    """
    public_url = desk.settings.public_url
    known = await read_subscription(desk.store, feed.id)
    offer = find_hub(response.headers, parsed, response.final_url)
    if offer is None and parsed is None and known is not None:
        # An answer without a document says nothing of hubs: what is known is renewed.
        offer = Offer(hubs=(known.hub,), topic=known.topic)
    now = desk.now()
    if offer is None or not is_to_be_asked(offer, known, now):
        return None
    # The next of its hubs where the last one failed; the same again for a renewal.
    hubs = offer.hubs
    at = hubs.index(known.hub) if known is not None and known.hub in hubs else 0
    hub = hubs[(at + (known is not None and known.state in {"denied", "failed", "pending"})) % len(hubs)]
    is_renewal = known is not None and known.state == "active" and known.hub == hub and known.topic == offer.topic
    if is_renewal and known is not None:
        asked = replace(known, asked_at=now)
    else:
        is_private = hub.startswith("https://") and public_url.startswith("https://")
        asked = Subscription(
            hub=hub,
            topic=offer.topic,
            token=desk.attempt() + desk.attempt(),
            secret=(desk.attempt() + desk.attempt())[:MAX_SECRET] if is_private else "",
            state="pending",
            asked_at=now,
        )
    await write_subscription(desk.store, feed.id, asked)
    callback = urljoin(public_url.rstrip("/") + "/", CALLBACK + asked.token)
    try:
        response = await desk.http.post(hub, subscribe_fields(asked, callback), before_hop=host_gate(desk))
        is_taken = 200 <= response.status < 300  # noqa: PLR2004 - success (RFC 9110 15.3)
    except (FetchError, HostBusyError):
        is_taken = False
    if not is_taken and not is_renewal:
        await write_subscription(desk.store, feed.id, replace(asked, state="failed"))
    return asked
