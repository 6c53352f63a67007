"""``copydesk why``: the whole story of one entry or article."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.archive.index import article_key, look_up
from ingest.store.trace import Trace, trace
from ingest.urls import redact
from workers.cli.endings import WRONG, ended
from workers.cli.session import print_facts, print_json, settings_of
from workers.cli.stored import with_store
from workers.show import moment


def why(
    ctx: typer.Context,
    target: Annotated[
        str, typer.Argument(metavar="URL|ID", help="Address or id of an entry or an article.", show_default=False)
    ],
    *,
    is_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of the story.")] = False,
) -> int:
    """
    Tell the story of one entry or article.

    When it was seen, what was tried, what was removed, why it was not published, and where it is now. An address that
    was published is found at once; of others those in hand and the dead letters are searched.

    \b
    Example:  copydesk why https://example.org/news/harbour-plan
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    settings = settings_of(ctx)
    found = with_store(settings, lambda store: trace(store, target))
    if found is None:
        raise ended(f"nothing is known of {redact(target)[:2000]}: no feed showed it, or it is forgotten", WRONG)
    document = _document(found) | {"archived": _archived(settings.archive_path, found.article_id)}
    if is_json:
        print_json(document)
        return 0
    print_facts(_lines(found, document))
    return 0


def _archived(folder: Path, article_id: str) -> list[dict[str, Any]]:
    """The revisions that ``copydesk replay`` can make anew from this machine's archive, the oldest first."""
    try:
        rows = [place.row for place in look_up(folder, article_key(article_id))] if article_id else []
    except OSError:  # another user's files: the story is told without them
        return []
    return [{"revision": row.event.rpartition("-")[2], "at": row.at} for row in rows]


def state_of(found: Trace) -> str:
    """Where it is now, in one word or two: its outcome, "waiting", "in work", or "lost sight of"."""
    if found.outcome:
        return found.outcome
    if found.claimed_until:
        return "in work"
    if found.due_at:
        return "waiting"
    return "published" if found.row else "lost sight of"


def _document(found: Trace) -> dict[str, Any]:
    entry = found.ref.entry if found.ref else None
    article = found.document or {}
    return {
        "entry": found.entry_id,
        "state": state_of(found),
        "reason": found.reason,
        "feed": {"id": found.feed.id, "url": redact(found.feed.url), "title": found.feed.title} if found.feed else None,
        "url": redact(entry.url) if entry and entry.url else redact(found.article_url) or None,
        "guid": redact(entry.guid) if entry and entry.guid else None,
        "title": entry.title if entry else found.article_title,
        "seen_at": found.seen_at,
        "attempts": found.attempts,
        "last_error": found.error,
        "due_at": found.due_at,
        "claimed_until": found.claimed_until,
        "ended_at": found.ended_at,
        "article": found.article_id or None,
        "published_at": found.published_at,
        "row": found.row or None,
        "is_on_stream": found.document is not None,
        "copy_of": found.head_id if found.head_id and found.head_id != found.article_id else None,
        "content_source": article.get("content_source"),
        "extraction": article.get("extraction"),
        "flags": (article.get("cleaning") or {}).get("flags"),
        "removed": (article.get("cleaning") or {}).get("removed"),
    }


def _lines(found: Trace, document: dict[str, Any]) -> list[tuple[str, str]]:
    feed, removed = document["feed"], document["removed"]
    lines = [
        ("entry", found.entry_id),
        ("title", document["title"]),
        ("address", document["url"]),
        ("feed", f"{feed['title']}  {feed['url']}" if feed else "no longer subscribed"),
        ("seen", _time(found.seen_at)),
        ("attempts", str(found.attempts) if found.attempts else ""),
        ("last failure", found.error),
        ("now", _now(found)),
        ("because", _because(found)),
        ("article", document["article"]),
        ("published", _time(found.published_at)),
        ("copy of", document["copy_of"]),
        ("on the stream", _row(found)),
        ("archived", ", ".join(f"revision {one['revision']} of {_time(one['at'])}" for one in document["archived"])),
        ("text from", document["content_source"]),
        ("flags", ", ".join(document["flags"] or ())),
    ]
    lines += [(f"removed {number}", f"{one['rule']} ({one['kind']}): {one['text']}") for number, one in _each(removed)]
    return [(name, value) for name, value in lines if value]


def _each(removed: list[dict[str, Any]] | None) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(removed or (), start=1))


def _now(found: Trace) -> str:
    state = state_of(found)
    if state == "waiting":
        return f"waiting until {_time(found.due_at)}"
    if state == "in work":
        return f"in a worker's hands until {_time(found.claimed_until)} at the latest"
    return f"{state} {_time(found.ended_at)}".strip()


def _because(found: Trace) -> str:
    if found.outcome == "duplicate":
        how = "its source brought it at another address" if found.reason == "repost" else found.reason
        return f"it is {found.article_id or 'another article'} again ({how or 'same address'})"
    return found.reason


def _row(found: Trace) -> str:
    if not found.row:
        return ""
    return found.row if found.document is not None else f"{found.row}, no longer held"


def _time(at: datetime | None) -> str:
    return moment(at) or ""
