"""One poll of one feed: ask, see what is new, plan the next poll, and commit all of it in one step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ingest.errors import UrlError
from ingest.models import Feed, NextPoll, Response
from ingest.polling.backoff import count_failure, count_success, retry_after
from ingest.polling.hints import read_hints
from ingest.polling.ladder import (
    UNRELIABLE_PAUSE,
    Failed,
    Unchanged,
    is_lie,
    is_unreliable,
    manner_of,
)
from ingest.polling.plan import Policy, plan_poll
from ingest.polling.redirects import permanent_target, remember
from ingest.polling.rhythm import learn
from ingest.settings import Settings
from ingest.stages.adopt import Merged, adopt
from ingest.stages.ask import NOT_MODIFIED, Asked, Read, ask
from ingest.stages.brakes import hasten_all
from ingest.stages.desk import Desk, HostBusyError, host_gate
from ingest.stages.hubs import ask_hub, credit_hub, pushed_net
from ingest.stages.keep import feed_getter
from ingest.stages.news import News, find_news
from ingest.stages.pushes import end_of_push, read_pushes
from ingest.store.due import Begun, Claim, begin, release
from ingest.store.feeds import PollEnd, commit_poll, decode_feed
from ingest.store.hosts import hold_host
from ingest.store.hubs import Push, take_pushes, waiting_pushes
from ingest.urls import fetch_url, redact, registrable_domain

#: Answers that speak of the host's load, not of the feed (RFC 6585 4, RFC 9110 15.6.4).
_OVERLOADED = frozenset({429, 503})
#: How long a host is left alone that says so without saying how long; doubles with the feed's failures (P31).
HOST_PAUSE = timedelta(minutes=1)
MAX_HOST_PAUSE = timedelta(hours=1)
#: What an answer without a document brings.
_NO_NEWS = News()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What one poll came to, for the log."""

    feed: Feed
    outcome: str
    detail: str = ""
    entries: int = 0
    new: int = 0
    #: Backlog of a new feed that is not published.
    left_out: int = 0
    #: None when there is none: the feed was merged into another one, or its host was busy.
    next: NextPoll | None = None


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
        failed = Failed(outcome="poisonous", detail=f"{begun.strikes - 1} attempts")
        return await _commit(desk, claim, feed, Asked(look=failed, manner="conditional"), begun.fields)
    pushes = await waiting_pushes(desk.store, feed.id) if settings.public_url else ()
    if pushes:
        return await _take_in(desk, claim, feed, begun, pushes)
    override = await desk.overrides.of(feed.url)
    if override.interval and not feed.interval:
        feed = replace(feed, interval=override.interval)
    manner = manner_of(feed, desk.now())
    try:
        asked = await ask(
            feed_getter(desk, feed),
            desk.sandbox,
            settings,
            feed,
            manner,
            before_hop=host_gate(desk),
            told_id=feed.id,
            user_agent=override.user_agent,
            unchecked=override.unchecked,
        )
    except HostBusyError as busy:
        await release(desk.store, "feeds", claim, pause=busy.wait, is_strike=False)
        return PollReport(feed=feed, outcome="host-busy")
    await _heed(desk, feed, asked)
    target = _target(feed, asked)
    if not isinstance(asked.look, Read) or manner != "afresh" or feed.moved is None or target != feed.moved.url:
        return await _commit(desk, claim, feed, asked, begun.fields)
    adopted = await adopt(desk.store, claim, feed, target, asked.look.parsed.entries)
    if adopted is None:
        return None
    if isinstance(adopted, Merged):
        return PollReport(feed=feed, outcome="merged", detail=f"into {adopted.into}")
    # Its hash is another one now.
    return await _commit(desk, claim, adopted, replace(asked, is_settled=True), None)


async def _take_in(desk: Desk, claim: Claim, feed: Feed, begun: Begun, pushes: Sequence[Push]) -> PollReport | None:
    """What a hub pushed, in the place of a poll."""
    settings = desk.settings
    news, unreadable = await read_pushes(desk, feed, pushes)
    end, following = end_of_push(desk, feed, begun, news, unreadable)
    added = await commit_poll(desk.store, feed, claim, end, memory=settings.memory, spacing=settings.host_interval)
    if added is None:
        return None
    await take_pushes(desk.store, feed.id, pushes)
    if added:
        await credit_hub(desk.store, feed.id)
    return PollReport(
        feed=feed, outcome=end.outcome, detail=end.detail, entries=len(news.shown), new=added, next=following
    )


async def _heed(desk: Desk, feed: Feed, asked: Asked) -> None:
    """Leave the whole host alone where it asks for that, or says that it is asked too much (P28, P29, P31)."""
    response = asked.response
    if response is None or response.status not in _OVERLOADED:
        return
    pause = retry_after(response.headers, desk.now())
    if pause is None:
        pause = min(HOST_PAUSE * 2 ** min(feed.failures, 20), MAX_HOST_PAUSE)
    await hold_host(desk.store, registrable_domain(response.final_url), pause)


def _target(feed: Feed, asked: Asked) -> str | None:
    """Where a poll that read a feed was sent for good; None when it was not."""
    if asked.response is None:
        return None
    if isinstance(asked.look, Read) and not asked.look.parsed.entries:
        # A feed without entries is what an emptied or half-built site shows.
        return None
    target = permanent_target(feed.url, asked.response.redirects)
    try:
        return fetch_url(target) if target else None
    except UrlError:
        return None


