"""``copydesk feeds show``: everything that polling taught us about a feed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.text import Text

from ingest.polling.pace import entries_a_day
from ingest.store.connect import Store
from ingest.store.dossier import Dossier, Shown, read_dossier
from ingest.urls import redact
from workers.cli.meanings import meaning_of
from workers.cli.names import FeedNames, with_feeds
from workers.cli.session import print_documents, print_facts, print_rich
from workers.show import moment, said, table

#: Of an hour's share of a feed's entries, the least that makes it one of its hours.
_BUSY_SHARE = 1 / 24


def show(
    ctx: typer.Context,
    feeds: FeedNames,
    *,
    count: Annotated[int, typer.Option("-n", min=0, max=100, help="Entries of the last document to list.")] = 10,
    is_json: Annotated[bool, typer.Option("--json", help="One JSON object a feed.")] = False,
) -> int:
    """
    Show everything that polling taught us about feeds.

    Health, rhythm, when and why each is polled next, validators, hub, other addresses, and what became of the entries
    of the last document. A feed is named by its address, its id, or the beginning of its id.

    \b
    Example:  copydesk feeds show https://example.org/feed.xml
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart

    async def work(store: Store, ids: list[str]) -> list[Dossier]:
        found = [await read_dossier(store, id_, entries=count) for id_ in ids]
        return [one for one in found if one is not None]

    found = with_feeds(ctx, feeds, work)
    now = datetime.now(UTC)
    if is_json:
        print_documents([document(one, now) for one in found])
        return 0
    for number, one in enumerate(found):
        if number:
            typer.echo()
        _print(one, now)
    return 0


def document(one: Dossier, now: datetime) -> dict[str, Any]:
    """What is known of a feed as JSON says it: no password, no key, no hub's secret."""
    feed = one.feed
    return {
        "id": feed.id,
        "url": redact(feed.url),
        "title": feed.title,
        "folder": feed.folder,
        "added_at": feed.added_at,
        "state": feed.state,
        "state_reason": feed.state_reason,
        "polled_at": feed.polled_at,
        "last_outcome": feed.last_outcome,
        "last_detail": one.detail,
        "meaning": "" if not feed.failures else meaning_of(feed.last_outcome),
        "new_entries": one.gained,
        "failures": feed.failures,
        "failing_since": feed.failing_since,
        "unfinished_polls": {"attempts": one.strikes, "last_error": one.error} if one.strikes else None,
        "next_poll_at": one.due_at,
        "next_poll_reason": feed.next_reason,
        "claimed_until": one.claimed_until,
        "own_interval_seconds": _seconds(feed.interval),
        "asked_interval_seconds": _seconds(feed.hints.pause) or None,
        "asked_by": feed.hints.said_by or None,
        "skip_hours_utc": feed.hints.skip_hours,
        "skip_days": feed.hints.skip_days,
        "rhythm": _rhythm(one, now),
        "validators": {
            "etag": feed.validators.etag,
            "last_modified": feed.validators.last_modified,
            "unreliable_at": feed.unreliable_at,
        },
        "moving_to": redact(feed.moved.url) if feed.moved else None,
        "aliases": one.aliases,
        "distrusts_guids": feed.distrusts_guids,
        "hub": {"url": redact(one.hub.hub), "state": one.hub.state, "until": one.hub.until, "misses": one.hub.misses}
        if one.hub
        else None,
        "pushes_waiting": one.pushes,
        "entries_remembered": one.remembered,
        "entries": [_entry(entry) for entry in one.shown],
    }


def _rhythm(one: Dossier, now: datetime) -> dict[str, Any] | None:
    rhythm = one.feed.rhythm
    if rhythm.since is None:
        return None
    total = sum(rhythm.hours)
    return {
        "entries_a_day": round(entries_a_day(rhythm, now), 2),
        "counted_since": rhythm.since,
        "newest_entry_at": rhythm.newest_at,
        "busy_hours_utc": [hour for hour, count in enumerate(rhythm.hours) if total and count / total > _BUSY_SHARE],
        "window_entries": rhythm.shown,
        "window_turnover_seconds": _seconds(rhythm.turnover),
    }


