"""What happens to the children when something happens to the main process: it needs main processes of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.sandbox.procfs import descendants, eventually, is_alive

ROOT = Path(__file__).parents[3]

PROGRAM = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from ingest.sandbox.pool import Sandbox

Path(sys.argv[1], "ran").open("a").write("x")

async def main():
    signals = asyncio.Event()
    if len(sys.argv) > 3:
        for number in (2, 15):
            asyncio.get_running_loop().add_signal_handler(number, signals.set)
    async with Sandbox(1, timedelta(seconds=60), 400 << 20, tasks_module="tests.unit.sandbox.hostile_tasks") as sandbox:
        print(await sandbox.run(sys.argv[2], *sys.argv[1:2]), signals.is_set())
    print(sorted({"lxml", "trafilatura", "feedparser", "ingest.sandbox.tasks"} & {*sys.modules}))

asyncio.run(main())
"""


@pytest.fixture
def start(tmp_path):
    """Starts the program above in a process group of its own; ends the group when the test is over."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    marks = tmp_path / "marks"
    marks.mkdir()
    started = []

    def run(*args):
        process = subprocess.Popen(
            [sys.executable, str(program), str(tmp_path), *args],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def announced(folder):
    """The number of the child that has announced itself there, or 0."""
    return next((int(mark.name) for mark in folder.iterdir() if mark.name.isdigit()), 0)


def test_killed(start, tmp_path):
    """
    When the main process is killed with -9, its hung child, and all it started, end too.
    """
    main = start("announce_and_spin")
    assert eventually(lambda: announced(tmp_path) > 0)
    family = descendants(main.pid)

    main.kill()

    assert announced(tmp_path) in family
    assert eventually(lambda: not any(map(is_alive, family)))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_group_signal(start, tmp_path, number):
    """
    A signal to the whole group, as terminals and Heroku send it, reaches the main process only; the task goes on.
    """
    main = start("announce_and_wait", "heed")
    assert eventually(lambda: announced(tmp_path) > 0)

    os.killpg(main.pid, number)
    (tmp_path / str(announced(tmp_path))).unlink()
    output, _ = main.communicate(timeout=20)

    assert ("undisturbed True", 0) == (output.splitlines()[0], main.returncode)


def test_main_runs_once(start, tmp_path):
    """
    Children do not run the main program again, although it has no guard, and the main process imports no parser.
    """
    output, _ = start("echo").communicate(timeout=20)

    assert (f"{tmp_path} False\n[]\n", "x") == (output, (tmp_path / "ran").read_text())