def _taught(feed: Feed, asked: Asked, now: datetime, *, dates: Sequence[datetime | None], shown: int) -> Feed:
    """The feed with what this poll taught us; ``dates`` are those of the new entries, ``shown`` counts all."""
    seen, response = asked.look, asked.response
    full_at = now if asked.manner != "conditional" else feed.full_at
    if isinstance(seen, Failed) or response is None:
        outcome = seen.outcome if isinstance(seen, Failed) else ""
        failed = count_failure(feed, outcome, now)  # the old validators stay: nothing of this answer was taken in
        # An answer that is no feed says nothing good of the address that gave it.
        return replace(failed, full_at=full_at, moved=feed.moved if response is None else None)
    is_lying = isinstance(seen, Read) and is_lie(feed, seen.validators, asked.manner)
    parsed = seen.parsed if isinstance(seen, Read) else None
    learned = learn(
        feed.rhythm,
        published=dates,
        new=len(dates),
        shown=shown,
        polled_at=now,
        previous_poll_at=feed.polled_at,
    )
    taught = {
        "validators": seen.validators,
        "hints": read_hints(parsed, response.headers, feed.hints, now),
        "rhythm": learned,
        "items_digest": seen.items_digest,
        "full_at": full_at if response.status == NOT_MODIFIED and full_at else now,
        "unreliable_at": now if is_lying else feed.unreliable_at if is_unreliable(feed, now) else None,
        "moved": None if asked.is_settled else remember(feed.moved, _target(feed, asked), now),
    }
    return _changed(count_success(feed), taught)


def _changed(feed: Feed, taught: Mapping[str, Any]) -> Feed:
    """The feed with these fields; the very same where it has them, as after most answers without a body."""
    news = {name: value for name, value in taught.items() if getattr(feed, name) != value}
    return replace(feed, **news) if news else feed


async def _commit(
    desk: Desk, claim: Claim, feed: Feed, asked: Asked, held: Mapping[str, bytes] | None
) -> PollReport | None:
    settings, now = desk.settings, desk.now()
    seen = asked.look
    news = await find_news(desk, feed, seen.parsed.entries) if isinstance(seen, Read) else _NO_NEWS
    taught = _taught(feed, asked, now, dates=news.dates, shown=len(news.shown))
    if isinstance(seen, Read):
        taught = replace(taught, window=news.window, distrusts_guids=news.distrusts_guids)
    outcome = "modified" if isinstance(seen, Read) else seen.rung if isinstance(seen, Unchanged) else seen.outcome
    following = _plan(desk, taught, outcome, asked.response, now)
    has_hub = bool(settings.public_url) and asked.response is not None and not isinstance(seen, Failed)
    if has_hub:
        following = await pushed_net(desk, taught, following, news.dates)
    end = PollEnd(
        outcome=outcome,
        detail=_detail(feed, asked, taught),
        reason=following.reason,
        pause=None if following.is_dormant else following.at - now,
        validators=taught.validators,
        body_digest=feed.body_digest if isinstance(seen, Failed) else seen.body_digest,
        failures=taught.failures,
        title=seen.parsed.title[:500] if isinstance(seen, Read) else "",
        new=news.wanted,
        shown=news.shown,
        left_out=news.left_out,
        aliases=news.aliases,
        taught=taught,
    )
    added = await commit_poll(
        desk.store, feed, claim, end, memory=settings.memory, spacing=settings.host_interval, held=held
    )
    if added is None:
        return None
    await hasten_all(desk.store, feed, news.changed)
    if has_hub and asked.response is not None:
        await ask_hub(desk, feed, asked.response, seen.parsed if isinstance(seen, Read) else None)
    return PollReport(
        feed=feed,
        outcome=outcome,
        detail=end.detail,
        entries=len(news.shown),
        new=added,
        left_out=len(news.left_out),
        next=following,
    )


def _detail(feed: Feed, asked: Asked, taught: Feed) -> str:
    """What is to be told of a poll beside its outcome."""
    if isinstance(asked.look, Failed):
        return asked.look.detail
    if asked.is_settled and asked.response is not None and asked.response.url != feed.url:
        return f"moved from {redact(asked.response.url)}"
    is_news = taught.unreliable_at is not None and taught.unreliable_at != feed.unreliable_at
    return "one ETag or Last-Modified named two documents" if is_news else ""


def _plan(desk: Desk, taught: Feed, outcome: str, response: Response | None, now: datetime) -> NextPoll:
    """When to poll next."""
    following = plan_poll(
        feed=taught,
        outcome=outcome,
        retry_after=retry_after(response.headers, now) if response else None,
        now=now,
        policy=_policy(desk.settings, taught),
        dice=desk.dice(),
    )
    if is_unreliable(taught, now) and following.at < now + UNRELIABLE_PAUSE:
        return replace(following, at=now + UNRELIABLE_PAUSE, reason="validators unreliable")
    return following


def _policy(settings: Settings, feed: Feed) -> Policy:
    """What the operator wants for this feed."""
    return Policy(
        interval=feed.interval or settings.poll_interval,
        floor=settings.poll_floor,
        ceiling=settings.poll_ceiling,
        jitter=settings.poll_jitter,
        is_fixed=feed.interval is not None,
        is_adaptive=settings.poll_adaptive,
    )
