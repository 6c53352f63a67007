"""The GET: one session a process, its own redirect loop, a cap on everything that comes back."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from types import TracebackType
from typing import Self

import aiohttp

from ingest.errors import FetchError, UrlError
from ingest.models import Redirect, Response, Validators
from ingest.net.answer import REDIRECTS, Answer, is_sendable, read_answer
from ingest.net.connector import Connector
from ingest.net.decode import ACCEPT_ENCODING
from ingest.net.failures import TRANSPORT_ERRORS, name_failure, name_lookup_failure
from ingest.net.guard import Guard
from ingest.net.lookups import Lookup
from ingest.net.repeat import HungUpError, Trip, current_trip, once
from ingest.net.resolve import Resolver, neighbourhood, system_lookup
from ingest.net.target import Target, parse_target, redirect_target
from ingest.settings import Network, Settings

#: What we read as a feed, best first; the rest last, because many servers know no type for a feed (RFC 9110 12.5.1).
FEED_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
PAGE_ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
ROBOTS_ACCEPT = "text/plain, */*;q=0.1"

#: What is read of the answer to a form: a hub's sentence on why it refuses (WebSub 5.1).
MAX_REPLY_BYTES = 10_000
#: Redirects followed by one GET.
MAX_REDIRECTS = 10
#: How long an idle connection is kept for the next request to its host.
KEEP_ALIVE = timedelta(seconds=15)
#: Connections to one host; two browsers' worth, the least that lets a feed and an article pass each other.
CONNECTIONS_PER_HOST = 2
#: A server that sends nothing for so long is gone. The guard against slow drips is the deadline over all hops: with 30
#: seconds in all, a floor of bytes a second on top would save ten at most and could cut a slow but honest server.
MAX_SILENCE = timedelta(seconds=20)
#: aiohttp allows 8190 bytes a line and 128 fields; content security policies of news sites come near that.
MAX_HEADER_LINE_BYTES = 16384
MAX_HEADERS = 256

#: Awaited before each request with its URL; where the caller keeps host slots. Its time is not the server's.
BeforeHop = Callable[[str], Awaitable[None]]


def user_agent(version: str, contact: str) -> str:
    """Our name as sent to every server; with a contact, so that a site's owner finds us (RFC 9110 10.1.5)."""
    return f"copydesk/{version} (+{contact})" if contact else f"copydesk/{version}"


def feed_agent(agent: str, feed_id: str) -> str:
    """
    The same name with what aggregators tell a feed's owner: which subscription this is, and for how many readers.

    One desk is one reader; the id is what ``copydesk feeds list`` shows, so that an owner's complaint can be traced.
    """
    told = f"feed-id={feed_id}; 1 subscriber)"
    return f"{agent[:-1]}; {told}" if agent.endswith(")") else f"{agent} ({told}"


def create_client(settings: Settings, version: str) -> Client:
    """The client an operator's settings describe."""
    return Client(
        user_agent=user_agent(version, settings.contact),
        allowed_networks=settings.allowed_networks,
        allowed_ports=settings.allowed_ports,
        deadline=settings.fetch_deadline,
    )


