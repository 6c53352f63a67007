"""What goes wrong with one claim stays with that claim, and the claim is given back as it should be."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import redis.exceptions
from structlog.testing import capture_logs

from ingest.models import Change, Feed
from ingest.stages.desk import Desk
from ingest.stages.poll import PollReport
from ingest.stages.revisit import RevisitReport
from ingest.store.connect import connect
from ingest.store.due import Claim, begin, claim_due, release
from ingest.store.feeds import add_feed
from workers import shift as shift_module
from workers.shift import AWAY_PAUSE, DEFECT_PAUSE, FULL_PAUSE, Shift

LONG = timedelta(minutes=5)
HOUR = timedelta(hours=1)


class Bench:
    """A shift whose desk has a store, and whose stages do what the test says."""

    def __init__(self, store, settings):
        self.store = store
        self.shift = Shift(settings, settings.redis_url)
        self.shift._loop = asyncio.get_running_loop()
        self.shift._desk = Desk(
            store=store,
            http=None,
            sandbox=None,
            settings=settings,
            lessons=None,
            overrides=None,
            now=lambda: datetime(2026, 3, 1, tzinfo=UTC),
            dice=lambda: 0.0,
            attempt=lambda: "a",
        )
        self.begun = asyncio.Event()

    async def claims(self, count):
        for number in range(count):
            await add_feed(self.store, f"https://example.org/{number}.xml")
        return await claim_due(self.store, "feeds", limit=count, lease=LONG, max_in_hand=100)

    async def pause(self, id_):
        """How long until it is due, to five seconds, so that a slow machine does no harm; None while it is claimed."""
        seconds, micros = await self.store.redis.time()
        due = await self.store.redis.zscore(self.store.keys.due("feeds"), id_)
        return due and timedelta(seconds=5 * round((due / 1000 - seconds - micros / 1e6) / 5))

    async def feed(self, id_):
        fields = await self.store.redis.hgetall(self.store.keys.feed(id_))
        return {name.decode(): value.decode() for name, value in fields.items()}


@pytest.fixture
async def bench(store, settings):
    return Bench(store, settings)


def stage(bench, monkeypatch, bad, act):
    """A stand-in for poll_feed, which is tested by itself: claims begin; ``bad`` then acts, the others end well."""

    async def poll_feed(desk, claim):
        await begin(desk.store, "feeds", claim, lease=LONG, attempt="a")
        if claim == bad:
            bench.begun.set()
            await act()
        await release(desk.store, "feeds", claim, pause=HOUR, is_strike=False)
        return PollReport(feed=Feed(id=claim.id, url="https://example.org/"), outcome="modified")

    monkeypatch.setattr(shift_module, "poll_feed", poll_feed)


def raising(error):
    async def act():
        raise error

    return act


async def for_ever():
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("a defect"), (DEFECT_PAUSE, "1", "work.failed", "error")),
        (RecursionError(), (DEFECT_PAUSE, "1", "work.failed", "error")),
        (redis.exceptions.ResponseError("WRONGTYPE"), (DEFECT_PAUSE, "1", "work.failed", "error")),
        (redis.exceptions.ConnectionError("gone"), (AWAY_PAUSE, "0", "store.away", "warning")),
        (redis.exceptions.TimeoutError("slow"), (AWAY_PAUSE, "0", "store.away", "warning")),
        (redis.exceptions.ReadOnlyError("replica"), (AWAY_PAUSE, "0", "store.away", "warning")),
        (redis.exceptions.OutOfMemoryError("OOM command not allowed"), (FULL_PAUSE, "0", "store.full", "warning")),
        (redis.exceptions.ResponseError("MISCONF disk"), (FULL_PAUSE, "0", "store.full", "warning")),
        (TimeoutError(), (DEFECT_PAUSE, "1", "work.overdue", "warning")),
    ],
)
async def test_exception(bench, monkeypatch, error, expected):
    """
    An exception gives back its own claim, counted only where the item is to blame, and no other claim notices.
    """
    pause, strikes, event, level = expected
    bad, *others = await bench.claims(3)
    stage(bench, monkeypatch, bad, raising(error))

    with capture_logs() as logs:
        await bench.shift.perform("feeds", [bad, *others])

    assert [pause, HOUR, HOUR] == [await bench.pause(claim.id) for claim in (bad, *others)]
    assert strikes == (await bench.feed(bad.id))["strikes"]
    told = [line for line in logs if line["event"] != "poll.done"]
    assert [(event, level, bad.id)] == [(line["event"], line["log_level"], line["id"]) for line in told]
    assert 3 == len(logs)
    assert set() == bench.shift._running


async def test_defect_is_remembered(bench, monkeypatch):
    """
    What went wrong is kept with the item, whatever characters it has.
    """
    (bad,) = await bench.claims(1)
    stage(bench, monkeypatch, bad, raising(ValueError("lone \ud800")))

    with capture_logs():
        await bench.shift.perform("feeds", [bad])

    assert "ValueError: lone ?" == (await bench.feed(bad.id))["error"]


async def test_overdue(bench, monkeypatch, settings):
    """
    An attempt ends with its lease: it counts, and no other claim notices.
    """
    bad, other = await bench.claims(2)
    stage(bench, monkeypatch, bad, for_ever)
    short = settings.model_copy(update={"lease": timedelta(seconds=0.2)})
    bench.shift._desk = replace(bench.shift._desk, settings=short)

    with capture_logs() as logs:
        await bench.shift.perform("feeds", [bad, other])

    assert [DEFECT_PAUSE, HOUR] == [await bench.pause(claim.id) for claim in (bad, other)]
    assert "1" == (await bench.feed(bad.id))["strikes"]
    assert {"work.overdue", "poll.done"} == {line["event"] for line in logs}


async def test_cut_short(bench, monkeypatch):
    """
    At the drain's end what still runs is given back at once, and was no attempt; what is done stays done.
    """
    bad, other = await bench.claims(2)
    stage(bench, monkeypatch, bad, for_ever)
    with capture_logs() as logs:
        working = asyncio.create_task(bench.shift.perform("feeds", [bad, other]))
        await bench.begun.wait()
        while not logs:
            await bench.pause(other.id)

        bench.shift.cut_short()
        await working

    assert [timedelta(0), HOUR] == [await bench.pause(claim.id) for claim in (bad, other)]
    assert "0" == (await bench.feed(bad.id))["strikes"]
    assert [("poll.done", "info"), ("work.released", "info")] == [(line["event"], line["log_level"]) for line in logs]


async def test_giving_back_fails(bench, monkeypatch):
    """
    A claim that cannot be given back is left to its lease, and said aloud.
    """
    bad, other = await bench.claims(2)
    stage(bench, monkeypatch, bad, raising(ValueError("a defect")))

    async def refuse(*_, **__):
        raise redis.exceptions.ResponseError("WRONGTYPE")

    monkeypatch.setattr(shift_module, "release", refuse)

    with capture_logs() as logs:
        await bench.shift.perform("feeds", [bad, other])

    assert [None, HOUR] == [await bench.pause(claim.id) for claim in (bad, other)]
    assert {"work.failed", "work.dropped", "poll.done"} == {line["event"] for line in logs}


@asynccontextmanager
async def bench_on(server, settings):
    server.start()
    settings = settings.model_copy(update={"redis_url": server.url})
    async with connect(settings, server.url) as store:
        yield Bench(store, settings)


async def test_full(own_store, settings, monkeypatch):
    """
    A store without memory is back-pressure: nothing begins, nothing counts, all goes back for later.
    """
    async with bench_on(own_store, settings) as bench:
        claims = await bench.claims(3)
        stage(bench, monkeypatch, None, for_ever)
        await bench.store.redis.config_set("maxmemory", 1)

        with capture_logs() as logs:
            await bench.shift.perform("feeds", claims)

        assert [FULL_PAUSE] * 3 == [await bench.pause(claim.id) for claim in claims]
        assert ["store.full"] * 3 == [line["event"] for line in logs]
        assert "strikes" not in await bench.feed(claims[0].id)


async def test_gone(own_store, settings):
    """
    A store that is gone ends every attempt in the log, not in a traceback.
    """
    async with bench_on(own_store, settings) as bench:
        claims = await bench.claims(2)
        own_store.kill()

        with capture_logs() as logs:
            await bench.shift.perform("entries", claims)

        assert [("store.away", "warning")] * 2 == [
            (line["event"], line["log_level"]) for line in logs if line["log_level"] != "debug"
        ]


async def test_stale(bench):
    """
    A claim that is no longer ours is said to be so, with its id.
    """
    (claim,) = await bench.claims(1)
    await bench.store.redis.delete(bench.store.keys.token("feeds"))

    with capture_logs() as logs:
        await bench.shift.perform("feeds", [claim])
        await bench.shift.perform("entries", [claim])
        await bench.shift.perform("revisits", [claim])

    names = ("poll.stale", "article.stale", "revisit.stale")
    assert [(name, claim.id) for name in names] == [(line["event"], line["id"]) for line in logs]


async def test_revisit(bench, monkeypatch):
    """
    A look at a published article is logged once, with what it came to.
    """
    changes = (Change(kind="numbers", removed="1", added="2"), Change(kind="text", added="x"), Change(kind="text"))

    async def revisit(_, claim):
        return RevisitReport(article_id=claim.id, url="https://u:p@a.example/", outcome="updated", changes=changes)

    monkeypatch.setattr(shift_module, "revisit", revisit)

    with capture_logs() as logs:
        await bench.shift.perform("revisits", [Claim("a", 1)])

    (line,) = logs
    assert ("revisit.done", "updated", "a", ["numbers", "text"]) == (
        line["event"],
        line["outcome"],
        line["article"],
        line["changes"],
    )
    assert "u:p" not in line["url"]


async def test_not_opened(settings):
    """
    A shift without its engines says so instead of dropping what it is given.
    """
    with pytest.raises(RuntimeError, match="opened"):
        await Shift(settings, settings.redis_url).perform("feeds", [])
