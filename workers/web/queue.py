"""``/queue`` and ``/clusters``: who reads what we publish and how far behind they are; which articles are one story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from ingest.store.articles import stream_length
from ingest.store.relay import GROUP
from ingest.store.rows import oldest_due, read_groups
from workers.cli.status import read_status
from workers.web.desk import DESK, numbered, page, section
from workers.web.overview import read_sinks
from workers.web.tail import Line

PER_PAGE = 30
MAX_COPIES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A cluster: its head, where it is among the newest events, and the copies of it."""

    head_id: str
    head: Line | None
    copies: tuple[Line, ...]


async def queue(request: web.Request) -> web.Response:
    """Groups, sinks, and what waits inside."""
    desk = request.app[DESK]
    groups = await section("groups", read_groups(desk.store))
    return page(
        request,
        "queue.html",
        stream=desk.settings.stream,
        length=await section("stream", stream_length(desk.store)),
        groups=None if groups is None else [one for one in groups if not one.name.startswith(GROUP)],
        sinks=await section("sinks", read_sinks(desk)),
        status_=await section("status", read_status(desk.store, desk.settings)),
        due={work: await section("due", oldest_due(desk.store, work)) for work in ("feeds", "entries", "revisits")},
    )


async def clusters(request: web.Request) -> web.Response:
    """Stories that several outlets have, the latest copy first."""
    desk = request.app[DESK]
    held = await desk.tail.lines()
    found = stories(held)
    n_pages = max(1, -(-len(found) // PER_PAGE))
    number = min(numbered(request, "page", n_pages), n_pages)
    shown = found[(number - 1) * PER_PAGE : number * PER_PAGE]
    return page(
        request,
        "clusters.html",
        stories=shown,
        n_found=len(found),
        n_held=len(held),
        number_=number,
        n_pages=n_pages,
        max_copies=MAX_COPIES,
    )


def stories(lines: Sequence[Line]) -> list[Story]:
    """The clusters with a copy among these events, each article once, the latest first."""
    latest = {line.id: line for line in reversed(lines) if not line.is_damaged}
    members: dict[str, list[Line]] = {}
    for line in latest.values():
        if line.role == "copy":
            members.setdefault(line.cluster, []).append(line)
    ordered = sorted(members.items(), key=lambda one: max(line.row for line in one[1]), reverse=True)
    return [Story(head_id=id_, head=latest.get(id_), copies=tuple(copies)) for id_, copies in ordered]
