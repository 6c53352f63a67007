"""Items of the politeness checklist that concern one request and its connection (reliability.md 1.3 D and E)."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import zlib
from datetime import timedelta

import brotli
import pytest
import trustme

from ingest.errors import FetchError
from ingest.net.answer import is_challenge
from ingest.net.decode import ACCEPT_ENCODING
from ingest.net.http import FEED_ACCEPT, MAX_REDIRECTS, ROBOTS_ACCEPT, feed_agent, user_agent

ENCODERS = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}
AGENT = "copydesk/0 (+https://desk.example/about)"


async def get(client, url, **options):
    return await client.get(url, **({"accept": FEED_ACCEPT, "max_bytes": 100_000} | options))


async def failure(client, url, **options):
    with pytest.raises(FetchError) as caught:
        await get(client, url, **options)
    return caught.value


async def hang_up(writer):
    writer.close()


async def test_p35_no_repetition(client, site):
    """
    A server that hangs up on a new connection is not asked again.
    """
    site.pages["/"] = hang_up

    got = await failure(client, site.url())

    assert ("disconnected", True, 1) == (got.failure, got.is_retryable, len(site.requests))
    assert "ServerDisconnected" in str(got) or "reset" in str(got).lower()


async def test_p35_a_kept_connection_was_gone(client, site):
    """
    A kept connection that its server has closed in the meantime is replaced by a new one, once.
    """
    site.pages["/"] = site.reply(200, b"hello")
    await get(client, site.url())
    plays = [hang_up]

    async def hang_up_once(writer):
        if plays:
            await plays.pop()(writer)
        else:
            writer.write(site.reply(200, b"again"))

    site.pages["/"] = hang_up_once

    got = await get(client, site.url())

    assert (b"again", 3, 2) == (got.body, len(site.requests), site.connections)


async def test_p35_repeated_once_only(client, site):
    """
    A server that hangs up on every request sees two at most, the one on the kept connection and the one after it.
    """
    site.pages["/"] = site.reply(200, b"hello")
    await get(client, site.url())
    site.pages["/"] = hang_up

    got = await failure(client, site.url())

    assert ("disconnected", 3) == (got.failure, len(site.requests))


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
async def test_p35_statuses(client, site, status):
    """
    An answer that refuses is an answer: nothing is asked again.
    """
    site.pages["/"] = site.reply(status, b"", [("Retry-After", "0")])

    got = await get(client, site.url())

    assert (status, 1) == (got.status, len(site.requests))


@pytest.fixture
async def secure(monkeypatch, tmp_path, new_client, new_site):
    """A site with TLS, and a client that trusts it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("news.example").configure_cert(context)
    return await new_client(lookup=lambda _: ["127.0.0.1"]), await new_site(context=context)


async def test_p38_downgrade(secure, site):
    """
    A redirect from https to http is followed, takes nothing along, and the answer says where it came from.
    """
    client, front = secure
    front.pages["/"] = front.reply(301, b"", [("Location", site.url("/plain")), ("Set-Cookie", "a=b")])
    site.pages["/plain"] = site.reply(200, b"hello")

    got = await get(client, front.url(host="news.example"))

    assert (site.url("/plain"), b"hello") == (got.final_url, got.body)
    assert [[]] * 3 == [site.field(name) for name in ("Cookie", "Authorization", "Referer")]


async def test_p38_credentials(client, site, new_site):
    """
    Credentials in a Location are neither sent nor stripped and tried: such a redirect leads nowhere.
    """
    other = await new_site("127.0.0.1")
    site.pages["/"] = site.reply(302, b"", [("Location", other.url("/").replace("//", "//name:secret@"))])

    got = await failure(client, site.url())

    assert ("bad-redirect", []) == (got.failure, other.requests)


async def test_p38_limit():
    """
    Redirects are followed at least five times, as RFC 9309 asks, and not without end.
    """
    assert 5 <= MAX_REDIRECTS <= 10


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ("https://desk.example/about", "copydesk/2.0 (+https://desk.example/about; feed-id=ab12; 1 subscriber)"),
        ("", "copydesk/2.0 (feed-id=ab12; 1 subscriber)"),
    ],
)
def test_p41_feed_agent(contact, expected):
    """
    A feed's owner is told which subscription asks, and where we are to be found.
    """
    assert expected == feed_agent(user_agent("2.0", contact), "ab12")


async def test_p41_agent_on_every_hop(client, site, new_site):
    """
    The name is the same wherever a redirect leads.
    """
    other = await new_site("127.0.0.1")
    site.pages["/feed"] = site.reply(301, b"", [("Location", other.url("/feed"))])

    await get(client, site.url("/feed"), feed_id="ab12")

    expected = [f"{AGENT[:-1]}; feed-id=ab12; 1 subscriber)".encode()]
    assert [expected, expected] == [site.field("User-Agent"), other.field("User-Agent")]


@pytest.mark.parametrize("coding", ACCEPT_ENCODING.split(", "))
async def test_p43_codings(client, site, coding):
    """
    Every coding that is asked for is undone.
    """
    body = b"hello " * 500
    site.pages["/"] = site.reply(200, ENCODERS[coding](body), [("Content-Encoding", coding)])

    got = await get(client, site.url())

    assert body == got.body
    assert coding in site.field("Accept-Encoding")[0].decode().split(", ")


