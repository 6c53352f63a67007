"""``copydesk sinks``: where events go beside the stream, how that goes, and what was refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

import typer
from rich.text import Text

from ingest.settings import Settings
from ingest.sinks.sinks_toml import SinkPlan
from ingest.store.connect import Store
from ingest.store.relay import (
    RefusedEvent,
    Standing,
    drop_refused,
    forget_sink,
    known_sinks,
    list_refused,
    read_standing,
    retry_refused,
)
from workers.cli.endings import FAILED, WRONG, ended
from workers.cli.later import COMMANDS, SINK_CHECKER, load, new_app
from workers.cli.letters import All, Ids, each_letter
from workers.cli.session import MOST, print_json, print_rich, settings_of, wait_for
from workers.cli.stored import with_store
from workers.show import moment, said, table
from workers.sinks import read_plans

app = new_app(help=COMMANDS["sinks"].help)

AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of the table.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A sink, as in the list.", show_default=False)]
Names = Annotated[list[str], typer.Argument(metavar="NAME...", help="Sinks; all without any.", show_default=False)]


@app.command("list")
def list_(ctx: typer.Context, *, is_json: AsJson = False) -> int:
    """
    List the sinks: how far each lags behind the stream, what it was sent, and why it waits.

    A sink that is no longer configured, but still holds the stream, is listed too: see "copydesk sinks forget".

    \b
    Example:  copydesk sinks list
              copydesk sinks list --json | jq '.[] | {name, lag, error}'
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    settings = settings_of(ctx)
    plans = {plan.name: plan for plan in read_plans(settings)}

    async def work(store: Store) -> list[Standing]:
        left = [name for name in await known_sinks(store) if name not in plans]
        return [await read_standing(store, name) for name in (*plans, *left)]

    found = [_document(plans.get(one.name), one) for one in with_store(settings, work)]
    if is_json:
        print_json(found)
    elif found:
        shown = table("sink", "address", "state", "lag", "sent", "filtered", "dead letters", "error")
        for one in found:
            shown.add_row(*(Text(said(cell, 500)) for cell in _cells(one)))
        print_rich(shown)
    else:
        typer.echo(f"No sinks: none in {settings.sinks_file} or COPYDESK_SINKS.")
    return 0


