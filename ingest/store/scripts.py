"""
The Lua scripts, by name; sent with their text where the server does not know them (NOSCRIPT).

Calls of one turn of the event loop travel together: a call alone costs redis-py some 130 microseconds of our processor
and 60 of the server's, most of it for the trip (measured: three calls were a third of a whole poll's cost). Those of
some scripts share one command.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final, Literal, NamedTuple, cast

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
    "drop_aside",
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
    "put_aside",
    "read_owner",
    "read_robots",
    "read_source",
    "release",
    "remove_feed",
    "resume_feed",
    "retry_aside",
    "retry_dead",
    "retry_refused",
    "sample_counts",
    "settle_rows",
    "take_pushes",
    "take_rows",
    "trim_stream",
    "unseen",
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
#: What is asked while a trip is under way goes with the next one, so that trips grow with the load; after so many
#: seconds its connection may have died, and what is asked then sets out on another.
SLOW_SECONDS = 0.05
MAX_TRIPS = 2
#: Scripts that take several calls at once, and how many of their first keys and arguments are the same for all calls.
#: Such a script replies with a list, an item a call: the way in and out was a fifth of what a publication cost.
SHARED: Final[Mapping[Name, tuple[int, int]]] = {
    "acquire_host": (2, 0),
    "begin": (2, 0),
    "commit_article": (5, 2),
    "commit_poll": (5, 0),
}
#: Keys and arguments of such a command at most, but for the shared ones and a single call's: the store does nothing
#: else meanwhile, and one larger than its processor's cache costs more again (sixteen events of 7 kB a tenth less each
#: than thirty-two).
MAX_WORDS = 500
#: Replies after which a call is made anew by itself, by a client that loads the script or looks for another server.
_AGAIN = (
    refusals.NoScriptError,
    refusals.BusyLoadingError,
    refusals.ReadOnlyError,
    refusals.MasterDownError,
)


class _Call(NamedTuple):
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
        self._waiting: list[_Call] = []
        #: Each with when its trip set out, by the loop's clock.
        self._senders: dict[asyncio.Task[None], float] = {}
        self._look: asyncio.TimerHandle | None = None
        #: Kept of the pool's: to take one and give it back was a quarter of a trip. The pool closes them with its own.
        self._idle: list[Any] = []

    async def __call__(self, name: Name, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        """The script's reply: ints, bytes, or lists of them."""
        loop = asyncio.get_running_loop()
        call = _Call(name, keys, arguments, loop.create_future())
        self._waiting.append(call)
        self._set_out(loop)
        return await call.reply

    def _set_out(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have somebody make the calls that wait, now or when whoever is under way turns out to be slow."""
        now = loop.time()
        if len(self._senders) < MAX_TRIPS and all(now > left + SLOW_SECONDS for left in self._senders.values()):
            # The task begins after all that is ready in this turn has run, and may have added calls of its own.
            sender = loop.create_task(self._send())
            self._senders[sender] = now
            sender.add_done_callback(lambda gone: self._senders.pop(gone, None))
        elif self._look is None:
            self._look = loop.call_later(SLOW_SECONDS, self._look_again, loop)

    def _look_again(self, loop: asyncio.AbstractEventLoop) -> None:
        self._look = None
        if self._waiting:
            self._set_out(loop)

    async def _send(self) -> None:
        """Make the calls that wait, and those that come meanwhile."""
        me = cast("asyncio.Task[None]", asyncio.current_task())
        try:
            while self._waiting:
                calls = [call for call in self._waiting[:MAX_TOGETHER] if not call.reply.done()]
                del self._waiting[:MAX_TOGETHER]
                self._senders[me] = asyncio.get_running_loop().time()
                await self._settle_all(calls)
        finally:
            # At once, not in a callback: the next call must see whether anybody will take it along.
            self._senders.pop(me, None)

    async def _settle_all(self, calls: Sequence[_Call]) -> None:
        """Make these calls, and hand out the replies."""
        try:
            await self._make(calls)
        except Exception as error:  # noqa: BLE001 - it is the callers' to handle, every one of them
            for call in calls:
                _settle(call, error)
        finally:
            for call in calls:
                call.reply.cancel()

    async def _make(self, calls: Sequence[_Call]) -> None:
        journeys = _journeys(calls)
        if not journeys:
            return
        replies = await self._travel(journeys)
        for journey, reply in zip(journeys, replies, strict=True):
            for call, own in zip(journey, _own(journey, reply), strict=True):
                _settle(call, await self._alone(call) if isinstance(own, _AGAIN) else own)

    async def _travel(self, journeys: Sequence[Sequence[_Call]]) -> list[Any]:
        """
        The replies to commands that go together, errors as values.

        This is what redis-py's pipeline does, but for a timer and some ten function calls a reply.
        """
        pool: Any = self._client.connection_pool
        connection = self._idle.pop() if self._idle else await pool.get_connection()
        try:
            packed = connection.pack_commands(
                ("EVALSHA", _digest(journey[0].name), *_words(journey)) for journey in journeys
            )
            replies: list[Any] = await connection.retry.call_with_retry(
                lambda: _exchange(connection, packed, len(journeys)), lambda _: connection.disconnect()
            )
            return replies
        finally:
            self._idle.append(connection)

    async def _alone(self, call: _Call) -> Any:
        """The reply to one call, an error as a value; with its text, for a server may forget a script at any moment."""
        try:
            said: Any = await self._client.eval(source(call.name), len(call.keys), *call.keys, *call.arguments)
        except (refusals.RedisError, OSError) as error:
            return error
        return _own([call], said)[0]


def _journeys(calls: Sequence[_Call]) -> list[list[_Call]]:
    """The calls by the command that takes them: each alone, but for those of a script that takes several."""
    journeys: list[list[_Call]] = []
    shared: dict[tuple[Argument, ...], list[_Call]] = {}
    room: dict[tuple[Argument, ...], int] = {}
    for call in calls:
        n_keys, n_arguments = SHARED.get(call.name, (0, 0))
        # Attempts at feeds and at entries are two commands: their leases are two keys.
        kind = (call.name, *call.keys[:n_keys], *call.arguments[:n_arguments])
        n_words = len(call.keys) - n_keys + len(call.arguments) - n_arguments
        if kind in shared and room[kind] >= n_words:
            shared[kind].append(call)
            room[kind] -= n_words
        else:
            journeys.append([call])
            if call.name in SHARED:
                shared[kind], room[kind] = journeys[-1], MAX_WORDS - n_words
    return journeys


def _words(journey: Sequence[_Call]) -> list[Argument]:
    """What stands behind the script in its command: the number of keys, the keys, the arguments."""
    first, *others = journey
    n_keys, n_arguments = SHARED.get(first.name, (0, 0))
    words: list[Argument] = [0, *first.keys]
    for call in others:
        words += call.keys[n_keys:]
    words[0] = len(words) - 1
    words += first.arguments
    for call in others:
        words += call.arguments[n_arguments:]
    return words


def _own(journey: Sequence[_Call], reply: Any) -> Sequence[Any]:
    """Each call's own part of a reply; what stopped the command stopped every call."""
    if journey[0].name in SHARED and not isinstance(reply, Exception):
        return cast("Sequence[Any]", reply)
    return [reply] * len(journey)


async def _exchange(connection: Any, packed: Sequence[bytes], count: int) -> list[Any]:
    """
    Send commands and read so many replies.

    Raises:
        RedisError: the connection is of no use any more.
    """
    await connection.send_packed_command(packed)
    replies: list[Any] = []
    try:
        async with asyncio.timeout(connection.socket_timeout):
            while len(replies) < count:
                try:
                    replies.append(await connection.read_response(timeout=math.inf))
                except refusals.ResponseError as error:
                    replies.append(error)
    except TimeoutError:
        raise refusals.TimeoutError("the store took too long") from None
    return replies


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
