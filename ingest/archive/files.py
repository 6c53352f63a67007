"""An archive file that is written to, with its index; the names say so (``.open``) and a lock proves it."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
from datetime import datetime
from pathlib import Path

from ingest.archive.index import CDXJ, OPEN, WARC, Row, encode_row
from ingest.archive.recover import close_file, sync_folder
from ingest.archive.warc import info_record

#: Names that are tried where another process of the same number has the first (containers are all process 1).
MAX_NAMES = 1000


class OpenFile:
    """A WARC file and its index, both appended to."""

    def __init__(self, stem: Path, warc: io.FileIO, index: io.FileIO, opened_at: datetime) -> None:
        self._stem = stem
        self._warc = warc
        self._index = index
        self._indexed = 0
        self.opened_at = opened_at
        self.synced_at = opened_at
        self.size = 0

    def is_there(self) -> bool:
        """Whether the file still has its name: somebody may have emptied the folder."""
        return os.fstat(self._warc.fileno()).st_nlink > 0

    def write(self, data: bytes, row: Row | None) -> None:
        """
        Append a record, and its row to the index.

        Raises:
            OSError: nothing of it is in the file.
        """
        _append(self._warc, data, self.size)
        try:
            if row is not None:
                _append(self._index, encode_row(row), self._indexed)
        except OSError:
            # A record that the index skips would be found by nobody.
            with contextlib.suppress(OSError):
                os.ftruncate(self._warc.fileno(), self.size)
            raise
        self.size += len(data)
        self._indexed += len(encode_row(row)) if row is not None else 0

    def sync(self, now: datetime) -> None:
        """
        Have what was written on the disk.

        Raises:
            OSError: it is not.
        """
        os.fdatasync(self._warc.fileno())
        os.fdatasync(self._index.fileno())
        self.synced_at = now

    def close(self) -> None:
        """
        Name both files for good; a file without any record goes.

        Raises:
            OSError: the next process that starts will do it (recover.py).
        """
        with self._warc, self._index:
            if not self.is_there():
                return
            os.fsync(self._warc.fileno())
            if self._indexed:
                close_file(self._stem)
            else:
                for ending in (WARC, CDXJ):
                    self._stem.with_name(self._stem.name + ending + OPEN).unlink(missing_ok=True)


def create_file(folder: Path, name: str, software: str, now: datetime) -> OpenFile:
    """
    A new file with its first record.

    Raises:
        OSError: there is no room, or we may not write there.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in range(MAX_NAMES):
        stem = folder / f"{name}-{number:03d}"
        path = stem.with_name(stem.name + WARC + OPEN)
        if stem.with_name(stem.name + WARC).exists():
            continue
        try:
            warc = io.FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "r+")
        except FileExistsError:
            continue
        fcntl.flock(warc, fcntl.LOCK_EX)
        if path.exists():
            break
        # Before the lock was ours, another process took the file for a dead one's (recover.py).
        warc.close()
    else:
        raise FileExistsError(f"{name}: no name is free")
    index_path = stem.with_name(stem.name + CDXJ + OPEN)
    index = io.FileIO(os.open(index_path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "r+")
    made = OpenFile(stem, warc, index, now)
    try:
        made.write(info_record(stem.name + WARC, software, now), None)
        sync_folder(folder)
    except OSError:
        with warc, index, contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
            index_path.unlink(missing_ok=True)
        raise
    return made


def _append(file: io.FileIO, data: bytes, size: int) -> None:
    """
    Write at the end, whole or not at all.

    Raises:
        OSError: as the disk says.
    """
    left = memoryview(data)
    place = size
    try:
        while left:
            written = os.pwrite(file.fileno(), left, place)
            place, left = place + written, left[written:]
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(file.fileno(), size)
        raise
