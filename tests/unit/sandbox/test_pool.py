import asyncio
import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import uvloop

from ingest.errors import FeedError, SandboxError
from ingest.models import Entry, ParsedFeed
from ingest.sandbox.pool import Sandbox
from tests.unit.sandbox.procfs import descendants, eventually, is_alive, is_forkserver, is_tracker

TASKS = "tests.unit.sandbox.hostile_tasks"
MAX_BYTES = 400 * 1024 * 1024


def make(processes=1, *, deadline=20, max_tasks=500, tasks_module=TASKS):
    return Sandbox(processes, timedelta(seconds=deadline), MAX_BYTES, max_tasks, tasks_module=tasks_module)


async def end_of(sandbox, task, *args):
    """The name of how a task ended: "done" or the failure."""
    try:
        await sandbox.run(task, *args)
    except SandboxError as error:
        return error.failure
    return "done"


@pytest.mark.parametrize(
    "value",
    [
        None,
        ("text", 1, 2.5, b"bytes", {"a": [True]}, {1, 2}, frozenset({3})),
        ParsedFeed(format="rss20", entries=(Entry(title="T", published_at=datetime(2026, 1, 2, tzinfo=UTC)),)),
        b"x" * 5_000_000,
        "\ud800 lone surrogate",
    ],
)
async def test_result(value):
    """
    A value goes to a child and comes back equal.
    """
    async with make() as sandbox:
        got = await sandbox.run("echo", value)

    assert value == got


async def test_feed_error():
    """
    A task's FeedError is the caller's FeedError.
    """
    async with make() as sandbox:
        with pytest.raises(FeedError) as caught:
            await sandbox.run("raise", "feed")

    assert ("html", "a page") == (caught.value.found, caught.value.detail)


@pytest.mark.parametrize(
    ("task", "args", "failure", "detail"),
    [
        ("raise", ("value",), "failed", "ValueError: xxx"),
        ("raise", ("exit",), "failed", "SystemExit: 3"),
        ("raise", ("interrupt",), "failed", "KeyboardInterrupt: "),
        ("raise", ("unpicklable",), "failed", "UnpicklableError: holds a lock"),
        ("raise", ("unspeakable",), "failed", "UnspeakableError: ?"),
        ("raise", ("memory",), "memory", "the task asked"),
        ("no-such-task", (), "failed", "KeyError: 'no-such-task'"),
        ("stray", (), "failed", f"{TASKS}.Text may not"),
        ("echo", (lambda: None,), "failed", ""),
        ("spin", (), "deadline", "not done in 1 s"),
        ("backtrack", (), "deadline", "not done in 1 s"),
        ("exit", (0,), "crashed", "exit 0"),
        ("exit", (3,), "crashed", "exit 3"),
        ("segfault", (), "crashed", "SIGSEGV"),
        ("kill_self", (), "crashed", "SIGKILL"),
        ("hog", (), "memory", "the task asked"),
        ("big", (), "memory", "a result of"),
    ],
)
async def test_bad_end(task, args, failure, detail):
    """
    However a task ends, its caller hears it soon, by name and in a few words, and the next task is done.
    """
    async with make(deadline=1 if failure == "deadline" else 20) as sandbox:
        begun = time.monotonic()
        with pytest.raises(SandboxError) as caught:
            await sandbox.run(task, *args)
        took = time.monotonic() - begun
        after = await sandbox.run("echo", "next")

    assert (failure, "next") == (caught.value.failure, after)
    assert caught.value.detail.startswith(detail)
    assert len(caught.value.detail) <= 300
    assert took < 10


async def test_cpu_backstop():
    """
    A child that the kernel ends for its CPU time has missed its deadline.
    """
    async with make(deadline=30) as sandbox:
        got = await end_of(sandbox, "use_up_cpu")

    assert got == "deadline"


async def test_small_pieces():
    """
    A task that eats memory bit by bit ends in "memory" and leaves the next task all of it.
    """
    async with make() as sandbox:
        got = [await end_of(sandbox, "hoard"), await end_of(sandbox, "echo", b"x" * 10_000_000)]

    assert ["memory", "done"] == got


async def test_others_unharmed():
    """
    Among running and queued tasks those that misbehave end badly, and all others are done.
    """
    bad = [("spin",), ("segfault",), ("hog",), ("exit", 1), ("backtrack",), ("kill_self",)]
    jobs = [job for one in bad for job in (("echo", 1), one, ("echo", 2))]

    async with make(2, deadline=1) as sandbox:
        got = await asyncio.gather(*(end_of(sandbox, *job) for job in jobs))

    expected = {"spin": "deadline", "backtrack": "deadline", "hog": "memory", "echo": "done"}
    assert [expected.get(job[0], "crashed") for job in jobs] == got


async def test_idle_child_killed():
    """
    When the kernel kills a child between two tasks, the next task does not notice.
    """
    async with make() as sandbox:
        before = await sandbox.run("pid")
        os.kill(before, signal.SIGKILL)
        after = await sandbox.run("pid")

    assert before != after


async def test_forkserver_killed():
    """
    When the process that children are forked from is killed, there is another for the next task.
    """
    async with make() as sandbox:
        child = await sandbox.run("pid")
        (server,) = (pid for pid in descendants(os.getpid()) if child in descendants(pid))
        os.kill(server, signal.SIGKILL)
        eventually(lambda: not is_alive(child))
        got = [await end_of(sandbox, "echo", number) for number in range(3)]

    assert got[1:] == ["done", "done"]


