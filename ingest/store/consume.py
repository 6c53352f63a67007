"""
Reading the output as a member of a consumer group, in plain blocking Python.

At least once: an event is acknowledged when the loop asks for the next one, so a consumer that dies is given it again.
The same event always carries the same ``id``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import BusyLoadingError, ResponseError
from redis.retry import Retry

from ingest.errors import EventError
from ingest.messages.event import ReceivedEvent, read_event
from ingest.store.keys import Keys

#: Milliseconds to wait for news at a time; must stay below the socket's timeout (ecosystem.md, redis-py gotchas).
BLOCK_MS = 2000
#: An event that another member has held for so long is taken over: that member is dead.
TAKE_OVER_MS = 60_000
BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Who reads what."""

    stream: str
    group: str
    name: str
    take_over_ms: int


def consume(
    redis_url: str,
    group: str,
    consumer: str,
    *,
    prefix: str = "copydesk",
    take_over_ms: int = TAKE_OVER_MS,
    stop_when_idle: bool = False,
) -> Iterator[ReceivedEvent]:
    """
    Events for one member of a group, for ever, or until there is none when ``stop_when_idle`` is set.

    The group is created at the beginning of the stream if it is not there, and again if the server lost it. First come
    the events this member was given before and never acknowledged, then those of silent members, then new ones.

    Raises:
        redis.RedisError: the store stayed away for longer than a few tries.
        EventError: a row of the stream is no event of copydesk's.
    """
    client = redis.Redis.from_url(
        redis_url,
        socket_timeout=10,
        retry=Retry(ExponentialWithJitterBackoff(cap=2, base=0.1), 8),
        retry_on_error=[BusyLoadingError],
    )
    member = Member(stream=Keys(prefix).articles, group=group, name=consumer, take_over_ms=take_over_ms)
    try:
        own = "0"
        while True:
            rows, own = _next_rows(client, member, own)
            if not rows and stop_when_idle:
                return
            for row_id, fields in rows:
                if fields:
                    yield _event(client, member, row_id, fields)
                client.xack(member.stream, member.group, row_id)
    finally:
        client.close()


def _next_rows(client: redis.Redis, member: Member, own: str) -> tuple[list[tuple[bytes, dict[bytes, bytes]]], str]:
    """Rows to work on, and where to go on among this member's own unacknowledged ones (">" once there are none)."""
    try:
        if own == ">":
            taken = _taken_over(client, member)
            if taken:
                return taken, own
        reply: Any = client.xreadgroup(member.group, member.name, {member.stream: own}, count=BATCH, block=BLOCK_MS)
    except ResponseError as error:
        if not str(error).startswith("NOGROUP"):
            raise
        _create_group(client, member)
        return _next_rows(client, member, "0")
    rows = reply[0][1] if reply else []
    if own != ">" and not rows:
        return _next_rows(client, member, ">")
    return rows, own


def _taken_over(client: redis.Redis, member: Member) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """Rows of silent members; one look covers 10 * BATCH pending rows, so it goes on until the end (cursor 0-0)."""
    cursor: bytes | str = "0-0"
    while True:
        reply: Any = client.xautoclaim(
            member.stream, member.group, member.name, member.take_over_ms, start_id=cursor, count=BATCH
        )
        cursor = reply[0]
        if reply[1] or cursor == b"0-0":
            return list(reply[1])


def _event(client: redis.Redis, member: Member, row_id: bytes, fields: dict[bytes, bytes]) -> ReceivedEvent:
    """The row's event; a row that is none is acknowledged first, so that it stops its reader once and not for ever."""
    try:
        return read_event(fields)
    except EventError:
        client.xack(member.stream, member.group, row_id)
        raise


def _create_group(client: redis.Redis, member: Member) -> None:
    """From the first event on: a group that starts at "$" after a loss would skip what came in between."""
    try:
        client.xgroup_create(member.stream, member.group, id="0", mkstream=True)
    except ResponseError as error:
        if not str(error).startswith("BUSYGROUP"):
            raise
