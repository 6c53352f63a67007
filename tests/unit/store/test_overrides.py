"""What the operator says of single sources, in the store."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from ingest.models import SourceOverride
from ingest.store.overrides import FRESH, Overrides, read_overrides, replace_overrides

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHOLE = SourceOverride(
    domain="outlet.example",
    user_agent="bot/1",
    interval=timedelta(minutes=10),
    is_feed_only=True,
    ignores_robots=True,
    within=("article",),
    strip=(".ad",),
)


async def test_written_and_read(store):
    """
    What was said comes back whole, and takes the place of what was said before.
    """
    await replace_overrides(store, [SourceOverride(domain="old.example")])
    await replace_overrides(store, [WHOLE])

    got = await read_overrides(store)

    assert {"outlet.example": WHOLE} == got


@pytest.mark.parametrize("stored", [b"", b"nonsense", b"{}", b'[{"domain": 3}]', b'[{"x": 1}]'])
async def test_foreign_bytes(store, stored):
    """
    What is not ours counts as nothing said.
    """
    await store.redis.set(store.keys.overrides, stored)

    got = await read_overrides(store)

    assert {} == got


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://outlet.example/a", "outlet.example"),
        ("https://www.outlet.example./a", "outlet.example"),
        ("https://notoutlet.example/a", "notoutlet.example"),
        ("https://example/", "example"),
        ("https://[::1", ""),
        ("", ""),
    ],
)
async def test_nearest_domain(store, url, domain):
    """
    A domain's word holds for the domains below it, and for no other.
    """
    await replace_overrides(store, [WHOLE])

    got = await Overrides(store, lambda: T0).of(url)

    assert domain == got.domain
    assert (domain == "outlet.example") == (got == WHOLE)


async def test_read_again_in_time(store):
    """
    A worker heeds a new word within twenty seconds, and does not ask for it before; whatever its clock does.
    """
    moments = [T0, T0 + FRESH / 2, T0 + FRESH, T0 - FRESH]
    clock = iter(moments)
    overrides = Overrides(store, lambda: next(clock))
    got = []
    for said in ("a/1", "b/1", "c/1", "d/1"):
        await replace_overrides(store, [SourceOverride(domain="outlet.example", user_agent=said)])
        got.append((await overrides.of("https://outlet.example/")).user_agent)

    assert ["a/1", "a/1", "c/1", "d/1"] == got


async def test_read_once(store, monkeypatch):
    """
    However much is under way when a worker's knowledge grows old, the store is asked once.
    """
    reads = []

    async def counted(asked):
        reads.append(asked)
        return await read_overrides(asked)

    monkeypatch.setattr("ingest.store.overrides.read_overrides", counted)
    await replace_overrides(store, [WHOLE])
    overrides = Overrides(store, lambda: T0)

    got = await asyncio.gather(*(overrides.of("https://outlet.example/") for _ in range(5)))

    assert [WHOLE] * 5 == got
    assert 1 == len(reads)
