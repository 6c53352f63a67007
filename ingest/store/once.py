"""
Acting once on what is delivered at least once: a memory of the ids that were done.

Two steps, so that a crash between them repeats an event and never loses it: it is marked as begun before the work and
as done behind it, and only what is done is passed over. Work that is one transaction of a database does better still:
it writes the id into a table of its own in that very transaction (docs/how-to/consume.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Literal, Protocol, TypeAlias

from ingest.messages.event import ReceivedEvent
from ingest.store.consume import Line
from ingest.store.due import milliseconds
from ingest.store.keys import Keys
from ingest.store.member import Command, Steps
from ingest.store.patience import PASSING, PATIENCE

#: What is known of an id: never seen; begun and not finished, so that half of it may be there; done.
Standing: TypeAlias = Literal["new", "again", "done"]

#: Longer than any backup of the store is old that somebody would go back to, and than a group stays behind.
MEMORY = timedelta(days=7)


class Marks(Protocol):
    """A memory of ids; one of your own makes ``Once`` as durable as it is."""

    def begin(self, event_id: str) -> Standing:
        """Remember that the event was begun, and say what was known of it before."""
        ...

    def done(self, event_id: str) -> None:
        """Remember that it is done."""
        ...


class Once:
    """
    Passes over events that were done before; shared by all members of a group.

        once = Once("redis://...", "my-group")
        for event in once.fresh(consume("redis://...", group="my-group", consumer="me")):
            ...

    The memory is the store at an address, under the group's name, for ``memory`` after an event was begun or done (some
    130 bytes an event); or an object of yours with ``begin`` and ``done``. In the store it is lost together with the
    stream: whoever must not act twice even when the store was restored keeps it elsewhere.
    """

    def __init__(
        self,
        marks: str | Marks,
        group: str = "",
        *,
        prefix: str = "copydesk",
        memory: timedelta = MEMORY,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._line: Line | None = None
        if isinstance(marks, str):
            self._line = Line(marks, patience)
            marks = StoreMarks(self._line, Keys(prefix), group, memory)
        self._marks: Marks = marks

    def fresh(self, events: Iterable[ReceivedEvent]) -> Iterator[ReceivedEvent]:
        """The events that are not done; each is marked as done when the next one is asked for, before its ack."""
        for event in events:
            if self._marks.begin(event.id) != "done":
                yield event
                self._marks.done(event.id)

    async def fresh_async(self, events: AsyncIterable[ReceivedEvent]) -> AsyncGenerator[ReceivedEvent, None]:
        """The same for ``consume_async``; the memory is asked in a thread."""
        async for event in events:
            if await asyncio.to_thread(self._marks.begin, event.id) != "done":
                yield event
                await asyncio.to_thread(self._marks.done, event.id)

    @contextmanager
    def working(self, event_id: str) -> Iterator[Standing]:
        """
        What is known of an event, for the length of the work on it: "new", "again" (half of it may be there) or "done".

        Left in order it is done; left by an exception it stays begun.
        """
        standing = self._marks.begin(event_id)
        yield standing
        if standing != "done":
            self._marks.done(event_id)

    def close(self) -> None:
        """Give back the connection to the store; a memory of yours stays open."""
        if self._line is not None:
            self._line.close()


class StoreMarks:
    """Marks in the store itself; it waits for one that is away as ``consume`` does."""

    def __init__(self, line: Line, keys: Keys, group: str, memory: timedelta) -> None:
        self._line = line
        self._keys = keys
        self._group = group
        self._px = milliseconds(memory)

    def begin(self, event_id: str) -> Standing:
        """One command, so two members that are given one event are told "new" and "again"."""
        # GET beside NX: Redis 7.0.
        match self._send("begun", event_id, "NX", "GET"):
            case None:
                return "new"
            case b"done":
                return "done"
            case _:
                return "again"

    def done(self, event_id: str) -> None:
        """From now on it is passed over."""
        self._send("done", event_id)

    def _send(self, mark: str, event_id: str, *words: str) -> object:
        while True:
            try:
                return self._line.send(_set(self._keys.mark(self._group, event_id), mark, self._px, words))
            except PASSING as error:
                self._line.wait(error)


def _set(key: str, mark: str, px: int, words: Iterable[str]) -> Steps[object]:
    return (yield Command(("SET", key, mark, *words, "PX", px), {"get": "GET" in words}))
