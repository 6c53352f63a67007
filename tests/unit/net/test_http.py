"""What the client sends, where it follows, and how long it waits."""

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
from ingest.models import Redirect, Response, Validators
from ingest.net.http import FEED_ACCEPT, MAX_REDIRECTS, PAGE_ACCEPT, Client, create_client, user_agent
from ingest.settings import Settings

HALF_A_SECOND = timedelta(seconds=0.5)


async def get(client, url, **options):
    return await client.get(url, **({"accept": FEED_ACCEPT, "max_bytes": 100_000} | options))


async def failure(client, url, **options):
    with pytest.raises(FetchError) as caught:
        await get(client, url, **options)
    return caught.value


async def never(_):
    await asyncio.Event().wait()


# ------------------------------------------------------------------------------------------------ what is sent


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ("https://desk.example/about", "copydesk/0.1.0 (+https://desk.example/about)"),
        ("mailto:desk@desk.example", "copydesk/0.1.0 (+mailto:desk@desk.example)"),
        ("", "copydesk/0.1.0"),
    ],
)
def test_user_agent(contact, expected):
    """
    We say who we are and where we are to be found, and imitate nobody.
    """
    assert expected == user_agent("0.1.0", contact)


async def test_request(client, site):
    """
    A request says what it must and nothing else.
    """
    site.pages["/feed.xml"] = site.reply(200, b"hello", [("Content-Type", "text/xml")])

    got = await get(client, site.url("/feed.xml"))

    assert (
        Response(
            url=site.url("/feed.xml"),
            final_url=site.url("/feed.xml"),
            status=200,
            headers={"content-type": "text/xml", "content-length": "5"},
            body=b"hello",
        )
        == got
    )
    assert [
        (
            f"GET /feed.xml HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n"
            f"User-Agent: copydesk/0 (+https://desk.example/about)\r\nAccept: {FEED_ACCEPT}\r\n"
            "Accept-Encoding: gzip, deflate, br\r\n\r\n"
        ).encode()
    ] == site.requests


async def test_accept(client, site):
    """
    A page is asked for as a page.
    """
    await get(client, site.url("/"), accept=PAGE_ACCEPT)

    assert [PAGE_ACCEPT.encode()] == site.field("Accept")
    assert FEED_ACCEPT.endswith("*/*;q=0.1")


async def test_create_client(site):
    """
    The settings decide whom the client asks and how it is called.
    """
    settings = Settings(contact="https://desk.example", allowed_networks=(ip_network("127.0.0.0/8"),))

    async with create_client(settings, "1.2.3") as client:
        await get(client, site.url("/"))

    assert [b"copydesk/1.2.3 (+https://desk.example)"] == site.field("User-Agent")


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/?",
        "/a?b=c&b=c&",
        "/%7Euser/%2F%zz?x=%41+b",
        "/a/../b//c/./d/",
        "/a;v=1,2!$'()*@:=&[]",
        '/"<>^`{|}\\',
        "/?next=http://other.example/?a=b",
        "/?q=a/b?c",
    ],
)
async def test_target_is_untouched(client, site, target):
    """
    Odd but valid URLs reach the server byte for byte.
    """
    await get(client, site.url(target))

    assert [target] == site.targets


async def test_target_is_encoded(client, site):
    """
    What cannot stand in a request line is percent-encoded, and a fragment stays at home.
    """
    await get(client, site.url("/fü ß\t?ö\nü#teil"))

    assert ["/f%C3%BC%20%C3%9F%09?%C3%B6%0A%C3%BC"] == site.targets


async def test_host_name(new_client, site):
    """
    A host name goes out in its ASCII form.
    """
    client = await new_client(lookup=lambda _: ["127.0.0.1"])

    await get(client, site.url(host="BÜCHER.example"))

    assert [f"xn--bcher-kva.example:{site.port}".encode()] == site.field("Host")


ETAGS = [
    '"strong"',
    'W/"weak"',
    '""',
    "unquoted",
    '"with  spaces inside"',
    '"comma, and \\backslash"',
    '"grün-☃-🗞"',
    '"' + "x" * 1022 + '"',
    '"abc-gzip"',
    "'single'",
]


@pytest.mark.parametrize("etag", ETAGS)
async def test_etag_round_trip(client, site, etag):
    """
    An ETag goes back byte for byte as it came.
    """
    site.pages["/"] = site.reply(200, b"hello", [("ETag", etag)])
    first = await get(client, site.url())

    await get(client, site.url(), validators=Validators(etag=first.headers["etag"]))

    assert etag == first.headers["etag"]
    assert [etag.encode()] == site.field("If-None-Match")
    assert [] == site.field("If-Modified-Since")


