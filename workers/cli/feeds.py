"""``copydesk feeds add``, ``list`` and ``remove``; ``import`` and ``export`` are in opml.py."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.text import Text
from typer.core import TyperGroup

from ingest.errors import UrlError
from ingest.store.connect import Store
from ingest.store.feeds import ListedFeed, add_feed, feed_id, list_feeds, remove_feed
from ingest.urls import fetch_url, redact
from workers.cli.endings import WRONG, ended
from workers.cli.later import COMMANDS, FEED_FINDER, OPML_COMMANDS, LaterCommand, load, new_app
from workers.cli.session import print_json, print_rich, settings_of
from workers.cli.stored import with_store
from workers.show import moment, said, table

_ID = re.compile(r"[0-9a-f]{16}")


class FeedsGroup(TyperGroup):
    """The commands of this file, and those that need the OPML reader with all its parsers."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, place in OPML_COMMANDS.items():
            self.add_command(LaterCommand(name, place))


app = new_app(cls=FeedsGroup, help=COMMANDS["feeds"].help)


@app.command()
def add(
    ctx: typer.Context,
    urls: Annotated[
        list[str], typer.Argument(metavar="URL...", help="Addresses of feeds, or of pages.", show_default=False)
    ],
    *,
    folder: Annotated[str, typer.Option(help="Folder to list them under.")] = "",
    is_all: Annotated[bool, typer.Option("--all", help="Subscribe to every feed that a page offers.")] = False,
    is_unseen: Annotated[bool, typer.Option("--no-look", help="Subscribe without asking the addresses.")] = False,
) -> int:
    """
    Subscribe to feeds.

    Each address is asked once. A feed is subscribed to, and so is an address that does not answer: it will be polled.
    A page (a site's home page, say) is searched for its feeds, and these are offered. The first poll comes within a
    second or two of the scheduler running. If one address is malformed, none is added.

    \b
    Example:  copydesk feeds add https://example.org/feed.xml --folder News
              copydesk feeds add https://example.org --all
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    settings = settings_of(ctx)
    asked = [_address(url) for url in urls]
    chosen = asked if is_unseen else load(FEED_FINDER)(settings, asked, is_all=is_all)
    if not chosen:
        return WRONG

    async def work(store: Store) -> list[bool]:
        return [await add_feed(store, url, folder=said(folder, 200)) for url in chosen]

    for url, is_new in zip(chosen, with_store(settings, work), strict=True):
        typer.echo(f"{feed_id(url)}  {said(redact(url), 4000)}{'' if is_new else '  (was subscribed already)'}")
    return 0 if len(chosen) >= len(asked) else WRONG


@app.command("list")
def list_(
    ctx: typer.Context,
    *,
    is_json: Annotated[bool, typer.Option("--json", help="A JSON array instead of the table.")] = False,
) -> int:
    """
    List all feeds with their last outcome and when and why they are polled next.

    Passwords and keys in addresses are shown as ***.

    \b
    Example:  copydesk feeds list
              copydesk feeds list --json | jq -r '.[] | select(.failures > 0) | .url'
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    found = with_store(settings_of(ctx), sorted_feeds)
    if is_json:
        print_json([_document(listed) for listed in found])
    elif found:
        _print(found)
    else:
        typer.echo("No feeds yet. Add one:  copydesk feeds add https://example.org/feed.xml")
    return 0


@app.command()
def remove(
    ctx: typer.Context,
    feed: Annotated[str, typer.Argument(metavar="URL|ID", help="Address or id, as in the list.", show_default=False)],
) -> int:
    """
    Unsubscribe from a feed.

    Its articles stay published; entries already in hand are still ingested.

    \b
    Example:  copydesk feeds remove https://example.org/feed.xml
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    id_ = feed if _ID.fullmatch(feed) else feed_id(_address(feed))

    async def work(store: Store) -> bool:
        return await remove_feed(store, id_)

    if not with_store(settings_of(ctx), work):
        raise ended(f"there is no feed {redact(feed)}", WRONG)
    typer.echo(f"{id_}  removed")
    return 0


async def sorted_feeds(store: Store) -> Sequence[ListedFeed]:
    """All feeds by folder, title and address, each once (SCAN may give one twice)."""
    found = {listed.feed.id: listed async for listed in list_feeds(store)}
    return sorted(found.values(), key=lambda one: (one.feed.folder, one.feed.title.casefold(), one.feed.url))


def _address(url: str) -> str:
    """
    The address as it is asked.

    Raises:
        UrlError: it is none; the sentence quotes it.
    """
    try:
        return fetch_url(url)
    except UrlError as error:
        raise UrlError(f"{redact(url)[:200]!r}: {error}") from error


def _document(listed: ListedFeed) -> dict[str, str | int | datetime | None]:
    feed = listed.feed
    return {
        "id": feed.id,
        "url": redact(feed.url),
        "title": feed.title,
        "folder": feed.folder,
        "last_outcome": feed.last_outcome,
        "failures": feed.failures,
        "polled_at": feed.polled_at,
        "next_poll_at": listed.due_at,
        "next_poll_reason": feed.next_reason,
    }


def _print(found: Sequence[ListedFeed]) -> None:
    shown = table("id", "feed", "last poll", "next poll")
    shown.columns[0].no_wrap = True
    for listed in found:
        shown.add_row(*_cells(listed))
    print_rich(shown)


def _cells(listed: ListedFeed) -> tuple[Text, ...]:
    feed = listed.feed
    folder, title, reason = said(feed.folder), said(feed.title), said(feed.next_reason)
    polled = f"{moment(feed.polled_at)} {said(feed.last_outcome)}" if feed.polled_at else "not yet"
    if feed.failures:
        polled += f", failure {feed.failures}"
    url, following = said(redact(feed.url), 4000), moment(listed.due_at)
    return (
        Text(feed.id),
        Text.assemble(f"{folder} / " if folder else "", (f"{title}  " if title else "", "bold"), url),
        Text(polled),
        Text(f"{following} ({reason})" if following and reason else following or "under way"),
    )
