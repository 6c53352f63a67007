"""The output stream within bounds."""

from datetime import timedelta

import pytest

from ingest.store.entries import counts
from ingest.store.stream import Trimmed, trim_stream

NOW = timedelta(0)
YEARS = timedelta(days=3650)
#: Whole blocks of rows go at a time.
BLOCK = 100


@pytest.fixture
def fill(store):
    """So many rows on the stream, all of them old."""

    async def fill(count: int) -> list[bytes]:
        async with store.redis.pipeline() as pipe:
            for number in range(1, count + 1):
                pipe.xadd(store.keys.articles, {"id": str(number)}, id=f"{number}-0")
            return await pipe.execute()

    return fill


@pytest.fixture
def read(store):
    """Have a group read so many rows, and acknowledge all of them but the given ones."""

    async def read(group: str, count: int, *, but: tuple[int, ...] = ()) -> None:
        keys = store.keys
        await store.redis.xgroup_create(keys.articles, group, id="0")
        if count:
            ((_, rows),) = await store.redis.xreadgroup(group, "c", {keys.articles: ">"}, count=count)
            acked = [row for row, _ in rows if int(row.split(b"-")[0]) not in but]
            await store.redis.xack(keys.articles, group, *acked)

    return read


async def _first(store) -> int:
    """The number of the first row that is left, or would come next."""
    (row, _), *_ = [*await store.redis.xrange(store.keys.articles, count=1), (b"501-0", {})]
    return int(row.split(b"-")[0])


async def test_no_stream(store):
    """
    Where nothing was published there is nothing to cut.
    """
    assert Trimmed(read=0, unread=0) == await trim_stream(store, keep=NOW, limit=NOW)


async def test_no_group(store, fill):
    """
    Without a group nobody has read anything, and nothing goes.
    """
    await fill(500)

    got = await trim_stream(store, keep=NOW, limit=None)

    assert (Trimmed(read=0, unread=0), 1) == (got, await _first(store))


@pytest.mark.parametrize(
    ("groups", "needed"),
    [
        ([("a", 500, ())], 500),
        ([("a", 500, ()), ("b", 350, ())], 350),
        ([("a", 500, (250,))], 250),
        ([("a", 500, ()), ("b", 0, ())], 1),
    ],
)
async def test_slowest_group(store, fill, read, groups, needed):
    """
    Everything behind the slowest group goes, and nothing that a group has not read and acknowledged.
    """
    await fill(500)
    for name, count, but in groups:
        await read(name, count, but=but)

    got = await trim_stream(store, keep=NOW, limit=None)

    first = await _first(store)
    assert (first - 1, 0) == (got.read, got.unread)
    assert needed - BLOCK <= first <= needed + 1


async def test_young_rows_stay(store, fill, read):
    """
    What everybody has read stays for a while all the same.
    """
    await store.redis.xadd(store.keys.articles, {"id": "young"})
    await read("a", 1)

    got = await trim_stream(store, keep=timedelta(hours=1), limit=None)

    assert (Trimmed(read=0, unread=0), 1) == (got, await store.redis.xlen(store.keys.articles))
    assert fill


@pytest.mark.parametrize("has_group", [True, False])
async def test_limit(store, fill, read, has_group):
    """
    Past the operator's limit unread rows go as well, and are counted.
    """
    await fill(300)
    await store.redis.xadd(store.keys.articles, {"id": "young"})
    if has_group:
        await read("a", 100)

    cuts = [await trim_stream(store, keep=NOW, limit=timedelta(hours=1)) for _ in range(2)]

    unread = sum(cut.unread for cut in cuts)
    assert (200 if has_group else 300, 300) == (unread, unread + sum(cut.read for cut in cuts))
    assert {"events.dropped": unread} == await counts(store)
    assert 1 == await store.redis.xlen(store.keys.articles)


async def test_limit_of_nothing_unread(store, fill, read):
    """
    A limit that only read rows have passed drops nothing unread.
    """
    await fill(300)
    await read("a", 300)

    got = await trim_stream(store, keep=YEARS, limit=timedelta(hours=1))

    assert 0 == got.unread
