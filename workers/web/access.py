"""
Who may change something through the status pages, and who may see them: whoever knows the token.

Nothing is kept here: a session is a sealed date (an HMAC with a key made of the token), so that any web process of the
fleet knows it, and another token ends them all.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from aiohttp import web

from ingest.settings import Settings

COOKIE = "copydesk-session"
SESSION_SECONDS = 7 * 24 * 3600
#: A login form that was open for longer is asked for again.
LOGIN_SECONDS = 3600
#: A wrong token is answered after this pause, longer with each further one of the last minutes, and so many may wait.
FIRST_PAUSE = 0.5
MAX_PAUSE = 8.0
MAX_WAITING = 20
FORGIVEN_AFTER = 300.0

_SEALED = re.compile(r"([0-9]{1,12})\.([0-9a-f]{16})\.([0-9a-f]{64})")
#: A page of ours: no "//host", no "/\host", nothing that ends a header.
_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]*")


class Access:
    """The token, and what follows from knowing it."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        token = settings.web_token.get_secret_value()
        self.is_open = bool(token)
        self.is_private = settings.hides_pages
        self.hides_metrics = bool(settings.web_private)
        self._token = token.encode("utf-8", "replace")
        self._key = hmac.new(self._token, b"copydesk status pages", hashlib.sha256).digest()
        self._clock = clock
        self._misses: list[float] = []
        self._waiting = 0

    def is_token(self, said: str) -> bool:
        """Whether this is the token; takes as long for a good guess as for a bad one."""
        return hmac.compare_digest(said.encode("utf-8", "replace"), self._token) and self.is_open

    def seal(self, purpose: str, seconds: int) -> str:
        """A value that ``is_sealed`` knows for so long."""
        body = f"{int(self._clock()) + seconds}.{secrets.token_hex(8)}"
        return f"{body}.{self._sign(purpose, body)}"

    def is_sealed(self, purpose: str, value: str) -> bool:
        """Whether we made this value for this purpose, and it is not too old."""
        found = _SEALED.fullmatch(value)
        if found is None or not self.is_open:
            return False
        is_ours = hmac.compare_digest(found[3], self._sign(purpose, f"{found[1]}.{found[2]}"))
        return is_ours and int(found[1]) > self._clock()

    def session(self, request: web.Request) -> str:
        """The session of whoever asks, "" without one."""
        value = request.cookies.get(COOKIE, "")
        return value if self.is_sealed("session", value) else ""

    def form_token(self, session: str) -> str:
        """What a form of this session carries."""
        return self._sign("form", session)

    def is_form_token(self, session: str, said: str) -> bool:
        """Whether a form was made for this session."""
        return hmac.compare_digest(said.encode("utf-8", "replace"), self.form_token(session).encode())

    def has_bearer(self, request: web.Request) -> bool:
        """Whether the request carries the token itself (RFC 6750 2.1), as a scraper of metrics does."""
        scheme, _, said = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self.is_token(said.strip())

    async def admits(self, said: str) -> bool | None:
        """Whether this is the token; a wrong one is answered slowly, None is "too many are trying"."""
        if self._waiting >= MAX_WAITING:
            return None
        if self.is_token(said):
            return True
        now = self._clock()
        self._misses = [*(at for at in self._misses[-MAX_WAITING:] if 0 <= now - at < FORGIVEN_AFTER), now]
        self._waiting += 1
        try:
            await asyncio.sleep(min(FIRST_PAUSE * 1.5 ** (len(self._misses) - 1), MAX_PAUSE))
        finally:
            self._waiting -= 1
        return False

    def _sign(self, purpose: str, body: str) -> str:
        return hmac.new(self._key, f"{purpose}|{body}".encode(), hashlib.sha256).hexdigest()


def is_secure(request: web.Request) -> bool:
    """Whether the browser came by https, to us or to the router before us."""
    return request.secure or request.headers.get("X-Forwarded-Proto", "").split(",")[0].strip().lower() == "https"


def is_from_here(request: web.Request) -> bool:
    """
    Whether a form was sent by a page of ours, as far as the browser says.

    Browsers send Origin with every POST, and name the host they asked; programs send neither.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        return bool(urlsplit(origin).netloc) and urlsplit(origin).netloc.lower() == request.host.lower()
    except ValueError:
        return False


def local(path: str, fallback: str) -> str:
    """The path if it is one of this site, else the fallback."""
    return path if _LOCAL.fullmatch(path) and len(path) <= 2000 else fallback  # noqa: PLR2004 - as addresses go
