"""What every engine is asked to do: take a few events, and say so when it has them for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One event on its way out, as bytes: an engine need not know what an article is."""

    #: Stable over every repetition: what the engine, or the reader behind it, recognises a repeated event by.
    id: str
    #: ``article.published.v1`` and the like.
    type: str
    #: The article's id: an engine that keeps an order keeps it within one subject.
    subject: str
    #: Registrable domain of the article's source; part of a routing key.
    source_domain: str
    #: CloudEvents 1.0 attributes, ``datacontenttype`` among them: headers in binary content mode.
    attributes: Mapping[str, str]
    #: UTF-8 JSON.
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An event that this engine will never take; the sentence says why."""

    id: str
    reason: str


class Sink(Protocol):
    """
    One engine at one address. Used by one task at a time; ``publish`` may be called again after it failed.

    What it names as refused becomes a dead letter of the sink; everything else of the batch is with the engine for
    good when ``publish`` returns: confirmed by a quorum, written and synced, answered with 2xx.
    """

    async def publish(self, parcels: Sequence[Parcel]) -> Sequence[Refused]:
        """
        Hand the parcels over in their order, and wait until the engine has them.

        It connects when it has to. A batch that failed half way is given again as a whole: the ids are the same.

        Raises:
            SinkError: the engine is away or will not take anything now; nothing is known of the batch.
        """
        ...

    async def close(self) -> None:
        """Give back connections and files; never raises."""
        ...
