"""The part of ``copydesk replay`` that finds the articles, makes them anew, and publishes them."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace

from rich.progress import Progress

from ingest.archive.read import Reader
from ingest.settings import Settings, forget_secrets
from ingest.stages.desk import Desk
from ingest.stages.replay import Replay, publish
from ingest.stages.replay import replay as make_anew
from ingest.stages.replay_find import Selection, find_articles, find_by_url
from ingest.store.called import ids_called, is_id
from ingest.store.connect import Store
from ingest.store.feeds import feed_id
from ingest.store.trace import trace
from ingest.urls import redact
from workers.archive import open_archive
from workers.cli.endings import FAILED, WRONG, ended, say
from workers.cli.names import address, only
from workers.cli.replay import Order
from workers.cli.replay_show import Summary, print_replay, print_summary
from workers.cli.stored import with_store
from workers.show import console_on
from workers.wiring import open_desk

_ARTICLE = re.compile(r"[0-9a-f]{32}")
_FEED = re.compile(r"[0-9a-f]{16}")


def replay_all(settings: Settings, order: Order) -> int:
    """
    Carry the order out; the exit code.

    Raises:
        StoreError: there is no store, or it went away.
    """
    archive = Reader(settings.archive_path)
    if not settings.archive_path.is_dir():
        how = "" if settings.archive else "; COPYDESK_ARCHIVE=pages has workers keep pages from now on"
        raise ended(f"{settings.archive_path}: there is no archive{how}", WRONG)
    forget_secrets()

    async def work(store: Store) -> int:
        async with _opened(settings, store, order) as desk:
            ids, n_unknown = await _chosen(store, archive, order)
            summary = await _each(desk, archive, ids, order)
        print_summary(summary, order, n_unknown=n_unknown)
        if n_unknown:
            return WRONG
        return FAILED if order.is_publishing and summary.has_failed else 0

    return with_store(settings, work)


@asynccontextmanager
async def _opened(settings: Settings, store: Store, order: Order) -> AsyncIterator[Desk]:
    # What is replayed is not archived again as fetched; what is published is, whatever the settings say now.
    quiet = settings.model_copy(update={"archive": ()})
    async with open_desk(quiet, "", store=store) as desk:
        keeper = open_archive(settings, desk.now, told=_lament) if order.is_publishing else nullcontext(None)
        async with keeper as archive:
            yield replace(desk, archive=archive)


def _lament(reason: str) -> None:
    say(f"what is published could not be archived: {reason}")


async def _chosen(store: Store, archive: Reader, order: Order) -> tuple[list[str], int]:
    """The ids of the articles, each once, and how many of those named are unknown."""
    if order.targets:
        found = [await _named(store, archive, target) for target in order.targets]
        return list(dict.fromkeys(filter(None, found))), found.count("")
    feed = await _feed(store, order.feed) if order.feed else ""
    selection = Selection(feed=feed, since=order.since, until=order.until, rule=order.rule)
    ids = await find_articles(store, archive, selection)
    return ids[-order.limit :] if order.limit else ids, 0


async def _named(store: Store, archive: Reader, target: str) -> str:
    """The id of the article that is called so; "" for none, which is said."""
    versions = await asyncio.to_thread(archive.versions, target) if _ARTICLE.fullmatch(target) else []
    if versions:
        return target
    known = await trace(store, target)
    if known is not None and known.article_id:
        return known.article_id
    found = await find_by_url(archive, target)
    if found is None:
        say(f"{redact(target)[:2000]}: no such article was published, or it is forgotten and not archived")
    return found or ""


async def _feed(store: Store, named: str) -> str:
    """The id of the feed that is called so, subscribed or not: the archive may remember one that was removed."""
    asked = named if is_id(named) else feed_id(address(named))
    ids = await ids_called(store, asked)
    if _FEED.fullmatch(asked):
        return ids[0] if ids else asked
    return only(named, ids)


async def _each(desk: Desk, archive: Reader, ids: Sequence[str], order: Order) -> Summary:
    summary = Summary()
    console = console_on(sys.stderr)
    with Progress(console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("replaying", total=len(ids))
        for batch in _batches(ids, 2 * desk.settings.sandbox_processes):
            for made in await asyncio.gather(*(make_anew(desk, archive, id_) for id_ in batch)):
                done = await publish(desk, made) if _is_published(made, order) else made
                print_replay(done, order)
                summary.add(done)
                progress.advance(task)
    return summary


def _is_published(made: Replay, order: Order) -> bool:
    match made.outcome:
        case "differs":
            return order.is_publishing
        case "details":
            return order.is_publishing and order.has_details
        case "unknown":
            return order.is_publishing and order.is_blind
        case "shrunk":
            return order.is_publishing and bool(order.targets)
        case _:
            return False


def _batches(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
