"""Subscriptions to hubs, and what hubs pushed until a poll takes it in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ingest.polling.websub import Subscription
from ingest.store.connect import Store
from ingest.store.due import milliseconds, moment

#: Pushes that may wait for one feed: a feed that is pushed faster than it is read loses nothing, for polls go on.
MAX_WAITING = 20
#: A push that no poll took in is forgotten.
KEEP = timedelta(days=1)

_STATES = frozenset({"pending", "active", "denied", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A document that a hub sent: some or all of a feed's entries."""

    content_type: str
    body: bytes

    @property
    def packed(self) -> bytes:
        """As it is kept."""
        return self.content_type[:200].encode("latin-1", "replace").replace(b"\n", b" ") + b"\n" + self.body

    @classmethod
    def unpacked(cls, row: bytes) -> Push:
        """As it was before."""
        content_type, _, body = row.partition(b"\n")
        return cls(content_type=content_type.decode("latin-1"), body=body)


def callback_key(token: str) -> str:
    """A callback's token as it is looked up: its digest, so that the time of the lookup tells nothing of the token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()[:32]


async def read_subscription(store: Store, feed: str) -> Subscription | None:
    """What stands between a feed and its hub; None where nothing does, or nothing that we wrote."""
    fields: dict[bytes, bytes] = await store.redis.hgetall(store.keys.hub(feed))  # type: ignore[assignment]  # bytes: no decode_responses

    def text(name: str) -> str:
        return fields.get(name.encode(), b"").decode("utf-8", "replace")

    asked_at, state = moment(fields.get(b"asked")), text("state")
    if not (asked_at and state in _STATES and text("hub") and text("token")):
        return None
    seconds, misses = text("lease"), text("misses")
    return Subscription(
        hub=text("hub"),
        topic=text("topic"),
        token=text("token"),
        secret=text("secret"),
        state=state,  # type: ignore[arg-type]  # checked above, which mypy cannot follow
        asked_at=asked_at,
        until=moment(fields.get(b"until")),
        lease=timedelta(milliseconds=int(seconds)) if re.fullmatch(r"[0-9]{1,15}", seconds) else None,
        misses=int(misses) if re.fullmatch(r"[0-9]{1,9}", misses) else 0,
    )


async def write_subscription(store: Store, feed: str, subscription: Subscription) -> None:
    """Put this in the place of what was known; a callback that is no longer ours leads nowhere."""
    keys = store.keys
    known = await read_subscription(store, feed)
    fields: dict[str, str | int] = {
        "hub": subscription.hub,
        "topic": subscription.topic,
        "token": subscription.token,
        "secret": subscription.secret,
        "state": subscription.state,
        "asked": round(subscription.asked_at.timestamp() * 1000),
        "misses": subscription.misses,
    }
    if subscription.until is not None and subscription.lease is not None:
        fields["until"] = round(subscription.until.timestamp() * 1000)
        fields["lease"] = milliseconds(subscription.lease)
    async with store.redis.pipeline(transaction=True) as pipe:
        if known is not None and known.token != subscription.token:
            pipe.delete(keys.callback(callback_key(known.token)))
        pipe.delete(keys.hub(feed))
        pipe.hset(keys.hub(feed), mapping=fields)  # type: ignore[arg-type]  # redis-py's stubs are invariant
        pipe.set(keys.callback(callback_key(subscription.token)), feed)
        await pipe.execute()


async def forget_subscription(store: Store, feed: str) -> None:
    """The feed is no longer ours: its callback answers 410 from now on, and its hub stops."""
    known = await read_subscription(store, feed)
    gone = [store.keys.hub(feed), store.keys.pushed(feed)]
    if known is not None:
        gone.append(store.keys.callback(callback_key(known.token)))
    await store.redis.delete(*gone)


async def feed_of_callback(store: Store, token: str) -> str | None:
    """The feed whose callback has this token."""
    found: bytes | None = await store.redis.get(store.keys.callback(callback_key(token)))  # type: ignore[assignment]  # as above
    return found.decode("utf-8", "replace") if found else None


async def keep_push(store: Store, feed: str, push: Push | None) -> bool:
    """
    Keep a push until a poll takes it in, and make the feed due now; False when the feed is gone.

    The same push is kept once, and the newest where there are too many. Without one the feed is only made due.
    """
    keys = store.keys
    reply = await store.scripts(
        "keep_push",
        [keys.feeds, keys.feed(feed), keys.due("feeds"), keys.pushed(feed)],
        [feed, push.packed if push else "", MAX_WAITING, milliseconds(KEEP)],
    )
    return bool(reply)


async def waiting_pushes(store: Store, feed: str) -> tuple[Push, ...]:
    """What was pushed and not yet taken in, in the order in which it came."""
    rows: list[bytes] = await store.redis.lrange(store.keys.pushed(feed), 0, -1)  # type: ignore[assignment]  # as above
    return tuple(Push.unpacked(row) for row in rows)


async def take_pushes(store: Store, feed: str, taken: Sequence[Push]) -> int:
    """These are taken in; how many still wait. If any do, the feed is due again."""
    keys = store.keys
    reply = await store.scripts(
        "take_pushes",
        [keys.feed(feed), keys.due("feeds"), keys.pushed(feed)],
        [feed, *(push.packed for push in taken)],
    )
    return int(reply)
