"""
The output stream as a relay reads it: for each sink a consumer group, one relay at a time, and the sink's dead letters.

Order within a subject comes from there being one reader: a relay holds a sink by a lease, and all of them are one
consumer of the group, so that whoever holds it next finds what the one before had in hand, in its order. Nothing here
waits (BLOCK): an idle relay asks again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from redis import exceptions as refusals

from ingest.store.connect import Store
from ingest.store.due import milliseconds, moment
from ingest.store.entries import read_counts

#: Dead letters a sink may have; while it has so many, what it refuses stays with the relay, and the sink waits.
MAX_DEAD = 500
#: Characters of an error or a reason that are kept.
MAX_REASON = 500
#: What the names of the relay's consumer groups begin with.
GROUP = "relay:"

#: Where a group begins that is not there yet: with what the stream still holds, or with what comes next.
Start = Literal["beginning", "now"]
#: What became of a row: the engine has it; a filter left it out; it had left the stream unread; it was refused.
Outcome = Literal["sent", "filtered", "lost", "refused"]
#: How a sink is doing: "running", "waiting" for an engine that is away, "full" of dead letters, or "broken": what is
#: configured makes no sense.
SinkState = Literal["running", "waiting", "full", "broken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row that a sink is to be given."""

    id: str
    #: As on the stream; empty where the row has left it unread.
    fields: Mapping[bytes, bytes]
    #: A dead letter that is tried again, and no row of the stream.
    is_again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of one row."""

    row: Row
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a sink is doing."""

    name: str
    #: Rows of the stream that it has not been given; None where the server cannot tell, or nothing was read yet.
    lag: int | None = None
    #: Rows that it was given and that are not settled.
    pending: int = 0
    #: Whether a relay works for it now.
    is_held: bool = False
    state: str = ""
    error: str = ""
    #: When it came into that state.
    since: datetime | None = None
    sent: int = 0
    filtered: int = 0
    lost: int = 0
    refused: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedEvent:
    """A dead letter of a sink."""

    #: Its own id; the event's is in the fields.
    id: str
    event: str
    subject: str
    reason: str
    died_at: datetime | None


async def hold_sink(store: Store, sink: str, holder: str, *, lease: timedelta) -> bool:
    """Be the relay that works for a sink, or stay it; False while another one is."""
    return bool(await store.scripts("hold_sink", [store.keys.relay(sink)], [holder, milliseconds(lease)]))


async def leave_sink(store: Store, sink: str, holder: str) -> bool:
    """Let another relay work for it at once; False when it was not ours."""
    return bool(await store.scripts("leave_sink", [store.keys.relay(sink)], [holder]))


async def take_rows(store: Store, sink: str, holder: str, *, count: int, start: Start) -> list[Row] | None:
    """
    What the sink is to be given next, oldest first; None when the sink is not ours.

    What was taken and not settled comes again, before anything new.
    """
    keys = store.keys
    reply: list[Any] = await store.scripts(
        "take_rows",
        [keys.articles, keys.relay(sink), keys.again(sink)],
        [holder, GROUP + sink, count, "0" if start == "beginning" else "$"],
    )
    if not reply[0]:
        return None
    return [*(_row(raw, is_again=True) for raw in reply[1]), *(_row(raw, is_again=False) for raw in reply[2])]


async def settle_rows(store: Store, sink: str, settled: Sequence[Settled]) -> int:
    """Say what became of rows; how many refused ones are not settled, because the dead letters are full."""
    if not settled:
        return 0
    keys = store.keys
    told = [
        part
        for one in settled
        for part in ("again" if one.row.is_again else "stream", one.row.id, one.outcome, one.reason[:MAX_REASON])
    ]
    return int(
        await store.scripts(
            "settle_rows",
            [keys.articles, keys.again(sink), keys.refused(sink), keys.counts],
            [GROUP + sink, sink, MAX_DEAD, *told],
        )
    )


async def note_state(store: Store, sink: str, state: SinkState, error: str = "") -> None:
    """Keep how the sink is doing, for whoever asks."""
    seconds, micros = await store.redis.time()
    since = int(seconds) * 1000 + int(micros) // 1000
    fields = {"state": state, "error": error[:MAX_REASON], "since": since}
    await store.redis.hset(store.keys.sink(sink), mapping=fields)  # type: ignore[arg-type]  # redis-py's Mapping is invariant


