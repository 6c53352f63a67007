"""The output stream as a relay reads it: nothing lost, nothing out of order, whoever dies."""

from datetime import timedelta

import pytest

from ingest.store import relay
from ingest.store.relay import (
    RefusedEvent,
    Settled,
    Standing,
    drop_refused,
    forget_sink,
    hold_sink,
    is_row_id,
    known_sinks,
    leave_sink,
    list_refused,
    note_state,
    read_standing,
    retry_refused,
    settle_rows,
    take_rows,
)
from ingest.store.stream import trim_stream

LEASE = timedelta(minutes=1)
MOMENT = timedelta(milliseconds=1)


@pytest.fixture
def publish(store):
    """Put events on the stream, by number."""

    async def publish(*numbers: int):
        for number in numbers:
            fields = {"id": f"e{number}", "subject": f"s{number}", "data": "{}"}
            await store.redis.xadd(store.keys.articles, fields, id=f"{number}-1")

    return publish


async def taken(store, *, count=10, start="beginning", holder="one"):
    rows = await take_rows(store, "files", holder, count=count, start=start)
    return None if rows is None else [row.id for row in rows]


async def settle(store, outcome, *numbers, is_again=False):
    rows = await take_rows(store, "files", "one", count=100, start="beginning")
    chosen = [row for row in rows if row.is_again == is_again and (is_again or int(row.id[:-2]) in numbers)]
    return await settle_rows(store, "files", [Settled(row=row, outcome=outcome, reason="why") for row in chosen])


async def test_taken_until_settled(store, publish):
    """
    What was taken comes again, in its order and before what is new, until it is settled; then never.
    """
    await hold_sink(store, "files", "one", lease=LEASE)
    await publish(1, 2, 3)

    first = await taken(store, count=2)
    second = await taken(store, count=2)
    third = await taken(store, count=3)
    await settle(store, "sent", 1, 3)
    await publish(4)
    last = await taken(store)

    assert (["1-1", "2-1"], ["1-1", "2-1"], ["1-1", "2-1", "3-1"], ["2-1", "4-1"]) == (first, second, third, last)


async def test_one_relay_at_a_time(store, publish):
    """
    While one relay holds a sink no other does; what it had in hand goes to the next one, which then is the only one.
    """
    await publish(1, 2)

    holds = [await hold_sink(store, "files", name, lease=LEASE) for name in ("one", "two", "one")]
    first = [await taken(store, count=1), await taken(store, holder="two")]
    left = [await leave_sink(store, "files", name) for name in ("two", "one")]
    holds += [await hold_sink(store, "files", "two", lease=LEASE)]
    then = [await taken(store), await taken(store, holder="two")]

    assert ([True, False, True, True], [False, True]) == (holds, left)
    assert [["1-1"], None, None, ["1-1", "2-1"]] == first + then


async def test_a_lease_runs_out(store):
    """
    A relay that does not come back is not waited for longer than its lease.
    """
    await hold_sink(store, "files", "one", lease=MOMENT)

    for _ in range(5000):
        if await hold_sink(store, "files", "two", lease=LEASE):
            break

    assert not await hold_sink(store, "files", "one", lease=LEASE)


@pytest.mark.parametrize(("start", "expected"), [("beginning", [["1-1"], ["1-1", "2-1"]]), ("now", [[], ["2-1"]])])
async def test_where_a_new_sink_begins(store, publish, start, expected):
    """
    A new sink begins with what the stream still holds, or with what comes next, as configured; only once.
    """
    await hold_sink(store, "files", "one", lease=LEASE)
    await publish(1)

    first = await taken(store, start=start)
    await publish(2)

    assert expected == [first, await taken(store, start=start)]


async def test_no_stream(store):
    """
    Before the first event there is nothing to take, and nothing is known of the sink.
    """
    await hold_sink(store, "files", "one", lease=LEASE)

    assert ([], []) == (await known_sinks(store), await taken(store))
    assert ["files"] == await known_sinks(store)


async def test_a_row_that_left(store, publish):
    """
    A row that the operator's limit took off the stream comes without fields and is settled as lost.
    """
    await hold_sink(store, "files", "one", lease=LEASE)
    await publish(1, 2)
    await taken(store)
    await store.redis.xdel(store.keys.articles, "1-1")

    rows = await take_rows(store, "files", "one", count=10, start="beginning")
    await settle_rows(store, "files", [Settled(row=rows[0], outcome="lost")])

    assert [("1-1", {}), ("2-1", b"e2")] == [(row.id, row.fields and row.fields[b"id"]) for row in rows]
    assert ["2-1"] == await taken(store)
    assert 1 == (await read_standing(store, "files")).lost


