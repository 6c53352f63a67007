"""How a feed is named on the command line: by its address, its id, or an unambiguous beginning of its id."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import timedelta
from typing import Annotated, TypeVar

import typer

from ingest.errors import CopydeskError, UrlError
from ingest.settings import Settings, load_settings
from ingest.store.called import ids_called, is_id
from ingest.store.connect import AWAY, Store, connect
from ingest.store.embedded import Folder, answers
from ingest.store.feeds import feed_id
from ingest.urls import fetch_url, redact
from workers.cli.endings import WRONG, ended
from workers.cli.session import settings_of
from workers.cli.stored import with_store
from workers.show import said

Answer = TypeVar("Answer")

#: Feeds that completion looks through, and how long it may take: a key press must not wait.
MAX_COMPLETED = 2000
_PATIENCE = timedelta(milliseconds=300)
_LIMIT_SECONDS = 1.0


def address(url: str) -> str:
    """
    The address as it is asked.

    Raises:
        UrlError: it is none; the sentence quotes it.
    """
    try:
        return fetch_url(url)
    except UrlError as error:
        raise UrlError(f"{redact(url)[:200]!r}: {error}") from error


def with_feeds(
    ctx: typer.Context, names: Sequence[str], work: Callable[[Store, list[str]], Awaitable[Answer]]
) -> Answer:
    """
    What ``work`` makes of the ids of the feeds that are called so, each once.

    Raises:
        UrlError: a name is neither an id nor an address.
        typer.Exit: one stands for no feed, or for several; the sentence has been said and nothing was done.
    """
    asked = [name if is_id(name) else feed_id(address(name)) for name in names]

    async def found(store: Store) -> Answer:
        ids = [only(name, await ids_called(store, one)) for name, one in zip(names, asked, strict=True)]
        return await work(store, list(dict.fromkeys(ids)))

    return with_store(settings_of(ctx), found)


def only(name: str, ids: Sequence[str]) -> str:
    """
    The one id of these that a name stands for.

    Raises:
        typer.Exit: there is none, or there are several; the sentence has been said.
    """
    if not ids:
        raise ended(f"there is no feed {redact(name)}", WRONG)
    if len(ids) > 1:
        raise ended(f"{name} may be any of {', '.join(ids)}: give more of the id", WRONG)
    return ids[0]


def complete_feeds(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """
    Ids, or addresses once one was begun, each with what it is; nothing where the store is not running or slow.

    bash takes a colon for the end of a word: of an address it asks for what stands behind it.
    """
    options = {name: value for name, value in ctx.find_root().params.items() if name in {"data", "redis_url"} and value}
    try:
        found = asyncio.run(_known(load_settings(**options)))
    except (CopydeskError, TimeoutError, OSError, *AWAY):
        return []
    return [*_offered(sorted(found), incomplete)]


def _offered(found: Sequence[tuple[str, str]], incomplete: str) -> Iterator[tuple[str, str]]:
    for url, id_ in found:
        shown = said(redact(url), 2000)
        behind = shown.partition(":")[2]
        if incomplete.startswith("//"):
            if behind.startswith(incomplete):
                yield behind, id_
        elif incomplete.startswith("http"):
            if shown.startswith(incomplete):
                yield shown, id_
        elif id_.startswith(incomplete):
            # zsh and fish show it beside the id; a colon ends the id for zsh.
            yield id_, behind.removeprefix("//")


async def _known(settings: Settings) -> list[tuple[str, str]]:
    """Addresses and ids of feeds, the first few; no server is started for it."""
    folder = Folder(settings.data / "store")
    if not settings.redis_url and not answers(folder.socket):
        return []
    found: list[tuple[str, str]] = []
    async with (
        asyncio.timeout(_LIMIT_SECONDS),
        connect(settings, settings.redis_url or folder.url, patience=_PATIENCE) as store,
    ):
        async for id_, url in store.redis.hscan_iter(store.keys.feeds, count=1000):
            found.append((url.decode("utf-8", "replace"), id_.decode("utf-8", "replace")))
            if len(found) >= MAX_COMPLETED:
                break
    return found


#: Arguments as the commands take them.
FeedNames = Annotated[
    list[str],
    typer.Argument(
        metavar="URL|ID...",
        help="Addresses or ids, as in the list.",
        show_default=False,
        autocompletion=complete_feeds,
    ),
]
