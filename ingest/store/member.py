"""
What a member of a consumer group asks its server, in which order, and what it makes of the replies: without doing it.

The functions are generators: they give the command to send and are given the reply. consume.py sends in blocking
Python, consume_async.py in asyncio; what they mean by "pending", "taken over" and "lost" is therefore the same.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from redis.exceptions import ResponseError

from ingest.store.keys import Keys

#: Milliseconds to wait for news at a time; must stay below the socket's timeout (ecosystem.md, redis-py gotchas).
BLOCK_MS = 2000
#: The group, or the stream with it, is gone; the second is said to whom it happens while waiting (Redis 7.0).
LOST = ("NOGROUP", "UNBLOCKED")
#: An event that another member has held for so long is taken over: that member is dead.
TAKE_OVER_MS = 60_000
BATCH = 50


@dataclass(frozen=True, slots=True)
class Command:
    """A command's words, and what redis-py must know to read its reply."""

    words: tuple[Any, ...]
    options: Mapping[str, Any] = field(default_factory=dict)


T = TypeVar("T")
Row: TypeAlias = tuple[bytes, dict[bytes, bytes]]
#: Commands to send, one after the other, and what comes of them.
Steps: TypeAlias = Generator[Command, Any, T]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Who reads what."""

    stream: str
    group: str
    name: str
    take_over_ms: int


def member_of(prefix: str, group: str, name: str, take_over_ms: int) -> Member:
    """A member of a group on the output stream."""
    return Member(stream=Keys(prefix).articles, group=group, name=name, take_over_ms=take_over_ms)


def next_rows(member: Member, own: str) -> Steps[tuple[list[Row], str]]:
    """Rows to work on, and where to go on among this member's own unacknowledged ones (">" once there are none)."""
    try:
        if own == ">":
            taken = yield from _taken_over(member)
            if taken:
                return taken, own
        who = ("GROUP", member.group, member.name)
        reply = yield Command(("XREADGROUP", *who, "COUNT", BATCH, "BLOCK", BLOCK_MS, "STREAMS", member.stream, own))
    except ResponseError as error:
        if not str(error).startswith(LOST):
            raise
        yield from _create_group(member)
        return (yield from next_rows(member, "0"))
    rows: list[Row] = list(reply[0][1]) if reply else []
    if own != ">" and not rows:
        return (yield from next_rows(member, ">"))
    return rows, own


def acknowledge(member: Member, row_id: bytes) -> Steps[None]:
    """The row is done: nobody is given it again."""
    yield Command(("XACK", member.stream, member.group, row_id))


def still_held(member: Member, rows: Sequence[Row]) -> Steps[list[Row]]:
    """
    Those of the rows that nobody took over while others were worked on; their time starts anew.

    A lost group has taken nothing over: the next read finds out about it.
    """
    try:
        reply = yield Command(
            ("XPENDING", member.stream, member.group, rows[0][0], rows[-1][0], len(rows), member.name),
            {"parse_detail": True},
        )
        held = {one["message_id"] for one in reply}
        if held:
            yield _claim(member, [row_id for row_id, _ in rows if row_id in held], idle=0)
    except ResponseError as error:
        if not str(error).startswith(LOST):
            raise
        return list(rows)
    return [row for row in rows if row[0] in held]


def release(member: Member, rows: Sequence[Row]) -> Steps[None]:
    """The rows are anybody's from now on: they count as held for as long as it takes to be taken over."""
    try:
        yield _claim(member, [row_id for row_id, _ in rows], idle=member.take_over_ms)
    except ResponseError as error:
        if not str(error).startswith(LOST):
            raise


def _claim(member: Member, ids: Sequence[bytes], *, idle: int) -> Command:
    """JUSTID: the count of deliveries stays as it is, for nothing is delivered."""
    words = ("XCLAIM", member.stream, member.group, member.name, 0, *ids, "IDLE", idle, "JUSTID")
    return Command(words, {"parse_justid": True})


def _taken_over(member: Member) -> Steps[list[Row]]:
    """Rows of silent members; one look covers 10 * BATCH pending rows, so it goes on until the end (cursor 0-0)."""
    cursor: bytes | str = "0-0"
    while True:
        reply = yield Command(
            ("XAUTOCLAIM", member.stream, member.group, member.name, member.take_over_ms, cursor, "COUNT", BATCH)
        )
        cursor = reply[0]
        if reply[1] or cursor == b"0-0":
            return list(reply[1])


def _create_group(member: Member) -> Steps[None]:
    """From the first event on: a group that starts at "$" after a loss would skip what came in between."""
    try:
        yield Command(("XGROUP CREATE", member.stream, member.group, "0", "MKSTREAM"))
    except ResponseError as error:
        if not str(error).startswith("BUSYGROUP"):
            raise
