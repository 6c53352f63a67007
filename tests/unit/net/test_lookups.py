"""Blocking look-ups on threads."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from ingest.net import lookups
from ingest.net.lookups import Lookups


@pytest.fixture
async def new_lookups():
    """Opens them; all are closed in the end."""
    opened = []

    def open_lookups(lookup):
        opened.append(Lookups(lookup))
        return opened[-1]

    yield open_lookups
    for one in opened:
        one.close()


async def test_many_at_a_time(new_lookups):
    """
    A name that takes long holds up no other.
    """
    answered = threading.Event()
    names = new_lookups(lambda name: [name] if name != "slow" or answered.wait() else [])

    slow = names.find("slow")
    got = [await names.find(str(number)) for number in range(5)]
    answered.set()

    assert [("0",), ("1",), ("2",), ("3",), ("4",)] == got
    assert ("slow",) == await slow


async def test_threads_are_shared(monkeypatch, new_lookups):
    """
    There are no more threads than are let, and none that is not needed.
    """
    monkeypatch.setattr(lookups, "LOOKUP_THREADS", 2)
    threads = set()
    names = new_lookups(lambda name: threads.add(threading.get_ident()) or [name])

    for number in range(5):
        await names.find(str(number))
    one_by_one = len(threads)
    await asyncio.gather(*(names.find(str(number)) for number in range(20)))

    assert 1 == one_by_one
    assert len(threads) <= 2


@pytest.mark.parametrize("error", [OSError("no such name"), UnicodeError("label empty or too long"), KeyError("odd")])
async def test_failure(new_lookups, error):
    """
    What a look-up raises reaches whoever waits for it, and the thread goes on.
    """

    def lookup(name):
        if name == "bad":
            raise error
        return [name]

    names = new_lookups(lookup)

    with pytest.raises(type(error)):
        await names.find("bad")

    assert ("good",) == await names.find("good")


async def test_cancelled(monkeypatch, new_lookups):
    """
    A name that nobody waits for any more is not looked up.
    """
    monkeypatch.setattr(lookups, "LOOKUP_THREADS", 1)
    answered, asked = threading.Event(), []
    names = new_lookups(lambda name: asked.append(name) or (answered.wait() and [name]))
    first, second = names.find("first"), names.find("second")

    second.cancel()
    answered.set()
    got = await first, await names.find("third")

    assert ((("first",), ("third",)), ["first", "third"]) == (got, asked)


def test_the_process_ends():
    """
    A name server that does not answer keeps no process from its end.
    """
    code = (
        "import asyncio, threading\n"
        "from ingest.net.lookups import Lookups\n"
        "async def ask(): Lookups(lambda _: threading.Event().wait()).find('dead')\n"
        "asyncio.run(ask())\n"
    )

    got = subprocess.run([sys.executable, "-c", code], timeout=60, check=False, capture_output=True, text=True)

    assert (0, "") == (got.returncode, got.stderr)