async def known_sinks(store: Store) -> list[str]:
    """The sinks that have a group on the stream, configured or not."""
    return sorted(await _groups(store))


async def read_standing(store: Store, sink: str) -> Standing:
    """How a sink is doing; all zero for one that no relay has worked for."""
    keys = store.keys
    group = (await _groups(store)).get(sink, {})
    outcomes = ("sent", "filtered", "lost", "refused")
    async with store.redis.pipeline(transaction=False) as pipe:
        pipe.hgetall(keys.sink(sink))
        pipe.exists(keys.relay(sink))
        pipe.xlen(keys.refused(sink))
        pipe.hmget(keys.counts, [f"sinks.{sink}.{outcome}" for outcome in outcomes])
        noted, is_held, dead, counted = await pipe.execute()
    named = dict(zip((f"sinks.{sink}.{outcome}".encode() for outcome in outcomes), counted, strict=True))
    sent, filtered, lost, refused = read_counts({name: value or b"0" for name, value in named.items()}).values()
    return Standing(
        name=sink,
        lag=group.get("lag"),
        pending=int(group.get("pending", 0)),
        is_held=bool(is_held),
        state=_text(noted.get(b"state")),
        error=_text(noted.get(b"error")),
        since=moment(noted.get(b"since")),
        sent=sent,
        filtered=filtered,
        lost=lost,
        refused=refused,
        dead=int(dead),
    )


async def list_refused(store: Store, sink: str, limit: int | None = None) -> list[RefusedEvent]:
    """The sink's dead letters, the latest first."""
    rows: list[tuple[bytes, dict[bytes, bytes]]] = await store.redis.xrevrange(  # type: ignore[assignment]  # bytes: no decode_responses
        store.keys.refused(sink), count=limit
    )
    return [
        RefusedEvent(
            id=_text(row_id),
            event=_text(fields.get(b"id")),
            subject=_text(fields.get(b"subject")),
            reason=_text(fields.get(b"reason")),
            died_at=moment(row_id.partition(b"-")[0]),
        )
        for row_id, fields in rows
    ]


async def retry_refused(store: Store, sink: str, id_: str) -> bool:
    """Give a dead letter to the sink again, before what is new; False when there is no such one."""
    keys = store.keys
    return bool(await store.scripts("retry_refused", [keys.refused(sink), keys.again(sink)], [id_]))


async def drop_refused(store: Store, sink: str, id_: str) -> bool:
    """Give a dead letter up for good; False when there is no such one."""
    return bool(await store.redis.xdel(store.keys.refused(sink), id_))


async def forget_sink(store: Store, sink: str) -> Literal["forgotten", "unknown", "held"]:
    """End a sink's hold on the stream, with its dead letters; "held" while a relay still works for it."""
    keys = store.keys
    done = await store.scripts(
        "forget_sink",
        [keys.articles, keys.relay(sink), keys.again(sink), keys.refused(sink), keys.sink(sink), keys.counts],
        [GROUP + sink, sink],
    )
    return "held" if done == -1 else "forgotten" if done else "unknown"


async def _groups(store: Store) -> dict[str, dict[str, Any]]:
    """The relay's groups by the sink's name."""
    try:
        found: list[dict[str, Any]] = await store.redis.xinfo_groups(store.keys.articles)
    except refusals.ResponseError as error:
        if not str(error).startswith("no such key"):
            raise
        return {}
    names = {_text(group["name"]): group for group in found}
    return {name.removeprefix(GROUP): group for name, group in names.items() if name.startswith(GROUP)}


def _row(raw: list[Any], *, is_again: bool) -> Row:
    flat: Sequence[bytes] = raw[1] or ()
    return Row(id=_text(raw[0]), fields=dict(zip(flat[::2], flat[1::2], strict=True)), is_again=is_again)


def _text(value: bytes | str | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""


def is_row_id(text: str) -> bool:
    """Whether this can be the id of a dead letter."""
    return re.fullmatch(r"[0-9]{1,20}-[0-9]{1,20}", text) is not None