@pytest.mark.parametrize(
    "date",
    ["Sun, 22 Nov 2026 10:00:00 GMT", "sun, 22 nov 2026 10:00:00 gmt", "Thu, 1 Jan 2026 00:00:00 +0100", "yesterday"],
)
async def test_last_modified_round_trip(client, site, date):
    """
    A date goes back byte for byte as it came, wrong or not.
    """
    site.pages["/"] = site.reply(200, b"hello", [("Last-Modified", date)])
    first = await get(client, site.url())

    await get(client, site.url(), validators=Validators(last_modified=first.headers["last-modified"]))

    assert [date.encode()] == site.field("If-Modified-Since")
    assert [] == site.field("If-None-Match")


@pytest.mark.parametrize("value", ["", "a\r\nX-Injected: 1", "a\x00", "a\x7f", "\ud800"])
async def test_unsendable_validators(client, site, value):
    """
    A validator that cannot stand in a header is left out.
    """
    await get(client, site.url(), validators=Validators(etag=value, last_modified=value))

    assert [] == site.field("If-None-Match") + site.field("If-Modified-Since") + site.field("X-Injected")


async def test_no_cookies_no_referer(client, site):
    """
    Cookies are forgotten at once, and no page hears of another.
    """
    cookies = [("Set-Cookie", "id=1; Path=/"), ("Location", "/b")]
    site.pages["/a"] = site.reply(302, b"", cookies)
    site.pages["/b"] = site.reply(200, b"hello", cookies)

    await get(client, site.url("/a"))
    await get(client, site.url("/b"))

    assert ["/a", "/b", "/b"] == site.targets
    for number in range(3):
        assert [] == site.field("Cookie", number) + site.field("Referer", number) + site.field("Authorization", number)


async def test_environment_is_ignored(monkeypatch, tmp_path, new_client, site):
    """
    A proxy in the environment is not asked, and credentials in a netrc file are not sent.
    """
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login desk password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.9:9")
    client = await new_client()

    await get(client, site.url())

    assert 1 == site.connections
    assert [] == site.field("Authorization")


async def test_keep_alive(client, site):
    """
    A second request takes the connection of the first.
    """
    site.pages["/"] = site.reply(200, b"hello")

    for _ in range(3):
        await get(client, site.url())

    assert (1, 3) == (site.connections, len(site.requests))


async def test_two_connections_a_host(client, site):
    """
    A host sees two connections at most.
    """

    async def slow(writer):
        await asyncio.sleep(0.01)
        writer.write(site.reply(200, b"hello"))

    site.pages["/"] = slow

    await asyncio.gather(*(get(client, site.url()) for _ in range(6)))

    assert (2, 6) == (site.connections, len(site.requests))


async def test_reopens(site):
    """
    A client that was closed, or never opened, opens by itself.
    """
    client = Client(user_agent="copydesk/0", allowed_networks=(ip_network("127.0.0.0/8"),))

    await get(client, site.url())
    await client.close()
    await client.close()
    await get(client, site.url())
    await client.close()

    assert 2 == site.connections


async def test_closed_in_flight(client, site):
    """
    A GET whose client is closed under it has failed, like any other.
    """
    asked = asyncio.Event()

    async def hang(writer):
        asked.set()
        await never(writer)

    site.pages["/"] = hang
    task = asyncio.create_task(failure(client, site.url()))
    await asked.wait()

    await client.close()
    got = await task

    assert ("disconnected", True) == (got.failure, got.is_retryable)


# ------------------------------------------------------------------------------------------------ redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect(client, site, status):
    """
    A redirect is followed, and the answer tells by which way it came.
    """
    site.pages["/a"] = site.reply(status, b"moved", [("Location", "/b?#part")])
    site.pages["/b?"] = site.reply(200, b"hello")

    got = await get(client, site.url("/a"))

    assert (b"hello", site.url("/b?")) == (got.body, got.final_url)
    assert (Redirect(status=status, url=site.url("/b?")),) == got.redirects


async def test_headers_on_every_hop(new_client, new_site):
    """
    A feed that moved is asked as it always was, so that it can still say 304.
    """
    old, new = await new_site("127.0.0.1"), await new_site("127.0.0.2")
    old.pages["/"] = old.reply(301, b"", [("Location", new.url("/feed"))])
    new.pages["/feed"] = new.reply(304, b"", [("ETag", '"a"')])
    client = await new_client(allowed_networks=(ip_network("127.0.0.0/8"),))

    got = await get(client, old.url(), validators=Validators(etag='"a"', last_modified="Monday"))

    assert (304, b"") == (got.status, got.body)
    for field in ("If-None-Match", "If-Modified-Since", "User-Agent", "Accept"):
        assert old.field(field) == new.field(field) != []
    assert [f"127.0.0.2:{new.port}".encode()] == new.field("Host")