async def test_standing(store, publish):
    """
    How a sink is doing says what it was given and what it was not, and counts each row once.
    """
    await hold_sink(store, "files", "one", lease=LEASE)
    await publish(1, 2, 3, 4)
    await taken(store, count=3)
    await settle(store, "sent", 1)
    await settle(store, "filtered", 2)
    rows = await take_rows(store, "files", "one", count=1, start="beginning")
    for _ in range(2):
        await settle_rows(store, "files", [Settled(row=rows[0], outcome="refused", reason="too large")])
    await note_state(store, "files", "waiting", "nobody answers")
    await publish(5)

    got = await read_standing(store, "files")

    assert ("files", "waiting", "nobody answers", True) == (got.name, got.state, got.error, got.is_held)
    assert (1, 1, 1, 0, 1) == (got.sent, got.filtered, got.refused, got.lost, got.dead)
    assert (1, 1) == (got.lag, got.pending)
    assert got.since is not None
    assert Standing(name="other") == await read_standing(store, "other")


async def test_dead_letters(store, publish):
    """
    What a sink refused is kept whole with the reason, can be given to it again, before what is new, or dropped.
    """
    await hold_sink(store, "files", "one", lease=LEASE)
    await publish(1, 2, 3)
    await taken(store)
    await settle(store, "refused", 1, 2)
    two, one = await list_refused(store, "files")

    done = [await retry_refused(store, "files", id_) for id_ in (one.id, one.id)]
    done += [await drop_refused(store, "files", id_) for id_ in (two.id, two.id)]
    again, third = await take_rows(store, "files", "one", count=10, start="beginning")

    assert [("e2", "s2", "why"), ("e1", "s1", "why")] == [
        (dead.event, dead.subject, dead.reason) for dead in (two, one)
    ]
    assert isinstance(one, RefusedEvent)
    assert one.died_at <= two.died_at
    assert [True, False, True, False] == done
    assert (True, {b"id": b"e1", b"subject": b"s1", b"data": b"{}"}) == (again.is_again, dict(again.fields))
    assert (False, "3-1") == (third.is_again, third.id)
    await settle(store, "sent", is_again=True)
    assert ["3-1"] == await taken(store)


async def test_refused_again(store, publish):
    """
    A dead letter that is refused once more is a dead letter once more.
    """
    await hold_sink(store, "files", "one", lease=LEASE)
    await publish(1)
    await settle(store, "refused", 1)
    (dead,) = await list_refused(store, "files")
    await retry_refused(store, "files", dead.id)

    await settle(store, "refused", is_again=True)

    assert (["e1"], []) == ([one.event for one in await list_refused(store, "files")], await taken(store))


async def test_full(store, publish, monkeypatch):
    """
    Dead letters that found no room stay with the relay: nothing is forgotten for lack of it.
    """
    monkeypatch.setattr(relay, "MAX_DEAD", 2)
    await hold_sink(store, "files", "one", lease=LEASE)
    await publish(1, 2, 3, 4)
    await taken(store)

    left = [await settle(store, "refused", 1, 2, 3), await settle(store, "sent", 4), await settle(store, "refused", 3)]
    waiting = await taken(store)
    await drop_refused(store, "files", (await list_refused(store, "files"))[0].id)

    assert ([1, 0, 1], ["3-1"]) == (left, waiting)
    assert 0 == await settle(store, "refused", 3)


async def test_trimming_waits_for_a_sink(store, publish):
    """
    What a sink has not been given stays on the stream, until the sink is forgotten; one that is at work is not.
    """
    await hold_sink(store, "files", "one", lease=LEASE)
    await publish(*range(1, 301))
    await store.redis.xgroup_create(store.keys.articles, "readers", "$")
    await taken(store, count=1)

    before = await trim_stream(store, keep=timedelta(0), limit=None)
    held = await forget_sink(store, "files")
    await leave_sink(store, "files", "one")
    gone = [await forget_sink(store, "files"), await forget_sink(store, "files")]
    after = await trim_stream(store, keep=timedelta(0), limit=None)

    assert (0, "held", ["forgotten", "unknown"]) == (before.read, held, gone)
    assert after.read >= 200
    assert [] == await known_sinks(store)
    assert not await hold_sink(store, "files", "one", lease=LEASE)
    assert {store.keys.relay("files").encode()} == {
        key for key in await store.redis.keys(f"{store.keys.prefix}:*") if b"files" in key
    }


@pytest.mark.parametrize(("text", "expected"), [("1-0", True), ("1", False), ("-", False), ("1-0\n", False)])
def test_row_id(text, expected):
    """
    What is no id of a dead letter is told before the store is asked.
    """
    assert expected == is_row_id(text)
