"""Names to addresses."""

from __future__ import annotations

import asyncio
import threading
from ipaddress import ip_address, ip_network

import pytest

from ingest.net import resolve
from ingest.net.guard import Guard
from ingest.net.resolve import Resolver, system_lookup

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
    monkeypatch.setattr(resolve, "LOOKUP_THREADS", 1)
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
