"""``copydesk feeds add``, ``list``, ``remove``, ``pause`` and ``resume``; ``import`` and ``export`` are in opml.py."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.text import Text
from typer.core import TyperGroup

from ingest.errors import UrlError
from ingest.store.connect import Store
from ingest.store.feeds import (
    ListedFeed,
    add_feed,
    feed_id,
    find_feed,
    list_feeds,
    pause_feed,
    remove_feed,
    resume_feed,
)
from ingest.store.hubs import forget_subscription
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

    async def work(store: Store) -> list[tuple[bool, str]]:
        # A feed that moved, or was merged, is known by its other address.
        return [
            (await add_feed(store, url, folder=said(folder, 200)), await find_feed(store, feed_id(url)) or feed_id(url))
            for url in chosen
        ]

    for url, (is_new, id_) in zip(chosen, with_store(settings, work), strict=True):
        typer.echo(f"{id_}  {said(redact(url), 4000)}{'' if is_new else '  (was subscribed already)'}")
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
    id_, _ = _change(ctx, feed, _remove)
    typer.echo(f"{id_}  removed")
    return 0


@app.command()
def pause(
    ctx: typer.Context,
    feed: Annotated[str, typer.Argument(metavar="URL|ID", help="Address or id, as in the list.", show_default=False)],
    *,
    reason: Annotated[str, typer.Option(help="Why, for the list.")] = "",
) -> int:
    """
    Do not poll a feed until it is resumed.

    What it has shown is remembered; entries already in hand are still ingested.

    \b
    Example:  copydesk feeds pause https://example.org/feed.xml --reason "until the election is over"
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    why = said(reason, 200) or "by the operator"
    id_, _ = _change(ctx, feed, lambda store, id_: pause_feed(store, id_, why))
    typer.echo(f"{id_}  paused")
    return 0


@app.command()
def resume(
    ctx: typer.Context,
    feed: Annotated[str, typer.Argument(metavar="URL|ID", help="Address or id, as in the list.", show_default=False)],
) -> int:
    """
    Poll a paused or dormant feed again, at once.

    A feed is dormant when its server has said twice, a day apart, that it is gone (410).

    \b
    Example:  copydesk feeds resume https://example.org/feed.xml
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    id_, was = _change(ctx, feed, resume_feed)
    typer.echo(f"{id_}  {'resumed' if was == 'resumed' else 'is polled as it is'}")
    return 0


def _change(
    ctx: typer.Context, feed: str, change: Callable[[Store, str], Awaitable[bool | str]]
) -> tuple[str, bool | str]:
    """
    The id of the feed that is called so, and what the change gave.

    Raises:
        UrlError: the name is neither an id nor an address.
        typer.Exit: there is no such feed.
    """
    asked = feed if _ID.fullmatch(feed) else feed_id(_address(feed))

    async def work(store: Store) -> tuple[str, bool | str]:
        id_ = await find_feed(store, asked)
        return (id_, await change(store, id_)) if id_ else ("", False)

    id_, changed = with_store(settings_of(ctx), work)
    if not changed or changed == "none":
        raise ended(f"there is no feed {redact(feed)}", WRONG)
    return id_, changed


async def _remove(store: Store, id_: str) -> bool:
    """Unsubscribe, from the feed's hub as well: what it pushes from now on is refused."""
    await forget_subscription(store, id_)
    return await remove_feed(store, id_)


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
        "state": feed.state,
        "state_reason": feed.state_reason,
        "moving_to": redact(feed.moved.url) if feed.moved else "",
        "has_unreliable_validators": feed.unreliable_at is not None,
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
    if feed.moved:
        polled += f", redirected to {said(redact(feed.moved.url), 4000)}"
    url, following = said(redact(feed.url), 4000), moment(listed.due_at)
    resting = f"{feed.state}: {said(feed.state_reason)}" if feed.state != "active" else ""
    return (
        Text(feed.id),
        Text.assemble(f"{folder} / " if folder else "", (f"{title}  " if title else "", "bold"), url),
        Text(polled),
        Text(resting or (f"{following} ({reason})" if following and reason else following or "under way")),
    )
