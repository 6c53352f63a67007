"""What every status page works with, and how it is rendered."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from importlib.resources import files
from typing import Any, TypeVar
from urllib.parse import urlencode

import jinja2
import structlog
from aiohttp import web

from ingest.settings import Settings
from ingest.store.connect import Store
from ingest.store.lists import DAMAGED
from ingest.store.rows import row_time
from workers import VERSION
from workers.web import words
from workers.web.access import Access
from workers.web.catalogue import Catalogue
from workers.web.tail import Tail

log = structlog.get_logger()

Answer = TypeVar("Answer")

#: What a notice after a change says; only its name travels in the address.
NOTICES = {
    "paused": "The feed is paused.",
    "resumed": "The feed is polled again, now.",
    "polled": "The feed is due now; a worker polls it in a moment.",
    "kept": "The line is kept from now on.",
    "taken": "The line is taken out from now on.",
    "retried": "To be tried again: {n}.",
    "dropped": "Dropped for good: {n}.",
    "nothing": "There was nothing left to change.",
    "in": "You are logged in: buttons that change something are shown.",
    "out": "You are logged out.",
}
#: Of our own making, and the same for everybody.
STATIC = {"desk.css": "text/css", "desk.js": "text/javascript", "desk.svg": "image/svg+xml"}
#: What templates may do with a value that anybody may have written.
FILTERS = (
    words.said,
    words.plain,
    words.number,
    words.span,
    words.stamp,
    words.iso,
    words.clock,
    words.hour,
    words.names,
    words.href,
    words.shown,
    words.language,
    words.share,
    words.part,
    words.objects,
    words.texts,
    row_time,
)
#: What a page of ours may do in a browser: load our own style, script and pictures, and send forms to us.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
FIELDS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": browsers would then send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """The engines of the status pages of one process."""

    store: Store
    settings: Settings
    access: Access
    catalogue: Catalogue
    tail: Tail
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))


DESK: web.AppKey[Desk] = web.AppKey("desk", Desk)


def make_desk(store: Store, settings: Settings) -> Desk:
    """The engines over an open store."""
    # All templates now: 0.4 s together, in which the first visitor, and whoever probes meanwhile, would wait.
    for name in _environment().list_templates():
        _environment().get_template(name)
    return Desk(store=store, settings=settings, access=Access(settings), catalogue=Catalogue(store), tail=Tail(store))


@cache
def static(name: str) -> bytes:
    """A file of ours."""
    return files("workers.web").joinpath("static", name).read_bytes()


@cache
def _versioned(name: str) -> str:
    """Its address; another content has another one, so that a browser may keep it."""
    return f"/static/{name}?v={hashlib.sha256(static(name)).hexdigest()[:12]}"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("workers.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {function.__name__: function for function in FILTERS}
    environment.globals["static"] = _versioned
    environment.globals["version"] = VERSION
    environment.globals["meanings"] = words.OUTCOMES
    return environment


def page(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """A page from its template; the request says where we are, and who asks."""
    desk = request.app[DESK]
    now = desk.now()
    session = desk.access.session(request)
    body = (
        _environment()
        .get_template(template)
        .render(
            here=request.path,
            # Where a form or a login leads back to; what was posted to is no page.
            address=request.path_qs if request.method in {"GET", "HEAD"} else "/",
            query=request.query,
            now=now,
            since=partial(words.since, now=now),
            has_token=desk.access.is_open,
            form_token=desk.access.form_token(session) if session else "",
            is_private=desk.access.is_private,
            notice=_notice(request),
            with_query=partial(_with_query, request),
            **values,
        )
    )
    return web.Response(text=body, status=status, content_type="text/html", charset="utf-8", headers=FIELDS)


def _with_query(request: web.Request, **changes: object) -> str:
    """The address we are at with other parameters; an empty one leaves."""
    merged = {name: value for name, value in request.query.items() if name not in {"done", "n"}}
    merged |= {name: str(value) for name, value in changes.items()}
    return f"{request.path}?{urlencode({name: value for name, value in merged.items() if value})}"


def _notice(request: web.Request) -> str:
    said, amount = NOTICES.get(request.query.get("done", ""), ""), request.query.get("n", "")
    return said.format(n=amount if amount.isdecimal() and len(amount) < 10 else "some")  # noqa: PLR2004 - no amount of ours is longer


async def section(name: str, reading: Awaitable[Answer]) -> Answer | None:
    """A part of a page; None where what is stored cannot be read, which must not take the rest of the page with it."""
    try:
        return await reading
    except DAMAGED as error:
        log.warning("web.unreadable", part=name, error=str(error)[:200])
        return None


def numbered(request: web.Request, name: str, most: int) -> int:
    """A positive number from the query, 1 where there is none."""
    said = request.query.get(name, "")
    return min(max(int(said), 1), most) if said.isdecimal() and said.isascii() and len(said) < 10 else 1  # noqa: PLR2004 - as above


def asked(request: web.Request, name: str, max_characters: int = 200) -> str:
    """What the query says under a name, as one line."""
    return words.said(request.query.get(name, ""), max_characters).strip()
