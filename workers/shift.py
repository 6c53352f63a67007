"""What a worker does with claims: each one attempt, logged once, and whatever goes wrong stays with its own claim."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta

import structlog

from ingest.settings import Settings
from ingest.stages.article import ArticleReport, ingest_entry
from ingest.stages.desk import Desk
from ingest.stages.poll import PollReport, poll_feed
from ingest.stages.revisit import RevisitReport, revisit
from ingest.store.connect import AWAY, is_out_of_memory
from ingest.store.due import Claim, release
from ingest.store.keys import Work
from ingest.urls import redact
from workers.wiring import open_desk

log = structlog.get_logger()

#: Pause after the store refused a write for lack of memory: back-pressure, the attempt does not count.
FULL_PAUSE = timedelta(seconds=30)
#: Pause after the store went away in the middle of an attempt.
AWAY_PAUSE = timedelta(seconds=5)
#: Pause after a defect of ours; strikes end it.
DEFECT_PAUSE = timedelta(minutes=1)


class Shift:
    """The work of one worker process, on its event loop."""

    def __init__(self, settings: Settings, url: str) -> None:
        self._settings = settings
        self._url = url
        self._stack = AsyncExitStack()
        self._desk: Desk | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def open(self) -> None:
        """Start the engines."""
        self._loop = asyncio.get_running_loop()
        self._desk = await self._stack.enter_async_context(open_desk(self._settings, self._url))

    async def close(self) -> None:
        """Stop them."""
        await self._stack.aclose()

    def cut_short(self) -> None:
        """Stop what is being worked on and give its claims back; callable from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(lambda: [task.cancel() for task in self._running])

    async def perform(self, work: Work, claims: Sequence[Claim]) -> None:
        """One attempt at each claim, side by side."""
        if self._desk is None:
            raise RuntimeError("the shift has not been opened")
        desk = self._desk
        tasks = {asyncio.create_task(self._attempt(desk, work, claim)) for claim in claims}
        self._running |= tasks
        try:
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            self._running -= tasks
        for end in ends:
            if end is not None:
                # Giving a claim back failed for a reason we do not know; its lease runs out by itself.
                log.error("work.dropped", work=work, error=f"{type(end).__name__}: {end}")

    async def _attempt(self, desk: Desk, work: Work, claim: Claim) -> None:
        try:
            async with asyncio.timeout(desk.settings.lease.total_seconds()):
                match work:
                    case "feeds":
                        _log_poll(claim, await poll_feed(desk, claim))
                    case "entries":
                        _log_article(claim, await ingest_entry(desk, claim))
                    case "revisits":
                        _log_revisit(claim, await revisit(desk, claim))
        except asyncio.CancelledError:
            _heard()
            await self._give_back(desk, work, claim, pause=timedelta(0), is_strike=False)
            log.info("work.released", work=work, id=claim.id)
        except TimeoutError:
            # Whatever held it up (a long line for the sandbox, a host that drips), it may not outlive its lease.
            log.warning("work.overdue", work=work, id=claim.id)
            await self._give_back(desk, work, claim, pause=DEFECT_PAUSE, is_strike=True, error="took too long")
        except (*AWAY, OSError) as error:
            # Not the item's fault: the store is away, or this process may open no more files (a site's own errors are
            # FetchErrors). If the store stays away nothing can be given back, and the lease runs out by itself.
            log.warning("store.away", work=work, id=claim.id, error=str(error))
            await self._give_back(desk, work, claim, pause=AWAY_PAUSE, is_strike=False)
        except Exception as error:  # the one place of this process that must survive any defect
            if is_out_of_memory(error):
                log.warning("store.full", work=work, id=claim.id)
                await self._give_back(desk, work, claim, pause=FULL_PAUSE, is_strike=False)
            else:
                log.exception("work.failed", work=work, id=claim.id)
                reason = f"{type(error).__name__}: {error}"
                await self._give_back(desk, work, claim, pause=DEFECT_PAUSE, is_strike=True, error=reason)

    @staticmethod
    async def _give_back(
        desk: Desk, work: Work, claim: Claim, *, pause: timedelta, is_strike: bool, error: str = ""
    ) -> None:
        try:
            await release(desk.store, work, claim, pause=pause, is_strike=is_strike, error=error)
        except Exception as refusal:
            # What ended the attempt may end this as well.
            if not isinstance(refusal, (*AWAY, OSError)) and not is_out_of_memory(refusal):
                raise
            log.debug("work.left-to-its-lease", work=work, id=claim.id)


def _heard() -> None:
    """The cancellation has had its effect: what this task does from here on, it does to the end."""
    task = asyncio.current_task()
    while task is not None and task.cancelling():
        task.uncancel()


def _log_poll(claim: Claim, report: PollReport | None) -> None:
    if report is None:
        log.info("poll.stale", id=claim.id)
        return
    log.info(
        "poll.done",
        feed=redact(report.feed.url),
        title=report.feed.title,
        outcome=report.outcome,
        detail=report.detail,
        entries=report.entries,
        new=report.new,
        left_out=report.left_out,
        next=report.next.at.isoformat(timespec="seconds") if report.next and not report.next.is_dormant else None,
        reason=report.next.reason if report.next else "",
    )
    if report.next is not None and report.next.is_dormant:
        log.warning("feed.dormant", feed=redact(report.feed.url), reason=report.next.reason)


def _log_article(claim: Claim, report: ArticleReport | None) -> None:
    if report is None:
        log.info("article.stale", id=claim.id)
        return
    article = report.article
    log.info(
        "article.done",
        url=redact(report.url),
        outcome=report.outcome,
        reason=report.reason,
        article=article.id if article else None,
        removed=len(article.cleaning.removals) if article else None,
        flags=list(article.flags) if article else None,
        learned=len(report.learned),
    )


def _log_revisit(claim: Claim, report: RevisitReport | None) -> None:
    if report is None:
        log.info("revisit.stale", id=claim.id)
        return
    log.info(
        "revisit.done",
        url=redact(report.url),
        outcome=report.outcome,
        reason=report.reason,
        article=report.article_id,
        changes=sorted({change.kind for change in report.changes}),
    )
