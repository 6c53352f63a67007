"""An article that its source brings again, under another id and address: whether it is, and what follows."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from ingest.dedup.repost import Version, is_again
from ingest.dedup.revision import Draft, Material, compare
from ingest.dedup.sketch import Sketch
from ingest.models import Article
from ingest.stages.desk import Desk
from ingest.store.articles import Repost
from ingest.store.clusters import sketches_of
from ingest.store.entries import EntryRef
from ingest.store.record import Known, known_of, source_known
from ingest.store.revisits import HASTE, LastSaid, last_said, packed_ref


async def repost_of(desk: Desk, ref: EntryRef, article: Article, one: Sketch, first_id: str) -> Repost | None:
    """
    What is to be committed where an article is the published one again; None where it is another.

    The first one's looks go to the new address from then on; where the text says something else now the next one comes
    at once, and tells it. Where it has had its last look nobody asks any more, so only what says the same is not
    published again.
    """
    first = await known_of(desk.store, first_id)
    if first is None or first.document is None or not _is_one_source(first, article):
        return None
    (sketch,) = await sketches_of(desk.store, [first.document])
    said = await last_said(desk.store, first_id)
    before = Version(
        title=said.title if said else first.title,
        sketch=sketch,
        # That of its first revision: what it says now stands in its draft.
        digest="" if said else first.digest,
        paragraphs=said.paragraphs if said else None,
    )
    now = Version(
        title=article.title, sketch=one, digest=article.content_digest, paragraphs=article.cleaning.paragraphs
    )
    if not is_again(before, now):
        return None
    haste = HASTE if said is not None and _is_news(said, article) else None
    return Repost(first=first_id, reach=desk.settings.reposts, ref=packed_ref(_kept(ref, article)), haste=haste)


def _is_one_source(first: Known, article: Article) -> bool:
    """Whether it is the same feed, or the same site by its address and its name; sketches compare domains only."""
    if first.feed == article.feed.id:
        return True
    return bool(first.source) and first.source == source_known(article.source_name) and _host(first) == _host(article)


def _host(one: Known | Article) -> str | None:
    try:
        return urlsplit(one.url).hostname
    except ValueError:
        return None


def _is_news(said: LastSaid, article: Article) -> bool:
    """Whether a reader of the first must be told what this one says."""
    now = Draft(
        title=article.title,
        paragraphs=article.cleaning.paragraphs,
        cut=tuple(removal.text for removal in article.cleaning.removals),
    )
    before = Draft(title=said.title, paragraphs=said.paragraphs, cut=said.cut)
    return said.is_withdrawn or isinstance(compare(before, now), Material)


def _kept(ref: EntryRef, article: Article) -> EntryRef:
    """The entry as drafts keep it: without the feed's texts where pages are compared."""
    if article.content_source == "feed":
        return ref
    return EntryRef(entry=replace(ref.entry, content_html="", summary_html=""), feed=ref.feed)
