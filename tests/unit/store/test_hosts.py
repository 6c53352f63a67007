"""Laws of host slots."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from ingest.store.hosts import MAX_HOLD, Slot, acquire_host, hold_host

HOST = "gazette.example"
OTHER = "courier.example"
ADDRESS = "192.0.2.1"
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NONE = timedelta(0)


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
    await acquire_host(room.store, HOST, spacing=MINUTE, max_wait=NONE)
    key = room.store.keys.host(HOST)
    before = await room.store.redis.get(key)

    got = await acquire_host(room.store, HOST, spacing=MINUTE, max_wait=timedelta(seconds=5))

    assert not got.is_reserved
    assert timedelta(seconds=50) < got.wait <= MINUTE
    assert before == await room.store.redis.get(key)


async def test_who_is_sent_away_comes_back_in_turn(room):
    """
    Those for whom a host is busy come back at different moments, one spacing apart, and not all when a hold ends.
    """
    await hold_host(room.store, HOST, HOUR)

    slots = [await acquire_host(room.store, HOST, spacing=MINUTE, max_wait=NONE) for _ in range(5)]

    assert not any(slot.is_reserved for slot in slots)
    assert [0, 1, 2, 3, 4] == [round((slot.wait - HOUR) / MINUTE) for slot in slots]


async def test_hold(room):
    """
    A held host is not asked before the hold is over; a shorter hold, or none, does not end it.
    """
    await hold_host(room.store, HOST, HOUR)
    await hold_host(room.store, HOST, MINUTE)
    await hold_host(room.store, HOST, NONE)

    got = await acquire_host(room.store, HOST, spacing=NONE, max_wait=MINUTE)
    other = await acquire_host(room.store, OTHER, spacing=NONE, max_wait=MINUTE)

    assert not got.is_reserved
    assert timedelta(minutes=59) < got.wait <= HOUR
    assert other.is_reserved


async def test_hold_keeps_the_line(room):
    """
    A hold shorter than the line of reserved slots leaves the line as it is.
    """
    for _ in range(3):
        await acquire_host(room.store, HOST, spacing=MINUTE, max_wait=HOUR)
    before = await room.dump()

    await hold_host(room.store, HOST, MINUTE)

    assert before == await room.dump()


async def test_hold_without_end(room):
    """
    A hold that nobody can mean ends after a month, and its key with it.
    """
    await hold_host(room.store, HOST, timedelta(days=99_999))

    got = await room.store.redis.pttl(room.store.keys.host(HOST))

    assert MAX_HOLD - MINUTE < timedelta(milliseconds=got) <= MAX_HOLD


async def ask(room, domain: str, address: str = ADDRESS, spacing: timedelta = MINUTE, **options) -> Slot:
    options = {"max_wait": HOUR, "address_spacing": timedelta(seconds=10)} | options
    return await acquire_host(room.store, domain, spacing=spacing, address=address, **options)


async def test_one_address(room):
    """
    Sites on one address wait for each other, by the address's own smaller spacing.
    """
    slots = [await ask(room, f"{number}.example") for number in range(4)]

    assert [0, 10, 20, 30] == [round(slot.wait.total_seconds()) for slot in slots]


async def test_addresses_do_not_wait_for_each_other(room):
    """
    Another address, or none, has nothing to do with this one's line.
    """
    await ask(room, "a.example")

    slots = [await ask(room, "b.example", "192.0.2.2"), await ask(room, "c.example", "")]

    assert [NONE, NONE] == [slot.wait for slot in slots]


async def test_the_later_of_the_two(room):
    """
    A request waits for its domain and for its address, whichever takes longer.
    """
    await ask(room, HOST)
    await ask(room, OTHER)

    slots = [await ask(room, HOST), await ask(room, "third.example")]

    assert [60, 30] == [round(slot.wait.total_seconds()) for slot in slots]


async def test_a_long_line_does_not_block_its_neighbours(room):
    """
    A domain whose line is long moves its address on by one place for each request, not to the end of that line.
    """
    for _ in range(5):
        await ask(room, HOST)

    got = await ask(room, OTHER)

    assert 50 == round(got.wait.total_seconds())


async def test_a_busy_address_reserves_nothing(room):
    """
    Where the address is busy too long, neither line moves.
    """
    await ask(room, HOST)

    got = await ask(room, OTHER, max_wait=NONE)

    assert not got.is_reserved
    assert await room.store.redis.get(room.store.keys.host(OTHER)) is None
    assert 10 == round((await ask(room, "third.example")).wait.total_seconds())


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
