"""
What of a desk's work goes into its archive; nothing here ever fails an article.

An answer is kept when it was read as what it is, before anything is made of it; an article just before the step that
publishes it, so that whatever was published can be replayed. What has a password or a key in its address is not kept:
its body may repeat it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from ingest.archive.records import Kept, KeptAnswer, KeptArticle
from ingest.models import Entry, Feed, Response, Validators
from ingest.polling.ladder import body_digest
from ingest.stages.ask import Getter
from ingest.stages.desk import Desk
from ingest.store.entries import EntryRef, encode_ref
from ingest.store.replays import count_unkept
from ingest.urls import redact


async def keep_page(desk: Desk, response: Response) -> None:
    """Keep an article's page as it was fetched."""
    if "pages" in desk.settings.archive and not _has_secret(response):
        await _keep(desk, KeptAnswer(kind="page", response=response, at=desk.now()))


async def keep_article(desk: Desk, ref: EntryRef, event: Mapping[str, bytes]) -> None:
    """Keep an article that is about to be sent with these fields, and what it is made from beside its page."""
    if "pages" in desk.settings.archive:
        await keep_event(desk, ref, event)


async def keep_event(desk: Desk, ref: EntryRef, event: Mapping[str, bytes]) -> None:
    """The same, whatever the settings say of pages."""
    kept = KeptArticle(
        article_id=event["subject"].decode(),
        event_id=event["id"].decode(),
        type=event["type"].decode(),
        at=desk.now(),
        data=event["data"],
        ref=encode_ref(_without_secrets(ref.entry), replace(ref.feed, url=redact(ref.feed.url))),
    )
    await _keep(desk, kept)


def feed_getter(desk: Desk, feed: Feed) -> Getter:
    """What asks for a feed: the client, and where feeds are archived each document of it that is new."""
    return _Keeper(desk, feed.body_digest) if "feeds" in desk.settings.archive else desk.http


@dataclass(frozen=True, slots=True)
class _Keeper:
    """Stands before the client, and keeps what is not the document of this digest."""

    desk: Desk
    known: str

    async def get(
        self,
        url: str,
        *,
        accept: str,
        max_bytes: int,
        validators: Validators | None = None,
        before_hop: Callable[[str], Awaitable[None]] | None = None,
        **options: Any,
    ) -> Response:
        """As ``Client.get``."""
        desk = self.desk
        response = await desk.http.get(
            url, accept=accept, max_bytes=max_bytes, validators=validators, before_hop=before_hop, **options
        )
        is_new = response.status == HTTPStatus.OK and body_digest(response.body) != self.known
        if is_new and not _has_secret(response):
            await _keep(desk, KeptAnswer(kind="feed", response=response, at=desk.now()))
        return response


async def _keep(desk: Desk, kept: Kept) -> None:
    if desk.archive is not None and await desk.archive.keep(kept):
        await count_unkept(desk.store)


def _has_secret(response: Response) -> bool:
    return any(redact(url) != url for url in (response.url, response.final_url))


def _without_secrets(entry: Entry) -> Entry:
    """The entry as far as a replay needs it; its guid stands in the event."""
    return replace(entry, guid=None, url=redact(entry.url) if entry.url else None, comments=None)
