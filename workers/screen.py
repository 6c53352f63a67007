"""The live screen of ``copydesk run``: polls as they end, articles as they are published, warnings as they come."""

from __future__ import annotations

import asyncio
import contextlib
import sys

import orjson
import structlog
from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.text import Text

from ingest.errors import EventError
from ingest.messages.event import read_event
from ingest.settings import Settings
from ingest.store.articles import follow
from ingest.store.connect import AWAY, Store
from workers.show import article_card, console_on, poll_line, said

log = structlog.get_logger()

#: Log events of the children that are shown as lines of their own.
_LOUD = {"warning", "error", "critical"}


class Screen:
    """Prints what happens; knows nothing that is not in the logs or on the stream."""

    def __init__(self, store: Store, console: Console | None = None) -> None:
        self._store = store
        self._console = console or console_on(sys.stdout)

    def welcome(self, settings: Settings, *, is_demo: bool, is_first: bool) -> None:
        """Say what is running and what to do next."""
        lines = []
        if is_demo:
            lines.append("The demo newsroom is open: four outlets on this machine.")
        if is_demo and is_first:
            lines.append("Add a feed of your own:  copydesk feeds add https://example.org/feed.xml")
        lines += [
            "Follow the output:       copydesk tail",
            "See how it stands:       copydesk status",
            f"Consume it:              XREADGROUP on the stream {settings.stream}",
            f"Look at it:              http://{settings.web_host}:{settings.web_port}/",
            f"Metrics:                 http://{settings.web_host}:{settings.web_port}/metrics",
            "Stop:                    Ctrl-C",
        ]
        self._print(Panel(Text("\n".join(lines)), title="copydesk", expand=False))

    def say(self, sentence: str) -> None:
        """Print a sentence of our own."""
        self._console.print(Text(sentence))

    async def follow(self) -> None:
        """Print articles as they are published, for ever."""
        while True:
            try:
                async for _, fields in follow(self._store):
                    self._print_article(fields)
            except AWAY:
                await asyncio.sleep(1)

    def _print_article(self, fields: dict[bytes, bytes]) -> None:
        try:
            self._print(article_card(read_event(fields)))
        except EventError as error:
            log.warning("screen.no-event", error=str(error))

    def _print(self, shown: RenderableType) -> None:
        # Nobody reads on (a closed terminal, "| head"): the service goes on all the same. SystemExit is what rich makes
        # of a broken pipe; it would end the event loop and leave the children to themselves.
        with contextlib.suppress(OSError, SystemExit):
            self._console.print(shown)

    def on_line(self, child: str, line: bytes) -> None:
        """Take one log line of a child."""
        try:
            event = orjson.loads(line)
        except orjson.JSONDecodeError:
            event = None
        if not isinstance(event, dict):
            # Not one of our log lines: a crash on the way in. Better shown than swallowed.
            self._print(Text(f"{child}: {said(line.decode('utf-8', 'replace'))}", style="red"))
        elif event.get("event") == "poll.done":
            self._print(poll_line(event))
        elif event.get("level") in _LOUD:
            parts = [
                f"{key}={said(str(value))}"
                for key, value in event.items()
                if key not in {"event", "level", "timestamp"}
            ]
            self._print(Text(" ".join([said(event.get("event")), *parts]), style="yellow"))
