"""``/sources`` and ``/sources/{domain}``: what repeats in a source's articles, and the operator's word on it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from aiohttp import web

from ingest.cleaning.learned import LineCount, Verdict, weigh
from ingest.store.boilerplate import Source, correct, read_source
from ingest.store.lists import newest_sources
from workers.web.desk import DESK, asked, numbered, page, section
from workers.web.forms import back, checked_form
from workers.web.problems import not_found

PER_PAGE = 20
#: Sources whose names are searched; those of which articles came last.
MAX_SOURCES = 5000
MAX_LINES = 200
_DOMAIN = re.compile(r"[a-z0-9_.:\[\]-]{1,253}")
_DIGEST = re.compile(r"[0-9a-f]{16}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: In the order in which they are shown.
_STATES = ("dropped", "learned", "kept", "watched")
_VERDICTS: dict[str, tuple[Verdict, str]] = {"keep": ("keep", "kept"), "drop": ("drop", "taken")}


async def sources(request: web.Request) -> web.Response:
    """The sources, those with the latest articles first."""
    desk = request.app[DESK]
    sought = asked(request, "q").casefold()
    names = await section("sources", newest_sources(desk.store, MAX_SOURCES + 1)) or []
    chosen = [name for name in names[:MAX_SOURCES] if sought in name]
    n_pages = max(1, -(-len(chosen) // PER_PAGE))
    number = min(numbered(request, "page", MAX_SOURCES), n_pages)
    rows = []
    for name in chosen[(number - 1) * PER_PAGE : number * PER_PAGE]:
        found = await section("source", read_source(desk.store, name))
        rows.append((name, found, _counted(found) if found else {}))
    return page(
        request,
        "sources.html",
        rows=rows,
        sought=asked(request, "q"),
        n_found=len(chosen),
        is_cut=len(names) > MAX_SOURCES,
        number_=number,
        n_pages=n_pages,
        mode=desk.settings.learning,
    )


async def source(request: web.Request) -> web.Response:
    """One of them, line by line."""
    desk = request.app[DESK]
    domain = request.match_info["domain"].lower()
    if not _DOMAIN.fullmatch(domain):
        return not_found(request, "This is no domain.")
    found = await section("source", read_source(desk.store, domain))
    if found is None:
        return not_found(request, "Nothing was learned of this source yet, or it is forgotten by now.")
    lines = sorted(((state_of_line(line, found), line) for line in found.lines), key=lambda one: _STATES.index(one[0]))
    return page(
        request,
        "source.html",
        domain=domain,
        source=found,
        lines=[(state, line, _day(line)) for state, line in lines[:MAX_LINES]],
        n_lines=len(lines),
        mode=desk.settings.learning,
    )


async def decide(request: web.Request) -> web.Response:
    """The operator's word on a line."""
    desk = request.app[DESK]
    form = await checked_form(request)
    domain, digest = request.match_info["domain"].lower(), form.get("digest", "")
    verdict, done = _VERDICTS[request.match_info["what"]]
    if not (_DOMAIN.fullmatch(domain) and _DIGEST.fullmatch(digest)):
        return not_found(request, "There is no such line.")
    if not await correct(desk.store, domain, bytes.fromhex(digest), verdict):
        return not_found(request, "The source has no such line any more.")
    raise web.HTTPSeeOther(back(form, f"/sources/{domain}", done=done))


def state_of_line(line: LineCount, source: Source) -> str:
    """What a line is: "dropped" or "kept" by the operator, "learned" by the counts, else "watched"."""
    if line.verdict is not None:
        return "kept" if line.verdict == "keep" else "dropped"
    return "learned" if weigh(line, source.articles) is not None else "watched"


def _counted(source: Source) -> dict[str, int]:
    states = [state_of_line(line, source) for line in source.lines]
    return {name: states.count(name) for name in _STATES}


def _day(line: LineCount) -> str:
    return f"{_EPOCH + timedelta(days=line.last_day):%-d %b %Y}" if line.articles else ""
