"""What an address offers: a feed, or a page that leads to some. A few requests, nothing stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ingest.errors import SandboxError
from ingest.models import Candidate, Feed, Response
from ingest.polling.ladder import Failed
from ingest.sandbox.pool import Sandbox
from ingest.settings import Settings
from ingest.stages.ask import Getter, Look, Read, look
from ingest.store.feeds import feed_id
from ingest.urls import registrable_domain

#: Requests to a page's candidates: those it declares, and guesses where it declares none.
MAX_DECLARED = 4
MAX_GUESSES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A feed that answered."""

    url: str
    title: str = ""
    entries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What came of looking at one address."""

    #: The address itself if it is a feed's, else the feeds of its page.
    offers: tuple[Offer, ...]
    #: The address was a feed's.
    is_feed: bool = False
    #: Why it was none: an outcome's name as polls have them, "" where it was one.
    outcome: str = ""
    detail: str = ""

    @property
    def is_page(self) -> bool:
        """Whether a page stands there, with feeds or without."""
        return self.outcome == "not-a-feed-html"


class _Witness:
    """Stands before the client and keeps the last answer, of which a poll's outcome tells only the name."""

    def __init__(self, http: Getter) -> None:
        self._http = http
        self.last: Response | None = None

    async def get(self, url: str, **options: Any) -> Response:
        """As the client's."""
        self.last = await self._http.get(url, **options)
        return self.last


async def discover(http: Getter, sandbox: Sandbox, settings: Settings, url: str) -> Discovery:
    """
    The feed at an address, or those of the page that stands there: at most five requests, one after the other.

    Every failure is a value; a candidate that is no feed is left out.
    """
    witness = _Witness(http)
    seen = await look(witness, sandbox, settings, Feed(id=feed_id(url), url=url))
    if isinstance(seen, Read):
        return Discovery(offers=(_offer(url, seen),), is_feed=True)
    outcome, detail = (seen.outcome, seen.detail) if isinstance(seen, Failed) else (seen.rung, "")
    page = witness.last
    if outcome != "not-a-feed-html" or page is None:
        return Discovery(offers=(), outcome=outcome, detail=detail)
    try:
        candidates = await sandbox.run("find_feeds", page.body, page.final_url, page.headers.get("content-type", ""))
    except SandboxError as error:
        return Discovery(offers=(), outcome=outcome, detail=str(error))
    offers = await _asked(http, sandbox, settings, _worth_asking(candidates, page.final_url))
    return Discovery(offers=offers, outcome=outcome, detail=detail)


def _worth_asking(candidates: Sequence[Candidate], page: str) -> list[Candidate]:
    """Those that are declared; where none is, guesses on the page's own site."""
    declared = [one for one in candidates if one.is_declared][:MAX_DECLARED]
    site = registrable_domain(page)
    return declared or [one for one in candidates if registrable_domain(one.url) == site][:MAX_GUESSES]


async def _asked(
    http: Getter, sandbox: Sandbox, settings: Settings, candidates: Sequence[Candidate]
) -> tuple[Offer, ...]:
    offers: list[Offer] = []
    for one in candidates:
        seen: Look = await look(http, sandbox, settings, Feed(id=feed_id(one.url), url=one.url))
        if isinstance(seen, Read):
            offer = _offer(one.url, seen)
            offers.append(offer if offer.title else Offer(url=offer.url, title=one.title, entries=offer.entries))
            if not one.is_declared:
                break  # one guess that holds is enough: the other customary places lead to the same feed
    return tuple(offers)


def _offer(url: str, seen: Read) -> Offer:
    return Offer(url=url, title=seen.parsed.title, entries=len(seen.parsed.entries))
