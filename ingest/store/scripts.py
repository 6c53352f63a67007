"""
The Lua scripts, by name; loaded once a client, reloaded by it when the server forgot them (NOSCRIPT).

Calls of one turn of the event loop travel together: a call alone costs redis-py some 130 microseconds of our processor
and 60 of the server's, most of it for the trip (measured: three calls were a third of a whole poll's cost).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import redis.asyncio
from redis import exceptions as refusals

Name = Literal[
    "acquire_host",
    "add_feed",
    "add_tally",
    "begin",
    "claim_due",
    "close_entry",
    "commit_article",
    "commit_poll",
    "commit_replay",
    "commit_revision",
    "correct_source",
    "count_volume",
    "drop_dead",
    "forget_sink",
    "forget_source",
    "hasten_revisit",
    "hold_host",
    "hold_sink",
    "keep_push",
    "keep_robots",
    "learn",
    "leave_sink",
    "merge_feeds",
    "move_feed",
    "pause_feed",
    "read_robots",
    "read_source",
    "release",
    "remove_feed",
    "resume_feed",
    "retry_dead",
    "retry_refused",
    "sample_counts",
    "settle_rows",
    "take_pushes",
    "take_rows",
    "trim_stream",
    "vote",
]

#: What a script takes: everything is bytes on the wire.
Argument = str | bytes | int


@cache
def source(name: Name) -> str:
    """The text of a script."""
    return (resources.files("ingest.store") / "lua" / f"{name}.lua").read_text(encoding="utf-8")


@cache
def _digest(name: Name) -> str:
    """By what the server knows a script."""
    return hashlib.sha1(source(name).encode(), usedforsecurity=False).hexdigest()


#: Calls that travel together at most; more would wait for each other's replies.
MAX_TOGETHER = 64
#: Replies after which a call is made anew by itself, by a client that loads the script or looks for another server.
_AGAIN = (
    refusals.NoScriptError,
    refusals.BusyLoadingError,
    refusals.ReadOnlyError,
    refusals.MasterDownError,
)


@dataclass(frozen=True, slots=True)
class _Call:
    """A call that waits for its turn, and its caller."""

    name: Name
    keys: Sequence[str]
    arguments: Sequence[Argument]
    reply: asyncio.Future[Any]


class Scripts:
    """
    Calls scripts by name on one client.

    A caller that is cancelled gets no reply; a call that has left is carried out all the same.
    """

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self._client = client
        self._known: dict[Name, Any] = {}
        self._waiting: list[_Call] = []
        self._senders: set[asyncio.Task[None]] = set()

    async def __call__(self, name: Name, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        """The script's reply: ints, bytes, or lists of them."""
        call = _Call(name, keys, arguments, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        if len(self._waiting) == 1:
            # The task begins after all that is ready in this turn has run, and may have added calls of its own.
            sender = asyncio.create_task(self._send())
            self._senders.add(sender)
            sender.add_done_callback(self._senders.discard)
        return await call.reply

    async def _send(self) -> None:
        """Make the calls that wait, and hand out the replies."""
        waiting, self._waiting = self._waiting, []
        calls = [call for call in waiting if not call.reply.done()]
        try:
            for start in range(0, len(calls), MAX_TOGETHER):
                await self._make(calls[start : start + MAX_TOGETHER])
        except Exception as error:  # noqa: BLE001 - it is the callers' to handle, every one of them
            for call in calls:
                _settle(call, error)
        finally:
            for call in calls:
                call.reply.cancel()

    async def _make(self, calls: Sequence[_Call]) -> None:
        if len(calls) == 1:
            _settle(calls[0], await self._alone(calls[0]))
            return
        pipe = self._client.pipeline(transaction=False)
        for call in calls:
            pipe.execute_command("EVALSHA", _digest(call.name), len(call.keys), *call.keys, *call.arguments)
        replies = await pipe.execute(raise_on_error=False)
        for call, reply in zip(calls, replies, strict=True):
            _settle(call, await self._alone(call) if isinstance(reply, _AGAIN) else reply)

    async def _alone(self, call: _Call) -> Any:
        """The reply to one call, an error as a value."""
        script = self._known.get(call.name)
        if script is None:
            script = self._known[call.name] = self._client.register_script(source(call.name))
        try:
            return await script(keys=list(call.keys), args=list(call.arguments))
        except (refusals.RedisError, OSError) as error:
            return error


def _settle(call: _Call, reply: Any) -> None:
    """Give a caller that still waits its reply."""
    if call.reply.done():
        return
    if isinstance(reply, Exception):
        call.reply.set_exception(reply)
    else:
        call.reply.set_result(reply)


def heed_cancellation() -> None:
    """
    Raise what redis-py has swallowed.

    It sends through asyncio.wait_for, which on Python 3.11 loses a cancellation that arrives as the bytes leave
    (CPython issue 86296): a task told to stop would go on for ever. Fixed in 3.12, where this finds nothing.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
