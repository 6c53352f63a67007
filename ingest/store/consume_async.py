"""Reading the output as a member of a consumer group, in asyncio: consume.py's promises, word for word."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from datetime import timedelta

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from ingest.errors import EventError, StoreError
from ingest.messages.event import ReceivedEvent, read_event
from ingest.store.connect import NO_ADDRESS, REPLY_SECONDS
from ingest.store.member import (
    TAKE_OVER_MS,
    Member,
    Row,
    Steps,
    T,
    acknowledge,
    member_of,
    next_rows,
    release,
    still_held,
)
from ingest.store.patience import PASSING, PATIENCE, Patience
from ingest.store.scripts import heed_cancellation


async def consume_async(
    redis_url: str,
    group: str,
    consumer: str,
    *,
    prefix: str = "copydesk",
    take_over_ms: int = TAKE_OVER_MS,
    stop_when_idle: bool = False,
    stop: asyncio.Event | None = None,
    patience: timedelta = PATIENCE,
    max_deliveries: int | None = None,
) -> AsyncGenerator[ReceivedEvent, None]:
    """
    Events for one member of a group, as ``consume`` gives them; members of both kinds may share a group.

    A task that is cancelled acknowledges nothing: its event comes again. Who leaves the loop early closes the iterator
    (``contextlib.aclosing``).

    Raises:
        StoreError: the store stayed away, refuses us, or the address makes no sense.
        EventError: a row of the stream is no event of copydesk's. Ask for another iterator: it goes on behind that row.
    """
    member = member_of(prefix, group, consumer, take_over_ms, max_deliveries)
    line = AsyncLine(redis_url, patience, stop)
    try:
        async with aclosing(_events(line, member, stop_when_idle=stop_when_idle)) as events:
            async for event in events:
                yield event
    finally:
        await line.close()


class AsyncLine:
    """A connection in asyncio that outlasts absences of the store."""

    def __init__(self, redis_url: str, patience: timedelta, stop: asyncio.Event | None = None) -> None:
        try:
            # No retries of redis-py's: it would read on behind rows whose delivery got lost on the way.
            self._client = redis.asyncio.Redis.from_url(
                redis_url, socket_timeout=REPLY_SECONDS, socket_connect_timeout=5, retry=Retry(NoBackoff(), 0)
            )
        except ValueError:
            raise StoreError(NO_ADDRESS) from None
        self._patience = Patience(patience)
        self._stop = stop

    @property
    def is_stopped(self) -> bool:
        """Whether the consumer was asked to stop."""
        return self._stop is not None and self._stop.is_set()

    async def send(self, steps: Steps[T]) -> T:
        """What comes of the steps. Raises what the store says, and what says that it is away."""
        try:
            command = next(steps)
            while True:
                try:
                    reply = await self._client.execute_command(  # type: ignore[no-untyped-call]  # redis-py's
                        *command.words, **command.options
                    )
                    heed_cancellation()
                except ResponseError as error:
                    command = steps.throw(error)
                else:
                    self._patience.answered()
                    command = steps.send(reply)
        except StopIteration as end:
            result: T = end.value
            return result

    async def wait(self, error: RedisError) -> None:
        """Wait for the store, a little. Raises StoreError when that has been done for long enough."""
        heed_cancellation()
        seconds = self._patience.pause(error)
        if self._stop is None:
            await asyncio.sleep(seconds)
        else:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), seconds)

    async def close(self) -> None:
        """Give the connection back."""
        await self._client.aclose()


async def _events(line: AsyncLine, member: Member, *, stop_when_idle: bool) -> AsyncGenerator[ReceivedEvent, None]:
    own = "0"
    while not line.is_stopped:
        try:
            rows, own = await line.send(next_rows(member, own))
        except PASSING as error:
            await line.wait(error)
            # Rows that were on their way when the line broke are pending, and ours.
            own = "0"
            continue
        if not rows and stop_when_idle:
            return
        async with aclosing(_batch(line, member, rows)) as events:
            async for event in events:
                yield event


async def _batch(line: AsyncLine, member: Member, rows: list[Row]) -> AsyncGenerator[ReceivedEvent, None]:
    touched = time.monotonic()
    while rows:
        if line.is_stopped:
            # Away, or lost: they are this member's own when it comes back.
            with suppress(RedisError):
                await line.send(release(member, rows))
            return
        row_id, fields = rows.pop(0)
        if fields:
            yield await _event(line, member, row_id, fields)
        await _acknowledge(line, member, row_id)
        if rows and time.monotonic() - touched > member.take_over_ms / 2000:
            with suppress(*PASSING):
                rows = await line.send(still_held(member, rows))
            touched = time.monotonic()


async def _acknowledge(line: AsyncLine, member: Member, row_id: bytes) -> None:
    """Until the store has it, or the consumer stops: then the event comes again."""
    while True:
        try:
            await line.send(acknowledge(member, row_id))
        except PASSING as error:
            if line.is_stopped:
                return
            await line.wait(error)
        else:
            return


async def _event(line: AsyncLine, member: Member, row_id: bytes, fields: dict[bytes, bytes]) -> ReceivedEvent:
    """The row's event; a row that is none is acknowledged first, so that it stops its reader once and not for ever."""
    try:
        return read_event(fields)
    except EventError:
        await _acknowledge(line, member, row_id)
        raise
