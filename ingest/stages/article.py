"""
One attempt at one entry: fetch, extract, clean, judge, and publish or end it in one step.

An entry ends as "published", "duplicate" or "dead"; an attempt that failed for a passing reason is a "retry" and comes
again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import assert_never

from ingest.cleaning.clean import restore
from ingest.cleaning.learned import digests
from ingest.dedup.identity import article_keys
from ingest.dedup.judge import cluster_for
from ingest.errors import FetchError, StoreError
from ingest.feeds.identity import article_id
from ingest.messages.event import make_event, stream_fields
from ingest.models import Article, Removal
from ingest.stages.compose import compose
from ingest.stages.copies import sketch_of, take_place, trusted_keys, without_text
from ingest.stages.desk import Desk, HostBusyError
from ingest.stages.keep import keep_article
from ingest.stages.reposts import repost_of
from ingest.stages.revisit import plan_looks
from ingest.stages.text import Obtained, obtain_text
from ingest.store.articles import (
    Dropped,
    Duplicate,
    OtherHead,
    Published,
    PublishedTwin,
    Reposted,
    Stale,
    commit_article,
    owner_of,
)
from ingest.store.boilerplate import learn
from ingest.store.due import Begun, Claim, begin, release
from ingest.store.entries import EntryRef, close_entry, decode_ref, seen_at
from ingest.urls import url_key

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
    #: Lines known as boilerplate of the source that went or, in shadow, would have gone.
    learned: tuple[Removal, ...] = ()


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
        obtained = await obtain_text(desk, begun, ref.entry)
    except HostBusyError as busy:
        await release(desk.store, "entries", claim, pause=busy.wait, is_strike=False)
        return ArticleReport(entry_id=claim.id, url=address, outcome="host-busy")
    except FetchError as error:
        return await _retry(desk, begun, address, str(error))
    copy = obtained.copy
    if not copy.cleaning.text.strip():
        return await _close(desk, claim, address, outcome="dead", reason=", ".join(copy.flags) or "no text")
    return await _publish(desk, begun, ref, obtained)


async def _publish(desk: Desk, begun: Begun, ref: EntryRef, obtained: Obtained) -> ArticleReport:
    store, settings, claim = desk.store, desk.settings, begun.claim
    article = _composed(desk, begun, ref, obtained)
    one = sketch_of(article, obtained.learned)
    keys = await trusted_keys(store, article, one, _own_keys(ref, obtained), memory=settings.memory)
    taken = await take_place(
        store, claim, article, one, window=settings.cluster_window, memory=settings.cluster_memory or 0
    )
    if taken is None:
        return ArticleReport(entry_id=claim.id, url=article.url, outcome="stale")
    head, repost = taken.head, None
    twins = taken.twins if settings.reposts else ()
    for _ in range(HEAD_TRIES + len(twins)):
        article = replace(article, cluster=cluster_for(article.id, head))
        is_short = settings.copies == "head" and article.cluster.role == "copy"
        sent = without_text(article) if is_short else article
        event = make_event(sent, source=f"copydesk/{settings.prefix}", now=desk.now())
        fields = stream_fields(event)
        await keep_article(desk, ref, fields)
        outcome = await commit_article(
            store,
            claim,
            article,
            url_keys=keys,
            head=head,
            event=fields,
            memory=settings.memory,
            attempts=begun.strikes,
            document=taken.document,
            rivals=taken.rivals,
            twins=twins,
            repost=repost,
            watch=plan_looks(desk, ref, article, obtained.copy, event.data),
            drops_copies=settings.copies == "drop",
        )
        if isinstance(outcome, OtherHead):
            head = outcome.head or None
            continue
        if isinstance(outcome, PublishedTwin):
            twins = (*twins[: outcome.place], *twins[outcome.place + 1 :])
            repost = await repost_of(desk, ref, article, one, outcome.article)
            continue
        return await _told(desk, outcome, begun, article, obtained)
    return await _retry(desk, begun, article.url, "the text's head kept changing")


async def _told(
    desk: Desk,
    outcome: Published | Duplicate | Dropped | Reposted | Stale,
    begun: Begun,
    article: Article,
    obtained: Obtained,
) -> ArticleReport:
    id_, url = begun.claim.id, article.url
    match outcome:
        case Published():
            await _learn(desk, article)
            return ArticleReport(entry_id=id_, url=url, outcome="published", article=article, learned=obtained.learned)
        case Duplicate(article=owner):
            return ArticleReport(entry_id=id_, url=url, outcome="duplicate", reason=owner)
        case Dropped():
            return ArticleReport(entry_id=id_, url=url, outcome="duplicate", reason="copy", article=article)
        case Reposted():
            return ArticleReport(entry_id=id_, url=url, outcome="duplicate", reason="repost", article=article)
        case Stale():
            return ArticleReport(entry_id=id_, url=url, outcome="stale")
        case _:
            assert_never(outcome)


def _composed(desk: Desk, begun: Begun, ref: EntryRef, obtained: Obtained) -> Article:
    return compose(
        article_id=article_id(ref.feed.id, begun.claim.id, ref.entry.url),
        entry=ref.entry,
        feed=ref.feed,
        copy=obtained.copy,
        first_seen_at=seen_at(begun, desk.now()),
        head=None,
    )


def _own_keys(ref: EntryRef, obtained: Obtained) -> tuple[str, ...]:
    if not ref.entry.url:
        return ()
    copy = obtained.copy
    return article_keys(ref.entry.url, final_url=copy.url, canonical_url=copy.extraction.metadata.canonical_url)


async def _learn(desk: Desk, article: Article) -> None:
    """Count the lines for their source as they stood before cleaning: else what goes would starve its own count."""
    if desk.settings.learning != "off":
        lines = digests(restore(article.cleaning), title=article.title)
        await learn(desk.store, article, lines, memory=desk.settings.memory)


async def _retry(desk: Desk, begun: Begun, url: str, error: str) -> ArticleReport:
    pause = min(desk.settings.retry_pause * 2 ** min(begun.strikes - 1, 20), MAX_PAUSE)
    await release(desk.store, "entries", begun.claim, pause=pause, is_strike=True, error=error)
    return ArticleReport(entry_id=begun.claim.id, url=url, outcome="retry", reason=error)


async def _close(desk: Desk, claim: Claim, url: str, *, outcome: str, reason: str, article: str = "") -> ArticleReport:
    done = await close_entry(
        desk.store, claim, outcome=outcome, reason=reason, memory=desk.settings.memory, article=article
    )
    return ArticleReport(entry_id=claim.id, url=url, outcome=outcome if done else "stale", reason=reason)
