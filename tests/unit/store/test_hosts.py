"""Laws of host slots."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from ingest.store.hosts import Slot, acquire_host

HOST = "gazette.example"
MINUTE = timedelta(minutes=1)


async def test_slots_are_spacing_apart(room):
    """
    So many who ask at once are given slots exactly one spacing apart, and each its own.
    """
    slots = await asyncio.gather(*(
        acquire_host(room.store, HOST, spacing=MINUTE, max_wait=timedelta(hours=1)) for _ in range(12)
    ))  # fmt: skip

    # A wait is counted from the moment of asking, so that it is short of its slot by the little time this took.
    waits = sorted(slot.wait for slot in slots)
    assert all(slot.is_reserved for slot in slots)
    assert timedelta(0) == waits[0]
    assert list(range(12)) == [round(wait / MINUTE) for wait in waits]


async def test_a_slot_is_exact(room):
    """
    The slot after a reserved one is one spacing after it, to the millisecond, whenever it is asked for.
    """
    key = room.store.keys.host(HOST)
    reserved = []
    for _ in range(5):
        await acquire_host(room.store, HOST, spacing=MINUTE, max_wait=timedelta(hours=1))
        reserved.append(int(await room.store.redis.get(key)))

    assert [60_000] * 4 == [after - before for before, after in pairwise(reserved)]


async def test_a_far_slot_is_not_reserved(room):
    """
    A slot further away than one would wait is left to others, and the wait is told.
    """
    await acquire_host(room.store, HOST, spacing=MINUTE, max_wait=timedelta(0))
    before = await room.dump()

    got = await acquire_host(room.store, HOST, spacing=MINUTE, max_wait=timedelta(seconds=5))

    assert not got.is_reserved
    assert timedelta(seconds=50) < got.wait <= MINUTE
    assert before == await room.dump()


async def test_hosts_do_not_wait_for_each_other(room):
    """
    Each domain has a line of its own.
    """
    await acquire_host(room.store, HOST, spacing=MINUTE, max_wait=timedelta(0))

    got = await acquire_host(room.store, "courier.example", spacing=MINUTE, max_wait=timedelta(0))

    assert Slot(is_reserved=True, wait=timedelta(0)) == got


async def test_no_spacing(room):
    """
    Without spacing nobody waits and nothing is kept.
    """
    got = [await acquire_host(room.store, HOST, spacing=timedelta(0), max_wait=timedelta(0)) for _ in range(3)]

    assert [Slot(is_reserved=True, wait=timedelta(0))] * 3 == got
    assert {} == await room.dump()


async def test_kept_for_moments(room):
    """
    A domain's line is forgotten when its last slot is over: no key stays for ever.
    """
    for _ in range(3):
        await acquire_host(room.store, HOST, spacing=MINUTE, max_wait=timedelta(hours=1))

    got = await room.store.redis.pttl(room.store.keys.host(HOST))

    assert 170_000 < got <= 180_000


@pytest.mark.parametrize("damaged", ["junk", "", "nan"])
async def test_damaged(room, damaged: str):
    """
    A slot that is no number is read as none.
    """
    await room.store.redis.set(room.store.keys.host(HOST), damaged)

    got = await acquire_host(room.store, HOST, spacing=MINUTE, max_wait=timedelta(0))

    assert got.is_reserved
