"""An article out of its parts. Pure; whom it believes, field by field, stands in pages/metadata.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ingest.dedup.agency import read_dateline, read_wire
from ingest.dedup.corrections import read_corrections
from ingest.dedup.judge import cluster_for
from ingest.dedup.sketch import text_digest
from ingest.models import Article, Cleaning, Entry, Extraction, FeedRef
from ingest.pages.complete import complete
from ingest.urls import redact, registrable_domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """The text of an article to be: as found, as cleaned, and where from."""

    extraction: Extraction
    cleaning: Cleaning
    content_source: Literal["page", "feed"]
    #: The address that answered; the entry's own when no page was read.
    url: str
    fetched_at: datetime
    summary: str = ""
    flags: tuple[str, ...] = ()


def compose(
    *, article_id: str, entry: Entry, feed: FeedRef, copy: Copy, first_seen_at: datetime, head: str | None
) -> Article:
    """The article, with ``head`` the article of which its text is a copy."""
    known = complete(copy.extraction.metadata, entry)
    paragraphs = copy.cleaning.paragraphs
    return Article(
        id=article_id,
        url=_without_key(copy.url, feed.url),
        canonical_url=known.canonical_url,
        guid=entry.guid,
        feed=FeedRef(id=feed.id, url=redact(feed.url), title=feed.title),
        source_name=known.site_name or feed.title,
        source_domain=registrable_domain(copy.url),
        title=known.title,
        authors=known.authors,
        byline=", ".join(known.authors),
        dateline=read_dateline(paragraphs),
        language=known.language,
        published_at=known.published_at,
        updated_at=known.updated_at,
        fetched_at=copy.fetched_at,
        first_seen_at=first_seen_at,
        cleaning=copy.cleaning,
        summary=known.summary or copy.summary,
        image=known.image,
        media=entry.media + entry.enclosures,
        tags=known.tags,
        rights=known.rights,
        wire=read_wire(
            copy.cleaning.removals,
            paragraphs,
            title=known.title,
            # The feed's own authors as well: an agency among them is no person, and known.authors are people first.
            byline=tuple(dict.fromkeys((*known.authors, *(author.name for author in entry.authors)))),
            rights=(known.rights, entry.rights, entry.source.title if entry.source else "", known.site_name),
            url=copy.url,
            canonical_url=known.canonical_url,
        ),
        cluster=cluster_for(article_id, head),
        is_paywalled=known.is_paywalled,
        content_source=copy.content_source,
        extraction_method=copy.extraction.method,
        flags=copy.flags,
        content_digest=text_digest(paragraphs),
        corrections=read_corrections(paragraphs, copy.cleaning.removals),
    )


def _without_key(url: str, feed_url: str) -> str:
    """The address; where it is the feed's own (an entry that links to "#3"), without the secrets that stand in that."""
    return redact(url) if url.partition("?")[0] == feed_url.partition("?")[0] else url
