"""The output stream kept within bounds: cut behind its slowest reader, and beyond that only by the operator's word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ingest.store.connect import Store
from ingest.store.due import milliseconds

#: Rows cut in one call, about: keeps the server's one thread free for the others.
MAX_CUT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimmed:
    """What a cut came to."""

    #: Rows that every group had read.
    read: int
    #: Rows that some group had not: counted for good as ``events.dropped``, and a reason for an alarm.
    unread: int


async def trim_stream(store: Store, *, keep: timedelta, limit: timedelta | None) -> Trimmed:
    """
    Cut rows that every group has read and acknowledged and that are older than ``keep``.

    Without any group nothing counts as read. ``limit`` is the operator's explicit word that older rows go in any case.
    Whole blocks of about a hundred rows go at a time.
    """
    read, unread = await store.scripts(
        "trim_stream",
        [store.keys.articles, store.keys.counts],
        [milliseconds(keep), "" if limit is None else milliseconds(limit), MAX_CUT],
    )
    return Trimmed(read=int(read), unread=int(unread))
