"""Logging in and out, and what makes a form be acted upon: the token's session, a form of ours, sent from here."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog
from aiohttp import web

from workers.web.access import COOKIE, LOGIN_SECONDS, SESSION_SECONDS, is_from_here, is_secure, local
from workers.web.desk import DESK, page
from workers.web.problems import Refused

log = structlog.get_logger()

CLOSED = "Nothing can be changed here: COPYDESK_WEB_TOKEN is not set."
FOREIGN = "This form was not sent by a page of this site."
OLD = "This form is too old, or was not made for you: go back, load the page anew, and try again."


async def checked_form(request: web.Request) -> dict[str, str]:
    """
    The fields of a form that may be acted upon.

    Raises:
        Refused: it may not be; the sentence says why.
    """
    access = request.app[DESK].access
    if not access.is_open:
        raise Refused(CLOSED)
    if not is_from_here(request):
        raise Refused(FOREIGN)
    session = access.session(request)
    if not session:
        raise Refused("Log in first: this changes something.")
    form = await _fields(request)
    if not access.is_form_token(session, form.get("form", "")):
        raise Refused(OLD)
    return form


async def _fields(request: web.Request) -> dict[str, str]:
    try:
        found: Any = await request.post()
    except ValueError as error:
        raise Refused("This is no form.", 400) from error
    return {name: value for name, value in found.items() if isinstance(value, str)}


def back(form: dict[str, str], fallback: str, **notice: object) -> str:
    """Where a form leads once it is done: the page it stood on, with a word about what was done."""
    path = local(form.get("back", ""), fallback)
    kept = [pair for pair in urlsplit(path).query.split("&") if pair and pair.partition("=")[0] not in {"done", "n"}]
    return f"{urlsplit(path).path}?{'&'.join([*kept, urlencode(notice)])}"


async def show_login(request: web.Request) -> web.Response:
    """The page that asks for the token."""
    return _login(request, said="")


def _login(request: web.Request, *, said: str, status: int = 200, following: str = "") -> web.Response:
    access = request.app[DESK].access
    if not access.is_open:
        raise Refused(CLOSED)
    following = following or local(request.query.get("next", ""), "/")
    form = access.seal("login", LOGIN_SECONDS)
    return page(request, "login.html", status=status, following=following, login_form=form, said_=said)


async def log_in(request: web.Request) -> web.Response:
    """A session for whoever knows the token; a wrong one is answered slowly."""
    access = request.app[DESK].access
    if not access.is_open:
        raise Refused(CLOSED)
    if not is_from_here(request):
        raise Refused(FOREIGN)
    form = await _fields(request)
    if not access.is_sealed("login", form.get("form", "")):
        raise Refused(OLD)
    following = local(form.get("next", ""), "/")
    is_right = await access.admits(form.get("token", ""))
    if is_right is None:
        raise Refused("Too many are trying at once: try again in a minute.", 429)
    if not is_right:
        log.warning("web.wrong-token", remote=request.remote)
        return _login(request, said="That is not the token.", status=403, following=following)
    log.info("web.logged-in", remote=request.remote)
    answer = web.HTTPSeeOther(following)
    session = access.seal("session", SESSION_SECONDS)
    answer.set_cookie(
        COOKIE, session, max_age=SESSION_SECONDS, httponly=True, samesite="Strict", secure=is_secure(request), path="/"
    )
    raise answer


async def log_out(request: web.Request) -> web.Response:
    """The session's end in this browser."""
    await checked_form(request)
    answer = web.HTTPSeeOther("/?done=out")
    answer.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict", secure=is_secure(request))
    raise answer
