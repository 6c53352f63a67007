"""``/``: whether all is well, in one look; what came of the work over time; what waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from ingest.models import SourceOverride
from ingest.settings import Settings
from ingest.store.durability import Durability, read_durability
from ingest.store.history import read_history
from ingest.store.load import read_load
from ingest.store.overrides import read_overrides
from ingest.store.relay import Standing, known_sinks, read_standing
from ingest.store.rows import count_due, eviction, oldest_due, read_groups
from workers.cli.status import Status, read_status
from workers.pressure import Marks, pressure
from workers.web.charts import draw
from workers.web.desk import DESK, Desk, page, section
from workers.web.words import number, said, span

#: What an entry came to, and what a poll came to, from the bottom of a bar up.
ENTRY_KINDS = {
    "published": ("entries.published",),
    "known already": ("entries.duplicate", "entries.alias"),
    "left out": ("entries.skipped", "entries.dropped"),
    "dead": ("entries.dead",),
}
POLL_KINDS = {
    "new entries": ("polls.modified",),
    "nothing new": ("polls.not-modified", "polls.same-body", "polls.same-items"),
    "failed": ("polls.",),
}
#: Name in the address -> how far back, and in how many bars.
SPANS = {
    "hour": (timedelta(hours=1), 60),
    "day": (timedelta(days=1), 48),
    "week": (timedelta(days=7), 56),
    "month": (timedelta(days=30), 60),
}
#: Work that is due for longer than this says that nobody does it.
OVERDUE = timedelta(minutes=5)
#: The same for what a sink was given.
SLOW_SINK = timedelta(minutes=2)
_NEWEST = 6
_SOURCES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Something an operator should know: a sentence, and where to look."""

    text: str
    href: str = ""
    #: Whether somebody must act.
    is_grave: bool = False


async def overview(request: web.Request) -> web.Response:
    """The first page."""
    desk = request.app[DESK]
    name = request.query.get("span", "hour")
    back, bars = SPANS.get(name, SPANS["hour"])
    now = desk.now()
    status, history, groups, load = await asyncio.gather(
        section("status", read_status(desk.store, desk.settings)),
        section("history", read_history(desk.store, since=back + back / bars, points=bars * 4)),
        section("groups", read_groups(desk.store)),
        section("load", read_load(desk.store)),
    )
    overdue, warned, lines = await asyncio.gather(
        section("overdue", _overdue(desk, now)),
        section("warnings", _of_the_store(desk)),
        section("articles", desk.tail.lines()),
    )
    marks = Marks(memory=desk.settings.high_water_memory, events=desk.settings.high_water_events)
    warnings = [*(warned or ()), *_of_the_settings(desk.settings), *(overdue or ()), *_of_the_status(status)]
    return page(
        request,
        "overview.html",
        status_=status,
        charts=None
        if history is None
        else [
            ("Entries", "entries", draw(history, ENTRY_KINDS, now=now, back=back, bars=bars)),
            ("Polls", "polls", draw(history, POLL_KINDS, now=now, back=back, bars=bars)),
        ],
        groups=groups,
        load=load,
        pressure=pressure(load, marks, "none") if load else None,
        warnings=sorted(warnings, key=lambda one: not one.is_grave),
        lines=None if lines is None else lines[:_NEWEST],
        spans=tuple(SPANS),
        span_=name if name in SPANS else "hour",
    )


async def _overdue(desk: Desk, now: datetime) -> list[Warned]:
    found = []
    for work, what in (("feeds", "feeds"), ("entries", "entries")):
        at = await oldest_due(desk.store, work)  # type: ignore[arg-type]  # mypy widens the tuple's literals
        if at is not None and now - at > OVERDUE:
            amount = number(await count_due(desk.store, work, now))  # type: ignore[arg-type]  # as above
            text = f"Of {amount} {what} that are due, the first has been for {span(now - at)}: "
            found.append(Warned(text=text + "too few workers, or none, or pressure.", href="/queue", is_grave=True))
    return found


async def _of_the_store(desk: Desk) -> list[Warned]:
    durability, policy, overrides, sinks = await asyncio.gather(
        read_durability(desk.store), eviction(desk.store), read_overrides(desk.store), read_sinks(desk)
    )
    return [*_of_durability(durability, policy), *_of_sources(list(overrides.values())), *_of_sinks(sinks, desk.now())]


async def read_sinks(desk: Desk) -> list[Standing]:
    """How the sinks are doing."""
    return [await read_standing(desk.store, name) for name in (await known_sinks(desk.store))[:50]]


def _of_durability(durability: Durability, policy: str) -> list[Warned]:
    found = []
    if not durability.is_kept:
        found.append(Warned(text=f"The store's promise is weak: {durability.promise}.", is_grave=True))
    if policy not in {"", "noeviction"}:
        text = f"The store's maxmemory-policy is {policy}: when it is full it forgets, and doubles or losses follow."
        found.append(Warned(text=f"{text} Set noeviction.", is_grave=True))
    return found


def _of_sources(overrides: Sequence[SourceOverride]) -> list[Warned]:
    kinds = {
        "robots.txt is not heeded for": [one.domain for one in overrides if one.ignores_robots],
        "Certificates are not checked for": [one.domain for one in overrides if one.accepts_any_certificate],
    }
    return [Warned(text=f"{what} {_named(sources)}: feeds.toml says so.") for what, sources in kinds.items() if sources]


def _named(sources: Sequence[str]) -> str:
    """The first few of them by name."""
    shown = ", ".join(said(name, 60) for name in sorted(sources)[:_SOURCES])
    return f"{shown} and others" if len(sources) > _SOURCES else shown


def _of_sinks(sinks: Sequence[Standing], now: datetime) -> list[Warned]:
    found = []
    for sink in sinks:
        if sink.state in {"waiting", "broken", "full"}:
            since = f" for {span(now - sink.since)}" if sink.since else ""
            why = said(sink.error, 200) or "no reason given"
            text = f"The sink {said(sink.name, 60)} has been {sink.state}{since}: {why}."
            found.append(Warned(text=text, href="/queue", is_grave=True))
        elif not sink.is_held and (sink.lag or sink.pending):
            found.append(
                Warned(text=f"No relay works for the sink {said(sink.name, 60)}.", href="/queue", is_grave=True)
            )
    return found


def _of_the_settings(settings: Settings) -> list[Warned]:
    found = []
    if settings.redis_url.startswith("rediss://") and not settings.redis_tls_verify:
        text = "The store's certificate is not checked (COPYDESK_REDIS_TLS_VERIFY=no)"
        found.append(Warned(text=f"{text}: whoever stands in between reads all."))
    if not settings.robots:
        found.append(Warned(text="robots.txt is heeded for no site (COPYDESK_ROBOTS=no)."))
    return found


def _of_the_status(status: Status | None) -> list[Warned]:
    if status is None:
        return [Warned(text="The counters in the store cannot be read.", is_grave=True)]
    found = []
    if not status.adds_up:
        found.append(Warned(text="The accounts do not add up: please report this.", is_grave=True))
    if status.dead_letters:
        amount = status.dead_letters
        text = f"{number(amount)} dead letter{'s wait' if amount > 1 else ' waits'} for your word."
        found.append(Warned(text=text, href="/dead"))
    return found