class Client:
    """
    Asks servers for documents; an async context manager, one a process.

    It keeps no cookies, sends no Referer and no credentials, takes no proxy from the environment, verifies TLS always,
    and connects to nothing that its guard refuses. ``lookup`` finds the addresses of a name, on a thread.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        allowed_networks: tuple[Network, ...] = (),
        allowed_ports: tuple[int, ...] = (80, 443, 8080, 8443),
        deadline: timedelta = timedelta(seconds=30),
        lookup: Lookup = system_lookup,
        connections_per_host: int = CONNECTIONS_PER_HOST,
    ) -> None:
        self._user_agent = user_agent
        self._guard = Guard(networks=allowed_networks, ports=allowed_ports)
        self._deadline = deadline
        self._lookup = lookup
        self._connections_per_host = connections_per_host
        self._session: aiohttp.ClientSession | None = None
        self._resolver: Resolver | None = None

    async def __aenter__(self) -> Self:
        self._open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection. A later ``get`` opens the client again."""
        session, self._session = self._session, None
        resolver, self._resolver = self._resolver, None
        if session is not None:
            await session.close()
        if resolver is not None:
            await resolver.close()

    async def get(
        self,
        url: str,
        *,
        accept: str,
        max_bytes: int,
        validators: Validators | None = None,
        before_hop: BeforeHop | None = None,
        feed_id: str = "",
        user_agent: str = "",
        is_cut: bool = False,
        deadline: timedelta | None = None,
        unchecked: str = "",
    ) -> Response:
        """
        What a URL answers, after redirects: any final status; only 200, 203 and 226 have a body.

        ``redirects`` holds, for each hop, its status and the URL it sent us to. What ``before_hop`` raises passes
        through. A header whose bytes we could not send back as they came is left out if it is a validator. ``feed_id``
        is told to the server; a ``user_agent`` stands in the place of the client's own, and so does a ``deadline``;
        with ``is_cut`` a body longer than ``max_bytes`` is cut, not refused. Servers of the domain ``unchecked``, and
        of no other on the way, may show any certificate.

        Raises:
            FetchError: there was no answer, or none within the limits.
        """
        headers = self._request_headers(accept, validators, feed_id, user_agent)
        loop = asyncio.get_running_loop()
        left = (deadline or self._deadline).total_seconds()
        target = _parse(url)
        redirects: list[Redirect] = []
        seen = [target]
        while True:
            if before_hop is not None:
                await before_hop(target.url)
            started = loop.time()
            answer = await self._ask(
                target,
                headers,
                url=url,
                max_bytes=max_bytes,
                is_cut=is_cut,
                seconds=left,
                is_checked=not _is_within(target.host, unchecked),
            )
            left -= loop.time() - started
            if answer.status not in REDIRECTS:
                return _response(url, target, answer, redirects)
            target = _follow(target, answer, seen, url=url)
            seen.append(target)
            redirects.append(Redirect(status=answer.status, url=target.url))

    async def post(self, url: str, fields: Mapping[str, str], *, before_hop: BeforeHop | None = None) -> Response:
        """
        What the sending of a form is answered; of a body only the beginning.

        It is sent once: neither repeated nor redirected, as a form may do something each time (RFC 9110 9.2.2, 15.4).

        Raises:
            FetchError: as ``get``.
        """
        target = _parse(url)
        if before_hop is not None:
            await before_hop(target.url)
        headers = self._request_headers("*/*;q=0.1", None, "", "")
        seconds = self._deadline.total_seconds()
        answer = await self._ask(
            target, headers, url=url, max_bytes=MAX_REPLY_BYTES, is_cut=True, seconds=seconds, form=fields
        )
        return _response(url, target, answer, [])

    async def post_body(self, url: str, body: bytes, fields: Mapping[str, str]) -> Response:
        """
        What the sending of a body is answered; of the answer's own body only the beginning.

        ``fields`` name its type and whatever else goes along. It is sent once, as a form is.

        Raises:
            FetchError: as ``get``.
        """
        target = _parse(url)
        headers = self._request_headers("*/*;q=0.1", None, "", "") | {"Accept-Encoding": "identity"} | dict(fields)
        seconds = self._deadline.total_seconds()
        answer = await self._ask(
            target, headers, url=url, max_bytes=MAX_REPLY_BYTES, is_cut=True, seconds=seconds, form=body
        )
        return _response(url, target, answer, [])

    async def address_of(self, url: str) -> str:
        """
        What is shared by all sites on the machine that a GET of this URL would ask: its address (see neighbourhood).

        The GET that follows connects to the same address first, without another look-up.

        Raises:
            FetchError: "bad-url", "dns" or "timeout".
        """
        target = _parse(url)
        host = target.host.strip("[]")
        if host != target.host or host.rpartition(".")[2].isdigit():
            return neighbourhood(host)
        self._open()
        if self._resolver is None:
            raise RuntimeError("an open client has a resolver")
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                found = await self._resolver.addresses(host, target.port)
            return neighbourhood(found[0])
        except (OSError, ValueError) as error:
            raise name_lookup_failure(error, url=url, host=target.host) from error

    async def _ask(
        self,
        target: Target,
        headers: dict[str, str],
        *,
        url: str,
        max_bytes: int,
        is_cut: bool,
        seconds: float,
        form: Mapping[str, str] | bytes | None = None,
        is_checked: bool = True,
    ) -> Answer:
        """
        The answer to one request.

        Raises:
            FetchError: as ``get``.
        """
        method = "GET" if form is None else "POST"
        certificates = True if is_checked else _ANY_CERTIFICATE
        is_again = form is not None
        try:
            async with asyncio.timeout(seconds):
                while True:
                    trip = Trip()
                    current_trip.set(trip)
                    try:
                        async with self._open().request(
                            method,
                            target.request_url,
                            headers=headers,
                            data=form,
                            allow_redirects=False,
                            ssl=certificates,
                        ) as response:
                            return await read_answer(response, url=url, max_bytes=max_bytes, is_cut=is_cut)
                    except HungUpError:
                        if is_again or trip.has_socket:
                            raise
                        is_again = True
        except TRANSPORT_ERRORS as error:
            raise name_failure(error, url=url, host=target.host) from error

    def _open(self) -> aiohttp.ClientSession:
        """The session; opened here because it belongs to the running loop."""
        if self._session is None:
            context = ssl.create_default_context()
            context.set_alpn_protocols(["http/1.1"])
            self._resolver = Resolver(self._guard, self._lookup)
            connector = Connector(
                self._guard,
                ssl=context,
                resolver=self._resolver,
                use_dns_cache=False,
                keepalive_timeout=KEEP_ALIVE.total_seconds(),
                limit_per_host=self._connections_per_host,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_read=MAX_SILENCE.total_seconds()),
                max_line_size=MAX_HEADER_LINE_BYTES,
                max_field_size=MAX_HEADER_LINE_BYTES,
                max_headers=MAX_HEADERS,
                middlewares=(once,),
            )
        return self._session

    def _request_headers(
        self, accept: str, validators: Validators | None, feed_id: str, user_agent: str
    ) -> dict[str, str]:
        """
        The same for every hop.

        Validators go along wherever a redirect leads: a feed that moved would never get a 304 otherwise, and they tell
        its new server nothing but what the old one said about the same document.
        """
        agent = feed_agent(user_agent or self._user_agent, feed_id) if feed_id else user_agent or self._user_agent
        headers = {"User-Agent": agent, "Accept": accept, "Accept-Encoding": ACCEPT_ENCODING}
        if validators is not None and is_sendable(validators.etag):
            headers["If-None-Match"] = validators.etag
        if validators is not None and is_sendable(validators.last_modified):
            headers["If-Modified-Since"] = validators.last_modified
        return headers


