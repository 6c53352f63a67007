"""Clocks jump, consumers are dead for a day, days go by at ten times the rate: by a clock that only the test moves."""

from __future__ import annotations

import asyncio
import types
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from redis.exceptions import ResponseError

from ingest.messages.event import read_event
from ingest.settings import Settings
from ingest.store.stream import trim_stream
from tests.faults.house import House, Worker, descriptors, through
from tests.politeness.clock import Clock, VirtualScripts

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: Pause between two polls in these tests.
INTERVAL = 30 * MINUTE


class Timed(House):
    """A deployment whose store, desk and gate before hosts have one clock."""

    def __init__(self, settings: Settings, origin, clock: Clock) -> None:
        super().__init__(settings, origin)
        self.clock = clock
        self.now = clock.now
        self.store = replace(self.store, scripts=VirtualScripts(self.redis, clock))

    async def worker(self, url: str = "", **changes) -> Worker:
        made = await super().worker(url, **changes)
        return through(made, replace(made.store, scripts=VirtualScripts(made.store.redis, self.clock)))

    async def live(self, worker: Worker, span: timedelta, step: timedelta = 5 * MINUTE) -> None:
        """So much time goes by, looked at once in a while."""
        for _ in range(span // step):
            self.clock.advance(step)
            await worker.round()


@pytest.fixture
async def timed(settings, origin, monkeypatch):
    clock = Clock()
    monkeypatch.setattr("ingest.stages.desk.asyncio", types.SimpleNamespace(sleep=clock.sleep))
    changes = {"first_poll": "all", "poll_interval": INTERVAL, "poll_adaptive": False, "poll_jitter": 0.0}
    opened = Timed(settings.model_copy(update=changes), origin, clock)
    yield opened
    await opened.close()


@pytest.mark.parametrize("jump", [HOUR, -HOUR, DAY, -DAY, 30 * DAY], ids=str)
@pytest.mark.parametrize("when", ["idle", "claimed"])
async def test_jump(timed, origin, jump, when):
    """
    A clock that jumps, forward or back, brings no burst of polls and starves nothing for longer than it was set back.
    """
    await timed.subscribe()
    worker = await timed.worker()
    origin.publish(2)
    await timed.live(worker, 2 * HOUR)
    before = origin.polls()
    origin.publish(1)
    messages = await worker.claim("entries") if when == "claimed" else []
    timed.clock.advance(jump)
    for claims in messages:
        await worker.shift.perform("entries", claims)
    await timed.live(worker, HOUR)
    during = origin.polls() - before
    if jump < timedelta(0):
        # What is due stays due then: it comes when the clock has made up for the jump.
        timed.clock.advance(-jump)
    await timed.live(worker, 2 * HOUR)

    await timed.check()
    assert during <= HOUR / INTERVAL + 1
    assert origin.polls() - before - during >= 3


async def readers(house: Timed, group: str) -> list[str]:
    """What a group is given when it comes back, acknowledged."""
    guids = []
    while reply := await house.redis.xreadgroup(group, "r", {house.keys.articles: ">"}, count=50):
        for row, fields in reply[0][1]:
            guids.append(read_event(fields).article["guid"])
            await house.redis.xack(house.keys.articles, group, row)
    return guids


async def age_stream(house: Timed) -> None:
    """The stream's own ids are the server's time: tell the cut that they are as old as the clock says."""
    house.clock.ms = max(house.clock.ms, int((await house.redis.time())[0] + 86_400) * 1000)


async def test_consumer_dead_for_a_day(timed, origin):
    """
    A consumer that is dead for a day is given everything when it is back, in order, once; the stream, cut all the time,
    loses nothing of it, whatever the others have read.
    """
    await age_stream(timed)
    await timed.subscribe()
    worker = await timed.worker()
    for group in ("quick", "dead"):
        await timed.redis.xgroup_create(timed.keys.articles, group, id="0", mkstream=True)
    quick = []
    for _ in range(24):
        origin.publish(3)
        await timed.live(worker, HOUR, INTERVAL)
        quick += await readers(timed, "quick")
        cut = await trim_stream(timed.store, keep=timedelta(0), limit=None)
        assert (0, 0) == (cut.read, cut.unread)

    late = await readers(timed, "dead")

    assert (
        list(origin.everything)
        == sorted(late, key=lambda guid: int(guid[2:]))
        == sorted(quick, key=lambda g: int(g[2:]))
    )
    assert late == quick


async def test_absent_group(timed, origin):
    """
    With a slow group the stream is kept for it; without any group nothing counts as read, so a group that comes first
    after a day finds everything.
    """
    await age_stream(timed)
    await timed.subscribe()
    worker = await timed.worker()
    for _ in range(8):
        origin.publish(8)
        await timed.live(worker, 3 * HOUR, INTERVAL)
        await trim_stream(timed.store, keep=timedelta(0), limit=None)
    await timed.redis.xgroup_create(timed.keys.articles, "late", id="0")

    assert Counter(list(origin.everything)) == Counter(await readers(timed, "late"))


async def test_lost_group(timed, origin):
    """
    Reading as a group that the store has lost says so by name: the consumer's library makes it again, at the beginning.
    """
    await timed.subscribe()
    origin.publish(2)
    await timed.live(await timed.worker(), HOUR, INTERVAL)

    with pytest.raises(ResponseError, match="NOGROUP"):
        await readers(timed, "lost")


async def test_soak(timed, origin):
    """
    Two days at ten times the rate leave nothing behind: no descriptor, no task, no lease, and in the store only what is
    remembered of each article.
    """
    await timed.subscribe("a", "b", "c")
    worker = await timed.worker(revisits=())
    sizes = []
    for _ in range(4):
        for _ in range(6):
            for name in "abc":
                origin.publish(1, name)
            await timed.live(worker, 2 * HOUR, INTERVAL)
        sizes.append(
            (
                len(descriptors()),
                len(asyncio.all_tasks()),
                await timed.redis.hlen(timed.keys.counts),
            )
        )

    await timed.check()
    assert sizes[1:] == sizes[:1] * 3
    assert 0 == await timed.redis.zcard(timed.keys.lease("entries"))