async def test_max_tasks():
    """
    A child does its number of tasks and is replaced.
    """
    async with make(max_tasks=3) as sandbox:
        got = [await sandbox.run("pid") for _ in range(9)]

    assert [3, 3, 3] == [got.count(pid) for pid in dict.fromkeys(got)]


async def test_cancel(tmp_path):
    """
    A cancelled task's child is killed, and its place is taken by another.
    """
    async with make(deadline=60) as sandbox:
        running = asyncio.create_task(sandbox.run("announce_and_spin", str(tmp_path)))
        await asyncio.to_thread(eventually, lambda: any(tmp_path.iterdir()))
        pid = int(next(tmp_path.iterdir()).name)
        running.cancel()
        after = await sandbox.run("echo", "next")

    assert (True, "next", False) == (running.cancelled(), after, is_alive(pid))


async def test_cancel_queued():
    """
    A task that is cancelled while it waits for a child costs no child.
    """
    async with make() as sandbox:
        before = await sandbox.run("pid")
        first = asyncio.create_task(sandbox.run("echo", 1))
        second = asyncio.create_task(sandbox.run("spin"))
        await asyncio.sleep(0)
        second.cancel()
        await first
        after = await sandbox.run("pid")

    assert before == after


async def test_stop(tmp_path):
    """
    Stopping ends what runs and what waits with an error, at once, and leaves no process and no thread behind.
    """
    await asyncio.to_thread(len, "")  # asyncio keeps a thread of its own for what this test waits for
    threads, others = {*threading.enumerate()}, {pid for pid in descendants(os.getpid()) if not is_forkserver(pid)}
    sandbox = make(2, deadline=60)
    await sandbox.__aenter__()
    jobs = [asyncio.create_task(sandbox.run("announce_and_spin", str(tmp_path))) for _ in range(4)]
    await asyncio.to_thread(eventually, lambda: len([*tmp_path.iterdir()]) == 2)

    begun = time.monotonic()
    await sandbox.stop()
    took = time.monotonic() - begun
    got = await asyncio.gather(*jobs, sandbox.run("echo", 1), return_exceptions=True)

    assert ["crashed: the sandbox is closed"] * 5 == [*map(str, got)]
    assert took < 10
    assert [] == [pid for pid in descendants(os.getpid()) - others if not is_tracker(pid)]
    assert set() == {*threading.enumerate()} - threads


async def test_stop_twice():
    """
    Stopping what is stopped, or was never started, is nothing.
    """
    sandbox = make()
    await sandbox.stop()
    async with sandbox:
        await sandbox.stop()

    await sandbox.stop()


async def test_two_sandboxes():
    """
    The end of one sandbox is not the end of another.
    """
    async with make() as longer:
        async with make() as shorter:
            await shorter.run("echo", 1)
        got = await longer.run("echo", 2)

    assert got == 2


async def test_unloadable():
    """
    Tasks that cannot be imported are told at the start, with the reason.
    """
    with pytest.raises(SandboxError) as caught:
        await make(2, tasks_module="tests.unit.sandbox.no_such_tasks").__aenter__()

    assert "failed: ModuleNotFoundError: No module named 'tests.unit.sandbox.no_such_tasks'" == str(caught.value)


def test_uvloop():
    """
    It works the same on uvloop.
    """

    async def main():
        async with make(2, deadline=1) as sandbox:
            return await asyncio.gather(*(end_of(sandbox, *job) for job in [("echo", 1), ("spin",), ("segfault",)]))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        got = runner.run(main())

    assert ["done", "deadline", "crashed"] == got


async def test_locked_in():
    """
    The child locks itself in: no secrets, no sockets, low limits, no new rights, deaf to the terminal.
    """
    os.environ["SANDBOX_TEST_SECRET"] = "hunter2"
    os.environ["LC_ALL"] = "C.UTF-8"
    try:
        async with make(deadline=2) as sandbox:
            got = await sandbox.run("inside")
    finally:
        del os.environ["SANDBOX_TEST_SECRET"], os.environ["LC_ALL"]

    used, allowed = got["cpu"]
    assert {"PATH", "LC_ALL"} <= {*got["environment"]} <= {"PATH", "LANG", "LANGUAGE", "TZ", "LC_ALL", "LC_CTYPE"}
    assert got["limits"] == {
        "RLIMIT_AS": (MAX_BYTES, MAX_BYTES),
        "RLIMIT_CORE": (0, 0),
        "RLIMIT_FSIZE": (0, 0),
        "RLIMIT_NOFILE": (64, 64),
    }
    assert 6 <= allowed - used <= 8
    assert got["no_new_privs"] == "1"
    assert all(got["ignored"] >> number - 1 & 1 for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    assert got["sockets"] == 0


async def test_cpu_limit_moves():
    """
    Each task has its own CPU time: what earlier ones used is not taken from it.
    """
    async with make(deadline=2) as sandbox:
        first = (await sandbox.run("inside"))["cpu"]
        for _ in range(200):
            await sandbox.run("inside")
        last = (await sandbox.run("inside"))["cpu"]

    assert first[0] < last[0]
    assert last[1] - last[0] >= 6


async def test_no_files(tmp_path):
    """
    A task cannot write a single byte to a file.
    """
    async with make() as sandbox:
        with pytest.raises(SandboxError, match="File too large"):
            await sandbox.run("write", str(tmp_path / "loot"))

    assert (tmp_path / "loot").read_bytes() == b""
