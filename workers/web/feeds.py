"""``/feeds`` and ``/feeds/{id}``: the subscriptions, how they do, and when and why each is polled next."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from itertools import groupby
from typing import get_args

from aiohttp import web

from ingest.polling.pace import daily_shape, entries_a_day, hourly_shape
from ingest.polling.websub import Subscription
from ingest.store.connect import Store
from ingest.store.dossier import read_dossier
from ingest.store.feeds import count_feeds, find_feed, pause_feed, resume_feed
from ingest.store.hubs import keep_push
from ingest.store.lists import read_feeds
from workers.cli.meanings import meaning_of
from workers.web.catalogue import Sort, Wanted, choose
from workers.web.desk import DESK, asked, numbered, page, section
from workers.web.forms import back, checked_form
from workers.web.problems import not_found

PER_PAGE = 50
ENTRIES = 12
STATES = ("fine", "failing", "paused", "gone", "damaged")
#: Folders to choose from.
MAX_FOLDERS = 300
_ID = re.compile(r"[0-9a-f]{16}")
_MAX_PAGE = 100_000


async def feeds(request: web.Request) -> web.Response:
    """The list."""
    desk = request.app[DESK]
    cards = await desk.catalogue.cards()
    sort: Sort = next((one for one in get_args(Sort) if one == request.query.get("sort")), "next")
    state, folder = asked(request, "state"), request.query.get("folder", "")
    wanted = Wanted(words=asked(request, "q"), state=state if state in STATES else "", folder=folder, sort=sort)
    chosen = choose(cards, wanted)
    n_pages = max(1, -(-len(chosen) // PER_PAGE))
    number = min(numbered(request, "page", _MAX_PAGE), n_pages)
    ids = [card.id for card in chosen[(number - 1) * PER_PAGE : number * PER_PAGE]]
    rows = await read_feeds(desk.store, ids)
    counted = {name: len(list(group)) for name, group in groupby(sorted(card.state for card in cards))}
    return page(
        request,
        "feeds.html",
        rows=list(zip(ids, rows, strict=True)),
        n_found=len(chosen),
        n_known=len(cards),
        n_all=await section("feeds", count_feeds(desk.store)),
        is_whole=desk.catalogue.is_whole,
        number_=number,
        n_pages=n_pages,
        wanted=wanted,
        states=[(name, counted.get(name, 0)) for name in STATES if name != "damaged" or counted.get(name)],
        folders=sorted({card.folder for card in cards if card.folder})[:MAX_FOLDERS],
    )


async def feed(request: web.Request) -> web.Response:
    """One of them."""
    desk = request.app[DESK]
    asked_for = request.match_info["id"]
    id_ = await find_feed(desk.store, asked_for) if _ID.fullmatch(asked_for) else None
    if id_ is None or not _ID.fullmatch(id_):
        return not_found(request, "There is no feed with this id.")
    if id_ != asked_for:
        raise web.HTTPFound(f"/feeds/{id_}")
    dossier = await section("feed", read_dossier(desk.store, id_, entries=ENTRIES))
    known = dossier.feed if dossier else None
    rhythm = known.rhythm if known else None
    return page(
        request,
        "feed.html",
        id_=id_,
        dossier=dossier,
        feed=known,
        hub=_shown(dossier.hub) if dossier else None,
        meaning=meaning_of(_failure(known.last_outcome)) if known else "",
        hours=hourly_shape(rhythm) if rhythm and rhythm.hours else (),
        days=daily_shape(rhythm) if rhythm and rhythm.days else (),
        a_day=entries_a_day(rhythm, desk.now()) if rhythm and rhythm.since else None,
    )


def _failure(outcome: str) -> str:
    # "not-modified" means something else where nothing was ever asked before (workers.cli.meanings).
    return "" if outcome == "not-modified" else outcome


def _shown(hub: Subscription | None) -> dict[str, object] | None:
    """What may be seen of a subscription: not its secret, nor the address that is one."""
    return {"hub": hub.hub, "state": hub.state, "until": hub.until, "misses": hub.misses} if hub else None


async def change(request: web.Request) -> web.Response:
    """Pause it, resume it, or poll it now."""
    desk = request.app[DESK]
    form = await checked_form(request)
    id_, what = request.match_info["id"], request.match_info["what"]
    if not _ID.fullmatch(id_) or not await CHANGES[what][0](desk.store, id_):
        return not_found(request, "There is no feed with this id.")
    await desk.catalogue.renew(id_)
    raise web.HTTPSeeOther(back(form, f"/feeds/{id_}", done=CHANGES[what][1]))


async def _pause(store: Store, id_: str) -> bool:
    return await pause_feed(store, id_, "by the operator, on the status page")


async def _resume(store: Store, id_: str) -> bool:
    return await resume_feed(store, id_) != "none"


async def _poll(store: Store, id_: str) -> bool:
    return await keep_push(store, id_, None)


#: By the last part of the address: what is done, and what is said then.
CHANGES: dict[str, tuple[Callable[[Store, str], Awaitable[bool]], str]] = {
    "pause": (_pause, "paused"),
    "resume": (_resume, "resumed"),
    "poll": (_poll, "polled"),
}
