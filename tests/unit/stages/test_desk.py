"""The gate before a host."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ingest.errors import FetchError
from ingest.net.http import Client
from ingest.stages.desk import MAX_SLOT_WAIT, HostBusyError, host_gate


@pytest.fixture
async def desk(office):
    """A desk for which every name has an address of its own, but for the blogs, which share one."""

    def lookup(name: str) -> list[str]:
        if name == "gone.example":
            raise OSError("no such name")
        return ["192.0.2.250"] if "blog" in name else [f"192.0.2.{len(name)}"]

    async with Client(user_agent="test", lookup=lookup) as http:
        yield replace(office.desk, http=http)


def with_settings(desk, **changes):
    return replace(desk, settings=desk.settings.model_copy(update=changes))


@pytest.fixture
def waits(monkeypatch):
    """How long the gate would have slept."""
    found = []

    async def sleep(seconds):
        found.append(seconds)

    monkeypatch.setattr("ingest.stages.desk.asyncio.sleep", sleep)
    return found


async def test_free(desk):
    """
    A host that nobody asked of late is asked at once.
    """
    await host_gate(desk)("https://example.org/feed.xml")


async def test_no_address(desk):
    """
    A host without an address is not waited for.
    """
    with pytest.raises(FetchError) as caught:
        await host_gate(desk)("https://gone.example/")

    assert "dns" == caught.value.failure
    assert [] == await desk.store.redis.keys(f"{desk.settings.prefix}:host:*")


async def test_one_address(desk, waits):
    """
    Sites on one address wait for each other, by the address's own smaller pause.
    """
    seconds = timedelta(seconds=1)
    desk = with_settings(desk, host_interval=8 * seconds, address_interval=2 * seconds)
    gate = host_gate(desk)
    for name in ("blog-one", "blog-two", "blog-three", "courier"):
        await gate(f"https://{name}.example/")

    assert [0, 2, 4, 0] == [round(wait) for wait in waits]


async def test_an_address_waits_no_longer_than_a_host(desk, waits):
    """
    Who lets hosts be asked more often lets addresses be asked as often.
    """
    gate = host_gate(with_settings(desk, host_interval=timedelta(seconds=1), address_interval=timedelta(hours=1)))
    for name in ("blog-one", "blog-two", "blog-three"):
        await gate(f"https://{name}.example/")

    assert [0, 1, 2] == [round(wait) for wait in waits]


async def test_waits_its_turn(desk, waits):
    """
    Requests to one registrable domain start at least the host interval apart, whatever the host's name.
    """
    gate = host_gate(with_settings(desk, host_interval=timedelta(seconds=4)))
    for name in ("www", "news", "img"):
        await gate(f"https://{name}.example.org/")
    await gate("https://courier.example/")

    assert [0, 4, 8, 0] == [round(wait) for wait in waits]


async def test_too_far(desk):
    """
    A slot too far away is not reserved: each who comes later is told a time of their own to come back.
    """
    gate = host_gate(with_settings(desk, host_interval=MAX_SLOT_WAIT * 3))
    await gate("https://example.org/")

    waits = []
    for _ in range(2):
        with pytest.raises(HostBusyError) as busy:
            await gate("https://example.org/")
        waits.append(busy.value.wait)

    assert [3, 6] == [round(wait / MAX_SLOT_WAIT) for wait in waits]