async def test_p44_idle_connections_close(monkeypatch, new_client, site):
    """
    A connection that nobody uses is closed by us.
    """
    monkeypatch.setattr("ingest.net.http.KEEP_ALIVE", timedelta(milliseconds=20))
    site.pages["/"] = site.reply(200, b"hello")
    client = await new_client()

    await get(client, site.url())

    async with asyncio.timeout(10):
        await asyncio.gather(*site._tasks)


async def test_p45_one_get(client, site):
    """
    A page is asked for by one GET: no HEAD before it, nothing beside it.
    """
    site.pages["/a"] = site.reply(200, b"<link rel=icon href=/favicon.ico>")

    await get(client, site.url("/a"))

    assert [b"GET /a HTTP/1.1"] == [request.split(b"\r\n")[0] for request in site.requests]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"cf-mitigated": "challenge"}, True),
        ({"cf-mitigated": " Challenge "}, True),
        ({"x-amzn-waf-action": "captcha"}, True),
        ({"x-amzn-waf-action": "challenge"}, True),
        ({"x-amzn-waf-action": "allow"}, False),
        ({"server": "cloudflare"}, False),
        ({}, False),
    ],
)
def test_challenge(fields, expected):
    """
    A defence that answers in the site's place is known by the header in which it says so.
    """
    assert expected is is_challenge(fields)


async def test_challenge_header_comes_through(client, site):
    """
    The header is there for whoever asked, whatever the status.
    """
    site.pages["/"] = site.reply(403, b"<title>Just a moment...</title>", [("CF-Mitigated", "challenge")])

    got = await get(client, site.url())

    assert (403, True) == (got.status, is_challenge(got.headers))


@pytest.mark.parametrize("coding", ["", "gzip", "br"])
@pytest.mark.parametrize("size", [999, 1000, 1001, 300_000])
async def test_cut(client, site, coding, size):
    """
    A body that may be cut ends at the cap, and a shorter one where it ends.
    """
    body = bytes(range(33, 126)) * (size // 93 + 1)
    fields = [("Content-Encoding", coding)] if coding else []
    site.pages["/robots.txt"] = site.reply(200, ENCODERS.get(coding, bytes)(body[:size]), fields)

    got = await get(client, site.url("/robots.txt"), accept=ROBOTS_ACCEPT, max_bytes=1000, is_cut=True)

    assert body[: min(size, 1000)] == got.body


async def test_cut_without_end(client, site):
    """
    The rest of a body that is cut is not waited for.
    """

    async def endless(writer):
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000)
        await writer.drain()
        await asyncio.Event().wait()

    site.pages["/"] = endless

    got = await get(client, site.url(), max_bytes=1000, is_cut=True)

    assert 1000 == len(got.body)


async def test_own_deadline(client, site):
    """
    A request may have a deadline of its own.
    """

    async def never(_):
        await asyncio.Event().wait()

    site.pages["/"] = never

    got = await failure(client, site.url(), deadline=timedelta(milliseconds=30))

    assert "timeout" == got.failure


async def test_post(client, site):
    """
    A form goes out as one, with our name and what its sender must wait for, and its answer's status comes back.
    """
    waited = []

    async def wait(url):
        waited.append(url)

    site.pages["/hub"] = site.reply(202, b"")

    got = await client.post(
        site.url("/hub"), {"hub.mode": "subscribe", "hub.topic": "https://a.example/?b=c d"}, before_hop=wait
    )

    assert (202, b"", [site.url("/hub")]) == (got.status, got.body, waited)
    assert [b"POST /hub HTTP/1.1"] == [request.split(b"\r\n")[0] for request in site.requests]
    assert [[AGENT.encode()], [b"application/x-www-form-urlencoded"]] == [
        site.field("User-Agent"),
        site.field("Content-Type"),
    ]


async def test_post_is_not_redirected(client, site):
    """
    A form is not sent on: where to is the answer's to say, and its sender's to decide.
    """
    site.pages["/hub"] = site.reply(307, b"", [("Location", "/elsewhere")])

    got = await client.post(site.url("/hub"), {"a": "b"})

    assert (307, 1) == (got.status, len(site.requests))


async def test_post_is_not_repeated(client, site):
    """
    A form is sent once, even on a kept connection that was gone.
    """
    site.pages["/"] = site.reply(200, b"hello")
    await get(client, site.url())
    site.pages["/hub"] = hang_up

    with pytest.raises(FetchError) as caught:
        await client.post(site.url("/hub"), {"a": "b"})

    assert ("disconnected", ["/", "/hub"]) == (caught.value.failure, site.targets)


async def test_post_is_guarded(new_client):
    """
    A form goes where a GET may go and nowhere else.
    """
    client = await new_client(allowed_networks=(), allowed_ports=())

    with pytest.raises(FetchError) as caught:
        await client.post("http://127.0.0.1:9/hub", {"a": "b"})

    assert "blocked-address" == caught.value.failure
