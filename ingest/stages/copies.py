"""Which story an article's text is: the vote of the texts that were there before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from ingest.dedup.judge import Copy, judge, place
from ingest.dedup.repost import may_be_again
from ingest.dedup.sketch import Sketch, sketch
from ingest.models import Article, Cleaning, Removal
from ingest.store.articles import NOBODY, disown, owners_of
from ingest.store.clusters import sketches_of, vote
from ingest.store.connect import Store
from ingest.store.due import Claim
from ingest.store.record import known_of

#: Says of a copy's event that its head has the text.
TEXT_AT_HEAD = "text-at-head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an article's text stands among those that were there before it."""

    #: The article whose copy it is; None when it is none's.
    head: str | None
    #: Its number in the index; None where it is too short to be in it.
    document: int | None
    #: Copies of it that are not published yet.
    rivals: tuple[int, ...]
    #: Texts of its own source that may be the very article, published or not.
    twins: tuple[int, ...]


def sketch_of(article: Article, learned: Sequence[Removal]) -> Sketch:
    """The article's sketch, without what is known as its source's boilerplate."""
    furniture = {removal.text for removal in learned}
    paragraphs = [text for text in article.cleaning.paragraphs if text not in furniture]
    return sketch(paragraphs, title=article.title, source=article.source_domain)


async def take_place(
    store: Store, claim: Claim, article: Article, one: Sketch, *, window: timedelta, memory: int = 0
) -> Place | None:
    """Put the text into the index and find its head; None when the claim is lost."""
    ballot = await vote(store, claim, one, content_digest=article.content_digest, window=window, memory=memory)
    if ballot is None:
        return None
    standing = place(one, ballot.candidates)
    return Place(
        head=ballot.same or standing.head,
        document=ballot.document,
        rivals=standing.rivals,
        twins=tuple(other.document for other in ballot.candidates if may_be_again(one, other.sketch)),
    )


async def trusted_keys(
    store: Store, article: Article, one: Sketch, url_keys: Sequence[str], *, memory: timedelta
) -> tuple[str, ...]:
    """
    The URL keys that are this article's: its own, and of the others those that no other text has.

    A site that gives all its pages one canonical address, or redirects them all to one, would otherwise have one
    article. What is found to be shared is nobody's from then on.
    """
    own, others = url_keys[:1], url_keys[1:]
    kept = [*own]
    for key, owner in zip(others, await owners_of(store, others), strict=True):
        if owner in {None, article.id} or (owner and owner != NOBODY and await _is_same(store, owner, article, one)):
            kept.append(key)
        elif owner != NOBODY:
            await disown(store, key, memory=memory)
    return tuple(kept)


def without_text(article: Article) -> Article:
    """A copy's event with what is its own, and without the text that its head has."""
    return replace(article, cleaning=Cleaning(paragraphs=()), flags=(*article.flags, TEXT_AT_HEAD))


async def _is_same(store: Store, owner: str, article: Article, one: Sketch) -> bool:
    """Whether an address's owner has this text; where that cannot be told, the address is believed."""
    known = await known_of(store, owner)
    if known is None or known.document is None or known.digest == article.content_digest:
        return True
    (other,) = await sketches_of(store, [known.document])
    return other is None or isinstance(judge(one, other), Copy)
