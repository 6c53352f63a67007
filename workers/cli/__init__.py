"""The command ``copydesk``."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from workers import VERSION
from workers.cli.endings import DeskGroup

_HELP = """
The copy desk for syndicated news: polls feeds, fetches each new article, cleans its text, publishes it once.

\b
Try it, without a network:   copydesk run --demo
Your own feeds:              copydesk feeds add https://example.org/feed.xml
                             copydesk run
Read what is published:      copydesk tail

Every setting is an environment variable, COPYDESK_POLL_INTERVAL for one; the README lists them.
"""

app = typer.Typer(
    cls=DeskGroup,
    name="copydesk",
    help=_HELP,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"copydesk {VERSION}")
        raise typer.Exit


@app.callback()
def desk(
    ctx: typer.Context,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the embedded store (instead of COPYDESK_DATA).", metavar="DIR")
    ] = None,
    redis_url: Annotated[
        str | None, typer.Option(help="Store to use (instead of REDIS_URL): redis://, rediss:// or unix://.")
    ] = None,
    is_version_asked: Annotated[  # noqa: ARG001 - its callback has answered before we are called
        bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """What holds for every command."""
    ctx.obj = {name: value for name, value in (("data", data), ("redis_url", redis_url)) if value is not None}
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def main() -> None:
    """Run the command line of this process, and end it."""
    # Closed by whoever started us (">&-").
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - as long as we live
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - as long as we live
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that knows only ASCII gets question marks, not a traceback.
            stream.reconfigure(errors="replace")
    app(prog_name="copydesk")
