"""What a scheduler does beside handing out work: small, repeatable, and harmless when two schedulers do it at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from ingest.settings import Settings
from ingest.store.connect import Store
from ingest.store.history import sample_counts
from ingest.store.stream import trim_stream
from ingest.store.volume import count_volume, judge_sources
from workers.listing import LOOK_SECONDS, Listing

log = structlog.get_logger()

#: Seconds between two cuts of the output stream: a cut takes ten thousand rows at most.
TRIM_SECONDS = 15
#: Seconds between two samples of the counters: less than the minute of which one is kept, so that none is left out.
SAMPLE_SECONDS = 30
#: Seconds between two counts of what is new on the stream, and between two looks at all sources (0.7 ms a source).
VOLUME_SECONDS = 15
DRIFT_SECONDS = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """One of them, and how often it is done."""

    name: str
    seconds: int
    do: Callable[[Store], Awaitable[object]]


def chores(settings: Settings) -> tuple[Chore, ...]:
    """All of them."""

    async def trim(store: Store) -> None:
        cut = await trim_stream(store, keep=settings.stream_keep, limit=settings.stream_limit)
        if cut.unread:
            log.error("stream.dropped-unread", events=cut.unread, setting="COPYDESK_STREAM_LIMIT")

    async def judge(store: Store) -> None:
        async for one in judge_sources(store):
            log.warning("source.drift", source=one.domain, kind=one.drift.kind, reason=one.drift.reason)

    return (
        Chore(name="list", seconds=LOOK_SECONDS, do=Listing(settings).look),
        Chore(name="trim", seconds=TRIM_SECONDS, do=trim),
        Chore(name="volume", seconds=VOLUME_SECONDS, do=count_volume),
        Chore(name="drift", seconds=DRIFT_SECONDS, do=judge),
        Chore(name="history", seconds=SAMPLE_SECONDS, do=sample_counts),
    )
