"""``copydesk run``, ``scheduler``, ``worker`` and ``web``: the processes, each imported only by its own command."""

from __future__ import annotations

from typing import Annotated

import typer

from workers.cli.later import PROCESSES, load
from workers.cli.session import settings_of


def run(
    ctx: typer.Context,
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Subscribe to a small newsroom on this machine.")] = False,
    or_demo: Annotated[bool, typer.Option("--or-demo", help="The same, where no feed has been added yet.")] = False,
) -> int:
    """
    Run everything on this machine, with a store of its own.

    Ctrl-C ends it; work in hand is finished or comes again at the next start. With REDIS_URL set, that store is used.

    \b
    Example:  copydesk run --demo
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    return int(load(PROCESSES["run"])(settings_of(ctx), demo=demo, or_demo=or_demo))


def scheduler(ctx: typer.Context) -> int:
    """
    Run only the scheduler: it hands out what is due.

    Any number may run; they share the work through the store.

    \b
    Example:  REDIS_URL=redis://store.example:6379 copydesk scheduler
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    return int(load(PROCESSES["scheduler"])(settings_of(ctx)))


def worker(ctx: typer.Context) -> int:
    """
    Run only a worker: it polls feeds and ingests articles.

    Any number may run, on any number of machines. SIGTERM lets it finish what it has in hand.

    \b
    Example:  REDIS_URL=redis://store.example:6379 copydesk worker
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    return int(load(PROCESSES["worker"])(settings_of(ctx)))


def web(ctx: typer.Context) -> int:
    """
    Run only the status pages and metrics.

    They are at COPYDESK_WEB_HOST and PORT: http://127.0.0.1:8900/ if nothing else is set.

    \b
    Example:  PORT=8080 copydesk web
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    return int(load(PROCESSES["web"])(settings_of(ctx)))