def _entry(entry: Shown) -> dict[str, Any]:
    return {
        "id": entry.id,
        "title": entry.title,
        "url": redact(entry.url) if entry.url else None,
        "published_at": entry.published_at,
        "state": entry.state,
        "reason": entry.reason,
        "article": entry.article_id or None,
    }


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def _print(one: Dossier, now: datetime) -> None:
    told = document(one, now)
    print_facts((name, value) for name, value in _facts(one, told) if value)
    if one.shown:
        listed = table("entry", "now", "title", "address")
        listed.columns[0].no_wrap = True
        for entry in told["entries"]:
            reason = said(entry["reason"], 200)
            listed.add_row(
                Text(entry["id"]),
                Text(f"{entry['state']} ({reason})" if reason else entry["state"]),
                Text(said(entry["title"], 200) or "-"),
                Text(said(entry["url"], 4000) or "-"),
            )
        print_rich(Text(""), listed)


def _facts(one: Dossier, told: dict[str, Any]) -> list[tuple[str, str]]:
    feed, unfinished, validators = one.feed, told["unfinished_polls"], told["validators"]
    return [
        ("feed", f"{feed.id}  {told['url']}"),
        ("title", feed.title),
        ("folder", feed.folder),
        ("added", moment(feed.added_at)),
        ("state", f"{feed.state}: {feed.state_reason}" if feed.state != "active" else "active"),
        ("last poll", _last_poll(one)),
        ("that means", told["meaning"]),
        ("failing", f"{feed.failures} in a row, since {moment(feed.failing_since) or '?'}" if feed.failures else ""),
        ("unfinished", f"{unfinished['attempts']} attempts: {unfinished['last_error']}" if unfinished else ""),
        ("next poll", _next_poll(one)),
        ("own interval", _span(told["own_interval_seconds"])),
        ("asked for", f"{_span(told['asked_interval_seconds'])} by {told['asked_by']}" if told["asked_by"] else ""),
        ("not in hours", ", ".join(map(str, feed.hints.skip_hours)) + " UTC" if feed.hints.skip_hours else ""),
        ("not on days", ", ".join(feed.hints.skip_days)),
        *_rhythm_facts(told["rhythm"]),
        ("ETag", validators["etag"] or ""),
        ("Last-Modified", validators["last_modified"] or ""),
        ("validators", "unreliable: not sent for a while" if validators["unreliable_at"] else ""),
        ("redirected to", told["moving_to"] or ""),
        ("also known as", ", ".join(one.aliases)),
        ("its guids", "are not heeded: it gave one to several articles" if feed.distrusts_guids else ""),
        ("hub", _hub(one, told)),
        ("pushes", f"{one.pushes} wait for a poll" if one.pushes else ""),
        ("remembers", f"{one.remembered} entries"),
    ]


def _rhythm_facts(rhythm: dict[str, Any] | None) -> list[tuple[str, str]]:
    if rhythm is None:
        return [("rhythm", "not known yet")]
    hours = ", ".join(map(str, rhythm["busy_hours_utc"]))
    turnover = _span(rhythm["window_turnover_seconds"])
    return [
        ("rhythm", f"{rhythm['entries_a_day']} entries a day" + (f", mostly in hours {hours} UTC" if hours else "")),
        ("newest entry", moment(rhythm["newest_entry_at"])),
        ("window", f"{rhythm['window_entries']} entries" + (f", half of it new after {turnover}" if turnover else "")),
    ]


def _last_poll(one: Dossier) -> str:
    if one.feed.polled_at is None:
        return "not yet"
    detail = f" ({one.detail})" if one.detail else ""
    return f"{moment(one.feed.polled_at)}  {one.feed.last_outcome}{detail}, {one.gained} new entries"


def _next_poll(one: Dossier) -> str:
    if one.claimed_until:
        return "under way"
    if one.due_at is None:
        return "" if one.feed.state == "active" else "none before it is resumed"
    return moment(one.due_at) + (f" ({one.feed.next_reason})" if one.feed.next_reason else "")


def _hub(one: Dossier, told: dict[str, Any]) -> str:
    if one.hub is None:
        return ""
    until = f" until {moment(one.hub.until)}" if one.hub.until else ""
    missed = f", missed {one.hub.misses}" if one.hub.misses else ""
    return f"{told['hub']['url']}  {one.hub.state}{until}{missed}"


def _span(seconds: float | None) -> str:
    return "" if not seconds else str(timedelta(seconds=round(seconds)))
