"""When a process ends."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from pathlib import Path

import pytest

from workers.lifetime import PARENT_VARIABLE, Stop, wait_for

ROOT = Path(__file__).parents[3]


@pytest.fixture
def stop():
    """A Stop, and the test runner's own handlers back afterwards."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield Stop()
    for number, handler in before.items():
        signal.signal(number, handler)


def test_not_told(stop):
    """
    Who is not told to stop waits in vain.
    """
    assert not stop.wait(0.001)
    assert not stop.is_set


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told(stop, number):
    """
    A signal is remembered, however often it is asked for.
    """
    os.kill(os.getpid(), number)

    assert [True, True, True] == [stop.wait(), stop.wait(), stop.is_set]


def test_told_while_waiting(stop):
    """
    A signal ends the wait.
    """
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()

    assert stop.wait(20)

    timer.join()


def tell_another_thread():
    """A signal that wakes this thread and not the main one, as one does that comes just before that falls asleep."""
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)


def test_told_without_being_woken(stop):
    """
    A signal that wakes nobody ends the wait all the same.
    """
    timer = threading.Timer(0.05, tell_another_thread)
    timer.start()

    assert stop.wait(20)

    timer.join()


def test_heard_while_waiting_for_work(stop):
    """
    While the main thread waits for another's work it hears signals, also those that do not wake it.
    """
    answer = Future()
    timer = threading.Timer(0.05, tell_another_thread)
    # Where the signal is not heard nothing ends the wait but this.
    guard = threading.Timer(20, answer.set_result, ("late",))
    stop._listeners.append(lambda: answer.set_result("heard"))
    timer.start()
    guard.start()

    got = wait_for(answer)

    guard.cancel()
    timer.join()
    assert "heard" == got


def test_failure_of_work(stop):
    """
    What the work raises is raised where it is waited for, a TimeoutError of its own as well.
    """
    answer = Future()
    answer.set_exception(TimeoutError("its own"))

    with pytest.raises(TimeoutError, match="its own"):
        wait_for(answer)
    assert not stop.is_set


def test_told_in_the_middle_of_anything(stop):
    """
    A signal that comes in the middle of a wait's own steps is no deadlock.
    """

    def interrupt(frame, event, argument):
        del event, argument
        if frame.f_code.co_name == "wait" and not stop.is_set:
            os.kill(os.getpid(), signal.SIGTERM)
        return interrupt

    sys.settrace(interrupt)
    try:
        told = stop.wait(20)
    finally:
        sys.settrace(None)

    assert told


async def test_bound(stop):
    """
    Work that ends by itself gives its result, and its error.
    """

    async def fail():
        raise KeyError

    assert 7 == await stop.bound(asyncio.sleep(0, 7))
    with pytest.raises(KeyError):
        await stop.bound(fail())


async def test_bound_and_told(stop):
    """
    A signal cancels the work, which may put away what it opened.
    """
    steps = []

    async def work():
        try:
            steps.append("begun")
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            steps.append("put away")

    async with asyncio.timeout(20):
        assert await stop.bound(work()) is None

    assert ["begun", "put away"] == steps


async def test_told_before_bound(stop):
    """
    Who was told before the work began does not begin it.
    """
    os.kill(os.getpid(), signal.SIGTERM)
    steps = []

    async def work():
        steps.append("begun")

    assert await stop.bound(work()) is None
    assert [] == steps


async def test_cancelled_by_others(stop):
    """
    A cancellation that is not ours goes its way.
    """
    waiting = asyncio.create_task(stop.bound(asyncio.Event().wait()))
    await asyncio.sleep(0)
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal")
@pytest.mark.parametrize(("parent", "expected"), [("1", 1), ("no number", 0)])
def test_parent_gone_already(parent, expected):
    """
    A process whose parent was gone before it looked is told to stop at once.
    """
    code = "from workers.lifetime import Stop; import sys; sys.exit(Stop().wait(0.1))"

    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | {PARENT_VARIABLE: parent}, timeout=20, check=False
    )

    assert expected == ended.returncode
