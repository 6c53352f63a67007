"""The output stream as an onlooker sees it."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.store.feeds import add_feed
from ingest.store.rows import (
    count_due,
    events_of,
    eviction,
    oldest_due,
    read_groups,
    read_rows,
    row_time,
    rows_after,
    rows_before,
)
from tests.unit.store.records import record


@pytest.fixture
async def written(store):
    """Rows 1 to 9."""
    for number in range(1, 10):
        await store.redis.xadd(store.keys.articles, {"n": number}, id=f"{number}-0")
    return store


async def test_rows(written):
    """
    Rows come from the newest back, and from one on, in parts without a gap or an overlap.
    """
    newest = [id_ for id_, _ in await rows_before(written, "", 3)]
    before = [id_ for id_, _ in await rows_before(written, newest[-1], 3)]
    after = [id_ for id_, _ in await rows_after(written, "7-0", 100)]

    assert ["9-0", "8-0", "7-0"] == newest
    assert ["6-0", "5-0", "4-0"] == before
    assert ["8-0", "9-0"] == after
    assert ["9-0"] == [id_ for id_, _ in await rows_before(written, "nonsense", 1)]
    assert [("3-0", {b"n": b"3"})] == await read_rows(written, ["3-0", "99-0", "nonsense"])


async def test_groups(written):
    """
    A group's lag, what it holds and since when, and its consumers; none before there is a stream.
    """
    await written.redis.xgroup_create(written.keys.articles, "g", id="0")
    await written.redis.xreadgroup("g", "one", {written.keys.articles: ">"}, count=4)

    (got,) = await read_groups(written)

    assert ("g", 5, 4, "4-0") == (got.name, got.lag, got.pending, got.last_row)
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=1) == got.pending_since
    assert [("one", 4)] == [(one.name, one.pending) for one in got.consumers]


async def test_no_stream(store):
    """
    Where nothing was published there is no group, no row, and no event of an article.
    """
    assert () == await read_groups(store)
    assert [] == await rows_before(store, "", 5)
    assert [] == await events_of(store, "a")


async def test_events_of(store):
    """
    An article's record names its first event, and the last ones that a later look and a replay sent.
    """
    await store.redis.set(store.keys.article("a"), record("1-0", revisit_event="5-0"))
    await store.redis.set(store.keys.article("c"), record("3-0", replayed="m", latest="7-0"))
    await store.redis.set(store.keys.article("b"), record("2-0"))

    assert ["1-0", "5-0"] == await events_of(store, "a")
    assert ["2-0"] == await events_of(store, "b")
    assert ["3-0", "7-0"] == await events_of(store, "c")


async def test_due(store):
    """
    How much is due and since when; nothing is where nothing waits.
    """
    assert await oldest_due(store, "entries") is None
    await add_feed(store, "https://a.example/")
    await add_feed(store, "https://b.example/", pause=timedelta(hours=1))
    now = datetime.now(UTC)

    oldest = await oldest_due(store, "feeds")

    assert abs(now - oldest) < timedelta(minutes=1)
    assert 1 == await count_due(store, "feeds", now + timedelta(minutes=5))
    assert "noeviction" == await eviction(store)


@pytest.mark.parametrize("row", ["", "x", "1", "99999999999999999999-0", "1-0-0"])
def test_no_row(row):
    """
    What is no row's id has no time.
    """
    assert row_time(row) is None
