"""Watches feeds.toml: a changed file is in force within half a minute, a broken one changes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from ingest.errors import SettingsError
from ingest.feeds.feeds_toml import FeedsList, read_feeds_toml
from ingest.settings import Settings
from ingest.stages.listing import apply_list
from ingest.store.connect import Store

log = structlog.get_logger()

#: Seconds between two looks at the file.
LOOK_SECONDS = 20
#: A longer file is a mistake: it would hold some 100,000 feeds.
MAX_BYTES = 20_000_000


class Listing:
    """The operator's file as this process last saw it."""

    def __init__(self, settings: Settings) -> None:
        self._path: Path = settings.feeds_file
        self._interval = settings.poll_interval
        self._seen: bytes | None = None

    async def look(self, store: Store) -> bool:
        """
        Put the file in force if it changed; whether it did. A file that cannot be read changes nothing, and is said.

        A file that is not there, or no longer, changes nothing either: a lost disk must not end all subscriptions.
        """
        try:
            data = await asyncio.to_thread(_read, self._path)
        except FileNotFoundError:
            return False
        except OSError as error:
            log.error("feeds-file.unreadable", file=str(self._path), error=error.strerror)  # noqa: TRY400 - the sentence says it all
            return False
        if data == self._seen:
            return False
        try:
            listed = await asyncio.to_thread(_understood, data)
        except SettingsError as error:
            # Said once for each state of the file, which may be half written.
            self._seen = data
            log.error("feeds-file.refused", file=str(self._path), error=str(error))  # noqa: TRY400 - the sentence says it all
            return False
        done = await apply_list(store, listed, interval=self._interval)
        self._seen = data
        log.info(
            "feeds-file.applied",
            feeds=len(listed.feeds),
            sources=len(listed.sources),
            new=done.new,
            resumed=done.resumed,
            paused=done.paused,
        )
        unchecked = [source.domain for source in listed.sources if source.unchecked]
        if unchecked:
            log.warning("feeds-file.certificates-not-checked", sources=unchecked, setting="any_certificate = true")
        return True


def _understood(data: bytes) -> FeedsList:
    if len(data) > MAX_BYTES:
        raise SettingsError(f"it has more than {MAX_BYTES} bytes")
    return read_feeds_toml(data)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
