"""Real processes against a real newsroom on loopback: what the end-to-end and chaos tests start, kill and read."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import jsonschema

from ingest.messages.event import read_event, schema
from ingest.messages.ninjs import ninjs_document, ninjs_schema
from ingest.store.embedded import Folder, embedded, ensure
from tests.ports import free_port
from tests.servers import patient_client
from workers.demo.newsroom import Newsroom
from workers.demo.server import REQUESTS, LoggedRequest, feed_urls, serve, served_port
from workers.demo.stories import Story, expected_text

ROOT = Path(__file__).parents[2]
VALIDATOR = jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker())
NINJS = jsonschema.Draft202012Validator(ninjs_schema())


def now() -> datetime:
    return datetime.now(UTC)


class Origin:
    """The newsroom's server in a thread of its own: it knows everything it ever served."""

    def __init__(self, newsroom: Newsroom) -> None:
        self.newsroom = newsroom
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._runner = asyncio.run_coroutine_threadsafe(
            serve(newsroom, port=0, opened_at=now(), now=now), self._loop
        ).result()
        self.feeds = feed_urls(newsroom, served_port(self._runner))

    @property
    def requests(self) -> list[LoggedRequest]:
        return list(self._runner.app[REQUESTS])

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def origin(newsroom: Newsroom) -> Iterator[Origin]:
    served = Origin(newsroom)
    try:
        yield served
    finally:
        served.close()


class Site:
    """A data folder with its store, and the environment that the processes get."""

    def __init__(self, data: Path, url: str, **settings: object) -> None:
        self.folder = Folder(data / "store")
        self.url = url
        self.redis = patient_client(url)
        self.log = data / "processes.log"
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("COPYDESK_", "REDIS_"))}
        self.environment = {
            **clean,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONUNBUFFERED": "1",
            "REDIS_URL": url,
            "COPYDESK_DATA": str(data),
            "COPYDESK_ALLOWED_NETWORKS": "127.0.0.0/8",
            "COPYDESK_LOG_FORMAT": "json",
            "COPYDESK_SANDBOX_PROCESSES": "1",
            "COPYDESK_WEB_PORT": "0",
            # A late first poll must not take stories for backlog.
            "COPYDESK_FIRST_POLL": "all",
        } | {f"COPYDESK_{name.upper()}": str(value) for name, value in settings.items()}

    def copydesk(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "workers", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def status(self) -> dict:
        return json.loads(self.copydesk("status", "--json").stdout)

    def events(self) -> list:
        return [read_event(fields) for _, fields in self.redis.xrange("copydesk:articles")]

    def counts(self) -> dict[str, int]:
        return {name.decode(): int(value) for name, value in self.redis.hgetall("copydesk:counts").items()}

    def in_hand(self) -> int:
        return self.redis.zcard("copydesk:due:entries") + self.redis.zcard("copydesk:lease:entries")


@contextmanager
def site(data: Path, **settings: object) -> Iterator[Site]:
    with embedded(data) as url:
        yield Site(data, url, **settings)


def procfile() -> dict[str, list[str]]:
    """The Procfile's processes as commands for the shell; the release check is none, it ends."""
    lines = [line for line in (ROOT / "Procfile").read_text().splitlines() if not line.startswith("release:")]
    return {name: ["sh", "-c", f"exec env {command.strip()}"] for name, _, command in (x.partition(":") for x in lines)}


def wait_until(condition, seconds: float, what: str) -> None:
    """Wait for something to become true; how long is bounded, never measured."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"after {seconds} s still not: {what}"
        time.sleep(0.2)


def stop(process: subprocess.Popen[bytes], seconds: float = 30) -> int:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    return process.wait(seconds)


def honcho_port() -> str:
    """PORT for honcho, so that the Procfile's web, to which it gives 300 more, has one that is free."""
    return str(free_port() - 300)


def stop_all(processes: Sequence[subprocess.Popen[bytes]], seconds: float = 30) -> list[int]:
    """The exit codes, after SIGTERM to all at once: they drain side by side, as a host's do."""
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    return [process.wait(seconds) for process in processes]


def is_all_out(place: Site, newsroom: Newsroom) -> bool:
    """As many events as stories, and nothing in hand."""
    return place.redis.xlen("copydesk:articles") >= len(newsroom.stories) and place.in_hand() == 0


def check_published(place: Site, newsroom: Newsroom) -> None:
    """Every story exactly once, with exactly its text, in events that keep the contract; and the accounts add up."""
    events = place.events()
    for event in events:
        VALIDATOR.validate(event.article)
        NINJS.validate(ninjs_document(event.article, type=event.type))
    stories: dict[str, Story] = {story.guid: story for story in newsroom.stories}
    times = Counter(event.article["guid"] for event in events)
    assert dict.fromkeys(stories, 1) == dict(times)
    texts = {event.article["guid"]: event.article["text"] for event in events}
    assert {guid: expected_text(story) for guid, story in stories.items()} == texts
    assert len(events) == len({event.id for event in events})
    counts = place.counts()
    ended = sum(n for name, n in counts.items() if name.startswith("entries.") and name != "entries.seen")
    assert counts["entries.seen"] == ended + place.in_hand()


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """End a process as a power cut would: no handler runs."""
    process.send_signal(signal.SIGKILL)
    process.wait(10)


def freeze(process: subprocess.Popen[bytes]) -> None:
    """Let a process stand still, as a machine that swaps or sleeps does; it does not know when it goes on."""
    os.kill(process.pid, signal.SIGSTOP)


def thaw(process: subprocess.Popen[bytes]) -> None:
    """Let it go on."""
    os.kill(process.pid, signal.SIGCONT)


def restart_store(place: Site) -> None:
    """Kill the Valkey server and start it again on the same data."""
    os.kill(int(place.redis.info("server")["process_id"]), signal.SIGKILL)
    ensure(place.folder)


DICE = random.Random(20261122)
