"""
One process's hand in an archive: one open file, one thread that writes it, and a limit on what may wait for it.

A record is packed in memory and written in one go; a write that fails (a full disk) is cut off again, so that the file
never holds half a record, and is tried anew with the next one. Files are named after the prefix, the time, the machine
and the process; several workers write side by side. The data is handed to the disk every ten seconds and at the end of
a file: a crash of the process loses nothing that was kept, one of the machine at most that.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from ingest.archive.files import OpenFile, create_file
from ingest.archive.index import answer_key
from ingest.archive.records import Kept, KeptAnswer
from ingest.archive.recover import recover
from ingest.archive.retain import retain
from ingest.archive.warc import answer_record, article_record, body_digest, row_of

#: A file is closed at this size or age, so that retention has whole files to drop and backups something that is done.
MAX_FILE_BYTES = 256_000_000
MAX_FILE_AGE = timedelta(hours=6)
#: Of the room an archive may take one file gets at most this share.
FILE_SHARE = 10
#: Between two looks at age and size of the whole archive.
RETAIN_EVERY = timedelta(hours=1)
#: At most so much is lost when the machine dies.
SYNC_EVERY = timedelta(seconds=10)
#: Records that may wait for the disk, and how long one is waited for: a worker never stands still for its archive.
MAX_WAITING = 32
PATIENCE = timedelta(seconds=10)
#: Answers of one file whose bodies are recognised when they come again.
MAX_KNOWN = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Where an archive is, who writes it, and how much of it is kept."""

    folder: Path
    prefix: str
    software: str
    keep: timedelta
    max_bytes: int


@dataclass(slots=True)
class _State:
    """What the writing thread knows; nobody else touches it."""

    file: OpenFile | None = None
    retained_at: datetime | None = None
    #: Key, address and digest of answers in the open file, and when they came.
    known: OrderedDict[tuple[str, str, str], datetime] = field(default_factory=OrderedDict)


class Writer:
    """
    Keeps things in a folder (``records.Archive``); an async context manager.

    ``told`` hears of each failure in one sentence, from the event loop.
    """

    def __init__(self, terms: Terms, *, now: Callable[[], datetime], told: Callable[[str], None]) -> None:
        self._terms = terms
        self._now = now
        self._told = told
        self._state = _State()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archive")
        self._waiting = 0

    async def __aenter__(self) -> Self:
        await self._do(self._begin)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._do(self._end)
        self._thread.shutdown(wait=False)

    async def keep(self, kept: Kept) -> str:
        """As ``records.Archive``."""
        if self._waiting >= MAX_WAITING:
            reason = "the disk is too slow"
            self._told(reason)
            return reason
        return await self._do(lambda: self._keep(kept))

    async def _do(self, work: Callable[[], None]) -> str:
        """Have the thread do it, and say what went wrong."""
        self._waiting += 1
        task = asyncio.get_running_loop().run_in_executor(self._thread, self._safely, work)
        task.add_done_callback(lambda _: self._done())
        try:
            reason = await asyncio.wait_for(asyncio.shield(task), PATIENCE.total_seconds())
        except TimeoutError:
            reason = "the disk does not answer"
        if reason:
            self._told(reason)
        return reason

    def _done(self) -> None:
        self._waiting -= 1

    @staticmethod
    def _safely(work: Callable[[], None]) -> str:
        try:
            work()
        except OSError as error:
            return error.strerror or str(error)
        except Exception as error:  # noqa: BLE001 - whatever a hostile answer does to the packing, its article comes out
            return f"{type(error).__name__}: {error}"[:500]
        return ""

    # -------------------------------------------------------------------------------------------- in the thread

    def _begin(self) -> None:
        self._terms.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        recover(self._terms.folder)
        self._retain(self._now())

    def _end(self) -> None:
        file, self._state.file = self._state.file, None
        if file is not None:
            file.close()

    def _retain(self, now: datetime) -> None:
        retain(self._terms.folder, before=now - self._terms.keep, max_bytes=self._terms.max_bytes)
        self._state.retained_at = now

    def _keep(self, kept: Kept) -> None:
        now = self._now()
        file = self._opened(now)
        if isinstance(kept, KeptAnswer):
            mark = (answer_key(kept.response.url), kept.response.final_url, body_digest(kept.response.body))
            data = answer_record(kept, self._state.known.get(mark))
        else:
            mark, data = None, article_record(kept)
        file.write(data, row_of(data, file.size))
        if mark is not None:
            self._state.known.setdefault(mark, kept.at)
            if len(self._state.known) > MAX_KNOWN:
                self._state.known.popitem(last=False)
        if now - file.synced_at >= SYNC_EVERY:
            file.sync(now)

    def _opened(self, now: datetime) -> OpenFile:
        """The file to write to; a new one where the last is large or old enough, or was lost."""
        state, limit = self._state, min(MAX_FILE_BYTES, self._terms.max_bytes // FILE_SHARE)
        file = state.file
        if file is not None and (file.size >= limit or now - file.opened_at >= MAX_FILE_AGE or not file.is_there()):
            state.file = None
            file.close()
        if state.retained_at is None or now - state.retained_at >= RETAIN_EVERY or state.file is None:
            self._retain(now)
        if state.file is None:
            state.known.clear()
            machine = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())[:40]
            name = f"{self._terms.prefix}-{now:%Y%m%d%H%M%S}-{machine}-{os.getpid()}"
            state.file = create_file(self._terms.folder, name, self._terms.software, now)
        return state.file
