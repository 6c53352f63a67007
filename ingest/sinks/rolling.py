"""A file of lines that is only ever added to: synced before it counts, healed after a crash, rolled by size and day."""

from __future__ import annotations

import fcntl
import gzip
import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from ingest.errors import SinkError

#: Bytes that are read at a time in search of the last whole line.
_BLOCK = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolling:
    """When a file is put aside for a new one, and what becomes of those put aside."""

    #: A file that would grow over this is put aside first.
    max_bytes: int
    #: A file that has lines of another day (UTC) is put aside.
    is_daily: bool
    #: Files put aside are compressed.
    is_packed: bool
    #: So many of them stay; 0: all.
    keep: int


class RollingFile:
    """
    ``articles.jsonl``; what is put aside becomes ``articles-20260301T120000Z-000.jsonl``, with ``.gz`` where packed.

    One process at a time has it (flock): two that append and rename would tear each other's lines.
    """

    def __init__(self, path: Path, rolling: Rolling) -> None:
        self._path = path
        self._rolling = rolling
        self._file: int | None = None
        self._day: date | None = None
        aside = rf"{re.escape(path.stem)}-[0-9]{{8}}T[0-9]{{6}}Z-[0-9]{{3}}{re.escape(path.suffix)}"
        self._aside = re.compile(rf"{aside}(?:\.gz)?")

    def append(self, lines: bytes, now: datetime) -> None:
        """
        Add whole lines; they are on the disk when this returns.

        Raises:
            SinkError: another process has the file.
            OSError: the system does not take them; then none of them is in the file.
        """
        file = self._opened()
        size = os.fstat(file).st_size
        is_other_day = self._rolling.is_daily and self._day is not None and self._day != now.date()
        if size and (is_other_day or size + len(lines) > self._rolling.max_bytes):
            file, size = self._roll(now), 0
        try:
            _write(file, lines)
            os.fsync(file)
        except OSError:
            os.ftruncate(file, size)
            self.close()
            raise
        self._day = now.date()

    def close(self) -> None:
        """Let the file go."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def _opened(self) -> int:
        """The file, ready to be added to; opened again where somebody has moved or deleted it (logrotate)."""
        if self._file is not None and not _is_at(self._file, self._path):
            self.close()
        if self._file is None:
            self._file = self._open()
            self._tidy()
        return self._file

    def _open(self) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = _is_at(file, self._path)
            if is_ours and _heal(file):
                os.fsync(file)
            _sync_folder(self._path.parent)
        except BlockingIOError:
            is_ours = False
        except OSError:
            os.close(file)
            raise
        if not is_ours:
            os.close(file)
            raise SinkError(f"{self._path}: another process writes it")
        found = os.fstat(file)
        self._day = datetime.fromtimestamp(found.st_mtime, UTC).date() if found.st_size else None
        return file

    def _roll(self, now: datetime) -> int:
        """Put the file aside and begin a new one."""
        folder, path = self._path.parent, self._path
        stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        names = (f"{path.stem}-{stamp}-{number:03}{path.suffix}" for number in range(1000))
        aside = next((n for n in names if not (folder / n).exists() and not (folder / f"{n}.gz").exists()), None)
        if aside is None:
            raise SinkError(f"{path}: a thousand files in one second")
        path.rename(folder / aside)
        self.close()
        self._file = self._open()
        self._tidy()
        return self._file

    def _tidy(self) -> None:
        """Pack what is to be packed, also what a crash left over; delete what is beyond ``keep``, the oldest first."""
        folder = self._path.parent
        aside = sorted(path for path in folder.iterdir() if self._aside.fullmatch(path.name))
        if self._rolling.is_packed:
            aside = [path if path.suffix == ".gz" else _pack(path) for path in aside]
        for path in aside[: -self._rolling.keep] if self._rolling.keep else ():
            path.unlink(missing_ok=True)


def _is_at(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _write(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _heal(file: int) -> bool:
    """Cut off a last line without an end: the crash that left it came before anybody counted on it."""
    size = end = os.fstat(file).st_size
    while end:
        start = max(0, end - _BLOCK)
        block = os.pread(file, end - start, start)
        found = block.rfind(b"\n")
        if found >= 0:
            end = start + found + 1
            break
        end = start
    if end != size:
        os.ftruncate(file, end)
    return end != size


def _pack(path: Path) -> Path:
    """The file with ``.gz`` in its place; one that is there already is whole, because it got its name last."""
    packed = path.with_name(f"{path.name}.gz")
    if not packed.exists():
        half = path.with_name(f"{path.name}.gz.half")
        with path.open("rb") as plain, half.open("wb") as raw:
            with gzip.GzipFile(filename=path.name, fileobj=raw, mode="wb", compresslevel=6, mtime=0) as out:
                shutil.copyfileobj(plain, out, 1 << 20)
            raw.flush()
            os.fsync(raw.fileno())
        half.rename(packed)
        _sync_folder(path.parent)
    path.unlink(missing_ok=True)
    return packed


def _sync_folder(folder: Path) -> None:
    """Make a new name outlive a power cut."""
    file = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
