"""The law of the counters' history: a row a minute, bounded for ever, and no rate below zero."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.store.history import SLOTS, Moment, Rate, rates, read_history, sample_counts

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def _now(store) -> datetime:
    seconds, micros = await store.redis.time()
    return datetime.fromtimestamp(seconds + micros / 1e6, UTC)


async def _plant(store, ages, *, ring="minutes"):
    """A ring's rows of these ages, as the script writes them; the counter is the minutes since the first."""
    now = (await _now(store)).replace(second=30, microsecond=0) - MINUTE
    unit = 60_000 if ring == "minutes" else 3_600_000
    for age in ages:
        at = round((now - age).timestamp() * 1000)
        value = round((max(ages) - age) / MINUTE)
        await store.redis.hset(store.keys.history(ring), str(at // unit % SLOTS), f"{at} {value},,7")
    await store.redis.hset(store.keys.history("names"), mapping={"entries.seen": 0, "polls.gone": 1, "polls.failed": 2})


async def test_a_sample_a_minute(store):
    """
    The counters of a minute are kept once, however often they are asked for, and read back with those of now.
    """
    await store.redis.hset(store.keys.counts, mapping={"entries.seen": 3, "polls.modified": 1})

    sampled = [await sample_counts(store), await sample_counts(store)]
    await store.redis.hincrby(store.keys.counts, "entries.seen", 2)
    await store.redis.hincrby(store.keys.counts, "entries.published", 1)
    got = await read_history(store, since=timedelta(hours=1), points=100)

    assert [True, False] == sampled
    assert {"entries.seen": 3, "polls.modified": 1} == got[0].counts
    assert {"entries.seen": 5, "entries.published": 1, "polls.modified": 1} == got[-1].counts
    assert [await store.redis.hlen(store.keys.history(ring)) for ring in ("minutes", "hours")] == [1, 1]


async def test_a_new_counter_gets_a_column(store):
    """
    Rows of before a counter was there still say what they said, and the new counter stands in a column of its own.
    """
    await store.redis.hset(store.keys.counts, "b", 1)
    await sample_counts(store)
    first = await store.redis.hvals(store.keys.history("minutes"))
    await store.redis.hset(store.keys.counts, "a", 2)
    # The row is moved back a minute.
    at, _, values = first[0].decode().partition(" ")
    earlier = int(at) - 60_000
    await store.redis.delete(store.keys.history("minutes"))
    await store.redis.hset(store.keys.history("minutes"), str(earlier // 60_000 % SLOTS), f"{earlier} {values}")

    await sample_counts(store)
    got = await read_history(store, since=timedelta(hours=1), points=100)

    assert [{"b": 1}, {"a": 2, "b": 1}, {"a": 2, "b": 1}] == [moment.counts for moment in got]


async def test_an_earlier_round_is_overwritten(store):
    """
    The row of the same minute yesterday makes room for today's.
    """
    await store.redis.hset(store.keys.counts, "a", 2)
    at = round((await _now(store)).timestamp() * 1000) - 86_400_000
    for after in (0, 60_000):
        slot = (at + after) // 60_000 % SLOTS
        await store.redis.hset(store.keys.history("minutes"), str(slot), f"{at + after} 1")

    assert await sample_counts(store)
    assert 2 == await store.redis.hlen(store.keys.history("minutes"))


@pytest.mark.parametrize(
    ("since", "points", "expected"),
    [
        (timedelta(minutes=30), 1000, 31),
        (timedelta(days=1), 2000, 301),
        (timedelta(minutes=300), 12, 12),
        (timedelta(hours=1), 2, 2),
        (timedelta(hours=1), 1, 1),
    ],
)
async def test_points(store, since, points, expected):
    """
    A history has no more points than asked for, spread over its time, oldest first, and the last one is now.
    """
    await _plant(store, [MINUTE * n for n in range(300)])

    got = await read_history(store, since=since, points=points)
    ages = [await _now(store) - moment.at for moment in got]

    assert len(got) in {expected - 1, expected}
    assert sorted(ages, reverse=True) == ages
    assert timedelta(0) <= ages[-1] < timedelta(seconds=10)
    assert ages[0] <= since + timedelta(seconds=10)


async def test_hours_beyond_a_day(store):
    """
    Beyond a day the hours are read as well; within one they are not.
    """
    await _plant(store, [timedelta(days=n) for n in range(30)], ring="hours")

    month = await read_history(store, since=timedelta(days=60), points=100)
    day = await read_history(store, since=timedelta(days=1), points=100)

    assert (31, 1) == (len(month), len(day))
    assert {"entries.seen": 0, "polls.failed": 7} == month[0].counts


@pytest.mark.parametrize("damage", ["", "x", "12", "12 a,b", "9" * 15 + " 1", "-1 2", " ,"])
async def test_damage(store, damage):
    """
    A row that is not of our making is left out, and so is a counter that is no number.
    """
    await _plant(store, [MINUTE, 2 * MINUTE])
    await store.redis.hset(store.keys.history("minutes"), "77777", damage)
    await store.redis.hset(store.keys.history("names"), "odd", "x")
    await store.redis.hset(store.keys.counts, mapping={"a": 2, "b": "x"})

    got = await read_history(store, since=timedelta(hours=1), points=100)

    assert [2, 2, 1] == [len(moment.counts) for moment in got]
    assert await sample_counts(store)


@pytest.mark.parametrize("column", ["9" * 20, "1e9", "inf", "-1", "1.5", ""])
async def test_damaged_column(store, column):
    """
    A counter whose column is none, or further to the right than any can be, gets another: no row is filled up to it.
    """
    await store.redis.hset(store.keys.history("names"), "a", column)
    await store.redis.hset(store.keys.counts, "a", 2)

    assert await sample_counts(store)

    got = await read_history(store, since=timedelta(hours=1), points=100)
    assert [{"a": 2}, {"a": 2}] == [moment.counts for moment in got]
    assert max(map(len, await store.redis.hvals(store.keys.history("minutes")))) < 100


def test_rates():
    """
    A rate is what was added a second; a counter that fell, as after a restored snapshot, added nothing.
    """
    moments = (
        Moment(NOON, {"a": 10, "b": 5}),
        Moment(NOON + MINUTE, {"a": 70, "b": 2, "c": 6}),
        Moment(NOON + MINUTE, {"a": 70}),
    )

    got = rates(moments)

    assert (Rate(NOON, NOON + MINUTE, {"a": 1.0, "b": 0.0, "c": 0.1}),) == got
    assert () == rates(moments[:1])
