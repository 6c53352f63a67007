"""``/search``: where an id, an address or a word leads."""

from __future__ import annotations

import re

from aiohttp import web

from ingest.errors import UrlError
from ingest.store.articles import owner_of
from ingest.store.boilerplate import read_source
from ingest.store.dead import list_dead
from ingest.store.feeds import feed_id, find_feed
from ingest.store.lists import read_feeds
from ingest.store.trace import trace
from ingest.urls import fetch_url, url_key
from workers.web.catalogue import Wanted, choose
from workers.web.desk import DESK, Desk, asked, page, section
from workers.web.tail import Sought
from workers.web.words import said, shown

#: Results of a kind, and dead letters that are looked through.
MOST = 10
MAX_DEAD = 500
MAX_ASKED = 2000
_FEED = re.compile(r"[0-9a-f]{16}")
_ENTRY = re.compile(r"[0-9a-f]{32}")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")

#: Where something leads, and what it is called there.
Hit = tuple[str, str]


async def search(request: web.Request) -> web.Response:
    """What there is, by kind; straight there where it can only be one thing."""
    desk = request.app[DESK]
    sought = asked(request, "q", MAX_ASKED)
    exact = await _exact(desk, sought) if sought else []
    found: list[tuple[str, list[Hit]]] = [("Exactly this", exact)] if exact else []
    if sought and len(sought) <= 200:  # noqa: PLR2004 - longer is no word to look for
        found += [
            ("Feeds", await _feeds(desk, sought)),
            ("Articles", await _articles(desk, sought)),
            ("Dead letters", await section("dead letters", _dead(desk, sought)) or []),
        ]
    found = [(name, hits) for name, hits in found if hits]
    if len(exact) == 1 and (_FEED.fullmatch(sought) or _ENTRY.fullmatch(sought)):
        raise web.HTTPSeeOther(exact[0][0])
    return page(request, "search.html", sought=sought, found=found)


async def _exact(desk: Desk, sought: str) -> list[Hit]:
    hits: list[Hit] = []
    if _ENTRY.fullmatch(sought):
        story = await section("story", trace(desk.store, sought))
        return [] if story is None else [(f"/articles/{sought}", said(story.article_title) or sought)]
    id_ = sought if _FEED.fullmatch(sought) else _feed_at(sought)
    known = await find_feed(desk.store, id_) if id_ else None
    if known:
        listed = (await read_feeds(desk.store, [known]))[0]
        hits.append((f"/feeds/{known}", said(listed.feed.title if listed else "") or known))
    if "://" in sought:
        owner = await section("address", owner_of(desk.store, url_key(sought)))
        hits += [(f"/articles/{owner}", "The article that was published from this address")] if owner else []
    elif _DOMAIN.fullmatch(sought.lower()):
        source = await section("source", read_source(desk.store, sought.lower()))
        hits += [(f"/sources/{source.domain}", f"What was learned of {source.domain}")] if source is not None else []
    return hits


def _feed_at(sought: str) -> str:
    try:
        return feed_id(fetch_url(sought)) if "://" in sought else ""
    except UrlError:
        return ""


async def _feeds(desk: Desk, sought: str) -> list[Hit]:
    cards = choose(await desk.catalogue.cards(), Wanted(words=sought, sort="title"))
    return [(f"/feeds/{card.id}", said(card.title) or shown(card.url) or card.id) for card in cards[:MOST]]


async def _articles(desk: Desk, sought: str) -> list[Hit]:
    found = await desk.tail.find(Sought(words=sought), before="", count=MOST)
    return [(f"/articles/{line.id}", line.title or line.id) for line in found.lines]


async def _dead(desk: Desk, sought: str) -> list[Hit]:
    words = sought.casefold().split()
    hits = []
    for letter in await list_dead(desk.store, MAX_DEAD):
        entry = letter.ref.entry if letter.ref else None
        # The address as it is shown: nobody is to find out a secret in it by trying its letters.
        named = f"{entry.title} {shown(entry.url or '', MAX_ASKED)}" if entry else ""
        text = f"{letter.id} {letter.reason} {named}".casefold()
        if all(word in text for word in words):
            hits.append((f"/articles/{letter.id}", said(entry.title if entry else "") or letter.id))
    return hits[:MOST]
