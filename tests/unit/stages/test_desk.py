"""The gate before a host."""

from datetime import timedelta

import pytest

from ingest.stages.desk import MAX_SLOT_WAIT, HostBusyError, host_gate


async def test_free(office):
    """
    A host that nobody asked of late is asked at once.
    """
    await host_gate(office.desk)("https://example.org/feed.xml")


async def test_waits_its_turn(office, monkeypatch):
    """
    Requests to one registrable domain start at least the host interval apart, whatever the host's name.
    """
    office = office.with_settings(host_interval=timedelta(seconds=4))
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    monkeypatch.setattr("asyncio.sleep", sleep)
    gate = host_gate(office.desk)
    for name in ("www", "news", "img"):
        await gate(f"https://{name}.example.org/")
    await gate("https://courier.example/")

    assert 0 == waits[0] == waits[3]
    assert 3 < waits[1] <= 4
    assert 7 < waits[2] <= 8


async def test_too_far(office):
    """
    A slot too far away is not reserved: who comes later finds the same line.
    """
    office = office.with_settings(host_interval=MAX_SLOT_WAIT * 3)
    gate = host_gate(office.desk)
    await gate("https://example.org/")

    waits = []
    for _ in range(2):
        with pytest.raises(HostBusyError) as busy:
            await gate("https://example.org/")
        waits.append(busy.value.wait)

    assert MAX_SLOT_WAIT * 3 >= waits[0] >= waits[1] > MAX_SLOT_WAIT * 2
