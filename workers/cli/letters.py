"""Dead letters of a sink or a consumer group, given again or given up one by one: what both commands share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import typer

from ingest.store.connect import Store
from ingest.store.relay import is_row_id
from workers.cli.endings import WRONG, ended, say
from workers.cli.session import print_json, settings_of
from workers.cli.stored import with_store
from workers.show import said

Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Dead letters, as in the list.", show_default=False)]
All = Annotated[bool, typer.Option("--all", help="All its dead letters.")]

#: Why nothing became of a letter, by the result of ``do``.
FAILURES = {
    "unknown": "there is no such dead letter",
    "gone": "the stream no longer holds its row, or the group: see the event with --json, and drop it",
}


def each_letter(
    ctx: typer.Context,
    name: str,
    ids: Sequence[str],
    *,
    is_all: bool,
    every: Callable[[Store], Awaitable[Sequence[str]]],
    do: Callable[[Store, str], Awaitable[str]],
    word: str,
    is_json: bool,
) -> int:
    """
    Do something to dead letters of ``name``, to ``every`` one with ``is_all``; the exit code.

    ``do`` gives a letter's result, one of FAILURES where nothing became of it; ``word`` is for the others in the sum.
    """
    if is_all == bool(ids):
        raise ended("name dead letters, or say --all", WRONG)
    for id_ in ids:
        if not is_row_id(id_):
            raise ended(f"{said(id_, 100)!r} is no id of a dead letter, such as 1772366400000-0", WRONG)

    async def work(store: Store) -> list[tuple[str, str]]:
        # The oldest first: that is the order in which they were delivered, and are given again.
        chosen = [*await every(store)][::-1] if is_all else list(dict.fromkeys(ids))
        return [(id_, await do(store, id_)) for id_ in chosen]

    done = with_store(settings_of(ctx), work)
    failed = [(id_, result) for id_, result in done if result in FAILURES]
    for id_, result in failed:
        say(f"{said(name, 50)} {id_}: {FAILURES[result]}")
    if is_json:
        print_json([{"id": id_, "result": result} for id_, result in done])
    else:
        typer.echo(f"{len(done) - len(failed)} {word}")
    return WRONG if failed else 0
