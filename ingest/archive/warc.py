"""
Values as WARC 1.1 records (ISO 28500:2017), one gzip member each, and back. The only importer of warcio.

An answer is a ``response``. Its fields stand as we have them: lower-case names, repeated ones joined by ", ", without
Set-Cookie, which is a secret between the server and us. The body is stored decoded, so the three fields that told its
length and coding on the wire are kept under the names ``x-archive-orig-...`` (as pywb and the Wayback Machine name
them) and a true Content-Length is added; every reader then sees what the page says. HTTP's version and reason are ours.

An article is a ``metadata`` record: the event as it was about to be sent, and the entry it was made from.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParserException
from warcio.utils import Digester
from warcio.warcwriter import WARCWriter

from ingest.archive.index import Row, answer_key, article_key
from ingest.archive.records import FoundArticle, KeptAnswer, KeptArticle
from ingest.errors import ArchiveError
from ingest.models import Response
from ingest.urls import redact

#: What a record may unpack to; ten times the largest page that is fetched by default.
MAX_RECORD_BYTES = 64_000_000
#: Level 6 takes 0.63 of the time of 9 for 0.6 % more bytes (300 news pages of 219 kB: 5.3 ms each, a fifth is left).
_LEVEL = 6
_ORIG = "x-archive-orig-"
#: True of what came over the wire, not of the decoded body.
_ON_THE_WIRE = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_SECRET = frozenset({"set-cookie", "set-cookie2", "authentication-info", "proxy-authenticate", "www-authenticate"})
_ASKED, _KIND = "X-Copydesk-Asked-URI", "X-Copydesk-Kind"
_JSON = "application/json"
#: What warcio raises over what is no record; it takes the fields that a record must have for given.
_NO_RECORD = (ArchiveLoadFailed, StatusAndHeadersParserException, EOFError, ValueError, TypeError, AttributeError)
_PRINTABLE = "".join(map(chr, range(32, 127)))


def body_digest(body: bytes) -> str:
    """The digest of a payload as WARC writes it: ``sha1:`` and base 32."""
    digester = Digester("sha1")
    digester.update(body)
    return str(digester)


def info_record(name: str, software: str, at: datetime) -> bytes:
    """The record that a file begins with: who wrote it, and what the fields in it mean."""
    buffer = io.BytesIO()
    writer = _writer(buffer)
    record = writer.create_warcinfo_record(
        name,
        {
            "software": software,
            "format": "WARC File Format 1.1",
            "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "description": "bodies are stored decoded; x-archive-orig-* tell what was on the wire; "
            "no cookies, no requests, no redirects: the address that was asked for is X-Copydesk-Asked-URI",
        },
    )
    record.rec_headers.replace_header("WARC-Date", _date(at))
    writer.write_record(record)
    return _member(buffer)


def answer_record(kept: KeptAnswer, earlier: datetime | None) -> bytes:
    """A server's answer; where its body stands in an ``earlier`` record of this file, only its fields."""
    response = kept.response
    uri, asked = _uri(response.final_url), _uri(response.url)
    fields = {"WARC-Date": _date(kept.at), _KIND: kept.kind, _ASKED: asked}
    status = StatusAndHeaders(_status_line(response.status), _fields(response), protocol="HTTP/1.1")
    buffer = io.BytesIO()
    writer = _writer(buffer)
    if earlier is None:
        body = io.BytesIO(response.body)
        record = writer.create_warc_record(
            uri, "response", payload=body, length=len(response.body), http_headers=status, warc_headers_dict=fields
        )
    else:
        digest = body_digest(response.body)
        record = writer.create_revisit_record(uri, digest, uri, _date(earlier), status, fields)
    writer.write_record(record)
    return _member(buffer)


def article_record(kept: KeptArticle) -> bytes:
    """An article as it is about to be published."""
    body = orjson.dumps(
        {
            "event": kept.event_id,
            "type": kept.type,
            "data": orjson.Fragment(kept.data),
            "ref": orjson.Fragment(kept.ref),
        }
    )
    buffer = io.BytesIO()
    writer = _writer(buffer)
    record = writer.create_warc_record(
        article_key(kept.article_id),
        "metadata",
        payload=io.BytesIO(body),
        length=len(body),
        warc_content_type=_JSON,
        warc_headers_dict={"WARC-Date": _date(kept.at)},
    )
    writer.write_record(record)
    return _member(buffer)


