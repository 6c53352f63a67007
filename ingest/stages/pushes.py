"""What a hub pushed, taken in like a poll that brought some of the entries; nobody is asked for anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ingest.errors import FeedError, SandboxError
from ingest.feeds.parse import parse_small
from ingest.models import Entry, Feed, NextPoll, ParsedFeed
from ingest.polling.rhythm import learn
from ingest.sandbox.pool import Sandbox
from ingest.stages.desk import Desk
from ingest.stages.news import News, find_news
from ingest.store.due import Begun, moment
from ingest.store.feeds import PollEnd
from ingest.store.hubs import Push

OUTCOME = "pushed"


async def read_pushes(desk: Desk, feed: Feed, pushes: Sequence[Push]) -> tuple[News, int]:
    """
    What the pushes brought, and how many of them could not be read.

    One that cannot be read is dropped: its sender was the hub's, and the next poll finds what it held.
    """
    entries: list[Entry] = []
    unreadable = 0
    for push in pushes:
        try:
            parsed = await _parse(desk.sandbox, feed, push)
        except (FeedError, SandboxError):
            unreadable += 1
        else:
            entries += parsed.entries
    return await find_news(desk, feed, entries), unreadable


async def _parse(sandbox: Sandbox, feed: Feed, push: Push) -> ParsedFeed:
    """
    The document that was pushed.

    Raises:
        FeedError: it is no feed.
        SandboxError: reading it did not come to an end.
    """
    headers = {"content-type": push.content_type}
    parsed = parse_small(push.body, feed.url, headers)
    if parsed is None:
        parsed = await sandbox.run("parse_feed", push.body, feed.url, headers)
    return parsed


def end_of_push(desk: Desk, feed: Feed, begun: Begun, news: News, unreadable: int) -> tuple[PollEnd, NextPoll]:
    """
    How taking in ends: with the new entries, and the next poll when it would have come without the push.

    Validators and the rhythm's idea of the document's size stay: a push is a part of it.
    """
    now = desk.now()
    # take_pushes puts the old time back; until then, and where there is none, the interval.
    pause = feed.interval or desk.settings.poll_interval
    at = moment(begun.fields.get("resume_at")) or now + pause
    following = NextPoll(at=at, reason=feed.next_reason or "its hub pushed")
    rhythm = learn(
        feed.rhythm,
        published=news.dates,
        new=len(news.dates),
        shown=max(feed.rhythm.shown, 2 * len(news.dates)),
        polled_at=now,
        previous_poll_at=feed.polled_at,
    )
    end = PollEnd(
        outcome=OUTCOME,
        detail=f"{unreadable} unreadable" if unreadable else "",
        reason=following.reason,
        pause=pause,
        validators=feed.validators,
        body_digest=feed.body_digest,
        failures=feed.failures,
        new=news.wanted,
        shown=news.shown,
        aliases=news.aliases,
        taught=replace(feed, rhythm=rhythm),
    )
    return end, following
