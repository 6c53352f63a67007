"""``copydesk doctor``: finds what is wrong with an installation, and says what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from ingest.errors import SettingsError, StoreError
from ingest.settings import Settings, forget_secrets
from ingest.store.connect import AWAY, UNPERMITTED, connect
from ingest.store.locate import located
from workers.cli.endings import FAILED
from workers.cli.session import print_json, print_rich, settings_of, wait_for
from workers.doctor.configuration import env_file, examine_configuration
from workers.doctor.finding import Finding, problem
from workers.doctor.machine import examine_machine, packages, python
from workers.doctor.network import carrier, demo_sites, examine_network, sandbox, some_sites
from workers.doctor.store import examine_store, examine_work
from workers.show import said

_STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red"}
#: Characters of a finding that are shown.
_MAX_SAID = 2000


def doctor(
    ctx: typer.Context,
    *,
    is_offline: Annotated[bool, typer.Option("--offline", help="Ask no site and no address of ours.")] = False,
    is_release: Annotated[
        bool, typer.Option("--release", help="Only what must be right before processes start: seconds.")
    ] = False,
    is_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of the list.")] = False,
) -> int:
    """
    Find what is wrong with this installation, and say what to do.

    Python and packages, settings, files, the store, overdue work, consumer groups without readers, the network and the
    sandbox. A warning could be better; a problem does not work or loses data, and with one the exit code is 1.

    \b
    Example:  copydesk doctor
              copydesk doctor --json | jq -r '.findings[] | select(.level != "ok") | .todo'
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    try:
        settings = settings_of(ctx)
    except SettingsError as error:
        found = [python(), packages(), env_file(), _refused(error)]
    else:
        found = wait_for(_release(settings) if is_release else _examine(settings, is_offline=is_offline))
    if is_json:
        print_json({"worst": worst(found), "findings": [asdict(one) for one in found]})
    else:
        _print(found)
    return FAILED if worst(found) == "problem" else 0


def worst(found: Iterable[Finding]) -> str:
    """The worst level there is."""
    levels = {one.level for one in found}
    return next((level for level in ("problem", "warning") if level in levels), "ok")


async def _examine(settings: Settings, *, is_offline: bool) -> list[Finding]:
    found = [*examine_machine(settings), *examine_configuration(settings)]
    sites: tuple[str, ...] = ()
    try:
        with located(settings) as url:
            async with connect(settings, url) as store:
                found += [one async for one in examine_store(store, settings)]
                found += [one async for one in examine_work(store, settings)]
                sites = await some_sites(store, besides=demo_sites(settings))
    except (StoreError, UNPERMITTED, *AWAY) as error:
        found.append(_no_store(error))
    if settings.broker_url:
        found.append(await carrier(settings))
    # The children of the sandbox inherit the environment; the settings hold the address already.
    forget_secrets()
    if not is_offline:
        found += [one async for one in examine_network(settings, sites)]
    return [*found, await sandbox(settings)]


async def _release(settings: Settings) -> list[Finding]:
    """What Heroku's release phase asks: a release that would not run is not made. Nothing is started for it."""
    found = [python(), packages(), *examine_configuration(settings)]
    if not settings.redis_url:
        return [*found, _no_address()]
    try:
        async with connect(settings, settings.redis_url) as store:
            return [*found, *[one async for one in examine_store(store, settings)]]
    except (StoreError, UNPERMITTED, *AWAY) as error:
        return [*found, _no_store(error)]


def _refused(error: SettingsError) -> Finding:
    return problem("settings", str(error), why="no command starts", todo="correct it; the README lists all settings")


def _no_address() -> Finding:
    return problem(
        "store",
        "REDIS_URL is not set",
        why="processes on several machines need one store; a disk of their own does not outlive them",
        todo="add a Redis (heroku addons:create heroku-redis:mini), or set REDIS_URL",
    )


def _no_store(error: BaseException) -> Finding:
    match error:
        case StoreError():
            what = str(error)
        case UNPERMITTED():
            what = f"the store refuses us: {error}"
        case _:
            what = "the store went away while we looked at it"
    return problem(
        "store", what, why="without it nothing runs", todo="start it, or correct REDIS_URL and its user's rights"
    )


def _print(found: Iterable[Finding]) -> None:
    everything = [*found]
    for one in everything:
        line = Text.assemble((f"{one.level:8}", _STYLES[one.level]), (f"{one.check:14} ", "bold"))
        line.append(said(one.what, _MAX_SAID))
        lines = [line]
        if one.level != "ok":
            lines += [
                Text(f"{'':23}{said(one.why, _MAX_SAID)}", style="dim"),
                Text(f"{'':23}-> {said(one.todo, 2000)}"),
            ]
        print_rich(*lines, is_wrapped=False)
    counts = {level: sum(one.level == level for one in everything) for level in _STYLES}
    print_rich(Text(", ".join(f"{count} {level}" for level, count in counts.items()), style=_STYLES[worst(everything)]))
