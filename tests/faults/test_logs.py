"""Nobody takes our log lines any more: they are lost, and counted, but no work waits for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

from tests.e2e.fleet import ROOT

TALK = """
import os, structlog
from ingest.settings import Settings
from workers.logs import configure_logs
configure_logs(Settings(_env_file=None, log_format="json"), "worker")
log = structlog.get_logger()
for number in range(3000):
    log.info("work.done", number=number, padding="x" * 100)
os.write(1, b"1")
os.read(0, 1)
log.info("work.over")
"""


def test_blocked_pipe():
    """
    A process whose log is a pipe that nobody empties works on; emptied again, it says how many lines it lost.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", TALK], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    # A bound, never a measure: who is blocked would be so for ever.
    alarm = threading.Timer(20, process.kill)
    alarm.start()
    try:
        done = process.stdout.read(1)
        os.set_blocking(process.stderr.fileno(), False)
        written = process.stderr.read()
        os.set_blocking(process.stderr.fileno(), True)
        rest = process.communicate(b"1")[1]
    finally:
        alarm.cancel()
        process.kill()
        process.wait()

    lines = [json.loads(line) for line in (written + rest).splitlines()]
    numbers = [line["number"] for line in lines if line["event"] == "work.done"]
    lost = [line["lines"] for line in lines if line["event"] == "log.lost"]
    assert b"1" == done
    assert list(range(len(numbers))) == numbers
    assert [3000 - len(numbers)] == lost
    assert "work.over" == lines[-1]["event"]


def test_closed_pipe():
    """
    A process whose log nobody can take any more, because the other end is closed, works on.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", TALK], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stderr.close()
    process.stderr = None

    assert (b"1", None) == process.communicate(b"1")
    assert 0 == process.returncode
