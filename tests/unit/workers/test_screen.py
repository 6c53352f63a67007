"""What the screen of ``copydesk run`` shows, whatever its children and the stream say."""

import asyncio
import io
import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from rich.console import Console
from structlog.testing import capture_logs

from ingest.messages.event import PUBLISHED
from workers.screen import Screen

ROOT = Path(__file__).parents[3]
FIELDS = {
    "specversion": "1.0",
    "id": "a-1",
    "source": "copydesk/test",
    "type": PUBLISHED,
    "time": "2026-03-01T12:00:00Z",
    "subject": "a",
    "datacontenttype": "application/json",
    "data": '{"title": "Quay to be widened", "text": "The council voted."}',
}


@pytest.fixture
def out():
    return io.StringIO()


@pytest.fixture
def screen(store, out):
    return Screen(store, Console(file=out, width=200))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            {"event": "poll.done", "level": "info", "title": "Gazette", "outcome": "modified", "new": 2},
            "Gazette  modified",
        ),
        ({"event": "store.away", "level": "warning", "work": "feeds", "process": "worker"}, "store.away work=feeds"),
        ({"event": "work.failed", "level": "error", "exception": "Traceback\n  line"}, "exception=Traceback line"),
        ({"event": "article.done", "level": "info", "outcome": "published"}, ""),
        ({"event": "worker.ready", "level": "info"}, ""),
    ],
)
def test_line(screen, out, line, expected):
    """
    Polls, warnings and errors are shown, each on a line of its own; the rest is not.
    """
    screen.on_line("worker", orjson.dumps(line))

    assert expected in out.getvalue()
    assert bool(expected) == len(out.getvalue().splitlines())


@pytest.mark.parametrize(
    "line",
    [
        b"Traceback (most recent call last):",
        b"\xff\xfe",
        b"[1, 2]",
        b'"text"',
        b"\x1b]0;owned\x07\x1b[31m red",
        b'{"event": "x", "level": "error", "error": "\\u001b[31m\\u202e\\nnext"}',
        b'{"event": "\\u001b[31m", "level": "warning"}',
        b'{"event": 7, "level": "error", "error": {"a": ["\\u001b"]}}',
        b'{"event": "poll.done", "title": ["\\u001b"], "next": "9999-99-99", "new": "many"}',
        b'{"event": "poll.done", "feed": "\\u001b[31m[bold]x", "outcome": null, "next": 7}',
    ],
)
def test_foreign_line(screen, out, line):
    """
    A line that is none of ours is shown too, on one line, and no control character reaches the terminal.
    """
    screen.on_line("worker", line)

    (shown,) = out.getvalue().splitlines()
    assert shown.isprintable()


def test_nobody_reads():
    """
    A terminal that is gone is no end of the service: not by an error, and not by rich's own exit.
    """
    code = (
        "import sys; from workers.screen import Screen; screen = Screen(None)\n"
        "for _ in range(3): screen.on_line('worker', b'a line')\n"
        "sys.stderr.write('goes on')"
    )
    read_end, write_end = os.pipe()
    os.close(read_end)

    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, stdout=write_end, stderr=subprocess.PIPE, timeout=120, check=False
    )

    os.close(write_end)
    assert (0, b"goes on") == (ended.returncode, ended.stderr)


async def test_follow(screen, store, out):
    """
    Articles are shown as they come; a row that is no event of ours is passed over.
    """
    following = asyncio.create_task(screen.follow())
    with capture_logs() as logs:
        async with asyncio.timeout(20):
            # Again and again: what was there before it looked is not shown.
            while "Quay" not in out.getvalue() or not logs:
                await store.redis.xadd(store.keys.articles, {"garbage": "x"})
                await store.redis.xadd(store.keys.articles, FIELDS)
                await asyncio.sleep(0.01)
    following.cancel()

    assert {"screen.no-event"} == {line["event"] for line in logs}
    assert not following.done()


@pytest.mark.parametrize("is_demo", [True, False])
def test_welcome(screen, out, settings, is_demo):
    """
    The welcome says how to go on, and of the newsroom only where it is open.
    """
    screen.welcome(settings, is_demo=is_demo, is_first=True)

    assert "copydesk tail" in out.getvalue()
    assert f"http://127.0.0.1:{settings.web_port}/ " in out.getvalue()
    assert is_demo == ("newsroom" in out.getvalue())
