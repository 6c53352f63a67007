"""The processes themselves: started, told to stop, killed; and a server that answers when a test lets it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import redis

from ingest.settings import Settings
from tests.servers import Server

ROOT = Path(__file__).parents[3]
PARAGRAPHS = (
    "The council of Port Ellery voted on Tuesday evening to widen the old quay, after two years of argument.",
    "The work will begin in spring and cost four million crowns, half of which the province has promised to pay.",
    "Fishermen had asked for the change since the winter of 2019, when two boats were crushed against the wall.",
)


def wait_until(condition: Callable[[], Any], what: str, seconds: float = 20) -> Any:
    """What the condition gives once it is true; the time is a bound, never a measure."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"after {seconds} s still not: {what}"
        time.sleep(0.02)
    return found


@pytest.fixture(name="wait_until")
def _wait_until():
    return wait_until


@dataclass
class Running:
    """A process of ours and its log."""

    process: subprocess.Popen[bytes]
    path: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8", errors="replace")

    @property
    def events(self) -> list[dict[str, Any]]:
        """The log, each line of it a JSON object."""
        return [json.loads(line) for line in self.text.splitlines() if line.endswith("}")]

    def logged(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == name]

    def wait_for(self, name: str) -> dict[str, Any]:
        return wait_until(lambda: self.logged(name), f"{name} in\n{self.path}")[0]

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.wait()

    def wait(self, seconds: float = 20) -> int:
        return self.process.wait(seconds)


@dataclass
class Yard:
    """Starts processes on a test's own desk; all are ended with it."""

    folder: Path
    environment: dict[str, str]
    started: list[Running] = field(default_factory=list)

    def start(self, *arguments: str, module: str = "workers", **settings: object) -> Running:
        path = self.folder / f"log-{len(self.started)}"
        changes = {f"COPYDESK_{name.upper()}": str(value) for name, value in settings.items()}
        redis_url = changes.pop("COPYDESK_REDIS_URL", self.environment["REDIS_URL"])
        with path.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=self.folder,
                env=self.environment | changes | {"REDIS_URL": redis_url},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started.append(Running(process, path))
        return self.started[-1]


@pytest.fixture
def yard(tmp_path: Path, settings: Settings):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("COPYDESK_", "REDIS_"))}
    opened = Yard(
        tmp_path,
        clean
        | {
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "REDIS_URL": settings.redis_url,
            "COPYDESK_PREFIX": settings.prefix,
            "COPYDESK_DATA": str(tmp_path / "data"),
            "COPYDESK_ALLOWED_NETWORKS": "127.0.0.0/8",
            "COPYDESK_HOST_INTERVAL": "0",
            "COPYDESK_TICK": "0.1",
            "COPYDESK_SANDBOX_PROCESSES": "1",
            "COPYDESK_WEB_PORT": "0",
            "COPYDESK_LOG_FORMAT": "json",
        },
    )
    yield opened
    for running in opened.started:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()


@dataclass
class SlowSite:
    """A feed with one entry, whose page comes when ``let_go`` is set."""

    url: str = ""
    asked: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    def answer(self, path: str) -> tuple[str, bytes]:
        if path == "/feed.xml":
            item = f"<item><guid>g</guid><link>{self.url}/page</link><title>T</title></item>"
            return "application/rss+xml", f"<rss version='2.0'><channel>{item}</channel></rss>".encode()
        if path == "/robots.txt":
            return "text/plain", b""
        self.asked.set()
        self.let_go.wait(60)
        body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
        return "text/html", f"<html><body><article>{body}</article></body></html>".encode()


@pytest.fixture
def slow_site():
    site = SlowSite()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            kind, body = site.answer(self.path)
            try:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:  # who asked is gone
                self.close_connection = True

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        site.url = f"http://127.0.0.1:{server.server_port}"
        yield site
        site.let_go.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def own_store():
    """A store of the test's own, not yet started."""
    # A short path: the kernel allows a socket's name 107 bytes.
    server = Server(Path(tempfile.mkdtemp(prefix="cd-", dir="/tmp")))
    yield server
    server.kill()
    shutil.rmtree(server.folder)


@pytest.fixture
def blocking(settings: Settings):
    """A blocking client on the test's store."""
    with redis.Redis.from_url(settings.redis_url) as client:
        yield client
