"""Where an entry's text comes from: its page, or the feed's own text when the page is none of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ingest.cleaning.unlearn import unlearn
from ingest.dedup.identity import is_articles_own, is_home
from ingest.errors import FetchError, SandboxError
from ingest.models import Cleaning, Entry, Extraction, Page, Removal, SourceOverride
from ingest.net.answer import is_challenge
from ingest.net.http import PAGE_ACCEPT
from ingest.pages.choose import Choice, choose, choose_page
from ingest.pages.robots import wishes
from ingest.stages.compose import Copy
from ingest.stages.desk import Desk, heed_throttle
from ingest.stages.keep import keep_page
from ingest.stages.robots import page_gate
from ingest.store.due import Begun
from ingest.urls import registrable_domain

#: Media types that can hold an article; a server that names none is believed to send HTML.
READABLE = ("text/html", "application/xhtml+xml", "application/xml", "text/xml", "text/plain", "")
#: What stands before an article and is none of it; a paywall's page has at least the article's beginning.
WALLS = frozenset({"page-consent-wall", "page-javascript", "page-challenge", "page-error-page"})
#: Answers that may be another one tomorrow.
PASSING = frozenset({403, 408, 421, 425, 429, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524, 529, 530})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A text that could be had, and from where."""

    extraction: Extraction
    cleaning: Cleaning
    url: str
    #: What the page asks of those who use it, "robots:noarchive" and the like.
    wishes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """No text: the flag that says why."""

    flag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Obtained:
    """An entry's text, and the lines known as boilerplate of its source that went or, in shadow, would have gone."""

    copy: Copy
    learned: tuple[Removal, ...] = ()


async def obtain_text(desk: Desk, begun: Begun, entry: Entry) -> Obtained:
    """
    The entry's text: its page's, or the feed's own with the reason flagged; without paragraphs when there is none.

    Raises:
        FetchError: the page may be there on another attempt.
        HostBusyError: the host's slot is too far away.
    """
    page = await _page_text(desk, begun, entry)
    metadata = page.extraction.metadata if isinstance(page, Reading) else None
    plain = _plain_choice(page, entry)
    feed = Failure(flag="") if plain else await _feed_text(desk, entry)
    choice = plain or choose(_cleaning(page), _cleaning(feed), is_paywalled=metadata.is_paywalled if metadata else None)
    flags = [flag for flag in choice.flags if flag != "page-missing"]
    flags[:0] = [page.flag] if isinstance(page, Failure) else []
    flags += [feed.flag] if isinstance(feed, Failure) and feed.flag else []
    flags += page.wishes if isinstance(page, Reading) else ()
    # Without any text the page's failure is what there is to tell.
    chosen = feed if choice.source == "feed" or isinstance(page, Failure) else page
    if isinstance(chosen, Failure) or (not WALLS.isdisjoint(choice.flags) and chosen is page):
        chosen = Reading(
            extraction=Extraction(paragraphs=(), method="feed"), cleaning=Cleaning(paragraphs=()), url=entry.url or ""
        )
    known = await desk.lessons.of(registrable_domain(chosen.url or entry.url or ""))
    title = entry.title or (metadata.title if metadata else "")
    done = unlearn(chosen.cleaning, known, title=title, blocks=chosen.extraction.blocks)
    has_summary = metadata is not None and bool(metadata.summary)
    copy = Copy(
        extraction=replace(chosen.extraction, metadata=metadata or chosen.extraction.metadata),
        cleaning=done.cleaning,
        content_source="page" if chosen is page else "feed",
        url=chosen.url,
        fetched_at=desk.now(),
        summary="" if has_summary else await _summary(desk, entry, feed),
        flags=tuple(dict.fromkeys(flags)),
    )
    return Obtained(copy=copy, learned=done.found)


