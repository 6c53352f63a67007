"""What the one-shot commands share: the settings in force, the event loop, bytes in, words and JSON out."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import orjson
import typer
from rich.console import RenderableType
from rich.text import Text

from ingest.settings import Settings, load_settings
from workers.cli.endings import WRONG, ended
from workers.show import console_on, said, table

Answer = TypeVar("Answer")

#: As many as anybody may ask for: the server's COUNT ends at 2**63, and everything there is comes before that.
MOST = 1_000_000_000
#: Characters of one fact that are shown.
MAX_FACT = 4000
_SIGTERM_CODE = 128 + signal.SIGTERM


def settings_of(ctx: typer.Context) -> Settings:
    """
    The settings, with the options before the command on top.

    Raises:
        SettingsError: one makes no sense, or ``.env`` cannot be read.
    """
    return load_settings(**(ctx.obj or {}))


def wait_for(work: Coroutine[Any, Any, Answer]) -> Answer:
    """
    What a coroutine returns. SIGTERM cancels it, so that it can put away what it opened, and ends the command.

    Raises:
        typer.Exit: after SIGTERM.
    """
    return asyncio.run(_until_told(work))


async def _until_told(work: Coroutine[Any, Any, Answer]) -> Answer:
    task = asyncio.ensure_future(work)
    told = asyncio.Event()

    def stop() -> None:
        told.set()
        task.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    try:
        return await task
    except asyncio.CancelledError:
        if told.is_set():
            raise typer.Exit(_SIGTERM_CODE) from None
        raise


def print_rich(*shown: RenderableType, is_wrapped: bool = True) -> None:
    """
    Renderables on stdout, as they look there.

    Raises:
        BrokenPipeError: nobody reads on. (rich itself would end the process.)
    """
    console = console_on(sys.stdout)
    with console.capture() as capture:
        for one in shown:
            console.print(one, soft_wrap=not is_wrapped)
    sys.stdout.write(capture.get())
    sys.stdout.flush()


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """
    Names and what they are, a line each; what foreign bytes may be in it cannot reach the terminal.

    Raises:
        BrokenPipeError: nobody reads on.
    """
    rows = table("", "")
    rows.show_header = False
    for name, value in facts:
        rows.add_row(Text(name, style="bold"), Text(said(value, MAX_FACT)))
    print_rich(rows)


def print_json(value: object, *, is_line: bool = False) -> None:
    """A value as JSON on stdout: indented, or on one line for a stream of them."""
    sys.stdout.write(to_json(value, is_line=is_line).decode())
    sys.stdout.flush()


def to_json(value: object, *, is_line: bool = False) -> bytes:
    """A value as JSON, with the end of its line."""
    return orjson.dumps(
        value, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z | (0 if is_line else orjson.OPT_INDENT_2)
    )


def print_documents(documents: Sequence[object]) -> None:
    """JSON of the things that were named, an object each: indented where there is one, else one a line."""
    for document in documents:
        print_json(document, is_line=len(documents) > 1)


def read_input(name: str, max_bytes: int) -> bytes:
    """
    The bytes of a file, or of stdin for "-".

    Raises:
        typer.Exit: there are more than ``max_bytes``.
        OSError: there is no such file, or none that we may read.
    """
    if name == "-":
        data = sys.stdin.buffer.read(max_bytes + 1)
    else:
        with Path(name).open("rb") as file:
            data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise ended(f"{name}: more than {max_bytes} bytes", WRONG)
    return data
