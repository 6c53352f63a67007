"""
One attempt at one entry: fetch, extract, clean, judge, and publish or end it in one step.

An entry ends as "published", "duplicate" or "dead"; an attempt that failed for a passing reason is a "retry" and comes
again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from ingest.dedup.identity import article_keys, is_articles_own, is_home
from ingest.errors import FetchError, SandboxError, StoreError
from ingest.feeds.identity import article_id
from ingest.messages.event import make_event, stream_fields
from ingest.models import Article, Cleaning, Entry, Extraction, Metadata, Page
from ingest.net.http import PAGE_ACCEPT
from ingest.stages.compose import Copy, compose
from ingest.stages.desk import Desk, HostBusyError, host_gate
from ingest.store.articles import Duplicate, OtherHead, Published, Stale, commit_article, head_of, owner_of
from ingest.store.due import Begun, Claim, begin, release
from ingest.store.entries import EntryRef, close_entry, decode_ref, seen_at
from ingest.urls import url_key

#: Media types that can hold an article; a server that names none is believed to send HTML.
READABLE = ("text/html", "application/xhtml+xml", "application/xml", "text/xml", "text/plain", "")
#: Answers that may be another one tomorrow.
PASSING = frozenset({403, 408, 421, 425, 429, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524, 529, 530})
#: The longest pause between two attempts at an entry.
MAX_PAUSE = timedelta(hours=1)
#: A text's head changes at most once while we publish; a few tries more cost nothing.
HEAD_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleReport:
    """What one attempt came to, for the log."""

    entry_id: str
    url: str
    outcome: str
    reason: str = ""
    article: Article | None = None


async def ingest_entry(desk: Desk, claim: Claim) -> ArticleReport | None:
    """One attempt at a claimed entry; None when the claim was no longer ours."""
    begun = await begin(desk.store, "entries", claim, lease=desk.settings.lease, attempt=desk.attempt())
    if begun is None:
        return None
    try:
        ref = decode_ref(begun)
    except StoreError as error:
        return await _close(desk, claim, "", outcome="dead", reason=str(error))
    address = ref.entry.url or ""
    if begun.strikes > 2 * desk.settings.max_attempts:
        # Not even its feed's text came to an end, attempt after attempt: whatever it is, it will not end tomorrow.
        last = begun.fields.get("error", b"").decode("utf-8", "replace")
        return await _close(desk, claim, address, outcome="dead", reason=f"{begun.strikes - 1} attempts: {last}")
    if ref.entry.url:
        owner = await owner_of(desk.store, url_key(ref.entry.url))
        if owner:
            return await _close(desk, claim, address, outcome="duplicate", reason="url", article=owner)
    try:
        copy = await _obtain(desk, begun, ref.entry)
    except HostBusyError as busy:
        await release(desk.store, "entries", claim, pause=busy.wait, is_strike=False)
        return ArticleReport(entry_id=claim.id, url=address, outcome="host-busy")
    except FetchError as error:
        return await _retry(desk, begun, address, str(error))
    if not copy.cleaning.text.strip():
        return await _close(desk, claim, address, outcome="dead", reason=", ".join(copy.flags) or "no text")
    return await _publish(desk, begun, ref, copy)


async def _obtain(desk: Desk, begun: Begun, entry: Entry) -> Copy:
    """
    The entry's text: its page's, or the feed's own with the reason flagged.

    Raises:
        FetchError: the page may be there on another attempt.
        HostBusyError: the host's slot is too far away.
    """
    if entry.url is None:
        return await _feed_text(desk, entry, "no-page")
    if begun.strikes > desk.settings.max_attempts:
        # Attempts that never ended: whatever this page does to a worker, it is not asked for again.
        return await _feed_text(desk, entry, "page-failed:attempts")
    try:
        page, final_url = await _fetch(desk, entry.url)
        extraction, cleaning = await desk.sandbox.run("edit_page", page)
    except FetchError as error:
        if error.is_retryable and begun.strikes < desk.settings.max_attempts:
            raise
        return await _feed_text(desk, entry, f"page-failed:{_name(error)}")
    except SandboxError as error:
        return await _feed_text(desk, entry, f"page-failed:extract-{error.failure}")
    if not cleaning.text.strip():
        return await _feed_text(desk, entry, "page-empty", metadata=extraction.metadata)
    summary = "" if extraction.metadata.summary else await _summary(desk, entry)
    return Copy(
        extraction=extraction,
        cleaning=cleaning,
        content_source="page",
        # A redirect to a login or a home page is no address of the article.
        url=final_url if is_articles_own(final_url) else entry.url,
        fetched_at=desk.now(),
        summary=summary,
    )


async def _fetch(desk: Desk, url: str) -> tuple[Page, str]:
    settings = desk.settings
    response = await desk.http.get(
        url, accept=PAGE_ACCEPT, max_bytes=settings.max_page_bytes, before_hop=host_gate(desk)
    )
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
    return Page(url=response.final_url, content_type=content_type, body=response.body), response.final_url


async def _feed_text(desk: Desk, entry: Entry, flag: str, *, metadata: Metadata | None = None) -> Copy:
    markup = entry.content_html or entry.summary_html
    flags = [flag]
    extraction, cleaning = Extraction(paragraphs=(), method="feed"), Cleaning(paragraphs=())
    if markup:
        try:
            extraction, cleaning = await desk.sandbox.run("edit_fragment", markup, entry.url or "")
        except SandboxError as error:
            flags.append(f"feed-text-failed:{error.failure}")
    return Copy(
        extraction=replace(extraction, metadata=metadata or extraction.metadata),
        cleaning=cleaning,
        content_source="feed",
        url=entry.url or "",
        fetched_at=desk.now(),
        flags=tuple(flags),
    )


async def _summary(desk: Desk, entry: Entry) -> str:
    """The feed's teaser as plain text; an article does without it rather than fail for it."""
    if not entry.summary_html:
        return ""
    try:
        _, cleaning = await desk.sandbox.run("edit_fragment", entry.summary_html, entry.url or "")
    except SandboxError:
        return ""
    return " ".join(cleaning.paragraphs)


