"""
JSON lines in files: one event a line, in the CloudEvents JSON format (structured: the attributes beside ``data``).

    jsonl:articles.jsonl        jsonl:///var/lib/copydesk/articles.jsonl?max_bytes=50000000&gzip=yes&keep=30

Options: ``max_bytes`` (100 MB) and ``daily`` (yes) say when a file is put aside, ``gzip`` (no) whether it is packed
then, ``keep`` (0: all) how many of those stay. The file is on the machine of the relay that holds the sink.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import orjson

from ingest.errors import SettingsError, SinkError
from ingest.sinks.engine import check_options, choice
from ingest.sinks.rolling import Rolling, RollingFile
from ingest.sinks.sink import Parcel, Refused
from ingest.sinks.tools import Tools

OPTIONS: Final = frozenset({"max_bytes", "daily", "gzip", "keep"})
MAX_BYTES: Final = 100_000_000
_LEAST_BYTES: Final = 1000


class JsonlSink:
    """A file of JSON lines as a sink."""

    def __init__(self, url: str, *, options: Mapping[str, str], tools: Tools) -> None:
        """
        Nothing is opened yet.

        Raises:
            SettingsError: the address names no file, or an option makes no sense.
        """
        check_options(options, known=OPTIONS)
        self._path = _read_path(url)
        self._file = RollingFile(
            self._path,
            Rolling(
                max_bytes=_number(options, "max_bytes", MAX_BYTES, least=_LEAST_BYTES),
                is_daily=choice(options, "daily", among=("yes", "no")) == "yes",
                is_packed=choice(options, "gzip", among=("no", "yes")) == "yes",
                keep=_number(options, "keep", 0, least=0),
            ),
        )
        self._now = tools.now
        # A write that is no longer waited for goes on in its thread: the next one, or the end, waits for it.
        self._turn = threading.Lock()

    async def publish(self, parcels: Sequence[Parcel]) -> Sequence[Refused]:
        """
        Write and sync; nothing is ever refused.

        Raises:
            SinkError: the disk is full, the folder is not ours, another process writes the file.
        """
        lines = b"".join(map(_line, parcels))
        if lines:
            await asyncio.to_thread(self._append, lines, self._now())
        return ()

    async def check(self) -> str:
        """
        Whether the file can be written; it is not created.

        Raises:
            SinkError: it cannot.
        """
        return await asyncio.to_thread(self._check)

    async def close(self) -> None:
        """Let the file go."""
        await asyncio.to_thread(self._close)

    def _append(self, lines: bytes, now: datetime) -> None:
        with self._turn:
            try:
                self._file.append(lines, now)
            except OSError as error:
                raise SinkError(f"{self._path}: {error.strerror or error}") from error

    def _check(self) -> str:
        there = next((place for place in (self._path, *self._path.absolute().parents) if place.exists()), self._path)
        if self._path.is_dir() or not os.access(there, os.W_OK):
            raise SinkError(f"{self._path}: it cannot be written")
        return "can be written" if self._path.exists() else "can be created"

    def _close(self) -> None:
        with self._turn:
            self._file.close()


def _line(parcel: Parcel) -> bytes:
    """One event, on one line whoever wrote its data."""
    data = orjson.dumps(orjson.loads(parcel.data)) if b"\n" in parcel.data else parcel.data
    return orjson.dumps(dict(parcel.attributes))[:-1] + b',"data":' + data + b"}\n"


def _read_path(url: str) -> Path:
    rest = url.partition(":")[2].partition("?")[0]
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        if host or not slash:
            raise SettingsError("a file is jsonl:NAME, or jsonl:///FOLDER/NAME with three slashes")
        rest = f"/{path}"
    if not rest or rest.endswith("/") or "\0" in rest:
        raise SettingsError("a file is jsonl:NAME, or jsonl:///FOLDER/NAME with three slashes")
    return Path(rest)


def _number(options: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    said = options.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,15}", said) or int(said) < least:
        raise SettingsError(f"{name} must be a whole number, {least} or more")
    return int(said)
