"""How a connection is made."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network

import pytest

from ingest.errors import FetchError
from ingest.net.http import FEED_ACCEPT


async def get(client, url):
    return await client.get(url, accept=FEED_ACCEPT, max_bytes=1000)


@pytest.fixture
async def looked_up(monkeypatch):
    """What the event loop was asked to look up."""
    loop, seen = asyncio.get_running_loop(), []
    look_up = loop.getaddrinfo

    def getaddrinfo(*args, **options):
        seen.append(args)
        return look_up(*args, **options)

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    return seen


async def test_one_address(new_client, site, looked_up):
    """
    A single address is connected to as it is: nobody looks it up.
    """
    site.pages["/"] = site.reply(200, b"hello")
    client = await new_client(lookup=lambda _: ["127.0.0.1"])

    got = await get(client, site.url(host="news.example"))

    assert (b"hello", []) == (got.body, looked_up)


async def test_one_address_that_refuses(new_client, new_site):
    """
    A single address that refuses is asked once, and its failure has its name.
    """
    site = await new_site()
    url = site.url(host="news.example")
    await site.stop()
    client = await new_client(lookup=lambda _: ["127.0.0.1"])

    with pytest.raises(FetchError) as caught:
        await get(client, url)

    assert ("connect", "news.example: Connection refused") == (caught.value.failure, caught.value.detail)


async def test_several_addresses(new_client, site):
    """
    Of several addresses another is tried where one refuses.
    """
    site.pages["/"] = site.reply(200, b"hello")
    client = await new_client(
        allowed_networks=(ip_network("127.0.0.0/8"),), lookup=lambda _: ["127.0.0.9", "127.0.0.1"]
    )

    got = await get(client, site.url(host="news.example"))

    assert b"hello" == got.body


async def test_one_address_of_ipv6(new_client, new_site):
    """
    A single address of the newer kind is connected to as well.
    """
    site = await new_site("::1")
    site.pages["/"] = site.reply(200, b"hello")
    client = await new_client(allowed_networks=(ip_network("::1/128"),), lookup=lambda _: ["::1"])

    got = await get(client, site.url(host="news.example"))

    assert b"hello" == got.body
