"""
The consumer groups of the output stream, and their dead letters: events that were delivered too often.

A consumer that sets ``max_deliveries`` puts them aside (member.py), whole. One that is given again is pending anew on
the stream itself, for its group alone; so that takes the row to be there still.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from redis import exceptions as refusals

from ingest.errors import EventError
from ingest.messages.event import read_event
from ingest.store.connect import Store
from ingest.store.due import moment
from ingest.store.relay import GROUP


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupStanding:
    """How a consumer group is doing."""

    name: str
    consumers: int = 0
    #: Events it was not given; None where the server cannot tell.
    lag: int | None = None
    #: Events it was given and has not acknowledged, and how often the first of them was delivered.
    pending: int = 0
    deliveries: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AsideEvent:
    """A dead letter of a group."""

    #: Its own id; the event's is in ``event``.
    id: str
    event: str
    subject: str
    #: How often it was delivered, and to whom the last time.
    deliveries: int
    consumer: str
    died_at: datetime | None
    #: The article it carries; None where it is no event of ours.
    article: dict[str, Any] | None


async def list_groups(store: Store) -> list[GroupStanding]:
    """The groups that read the stream, or left dead letters, by name; the relay's are its sinks (relay.py)."""
    keys = store.keys
    try:
        found: list[dict[str, Any]] = await store.redis.xinfo_groups(keys.articles)
    except refusals.ResponseError as error:
        if not str(error).startswith("no such key"):
            raise
        found = []
    groups = {_text(group["name"]): group for group in found}
    left: list[bytes] = await store.redis.zrange(keys.asides, 0, -1)  # type: ignore[assignment]  # bytes: no decode_responses
    names = sorted({name for name in groups if not name.startswith(GROUP)} | {_text(name) for name in left})
    return [await _standing(store, name, groups.get(name, {})) for name in names]


async def list_aside(store: Store, group: str, limit: int | None = None) -> list[AsideEvent]:
    """The group's dead letters, the latest first."""
    rows: list[tuple[bytes, dict[bytes, bytes]]] = await store.redis.xrevrange(  # type: ignore[assignment]  # bytes: no decode_responses
        store.keys.aside(group), count=limit
    )
    return [
        AsideEvent(
            id=_text(row_id),
            event=_text(fields.get(b"id")),
            subject=_text(fields.get(b"subject")),
            deliveries=_number(fields.get(b"deliveries", b"")),
            consumer=_text(fields.get(b"consumer")),
            died_at=moment(row_id.partition(b"-")[0]),
            article=_article(fields),
        )
        for row_id, fields in rows
    ]


async def retry_aside(store: Store, group: str, id_: str) -> Literal["retried", "unknown", "gone"]:
    """Give a dead letter to its group again, before what is new; "gone" where the stream has cut its row: it stays."""
    keys = store.keys
    done = await store.scripts("retry_aside", [keys.articles, keys.aside(group), keys.asides], [group, id_])
    return "retried" if done == 1 else "gone" if done == -1 else "unknown"


async def drop_aside(store: Store, group: str, id_: str) -> bool:
    """Give a dead letter up for good; False when there is no such one."""
    return bool(await store.scripts("drop_aside", [store.keys.aside(group), store.keys.asides], [group, id_]))


async def _standing(store: Store, name: str, group: dict[str, Any]) -> GroupStanding:
    keys = store.keys
    async with store.redis.pipeline(transaction=False) as pipe:
        pipe.xlen(keys.aside(name))
        pipe.xpending_range(keys.articles, name, "-", "+", 1)
        dead, first = await pipe.execute(raise_on_error=False)
    if isinstance(dead, refusals.RedisError):
        raise dead
    # A group that went away in between has nothing pending.
    deliveries = 0 if isinstance(first, refusals.RedisError) or not first else int(first[0]["times_delivered"])
    return GroupStanding(
        name=name,
        consumers=int(group.get("consumers", 0)),
        lag=group.get("lag"),
        pending=int(group.get("pending", 0)),
        deliveries=deliveries,
        dead=int(dead),
    )


def _article(fields: dict[bytes, bytes]) -> dict[str, Any] | None:
    try:
        return dict(read_event(fields).article)
    except EventError:
        return None


def _number(value: bytes) -> int:
    return int(value) if re.fullmatch(rb"[0-9]{1,9}", value) else 0


def _text(value: bytes | str | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""
