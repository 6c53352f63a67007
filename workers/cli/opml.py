"""``copydesk feeds import`` and ``export``: the lists of feeds that readers exchange."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from ingest.errors import FeedError, UrlError
from ingest.feeds.opml import Subscription, read_opml, write_opml
from ingest.polling.spread import first_pauses
from ingest.settings import Settings
from ingest.store.connect import Store
from ingest.store.feeds import add_feed, list_feeds
from ingest.store.scripts import MAX_TOGETHER
from ingest.urls import fetch_url, redact
from workers.cli.endings import WRONG, ended, say
from workers.cli.session import print_json, read_input, settings_of, to_json
from workers.cli.stored import with_store
from workers.show import console_on, said

#: Characters of a title or a folder that are kept.
_MAX_NAME = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """A list of feeds, the usable apart from the others with the reason."""

    usable: tuple[Subscription, ...]
    refused: tuple[tuple[str, str], ...]


def import_opml(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="An OPML file.", show_default=False)],
    *,
    is_json: Annotated[bool, typer.Option("--json", help="The numbers as a JSON object.")] = False,
) -> int:
    """
    Subscribe to the feeds of an OPML file.

    Unusable addresses are listed and left out. First polls are spread: one feed a second, but all within
    COPYDESK_POLL_INTERVAL.

    \b
    Example:  copydesk feeds import subscriptions.opml
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    settings = settings_of(ctx)
    try:
        found = sort_out(read_opml(read_input(file, settings.max_feed_bytes)))
    except FeedError as error:
        raise ended(f"{file} is no OPML: {error}", WRONG) from error
    for url, reason in found.refused:
        say(f"left out {redact(url)[:200]!r}: {reason}")
    if found.refused and not found.usable:
        raise ended(f"none of the {len(found.refused)} addresses can be used", WRONG)
    new = with_store(settings, lambda store: _subscribe(store, settings, found.usable)) if found.usable else 0
    known = len(found.usable) - new
    if is_json:
        refused = [{"url": redact(url), "reason": reason} for url, reason in found.refused]
        print_json({"subscribed": new, "were_subscribed": known, "left_out": refused})
    else:
        typer.echo(f"{new} subscribed, {known} were subscribed already, {len(found.refused)} left out")
    return 0


def export_opml(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="Where to write it; - is stdout.")] = "-",
    *,
    is_json: Annotated[bool, typer.Option("--json", help="A JSON array of feeds instead of OPML.")] = False,
) -> int:
    """
    Write all feeds as OPML.

    Addresses are written whole, with any keys in them: without those the list would be of no use.

    \b
    Example:  copydesk feeds export subscriptions.opml
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart

    async def work(store: Store) -> list[Subscription]:
        feeds = {listed.feed.id: listed.feed async for listed in list_feeds(store)}
        found = [Subscription(url=feed.url, title=feed.title, folder=feed.folder) for feed in feeds.values()]
        return sorted(found, key=lambda one: (one.folder, one.title.casefold(), one.url))

    found = with_store(settings_of(ctx), work)
    document = to_json([asdict(one) for one in found]) if is_json else write_opml(found, "copydesk") + b"\n"
    if file == "-":
        sys.stdout.buffer.write(document)
    else:
        Path(file).write_bytes(document)
        say(f"{len(found)} feeds written to {file}")
    return 0


def sort_out(subscriptions: Iterable[Subscription]) -> Sorted:
    """Addresses in the form in which they are asked, each once."""
    usable: dict[str, Subscription] = {}
    refused: list[tuple[str, str]] = []
    for one in subscriptions:
        try:
            url = fetch_url(one.url)
        except UrlError as error:
            refused.append((one.url, str(error)))
        else:
            # In a list without titles addresses stand in their place, with any keys in them.
            title = "" if "://" in one.title else said(one.title, _MAX_NAME)
            usable.setdefault(url, Subscription(url=url, title=title, folder=said(one.folder, _MAX_NAME)))
    return Sorted(usable=tuple(usable.values()), refused=tuple(refused))


async def _subscribe(store: Store, settings: Settings, wanted: Sequence[Subscription]) -> int:
    """Add the feeds; how many were new."""
    new = 0
    pauses = first_pauses(len(wanted), settings.poll_interval)
    with Progress(console=console_on(sys.stderr), transient=True, disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task("subscribing", total=len(wanted))
        rows = list(zip(wanted, pauses, strict=True))
        for start in range(0, len(rows), MAX_TOGETHER):
            some = rows[start : start + MAX_TOGETHER]
            adding = (add_feed(store, one.url, title=one.title, folder=one.folder, pause=pause) for one, pause in some)
            new += sum(await asyncio.gather(*adding))
            progress.advance(bar, len(some))
    return new
