"""
The index of an archive: beside each WARC file a CDXJ file, a line for each address under which a record is looked for.

    {key} {YYYYmmddHHMMSS} {"type": ..., "offset": ..., "length": ...}

The key of an answer is the URL key of the address that was asked for (``ingest.urls``, not SURT: it is only ours to
look things up by), that of an article ``urn:copydesk:article:{id}``. A file that is written to has the name's ending
``.open`` and lines in the order of the records; once it is closed its lines are sorted, and found by halving. The index
can be made anew from the WARC file alone (recover.py).
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import orjson

from ingest.archive.records import Kind
from ingest.urls import redact, url_key

WARC, CDXJ, OPEN = ".warc.gz", ".cdxj", ".open"

#: A key longer than this is cut; what shares one is told apart by the address in the line.
MAX_KEY = 2000
_KINDS = frozenset({"page", "feed", "article"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Where a record is, and what must be known of it without reading it."""

    key: str
    kind: Kind
    at: datetime
    offset: int
    length: int
    #: The address that was asked for; of an article its own.
    url: str = ""
    #: Digest of an answer's body.
    digest: str = ""
    #: Whether the body is not here but in the record before it in this file with the same key and digest.
    is_revisit: bool = False
    #: Of an article: its event, its feed and the rules that removed something.
    event: str = ""
    feed: str = ""
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A row, and the archive file that it is of (the name without its endings)."""

    stem: Path
    row: Row


def answer_key(url: str) -> str:
    """The key of an answer, by the address that was asked for."""
    return _plain(url_key(redact(url)))


def article_key(article_id: str) -> str:
    """The key of an article."""
    return _plain(f"urn:copydesk:article:{article_id}")


def encode_row(row: Row) -> bytes:
    """The row as a line."""
    facts: dict[str, object] = {
        "type": row.kind,
        "date": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "offset": row.offset,
        "length": row.length,
        "url": row.url.encode("utf-8", "replace").decode(),
    }
    if row.kind == "article":
        facts |= {"event": row.event, "feed": row.feed, "rules": list(row.rules)}
    else:
        facts |= {"digest": row.digest} | ({"revisit": True} if row.is_revisit else {})
    stamp = row.at.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    return f"{row.key} {stamp} ".encode() + orjson.dumps(facts, option=orjson.OPT_APPEND_NEWLINE)


def decode_row(line: bytes) -> Row | None:
    """The row in a line; None for a torn or foreign one."""
    key, _, rest = line.rstrip(b"\n").partition(b" ")
    _, _, facts = rest.partition(b" ")
    try:
        found = orjson.loads(facts)
        at = datetime.fromisoformat(found["date"])
        row = Row(
            key=key.decode(),
            kind=found["type"],
            at=at,
            offset=int(found["offset"]),
            length=int(found["length"]),
            url=str(found["url"]),
            digest=str(found.get("digest", "")),
            is_revisit=found.get("revisit") is True,
            event=str(found.get("event", "")),
            feed=str(found.get("feed", "")),
            rules=tuple(str(rule) for rule in found.get("rules", ())),
        )
    except (ValueError, KeyError, TypeError):
        return None
    is_ours = str(row.kind) in _KINDS and at.tzinfo is not None and row.offset >= 0 and row.length > 0
    return row if is_ours else None


def stems(folder: Path) -> list[Path]:
    """The archive files of a folder by name, oldest first, without their endings; none where there is no folder."""
    names = {path.name.removesuffix(OPEN).removesuffix(WARC) for path in folder.glob(f"*{WARC}*")}
    return [folder / name for name in sorted(names)]


def file_of(stem: Path, ending: str) -> Path:
    """The file as it is now: closed, or still written to."""
    closed = stem.with_name(stem.name + ending)
    return closed if closed.exists() else closed.with_name(closed.name + OPEN)


def look_up(folder: Path, key: str) -> list[Place]:
    """The rows with that key, the oldest first."""
    found = [Place(stem, row) for stem in stems(folder) for row in _rows_with(stem, key.encode() + b" ")]
    return sorted(found, key=lambda place: place.row.at)


def all_rows(folder: Path, kind: Kind) -> Iterator[Place]:
    """Every row of a kind, file by file."""
    mark = f'"type":"{kind}"'.encode()
    for stem in stems(folder):
        for line in _lines(stem):
            row = decode_row(line) if mark in line else None
            if row is not None:
                yield Place(stem, row)


def _rows_with(stem: Path, prefix: bytes) -> list[Row]:
    """The rows whose line begins like that."""
    path = file_of(stem, CDXJ)
    is_sorted = not path.name.endswith(OPEN)
    try:
        with path.open("rb") as file:
            lines = _halved(file, prefix) if is_sorted else [line for line in file if line.startswith(prefix)]
    except FileNotFoundError:  # closed, or taken away, in between
        path = stem.with_name(stem.name + CDXJ)
        lines = [line for line in path.read_bytes().splitlines() if line.startswith(prefix)] if path.exists() else []
    return [row for row in map(decode_row, lines) if row is not None]


def _halved(file: IO[bytes], prefix: bytes) -> list[bytes]:
    """The lines of a sorted file that begin like that."""
    file.seek(0, 2)
    if not file.tell():
        return []
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        low, high = 0, len(data)
        while low < high:
            middle = (low + high) // 2
            start, end = data.rfind(b"\n", 0, middle) + 1, data.find(b"\n", middle)
            end = len(data) if end < 0 else end
            if data[start:end] < prefix:
                low = end + 1
            else:
                high = start
        found = []
        data.seek(min(low, len(data)))
        while (line := data.readline()).startswith(prefix):
            found.append(line)
        return found


def _lines(stem: Path) -> Iterator[bytes]:
    try:
        with file_of(stem, CDXJ).open("rb") as file:
            yield from file
    except FileNotFoundError:
        return


def _plain(key: str) -> str:
    return re.sub(r"\s", "+", key.encode("utf-8", "replace").decode())[:MAX_KEY]
