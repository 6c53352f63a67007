"""
What copydesk shows on a terminal: articles, polls and removals as rich renderables.

Every character that comes from a feed or a page goes through ``said`` into a ``Text``: rich's markup is never read in
it, and no control code or reordering trick reaches the terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from ingest.text import collapse, remove_controls

if TYPE_CHECKING:
    # Only tail and the live screen show events; what reads them (tldextract, requests) costs the others 0.15 s.
    from ingest.messages.event import ReceivedEvent

#: Columns of output that is no terminal: enough that nothing is cut or wrapped for a program that reads it.
PIPE_COLUMNS = 20_000
#: Characters of an article's text on its card.
OPENING_CHARACTERS = 240
#: Removals on a card; the others are counted.
MAX_REMOVALS = 6
MAX_REMOVED_CHARACTERS = 160

_GONE = "strike dim"
_QUIET = "dim"
_POLL_STYLES = {"modified": "green", "not-modified": _QUIET, "same-body": _QUIET}


def console_on(stream: TextIO) -> Console:
    """A console on a stream; one that is no terminal is never wrapped."""
    width = None if stream.isatty() else PIPE_COLUMNS
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def said(value: object, max_characters: int = 500) -> str:
    """Foreign text as one line fit for a terminal, cut to size; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    line = collapse(remove_controls(value))
    return line if len(line) <= max_characters else f"{line[: max_characters - 1]}…"


def moment(value: object) -> str:
    """A time, or its ISO 8601 text, in the local zone; "" for what is none."""
    try:
        when = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return ""
    return when.astimezone().strftime("%Y-%m-%d %H:%M:%S") if isinstance(when, datetime) else ""


def article_card(event: ReceivedEvent) -> Group:
    """An article as it was published: headline, origin, opening, and what was taken out, struck through."""
    article = event.article
    headline = Text.assemble((said(article.get("title")) or "(no headline)", "bold"))
    happened = event.type.removeprefix("article.").partition(".")[0]
    if happened != "published":
        headline.append(f"  {said(happened, 40)}", style="bold yellow")
    cleaning = _object(article, "cleaning")
    lines = [
        headline,
        Text(" · ".join(filter(None, _origin(event))), style="cyan"),
        Text(said(article.get("text"), OPENING_CHARACTERS)),
        *removal_lines(_objects(cleaning, "removed")),
    ]
    flags = cleaning.get("flags")
    told = ", ".join(filter(None, map(said, flags))) if isinstance(flags, list) else ""
    if told:
        lines.append(Text(f"! {told}", style="yellow"))
    return Group(*(line for line in lines if line.plain), Text(""))


def removal_lines(removals: Iterable[Mapping[str, Any]], limit: int = MAX_REMOVALS) -> list[Text]:
    """Removals as in an event's ``cleaning.removed``, one a line; those past ``limit`` are counted."""
    told = [removal for removal in removals if said(removal.get("text"))]
    lines = [
        removal_line(
            said(removal.get("kind"), 40),
            said(removal.get("rule"), 80),
            said(removal["text"], MAX_REMOVED_CHARACTERS),
        )
        for removal in told[:limit]
    ]
    if len(told) > limit:
        lines.append(Text(f"- and {len(told) - limit} more removed", style=_QUIET))
    return lines


def removal_line(kind: str, rule: str, text: str) -> Text:
    """One removed line: ``- [kind rule] text``, the text struck through. The arguments are as ``said`` gives them."""
    return Text.assemble(("- ", "red"), (f"[{kind} {rule}] ", _QUIET), (text, _GONE))


def poll_line(poll: Mapping[str, Any]) -> Text:
    """A poll as the log event "poll.done" has it: feed, title, outcome, detail, entries, new, next, reason."""
    outcome = said(poll.get("outcome"))
    line = Text("poll ", style=_QUIET)
    line.append(said(poll.get("title"), 60) or said(poll.get("feed"), 100), style="bold")
    line.append(f"  {outcome}", style=_POLL_STYLES.get(outcome, "yellow"))
    if outcome == "modified":
        line.append(f"  {_number(poll.get('new'))} new of {_number(poll.get('entries'))}")
    detail = said(poll.get("detail"), 100)
    if detail:
        line.append(f"  ({detail})")
    following = moment(poll.get("next"))
    if following:
        reason = said(poll.get("reason"), 60)
        line.append(f"  next {following[11:]}" + (f", {reason}" if reason else ""), style=_QUIET)
    return line


def table(*columns: str, title: str | None = None) -> Table:
    """An empty table in our manner; its cells are to be ``Text``."""
    made = Table(title=title, box=None, pad_edge=False, title_justify="left", header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(Text(column), overflow="fold")
    return made


def _origin(event: ReceivedEvent) -> Iterable[str]:
    article = event.article
    source, cluster = _object(article, "source"), _object(article, "cluster")
    yield said(source.get("name"), 80) or said(source.get("domain"), 80)
    yield moment(article.get("published_at")) or moment(event.time)
    yield f"{_number(article.get('word_count'))} words"
    if cluster.get("role") == "copy":
        yield f"copy of {said(cluster.get('head_id'), 40)}"
    else:
        yield said(cluster.get("role"), 40)
    if article.get("content_source") == "feed":
        yield "text from the feed"
    yield said(_object(article, "wire").get("agency"), 60)
    yield said(article.get("url"), 300)


def _object(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object inside a document that anybody may have written."""
    found = document.get(name)
    return found if isinstance(found, Mapping) else {}


def _objects(document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = document.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
