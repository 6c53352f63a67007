"""RabbitMQ as what carries work to the workers, beside a real store."""

import asyncio
import os
from datetime import timedelta

import pytest

from ingest.errors import SettingsError, StoreError
from ingest.settings import Settings, load_settings
from ingest.store.due import claim_due, in_hand
from ingest.store.feeds import add_feed
from tests import brokers
from tests.e2e import fleet
from workers import rabbit
from workers.actors import count_waiting, declare, event_loop, make_broker, make_worker, queues, send
from workers.demo.newsroom import make_newsroom
from workers.doctor.network import carrier
from workers.scheduler import dispatch

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A RabbitMQ of these tests' own."""
    made = brokers.Rabbit(tmp_path_factory.mktemp("rabbit"))
    made.start()
    yield made
    made.close()


@pytest.fixture
def carried(settings, server) -> Settings:
    """Settings of a desk whose work RabbitMQ carries."""
    return Settings(**settings.model_dump() | {"_env_file": None, "broker_url": server.url})


@pytest.fixture
def broker(carried):
    """The scheduler's broker."""
    made = make_broker(carried, "")
    yield made
    rabbit.THREAD.submit(made.close).result()


async def test_claims_arrive(store, carried, broker):
    """
    What is claimed and sent is performed by a worker, once, and leaves the queue.
    """
    for number in range(20):
        await add_feed(store, f"https://outlet{number}.example/feed.xml")
    performed = []
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def perform(work, claims):
        performed.extend((work, claim.id) for claim in claims)
        if len(performed) == 20:
            loop.call_soon_threadsafe(done.set)

    sent = await dispatch(store, broker, carried, "feeds")
    waiting = await count_waiting(store, broker, carried, "feeds")
    with event_loop():
        theirs = make_broker(carried, "")
        declare(theirs, perform, queues(carried))
        worker = make_worker(theirs, 2)
        worker.start()
        await asyncio.wait_for(done.wait(), 30)
        await asyncio.to_thread(worker.stop)
        theirs.close()

    # What was sent and not confirmed may not be counted yet.
    assert waiting <= 2
    assert (20, 20, 0) == (sent, len(set(performed)), await count_waiting(store, broker, carried, "feeds"))


async def test_desks_do_not_take_each_others(store, carried, broker):
    """
    Two desks share one RabbitMQ: each has queues of its own.
    """
    other = carried.model_copy(update={"prefix": "9.other"})

    await send(broker, carried, "entries", ())

    # What was sent and not confirmed may not be counted yet.
    async with asyncio.timeout(30):
        while not await count_waiting(store, broker, carried, "entries"):  # noqa: ASYNC110 - a server's count
            await asyncio.sleep(0.1)
    assert (1, 0) == (
        await count_waiting(store, broker, carried, "entries"),
        await count_waiting(store, broker, other, "entries"),
    )


async def test_a_broker_that_dies(store, carried, broker, server):
    """
    While RabbitMQ is away nothing stays claimed and the error says no password; when it is back, work goes on.
    """
    await add_feed(store, "https://outlet.example/feed.xml")
    assert 0 == await count_waiting(store, broker, carried, "feeds")
    server.kill()

    for _ in range(2):
        with pytest.raises(StoreError, match="RabbitMQ is away") as raised:
            await dispatch(store, broker, carried, "feeds")
        assert "guest" not in str(raised.value)
    (claim,) = await claim_due(store, "feeds", limit=1, lease=carried.lease, max_in_hand=9)
    with pytest.raises(StoreError):
        await send(broker, carried, "feeds", [claim])
    sick = await carrier(carried)
    server.start()
    await send(broker, carried, "feeds", [claim])
    well = await carrier(carried)

    assert ("problem", "ok", 1) == (sick.level, well.level, (await in_hand(store, "feeds")).claimed)


@pytest.mark.parametrize("url", ["http://u:s3cret@h/", "amqp://u:s3cret@h:port/"])
def test_an_address_that_is_none(url):
    """
    An address that cannot be read is one sentence without its password.
    """
    with pytest.raises(SettingsError, match="COPYDESK_BROKER_URL") as raised:
        make_broker(load_settings(_env_file=None, broker_url=url), "")

    assert "s3cret" not in str(raised.value)


def test_without_the_extra(carried, monkeypatch):
    """
    Without pika it is said what to install.
    """
    monkeypatch.setattr(rabbit, "_MODULE", "no_such_package")

    with pytest.raises(SettingsError, match=r"needs: pip install 'copydesk\[rabbitmq\]'"):
        make_broker(carried, "")


def test_every_article_once(tmp_path, server):
    """
    The processes publish every article of a newsroom exactly once with RabbitMQ between them.
    """
    newsroom = make_newsroom(outlets=1, stories=5, seed=4, over=timedelta(seconds=1))
    fast = {"poll_interval": 2, "host_interval": 0.05, "tick": 0.2, "poll_jitter": 0, "broker_url": server.url}
    with fleet.origin(newsroom) as origin, fleet.site(tmp_path, **fast) as place:
        place.copydesk("feeds", "add", "--no-look", *origin.feeds)
        commands = fleet.procfile()
        processes = [place.start(*commands[name]) for name in ("scheduler", "worker")]
        try:
            fleet.wait_until(lambda: fleet.is_all_out(place, newsroom), 90, "everything published")
        finally:
            codes = [fleet.stop(process) for process in processes]

        fleet.check_published(place, newsroom)
        assert ([0, 0], 0) == (codes, place.redis.exists("copydesk:work:feeds"))
        assert "guest:guest" not in place.log.read_text()
    assert os.environ.get("COPYDESK_BROKER_URL") is None
