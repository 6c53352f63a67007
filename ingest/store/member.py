"""
What a member of a consumer group asks its server, in which order, and what it makes of the replies: without doing it.

The functions are generators: they give the command to send and are given the reply. consume.py sends in blocking
Python, consume_async.py in asyncio; what they mean by "pending", "taken over" and "lost" is therefore the same.

What was delivered before comes one row at a time. The server counts a delivery for every row that it hands out; were
they handed out together, a row that kills its consumer would count against all that waited behind it.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from redis.exceptions import ResponseError

from ingest.store.connect import is_out_of_memory
from ingest.store.keys import Keys
from ingest.store.scripts import source

#: Milliseconds to wait for news at a time; must stay below the socket's timeout (ecosystem.md, redis-py gotchas).
BLOCK_MS = 2000
#: The group, or the stream with it, is gone; the second is said to whom it happens while waiting (Redis 7.0).
LOST = ("NOGROUP", "UNBLOCKED")
#: An event that another member has held for so long is taken over: that member is dead.
TAKE_OVER_MS = 60_000
BATCH = 50
#: The first delivery is to a batch, whose later rows the consumer may never have come to: one more is a real one.
FEWEST_DELIVERIES = 2
#: Dead letters a group may have; while it has so many, what would become one is delivered again, as without a limit.
MAX_ASIDE = 500


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

    keys: Keys
    group: str
    name: str
    take_over_ms: int
    #: How often an event is delivered at most; None: as often as it takes.
    max_deliveries: int | None

    @property
    def stream(self) -> str:
        """The output stream."""
        return self.keys.articles


def member_of(prefix: str, group: str, name: str, take_over_ms: int, max_deliveries: int | None = None) -> Member:
    """
    A member of a group on the output stream.

    Raises:
        ValueError: a group or consumer without a name, a negative time, or so few deliveries that events would be put
            aside which no consumer ever saw.
    """
    if not (group and name):
        raise ValueError("a group and a consumer must have names")
    if take_over_ms < 0:
        raise ValueError("take_over_ms must not be negative")
    if max_deliveries is not None and max_deliveries < FEWEST_DELIVERIES:
        raise ValueError(f"max_deliveries must be {FEWEST_DELIVERIES} at least, or None")
    return Member(keys=Keys(prefix), group=group, name=name, take_over_ms=take_over_ms, max_deliveries=max_deliveries)


def next_rows(member: Member, own: str) -> Steps[tuple[list[Row], str]]:
    """Rows to work on, and where to go on: among this member's own unacknowledged ones ("0"), or behind them (">")."""
    try:
        for place in dict.fromkeys((own, ">")):
            row = yield from _delivered_before(member, is_own=place != ">")
            if row:
                return [row], place
        who = ("GROUP", member.group, member.name)
        reply = yield Command(("XREADGROUP", *who, "COUNT", BATCH, "BLOCK", BLOCK_MS, "STREAMS", member.stream, ">"))
    except ResponseError as error:
        if not str(error).startswith(LOST):
            raise
        yield from _create_group(member)
        return (yield from next_rows(member, "0"))
    return list(reply[0][1]) if reply else [], ">"


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


def _delivered_before(member: Member, *, is_own: bool) -> Steps[Row | None]:
    """The oldest row that this member, or a silent one, was given before; what was delivered too often is put aside."""
    silence = 0 if is_own else member.take_over_ms
    idle, mine = ((), (member.name,)) if is_own else (("IDLE", silence), ())
    while True:
        found = yield Command(
            ("XPENDING", member.stream, member.group, *idle, "-", "+", 1, *mine), {"parse_detail": True}
        )
        if not found:
            return None
        row_id, deliveries = found[0]["message_id"], found[0]["times_delivered"]
        is_too_often = member.max_deliveries is not None and deliveries >= member.max_deliveries
        if is_too_often and not (yield from _is_full(member, row_id)):
            continue
        # Another member may be quicker, and a row that was cut from the stream is not pending any more after this.
        rows = yield Command(("XCLAIM", member.stream, member.group, member.name, silence, row_id))
        if rows:
            claimed: Row = rows[0]
            return claimed


def _is_full(member: Member, row_id: bytes) -> Steps[bool]:
    """Whether there was no room to put a row aside, among its group's dead letters or in the store."""
    try:
        return bool((yield _put_aside(member, row_id)) == 0)
    except ResponseError as error:
        if not is_out_of_memory(error):
            raise
        return True


def _put_aside(member: Member, row_id: bytes) -> Command:
    """EVAL, not EVALSHA: it is rare, and whoever reads need not have loaded anything."""
    keys = member.keys
    return Command(
        (
            "EVAL",
            source("put_aside"),
            3,
            *(keys.articles, keys.aside(member.group), keys.asides),
            *(member.group, row_id, member.name, member.take_over_ms, member.max_deliveries, MAX_ASIDE),
        )
    )


def _create_group(member: Member) -> Steps[None]:
    """From the first event on: a group that starts at "$" after a loss would skip what came in between."""
    try:
        yield Command(("XGROUP CREATE", member.stream, member.group, "0", "MKSTREAM"))
    except ResponseError as error:
        if not str(error).startswith("BUSYGROUP"):
            raise