def _is_within(host: str, domain: str) -> bool:
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def _any_certificate() -> ssl.SSLContext:
    """For the sources of which the operator said so; connections by it are never shared with others."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context


_ANY_CERTIFICATE = _any_certificate()


def _response(url: str, target: Target, answer: Answer, redirects: list[Redirect]) -> Response:
    return Response(
        url=url,
        final_url=target.url,
        status=answer.status,
        headers=answer.headers,
        body=answer.body,
        redirects=tuple(redirects),
    )


def _parse(url: str) -> Target:
    """
    Where to ask first.

    Raises:
        FetchError: "bad-url".
    """
    try:
        return parse_target(url)
    except UrlError as error:
        raise FetchError("bad-url", url, str(error), is_retryable=False) from error


def _follow(target: Target, answer: Answer, seen: list[Target], *, url: str) -> Target:
    """
    Where to ask next.

    From https to http is followed: we send nothing that a listener could use, and sites that do it have no other page.
    The address that answered is the one published, so that a reader sees how it came.

    Raises:
        FetchError: "bad-redirect", "redirect-loop" or "too-many-redirects".
    """
    if not answer.location:
        raise FetchError("bad-redirect", url, f"{answer.status} from {target.host} without a Location")
    try:
        onward = redirect_target(target, answer.location)
    except UrlError as error:
        raise FetchError("bad-redirect", url, f"{answer.status} from {target.host} to a Location {error}") from error
    if onward in seen:
        raise FetchError("redirect-loop", url, f"{target.host} sends us back", is_retryable=False)
    if len(seen) > MAX_REDIRECTS:
        raise FetchError(
            "too-many-redirects", url, f"over {MAX_REDIRECTS}, last from {target.host}", is_retryable=False
        )
    return onward
