"""
An article out of its parts. Pure.

Order of trust: the feed first for what its editor typed for this entry (headline, authors, dates), the page first for
what it knows of itself (language, image, name of the site); each fills what the other leaves empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ingest.dedup.agency import read_dateline, read_wire
from ingest.dedup.judge import cluster_for
from ingest.dedup.sketch import text_digest
from ingest.models import Article, Cleaning, Entry, Extraction, FeedRef, Image
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
    page = copy.extraction.metadata
    authors = tuple(author.name or author.email for author in entry.authors) or page.authors
    paragraphs = copy.cleaning.paragraphs
    return Article(
        id=article_id,
        url=copy.url,
        canonical_url=page.canonical_url,
        guid=entry.guid,
        feed=FeedRef(id=feed.id, url=redact(feed.url), title=feed.title),
        source_name=page.site_name or feed.title,
        source_domain=registrable_domain(copy.url),
        title=entry.title or page.title,
        authors=_distinct(authors),
        byline=", ".join(_distinct(authors)),
        dateline=read_dateline(paragraphs),
        language=page.language or entry.language,
        published_at=entry.published_at or page.published_at or entry.updated_at,
        updated_at=entry.updated_at or page.updated_at,
        fetched_at=copy.fetched_at,
        first_seen_at=first_seen_at,
        cleaning=copy.cleaning,
        summary=page.summary or copy.summary,
        image=page.image or _entry_image(entry),
        media=entry.media + entry.enclosures,
        tags=_distinct((*entry.categories, *page.tags)),
        rights=entry.rights or page.rights,
        wire=read_wire(copy.cleaning.removals, paragraphs),
        cluster=cluster_for(article_id, head),
        is_paywalled=page.is_paywalled,
        content_source=copy.content_source,
        extraction_method=copy.extraction.method,
        flags=copy.flags,
        content_digest=text_digest(paragraphs),
    )


def _entry_image(entry: Entry) -> Image | None:
    if entry.image:
        return Image(url=entry.image)
    picture = next((media for media in entry.media if media.type.startswith("image/")), None)
    return Image(url=picture.url, caption=picture.caption, credit=picture.credit) if picture else None


def _distinct(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))
