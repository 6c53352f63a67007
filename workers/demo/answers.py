"""From a document to a response: validators, conditional requests and compression as RFC 9110 has them."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from aiohttp import web
from multidict import CIMultiDictProxy


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What stands at a path."""

    body: bytes
    content_type: str
    #: To the second.
    modified_at: datetime
    #: How long it may be kept without asking.
    max_age: timedelta

    @property
    def etag(self) -> str:
        """A strong validator: the same as long as every byte is the same."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:24]}"'


def answer(document: Document, headers: CIMultiDictProxy[str]) -> web.Response:
    """The response to a GET of the document with these request headers: 200, or 304 without a body."""
    is_gzip = accepts_gzip(headers.get("Accept-Encoding", ""))
    # A strong validator must differ between codings (RFC 9110 8.8.3.3).
    etag = f'{document.etag[:-1]}-gzip"' if is_gzip else document.etag
    validators = {
        "ETag": etag,
        "Last-Modified": format_datetime(document.modified_at.astimezone(UTC), usegmt=True),
        "Cache-Control": f"public, max-age={document.max_age // timedelta(seconds=1)}",
        "Vary": "Accept-Encoding",
    }
    if is_unchanged(headers, etag, document.modified_at):
        return web.Response(status=304, headers=validators)
    described = {**validators, "Content-Type": document.content_type}
    if not is_gzip:
        return web.Response(body=document.body, headers=described)
    return web.Response(body=gzip.compress(document.body, mtime=0), headers={**described, "Content-Encoding": "gzip"})


def is_unchanged(headers: CIMultiDictProxy[str], etag: str, modified_at: datetime) -> bool:
    """
    Whether the asker holds this very version.

    If-None-Match is compared to the letter, so that a client which alters what it was given is found out; where it is
    sent, If-Modified-Since says nothing (RFC 9110 13.1.3), and a date that is none is ignored.
    """
    held = headers.getall("If-None-Match", None)
    if held is not None:
        tags = [tag.strip() for line in held for tag in line.split(",")]
        return etag in tags or tags == ["*"]
    since = _http_date(headers.get("If-Modified-Since", ""))
    return since is not None and modified_at <= since


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether gzip is named, and not with a weight of nought."""
    for part in accept_encoding.lower().split(","):
        coding, _, parameters = part.partition(";")
        if coding.strip() in ("gzip", "x-gzip"):
            weight = parameters.replace(" ", "").removeprefix("q=")
            return weight.strip("0.") != "" or weight == ""
    return False


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
