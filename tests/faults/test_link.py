"""The line to the store drops, delays, hangs and lies: every command is repeated or given up, and none acts twice."""

from __future__ import annotations

import hashlib
from random import Random

import pytest
from redis.backoff import ExponentialWithJitterBackoff

from ingest.store import connect as connect_module
from tests.faults.house import House
from tests.faults.link import Fate, Link


@pytest.fixture
async def link(house):
    line = await Link(house.settings.redis_url).start()
    yield line
    await line.stop()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Who waits for a reply that never comes shall not wait ten seconds, nor a second before the next try."""
    monkeypatch.setattr(connect_module, "REPLY_SECONDS", 0.15)
    monkeypatch.setattr(
        connect_module, "ExponentialWithJitterBackoff", lambda **_: ExponentialWithJitterBackoff(cap=0.02, base=0.001)
    )


async def live(house: House, link: Link, rounds: int = 4) -> None:
    """Stories come, and a worker behind the line brings what it can; then the line is good again."""
    await house.subscribe()
    worker = await house.worker(link.url, max_attempts=10_000)
    for _ in range(rounds):
        house.origin.publish(2)
        await house.later()
        await worker.round()
    link.decide = lambda _number, _words: "pass"
    await house.settle(worker)


#: Kinds of bad lines; each hits one command in so many.
BAD = {"lose": 6, "cut": 6, "slow": 3, "hang": 25}


@pytest.mark.parametrize(("fate", "share"), BAD.items(), ids=BAD)
async def test_bad_line(house, link, fate: Fate, share: int):
    """
    Commands and replies that get lost, late, or into a half-open line double nothing and lose nothing.
    """
    dice = Random(str(fate))
    link.decide = lambda _number, _words: fate if dice.randrange(share) == 0 else "pass"

    await live(house, link)

    await house.check()
    assert link.met.get(str(fate), 0) >= 3


#: What a server says that is not itself, by its first word.
REPLIES = {
    "LOADING": b"-LOADING Redis is loading the dataset in memory\r\n",
    "READONLY": b"-READONLY You can't write against a read only replica.\r\n",
    "MASTERDOWN": b"-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n",
    "NOSCRIPT": b"-NOSCRIPT No matching script. Please use EVAL.\r\n",
    "OOM": b"-OOM command not allowed when used memory > 'maxmemory'.\r\n",
    "MISCONF": b"-MISCONF Errors writing to the AOF file: No space left on device\r\n",
    "NOREPLICAS": b"-NOREPLICAS Not enough good replicas to write.\r\n",
    "BUSY": b"-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n",
    "NOAUTH": b"-NOAUTH Authentication required.\r\n",
}


@pytest.mark.parametrize("name", REPLIES)
async def test_odd_replies(house, link, name: str):
    """
    A server that says for a while that it cannot, for whatever reason, loses nothing, and nobody's attempt counts.
    """
    dice, loaded = Random(name), set()

    def decide(_number: int, words: list[bytes]) -> Fate:
        if words[0] == b"SCRIPT":
            loaded.add(hashlib.sha1(words[2]).hexdigest().encode())
            return "pass"
        # A script that was loaded is known.
        is_known = words[0] != b"EVALSHA" or words[1] in loaded
        return REPLIES[name] if not (is_known and name == "NOSCRIPT") and dice.randrange(5) == 0 else "pass"

    link.decide = decide

    await live(house, link)

    await house.check()
    assert sum(link.met.values()) >= 3


async def test_silence(house, link):
    """
    A line on which nothing comes back any more is given up in time, said aloud, and found again when it is good.
    """
    await house.subscribe()
    house.origin.publish(2)
    worker = await house.worker(link.url)
    link.decide = lambda _number, _words: "hang"
    await worker.round()

    link.decide = lambda _number, _words: "pass"
    await house.settle(worker)

    await house.check()
