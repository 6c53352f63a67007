"""``copydesk feeds add``, ``list``, ``remove``, ``pause`` and ``resume``; later.py says where the others are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import typer
from rich.text import Text
from typer.core import TyperGroup

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
from ingest.urls import redact
from workers.cli.endings import WRONG, say
from workers.cli.later import COMMANDS, FEED_COMMANDS, FEED_FINDER, OPML_COMMANDS, LaterCommand, load, new_app
from workers.cli.names import FeedNames, address, with_feeds
from workers.cli.session import print_documents, print_json, print_rich, settings_of
from workers.cli.stored import with_store
from workers.show import moment, said, table

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a feed.")]
Order = Literal["folder", "title", "failures", "next", "polled", "added"]

_WOKEN = {"resumed": "resumed", "active": "is polled as it is", "none": ""}
_NEVER = datetime.max.replace(tzinfo=UTC)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_ORDERS: dict[Order, Callable[[ListedFeed], Any]] = {
    "folder": lambda one: one.feed.folder,
    "title": lambda one: one.feed.title.casefold(),
    "failures": lambda one: -one.feed.failures,
    # One that is being polled comes before those that wait, and one that rests last.
    "next": lambda one: one.due_at or (_LONG_AGO if one.feed.state == "active" else _NEVER),
    "polled": lambda one: one.feed.polled_at or _LONG_AGO,
    "added": lambda one: -(one.feed.added_at or _LONG_AGO).timestamp(),
}


class FeedsGroup(TyperGroup):
    """The commands of this file, and those that come later."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, place in {**FEED_COMMANDS, **OPML_COMMANDS}.items():
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
    is_json: AsJson = False,
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
    asked = [address(url) for url in urls]
    chosen = asked if is_unseen else load(FEED_FINDER)(settings, asked, is_all=is_all, is_json=is_json)
    if not chosen:
        return WRONG

    async def work(store: Store) -> list[tuple[bool, str]]:
        # A feed that moved, or was merged, is known by its other address.
        return [
            (await add_feed(store, url, folder=said(folder, 200)), await find_feed(store, feed_id(url)) or feed_id(url))
            for url in chosen
        ]

    done = with_store(settings, work)
    rows = [{"id": id_, "url": redact(url), "is_new": is_new} for url, (is_new, id_) in zip(chosen, done, strict=True)]
    if is_json:
        print_documents(rows)
    else:
        for row in rows:
            known = "" if row["is_new"] else "  (was subscribed already)"
            typer.echo(f"{row['id']}  {said(row['url'], 4000)}{known}")
    return 0 if len(chosen) >= len(asked) else WRONG


@app.command("list")
def list_(
    ctx: typer.Context,
    *,
    is_failing: Annotated[bool, typer.Option("--failing", help="Only those whose last polls failed.")] = False,
    is_paused: Annotated[bool, typer.Option("--paused", help="Only those that rest: paused or dormant.")] = False,
    folder: Annotated[str | None, typer.Option(help="Only those of this folder, and the folders in it.")] = None,
    order: Annotated[Order, typer.Option("--sort", help="What comes first.")] = "folder",
    is_json: Annotated[bool, typer.Option("--json", help="A JSON array instead of the table.")] = False,
) -> int:
    """
    List all feeds with their last outcome and when and why they are polled next.

    Passwords and keys in addresses are shown as ***. --sort takes folder, title, failures (the worst first), next
    (the poll that comes first), polled (the oldest first) and added (the newest first).

    \b
    Example:  copydesk feeds list
              copydesk feeds list --failing --sort failures
              copydesk feeds list --json | jq -r '.[] | select(.failures > 0) | .url'
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    every = with_store(settings_of(ctx), every_feed)
    wanted = (
        listed
        for listed in every
        if (listed.feed.failures or not is_failing)
        and (listed.feed.state != "active" or not is_paused)
        and (folder is None or f"{listed.feed.folder}/".startswith(f"{folder.rstrip('/')}/"))
    )
    found = in_order(wanted, order)
    if is_json:
        print_json([_document(listed) for listed in found])
    elif found:
        _print(found)
    elif every:
        typer.echo("No such feeds.")
    else:
        typer.echo("No feeds yet. Add one:  copydesk feeds add https://example.org/feed.xml")
    return 0


@app.command()
def remove(ctx: typer.Context, feeds: FeedNames, *, is_json: AsJson = False) -> int:
    """
    Unsubscribe from feeds.

    Their articles stay published; entries already in hand are still ingested. If one is unknown, none is removed.

    \b
    Example:  copydesk feeds remove https://example.org/feed.xml
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    return _each(ctx, feeds, _remove, is_json=is_json)


@app.command()
def pause(
    ctx: typer.Context,
    feeds: FeedNames,
    *,
    reason: Annotated[str, typer.Option(help="Why, for the list.")] = "",
    is_json: AsJson = False,
) -> int:
    """
    Do not poll feeds until they are resumed.

    What they have shown is remembered; entries already in hand are still ingested.

    \b
    Example:  copydesk feeds pause https://example.org/feed.xml --reason "until the election is over"
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    why = said(reason, 200) or "by the operator"

    async def rest(store: Store, id_: str) -> str:
        return "paused" if await pause_feed(store, id_, why) else ""

    return _each(ctx, feeds, rest, is_json=is_json)


@app.command()
def resume(ctx: typer.Context, feeds: FeedNames, *, is_json: AsJson = False) -> int:
    """
    Poll paused or dormant feeds again, at once.

    A feed is dormant when its server has said twice, a day apart, that it is gone (410).

    \b
    Example:  copydesk feeds resume https://example.org/feed.xml
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart

    async def wake(store: Store, id_: str) -> str:
        return _WOKEN[await resume_feed(store, id_)]

    return _each(ctx, feeds, wake, is_json=is_json)


def _each(
    ctx: typer.Context, names: Sequence[str], change: Callable[[Store, str], Awaitable[str]], *, is_json: bool
) -> int:
    """Do it to every feed named; 2 where one went away while we did."""

    async def work(store: Store, ids: list[str]) -> list[tuple[str, str]]:
        return [(id_, await change(store, id_)) for id_ in ids]

    done = with_feeds(ctx, names, work)
    gone = [id_ for id_, result in done if not result]
    if is_json:
        print_documents([{"id": id_, "result": result or "unknown"} for id_, result in done])
    else:
        for id_, result in done:
            if result:
                typer.echo(f"{id_}  {result}")
    for id_ in gone:
        say(f"there is no feed {id_}")
    return WRONG if gone else 0


async def _remove(store: Store, id_: str) -> str:
    """Unsubscribe, from the feed's hub as well: what it pushes from now on is refused."""
    await forget_subscription(store, id_)
    return "removed" if await remove_feed(store, id_) else ""


async def every_feed(store: Store) -> list[ListedFeed]:
    """All feeds, each once (SCAN may give one twice)."""
    found = {listed.feed.id: listed async for listed in list_feeds(store)}
    return list(found.values())


def in_order(found: Iterable[ListedFeed], order: Order) -> list[ListedFeed]:
    """The feeds sorted; of equal ones the folder, the title and the address decide."""
    return sorted(
        found, key=lambda one: (_ORDERS[order](one), one.feed.folder, one.feed.title.casefold(), one.feed.url)
    )


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