def read_answer(data: bytes, revisited: bytes | None = None) -> Response:
    """
    The answer of a record, its fields as they were; ``revisited`` is the record that has its body, if another has.

    Raises:
        ArchiveError: this is no answer that we kept.
    """
    record, body = _record(data)
    if record.http_headers is None or record.rec_type not in {"response", "revisit"}:
        raise ArchiveError("no answer is kept there")
    if revisited is not None:
        _, body = _record(revisited)
    headers = {name.lower(): value for name, value in record.http_headers.headers if name.lower() not in _ON_THE_WIRE}
    headers = {name.removeprefix(_ORIG): value for name, value in headers.items()}
    final = record.rec_headers.get_header("WARC-Target-URI")
    asked = record.rec_headers.get_header(_ASKED) or final
    code = record.http_headers.get_statuscode()
    status = int(code) if code.isdigit() else HTTPStatus.OK
    return Response(url=asked, final_url=final, status=status, headers=headers, body=body)


def read_article(data: bytes) -> FoundArticle:
    """
    The article of a record.

    Raises:
        ArchiveError: this is no article that we kept.
    """
    record, body = _record(data)
    try:
        found = orjson.loads(body)
        return FoundArticle(
            article_id=found["data"]["id"],
            event_id=found["event"],
            type=found["type"],
            at=datetime.fromisoformat(record.rec_headers.get_header("WARC-Date")),
            document=found["data"],
            ref=orjson.dumps(found["ref"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveError("no article is kept there") from error


def row_of(data: bytes, offset: int) -> Row | None:
    """
    The index's row for a record; None for one that is looked for nowhere.

    Raises:
        ArchiveError: this is no record.
    """
    record, body = _record(data)
    named = record.rec_headers.get_header
    try:
        at = datetime.fromisoformat(named("WARC-Date") or "")
        if record.rec_type == "metadata":
            return _article_row(orjson.loads(body), at, offset, len(data))
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveError("the record is damaged") from error
    if record.rec_type not in {"response", "revisit"}:
        return None
    asked = named(_ASKED) or named("WARC-Target-URI") or ""
    return Row(
        key=answer_key(asked),
        kind="feed" if named(_KIND) == "feed" else "page",
        at=at,
        offset=offset,
        length=len(data),
        url=asked,
        digest=named("WARC-Payload-Digest") or "",
        is_revisit=record.rec_type == "revisit",
    )


def members(path: Path, start: int) -> Iterator[tuple[int, bytes]]:
    """The whole gzip members of a file from ``start`` on, with their offsets; ends before the first that is torn."""
    with path.open("rb") as file:
        file.seek(start)
        offset, held = start, b""
        while True:
            unpacking = zlib.decompressobj(zlib.MAX_WBITS + 16)
            member = bytearray()
            try:
                while not unpacking.eof:
                    chunk = held or file.read(1 << 16)
                    if not chunk:
                        return
                    held = b""
                    unpacking.decompress(chunk)
                    member += chunk
            except zlib.error:
                return
            held = unpacking.unused_data
            whole = bytes(member[: len(member) - len(held)])
            yield offset, whole
            offset += len(whole)


def _article_row(found: Mapping[str, Any], at: datetime, offset: int, length: int) -> Row:
    document = found["data"]
    return Row(
        key=article_key(document["id"]),
        kind="article",
        at=at,
        offset=offset,
        length=length,
        url=document["url"] or "",
        event=found["event"],
        feed=document["feed"]["id"],
        rules=tuple(dict.fromkeys(removal["rule"] for removal in document["cleaning"]["removed"])),
    )


def _record(data: bytes) -> tuple[ArcWarcRecord, bytes]:
    """
    The one record of a member, and its payload.

    Raises:
        ArchiveError: it is none, or too large.
    """
    unpacking = zlib.decompressobj(zlib.MAX_WBITS + 16)
    try:
        plain = unpacking.decompress(data, MAX_RECORD_BYTES)
    except zlib.error as error:
        raise ArchiveError("the record is damaged") from error
    if not unpacking.eof:
        raise ArchiveError("the record is torn, or too large")
    try:
        for record in ArchiveIterator(io.BytesIO(plain)):
            return record, record.raw_stream.read()
    except _NO_RECORD as error:
        raise ArchiveError("the record is damaged") from error
    raise ArchiveError("there is no record")


def _member(buffer: io.BytesIO) -> bytes:
    return gzip.compress(buffer.getvalue(), _LEVEL, mtime=0)


def _writer(buffer: io.BytesIO) -> WARCWriter:
    return WARCWriter(buffer, gzip=False, warc_version="1.1")


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} "


def _fields(response: Response) -> list[tuple[str, str]]:
    return [*_told(response.headers.items()), ("content-length", str(len(response.body)))]


def _told(fields: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in fields:
        if name not in _SECRET and name.isascii():
            # What is no ASCII is escaped, as warcio does it: there is no telling what charset a server meant.
            yield (_ORIG + name if name in _ON_THE_WIRE else name), quote(_line(value), safe=_PRINTABLE)


def _uri(url: str) -> str:
    return "".join(_line(redact(url)).split())


def _line(text: str) -> str:
    """The text on one line, whole characters only."""
    return " ".join(text.encode("utf-8", "replace").decode().splitlines())


def _date(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
