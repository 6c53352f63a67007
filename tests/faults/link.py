"""A bad line to the store: a TCP proxy that reads the commands that pass and does with each what the test says."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

#: What becomes of one command. "pass": as if there were no proxy. "lose": it never arrives, and the line is cut.
#: "cut": it arrives and is carried out, but the line is cut before the reply. "hang": it arrives, and no reply comes,
#: as on a half-open line. "slow": its reply comes late. Any other text is the server's reply in place of its own.
Fate = Literal["pass", "lose", "cut", "hang", "slow"] | bytes


@dataclass
class Link:
    """The line; ``decide`` gives each command's fate by its number and its words."""

    target: str
    decide: Callable[[int, list[bytes]], Fate] = lambda _number, _words: "pass"
    #: What a slow reply waits for.
    patience: float = 0.02
    #: How many commands met each fate that is not "pass".
    met: dict[str, int] = field(default_factory=dict)
    port: int = 0
    _count: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    async def start(self) -> Link:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**24)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _fate(self, words: list[bytes]) -> Fate:
        # A connection's first words are not about work; without them no test would get as far as its fault.
        if words[0].upper() in {b"HELLO", b"CLIENT", b"PING", b"INFO", b"SELECT", b"AUTH"}:
            return "pass"
        self._count += 1
        fate = self.decide(self._count, words)
        if fate != "pass":
            name = fate.decode() if isinstance(fate, bytes) else fate
            self.met[name] = self.met.get(name, 0) + 1
        return fate

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError, RuntimeError):
            far_reader, far_writer = await asyncio.open_unix_connection(
                self.target.removeprefix("unix://"), limit=2**24
            )
            try:
                while True:
                    raw, words = await _command(reader)
                    await self._carry(raw, words, writer, far_reader, far_writer)
            finally:
                for end in (writer, far_writer):
                    end.transport.abort()

    async def _carry(
        self,
        raw: bytes,
        words: list[bytes],
        writer: asyncio.StreamWriter,
        far_reader: asyncio.StreamReader,
        far_writer: asyncio.StreamWriter,
    ) -> None:
        fate = self._fate(words)
        if isinstance(fate, bytes):
            writer.write(fate)
            return
        if fate == "lose":
            raise OSError
        far_writer.write(raw)
        reply = await _reply(far_reader)
        if fate == "cut":
            raise OSError
        if fate == "hang":
            await asyncio.Event().wait()
        if fate == "slow":
            await asyncio.sleep(self.patience)
        writer.write(reply)


async def _command(reader: asyncio.StreamReader) -> tuple[bytes, list[bytes]]:
    """One command as it came, and its words (RESP: an array of bulk strings)."""
    raw = head = await reader.readuntil(b"\r\n")
    words = []
    for _ in range(int(head[1:])):
        length = await reader.readuntil(b"\r\n")
        word = await reader.readexactly(int(length[1:]) + 2)
        raw += length + word
        words.append(word[:-2])
    return raw, words


async def _reply(reader: asyncio.StreamReader) -> bytes:
    """One reply as it came, whatever is in it (RESP 2 and 3)."""
    head = await reader.readuntil(b"\r\n")
    kind, rest = head[:1], head[1:-2]
    if kind in b"$=!" and rest != b"-1":
        return head + await reader.readexactly(int(rest) + 2)
    if kind in b"*~>%" and rest != b"-1":
        parts = int(rest) * (2 if kind == b"%" else 1)
        return b"".join([head, *[await _reply(reader) for _ in range(parts)]])
    return head