async def test_last_redirect(client, site):
    """
    Ten redirects are followed.
    """
    for number in range(MAX_REDIRECTS):
        site.pages[f"/{number}"] = site.reply(302, b"", [("Location", f"{number + 1}")])
    site.pages[f"/{MAX_REDIRECTS}"] = site.reply(200, b"hello")

    got = await get(client, site.url("/0"))

    assert b"hello" == got.body
    assert MAX_REDIRECTS == len(got.redirects)


async def test_too_many_redirects(client, site):
    """
    An eleventh redirect is not followed.
    """
    for number in range(MAX_REDIRECTS + 1):
        site.pages[f"/{number}"] = site.reply(302, b"", [("Location", f"/{number + 1}")])

    got = await failure(client, site.url("/0"))

    assert "too-many-redirects" == got.failure
    assert MAX_REDIRECTS + 1 == len(site.requests)


@pytest.mark.parametrize("locations", [["/0"], ["/1", "/0"], ["/1", "/2", "/1"], ["#top", ""], ["/1", "/1#again"]])
async def test_redirect_loop(client, site, locations):
    """
    A chain that comes back on itself ends there.
    """
    for number, location in enumerate(locations):
        site.pages[f"/{number}"] = site.reply(301, b"", [("Location", location)])

    got = await failure(client, site.url("/0"))

    expected = "redirect-loop" if locations[0] != "#top" else "bad-redirect"
    assert expected == got.failure
    assert len(site.requests) <= len(locations)


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [("Location", "")],
        [("Location", "ftp://example.org/feed?key=secret")],
        [("Location", "file:///etc/passwd?secret")],
        [("Location", "http://name:secret@example.org/")],
        [("Location", "//[secret")],
        [("Location", "http:///secret")],
    ],
)
async def test_bad_redirect(client, site, fields):
    """
    A redirect to nowhere is a failure that names the host and no secret.
    """
    site.pages["/"] = site.reply(302, b"", fields)

    got = await failure(client, site.url("/"))

    assert "bad-redirect" == got.failure
    assert "127.0.0.1" in str(got)
    assert "secret" not in str(got)


async def test_location_bytes(client, site):
    """
    Bytes in a Location that are no UTF-8 keep their value.
    """
    site.pages["/"] = site.reply(302, b"", [("Location", b"/caf\xe9")])
    site.pages["/caf%E9"] = site.reply(200, b"hello")

    got = await get(client, site.url())

    assert b"hello" == got.body


async def test_redirect_body_is_not_read(client, site):
    """
    The body of a redirect is not waited for.
    """

    async def endless(writer):
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 1000000\r\n\r\n")
        await never(writer)

    site.pages["/a"] = endless
    site.pages["/b"] = site.reply(200, b"hello")

    got = await get(client, site.url("/a"))

    assert b"hello" == got.body


@pytest.mark.parametrize("status", [300, 304, 305])
async def test_no_redirect(client, site, status):
    """
    Other statuses of the three hundreds send us nowhere, whatever their Location.
    """
    site.pages["/"] = site.reply(status, b"", [("Location", "/b")])

    got = await get(client, site.url())

    assert (status, site.url()) == (got.status, got.final_url)


async def test_before_hop(client, site):
    """
    The caller is asked before each hop, with the address to be asked.
    """
    site.pages["/a"] = site.reply(302, b"", [("Location", "/b")])
    site.pages["/b"] = site.reply(200, b"hello")
    asked = []

    async def before_hop(url):
        asked.append((url, len(site.requests)))

    await get(client, site.url("/a"), before_hop=before_hop)

    assert [(site.url("/a"), 0), (site.url("/b"), 1)] == asked


async def test_before_hop_takes_no_time(new_client, site):
    """
    Waiting for a host slot does not count against the deadline.
    """
    site.pages["/a"] = site.reply(302, b"", [("Location", "/b")])
    site.pages["/b"] = site.reply(200, b"hello")
    client = await new_client(deadline=timedelta(seconds=1))

    async def before_hop(_):
        await asyncio.sleep(0.6)

    got = await get(client, site.url("/a"), before_hop=before_hop)

    assert b"hello" == got.body


async def test_before_hop_may_refuse(client, site):
    """
    What the caller raises comes back to the caller, and nothing is asked.
    """

    class NoSlotError(Exception):
        pass

    async def before_hop(_):
        raise NoSlotError

    with pytest.raises(NoSlotError):
        await get(client, site.url(), before_hop=before_hop)

    assert [] == site.requests


# ------------------------------------------------------------------------------------------------ time and failures


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


# ------------------------------------------------------------------------------------------------ TLS


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
