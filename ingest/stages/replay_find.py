"""Which articles a replay is about: by feed, time span and rule, from the archive's index and the stream."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from ingest.archive.read import Reader
from ingest.store.connect import Store
from ingest.store.replays import events_between
from ingest.urls import redact, url_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What the articles have in common; every part that is not given fits all."""

    #: Id of the feed that showed them.
    feed: str = ""
    #: When they were last published: from then on, and before then.
    since: datetime | None = None
    until: datetime | None = None
    #: What removed something from them.
    rule: str = ""


@dataclass(frozen=True, slots=True)
class _Last:
    at: datetime
    rules: frozenset[str]


async def find_articles(store: Store, archive: Reader, selection: Selection) -> list[str]:
    """
    The ids of the articles, those published first first; also of such that are not archived but still on the stream.

    Of several revisions in the time span the last decides about the rule.
    """
    found = await asyncio.to_thread(_archived, archive, selection)
    async for event in events_between(store, selection.since, selection.until):
        if selection.feed and _object(event.article.get("feed")).get("id") != selection.feed:
            continue
        before = found.get(event.subject)
        if before is None or event.time >= before.at:
            removed = _object(event.article.get("cleaning")).get("removed")
            rules = frozenset(str(_object(one).get("rule")) for one in removed) if isinstance(removed, list) else ()
            found[event.subject] = _Last(event.time, frozenset(rules))
    fitting = [(last.at, id_) for id_, last in found.items() if not selection.rule or selection.rule in last.rules]
    return [id_ for _, id_ in sorted(fitting)]


async def find_by_url(archive: Reader, url: str) -> str | None:
    """The id of an archived article by its address."""
    return await asyncio.to_thread(_by_url, archive, url_key(url), url_key(redact(url)))


def _archived(archive: Reader, selection: Selection) -> dict[str, _Last]:
    found: dict[str, _Last] = {}
    for place in archive.articles():
        row = place.row
        is_early = selection.since is not None and row.at < selection.since
        is_late = selection.until is not None and row.at >= selection.until
        if is_early or is_late or (selection.feed and row.feed != selection.feed):
            continue
        id_ = row.event.rpartition("-")[0]
        before = found.get(id_)
        if before is None or row.at >= before.at:
            found[id_] = _Last(row.at, frozenset(row.rules))
    return found


def _by_url(archive: Reader, *keys: str) -> str | None:
    newest = None
    for place in archive.articles():
        if url_key(place.row.url) in keys and (newest is None or place.row.at >= newest.row.at):
            newest = place
    return newest.row.event.rpartition("-")[0] if newest else None


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