async def _publish(desk: Desk, begun: Begun, ref: EntryRef, copy: Copy) -> ArticleReport:
    entry, claim = ref.entry, begun.claim
    id_ = article_id(ref.feed.id, claim.id, entry.url)
    keys: tuple[str, ...] = ()
    if entry.url:
        canonical = copy.extraction.metadata.canonical_url
        keys = article_keys(entry.url, final_url=copy.url, canonical_url=canonical)
    first_seen_at = seen_at(begun, desk.now())
    article = compose(article_id=id_, entry=entry, feed=ref.feed, copy=copy, first_seen_at=first_seen_at, head=None)
    head = await head_of(desk.store, article.content_digest)
    for _ in range(HEAD_TRIES):
        article = compose(article_id=id_, entry=entry, feed=ref.feed, copy=copy, first_seen_at=first_seen_at, head=head)
        event = make_event(article, source=f"copydesk/{desk.settings.prefix}", now=desk.now())
        outcome = await commit_article(
            desk.store,
            claim,
            article,
            url_keys=keys,
            head=head,
            event=stream_fields(event),
            memory=desk.settings.memory,
        )
        match outcome:
            case OtherHead(head=other):
                head = other or None
            case Published():
                return ArticleReport(entry_id=claim.id, url=article.url, outcome="published", article=article)
            case Duplicate(article=owner):
                return ArticleReport(entry_id=claim.id, url=article.url, outcome="duplicate", reason=owner)
            case Stale():
                return ArticleReport(entry_id=claim.id, url=article.url, outcome="stale")
    return await _retry(desk, begun, article.url, "the text's head kept changing")


async def _retry(desk: Desk, begun: Begun, url: str, error: str) -> ArticleReport:
    pause = min(desk.settings.retry_pause * 2 ** min(begun.strikes - 1, 20), MAX_PAUSE)
    await release(desk.store, "entries", begun.claim, pause=pause, is_strike=True, error=error)
    return ArticleReport(entry_id=begun.claim.id, url=url, outcome="retry", reason=error)


async def _close(desk: Desk, claim: Claim, url: str, *, outcome: str, reason: str, article: str = "") -> ArticleReport:
    done = await close_entry(
        desk.store, claim, outcome=outcome, reason=reason, memory=desk.settings.memory, article=article
    )
    return ArticleReport(entry_id=claim.id, url=url, outcome=outcome if done else "stale", reason=reason)


def _name(error: FetchError) -> str:
    return f"status-{error.status}" if error.failure == "status" else error.failure
