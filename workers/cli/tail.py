"""``copydesk tail``: the output stream, for people or as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, TypeAlias

import typer

from ingest.errors import EventError
from ingest.messages.event import ReceivedEvent, read_event
from ingest.messages.ninjs import ninjs_document
from ingest.store.articles import follow, latest
from ingest.store.connect import Store
from workers.cli.endings import say
from workers.cli.session import MOST, print_json, print_rich, settings_of
from workers.cli.stored import with_store
from workers.show import article_card

Row: TypeAlias = tuple[bytes, dict[bytes, bytes]]


def tail(
    ctx: typer.Context,
    *,
    count: Annotated[int, typer.Option("-n", min=0, max=MOST, help="Show so many of the newest articles first.")] = 5,
    is_followed: Annotated[bool, typer.Option("--follow/--no-follow", help="Wait for further ones.")] = True,
    is_json: Annotated[bool, typer.Option("--json", help="One event a line, as a JSON object.")] = False,
    form: Annotated[
        Literal["copydesk", "ninjs"],
        typer.Option("--format", help="What that object is; ninjs is IPTC's, version 3.0."),
    ] = "copydesk",
) -> int:
    """
    Show the newest articles, and each further one as it comes.

    It only looks on: nothing is acknowledged, no consumer misses anything for it. Ctrl-C ends it. In JSON each line is
    the article with "event_id" and "event_type" of its event; as ninjs it is the document alone, for ninjs is closed.

    \b
    Example:  copydesk tail
              copydesk tail -n 100 --no-follow --json | jq -r .title
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    show = _print_ninjs if form == "ninjs" else _print_json if is_json else _print_card

    async def work(store: Store) -> int:
        rows = await latest(store, count) if count else []
        for row in rows:
            _show(row, show)
        if is_followed:
            async for row in follow(store, rows[-1][0] if rows else b"$"):
                _show(row, show)
        return 0

    return with_store(settings_of(ctx), work)


def _show(row: Row, show: Callable[[ReceivedEvent], None]) -> None:
    row_id, fields = row
    try:
        show(read_event(fields))
    except EventError as error:
        say(f"{row_id.decode()} is no event of copydesk's: {error}")


def _print_json(event: ReceivedEvent) -> None:
    print_json({"event_id": event.id, "event_type": event.type, **event.article}, is_line=True)


def _print_ninjs(event: ReceivedEvent) -> None:
    print_json(ninjs_document(event.article, type=event.type), is_line=True)


def _print_card(event: ReceivedEvent) -> None:
    print_rich(article_card(event))
