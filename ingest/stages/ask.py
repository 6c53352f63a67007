"""
Asking for a feed and reading what comes back: one conditional GET, and what it means.

What is short and well-formed is parsed here, in linear time; everything else in a process that may be killed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from ingest.errors import FeedError, FetchError, SandboxError
from ingest.feeds.parse import parse_small
from ingest.feeds.slices import item_digest
from ingest.models import Entry, Feed, ParsedFeed, Response, Validators
from ingest.net.answer import is_challenge
from ingest.net.http import FEED_ACCEPT
from ingest.polling.ladder import Changed, Failed, Manner, Unchanged, climb, climb_items
from ingest.sandbox.pool import Sandbox
from ingest.settings import Settings
from ingest.stages.desk import HostBusyError

NOT_MODIFIED = 304
#: Sitemaps of an index that are read: those that changed last. News sitemaps hold two days: an index names one or two.
MAX_SITEMAPS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A feed document that was new to us, parsed."""

    parsed: ParsedFeed
    validators: Validators
    body_digest: str
    items_digest: str = ""


Look = Read | Unchanged | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking a feed, and how it was asked; ``response`` is None when there was no answer."""

    look: Look
    manner: Manner
    response: Response | None = None
    #: The feed has the address that this answer led to.
    is_settled: bool = False


class Getter(Protocol):
    """What asks for a document: the client of net.http, or a witness before it (``copydesk check``)."""

    async def get(
        self,
        url: str,
        *,
        accept: str,
        max_bytes: int,
        validators: Validators | None = None,
        before_hop: Callable[[str], Awaitable[None]] | None = None,
        feed_id: str = "",
        user_agent: str = "",
        unchecked: str = "",
    ) -> Response:
        """As ``Client.get``."""
        ...


async def look(
    http: Getter,
    sandbox: Sandbox,
    settings: Settings,
    feed: Feed,
    *,
    before_hop: Callable[[str], Awaitable[None]] | None = None,
) -> Look:
    """
    One conditional GET of a feed and what it means, whether it is subscribed or not.

    Writes nothing; every failure is a value with a stable name.
    """
    manner: Manner = "conditional" if feed.validators != Validators() else "full"
    return (await ask(http, sandbox, settings, feed, manner, before_hop=before_hop)).look


async def ask(
    http: Getter,
    sandbox: Sandbox,
    settings: Settings,
    feed: Feed,
    manner: Manner,
    *,
    before_hop: Callable[[str], Awaitable[None]] | None = None,
    told_id: str = "",
    user_agent: str = "",
    unchecked: str = "",
) -> Asked:
    """
    As ``look``, in the manner given, with the answer itself.

    ``told_id`` tells the server which feed this is; a ``user_agent`` stands in the place of ours; the
    certificates of the domain ``unchecked`` are not checked.
    """
    response = None
    validators = feed.validators if manner == "conditional" else Validators()

    get = partial(
        http.get,
        accept=FEED_ACCEPT,
        max_bytes=settings.max_feed_bytes,
        before_hop=before_hop,
        feed_id=told_id,
        user_agent=user_agent,
        unchecked=unchecked,
    )

    try:
        response = await get(feed.url, validators=validators)
        if response.status == NOT_MODIFIED and validators == Validators() and not _always_says_so(feed):
            # A cache answers for the server, and about a visit that was not ours (miniflux issue 874): once more (P13).
            with suppress(HostBusyError):
                response = await get(feed.url, validators=validators)
        seen = await _read(sandbox, feed, response, manner)
        if isinstance(seen, Read) and seen.parsed.children:
            seen = await _gather(sandbox, seen, get)
    except FetchError as error:
        seen = Failed(outcome=f"fetch-{error.failure}", detail=error.detail)
    except FeedError as error:
        seen = Failed(outcome=f"not-a-feed-{error.found}", detail=error.detail)
    except SandboxError as error:
        seen = Failed(outcome=f"parse-{error.failure}", detail=error.detail)
    # The body has been read; the commit may wait, and should not hold it.
    if response is not None and response.body:
        response = replace(response, body=b"")
    return Asked(look=seen, manner=manner, response=response)


def _always_says_so(feed: Feed) -> bool:
    """Whether the last poll got a 304 to no question either: asking twice each time would only be impolite."""
    return feed.validators == Validators() and feed.last_outcome == "not-modified"


async def _read(sandbox: Sandbox, feed: Feed, response: Response, manner: Manner) -> Look:
    """
    What an answer means.

    Raises:
        FeedError: it is no feed.
        SandboxError: reading it did not come to an end.
    """
    if is_challenge(response.headers):
        return Failed(outcome="not-a-feed-challenge", detail=f"status {response.status}")
    step = climb(feed, response, manner)
    if isinstance(step, Changed):
        step = climb_items(feed, step, item_digest(step.body) or "", manner)
    if not isinstance(step, Changed):
        return step
    parsed = await _parse(sandbox, response)
    return Read(parsed=parsed, validators=step.validators, body_digest=step.body_digest, items_digest=step.items_digest)


async def _parse(sandbox: Sandbox, response: Response) -> ParsedFeed:
    """
    The document of an answer.

    Raises:
        FeedError: it is no feed.
        SandboxError: reading it did not come to an end.
    """
    # Only the fields that say what the bytes are: Content-Location would make ids relative (feeds.md 3.3).
    headers = {"content-type": response.headers.get("content-type", "")}
    parsed: ParsedFeed | None = parse_small(response.body, response.final_url, headers)
    if parsed is None:
        parsed = await sandbox.run("parse_feed", response.body, response.final_url, headers)
    return parsed


async def _gather(sandbox: Sandbox, index: Read, get: Callable[[str], Awaitable[Response]]) -> Read:
    """
    An index of sitemaps with the entries of those it names first, which changed last.

    One that is no news is passed over. After one that failed nothing is remembered of the index: the next poll asks for
    all of it again.

    Raises:
        FeedError: none of them is a feed.
        FetchError: none of them came.
        SandboxError: none of them could be read.
    """
    entries: list[Entry] = []
    failure: FeedError | FetchError | SandboxError | None = None
    has_read, is_whole = False, True
    for url in index.parsed.children[:MAX_SITEMAPS]:
        try:
            response = await get(url)
            if response.status not in {200, 203}:
                raise FetchError("status", url, str(response.status), status=response.status)  # noqa: TRY301 - as any other
            entries += (await _parse(sandbox, response)).entries
            has_read = True
        except FeedError as error:
            failure = error
        except (FetchError, SandboxError) as error:
            failure, is_whole = error, False
    if failure is not None and not has_read:
        raise failure
    found = replace(index, parsed=replace(index.parsed, entries=tuple(entries)))
    return found if is_whole else replace(found, validators=Validators(), body_digest="")
