"""One sink's line of work: take rows, leave out what its filters say, publish, settle; and wait while it is down."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from ingest.errors import EventError, SettingsError, SinkError
from ingest.sinks.engine import hide
from ingest.sinks.filters import passes
from ingest.sinks.open import open_sink
from ingest.sinks.parcels import pack
from ingest.sinks.sink import Parcel, Refused, Sink
from ingest.sinks.sinks_toml import SinkPlan
from ingest.sinks.tools import Tools
from ingest.sinks.webhook import SIDE_BY_SIDE
from ingest.store.connect import AWAY, Store, is_out_of_memory
from ingest.store.relay import (
    Row,
    Settled,
    SinkState,
    hold_sink,
    leave_sink,
    note_state,
    settle_rows,
    take_rows,
)

log = structlog.get_logger()

#: Rows of one batch: one sync of a file, one round of confirms.
BATCH = 100
#: The same for endpoints, which take events one by one: what a killed relay had sent of a batch comes again.
SMALL_BATCH = 2 * SIDE_BY_SIDE
#: Seconds until an idle sink is looked at again.
IDLE_SECONDS = 0.5
#: Seconds until a relay asks again for a sink that another one works for.
STANDBY_SECONDS = 2.0
#: The pause after a first failure, at most; it doubles with each further one. Chance takes any share (full jitter).
FIRST_PAUSE = timedelta(milliseconds=500)
LEAST_PAUSE_SECONDS = 0.1
#: The longest pause between two tries at a sink that is down.
LONGEST_PAUSE = timedelta(minutes=1)
#: The longest rest that an engine may ask for (Retry-After).
LONGEST_REST = timedelta(hours=1)
FULL = "its dead letters are full: see copydesk sinks dead, then retry or drop them"


@dataclass(slots=True)
class _Batch:
    """Rows sorted by what is to become of them."""

    settled: list[Settled] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)


class _LostError(Exception):
    """The sink is no longer ours: nothing more may be published."""


class Line:
    """What one relay does for one sink. ``holder`` is this line's name, its own alone."""

    def __init__(
        self, store: Store, plan: SinkPlan, tools: Tools, *, holder: str, lease: timedelta, dice: Callable[[], float]
    ) -> None:
        self._store = store
        self._plan = plan
        self._tools = tools
        self._holder = holder
        self._lease = lease
        self._count = SMALL_BATCH if plan.scheme in {"http", "https"} else BATCH
        self._dice = dice
        #: On the loop's clock: until when the sink is ours whatever the store does.
        self._until = 0.0
        self._failures = 0
        self._state: tuple[SinkState, str] | None = None
        self._is_store_away = False

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop; what is being published then is finished first."""
        sink: Sink | None = None
        try:
            while not stopping.is_set():
                if sink is None:
                    sink = await self._open(stopping)
                else:
                    await _rest(stopping, await self._turn(sink))
        finally:
            if sink is not None:
                await sink.close()
            await self._leave()

    async def _open(self, stopping: asyncio.Event) -> Sink | None:
        try:
            return open_sink(self._plan, self._tools)
        except SettingsError as error:
            # Nothing changes before the configuration does, and then this line ends.
            log.error("sink.broken", sink=self._plan.name, error=str(error))  # noqa: TRY400 - the sentence says it all
            while not stopping.is_set() and not await self._note("broken", str(error)):
                await _rest(stopping, IDLE_SECONDS)
            await stopping.wait()
            return None

    async def _turn(self, sink: Sink) -> float:
        """One batch; the seconds to rest after it."""
        try:
            return await self._forward(sink)
        except SinkError as error:
            return await self._down("waiting", str(error), rest=error.pause)
        except _LostError:
            log.warning("sink.lost", sink=self._plan.name)
            return STANDBY_SECONDS
        except AWAY as error:
            if not self._is_store_away:
                log.warning("store.away", work=f"sink {self._plan.name}", error=str(error))
            self._is_store_away = True
            return self._pause()
        except Exception as error:  # noqa: BLE001 - the one place of this process that must survive any defect
            if is_out_of_memory(error):
                log.warning("store.full", work=f"sink {self._plan.name}")
                return self._pause()
            said = self._hidden(f"{type(error).__name__}: {error}")
            # Not log.exception: an engine's own words, and they may hold its address, would go along.
            log.error(  # noqa: TRY400 - see above
                "sink.failed", sink=self._plan.name, error=said, trace="".join(traceback.format_tb(error.__traceback__))
            )
            return await self._down("waiting", said)

    async def _forward(self, sink: Sink) -> float:
        if not await self._held():
            return STANDBY_SECONDS
        plan = self._plan
        rows = await take_rows(self._store, plan.name, self._holder, count=self._count, start=plan.start)
        self._is_store_away = False
        if rows is None:
            self._until = 0.0
            return 0.0
        if not rows:
            if self._state is None:
                await self._up()
            return IDLE_SECONDS
        batch = self._sorted(rows)
        refused = {one.id: one.reason for one in await self._publish(sink, batch.parcels)} if batch.parcels else {}
        for row, parcel in zip(batch.rows, batch.parcels, strict=True):
            if parcel.id in refused:
                reason = self._hidden(refused[parcel.id])
                batch.settled.append(Settled(row=row, outcome="refused", reason=reason))
                log.warning("sink.refused", sink=plan.name, event_id=parcel.id, reason=reason)
            else:
                batch.settled.append(Settled(row=row, outcome="sent"))
        if await settle_rows(self._store, plan.name, batch.settled):
            return await self._down("full", FULL)
        log.debug("sink.sent", sink=plan.name, events=len(batch.parcels) - len(refused))
        await self._up()
        return 0.0

    def _sorted(self, rows: Sequence[Row]) -> _Batch:
        batch = _Batch()
        for row in rows:
            if not row.fields:
                batch.settled.append(Settled(row=row, outcome="lost"))
                log.error("sink.lost-event", sink=self._plan.name, row=row.id)
                continue
            try:
                packed = pack(row.fields, self._plan.format)
            except EventError as error:
                batch.settled.append(Settled(row=row, outcome="refused", reason=f"no event of copydesk's: {error}"))
                continue
            if row.is_again or passes(self._plan.filters, packed.parcel.type, packed.article):
                batch.rows.append(row)
                batch.parcels.append(packed.parcel)
            else:
                batch.settled.append(Settled(row=row, outcome="filtered"))
        return batch

    async def _publish(self, sink: Sink, parcels: Sequence[Parcel]) -> Sequence[Refused]:
        """What the sink refuses; given up as soon as the sink may be another relay's."""
        work = asyncio.ensure_future(sink.publish(parcels))
        watch = asyncio.ensure_future(self._keep_holding())
        try:
            await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            raise _LostError
        finally:
            for task in (work, watch):
                task.cancel()
            await asyncio.gather(work, watch, return_exceptions=True)

    async def _keep_holding(self) -> None:
        """Renew the hold; returns when it is lost, or may be."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(self._lease.total_seconds() / 3, max(0.0, self._until - loop.time())))
            try:
                async with asyncio.timeout_at(self._until):
                    if not await self._hold():
                        return
            except TimeoutError:
                return
            except AWAY:
                if loop.time() >= self._until:
                    return

    async def _held(self) -> bool:
        """Whether the sink is ours for the next moments; asked of the store only now and then."""
        left = self._until - asyncio.get_running_loop().time()
        return left > self._lease.total_seconds() * 2 / 3 or await self._hold()

    async def _hold(self) -> bool:
        asked_at = asyncio.get_running_loop().time()
        is_ours = await hold_sink(self._store, self._plan.name, self._holder, lease=self._lease)
        self._until = asked_at + self._lease.total_seconds() if is_ours else 0.0
        return is_ours

    async def _leave(self) -> None:
        try:
            await leave_sink(self._store, self._plan.name, self._holder)
        except AWAY:
            log.debug("sink.left-to-its-lease", sink=self._plan.name)

    async def _down(self, state: SinkState, reason: str, *, rest: timedelta | None = None) -> float:
        """Note that the sink does not take events now; the seconds until the next try."""
        reason = self._hidden(reason)
        if self._state is None or self._state[0] != state:
            event = "sink.full" if state == "full" else "sink.waiting"
            log.warning(event, sink=self._plan.name, address=self._plan.shown, reason=reason)
        await self._note(state, reason)
        asked = min(rest or timedelta(0), LONGEST_REST).total_seconds()
        return max(self._pause(), asked)

    async def _up(self) -> None:
        if self._failures:
            log.info("sink.running", sink=self._plan.name, tries=self._failures)
        self._failures = 0
        await self._note("running", "")

    async def _note(self, state: SinkState, reason: str) -> bool:
        """Keep the state where it changed; False when the store does not take it now."""
        if self._state != (state, reason):
            try:
                await note_state(self._store, self._plan.name, state, reason)
            except Exception as error:
                if isinstance(error, AWAY) or is_out_of_memory(error):
                    return False
                raise
            self._state = (state, reason)
        return True

    def _pause(self) -> float:
        """Full jitter, which spreads the tries of many better than any fixed share (AWS, "Exponential Backoff")."""
        self._failures += 1
        most = min(LONGEST_PAUSE.total_seconds(), FIRST_PAUSE.total_seconds() * 2.0 ** min(self._failures - 1, 20))
        return LEAST_PAUSE_SECONDS + self._dice() * most

    def _hidden(self, sentence: str) -> str:
        return hide(sentence, *self._plan.secrets)


async def _rest(stopping: asyncio.Event, seconds: float) -> None:
    if seconds <= 0:
        return
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return
