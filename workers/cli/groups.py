"""``copydesk groups``: who reads the stream, how that goes, and what was delivered too often."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer
from rich.text import Text

from ingest.store.aside import AsideEvent, GroupStanding, drop_aside, list_aside, list_groups, retry_aside
from ingest.store.connect import Store
from workers.cli.endings import WRONG, ended
from workers.cli.later import COMMANDS, new_app
from workers.cli.letters import All, Ids, each_letter
from workers.cli.session import MOST, print_json, print_rich, settings_of
from workers.cli.stored import with_store
from workers.show import moment, said, table

app = new_app(help=COMMANDS["groups"].help)

AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of the table.")]
Name = Annotated[str, typer.Argument(metavar="GROUP", help="A consumer group.", show_default=False)]


@app.command("list")
def list_(ctx: typer.Context, *, is_json: AsJson = False) -> int:
    """
    List the consumer groups: how far each lags behind the stream, and what it holds.

    "deliveries" is how often the first event that a group holds was delivered: a number that grows is an event that
    its consumer does not survive. Sinks have groups of their own: see "copydesk sinks".

    \b
    Example:  copydesk groups list
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    found = [_document(one) for one in with_store(settings_of(ctx), list_groups)]
    if is_json:
        print_json(found)
    elif found:
        shown = table("group", "consumers", "lag", "pending", "deliveries", "dead letters")
        for one in found:
            shown.add_row(*(Text("-" if cell is None else said(str(cell), 100)) for cell in one.values()))
        print_rich(shown)
    else:
        typer.echo("No consumer groups.")
    return 0


@app.command()
def dead(
    ctx: typer.Context,
    name: Name,
    *,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="The latest so many.")] = 100,
    is_json: AsJson = False,
) -> int:
    """
    List what was delivered to a group too often and put aside, the latest first.

    With --json each has the whole article.

    \b
    Example:  copydesk groups dead search
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    found = with_store(settings_of(ctx), lambda store: _aside(store, name, limit))
    if is_json:
        print_json([_dead_document(one) for one in found])
    elif found:
        shown = table("id", "died", "event", "deliveries", "consumer")
        for one in found:
            cells = (one.id, moment(one.died_at) or "-", said(one.event), str(one.deliveries), said(one.consumer, 100))
            shown.add_row(*map(Text, cells))
        print_rich(shown)
    else:
        typer.echo("No dead letters.")
    return 0


@app.command()
def retry(
    ctx: typer.Context,
    name: Name,
    ids: Ids = [],  # noqa: B006 - typer wants the default here
    *,
    is_all: All = False,
    is_json: AsJson = False,
) -> int:
    """
    Give dead letters to their group again, before what is new, as if they had never been delivered.

    \b
    Example:  copydesk groups retry search 1772366400000-0
              copydesk groups retry search --all
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart

    async def do(store: Store, id_: str) -> str:
        return await retry_aside(store, name, id_)

    return each_letter(
        ctx, name, ids, is_all=is_all, every=_every(name), do=do, word="to be given again", is_json=is_json
    )


@app.command()
def drop(
    ctx: typer.Context,
    name: Name,
    ids: Ids = [],  # noqa: B006 - typer wants the default here
    *,
    is_all: All = False,
    is_json: AsJson = False,
) -> int:
    """
    Give dead letters of a group up for good.

    \b
    Example:  copydesk groups drop search 1772366400000-0
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart

    async def do(store: Store, id_: str) -> str:
        return "dropped" if await drop_aside(store, name, id_) else "unknown"

    return each_letter(ctx, name, ids, is_all=is_all, every=_every(name), do=do, word="dropped", is_json=is_json)


def _every(name: str) -> Callable[[Store], Awaitable[list[str]]]:
    async def every(store: Store) -> list[str]:
        return [one.id for one in await _aside(store, name)]

    return every


async def _aside(store: Store, name: str, limit: int | None = None) -> list[AsideEvent]:
    """The group's dead letters; a name that stands for no group is told, or a slip would look like a group of none."""
    found = await list_aside(store, name, limit)
    if not found and all(one.name != name for one in await list_groups(store)):
        raise ended(f"there is no consumer group {said(name, 50)!r} (see copydesk groups list)", WRONG)
    return found


def _document(one: GroupStanding) -> dict[str, Any]:
    return {
        "name": one.name,
        "consumers": one.consumers,
        "lag": one.lag,
        "pending": one.pending,
        "deliveries": one.deliveries,
        "dead_letters": one.dead,
    }


def _dead_document(one: AsideEvent) -> dict[str, Any]:
    return {
        "id": one.id,
        "event": one.event,
        "deliveries": one.deliveries,
        "consumer": one.consumer,
        "died_at": one.died_at,
        "article": one.article,
    }
