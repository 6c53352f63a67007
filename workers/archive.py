"""The archive of a process, where the operator wants one; its engine is an extra and loaded only then."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import structlog

from ingest.archive.records import Archive
from ingest.errors import SettingsError
from ingest.settings import Settings
from workers import VERSION

log = structlog.get_logger()

#: A full disk is said once so often, not with every page.
SAY_EVERY = timedelta(minutes=1)


class Complaint:
    """Says in the log what could not be kept: at once, then once a minute with how many there were."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._now = now
        self._said_at: datetime | None = None
        self._unsaid = 0

    def __call__(self, reason: str) -> None:
        """Hear of a failure."""
        self._unsaid += 1
        now = self._now()
        if self._said_at is None or now - self._said_at >= SAY_EVERY:
            log.warning("archive.failed", folder=str(self._folder), reason=reason, times=self._unsaid)
            self._said_at, self._unsaid = now, 0


@asynccontextmanager
async def open_archive(
    settings: Settings, now: Callable[[], datetime], *, told: Callable[[str], None] | None = None
) -> AsyncIterator[Archive | None]:
    """
    Where this process keeps what it fetches, for the length of the block; None where the settings say "off".

    A command that hears of failures itself (``told``) has one in any case.

    Raises:
        SettingsError: its engine is not installed.
    """
    if not settings.archive and told is None:
        yield None
        return
    module = load_engine("ingest.archive.write")
    terms = module.Terms(
        folder=settings.archive_path,
        prefix=settings.prefix,
        software=f"copydesk/{VERSION}",
        keep=settings.archive_keep,
        max_bytes=settings.archive_max_bytes,
    )
    told = told or Complaint(settings.archive_path, now)
    async with module.Writer(terms, now=now, told=told) as writer:
        yield writer


def load_engine(path: str) -> Any:
    """
    A module of the archive that works with WARC files.

    Raises:
        SettingsError: what it needs is not installed.
    """
    try:
        return import_module(path)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"warcio", "six"}:
            raise
        raise SettingsError("the archive needs: pip install 'copydesk[archive]'") from error