@app.command()
def check(ctx: typer.Context, names: Names = [], *, is_json: AsJson = False) -> int:  # noqa: B006 - typer wants the default here
    """
    Ask each sink's engine whether it lets us in and may be given events; nothing is published.

    RabbitMQ and NATS are asked for the exchange or the stream and for the permission to publish, Kafka for the topic,
    a webhook for an answer. What publishing would declare is declared.

    \b
    Example:  copydesk sinks check
              copydesk sinks check search
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    settings = settings_of(ctx)
    plans = read_plans(settings)
    for name in names:
        _configured(plans, name)
    chosen = [plan for plan in plans if not names or plan.name in names]
    found = wait_for(load(SINK_CHECKER)(settings, chosen))
    if is_json:
        print_json([{"name": one.plan.name, "ok": one.is_ok, "answer": one.answer} for one in found])
    elif found:
        shown = table("sink", "address", "", "answer")
        for one in found:
            cells = (one.plan.name, one.plan.shown, "ok" if one.is_ok else "FAILED", said(one.answer))
            shown.add_row(*map(Text, cells))
        print_rich(shown)
    else:
        typer.echo(f"No sinks: none in {settings.sinks_file} or COPYDESK_SINKS.")
    return 0 if all(one.is_ok for one in found) else FAILED


@app.command()
def dead(
    ctx: typer.Context,
    name: Name,
    *,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="The latest so many.")] = 100,
    is_json: AsJson = False,
) -> int:
    """
    List what a sink refused, the latest first.

    \b
    Example:  copydesk sinks dead search
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    settings = settings_of(ctx)
    found = with_store(settings, lambda store: _refused(store, settings, name, limit))
    if is_json:
        print_json([_dead_document(one) for one in found])
    elif found:
        shown = table("id", "died", "event", "reason")
        for one in found:
            shown.add_row(*map(Text, (one.id, moment(one.died_at) or "-", said(one.event), said(one.reason))))
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
    Give dead letters to their sink again, before what is new.

    \b
    Example:  copydesk sinks retry search 1772366400000-0
              copydesk sinks retry search --all
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart

    async def do(store: Store, id_: str) -> str:
        return "retried" if await retry_refused(store, name, id_) else "unknown"

    return each_letter(
        ctx,
        name,
        ids,
        is_all=is_all,
        every=_every(settings_of(ctx), name),
        do=do,
        word="to be given again",
        is_json=is_json,
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
    Give dead letters of a sink up for good.

    \b
    Example:  copydesk sinks drop search 1772366400000-0
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart

    async def do(store: Store, id_: str) -> str:
        return "dropped" if await drop_refused(store, name, id_) else "unknown"

    return each_letter(
        ctx, name, ids, is_all=is_all, every=_every(settings_of(ctx), name), do=do, word="dropped", is_json=is_json
    )


@app.command()
def forget(ctx: typer.Context, name: Name, *, is_json: AsJson = False) -> int:
    """
    End a sink's hold on the stream, once it is no longer configured.

    What it was not sent may then be trimmed; its dead letters and counters go.

    \b
    Example:  copydesk sinks forget search
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    settings = settings_of(ctx)
    if any(plan.name == name for plan in read_plans(settings)):
        raise ended(f"{said(name, 50)} is still configured: take it out of the configuration first", WRONG)
    match with_store(settings, lambda store: forget_sink(store, name)):
        case "forgotten":
            if is_json:
                print_json({"name": name, "result": "forgotten"})
            else:
                typer.echo(f"{said(name, 50)} is forgotten")
            return 0
        case "held":
            raise ended("a relay still works for it; within half a minute it will have seen the configuration", FAILED)
        case "unknown":
            raise ended(f"there is nothing of a sink {said(name, 50)!r}", WRONG)


def _every(settings: Settings, name: str) -> Callable[[Store], Awaitable[list[str]]]:
    async def every(store: Store) -> list[str]:
        return [one.id for one in await _refused(store, settings, name)]

    return every


async def _refused(store: Store, settings: Settings, name: str, limit: int | None = None) -> list[RefusedEvent]:
    """The sink's dead letters; a name that stands for no sink is told, or a slip would look like a sink of none."""
    found = await list_refused(store, name, limit)
    if not found and name not in await known_sinks(store):
        _configured(read_plans(settings), name)
    return found


def _configured(plans: Sequence[SinkPlan], name: str) -> None:
    if all(plan.name != name for plan in plans):
        raise ended(f"there is no sink {said(name, 50)!r}", WRONG)


def _document(plan: SinkPlan | None, one: Standing) -> dict[str, Any]:
    return {
        "name": one.name,
        "address": plan.shown if plan else None,
        "format": plan.format if plan else None,
        "state": _state(plan, one),
        "error": one.error,
        "since": one.since,
        "lag": one.lag,
        "pending": one.pending,
        "sent": one.sent,
        "filtered": one.filtered,
        "lost": one.lost,
        "refused": one.refused,
        "dead_letters": one.dead,
    }


def _state(plan: SinkPlan | None, one: Standing) -> str:
    if plan is None:
        return "not configured"
    if one.state in {"", "running"} and not one.is_held:
        return "no relay"
    return one.state or "running"


def _cells(one: dict[str, Any]) -> tuple[str, ...]:
    behind = "-" if one["lag"] is None else str(one["lag"] + one["pending"])
    numbers = (str(one[name]) for name in ("sent", "filtered", "dead_letters"))
    return (one["name"], one["address"] or "-", one["state"], behind, *numbers, one["error"] or "-")


def _dead_document(one: RefusedEvent) -> dict[str, Any]:
    return {"id": one.id, "event": one.event, "article": one.subject, "reason": one.reason, "died_at": one.died_at}
