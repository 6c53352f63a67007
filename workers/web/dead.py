"""``/dead``: what could not be published, why, and what is to become of it."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable

from aiohttp import web

from ingest.store.connect import Store
from ingest.store.dead import drop_dead, read_dead, retry_dead
from ingest.store.lists import count_dead, dead_reasons
from workers.web.desk import DESK, asked, numbered, page, section
from workers.web.forms import back, checked_form

PER_PAGE = 25
#: Dead letters that a page looks through, and that one press of a button changes.
LOOKED = 1000
_ID = re.compile(r"[0-9a-f]{32}")
_TOGETHER = 50

CHANGES: dict[str, tuple[Callable[[Store, str], Awaitable[bool]], str]] = {
    "retry": (retry_dead, "retried"),
    "drop": (drop_dead, "dropped"),
}


async def dead(request: web.Request) -> web.Response:
    """The list, the latest first."""
    desk = request.app[DESK]
    reason = asked(request, "reason", 500)
    known = await dead_reasons(desk.store, LOOKED)
    chosen = [id_ for id_, why in known if not reason or class_of(why) == reason]
    n_pages = max(1, -(-len(chosen) // PER_PAGE))
    number = min(numbered(request, "page", n_pages), n_pages)
    ids = chosen[(number - 1) * PER_PAGE : number * PER_PAGE]
    letters = await asyncio.gather(*(section("dead letter", read_dead(desk.store, id_)) for id_ in ids))
    return page(
        request,
        "dead.html",
        letters=list(zip(ids, letters, strict=True)),
        n_all=await count_dead(desk.store),
        n_known=len(known),
        n_found=len(chosen),
        reason=reason,
        reasons=Counter(class_of(why) for _, why in known).most_common(50),
        number_=number,
        n_pages=n_pages,
    )


def class_of(reason: str) -> str:
    """What reasons have in common: the first words, without the numbers that differ."""
    return re.sub(r"^[0-9]+ attempts: ", "", reason).partition(":")[0].strip()[:100] or "no reason given"


async def change(request: web.Request) -> web.Response:
    """Try again, or drop: one, or all that the filter shows."""
    desk = request.app[DESK]
    form = await checked_form(request)
    do, done = CHANGES[request.match_info["what"]]
    id_ = form.get("id", "")
    if form.get("all") == "yes":
        reason = form.get("reason", "")
        ids = [one for one, why in await dead_reasons(desk.store, LOOKED) if not reason or class_of(why) == reason]
    else:
        ids = [id_] if _ID.fullmatch(id_) else []
    changed = 0
    for start in range(0, len(ids), _TOGETHER):
        changed += sum(await asyncio.gather(*(do(desk.store, one) for one in ids[start : start + _TOGETHER])))
    raise web.HTTPSeeOther(back(form, "/dead", done=done if changed else "nothing", n=changed))
