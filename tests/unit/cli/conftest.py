"""The command line in this process and as a process of its own, over a real store and a real loopback server."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ingest.messages.event import make_event, stream_fields
from ingest.models import Article, Cleaning, Cluster, FeedRef, Removal
from ingest.settings import Settings
from ingest.store.connect import connect
from workers.cli import app

ROOT = Path(__file__).parents[3]
T0 = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass(kw_only=True)
class Cli:
    """A user at a terminal, in a folder and with a desk of the test's own."""

    settings: Settings
    environment: dict[str, str]
    folder: Path

    def run(self, *arguments: str, input: str | bytes | None = None) -> Result:  # noqa: A002 - CliRunner's word
        """The command in this process."""
        return CliRunner().invoke(app, arguments, input=input, env=self.environment, prog_name="copydesk")

    def start(self, *arguments: str, **options) -> subprocess.Popen:
        """The command as a process."""
        return subprocess.Popen(
            [sys.executable, "-m", "workers", *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=options.pop("stdout", subprocess.PIPE),
            stderr=subprocess.PIPE,
            **options,
        )

    def with_store(self, work):
        """What ``work(store)`` returns."""

        async def run():
            async with connect(self.settings, self.settings.redis_url) as store:
                return await work(store)

        return asyncio.run(run())

    def publish(self, *articles: Article) -> None:
        """Put articles on the output stream."""

        async def add(store):
            for article in articles:
                event = make_event(article, source="copydesk/test", now=T0)
                await store.redis.xadd(store.keys.articles, stream_fields(event))

        self.with_store(add)


@pytest.fixture
def cli(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warm_sandbox: None) -> Cli:  # noqa: ARG001 - it is there, and that is all
    environment = {
        "REDIS_URL": settings.redis_url,
        "COPYDESK_PREFIX": settings.prefix,
        "COPYDESK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "COPYDESK_ALLOWED_PORTS": "",
        "TERM": "dumb",
        "COLUMNS": "120",
    }
    monkeypatch.chdir(tmp_path)
    return Cli(settings=settings, environment=environment, folder=tmp_path)


@dataclass
class Site:
    """A server on loopback; ``pages`` maps paths to status, fields and body."""

    url: str = ""
    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)


@pytest.fixture
def site():
    serving = Site()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            serving.requests.append(self.path)
            status, fields, body = serving.pages.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **fields}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        serving.url = f"http://127.0.0.1:{server.server_port}"
        yield serving
        server.shutdown()
        thread.join()


def make_article(number: int = 1, title: str = "Harbour plan adopted", removals: Sequence[Removal] = (), **more):
    """An article of which only what is shown matters."""
    cleaning = Cleaning(paragraphs=("The council met on Tuesday.", "It adopted the plan."), removals=tuple(removals))
    fields = {
        "id": f"{number:016x}",
        "url": f"https://outlet.example/{number}",
        "feed": FeedRef(id="f" * 16, url="https://outlet.example/feed.xml", title="Outlet"),
        "source_name": "The Outlet",
        "title": title,
        "fetched_at": T0,
        "first_seen_at": T0,
        "cleaning": cleaning,
        "cluster": Cluster(id="c1", role="head", head_id=f"{number:016x}"),
    }
    return Article(**(fields | more))


@pytest.fixture(name="make_article")
def _make_article():
    return make_article
