"""The newsroom over HTTP: feeds, pages, an index, and a log of who asked for what."""

from __future__ import annotations

import errno
import socket
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from aiohttp import web
from aiohttp.typedefs import Handler

from ingest.errors import SettingsError
from workers.demo.answers import Document, answer
from workers.demo.feeds import render_feed
from workers.demo.newsroom import Newsroom, find_story, latest
from workers.demo.pages import article_html, index_html
from workers.demo.stories import Outlet, feed_url, published_at

#: A feed may be kept this long; short, or the demo would show nothing new.
_FEED_MAX_AGE = timedelta(seconds=5)
_PAGE_MAX_AGE = timedelta(minutes=5)

#: Requests remembered; a demo may run for weeks.
_LOG_LENGTH = 100_000

#: Outlets that get an address in one block 127.0.x.0, from .10 on.
_HOSTS_PER_BLOCK = 240

#: Attempts to find a port that is free on every address, where any port will do.
_PORT_ATTEMPTS = 20

_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One request as it came in, and how it was answered; a header that was not sent is None."""

    time: datetime
    method: str
    host: str
    path: str
    status: int
    user_agent: str | None
    if_none_match: str | None
    if_modified_since: str | None
    referer: str | None
    cookie: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the server serves, from which addresses, and since when."""

    newsroom: Newsroom
    #: Base URL of each outlet, by its id.
    bases: Mapping[str, str]
    opened_at: datetime
    now: Callable[[], datetime]
    #: By outlet, the stories of the feed last rendered and the document: most polls find nothing new.
    rendered: dict[str, tuple[tuple[str, ...], Document]]


#: Every request so far, oldest first; the oldest are forgotten after 100,000.
REQUESTS: web.AppKey[deque[LoggedRequest]] = web.AppKey("requests")
_DESK: web.AppKey[Desk] = web.AppKey("desk")


# ------------------------------------------------------------------------------------------------ addresses


@cache
def has_own_addresses() -> bool:
    """Whether 127.0.0.10 and its like can be bound here: yes on Linux, not on a Mac as it comes."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(("127.0.0.10", 0))
        except OSError:
            return False
    return True


def outlet_base(outlet: Outlet, port: int) -> str:
    """The outlet's base URL: an address of its own where the system allows it, so that no host slot is shared."""
    return f"http://{_host(outlet)}:{port}"


def feed_urls(newsroom: Newsroom, port: int) -> tuple[str, ...]:
    """The addresses of all feeds, in the order of the outlets."""
    return tuple(feed_url(outlet, outlet_base(outlet, port)) for outlet in newsroom.outlets)


def _host(outlet: Outlet) -> str:
    if not has_own_addresses():
        return "127.0.0.1"
    block, place = divmod(outlet.position, _HOSTS_PER_BLOCK)
    return f"127.0.{block}.{10 + place}"


# ------------------------------------------------------------------------------------------------ serving


async def serve(newsroom: Newsroom, *, port: int, opened_at: datetime, now: Callable[[], datetime]) -> web.AppRunner:
    """
    Serve on 127.0.0.1 and on every outlet's address; port 0 takes a free one (``served_port`` tells which).

    Raises:
        SettingsError: the port is taken or may not be used.
    """
    hosts = tuple(dict.fromkeys(("127.0.0.1", *map(_host, newsroom.outlets))))
    sockets = _listen(hosts, port)
    port = sockets[0].getsockname()[1]
    bases = {outlet.id: outlet_base(outlet, port) for outlet in newsroom.outlets}
    app = create_app(newsroom, base_url=bases, opened_at=opened_at, now=now)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    for listening in sockets:
        await web.SockSite(runner, listening).start()
    return runner


def served_port(runner: web.AppRunner) -> int:
    """The port that ``serve`` listens on."""
    return int(runner.addresses[0][1])


def _listen(hosts: tuple[str, ...], port: int) -> list[socket.socket]:
    """A listening socket for each host, all on one port."""
    for _ in range(1 if port else _PORT_ATTEMPTS):
        try:
            return _listen_once(hosts, port)
        except OverflowError as error:
            raise SettingsError(f"the demo newsroom cannot listen on port {port}: there is no such port") from error
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise SettingsError(f"the demo newsroom cannot listen on port {port}: {error.strerror}") from error
    raise SettingsError(f"the demo newsroom cannot listen on port {port}: it is in use by another program")


