"""``copydesk feeds poll``: a poll now, through the workers, as politely as any other."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from ingest.store.connect import Store
from ingest.store.dossier import Dossier, read_dossier
from ingest.store.hubs import keep_push
from ingest.urls import redact
from workers.cli.endings import FAILED, WRONG, ended, say
from workers.cli.names import FeedNames, with_feeds
from workers.cli.session import print_documents
from workers.show import console_on, moment, said

#: Seconds between two looks whether the poll has ended.
LOOK_SECONDS = 0.2
#: What a plan's reason begins with when the server named the time (polling.plan).
_SERVER_SAID = "Retry-After"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking for a poll: "due", "polled", or why there is none."""

    before: Dossier
    result: str
    #: After the poll, where it was waited for and came.
    after: Dossier | None = None


def poll(
    ctx: typer.Context,
    feeds: FeedNames,
    *,
    is_waiting: Annotated[bool, typer.Option("--wait", help="Wait for the outcome and show it.")] = False,
    seconds: Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds to wait at most.")] = 60.0,
    is_forced: Annotated[bool, typer.Option("--force", help="Though its server asked us to wait.")] = False,
    is_json: Annotated[bool, typer.Option("--json", help="One JSON object a feed.")] = False,
) -> int:
    """
    Poll feeds now instead of when they are due.

    A worker does it, with validators and within the host's limits, as every poll. A feed whose server has asked us to
    wait (Retry-After) is left alone unless forced; a paused one is. With --wait the exit code is 1 where a poll failed.

    \b
    Example:  copydesk feeds poll https://example.org/feed.xml --wait
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart

    async def work(store: Store, ids: list[str]) -> list[Asked]:
        asked = [await _ask(store, id_, is_forced=is_forced) for id_ in ids]
        return await _watch(store, asked, seconds) if is_waiting else asked

    done = with_feeds(ctx, feeds, work)
    for one in done:
        _complain(one)
    if is_json:
        print_documents([_document(one) for one in done])
    else:
        for one in done:
            _print(one)
    return 0 if all(_is_well(one) for one in done) else FAILED


async def _ask(store: Store, id_: str, *, is_forced: bool) -> Asked:
    found = await read_dossier(store, id_, entries=0)
    if found is None:
        raise ended(f"there is no feed {id_}", WRONG)  # removed in between
    if found.feed.state != "active":
        return Asked(before=found, result=found.feed.state)
    is_held = found.feed.next_reason.startswith(_SERVER_SAID) and found.due_at and found.due_at > datetime.now(UTC)
    if is_held and not is_forced:
        return Asked(before=found, result="held")
    # Without a push a feed is only made due.
    await keep_push(store, id_, None)
    return Asked(before=found, result="due")


async def _watch(store: Store, asked: Sequence[Asked], seconds: float) -> list[Asked]:
    """The same with their outcomes, as far as they come in time."""
    open_ = {one.before.feed.id: one for one in asked if one.result == "due"}
    ended: dict[str, Asked] = {}
    console = console_on(sys.stderr)
    with _told(console, len(open_)):
        try:
            async with asyncio.timeout(seconds):
                while open_:
                    await asyncio.sleep(LOOK_SECONDS)
                    for id_, one in [*open_.items()]:
                        after = await read_dossier(store, id_, entries=0)
                        if after is None or after.committed != one.before.committed:
                            ended[id_] = Asked(before=one.before, result="polled" if after else "removed", after=after)
                            del open_[id_]
        except TimeoutError:
            pass
    late = {id_: Asked(before=one.before, result="late") for id_, one in open_.items()}
    return [(ended | late).get(one.before.feed.id, one) for one in asked]


def _told(console: Console, count: int) -> Any:
    """Says on a terminal what is waited for; elsewhere rich shows nothing."""
    return console.status(f"waiting for {count} poll{'s' if count > 1 else ''}")


def _is_well(one: Asked) -> bool:
    return one.result == "due" or (one.after is not None and not one.after.feed.failures)


def _complain(one: Asked) -> None:
    feed = one.before.feed
    match one.result:
        case "held":
            until = moment(one.before.due_at)
            say(f"{feed.id} is left alone: its server asked not to be polled before {until} (--force does it anyway)")
        case "late":
            say(f"{feed.id} was not polled in time: is a worker running? (copydesk doctor)")
        case "paused" | "dormant" | "removed":
            say(f"{feed.id} is {one.result}" + ("" if one.result == "removed" else ": resume it first"))
        case _:
            pass


def _print(one: Asked) -> None:
    feed = one.before.feed
    if one.result == "due":
        typer.echo(f"{feed.id}  is due now")
    elif one.after is not None:
        after = one.after
        detail = f" ({said(after.detail)})" if after.detail else ""
        following = f", next {moment(after.due_at)} ({said(after.feed.next_reason)})" if after.due_at else ""
        typer.echo(f"{feed.id}  {said(after.feed.last_outcome)}{detail}, {after.gained} new entries{following}")


def _document(one: Asked) -> dict[str, Any]:
    after = one.after
    return {
        "id": one.before.feed.id,
        "url": redact(one.before.feed.url),
        "result": one.result,
        "outcome": after.feed.last_outcome if after else None,
        "detail": after.detail if after else None,
        "new_entries": after.gained if after else None,
        "failures": after.feed.failures if after else None,
        "next_poll_at": after.due_at if after else one.before.due_at,
        "next_poll_reason": (after or one.before).feed.next_reason,
    }
