"""How long the client waits, and what it calls what went wrong."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
import trustme

from ingest.errors import FetchError
from ingest.net.http import FEED_ACCEPT

HALF_A_SECOND = timedelta(seconds=0.5)


async def get(client, url, **options):
    return await client.get(url, **({"accept": FEED_ACCEPT, "max_bytes": 100_000} | options))


async def failure(client, url, **options):
    with pytest.raises(FetchError) as caught:
        await get(client, url, **options)
    return caught.value


async def never(_):
    await asyncio.Event().wait()


async def test_silence(new_client, site):
    """
    A server that accepts and never answers ends at the deadline.
    """
    site.pages["/"] = never
    client = await new_client(deadline=HALF_A_SECOND)

    got = await failure(client, site.url())

    assert ("timeout", True) == (got.failure, got.is_retryable)


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "],
)
async def test_slow_drip(new_client, site, head):
    """
    A server that drips, in its body or its head, ends at the deadline.
    """

    async def drip(writer):
        writer.write(head)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    site.pages["/"] = drip
    client = await new_client(deadline=HALF_A_SECOND)
    started = asyncio.get_running_loop().time()

    got = await failure(client, site.url())

    assert "timeout" == got.failure
    assert asyncio.get_running_loop().time() - started < 5


async def test_deadline_spans_hops(new_client, site):
    """
    One deadline holds for all hops together.
    """

    async def slow(writer):
        await asyncio.sleep(0.15)
        writer.write(site.reply(302, b"", [("Location", f"/{len(site.requests)}")]))

    site.pages |= {f"/{number}": slow for number in range(20)}
    client = await new_client(deadline=HALF_A_SECOND)

    got = await failure(client, site.url("/0"))

    assert "timeout" == got.failure
    assert len(site.requests) <= 5


async def test_slow_name(new_client):
    """
    A name server that does not answer ends at the deadline.
    """
    loop = asyncio.get_running_loop()
    answered = asyncio.Event()
    client = await new_client(
        deadline=HALF_A_SECOND, lookup=lambda _: asyncio.run_coroutine_threadsafe(answered.wait(), loop).result()
    )

    got = await failure(client, "http://example.org/")
    answered.set()

    assert "timeout" == got.failure


async def test_cancelled(client, site):
    """
    A cancelled GET is cancelled, not failed.
    """
    asked = asyncio.Event()

    async def hang(writer):
        asked.set()
        await never(writer)

    site.pages["/"] = hang
    task = asyncio.create_task(get(client, site.url()))
    await asked.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("error", [socket.gaierror(-2, "Name or service not known"), OSError("odd"), None])
async def test_dns(new_client, error):
    """
    A name without addresses is a failure of the DNS.
    """

    def lookup(_):
        if error is not None:
            raise error
        return []

    client = await new_client(lookup=lookup)

    got = await failure(client, "http://example.org/?key=secret")

    assert ("dns", True) == (got.failure, got.is_retryable)
    assert "secret" not in str(got)


async def test_refused(new_site, client):
    """
    A port where nobody listens is a failure to connect.
    """
    site = await new_site()
    url = site.url("/?key=secret")
    await site.stop()

    got = await failure(client, url)

    assert ("connect", True) == (got.failure, got.is_retryable)
    assert f"127.0.0.1: {os.strerror(111)}" == got.detail


@pytest.mark.parametrize(
    "url", ["", "feed.xml", "ftp://example.org/", "http://user:secret@example.org/", "http://127.1/", "http://[::1"]
)
async def test_bad_url(client, url):
    """
    What is no plain http(s) address is not asked, and its secrets are not repeated.
    """
    got = await failure(client, url)

    assert ("bad-url", False, url) == (got.failure, got.is_retryable, got.url)
    assert "secret" not in str(got)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def server_context(authority, *names, **options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **options).configure_cert(context)
    return context


@pytest.fixture
async def trusting(monkeypatch, tmp_path, new_client, authority):
    """A client whose operating system trusts the authority; all names lead to loopback."""
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return await new_client(lookup=lambda _: ["127.0.0.1"], deadline=timedelta(seconds=10))


async def test_tls(trusting, new_site, authority):
    """
    A server whose certificate is good is asked.
    """
    site = await new_site(context=server_context(authority, "news.example"))
    site.pages["/"] = site.reply(200, b"hello")

    got = await get(trusting, site.url(host="news.example"))

    assert b"hello" == got.body


@pytest.mark.parametrize(
    ("names", "options"),
    [
        (["other.example"], {}),
        (
            ["news.example"],
            {"not_after": datetime(2020, 1, 2, tzinfo=UTC), "not_before": datetime(2020, 1, 1, tzinfo=UTC)},
        ),
    ],
)
async def test_bad_certificate(trusting, new_site, authority, names, options):
    """
    A certificate for another name, or one that has run out, ends the request before it is sent.
    """
    site = await new_site(context=server_context(authority, *names, **options))

    got = await failure(trusting, site.url(host="news.example"))

    assert ("tls", True) == (got.failure, got.is_retryable)
    assert "certificate refused" in got.detail
    assert [] == site.requests


async def test_unknown_authority(client, new_site, authority):
    """
    A certificate of an authority that nobody knows ends the request.
    """
    site = await new_site(context=server_context(authority, "127.0.0.1"))

    got = await failure(client, site.url())

    assert "tls" == got.failure
    assert [] == site.requests


async def test_unchecked(new_client, new_site, authority):
    """
    A server of the domain that the operator named may show any certificate; where it sends us, nobody else may.
    """
    client = await new_client(allowed_networks=(ip_network("127.0.0.0/8"),))
    site = await new_site(context=server_context(authority, "elsewhere.example"))
    other = await new_site("127.0.0.2", context=server_context(authority, "127.0.0.2"))
    site.pages["/moved"] = site.reply(301, fields=[("Location", other.url())])

    got = await get(client, site.url(), unchecked="127.0.0.1")

    assert 404 == got.status
    assert "tls" == (await failure(client, site.url("/moved"), unchecked="127.0.0.1")).failure
    assert "tls" == (await failure(client, site.url(), unchecked="7.0.0.1")).failure
    assert "tls" == (await failure(client, site.url())).failure
    assert [] == other.requests


async def test_no_tls(client):
    """
    A server that speaks no TLS is a failure of TLS.
    """

    async def talk(reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    got = await failure(client, f"https://127.0.0.1:{port}/")
    server.close()

    assert "tls" == got.failure


async def test_tls_stall(new_client):
    """
    A TLS handshake that stalls ends at the deadline.
    """

    async def stall(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(stall, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = await new_client(deadline=HALF_A_SECOND)

    got = await failure(client, f"https://127.0.0.1:{port}/")
    server.close()

    assert "timeout" == got.failure
