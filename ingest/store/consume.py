"""
Reading the output as a member of a consumer group, in plain blocking Python.

At least once: an event is acknowledged when the loop asks for the next one, so a consumer that dies is given it again.
The same event always carries the same ``id``; once.py remembers which were done.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

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


def consume(
    redis_url: str,
    group: str,
    consumer: str,
    *,
    prefix: str = "copydesk",
    take_over_ms: int = TAKE_OVER_MS,
    stop_when_idle: bool = False,
    stop: threading.Event | None = None,
    patience: timedelta = PATIENCE,
    max_deliveries: int | None = None,
) -> Iterator[ReceivedEvent]:
    """
    Events for one member of a group, for ever, or until there is none when ``stop_when_idle`` is set.

    The group is created at the beginning of the stream if it is not there, and again if the server lost it. First come
    the events this member was given before and never acknowledged, then those that silent members have held for
    ``take_over_ms``, then new ones. ``take_over_ms`` must be more than the longest time an event takes.

    Once ``stop`` is set the event in hand is acknowledged, those that wait behind it are handed to the other members,
    and the iteration ends, within two seconds where there is nothing to do. An iterator that is closed, or left by an
    exception, acknowledges nothing: its event comes again.

    A store that is away is waited for, ``patience`` at most (10 s until it has answered once); no event is lost.

    An event that was delivered ``max_deliveries`` times and never acknowledged is put aside: it becomes a dead letter
    of the group (``copydesk groups``), and the group goes on. Without a limit it comes again until it is done.

    Raises:
        StoreError: the store stayed away, refuses us, or the address makes no sense.
        EventError: a row of the stream is no event of copydesk's. Ask for another iterator: it goes on behind that row.
        ValueError: ``max_deliveries`` is less than two, a name is empty, or ``take_over_ms`` negative.
    """
    member = member_of(prefix, group, consumer, take_over_ms, max_deliveries)
    line = Line(redis_url, patience, stop)
    try:
        yield from _events(line, member, stop_when_idle=stop_when_idle)
    finally:
        line.close()


class Line:
    """A blocking connection that outlasts absences of the store."""

    def __init__(self, redis_url: str, patience: timedelta, stop: threading.Event | None = None) -> None:
        try:
            # No retries of redis-py's: it would read on behind rows whose delivery got lost on the way.
            self._client = redis.Redis.from_url(
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

    def send(self, steps: Steps[T]) -> T:
        """What comes of the steps. Raises what the store says, and what says that it is away."""
        try:
            command = next(steps)
            while True:
                try:
                    reply = self._client.execute_command(  # type: ignore[no-untyped-call]  # redis-py's
                        *command.words, **command.options
                    )
                except ResponseError as error:
                    command = steps.throw(error)
                else:
                    self._patience.answered()
                    command = steps.send(reply)
        except StopIteration as end:
            result: T = end.value
            return result

    def wait(self, error: RedisError) -> None:
        """Wait for the store, a little. Raises StoreError when that has been done for long enough."""
        seconds = self._patience.pause(error)
        if self._stop is None:
            time.sleep(seconds)
        else:
            self._stop.wait(seconds)

    def close(self) -> None:
        """Give the connection back."""
        self._client.close()


def _events(line: Line, member: Member, *, stop_when_idle: bool) -> Iterator[ReceivedEvent]:
    own = "0"
    while not line.is_stopped:
        try:
            rows, own = line.send(next_rows(member, own))
        except PASSING as error:
            line.wait(error)
            # Rows that were on their way when the line broke are pending, and ours.
            own = "0"
            continue
        if not rows and stop_when_idle:
            return
        yield from _batch(line, member, rows)


def _batch(line: Line, member: Member, rows: list[Row]) -> Iterator[ReceivedEvent]:
    touched = time.monotonic()
    while rows:
        if line.is_stopped:
            # Away, or lost: they are this member's own when it comes back.
            with suppress(RedisError):
                line.send(release(member, rows))
            return
        row_id, fields = rows.pop(0)
        if fields:
            yield _event(line, member, row_id, fields)
        _acknowledge(line, member, row_id)
        if rows and time.monotonic() - touched > member.take_over_ms / 2000:
            with suppress(*PASSING):
                rows = line.send(still_held(member, rows))
            touched = time.monotonic()


def _acknowledge(line: Line, member: Member, row_id: bytes) -> None:
    """Until the store has it, or the consumer stops: then the event comes again."""
    while True:
        try:
            line.send(acknowledge(member, row_id))
        except PASSING as error:
            if line.is_stopped:
                return
            line.wait(error)
        else:
            return


def _event(line: Line, member: Member, row_id: bytes, fields: dict[bytes, bytes]) -> ReceivedEvent:
    """The row's event; a row that is none is acknowledged first, so that it stops its reader once and not for ever."""
    try:
        return read_event(fields)
    except EventError:
        _acknowledge(line, member, row_id)
        raise