def _listen_once(hosts: tuple[str, ...], port: int) -> list[socket.socket]:
    with ExitStack() as opened:
        sockets: list[socket.socket] = []
        for host in hosts:
            sockets.append(opened.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM)))
            # Or a restart would have to wait until the old connections' TIME_WAIT is over.
            sockets[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sockets[-1].bind((host, port))
            sockets[-1].listen()
            port = sockets[-1].getsockname()[1]
        opened.pop_all()
    return sockets


# ------------------------------------------------------------------------------------------------ answering


def create_app(
    newsroom: Newsroom, *, base_url: str | Mapping[str, str], opened_at: datetime, now: Callable[[], datetime]
) -> web.Application:
    """The application; ``base_url`` is one for all outlets, or one for each outlet's id."""
    bases = {outlet.id: base_url for outlet in newsroom.outlets} if isinstance(base_url, str) else base_url
    app = web.Application(middlewares=[_log])
    app[REQUESTS] = deque(maxlen=_LOG_LENGTH)
    app[_DESK] = Desk(newsroom=newsroom, bases=bases, opened_at=opened_at, now=now, rendered={})
    app.router.add_get("/", _index)
    app.router.add_get("/robots.txt", _robots)
    app.router.add_get("/{outlet}/{name}", _outlet_document)
    return app


@web.middleware
async def _log(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Note the request down together with its answer's status."""
    status = 500
    try:
        response = await handler(request)
        status = response.status
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        headers = request.headers
        request.app[REQUESTS].append(
            LoggedRequest(
                time=request.app[_DESK].now(),
                method=request.method,
                host=request.host,
                path=request.path,
                status=status,
                user_agent=headers.get("User-Agent"),
                if_none_match=headers.get("If-None-Match"),
                if_modified_since=headers.get("If-Modified-Since"),
                referer=headers.get("Referer"),
                cookie=headers.get("Cookie"),
            )
        )
    return response


async def _index(request: web.Request) -> web.Response:
    desk = request.app[_DESK]
    rows = [(outlet, desk.bases[outlet.id]) for outlet in desk.newsroom.outlets]
    return web.Response(text=index_html(rows), content_type="text/html")


async def _robots(_: web.Request) -> web.Response:
    return web.Response(text="User-agent: *\nAllow: /\n")


async def _outlet_document(request: web.Request) -> web.Response:
    desk = request.app[_DESK]
    name = request.match_info["name"]
    outlet = next((one for one in desk.newsroom.outlets if one.id == request.match_info["outlet"]), None)
    if outlet is None:
        raise web.HTTPNotFound
    document = _feed(desk, outlet) if name == outlet.feed_name else _page(desk, outlet, name)
    if document is None:
        raise web.HTTPNotFound
    return answer(document, request.headers)


def _feed(desk: Desk, outlet: Outlet) -> Document:
    """The outlet's feed as it stands now."""
    stories = latest(desk.newsroom, outlet, desk.now() - desk.opened_at)
    shown = tuple(story.slug for story in stories)
    held = desk.rendered.get(outlet.id)
    if held is not None and held[0] == shown:
        return held[1]
    content_type, text = render_feed(outlet, stories, base_url=desk.bases[outlet.id], opened_at=desk.opened_at)
    newest = published_at(stories[0], desk.opened_at) if stories else desk.opened_at.replace(microsecond=0)
    document = Document(body=text.encode(), content_type=content_type, modified_at=newest, max_age=_FEED_MAX_AGE)
    desk.rendered[outlet.id] = (shown, document)
    return document


def _page(desk: Desk, outlet: Outlet, name: str) -> Document | None:
    """The page of that name, once its story has appeared; it stays when its feed has moved on."""
    elapsed = desk.now() - desk.opened_at
    slug = name.removesuffix(".html")
    story = find_story(desk.newsroom, outlet, slug, elapsed) if slug != name else None
    if story is None:
        return None
    html = article_html(
        story,
        outlet,
        base_url=desk.bases[outlet.id],
        opened_at=desk.opened_at,
        # As of the story's own day, so that the page never changes and its validators hold.
        others=latest(desk.newsroom, outlet, story.appears_after),
    )
    return Document(
        body=html.encode(),
        content_type=_HTML,
        modified_at=published_at(story, desk.opened_at),
        max_age=_PAGE_MAX_AGE,
    )
