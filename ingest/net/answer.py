"""One server's answer: its status, its fields as text, its body under the caps."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeGuard

import aiohttp
from aiohttp.http_exceptions import TransferEncodingError

from ingest.errors import FetchError
from ingest.net.decode import Decoder

#: Statuses that send us on (RFC 9110 15.4). 300 offers a choice, which is not ours to make.
REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Answers whose body is what we asked for; 226 is a delta of it (RFC 3229 10.4.1).
_WITH_BODY = frozenset({200, 203, 226})
#: Answers to a question we did not ask: a change of protocol, a range.
_UNASKED = frozenset({101, 206})

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
_VALIDATORS = frozenset({"etag", "last-modified"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one request brought back."""

    status: int
    #: As ``Response.headers``.
    headers: dict[str, str]
    body: bytes = b""
    #: The Location field as it came, surrogates standing for bytes that are no UTF-8; "" when there was none.
    location: str = ""


async def read_answer(response: aiohttp.ClientResponse, *, url: str, max_bytes: int, is_cut: bool = False) -> Answer:
    """
    The answer, with its body where the status promises the document; with ``is_cut`` no more of it than ``max_bytes``.

    Other bodies are not read: aiohttp closes a connection whose body was left on it.

    Raises:
        FetchError: the body breaks a limit or its coding, or the status answers another question.
    """
    status, headers = response.status, _read_fields(response)
    if status in _UNASKED:
        raise FetchError("bad-response", url, f"status {status} to a plain GET", status=status)
    if status in REDIRECTS:
        return Answer(status=status, headers=headers, location=response.headers.get("Location", ""))
    if status not in _WITH_BODY:
        return Answer(status=status, headers=headers)
    decoder = Decoder(headers.get("content-encoding", ""), url=url, max_bytes=max_bytes, is_cut=is_cut)
    length = response.content_length
    if not (decoder.is_coded or is_cut) and length is not None and length > max_bytes:
        raise FetchError("too-large", url, f"announced {length} bytes of {max_bytes}", is_retryable=False)
    with _woken_by_close(response):
        async for chunk in response.content.iter_any():
            decoder.feed(chunk)
            if decoder.is_full:
                break
    return Answer(status=status, headers=headers, body=decoder.finish())


def is_challenge(headers: Mapping[str, str]) -> bool:
    """
    Whether a defence against programs answered in the site's place, and says so in a header.

    Cloudflare sends ``cf-mitigated: challenge`` with every challenge page, whatever its status; AWS WAF names its
    action. Those that say so only in their page are known by its words (pages.walls).
    """
    mitigated = headers.get("cf-mitigated", "").strip().lower() == "challenge"
    return mitigated or headers.get("x-amzn-waf-action", "").strip().lower() in {"challenge", "captcha"}


def is_sendable(value: str | None) -> TypeGuard[str]:
    """Whether a field value can go out byte for byte as it stands: text, not empty, without control characters."""
    if not value or _CONTROL.search(value):
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def _woken_by_close(response: aiohttp.ClientResponse) -> Iterator[None]:
    """
    Ends the reading of a body whose connection is gone.

    On a framing error in a later chunk aiohttp 3.14 closes the connection and leaves the reader waiting: without this
    such a body would hold its place until the deadline.
    """
    content = response.content

    def wake(_: object) -> None:
        if not content.is_eof() and content.exception() is None:
            content.set_exception(TransferEncodingError("broken framing"))

    protocol = response.connection.protocol if response.connection is not None else None
    closed = protocol.closed if protocol is not None else None
    if closed is None:
        wake(None)
        yield
        return
    closed.add_done_callback(wake)
    try:
        yield
    finally:
        closed.remove_done_callback(wake)
        # The future stays with a connection that is kept alive. Its error is nobody's; asyncio would log it unread.
        closed.remove_done_callback(_forget)
        closed.add_done_callback(_forget)


def _forget(closed: asyncio.Future[None]) -> None:
    """Read a future's error, so that asyncio does not log it."""
    if not closed.cancelled():
        closed.exception()


def _read_fields(response: aiohttp.ClientResponse) -> dict[str, str]:
    """
    Names in lower case to clean text.

    Values are UTF-8 where they can be, else ISO-8859-1 (RFC 9110 5.5); control characters become spaces. aiohttp writes
    fields as UTF-8 only and leaves surrogates out, so a validator that this would change cannot be sent back byte for
    byte: it is dropped, and the next request is unconditional.
    """
    fields: dict[str, str] = {}
    for raw_name, raw_value in response.raw_headers:
        name = raw_name.decode("latin-1").lower()
        try:
            value = raw_value.decode("utf-8")
        except UnicodeDecodeError:
            value = raw_value.decode("latin-1")
        value = _CONTROL.sub(" ", value)
        if name in _VALIDATORS and value.encode("utf-8") != raw_value:
            continue
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields
