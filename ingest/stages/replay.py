"""
An article made anew from its archived page, with today's rules, by the very path that made it the first time.

Only the page comes from the archive instead of its server: the one that what was last published was made from. What
was last published comes from the store while that has it (the draft of a watched article, the stream's row), else
from the archive. Nothing is published before ``publish`` is called, and then as the article's next revision.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, cast

from ingest.archive.index import Place
from ingest.archive.read import Reader
from ingest.archive.records import FoundArticle
from ingest.errors import ArchiveError, FetchError, StoreError
from ingest.messages.event import WITHDRAWN, make_event, stream_fields
from ingest.models import Article, Cluster, Response
from ingest.net.http import Client
from ingest.stages.compose import Copy, compose
from ingest.stages.copies import TEXT_AT_HEAD
from ingest.stages.desk import Desk
from ingest.stages.keep import keep_event
from ingest.stages.replay_diff import Difference, changes_of, difference
from ingest.stages.text import obtain_text
from ingest.store.due import Begun, Claim
from ingest.store.entries import EntryRef, read_ref
from ingest.store.replays import Standing, commit_replay, standing_of

#: What became of an article. The first five have been made anew; of those before "published" nothing is published.
Outcome = Literal[
    "same",  # word for word what was published
    "details",  # the text is; another fact is not
    "differs",
    "shrunk",  # it differs, and less than a third of the words is left
    "unknown",  # what was last published is not known any more
    "empty",  # no text is left
    "failed",  # the page could not be read
    "not-archived",
    "damaged",  # what is archived cannot be read
    "withdrawn",
    "text-at-head",  # a copy whose text was not sent
    "forgotten",  # the store does not remember it
    "published",
    "moved",  # another revision came in between
    "busy",  # it is being looked at just now
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What a replay came to."""

    article_id: str
    outcome: Outcome
    reason: str = ""
    url: str = ""
    title: str = ""
    #: The number of what was last published.
    revision: int = 0
    #: When the page was fetched.
    page_at: datetime | None = None
    #: The article as it is now made; None where it was not.
    article: Article | None = None
    ref: EntryRef | None = None
    #: None where it was not made anew, or it is not known from what it differs.
    difference: Difference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What there is to make the article from."""

    ref: EntryRef
    #: The last event's ``data``, or where that is not known the newest there is.
    base: Mapping[str, Any]
    is_known: bool
    is_withdrawn: bool


async def replay(desk: Desk, archive: Reader, article_id: str) -> Replay:
    """The article with today's rules, and what is different; every failure is an outcome."""
    told = Replay(article_id=article_id, outcome="forgotten")
    standing = await standing_of(desk.store, article_id)
    try:
        versions = await asyncio.to_thread(archive.versions, article_id)
        if not versions:
            last = (standing.last if standing else None) or {}
            told = replace(told, url=str(last.get("url") or ""), title=str(last.get("title") or ""))
            return replace(told, outcome="not-archived" if standing else "forgotten")
        kept = await asyncio.to_thread(_kept, archive, versions, standing)
        told = replace(told, url=str(kept.base["url"] or ""), title=str(kept.base["title"]))
        if standing is None:
            return told
        told = replace(told, revision=standing.revision, ref=kept.ref)
        if kept.is_withdrawn:
            return replace(told, outcome="withdrawn")
        if TEXT_AT_HEAD in kept.base["cleaning"]["flags"]:
            return replace(told, outcome="text-at-head")
        fetched_at = datetime.fromisoformat(kept.base["fetched_at"])
        page = await asyncio.to_thread(_page, archive, kept.ref.entry.url, fetched_at)
    except (ArchiveError, StoreError) as error:
        return replace(told, outcome="damaged", reason=str(error))
    except (KeyError, TypeError, ValueError) as error:
        return replace(told, outcome="damaged", reason=f"what was published cannot be read: {type(error).__name__}")
    told = replace(told, page_at=page[0] if page else None)
    if page is None and kept.base["content_source"] == "page":
        return replace(told, outcome="not-archived")
    return await _made(desk, told, kept, page[1] if page else None, fetched_at)


async def publish(desk: Desk, made: Replay) -> Replay:
    """Publish what was made anew as the article's next revision, unless something came in between."""
    article = made.article
    if article is None or made.ref is None:
        raise ValueError("nothing was made that could be published")
    changes = changes_of(made.difference) if made.difference else ()
    event = make_event(article, source=f"copydesk/{desk.settings.prefix}", now=desk.now(), changes=changes)
    fields = stream_fields(event)
    await keep_event(desk, made.ref, fields)
    done = await commit_replay(desk.store, article.id, fields, base=made.revision, mark=desk.attempt())
    return replace(made, outcome=done)