def _plain_choice(page: Reading | Failure, entry: Entry) -> Choice | None:
    """The page, if it leaves nothing to learn from the feed's text: reading that is half of the sandbox's errands."""
    if isinstance(page, Failure) or not page.extraction.metadata.summary:
        return None
    # No text is longer than its markup.
    n_chars = len(entry.content_html or entry.summary_html)
    return choose_page(page.cleaning, max_feed_chars=n_chars, is_paywalled=page.extraction.metadata.is_paywalled)


def _cleaning(text: Reading | Failure) -> Cleaning | None:
    return text.cleaning if isinstance(text, Reading) else None


async def _page_text(desk: Desk, begun: Begun, entry: Entry) -> Reading | Failure:
    if entry.url is None:
        return Failure(flag="no-page")
    if begun.strikes > desk.settings.max_attempts:
        # Attempts that never ended: whatever this page does to a worker, it is not asked for again.
        return Failure(flag="page-failed:attempts")
    override = await desk.overrides.of(entry.url)
    if override.is_feed_only:
        return Failure(flag="feed-only")
    try:
        page, asked = await _fetch(desk, entry.url, override)
        extraction, cleaning = await desk.sandbox.run("edit_page", page, override)
    except FetchError as error:
        if error.is_retryable and begun.strikes < desk.settings.max_attempts:
            raise
        return Failure(flag=f"page-failed:{_name(error)}")
    except SandboxError as error:
        return Failure(flag=f"page-failed:extract-{error.failure}")
    # A redirect to a login or a home page is no address of the article.
    url = page.url if is_articles_own(page.url) else entry.url
    return Reading(extraction=extraction, cleaning=cleaning, url=url, wishes=asked)


async def _fetch(desk: Desk, url: str, override: SourceOverride) -> tuple[Page, tuple[str, ...]]:
    """The page, and its wishes as flags."""
    response = await desk.http.get(
        url,
        accept=PAGE_ACCEPT,
        max_bytes=desk.settings.max_page_bytes,
        before_hop=page_gate(desk),
        user_agent=override.user_agent,
        unchecked=override.unchecked,
    )
    await heed_throttle(desk, response)
    if is_challenge(response.headers):
        raise FetchError("challenge", url, str(response.status), status=response.status)
    if response.status not in {200, 203}:
        raise FetchError(
            "status", url, str(response.status), status=response.status, is_retryable=response.status in PASSING
        )
    if is_home(response.final_url) and not is_home(url):
        # Gone articles are often sent there; the home page's text under this headline would be a lie.
        raise FetchError("bad-redirect", url, "to a home page", is_retryable=False)
    content_type = response.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() not in READABLE:
        raise FetchError("not-html", url, content_type[:100], is_retryable=False)
    await keep_page(desk, response)
    page = Page(url=response.final_url, content_type=content_type, body=response.body)
    return page, tuple(f"robots:{wish}" for wish in wishes(response.headers, response.body))


async def _feed_text(desk: Desk, entry: Entry) -> Reading | Failure:
    markup = entry.content_html or entry.summary_html
    if not markup:
        return Failure(flag="")
    try:
        extraction, cleaning = await desk.sandbox.run("edit_fragment", markup, entry.url or "")
    except SandboxError as error:
        return Failure(flag=f"feed-text-failed:{error.failure}")
    return Reading(extraction=extraction, cleaning=cleaning, url=entry.url or "")


async def _summary(desk: Desk, entry: Entry, feed: Reading | Failure) -> str:
    """The feed's teaser as plain text; an article does without it rather than fail for it."""
    if not entry.summary_html:
        return ""
    if not entry.content_html:
        return " ".join(feed.cleaning.paragraphs) if isinstance(feed, Reading) else ""
    try:
        _, cleaning = await desk.sandbox.run("edit_fragment", entry.summary_html, entry.url or "")
    except SandboxError:
        return ""
    return " ".join(cleaning.paragraphs)


def _name(error: FetchError) -> str:
    return f"status-{error.status}" if error.failure == "status" else error.failure
