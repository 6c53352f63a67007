"""
The newest events in few words, held in this process: what the list of articles and the clusters are made of.

Each request reads only what came since the one before. A filter that finds too little here looks on in the store, for
a bounded number of rows.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingest.errors import EventError
from ingest.messages.event import read_event
from ingest.store.articles import stream_length
from ingest.store.connect import Store
from ingest.store.rows import Row, row_time, rows_after, rows_before
from workers.web.words import objects, part, said, texts

#: Events that are held: some 10 MB with their texts.
HELD = 2000
#: Characters of a text that are searched.
SEARCHED = 8000
#: Rows read in one round trip: a few milliseconds of ours.
BATCH = 100
#: Rows beyond the held ones that one page looks through.
BEYOND = 500
_OPENING = 220


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An event of the stream as a list shows it; ``is_damaged``: it is none of ours."""

    row: str
    at: datetime | None
    is_damaged: bool = False
    kind: str = ""
    id: str = ""
    revision: int = 1
    title: str = ""
    opening: str = ""
    domain: str = ""
    source: str = ""
    feed: str = ""
    language: str = ""
    words: int = 0
    agency: str = ""
    cluster: str = ""
    role: str = ""
    removed: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    searched: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is looked for among events."""

    words: str = ""
    source: str = ""
    language: str = ""
    kind: str = ""
    role: str = ""
    flag: str = ""
    event: str = ""

    def has(self, line: Line) -> bool:
        """Whether this event is meant."""
        return (
            (not self.source or self.source in {line.domain, line.feed})
            and (not self.language or line.language == self.language)
            and (not self.kind or self.kind in line.removed)
            and (not self.role or line.role == self.role)
            and (not self.flag or self.flag in line.flags)
            and (not self.event or line.kind == self.event)
            and all(word in line.searched for word in self.words.casefold().split())
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of events."""

    lines: tuple[Line, ...]
    #: The row after which it goes on; "" at the end of the stream.
    further: str
    #: When what was looked through last was written; None where all was.
    until: datetime | None


class Tail:
    """The newest events, the newest first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lines: deque[Line] = deque(maxlen=HELD)
        self._lock = asyncio.Lock()

    async def lines(self) -> Sequence[Line]:
        """All that are held, as of now."""
        async with self._lock:
            length = await stream_length(self._store)
            if self._lines:
                await self._follow()
            else:
                await self._fill()
            while len(self._lines) > length:
                self._lines.pop()
            return tuple(self._lines)

    async def find(self, sought: Sought, *, before: str, count: int) -> Found:
        """At most ``count`` events older than the row ``before`` ("": the newest)."""
        held = await self.lines()
        older = [line for line in held if not before or _place(line.row) < _place(before)]
        lines = [line for line in older if sought.has(line)][: count + 1]
        last, looked = (older[-1].row if older else before), 0
        is_end = False
        while len(lines) <= count and looked < BEYOND and not is_end:
            rows = await rows_before(self._store, last, BATCH)
            lines += [line for line in map(digest, rows) if sought.has(line)]
            looked, is_end = looked + len(rows), len(rows) < BATCH
            last = rows[-1][0] if rows else last
        if len(lines) > count:
            further = lines[count - 1].row
            return Found(lines=tuple(lines[:count]), further=further, until=row_time(further))
        return Found(lines=tuple(lines), further="" if is_end else last, until=None if is_end else row_time(last))

    async def _fill(self) -> None:
        last = ""
        while len(self._lines) < HELD and (rows := await rows_before(self._store, last, BATCH)):
            self._lines.extend(map(digest, rows))
            last = rows[-1][0]

    async def _follow(self) -> None:
        for _ in range(HELD // BATCH):
            rows = await rows_after(self._store, self._lines[0].row, BATCH)
            self._lines.extendleft(map(digest, rows))
            if len(rows) < BATCH:
                return
        # So much came that a reader from the newest end is there sooner.
        self._lines.clear()
        await self._fill()


def _place(row: str) -> tuple[int, int]:
    first, _, second = row.partition("-")
    return (int(first), int(second)) if first.isdecimal() and second.isdecimal() else (0, 0)


def digest(row: Row) -> Line:
    """An event in few words; whatever is stored, this gives a line."""
    id_, fields = row
    try:
        event = read_event(fields)
        return _digest(id_, event.type, event.article)
    except (EventError, TypeError, ValueError, AttributeError):
        return Line(row=id_, at=row_time(id_), is_damaged=True)


def _digest(row: str, type_: str, data: dict[str, Any]) -> Line:
    text = data.get("text") if isinstance(data.get("text"), str) else ""
    title = said(data.get("title"), 300)
    cleaning, source, cluster = data.get("cleaning"), data.get("source"), data.get("cluster")
    id_ = said(data.get("id"), 200)
    words, revision = data.get("word_count"), data.get("revision")
    return Line(
        row=row,
        at=row_time(row),
        kind=type_.removeprefix("article.").partition(".")[0],
        id=id_,
        revision=revision if isinstance(revision, int) else 1,
        title=title,
        opening=said(text, _OPENING),
        domain=said(part(source, "domain")),
        source=said(part(source, "name")) or said(part(source, "domain")),
        feed=said(part(data.get("feed"), "id")),
        language=said(data.get("language"), 20),
        words=words if isinstance(words, int) else 0,
        agency=said(part(data.get("wire"), "agency"), 80),
        cluster=said(part(cluster, "head_id")) or id_,
        role=said(part(cluster, "role"), 10),
        removed=tuple(said(one.get("kind"), 20) for one in objects(part(cleaning, "removed"))),
        flags=tuple(said(flag, 60) for flag in texts(part(cleaning, "flags"))),
        searched=f"{title}\n{str(text)[:SEARCHED]}\n{id_}".casefold(),
    )


def choices(lines: Sequence[Line], of: Callable[[Line], Sequence[str]], most: int = 60) -> list[tuple[str, int]]:
    """What there is to choose from among these events, with how many have it; the most frequent, by name."""
    counted: dict[str, int] = {}
    for line in lines:
        for name in set(of(line)):
            if name:
                counted[name] = counted.get(name, 0) + 1
    frequent = sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:most]
    return sorted(frequent)