async def _made(desk: Desk, told: Replay, kept: _Kept, page: Response | None, fetched_at: datetime) -> Replay:
    base, entry = kept.base, kept.ref.entry
    # The headline of a revision may be its page's; that of a first publication is made like the rest.
    entry = replace(entry, guid=base["guid"], title=base["title"] if told.revision > 1 else entry.title)
    # The client's place is taken by the archive; nothing asks it for more than ``get``.
    apart = replace(desk, http=cast("Client", _Archived(page)), archive=None, now=lambda: fetched_at)
    obtained = await obtain_text(apart, Begun(claim=Claim(told.article_id, 0), strikes=1, fields={}), entry)
    copy = _with_old_reasons(obtained.copy, base) if page is None else obtained.copy
    failed = [flag for flag in copy.flags if flag.startswith("page-failed:extract-")]
    if page is not None and failed:
        return replace(told, outcome="failed", reason=failed[0])
    if not copy.cleaning.text.strip():
        return replace(told, outcome="empty", reason=", ".join(copy.flags))
    article = compose(
        article_id=told.article_id,
        entry=entry,
        feed=kept.ref.feed,
        copy=copy,
        first_seen_at=datetime.fromisoformat(base["first_seen_at"]),
        head=None,
    )
    cluster = base["cluster"]
    article = replace(
        article,
        revision=told.revision + 1,
        # Whose copy it was it stays: what was published is not judged again.
        cluster=Cluster(id=cluster["id"], role=cluster["role"], head_id=cluster["head_id"]),
    )
    told = replace(told, article=article)
    if not kept.is_known:
        return replace(told, outcome="unknown")
    found = difference(base, article)
    return replace(told, difference=found, outcome=_named(found))


def _named(found: Difference) -> Outcome:
    if found.is_of_text:
        return "shrunk" if found.is_shrunk else "differs"
    return "details" if found.facts else "same"


def _with_old_reasons(copy: Copy, base: Mapping[str, Any]) -> Copy:
    """The copy without our word that there is no page, and with what was said of it at the time."""
    said = [flag for flag in base["cleaning"]["flags"] if str(flag).startswith("page-failed:")]
    now = [flag for flag in copy.flags if not flag.startswith("page-failed:")]
    return replace(copy, flags=tuple(dict.fromkeys((*said, *now))))


def _kept(archive: Reader, versions: list[Place], standing: Standing | None) -> _Kept:
    """
    What there is to make the article from.

    Raises:
        ArchiveError: nothing of it can be read.
        StoreError: its entry is damaged.
    """
    # The first version has the feed's own text as well, which is not kept where only the page is looked at again.
    first = archive.article(versions[0])
    newest = archive.article(versions[-1]) if len(versions) > 1 else first
    known = standing.last if standing else None
    is_withdrawn = standing.is_withdrawn if standing else False
    if standing is not None and known is None:
        found = _of_revision(archive, versions, standing)
        known, is_withdrawn = (found.document, found.type == WITHDRAWN) if found else (None, False)
    base = known if known is not None else newest.document
    return _Kept(ref=read_ref(first.ref), base=base, is_known=known is not None, is_withdrawn=is_withdrawn)


def _of_revision(archive: Reader, versions: list[Place], standing: Standing) -> FoundArticle | None:
    """
    The event of that revision as it was about to be sent: the newest, of first ones the one whose text was sent.

    Raises:
        ArchiveError: it cannot be read.
    """
    found = [
        archive.article(place)
        for place in reversed(versions)
        if place.row.event.rpartition("-")[2] == str(standing.revision)
    ]
    if standing.revision == 1:
        sent = [one for one in found if one.document["content_digest"] == standing.first_digest]
        found = sent or found
    return found[0] if found else None


def _page(archive: Reader, url: str | None, until: datetime) -> tuple[datetime, Response] | None:
    """
    The page that was read then, and when it was fetched.

    Raises:
        ArchiveError: it cannot be read.
    """
    place = archive.page_place(url, until) if url else None
    return (place.row.at, archive.page(place)) if place else None


@dataclass(frozen=True, slots=True)
class _Archived:
    """Answers with the archived page, or that there is none."""

    page: Response | None

    async def get(self, url: str, **_: object) -> Response:
        """As ``Client.get``, without asking anybody."""
        if self.page is None:
            raise FetchError("status", url, "not archived", status=404, is_retryable=False)
        return self.page
