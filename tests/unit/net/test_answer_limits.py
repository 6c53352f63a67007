"""Caps on bodies and heads, and what a broken head is called."""

from __future__ import annotations

import asyncio
import gc
import gzip
import socket
import struct
from pathlib import Path

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


def open_descriptors():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def test_announced_too_large(client, site):
    """
    A body that is announced as too large is not waited for.
    """

    async def play(writer):
        writer.write(OK + b"Content-Length: 1001\r\n\r\n")
        await asyncio.Event().wait()

    site.pages["/"] = play

    got = await failure(client, site.url(), max_bytes=1000)

    assert ("too-large", False) == (got.failure, got.is_retryable)


async def test_at_the_cap(client, site):
    """
    A body as large as its cap is read.
    """
    site.pages["/"] = site.reply(200, b"x" * 1000)

    got = await get(client, site.url(), max_bytes=1000)

    assert 1000 == len(got.body)


@pytest.mark.parametrize(
    ("head", "part"),
    [
        (b"\r\n", b"x" * 65536),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"),
        (b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(TEXT), b"\0" * 65536),
    ],
)
async def test_endless(client, site, head, part):
    """
    A body without end is cut off at the cap.
    """
    sent = []

    async def endless(writer):
        writer.write(OK + head)
        while True:
            writer.write(part)
            sent.append(len(part))
            await writer.drain()

    site.pages["/"] = endless

    got = await failure(client, site.url(), max_bytes=1_000_000)

    assert "too-large" == got.failure
    # What the kernel and aiohttp buffer comes on top of what was read.
    assert sum(sent) < 20_000_000


async def test_bomb(client, site):
    """
    A body that is nearly all air is a bomb.
    """
    site.pages["/"] = site.reply(200, gzip.compress(bytes(20_000_000)), [("Content-Encoding", "gzip")])

    got = await failure(client, site.url(), max_bytes=50_000_000)

    assert ("bomb", False) == (got.failure, got.is_retryable)


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>hello</html>\r\n\r\n",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/3.7 200 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        OK + b"no colon here\r\n\r\n",
        OK + b"X: " + b"a" * 17_000 + b"\r\n\r\n",
        OK + b"X: a\r\n" * 300 + b"\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nhello",
        b"HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    ],
)
async def test_bad_response(client, site, answer):
    """
    What is no HTTP, or answers another question, is a bad response; its bytes are not repeated.
    """
    site.pages["/"] = site.cut(answer)

    got = await failure(client, site.url("/"))

    assert "bad-response" == got.failure
    assert "hello" not in str(got)


async def test_bad_chunk_later(client, site):
    """
    A framing error after the body has begun is an error as well, and no hang.
    """

    async def play(writer):
        writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b"ZZ\r\n")
        await asyncio.Event().wait()

    site.pages["/"] = play

    got = await failure(client, site.url())

    assert got.failure in {"bad-response", "truncated"}


async def test_endless_head(client, site):
    """
    A head without end is cut off.
    """
    sent = []

    async def endless(writer):
        writer.write(OK)
        while True:
            writer.write(b"X-Filler: " + b"a" * 1000 + b"\r\n")
            sent.append(1000)
            await writer.drain()

    site.pages["/"] = endless

    got = await failure(client, site.url())

    assert "bad-response" == got.failure
    assert sum(sent) < 20_000_000


async def test_large_head(client, site):
    """
    A head larger than aiohttp's own limits is read.
    """
    site.pages["/"] = site.reply(200, b"hello", [("Policy", "a" * 16_000)] + [(f"X-{n}", "a") for n in range(200)])

    got = await get(client, site.url())

    assert b"hello" == got.body


async def test_fields(client, site):
    """
    Fields come with lower-case names, repeated ones joined, and as clean text.
    """
    fields = [("Content-TYPE", "text/xml"), ("Link", '</a>; rel="hub"'), ("link", '</b>; rel="self"')]
    fields += [
        ("X-Latin", b"caf\xe9"),
        ("X-Utf", "☃"),
        ("X-Padded", "  a b \t"),
        ("X-Control", b"a\x1bb"),
        ("X-Empty", ""),
    ]
    site.pages["/"] = site.reply(200, b"", fields)

    got = await get(client, site.url())

    assert {
        "content-type": "text/xml",
        "link": '</a>; rel="hub", </b>; rel="self"',
        "x-latin": "café",
        "x-utf": "☃",
        "x-padded": "a b",
        "x-control": "a b",
        "x-empty": "",
        "content-length": "0",
    } == got.headers


@pytest.mark.parametrize("value", [b'"caf\xe9"', b'"\xff\xfe"', b'"a\x01b"'])
async def test_unsendable_etag(client, site, value):
    """
    A validator that could not go back byte for byte is not kept.
    """
    site.pages["/"] = site.reply(200, b"hello", [("ETag", value), ("Last-Modified", value)])

    got = await get(client, site.url())

    assert {"content-length": "5"} == got.headers


async def test_idle_reset(client, site):
    """
    A kept connection that is reset while idle troubles nobody.
    """
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    done = asyncio.Event()

    async def play(writer):
        writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        await writer.drain()
        writer.write(b"0\r\n\r\n")
        await done.wait()
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    site.pages["/"] = play

    await get(client, site.url())
    done.set()
    await asyncio.sleep(0.05)
    await client.close()
    gc.collect()

    assert [] == complaints


async def test_no_leaks(client, site):
    """
    After failures of every kind no descriptor stays open.
    """
    site.pages["/short"] = site.cut(OK + b"Content-Length: 50\r\n\r\nhello")
    site.pages["/large"] = site.reply(200, b"x" * 90_000)
    site.pages["/junk"] = site.cut(b"junk\r\n\r\n")
    before = open_descriptors()

    for _ in range(10):
        for path in ("/short", "/large", "/junk"):
            await failure(client, site.url(path), max_bytes=1000)
    await client.close()
    await site.stop()
    for _ in range(100):
        await asyncio.sleep(0)

    assert open_descriptors() <= before
