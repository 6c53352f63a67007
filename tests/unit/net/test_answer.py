"""What is read of an answer, and what a broken body is called."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import zlib

import brotli
import pytest

from ingest.errors import FetchError
from ingest.net.http import FEED_ACCEPT

TEXT = b"<rss><channel><title>The Lighthouse Herald</title></channel></rss>" * 3
OK = b"HTTP/1.1 200 OK\r\n"


async def get(client, url, max_bytes=100_000):
    return await client.get(url, accept=FEED_ACCEPT, max_bytes=max_bytes)


async def failure(client, url, max_bytes=100_000):
    with pytest.raises(FetchError) as caught:
        await get(client, url, max_bytes)
    return caught.value


@pytest.mark.parametrize(
    ("coding", "encode"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress), ("identity", bytes)],
)
async def test_codings(client, site, coding, encode):
    """
    Each coding we ask for is one we can read.
    """
    site.pages["/"] = site.reply(200, encode(TEXT), [("Content-Encoding", coding)])

    got = await get(client, site.url())

    assert TEXT == got.body
    assert coding == "identity" or coding in site.field("Accept-Encoding")[0].decode().split(", ")


@pytest.mark.parametrize(
    "fields",
    [[("Content-Encoding", "gzip, gzip")], [("Content-Encoding", "gzip"), ("Content-Encoding", "gzip")]],
)
async def test_nested_codings(client, site, fields):
    """
    Two codings on one body are refused, in one field or in two.
    """
    site.pages["/"] = site.reply(200, gzip.compress(gzip.compress(TEXT)), fields)

    got = await failure(client, site.url())

    assert ("bad-encoding", False) == (got.failure, got.is_retryable)


@pytest.mark.parametrize("status", [200, 203, 226])
async def test_body(client, site, status):
    """
    The statuses that promise the document have a body.
    """
    site.pages["/"] = site.reply(status, TEXT)

    got = await get(client, site.url())

    assert (status, TEXT) == (got.status, got.body)


@pytest.mark.parametrize("status", [201, 202, 207, 400, 401, 403, 404, 410, 418, 429, 500, 503, 599, 999])
async def test_no_body(client, site, status):
    """
    Of any other answer we keep status and fields, and do not wait for its body.
    """

    async def play(writer):
        writer.write(b"HTTP/1.1 %d Reason\r\nRetry-After: 120\r\nContent-Length: 99999999\r\n\r\nx" % status)
        await asyncio.Event().wait()

    site.pages["/"] = play

    got = await get(client, site.url())

    assert (status, b"", "120") == (got.status, got.body, got.headers["retry-after"])


@pytest.mark.parametrize("head", [b"204 No Content", b"205 Reset Content\r\nContent-Length: 0", b"304 Not Modified"])
async def test_empty_answer(client, site, head):
    """
    An answer without a body is an answer.
    """
    site.pages["/"] = b"HTTP/1.1 " + head + b'\r\nETag: "a"\r\n\r\n'

    got = await get(client, site.url())

    assert (int(head[:3]), b"", '"a"') == (got.status, got.body, got.headers["etag"])


async def test_not_modified_with_length(client, site):
    """
    A 304 may give the length of the body it does not send (RFC 9110 8.6).
    """
    site.pages["/"] = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\n\r\n"

    first = await get(client, site.url())
    second = await get(client, site.url())

    assert (304, 304) == (first.status, second.status)


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 5\r\n\r\nhello",
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nX-Trailer: 1\r\n\r\n",
        OK + b"Connection: close\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\n\r\nhello",
        b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK + b"Content-Length: 5\r\n\r\nhello",
    ],
)
async def test_framing(client, site, answer):
    """
    A body may be framed in any way HTTP knows.
    """
    site.pages["/"] = site.cut(answer)

    got = await get(client, site.url())

    assert b"hello" == got.body


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 50\r\n\r\nhello",
        OK + b"Content-Length: 50\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nff\r\nhello",
        OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(TEXT)[:-4],
        OK + b"Content-Encoding: br\r\n\r\n" + brotli.compress(TEXT)[:-4],
    ],
)
async def test_truncated(client, site, answer):
    """
    A body that stops before its end is truncated.
    """
    site.pages["/"] = site.cut(answer)

    got = await failure(client, site.url())

    assert ("truncated", True) == (got.failure, got.is_retryable)


async def test_reset(client, site):
    """
    A connection that is reset within a body leaves it truncated.
    """

    async def reset(writer):
        writer.write(OK + b"Content-Length: 50\r\n\r\nhello")
        await writer.drain()
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    site.pages["/"] = reset

    got = await failure(client, site.url())

    assert got.failure in {"truncated", "disconnected"}


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-"])
async def test_disconnected(client, site, answer):
    """
    A server that hangs up before its answer is complete has disconnected, and is asked no second time.
    """
    site.pages["/"] = site.cut(answer)

    got = await failure(client, site.url())

    assert ("disconnected", True) == (got.failure, got.is_retryable)
    assert 1 == len(site.requests)
