"""Claims become messages, as many as the workers can take, each claim in one message only."""

import asyncio
from datetime import timedelta

import dramatiq
import pytest
import redis.exceptions
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from structlog.testing import capture_logs

from ingest.store.feeds import add_feed
from workers import scheduler as scheduler_module
from workers.actors import BATCH, make_broker, message
from workers.chores import Chore
from workers.scheduler import MAX_WAITING, _do, _tick, _wind_up, dispatch


@pytest.fixture
def broker(settings):
    made = make_broker(settings, settings.redis_url)
    yield made
    made.client.close()


@pytest.fixture
def sent(store):
    """The claims in the messages that wait, by message, in order."""

    async def read(work="feeds"):
        queue = f"{store.keys.work}:{work}"
        ids = await store.redis.lrange(queue, 0, -1)
        bodies = [await store.redis.hget(f"{queue}.msgs", id_) for id_ in ids]
        return [dramatiq.Message.decode(body) for body in bodies if body]

    return read


async def subscribe(store, count):
    for number in range(count):
        await add_feed(store, f"https://example.org/{number}.xml")


async def test_messages(store, broker, settings, sent):
    """
    Claims are sent in messages of the right size, each with its id and the token in force.
    """
    await subscribe(store, 20)

    count = await dispatch(store, broker, settings, "feeds")

    messages = await sent()
    assert (20, [BATCH["feeds"], 20 - BATCH["feeds"]]) == (count, [len(one.args[0]) for one in messages])
    assert {("feeds", "poll_feeds")} == {(one.queue_name, one.actor_name) for one in messages}
    tokens = await store.redis.hgetall(store.keys.token("feeds"))
    assert tokens == {id_.encode(): str(token).encode() for one in messages for id_, token in one.args[0]}


async def test_nothing_due(store, broker, settings, sent):
    """
    Where nothing is due nothing is sent.
    """
    await add_feed(store, "https://example.org/feed.xml", pause=timedelta(hours=1))

    assert (0, []) == (await dispatch(store, broker, settings, "feeds"), await sent())


@pytest.mark.parametrize(
    ("waiting", "claimed"), [(MAX_WAITING, 0), (MAX_WAITING + 5, 0), (MAX_WAITING - 1, BATCH["feeds"])]
)
async def test_back_pressure(store, broker, settings, waiting, claimed):
    """
    Nothing is claimed that would wait behind more messages than the workers take soon: its lease would run out there.
    """
    await subscribe(store, BATCH["feeds"] + 5)
    for _ in range(waiting):
        broker.enqueue(message("feeds", []))

    count = await dispatch(store, broker, settings, "feeds")

    assert (claimed, claimed) == (count, await store.redis.zcard(store.keys.lease("feeds")))


async def test_max_in_hand(store, broker, settings):
    """
    Never more is out than the operator allows.
    """
    await subscribe(store, 9)
    settings = settings.model_copy(update={"max_in_hand": 7})

    counts = [await dispatch(store, broker, settings, "feeds") for _ in range(2)]

    assert [7, 0] == counts


class Refusing:
    """A broker that takes so many messages and no more."""

    def __init__(self, broker, room):
        self.broker = broker
        self.room = room

    def enqueue(self, one):
        if not self.room:
            raise redis.exceptions.ConnectionError("gone")
        self.room -= 1
        return self.broker.enqueue(one)


@pytest.mark.parametrize("room", [0, 1, 2])
async def test_broker_refuses(store, broker, settings, sent, room):
    """
    What could not be sent is due again at once, all of it; what was sent stays claimed.
    """
    await subscribe(store, 3 * BATCH["feeds"])

    with pytest.raises(redis.exceptions.ConnectionError):
        await dispatch(store, Refusing(broker, room), settings, "feeds")

    taken = {id_ for one in await sent() for id_, _ in one.args[0]}
    assert room * BATCH["feeds"] == len(taken)
    leased = await store.redis.zrange(store.keys.lease("feeds"), 0, -1)
    assert taken == {id_.decode() for id_ in leased}
    assert (3 - room) * BATCH["feeds"] == await store.redis.zcard(store.keys.due("feeds"))
    assert await dispatch(store, broker, settings, "feeds") == (3 - room) * BATCH["feeds"]


async def test_two_schedulers(store, broker, settings, sent):
    """
    Of any number of schedulers at once only one sends a claim.
    """
    await subscribe(store, 50)

    counts = await asyncio.gather(*(dispatch(store, broker, settings, "feeds") for _ in range(5)))

    ids = [id_ for one in await sent() for id_, _ in one.args[0]]
    assert (50, 50, 50) == (sum(counts), len(ids), len({*ids}))


@pytest.mark.parametrize(
    ("error", "event", "level"),
    [
        (redis.exceptions.ConnectionError("gone"), "store.away", "warning"),
        (redis.exceptions.OutOfMemoryError("OOM command"), "store.full", "warning"),
        (KeyError("defect"), "tick.failed", "error"),
    ],
)
async def test_tick_survives(monkeypatch, error, event, level):
    """
    Whatever goes wrong in a tick ends in the log; the next one comes.
    """

    async def fail(*_):
        raise error

    monkeypatch.setattr(scheduler_module, "dispatch", fail)
    lock = asyncio.Lock()

    with capture_logs() as logs:
        await _tick(None, None, None, "feeds", lock)

    assert [(event, level, "feeds")] == [(line["event"], line["log_level"], line["work"]) for line in logs]
    assert not lock.locked()


async def test_wind_up():
    """
    A tick that is under way at the end is waited for; none begins after it.
    """
    lock, begun, go = asyncio.Lock(), asyncio.Event(), asyncio.Event()
    done = []

    async def tick():
        async with lock:
            begun.set()
            await go.wait()
            done.append("sent")

    ticks = AsyncIOScheduler(timezone="UTC", job_defaults={"max_instances": 9})
    ticks.add_job(tick, "interval", seconds=0.01)
    ticks.start()
    await begun.wait()
    winding = asyncio.create_task(_wind_up(ticks, {"feeds": lock}, timedelta(seconds=30)))
    await asyncio.sleep(0)
    assert not winding.done()
    go.set()

    await winding

    assert ["sent"] == done
    assert not ticks.running


async def test_wind_up_late():
    """
    A tick that does not end is not waited for for ever.
    """
    lock = asyncio.Lock()
    await lock.acquire()
    ticks = AsyncIOScheduler(timezone="UTC")
    ticks.start()

    with capture_logs() as logs:
        await _wind_up(ticks, {"feeds": lock}, timedelta(0))

    assert ["scheduler.cut-short"] == [line["event"] for line in logs]
    assert not ticks.running


async def test_chore_at_the_end(caplog):
    """
    A chore that the end cuts short is no defect: nothing is told of it.
    """
    begun = asyncio.Event()

    async def never(_):
        begun.set()
        await asyncio.Event().wait()

    ticks = AsyncIOScheduler(timezone="UTC")
    ticks.add_job(_do, args=[None, Chore(name="count", seconds=9, do=never)])
    ticks.start()
    await begun.wait()

    await _wind_up(ticks, {}, timedelta(seconds=30))
    await asyncio.sleep(0)

    assert [] == [record for record in caplog.records if record.levelname == "ERROR"]
