"""``copydesk dead``: what could not be published, and what is to become of it."""

from __future__ import annotations

import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

import typer
from rich.progress import Progress
from rich.text import Text

from ingest.store.connect import Store
from ingest.store.dead import DeadLetter, drop_dead, list_dead, read_dead, retry_dead
from ingest.urls import redact
from workers.cli.endings import WRONG, ended, say
from workers.cli.later import COMMANDS, new_app
from workers.cli.session import MOST, print_facts, print_json, print_rich, settings_of
from workers.cli.stored import with_store
from workers.show import console_on, moment, said, table

_ID = re.compile(r"[0-9a-f]{32}")

app = new_app(help=COMMANDS["dead"].help)

AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of the table.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Dead letters, as in the list.", show_default=False)]
All = Annotated[bool, typer.Option("--all", help="All dead letters.")]


@app.command("list")
def list_(
    ctx: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="The latest so many.")] = 100,
    is_json: AsJson = False,
) -> int:
    """
    List the dead letters, the latest first.

    A dead letter is an entry of a feed that ended without publication: its page failed for good and the feed had no
    text, or it broke what read it, attempt after attempt.

    \b
    Example:  copydesk dead list
              copydesk dead list --json | jq -r '.[] | .reason' | sort | uniq -c
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    found = with_store(settings_of(ctx), lambda store: list_dead(store, limit))
    if is_json:
        print_json([_document(letter) for letter in found])
    elif found:
        shown = table("id", "died", "entry", "reason")
        shown.columns[0].no_wrap = True
        for letter in found:
            shown.add_row(*_cells(letter))
        print_rich(shown)
    else:
        typer.echo("No dead letters.")
    return 0


@app.command()
def show(
    ctx: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help="A dead letter, as in the list.", show_default=False)],
    *,
    is_json: AsJson = False,
) -> int:
    """
    Show one dead letter whole.

    \b
    Example:  copydesk dead show 0b61d6e5c3a94f120b61d6e5c3a94f12
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    (asked,) = _checked([id_])
    found = with_store(settings_of(ctx), lambda store: read_dead(store, asked))
    if found is None:
        raise ended(f"there is no dead letter {asked}", WRONG)
    document = _document(found)
    if is_json:
        print_json(document)
        return 0
    print_facts((name.replace("_", " "), moment(value) or str(value or "-")) for name, value in document.items())
    return 0


@app.command()
def retry(
    ctx: typer.Context,
    ids: Ids = [],  # noqa: B006 - typer wants the default here
    *,
    is_all: All = False,
    is_json: AsJson = False,
) -> int:
    """
    Try dead letters again, as if their feeds had just shown them.

    \b
    Example:  copydesk dead retry 0b61d6e5c3a94f120b61d6e5c3a94f12
              copydesk dead retry --all
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    return _each(ctx, ids, retry_dead, "to be tried again", is_all=is_all, is_json=is_json)


@app.command()
def drop(
    ctx: typer.Context,
    ids: Ids = [],  # noqa: B006 - typer wants the default here
    *,
    is_all: All = False,
    is_json: AsJson = False,
) -> int:
    """
    Give dead letters up for good.

    \b
    Example:  copydesk dead drop 0b61d6e5c3a94f120b61d6e5c3a94f12
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    return _each(ctx, ids, drop_dead, "dropped", is_all=is_all, is_json=is_json)


def _each(
    ctx: typer.Context,
    ids: Sequence[str],
    do: Callable[[Store, str], Awaitable[bool]],
    word: str,
    *,
    is_all: bool,
    is_json: bool,
) -> int:
    if is_all == bool(ids):
        raise ended("name dead letters, or say --all", WRONG)
    asked = _checked(ids)

    async def work(store: Store) -> list[tuple[str, bool]]:
        every = [letter.id for letter in await list_dead(store)] if is_all else asked
        with Progress(console=console_on(sys.stderr), transient=True, disable=not sys.stderr.isatty()) as progress:
            return [(id_, await do(store, id_)) for id_ in progress.track(every)]

    done = with_store(settings_of(ctx), work)
    for id_, is_done in done:
        if not is_done:
            say(f"there is no dead letter {id_}")
    if is_json:
        print_json([{"id": id_, "result": word if is_done else "unknown"} for id_, is_done in done])
    else:
        typer.echo(f"{sum(is_done for _, is_done in done)} {word}")
    return 0 if all(is_done for _, is_done in done) else WRONG


def _checked(ids: Sequence[str]) -> list[str]:
    for id_ in ids:
        if not _ID.fullmatch(id_):
            raise ended(f"{said(id_, 100)!r} is no id of an entry: 32 hex digits", WRONG)
    return list(dict.fromkeys(ids))


def _document(letter: DeadLetter) -> dict[str, Any]:
    entry, feed = (letter.ref.entry, letter.ref.feed) if letter.ref else (None, None)
    return {
        "id": letter.id,
        "reason": letter.reason,
        "attempts": letter.attempts,
        "seen_at": letter.seen_at,
        "died_at": letter.died_at,
        "title": entry.title if entry else None,
        "url": redact(entry.url) if entry and entry.url else None,
        "guid": redact(entry.guid) if entry and entry.guid else None,
        "published_at": entry.published_at if entry else None,
        "feed": feed.id if feed else None,
        "feed_url": redact(feed.url) if feed else None,
    }


def _cells(letter: DeadLetter) -> tuple[Text, ...]:
    document = _document(letter)
    title, url = said(document["title"] or "", 200), said(document["url"] or "no address", 4000)
    return (
        Text(letter.id),
        Text(moment(letter.died_at) or "-"),
        Text.assemble((f"{title}  " if title else "", "bold"), url),
        Text(f"{said(letter.reason, 500)} ({letter.attempts} attempts)"),
    )
