"""
Files that a dead process left open: cut behind their last whole record, indexed to their end, closed.

A file that is written to is locked; a lock that can be had means that its writer is gone. A record is one gzip member
that was written in one go, so after ``kill -9`` or a power cut at most the end of the file is torn.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

from ingest.archive.index import CDXJ, OPEN, WARC, Row, decode_row, encode_row
from ingest.archive.warc import members, row_of
from ingest.errors import ArchiveError


def recover(folder: Path) -> int:
    """Close what dead processes left open; how many files."""
    return sum(_recovered(path) for path in sorted(folder.glob(f"*{WARC}{OPEN}")))


def close_file(stem: Path, rows: Sequence[Row] | None = None) -> None:
    """Give a file and its index, sorted, their names for good; who reads at the same time finds one or the other."""
    rows = _written(stem) if rows is None else rows
    unsorted, index = stem.with_name(stem.name + CDXJ + OPEN), stem.with_name(stem.name + CDXJ)
    lines = b"".join(sorted(encode_row(row) for row in rows))
    partial = stem.with_name(f"{stem.name}{CDXJ}.{os.getpid()}")
    with partial.open("wb") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(index)
    open_file = stem.with_name(stem.name + WARC + OPEN)
    open_file.replace(stem.with_name(stem.name + WARC))
    unsorted.unlink(missing_ok=True)
    sync_folder(stem.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in it on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def rows_of(path: Path, known: list[Row]) -> tuple[list[Row], int]:
    """
    The rows of a file and where its last whole record ends, of which ``known`` are believed.

    A member that is no record of ours is passed over: the file is not worse for it.
    """
    rows = list(known)
    end = max((row.offset + row.length for row in known), default=0)
    for offset, data in members(path, end):
        end = offset + len(data)
        try:
            row = row_of(data, offset)
        except ArchiveError:
            continue
        if row is not None:
            rows.append(row)
    return rows, end


def _recovered(path: Path) -> bool:
    stem = path.with_name(path.name.removesuffix(OPEN).removesuffix(WARC))
    try:
        file = path.open("r+b")
    except FileNotFoundError:  # another process was faster
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        if not path.exists():
            return False
        size = path.stat().st_size
        rows, end = rows_of(path, [row for row in _written(stem) if row.offset + row.length <= size])
        if end < size:
            file.truncate(end)
        os.fsync(file.fileno())
        if rows:
            close_file(stem, rows)
        else:
            # It died before it kept anything.
            path.unlink(missing_ok=True)
            stem.with_name(stem.name + CDXJ + OPEN).unlink(missing_ok=True)
    return True


def _written(stem: Path) -> list[Row]:
    index = stem.with_name(stem.name + CDXJ + OPEN)
    lines = index.read_bytes().splitlines() if index.exists() else []
    return [row for row in map(decode_row, lines) if row is not None]
