"""Events pass to real engines while engines and relay are killed with -9: none is lost, and doubles have one id."""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime

import pytest

from ingest.messages.event import PUBLISHED, UPDATED, stream_fields
from ingest.models import Event
from tests.brokers import Kafka, Nats, Rabbit
from tests.e2e import fleet

pytestmark = [pytest.mark.e2e, pytest.mark.chaos]

#: The relay and all engines, in turns. The long form has 40 (make chaos).
ROUNDS = int(os.environ.get("COPYDESK_TEST_SINK_KILLS", "2"))
EVENTS_A_ROUND = 1500
RELAY = (sys.executable, "-m", "workers", "relay")
STREAM = "copydesk:articles"
#: A dead relay's sinks are another one's after a heartbeat.
SETTINGS = {"heartbeat": 2, "drain": 5}


def event(number: int) -> Event:
    """The first event of an article, and of every ninth one, right behind it, its revision."""
    revision = 2 if number % 10 == 9 else 1
    article = f"article-{number - revision + 1:06d}"
    return Event(
        id=f"{article}-{revision}",
        source="https://desk.example/",
        type=UPDATED if revision > 1 else PUBLISHED,
        subject=article,
        time=datetime(2026, 3, 1, 12, tzinfo=UTC),
        data=b'{"source": {"domain": "gazette.example"}, "title": "The quay reopens on Monday"}',
    )


class Passage:
    """A stream, one relay for all engines, and the nemesis that is after them."""

    def __init__(self, place: fleet.Site, engines: dict) -> None:
        self.place = place
        self.engines = engines
        self.relay = place.start(*RELAY)
        self.sent: list[str] = []

    def settled(self) -> dict[str, int]:
        """How many rows the relay has done with, by engine."""
        groups = {group["name"].decode(): group for group in self.place.redis.xinfo_groups(STREAM)}
        found = {name: groups.get(f"relay:{name}", {"entries-read": 0, "pending": 0}) for name in self.engines}
        return {name: (group["entries-read"] or 0) - group["pending"] for name, group in found.items()}

    async def reach(self, count: int, *names: str) -> None:
        """Until these engines have been given so many events."""
        until = time.monotonic() + 180
        while min(self.settled()[name] for name in names) < count:
            is_well = time.monotonic() < until and self.relay.poll() is None
            assert is_well, f"{self.settled()}, not {count}: {self.place.log.read_text()[-3000:]}"
            await asyncio.sleep(0.01)

    def fill(self) -> None:
        """One round's events on the stream."""
        events = [event(len(self.sent) + number) for number in range(EVENTS_A_ROUND)]
        pipe = self.place.redis.pipeline(transaction=False)
        for one in events:
            pipe.xadd(STREAM, stream_fields(one))
        pipe.execute()
        self.sent += [one.id for one in events]

    async def hurt_relay(self, middle: int) -> None:
        """Killed while the fastest engine is in the middle and the others are on their way, and started again."""
        await asyncio.wait(
            [asyncio.create_task(self.reach(middle, name)) for name in self.engines],
            return_when=asyncio.FIRST_COMPLETED,
        )
        fleet.kill_tree(self.relay)
        self.relay = self.place.start(*RELAY)

    async def hurt_engine(self, name: str, middle: int) -> None:
        """Killed and started on its data; a mock cluster holds its data in memory, so it stands still instead."""
        await self.reach(middle, name)
        engine = self.engines[name]
        if isinstance(engine, Kafka):
            engine.freeze()
            # Longer than its sink waits, so that the batch fails.
            await asyncio.sleep(3)
            engine.thaw()
        else:
            engine.kill()
            await asyncio.to_thread(engine.start)

    async def run(self) -> None:
        self.fill()
        await self.reach(1, *self.engines)
        for number in range(ROUNDS):
            if number:
                self.fill()
            middle = len(self.sent) - EVENTS_A_ROUND + fleet.DICE.randrange(100, EVENTS_A_ROUND * 2 // 3)
            if number % 2:
                await asyncio.gather(*(self.hurt_engine(name, middle) for name in self.engines))
            else:
                await self.hurt_relay(middle)
            await self.reach(len(self.sent), *self.engines)


def check_order(sent: list[str], got: list[str]) -> None:
    """A consumer that acts on an id when it first sees it acts on an article's events in their order."""
    places = {id_: position for position, id_ in enumerate(dict.fromkeys(got))}
    revised = [id_ for id_ in sent if id_.endswith("-2")]
    assert len(revised) == len(sent) // 10
    assert [] == [id_ for id_ in revised if places[id_.removesuffix("2") + "1"] > places[id_]]


@pytest.mark.timeout(7200)
async def test_kills(tmp_path):
    """
    Every event is in every engine at the end, an article's in their order; those that are there twice have one id, and
    NATS has none twice.
    """
    engines = {"amqp": Rabbit(tmp_path / "amqp"), "nats": Nats(tmp_path / "nats"), "kafka": Kafka(tmp_path / "kafka")}
    try:
        for engine in engines.values():
            engine.folder.mkdir()
        await asyncio.gather(*(asyncio.to_thread(engine.start) for engine in engines.values()))
        sinks = f"{engines['amqp'].url} {engines['nats'].url} {engines['kafka'].url}?timeout=2"
        with fleet.site(tmp_path, **SETTINGS, sinks=sinks) as place:
            passage = Passage(place, engines)
            try:
                await passage.run()
            finally:
                fleet.kill_tree(passage.relay)
        got = {name: await engine.ids() for name, engine in engines.items()}
    finally:
        for engine in engines.values():
            engine.close()

    for name, ids in got.items():
        print(f"{name}: {len(ids) - len(set(ids))} twice of {len(passage.sent)} in {ROUNDS} rounds")
        assert set(passage.sent) == set(ids), name
        check_order(passage.sent, ids)
    assert sorted(passage.sent) == sorted(got["nats"])
