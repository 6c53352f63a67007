"""What is kept, what is found again, and what the stages ask of an archive. Knows no file format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from ingest.models import Response

#: What a record is of: an article's page, a feed's document, or an article as it was about to be published.
Kind = Literal["page", "feed", "article"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """A server's answer, to be kept."""

    kind: Literal["page", "feed"]
    response: Response
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptArticle:
    """An article that is about to be published, to be kept with what it was made from beside its page."""

    article_id: str
    #: The id of its event: article and revision.
    event_id: str
    #: ``article.published.v1`` and the like.
    type: str
    at: datetime
    #: The ``data`` of the event, UTF-8 JSON.
    data: bytes
    #: The parsed entry and its feed as JSON (store.entries.encode_ref), free of secrets.
    ref: bytes


Kept = KeptAnswer | KeptArticle


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundArticle:
    """An article as it was about to be published, read back."""

    article_id: str
    event_id: str
    type: str
    at: datetime
    #: The ``data`` object of the event.
    document: Mapping[str, Any]
    ref: bytes


class Archive(Protocol):
    """Where a desk keeps things."""

    async def keep(self, kept: Kept) -> str:
        """
        Keep it; the reason where that failed, "" where it is kept. Never raises, never waits for long.

        Keeping the same twice, as after a retry, is harmless: the newest is found.
        """
        ...
