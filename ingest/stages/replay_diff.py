"""What is different between an article as it was last published and as today's rules make it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.dedup.diff import hunks
from ingest.dedup.revision import Draft, shrank
from ingest.messages.event import article_document
from ingest.models import Article, Change

#: Paragraphs that may differ before the whole text is shown as one difference.
MAX_DIFFERENCES = 500
#: Facts beside the text that an event tells; when and how it was fetched is no fact about the article.
_FACTS = (
    "url",
    "canonical_url",
    "source",
    "authors",
    "byline",
    "dateline",
    "language",
    "published_at",
    "updated_at",
    "summary",
    "image",
    "media",
    "tags",
    "rights",
    "wire",
    "corrections",
    "paywalled",
    "content_source",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A run of paragraphs that went, and what stands there now; one of the two may be empty."""

    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A paragraph that a rule takes out."""

    rule: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Everything that is different."""

    #: The headline before and now; None where it is the same.
    title: tuple[str, str] | None = None
    passages: tuple[Passage, ...] = ()
    #: Removals that are made no more, and those that were not made before.
    cuts_gone: tuple[Cut, ...] = ()
    cuts_new: tuple[Cut, ...] = ()
    #: Names of other facts in the event that are different.
    facts: tuple[str, ...] = ()
    #: Whether less than a third of the words is left.
    is_shrunk: bool = False

    @property
    def is_of_text(self) -> bool:
        """Whether a reader of the text or the headline sees it."""
        return self.title is not None or bool(self.passages)


def difference(last: Mapping[str, Any], article: Article) -> Difference:
    """What is different in the article from the event that had this ``data``."""
    now: Mapping[str, Any] = article_document(article)
    old, new = [str(text) for text in last["paragraphs"]], list(now["paragraphs"])
    before, after = _cuts(last), _cuts(now)
    # A removal that another rule signs now is the same to who reads the text, and another to who minds the rules.
    gone, come = Counter(before) - Counter(after), Counter(after) - Counter(before)
    drafts = [
        Draft(title=title, paragraphs=tuple(text), cut=tuple(cut.text for cut in cuts))
        for title, text, cuts in ((last["title"], old, before), (now["title"], new, after))
    ]
    return Difference(
        title=None if last["title"] == now["title"] else (str(last["title"]), str(now["title"])),
        passages=_passages(old, new),
        cuts_gone=tuple(gone.elements()),
        cuts_new=tuple(come.elements()),
        facts=tuple(name for name in _FACTS if last.get(name) != now.get(name)),
        is_shrunk=old != new and shrank(*drafts),
    )


def changes_of(found: Difference) -> tuple[Change, ...]:
    """The difference as an event tells it."""
    told = [] if found.title is None else [Change(kind="title", removed=found.title[0], added=found.title[1])]
    told += [
        Change(kind="text", removed=" ".join(passage.removed), added=" ".join(passage.added))
        for passage in found.passages
    ]
    return tuple(told)


def _passages(old: Sequence[str], new: Sequence[str]) -> tuple[Passage, ...]:
    found = hunks(old, new, limit=MAX_DIFFERENCES)
    if found is None:
        return (Passage(removed=tuple(old), added=tuple(new)),)
    return tuple(
        Passage(removed=tuple(old[one.old_start : one.old_end]), added=tuple(new[one.new_start : one.new_end]))
        for one in found
    )


def _cuts(document: Mapping[str, Any]) -> list[Cut]:
    return [
        Cut(rule=str(removal["rule"]), kind=str(removal["kind"]), text=str(removal["text"]))
        for removal in document["cleaning"]["removed"]
    ]
