"""Which status page is where, who may see it, and what is shown when there is none to show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import quote

import structlog
from aiohttp import web

from ingest.settings import Settings
from ingest.store.connect import AWAY, Store, why_not_taken
from ingest.store.lists import STORED
from workers.web import articles, dead, feeds, find, forms, overview, queue, sources
from workers.web.desk import DESK, FIELDS, STATIC, make_desk, static
from workers.web.problems import Refused, problem

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: A page is there within this time, or says that the store is not. redis-py alone would try for half a minute.
PAGE_SECONDS = 8.0
#: A change may take longer: a thousand dead letters.
CHANGE_SECONDS = 25.0
#: A browser may keep what has its content's digest in its address.
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}
#: What stands in the place of private pages that nobody can log in to.
_NOBODY = (
    "This page is shown only to those who have COPYDESK_WEB_TOKEN, and none is set. "
    "With COPYDESK_WEB_PRIVATE=no everybody who reaches it can read it."
)
#: Asked by machines, which get no pages: each says what it has to say itself.
_MACHINES = ("/healthz", "/readyz", "/metrics", "/websub/")
#: What even a private desk shows: what it takes to log in.
_OPEN = ("/login", "/static/")
_AWAY = "The store does not answer, so there is nothing to show. The page is worth another try in a moment."
_UNREADABLE = "What is stored here cannot be read. The log of the web process says more."
_DEFECT = "This page failed in a way we did not foresee. The log of the web process says more: please report it."


def add_pages(app: web.Application, store: Store, settings: Settings) -> None:
    """Mount the status pages."""
    app[DESK] = make_desk(store, settings)
    app.middlewares.append(_guarded)
    app.cleanup_ctx.append(_closing)
    app.add_routes(
        [
            web.get("/", overview.overview),
            web.get("/articles", articles.articles),
            web.get("/articles/{id}", articles.article),
            web.get("/feeds", feeds.feeds),
            web.get("/feeds/{id}", feeds.feed),
            web.post("/feeds/{id}/{what:pause|resume|poll}", feeds.change),
            web.get("/sources", sources.sources),
            web.get("/sources/{domain}", sources.source),
            web.post("/sources/{domain}/{what:keep|drop}", sources.decide),
            web.get("/clusters", queue.clusters),
            web.get("/queue", queue.queue),
            web.get("/dead", dead.dead),
            web.post("/dead/{what:retry|drop}", dead.change),
            web.get("/search", find.search),
            web.get("/login", forms.show_login),
            web.post("/login", forms.log_in),
            web.post("/logout", forms.log_out),
            web.get("/static/{name}", _static),
        ]
    )


async def _closing(app: web.Application) -> AsyncIterator[None]:
    yield
    await app[DESK].catalogue.close()


async def _static(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in STATIC:
        raise web.HTTPNotFound
    return web.Response(body=static(name), content_type=STATIC[name], charset="utf-8", headers=FIELDS | _KEPT)


@web.middleware
async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The answer to whoever may have it; a page that says what is wrong where there is none."""
    access = request.app[DESK].access
    if request.path.startswith(_MACHINES):
        if request.path == "/metrics" and access.hides_metrics and not access.has_bearer(request):
            return web.Response(status=401, text="the token is missing\n", headers={"WWW-Authenticate": "Bearer"})
        return await handler(request)
    if access.is_private and not request.path.startswith(_OPEN) and not access.session(request):
        if not access.is_open:
            return problem(request, 403, _NOBODY)
        target = request.path_qs if request.method == "GET" else "/"
        return web.Response(status=303, headers=FIELDS | {"Location": f"/login?next={quote(target, safe='/')}"})
    try:
        return await _answer(request, handler)
    except web.HTTPException as told:
        told.headers.update(FIELDS)
        if isinstance(told, Refused):
            return problem(request, told.status, told.text or "")
        if told.status < 400:  # noqa: PLR2004 - a redirect of ours
            raise
        answer = problem(request, told.status, _SENTENCES.get(told.status, "This request is none we answer."))
        if "Allow" in told.headers:  # RFC 9110 15.5.6: a 405 says how else to ask
            answer.headers["Allow"] = told.headers["Allow"]
        return answer


_SENTENCES = {
    404: "There is no such page here.",
    405: "This address is not asked in this way.",
    413: "This form is too large.",
}


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        async with asyncio.timeout(PAGE_SECONDS if request.method in {"GET", "HEAD"} else CHANGE_SECONDS):
            return await handler(request)
    except (TimeoutError, *AWAY):
        return problem(request, 503, _AWAY)
    except web.HTTPException:
        raise
    except Exception as error:
        refused = why_not_taken(error)
        if refused:
            return problem(request, 503, f"{refused[0].upper()}{refused[1:]}.")
        if isinstance(error, STORED):
            log.warning("web.unreadable", part=request.path[:200], error=str(error)[:200])
            return problem(request, 500, _UNREADABLE)
        log.exception("web.failed", path=request.path[:200])
        return problem(request, 500, _DEFECT)
