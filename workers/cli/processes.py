"""``copydesk run``, ``scheduler``, ``worker``, ``relay``, ``web``: the processes, each imported only by its command."""

from __future__ import annotations

from typing import Annotated

import typer

from ingest.settings import Settings
from workers.cli.later import PROCESSES, load
from workers.cli.session import settings_of

AsJson = Annotated[bool, typer.Option("--json", help="Log JSON lines, on a terminal as well.")]


def run(
    ctx: typer.Context,
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Subscribe to a small newsroom on this machine.")] = False,
    or_demo: Annotated[bool, typer.Option("--or-demo", help="The same, where no feed has been added yet.")] = False,
    is_json: AsJson = False,
) -> int:
    """
    Run everything on this machine, with a store of its own.

    Ctrl-C ends it; work in hand is finished or comes again at the next start. With REDIS_URL set, that store is used.

    \b
    Example:  copydesk run --demo
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    return int(load(PROCESSES["run"])(_settings(ctx, is_json=is_json), demo=demo, or_demo=or_demo))


def scheduler(ctx: typer.Context, *, is_json: AsJson = False) -> int:
    """
    Run only the scheduler: it hands out what is due.

    Any number may run; they share the work through the store.

    \b
    Example:  REDIS_URL=redis://store.example:6379 copydesk scheduler
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    return int(load(PROCESSES["scheduler"])(_settings(ctx, is_json=is_json)))


def worker(ctx: typer.Context, *, is_json: AsJson = False) -> int:
    """
    Run only a worker: it polls feeds and ingests articles.

    Any number may run, on any number of machines. SIGTERM lets it finish what it has in hand.

    \b
    Example:  REDIS_URL=redis://store.example:6379 copydesk worker
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    return int(load(PROCESSES["worker"])(_settings(ctx, is_json=is_json)))


def relay(ctx: typer.Context, *, is_json: AsJson = False) -> int:
    """
    Run only the relay: it forwards articles to the sinks.

    Any number may run; a sink is one relay's at a time. Sinks are in sinks.toml or COPYDESK_SINKS; without it waits.

    \b
    Example:  COPYDESK_SINKS=jsonl:articles.jsonl copydesk relay
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    return int(load(PROCESSES["relay"])(_settings(ctx, is_json=is_json)))


def web(ctx: typer.Context, *, is_json: AsJson = False) -> int:
    """
    Run only the status pages and metrics.

    They are at COPYDESK_WEB_HOST and PORT: http://127.0.0.1:8900/ if nothing else is set.

    \b
    Example:  PORT=8080 copydesk web
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    return int(load(PROCESSES["web"])(_settings(ctx, is_json=is_json)))


def _settings(ctx: typer.Context, *, is_json: bool) -> Settings:
    """
    The settings of a process.

    Raises:
        SettingsError: one makes no sense.
    """
    settings = settings_of(ctx)
    return settings.model_copy(update={"log_format": "json"}) if is_json else settings
