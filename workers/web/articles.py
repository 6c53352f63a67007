"""``/articles`` and ``/articles/{id}``: what was published, what was taken out of it and where, and its whole story."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

from aiohttp import web

from ingest.errors import EventError
from ingest.messages.event import read_event
from ingest.models import RemovalKind
from ingest.store.connect import Store
from ingest.store.rows import events_of, read_rows
from ingest.store.trace import Trace, trace
from workers.cli.why import state_of
from workers.web.desk import DESK, asked, page, section
from workers.web.problems import not_found
from workers.web.tail import Line, Sought, choices
from workers.web.words import objects, part, texts

PER_PAGE = 30
KINDS = get_args(RemovalKind)
#: Members of a cluster, and paragraphs of a text, that are shown; more are counted.
MAX_MEMBERS = 50
MAX_PARAGRAPHS = 3000
_ID = re.compile(r"[0-9a-f]{32}")
_ROW = re.compile(r"[0-9]{1,16}-[0-9]{1,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A paragraph of an article, or one that was taken out where it stood."""

    text: str
    #: None for a paragraph that was kept.
    removal: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One event of an article."""

    row: str
    number: int
    kind: str
    data: dict[str, Any]


async def articles(request: web.Request) -> web.Response:
    """The list, the newest first."""
    desk = request.app[DESK]
    names = ("source", "language", "kind", "role", "flag", "event")
    sought = Sought(words=asked(request, "q"), **{name: asked(request, name) for name in names})
    before = request.query.get("before", "")
    before = before if _ROW.fullmatch(before) else ""
    found = await desk.tail.find(sought, before=before, count=PER_PAGE)
    held = await desk.tail.lines()
    return page(
        request,
        "articles.html",
        found=found,
        before=before,
        sought=sought,
        is_filtered=sought != Sought(),
        sources=choices(held, lambda line: (line.domain,)),
        languages=choices(held, lambda line: (line.language,)),
        kinds=choices(held, lambda line: line.removed),
        flags=choices(held, lambda line: line.flags),
        events=choices(held, lambda line: (line.kind,)),
        n_held=len(held),
    )


async def article(request: web.Request) -> web.Response:
    """One article, or an entry that is not one yet."""
    desk = request.app[DESK]
    id_ = request.match_info["id"]
    if not _ID.fullmatch(id_):
        return not_found(request, "There is no article with this id.")
    story = await section("story", trace(desk.store, id_))
    held = await desk.tail.lines()
    revisions = await _revisions(desk.store, (story.article_id if story else "") or id_, held)
    if story is None and not revisions:
        return not_found(request, "Nothing is known of this id: no feed showed it, or it is forgotten by now.")
    asked_for = request.query.get("revision", "")
    shown = next((one for one in revisions if str(one.number) == asked_for), revisions[0] if revisions else None)
    data = shown.data if shown else {}
    cluster = part(data.get("cluster"), "head_id") or (story.head_id if story else "")
    members = [line for line in held if cluster and line.cluster == cluster and line.id != data.get("id")]
    one_each = list({line.id: line for line in members}.values())
    return page(
        request,
        "article.html",
        id_=id_,
        story=story,
        state=state_of(story) if story else "published",
        because=because(story) if story else "",
        shown=shown,
        data=data,
        stretches=stretches(data)[:MAX_PARAGRAPHS],
        removed=objects(part(data.get("cleaning"), "removed")),
        revisions=revisions,
        head=cluster,
        members=one_each[:MAX_MEMBERS],
        n_members=len(one_each),
    )


async def _revisions(store: Store, id_: str, held: Sequence[Line]) -> list[Revision]:
    """The article's events that the stream still holds and we know of, the latest revision first."""
    rows = {line.row for line in held if line.id == id_}
    rows.update(await section("events", events_of(store, id_)) or ())
    found: dict[int, Revision] = {}
    for row, fields in await read_rows(store, sorted(rows)):
        try:
            event = read_event(fields)
        except EventError:
            continue
        number = event.article.get("revision")
        if isinstance(number, int) and event.subject == id_:
            kind = event.type.removeprefix("article.").partition(".")[0]
            found[number] = Revision(row=row, number=number, kind=kind, data=event.article)
    return [found[number] for number in sorted(found, reverse=True)]


def stretches(data: dict[str, Any]) -> list[Stretch]:
    """The text as it was before cleaning: each removal after as many kept paragraphs as it says."""
    paragraphs = texts(data.get("paragraphs"))
    removed: dict[int, list[Stretch]] = {}
    for removal in objects(part(data.get("cleaning"), "removed")):
        after, text = removal.get("after_paragraph"), removal.get("text")
        place = min(max(after, 0), len(paragraphs)) if isinstance(after, int) else len(paragraphs)
        removed.setdefault(place, []).append(Stretch(text=text if isinstance(text, str) else "", removal=removal))
    found = list(removed.get(0, ()))
    for count, paragraph in enumerate(paragraphs, start=1):
        found.append(Stretch(text=paragraph))
        found += removed.get(count, ())
    return found


def because(story: Trace) -> str:
    """Why it is as it is, in words."""
    if story.outcome == "duplicate":
        reason = {"url": "the same address", "copy": "a copy of its text"}.get(story.reason, story.reason)
        return f"it is another article again ({reason or 'the same address'})"
    return story.reason or story.error
