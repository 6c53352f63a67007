"""What stands at a published article's address now; for the feed's texts, what the feed shows now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Literal

from ingest.cleaning.unlearn import unlearn
from ingest.dedup.headline import is_same_headline
from ingest.dedup.identity import is_articles_own, is_home
from ingest.dedup.sketch import text_digest
from ingest.errors import FetchError, SandboxError
from ingest.models import Article, Cleaning, Cluster, Entry, Extraction, Page, Response, SourceOverride, Validators
from ingest.net.answer import is_challenge
from ingest.net.http import PAGE_ACCEPT
from ingest.pages.choose import choose
from ingest.stages.compose import Copy, compose
from ingest.stages.desk import Desk, heed_throttle
from ingest.stages.keep import keep_page
from ingest.stages.robots import page_gate
from ingest.stages.text import READABLE, WALLS
from ingest.store.due import Begun
from ingest.store.revisits import Watched
from ingest.urls import registrable_domain

Doubt = Literal["gone", "home", "empty"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """The server says that nothing changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The article does not stand there any more."""

    how: Doubt


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Nothing was learned."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The article as it stands there now."""

    article: Article
    page_title: str
    validators: Validators


Look = Same | Gone | Failed | Seen


async def look_again(desk: Desk, begun: Begun, watched: Watched) -> Look:
    """
    What stands there now; every failure is a value.

    Raises:
        HostBusyError: the host's slot is too far away.
    """
    if begun.strikes > desk.settings.max_attempts:
        # Attempts that never ended: whatever this page does to a worker, it is not asked for at this age.
        return Failed(reason="attempts")
    if watched.last["content_source"] == "feed":
        return await _feed_look(desk, watched) if watched.has_changed else Same()
    url = watched.ref.entry.url
    if url is None:
        return Same()
    override = await desk.overrides.of(url)
    if override.is_feed_only:
        return Same()
    try:
        response = await desk.http.get(
            url,
            accept=PAGE_ACCEPT,
            max_bytes=desk.settings.max_page_bytes,
            # Where a second look must confirm the first, it must see the page.
            validators=None if watched.doubt or watched.is_withdrawn else watched.validators,
            before_hop=page_gate(desk),
            user_agent=override.user_agent,
            unchecked=override.unchecked,
        )
        await heed_throttle(desk, response)
    except FetchError as error:
        return Failed(reason=f"fetch-{error.failure}")
    odd = _odd(url, response)
    if odd is not None:
        return odd
    await keep_page(desk, response)
    return await _page_look(desk, watched, response, override)


def _odd(url: str, response: Response) -> Look | None:
    """What an answer means that is no page of this article; None for one that is."""
    if is_challenge(response.headers):
        return Failed(reason="challenge")
    match response.status:
        case HTTPStatus.NOT_MODIFIED:
            return Same()
        case HTTPStatus.NOT_FOUND | HTTPStatus.GONE:
            return Gone(how="gone")
        case HTTPStatus.OK | HTTPStatus.NON_AUTHORITATIVE_INFORMATION:
            pass
        case other:
            return Failed(reason=f"status-{other}")
    if is_home(response.final_url) and not is_home(url):
        return Gone(how="home")
    if is_articles_own(url) and not is_articles_own(response.final_url):
        # A login, a consent page, a section: none says that the article is gone.
        return Failed(reason="detour")
    if response.headers.get("content-type", "").partition(";")[0].strip().lower() not in READABLE:
        return Failed(reason="not-html")
    return None


async def _page_look(desk: Desk, watched: Watched, response: Response, override: SourceOverride) -> Look:
    page = Page(url=response.final_url, content_type=response.headers.get("content-type", ""), body=response.body)
    try:
        extraction, cleaning = await desk.sandbox.run("edit_page", page, override)
    except SandboxError as error:
        return Failed(reason=f"extract-{error.failure}")
    metadata = extraction.metadata
    flags = choose(cleaning, None, is_paywalled=metadata.is_paywalled).flags
    walls = WALLS.intersection(flags)
    if walls:
        return Failed(reason=min(walls))
    if ("page-paywall" in flags and "page-paywall" not in watched.last["cleaning"].get("flags", ())) or (
        metadata.is_paywalled and watched.last.get("paywalled") is not True
    ):
        # Many sites lock their articles after some hours: what is left is not what the article says now.
        return Failed(reason="page-paywall")
    entry = replace(watched.ref.entry, title=_headline(watched, metadata.title))
    url = response.final_url if is_articles_own(response.final_url) else entry.url or ""
    validators = Validators(etag=response.headers.get("etag"), last_modified=response.headers.get("last-modified"))
    kept = tuple(flag for flag in flags if flag != "feed-empty")
    return await _seen(desk, watched, entry, extraction, cleaning, url=url, flags=kept, validators=validators)


def _headline(watched: Watched, page_title: str) -> str:
    """The page's headline where it has another one than before, else the feed's where that has, else the last one."""
    last: str = watched.last["title"]
    if watched.page_title and page_title and not is_same_headline(watched.page_title, page_title):
        return page_title
    # What the feed shows is older than a headline that a later look found on the page.
    is_pages = bool(watched.page_title) and is_same_headline(last, watched.page_title)
    return watched.ref.entry.title if watched.has_changed and not is_pages else last


async def _feed_look(desk: Desk, watched: Watched) -> Look:
    entry = watched.ref.entry
    markup = entry.content_html or entry.summary_html
    if not markup:
        # The feed shows less of it now; that its page is gone is not said.
        return Failed(reason="feed-empty")
    try:
        extraction, cleaning = await desk.sandbox.run("edit_fragment", markup, entry.url or "")
    except SandboxError as error:
        return Failed(reason=f"extract-{error.failure}")
    flags = tuple(watched.last["cleaning"].get("flags", ()))
    return await _seen(
        desk, watched, entry, extraction, cleaning, url=entry.url or "", flags=flags, validators=Validators()
    )


async def _seen(
    desk: Desk,
    watched: Watched,
    entry: Entry,
    extraction: Extraction,
    cleaning: Cleaning,
    *,
    url: str,
    flags: tuple[str, ...],
    validators: Validators,
) -> Look:
    known = await desk.lessons.of(registrable_domain(url))
    title = entry.title or extraction.metadata.title
    cleaning = unlearn(cleaning, known, title=title, blocks=extraction.blocks).cleaning
    # What is left of an emptied page is its headline: too little to be anybody's story (dedup/sketch.py).
    if not cleaning.text.strip() or (watched.last.get("content_digest") and not text_digest(cleaning.paragraphs)):
        return Gone(how="empty") if watched.last["content_source"] == "page" else Failed(reason="feed-empty")
    last = watched.last
    copy = Copy(
        extraction=extraction,
        cleaning=cleaning,
        content_source=last["content_source"],
        url=url,
        fetched_at=desk.now(),
        summary="" if extraction.metadata.summary else last["summary"],
        flags=flags,
    )
    article = compose(
        article_id=last["id"],
        entry=entry,
        feed=watched.ref.feed,
        copy=copy,
        first_seen_at=_moment(last["first_seen_at"], desk.now()),
        head=None,
    )
    cluster = last["cluster"]
    article = replace(
        article,
        revision=watched.revision + 1,
        # Whose copy it was it stays: what was published is not judged again.
        cluster=Cluster(id=cluster["id"], role=cluster["role"], head_id=cluster["head_id"]),
    )
    return Seen(article=article, page_title=extraction.metadata.title, validators=validators)


def _moment(said: str, fallback: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return fallback
    return found if found.tzinfo is not None else fallback
