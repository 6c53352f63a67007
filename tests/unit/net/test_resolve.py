"""Names to addresses."""

from __future__ import annotations

import asyncio
import socket
import threading
from datetime import timedelta
from ipaddress import ip_address, ip_network

import pytest

from ingest.errors import FetchError
from ingest.net import lookups, resolve
from ingest.net.guard import Guard
from ingest.net.resolve import Resolver, neighbourhood, system_lookup

GUARD = Guard(networks=(ip_network("127.0.0.2/32"),), ports=(80,))


def test_system_lookup():
    """
    The operating system knows this machine, each address once.
    """
    got = system_lookup("localhost")

    assert got
    assert len(set(got)) == len(got)
    assert all(ip_address(address).is_loopback for address in got)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (["1.1.1.1", "2606:4700::1111"], ["1.1.1.1", "2606:4700::1111"]),
        (["127.0.0.1", "1.1.1.1", "::1", "127.0.0.2"], ["1.1.1.1", "127.0.0.2"]),
        (["127.0.0.1", "10.0.0.1"], ["127.0.0.1", "10.0.0.1"]),
    ],
)
async def test_resolve(found, expected):
    """
    Permitted addresses come in their order; when there are none the guard gets all of them to refuse.
    """
    resolver = Resolver(GUARD, lambda _: found)

    got = await resolver.resolve("example.org", 80)
    await resolver.close()

    assert expected == [result["host"] for result in got]
    assert all((result["hostname"], result["port"]) == ("example.org", 80) for result in got)


async def test_close_while_waiting(monkeypatch):
    """
    A look-up that had not begun when the resolver was closed has failed; its task was not cancelled.
    """
    monkeypatch.setattr(lookups, "LOOKUP_THREADS", 1)
    begun, answered = threading.Event(), threading.Event()

    def lookup(_):
        begun.set()
        answered.wait()
        return ["1.1.1.1"]

    resolver = Resolver(GUARD, lookup)
    first = asyncio.create_task(resolver.resolve("first.example", 80))
    second = asyncio.create_task(resolver.resolve("second.example", 80))
    await asyncio.to_thread(begun.wait)

    await resolver.close()
    answered.set()

    assert 1 == len(await first)
    with pytest.raises(OSError, match="closed"):
        await second


class Names:
    """A name server that counts what it is asked; names without an answer do not exist."""

    def __init__(self, **answers):
        self.answers = {name.replace("_", "."): answer for name, answer in answers.items()}
        self.asked = []

    def __call__(self, name):
        self.asked.append(name)
        if name not in self.answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self.answers[name]


async def test_looked_up_once(new_client, site):
    """
    A name is looked up once for the host slot and the connections after it.
    """
    names = Names(news_example=["127.0.0.1"])
    client = await new_client(lookup=names)
    url = site.url(host="news.example")

    got = [await client.address_of(url) for _ in range(3)]
    await client.get(url, accept="*/*", max_bytes=1000)

    assert ["127.0.0.1"] * 3 == got
    assert ["news.example"] == names.asked


async def test_answers_grow_old(new_client, monkeypatch):
    """
    A name is looked up again when its answer is old.
    """
    monkeypatch.setattr(resolve, "KEEP", timedelta(0))
    names = Names(news_example=["1.1.1.1"])
    client = await new_client(lookup=names)
    await client.address_of("https://news.example/")
    names.answers["news.example"] = ["1.0.0.1"]

    got = await client.address_of("https://news.example/")

    assert "1.0.0.1" == got


async def test_no_such_name(new_client):
    """
    A name without addresses is a failure of the DNS, and not asked about twice in a moment.
    """
    names = Names()
    client = await new_client(lookup=names)

    found = []
    for _ in range(2):
        with pytest.raises(FetchError) as caught:
            await client.address_of("https://news.example/")
        found.append(str(caught.value))

    assert ["dns: news.example: Name or service not known"] * 2 == found
    assert ["news.example"] == names.asked


@pytest.mark.parametrize("url", ["", "ftp://news.example/", "http://127.1/"])
async def test_no_address(client, url):
    """
    What is no address we would ask is on no machine.
    """
    with pytest.raises(FetchError) as caught:
        await client.address_of(url)

    assert "bad-url" == caught.value.failure


async def test_slow_names(new_client):
    """
    A name server that does not answer ends at the client's deadline.
    """
    answered = threading.Event()
    client = await new_client(lookup=lambda _: answered.wait() and [], deadline=timedelta(milliseconds=30))

    with pytest.raises(FetchError) as caught:
        await client.address_of("https://news.example/")
    answered.set()

    assert "timeout" == caught.value.failure


async def test_names_are_forgotten(new_client, monkeypatch):
    """
    Not more names are kept than a process has room for.
    """
    monkeypatch.setattr(resolve, "MAX_NAMES", 10)
    client = await new_client(lookup=lambda _: ["1.1.1.1"])

    for number in range(25):
        await client.address_of(f"https://{number}.example/")

    assert len(client._resolver._known) <= 10


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://192.0.2.7:8080/a", "192.0.2.7"),
        ("http://[2001:db8:1:2:3:4:5:6]/a", "2001:db8:1:2::/64"),
        ("http://[2001:db8:1:2::9]/a", "2001:db8:1:2::/64"),
        ("http://four.example/", "1.1.1.1"),
        ("http://six.example/", "2606:4700:1:2::/64"),
    ],
)
async def test_address_of(new_client, url, expected):
    """
    A machine is known by its IPv4 address, or by the network of its IPv6 address.
    """
    client = await new_client(lookup=Names(four_example=["1.1.1.1", "1.0.0.1"], six_example=["2606:4700:1:2::3"]))

    assert expected == await client.address_of(url)


def test_neighbourhood_with_a_zone():
    """
    The zone of a link-local address says which cable, not which machine.
    """
    assert "fe80::/64" == neighbourhood("fe80::1%eth0")
