"""Where the client follows."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from ipaddress import ip_network

import pytest

from ingest.errors import FetchError
from ingest.models import Redirect, Validators
from ingest.net.http import FEED_ACCEPT, MAX_REDIRECTS


async def get(client, url, **options):
    return await client.get(url, **({"accept": FEED_ACCEPT, "max_bytes": 100_000} | options))


async def failure(client, url, **options):
    with pytest.raises(FetchError) as caught:
        await get(client, url, **options)
    return caught.value


async def never(_):
    await asyncio.Event().wait()


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
