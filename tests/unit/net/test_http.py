"""What the client sends, and how it keeps its connections."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network

import pytest

from ingest.errors import FetchError
from ingest.models import Response, Validators
from ingest.net.http import FEED_ACCEPT, PAGE_ACCEPT, Client, create_client, user_agent
from ingest.settings import Settings


async def get(client, url, **options):
    return await client.get(url, **({"accept": FEED_ACCEPT, "max_bytes": 100_000} | options))


async def failure(client, url, **options):
    with pytest.raises(FetchError) as caught:
        await get(client, url, **options)
    return caught.value


async def never(_):
    await asyncio.Event().wait()


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


async def test_no_cookies_no_referer(new_client, site):
    """
    Cookies are forgotten at once, and no page hears of another.
    """
    cookies = [("Set-Cookie", "id=1; Path=/"), ("Location", "/b")]
    site.pages["/a"] = site.reply(302, b"", cookies)
    site.pages["/b"] = site.reply(200, b"hello", cookies)
    # By name: no client keeps cookies of an IP address.
    client = await new_client(lookup=lambda _: ["127.0.0.1"])

    await get(client, site.url("/a", host="news.example"))
    await get(client, site.url("/b", host="news.example"))

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
