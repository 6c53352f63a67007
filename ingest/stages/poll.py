"""One poll of one feed: ask, climb the ladder, parse, plan, and commit all of it in one step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ingest.errors import FeedError, FetchError, SandboxError
from ingest.feeds.identity import entry_ids, shared_addresses
from ingest.models import Entry, Feed, NextPoll, ParsedFeed, Response, Validators
from ingest.net.http import FEED_ACCEPT
from ingest.polling.ladder import Changed, Failed, Unchanged, climb
from ingest.polling.plan import Policy, plan_poll
from ingest.sandbox.pool import Sandbox
from ingest.settings import Settings
from ingest.stages.desk import Desk, HostBusyError, host_gate
from ingest.store.due import Claim, begin, release
from ingest.store.feeds import NewEntry, PollEnd, commit_poll, decode_feed, unseen
from ingest.urls import registrable_domain, url_key

_OLDEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A feed document that was new to us, parsed."""

    parsed: ParsedFeed
    validators: Validators
    body_digest: str


Look = Read | Unchanged | Failed


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
    ) -> Response:
        """As ``Client.get``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What one poll came to, for the log."""

    feed: Feed
    outcome: str
    detail: str = ""
    entries: int = 0
    new: int = 0
    next: NextPoll | None = None


async def look(
    http: Getter,
    sandbox: Sandbox,
    settings: Settings,
    feed: Feed,
    *,
    before_hop: Callable[[str], Awaitable[None]] | None = None,
) -> Look:
    """One conditional GET of a feed and what it means. Writes nothing; every failure is a value with a stable name."""
    try:
        response = await http.get(
            feed.url,
            accept=FEED_ACCEPT,
            max_bytes=settings.max_feed_bytes,
            validators=feed.validators,
            before_hop=before_hop,
        )
        step = climb(feed, response)
        if not isinstance(step, Changed):
            return step
        # Only the fields that say what the bytes are: Content-Location would make ids relative (feeds.md 3.3).
        headers = {"content-type": response.headers.get("content-type", "")}
        parsed: ParsedFeed = await sandbox.run("parse_feed", step.body, response.final_url, headers)
    except FetchError as error:
        return Failed(outcome=f"fetch-{error.failure}", detail=error.detail)
    except FeedError as error:
        return Failed(outcome=f"not-a-feed-{error.found}", detail=error.detail)
    except SandboxError as error:
        return Failed(outcome=f"parse-{error.failure}", detail=error.detail)
    return Read(parsed=parsed, validators=step.validators, body_digest=step.body_digest)


async def poll_feed(desk: Desk, claim: Claim) -> PollReport | None:
    """
    Poll one claimed feed and commit what came of it.

    Returns None when the claim was no longer ours. A host whose slot is far away is not a poll: the claim is released.
    """
    settings = desk.settings
    begun = await begin(desk.store, "feeds", claim, lease=settings.lease, attempt=desk.attempt())
    if begun is None:
        return None
    feed = decode_feed(claim.id, begun.fields)
    if begun.strikes > settings.max_attempts:
        # It never came to a commit: whatever it does to a worker, it does it every time.
        return await _commit(desk, claim, feed, Failed(outcome="poisonous", detail=f"{begun.strikes - 1} attempts"))
    try:
        seen = await look(desk.http, desk.sandbox, settings, feed, before_hop=host_gate(desk))
    except HostBusyError as busy:
        await release(desk.store, "feeds", claim, pause=busy.wait, is_strike=False)
        return PollReport(feed=feed, outcome="host-busy")
    return await _commit(desk, claim, feed, seen)


async def _commit(desk: Desk, claim: Claim, feed: Feed, seen: Look) -> PollReport | None:
    settings, now = desk.settings, desk.now()
    failures = feed.failures + 1 if isinstance(seen, Failed) else 0
    policy = Policy(
        interval=feed.interval or settings.poll_interval, jitter=settings.poll_jitter, ceiling=settings.poll_ceiling
    )
    following = plan_poll(failures=failures, now=now, policy=policy, dice=desk.dice())
    end = await _end(desk, feed, seen, failures=failures, following=following, pause=following.at - now)
    added = await commit_poll(desk.store, feed, claim, end, memory=settings.memory, spacing=settings.host_interval)
    if added is None:
        return None
    return PollReport(
        feed=feed, outcome=end.outcome, detail=end.detail, entries=len(end.shown), new=added, next=following
    )


async def _end(desk: Desk, feed: Feed, seen: Look, *, failures: int, following: NextPoll, pause: timedelta) -> PollEnd:
    match seen:
        case Read():
            ids = entry_ids(feed.id, seen.parsed.entries)
            fresh = await unseen(desk.store, feed.id, tuple(dict.fromkeys(ids)))
            return PollEnd(
                outcome="modified",
                detail="",
                reason=following.reason,
                pause=pause,
                validators=seen.validators,
                body_digest=seen.body_digest,
                failures=0,
                title=seen.parsed.title[:500],
                new=_in_order(feed, ids, seen.parsed.entries, fresh),
                shown=tuple(dict.fromkeys(ids)),
            )
        case Unchanged():
            return PollEnd(
                outcome=seen.rung,
                detail="",
                reason=following.reason,
                pause=pause,
                validators=seen.validators,
                body_digest=seen.body_digest,
                failures=0,
            )
        case Failed():
            # The old validators stay: nothing of this answer was taken in.
            return PollEnd(
                outcome=seen.outcome,
                detail=seen.detail,
                reason=following.reason,
                pause=pause,
                validators=feed.validators,
                body_digest=feed.body_digest,
                failures=failures,
            )


def _in_order(feed: Feed, ids: Sequence[str], entries: Sequence[Entry], fresh: frozenset[str]) -> tuple[NewEntry, ...]:
    """The new entries, oldest first; a feed's own order, newest on top, decides between equal or missing dates."""
    crowded = shared_addresses(entries)
    first: dict[str, Entry] = {}
    for id_, entry in zip(ids, entries, strict=True):
        if id_ in fresh:
            is_own = entry.url is None or url_key(entry.url) not in crowded
            first.setdefault(id_, entry if is_own else replace(entry, url=None))
    news = [
        NewEntry(id=id_, entry=entry, domain=registrable_domain(entry.url or feed.url)) for id_, entry in first.items()
    ]
    news.reverse()  # sorted() is stable: what comes later in the document is older
    return tuple(sorted(news, key=lambda new: new.entry.published_at or new.entry.updated_at or _OLDEST))
