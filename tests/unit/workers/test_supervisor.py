"""Children are kept running, and none outlives the supervisor."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from workers import supervisor as supervisor_module
from workers.supervisor import Child, Supervisor

ROOT = Path(__file__).parents[3]

PROGRAMS = {
    "dies": "import sys; sys.stderr.write('born\\n'); sys.exit(1)",
    "cannot": "import sys; sys.stderr.write('born\\n'); sys.exit(2)",
    "obeys": "import sys, signal; sys.stderr.write('born\\n'); signal.pause()",
    "ignores": """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
sys.stderr.write('born\\n')
time.sleep(600)
""",
    "talks": """
import sys, time
sys.stderr.buffer.write(b'x' * 300_000 + b'\\n' + b'after\\n' + b'\\xff\\n')
sys.stderr.flush()
time.sleep(600)
""",
    "follows": """
import sys
from workers.lifetime import Stop
stop = Stop()
sys.stderr.write('born\\n')
stop.wait()
""",
    "supervises": """
import asyncio, os, sys
from workers.supervisor import Child, Supervisor

async def main():
    def on_line(name, line):
        for process in supervisor._processes.values():
            print(process.pid, flush=True)
    supervisor = Supervisor(os.environ, on_line)
    supervisor.start(Child(name='one', module='follows'))
    await asyncio.sleep(600)

asyncio.run(main())
""",
}


class Line:
    """What children said, and a way to wait for it."""

    def __init__(self):
        self.said = []
        self._news = asyncio.Event()

    def __call__(self, child, line):
        self.said.append((child, line))
        self._news.set()

    async def wait(self, *expected):
        """Until each of these was said."""
        async with asyncio.timeout(20):
            while not {*expected} <= {*self.said}:
                self._news.clear()
                await self._news.wait()


@pytest.fixture
def environment(tmp_path):
    for name, text in PROGRAMS.items():
        (tmp_path / f"{name}.py").write_text(text)
    return {"PATH": os.environ["PATH"], "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}


@pytest.fixture
def line():
    return Line()


@pytest.fixture
async def supervisor(environment, line):
    made = Supervisor(environment, line)
    yield made
    await made.stop(0)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(supervisor_module, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(supervisor_module, "LONGEST_PAUSE", 0.08)


def child(name):
    return Child(name=name, module=name)


async def until_logged(logs, event, count):
    async with asyncio.timeout(20):
        while True:
            found = [one for one in logs if one["event"] == event]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.01)


async def test_started_again(supervisor):
    """
    A child that dies is started again, after pauses that grow up to the longest.
    """
    with capture_logs() as logs:
        supervisor.start(child("dies"))
        died = await until_logged(logs, "child.died", 4)

    assert [0.02, 0.04, 0.08, 0.08] == [one["again_in"] for one in died[:4]]
    assert {("dies", 1, "warning")} == {(one["child"], one["code"], one["log_level"]) for one in died}


async def test_settled(supervisor, monkeypatch):
    """
    A child that lived for long starts with the first pause again.
    """
    monkeypatch.setattr(supervisor_module, "SETTLED_SECONDS", 0)

    with capture_logs() as logs:
        supervisor.start(child("dies"))
        died = await until_logged(logs, "child.died", 3)

    assert [0.02] * 3 == [one["again_in"] for one in died[:3]]


async def test_cannot(supervisor, line):
    """
    A child that says it cannot run here is not started again, and a human hears of it.
    """
    with capture_logs() as logs:
        supervisor.start(child("cannot"))
        await asyncio.wait(supervisor._keepers, timeout=20)

    assert [("child.cannot-run", "error")] == [(one["event"], one["log_level"]) for one in logs]
    assert [("cannot", b"born")] == line.said


async def test_no_process_to_be_had(supervisor, monkeypatch):
    """
    Where the system starts no process the supervisor tries again, as with a child that died.
    """
    monkeypatch.setattr(supervisor_module.sys, "executable", "/nonexistent/python")

    with capture_logs() as logs:
        supervisor.start(child("obeys"))
        await until_logged(logs, "child.died", 2)

    assert "child.not-started" == logs[0]["event"]


async def test_stop(supervisor, line):
    """
    All are told at once; who is still there after the patience is killed, and only that one.
    """
    for name in ("obeys", "ignores"):
        supervisor.start(child(name))
    await line.wait(("obeys", b"born"), ("ignores", b"born"))
    pids = [process.pid for process in supervisor._processes.values()]

    with capture_logs() as logs:
        await supervisor.stop(1)

    assert ["ignores"] == [one["child"] for one in logs if one["event"] == "child.killed"]
    assert [False, False] == [is_alive(pid) for pid in pids]
    assert {} == supervisor._processes


async def test_stop_in_a_pause(supervisor, monkeypatch):
    """
    A child that waits to be started again does not hold up the end.
    """
    monkeypatch.setattr(supervisor_module, "FIRST_PAUSE", 600)
    with capture_logs() as logs:
        supervisor.start(child("dies"))
        await until_logged(logs, "child.died", 1)

        async with asyncio.timeout(10):
            await supervisor.stop(60)

    assert {} == supervisor._processes


async def test_stop_while_starting(supervisor):
    """
    A child that is just being started when all are told hears of it too.
    """
    supervisor.start(child("obeys"))
    await asyncio.sleep(0)

    async with asyncio.timeout(20):
        await supervisor.stop(60)

    assert {} == supervisor._processes


async def test_hurry(supervisor, line, tmp_path):
    """
    Told to hurry, children that heed a second signal end at once.
    """
    (tmp_path / "drains.py").write_text(
        "import sys\nfrom workers.lifetime import Stop\nimport time\nstop = Stop()\nsys.stderr.write('born\\n')\n"
        "stop.wait()\nsys.stderr.write('told\\n')\ntime.sleep(600)\n"
    )
    supervisor.start(child("drains"))
    await line.wait(("drains", b"born"))
    stopping = asyncio.create_task(supervisor.stop(60))
    await line.wait(("drains", b"told"))

    with capture_logs() as logs:
        supervisor.hurry()
        async with asyncio.timeout(20):
            await stopping

    assert [] == logs


async def test_long_lines(supervisor, line):
    """
    A line longer than the reader takes, or one that is no text, stops neither the child nor the lines after it.
    """
    supervisor.start(child("talks"))

    await line.wait(("talks", b"after"), ("talks", b"\xff"))

    assert max(len(text) for _, text in line.said) < 300_000


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal")
def test_killed(environment, wait_until):
    """
    A supervisor killed with -9 takes its children with it.
    """
    supervising = subprocess.Popen(
        [sys.executable, "-m", "supervises"], env=environment, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        pid = int(supervising.stdout.readline())
        assert is_alive(pid)
        supervising.kill()
        supervising.wait()

        wait_until(lambda: not is_alive(pid), "the child's end")
    finally:
        supervising.kill()
        supervising.wait()
        supervising.stdout.close()
        with contextlib.suppress(ProcessLookupError, UnboundLocalError):
            os.kill(pid, signal.SIGKILL)


def is_alive(pid):
    """Whether the process runs; a zombie that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
