"""``copydesk run``: which feeds the demo has, and the whole tree of processes with a store that dies."""

import asyncio
import os
import signal
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.messages.event import read_event
from ingest.store.embedded import Folder, answers
from ingest.store.feeds import add_feed, list_feeds
from tests.ports import free_port
from tests.servers import patient_client
from workers.demo.newsroom import load_newsroom
from workers.demo.server import feed_urls
from workers.run import (
    DEMO_FOLDER,
    DEMO_INTERVAL,
    LOOPBACK,
    _children,
    _environment,
    _opened_at,
    _shown,
    _subscribe,
    _watch_sinks,
)

OWN = "https://example.org/feed.xml"


@pytest.fixture
def newsroom(settings):
    return feed_urls(load_newsroom(), settings.demo_port)


async def subscribed(store):
    return {listed.feed.url: (listed.feed.folder, listed.feed.interval) async for listed in list_feeds(store)}


@pytest.fixture
def desk(store, settings, newsroom):
    return store, settings, newsroom


@pytest.mark.parametrize(
    ("has_own", "flags", "is_demo"),
    [
        (False, (True, False), True),
        (False, (False, True), True),
        (False, (False, False), False),
        (True, (True, False), True),
        (True, (False, True), False),
        (True, (True, True), True),
    ],
)
@pytest.mark.parametrize("was_demo", [True, False])
async def test_subscriptions(desk, has_own, flags, is_demo, was_demo):
    """
    The demo's feeds are there while it runs and gone when it does not; a user's own are left as they are.
    """
    store, settings, newsroom = desk
    own = {OWN: ("News", None)} if has_own else {}
    for url in own:
        await add_feed(store, url, folder="News")
    if was_demo:
        await _subscribe(store, settings, demo=True, or_demo=False)

    got = await _subscribe(store, settings, demo=flags[0], or_demo=flags[1])

    assert (is_demo, not has_own) == got
    demos = dict.fromkeys(newsroom, (DEMO_FOLDER, DEMO_INTERVAL)) if is_demo else {}
    assert own | demos == await subscribed(store)


async def test_own_feed_of_the_newsroom(store, settings, newsroom):
    """
    A feed that the user has added stays the user's, even if it is one of the newsroom's.
    """
    mine, *others = newsroom
    await add_feed(store, mine, folder="Mine", interval=timedelta(hours=3))

    await _subscribe(store, settings, demo=True, or_demo=False)

    assert {mine: ("Mine", timedelta(hours=3))} | dict.fromkeys(others, (DEMO_FOLDER, DEMO_INTERVAL)) == (
        await subscribed(store)
    )
    await _subscribe(store, settings, demo=False, or_demo=False)
    assert {mine: ("Mine", timedelta(hours=3))} == await subscribed(store)


async def test_other_port(store, settings):
    """
    A newsroom that moved leaves no feeds of its old address behind.
    """
    await _subscribe(store, settings.model_copy(update={"demo_port": 8999}), demo=True, or_demo=False)

    await _subscribe(store, settings, demo=True, or_demo=False)

    assert {*feed_urls(load_newsroom(), settings.demo_port)} == {*await subscribed(store)}


@pytest.mark.parametrize("damaged", [None, "", "yesterday", "\xff", "2026-03-01T12:00:00"])
def test_opened_at(tmp_path, damaged):
    """
    The newsroom's opening survives restarts, has a zone, and a damaged record of it is replaced.
    """
    if damaged is not None:
        (tmp_path / "opened-at").write_text(damaged, encoding="latin-1")

    first, second = _opened_at(tmp_path), _opened_at(tmp_path)

    assert first == second
    assert first.utcoffset() == timedelta(0)


def test_opened_at_first(tmp_path):
    """
    The first start opens the newsroom.
    """
    before = datetime.now(UTC)

    assert before <= _opened_at(tmp_path / "new" / "demo") <= datetime.now(UTC)


@pytest.mark.parametrize("is_demo", [True, False])
def test_children(settings, is_demo):
    """
    The children work on the store that was located; only the demo's may ask this machine, besides what is allowed.
    """
    settings = settings.model_copy(update={"allowed_networks": ("10.0.0.0/8",)})

    environment = _environment(settings, "unix:///tmp/s", is_demo=is_demo)
    names = [child.name for child in _children(settings, is_demo=is_demo)]

    assert ("unix:///tmp/s", settings.prefix, str(settings.data)) == tuple(
        environment[name] for name in ("REDIS_URL", "COPYDESK_PREFIX", "COPYDESK_DATA")
    )
    assert is_demo == (f"10.0.0.0/8,{LOOPBACK}" == environment.get("COPYDESK_ALLOWED_NETWORKS"))
    assert ["newsroom"] * is_demo + ["worker", "scheduler", "web"] == names


@pytest.mark.parametrize(("sinks", "is_listed"), [("jsonl:a.jsonl", False), ("", True)])
def test_a_relay_where_there_are_sinks(settings, tmp_path, sinks, is_listed):
    """
    A relay runs beside them where sinks are configured, in either place.
    """
    file = tmp_path / "sinks.toml"
    if is_listed:
        file.write_text("")
    settings = settings.model_copy(update={"sinks": sinks, "sinks_file": file})

    assert "relay" in [child.name for child in _children(settings, is_demo=False)]


class Started:
    """What was started."""

    def __init__(self):
        self.names = []

    def start(self, child):
        self.names.append(child.name)


async def test_a_relay_for_sinks_that_come_later(settings, tmp_path, monkeypatch):
    """
    A sinks.toml that is written while we run gets a relay, one.
    """
    monkeypatch.setattr("workers.run.SINKS_WATCH_SECONDS", 0.01)
    settings = settings.model_copy(update={"sinks": "", "sinks_file": tmp_path / "sinks.toml"})
    supervisor = Started()
    watching = asyncio.create_task(_watch_sinks(settings, supervisor))
    await asyncio.sleep(0.05)
    before = list(supervisor.names)
    settings.sinks_file.write_text("")

    await asyncio.wait_for(watching, 20)

    assert ([], ["relay"]) == (before, supervisor.names)


@pytest.mark.parametrize(
    ("log_format", "is_demo", "is_shown"),
    [
        ("auto", True, True),
        ("pretty", True, True),
        ("json", True, False),
        ("auto", False, False),
        ("json", False, False),
    ],
)
async def test_shown(settings, store, log_format, is_demo, is_shown):
    """
    Who asks for a log in JSON gets that and nothing else, of the demo too; without a terminal only the demo is shown.
    """
    settings = settings.model_copy(update={"log_format": log_format})

    async with _shown(settings, store, is_demo=is_demo, is_first=True) as screen:
        shown = screen is not None

    assert is_shown == shown


# ------------------------------------------------------------------------------------------------ the whole tree


@pytest.fixture
def demo(yard):
    """Starts ``copydesk run --demo`` on a data folder of the test's own."""
    yard.environment["REDIS_URL"] = ""
    del yard.environment["COPYDESK_ALLOWED_NETWORKS"]
    data, port = yard.folder / "data", free_port()

    def start():
        return yard.start("--data", str(data), "run", "--demo", demo_port=port, poll_jitter=0)

    folder = Folder(data / "store")
    yield start, folder
    for running in yard.started:
        running.process.kill()
        running.process.wait()
    pid = folder.path / "pid"
    if answers(folder.socket):
        os.kill(int(pid.read_text()), signal.SIGKILL)


def titles(client, prefix):
    return Counter(read_event(fields).subject for _, fields in client.xrange(f"{prefix}:articles"))


@pytest.mark.skipif(sys.platform != "linux", reason="loopback addresses of its own")
def test_demo(demo, settings, wait_until):
    """
    The demo publishes, alone; its store killed with -9 comes back and articles go on; a restart doubles nothing.
    """
    start, folder = demo
    running = start()
    client = patient_client(folder.url)
    wait_until(lambda: answers(folder.socket), "the store")
    wait_until(lambda: client.xlen(f"{settings.prefix}:articles") >= 3, "three articles", 40)
    second = start()
    assert 1 == second.process.wait(timeout=30)
    assert "is at work on" in second.text
    assert "Traceback" not in second.text
    before = client.xlen(f"{settings.prefix}:articles")
    os.kill(client.info("server")["process_id"], signal.SIGKILL)

    wait_until(lambda: answers(folder.socket), "the store again")
    wait_until(lambda: client.xlen(f"{settings.prefix}:articles") > before, "more articles", 60)
    assert 0 == running.stop()
    assert not answers(folder.socket)
    assert "Traceback" not in running.text

    running = start()
    wait_until(lambda: answers(folder.socket), "the store, third time")
    polls = b"polls.not-modified"
    seen = int(client.hget(f"{settings.prefix}:counts", polls) or 0)
    wait_until(lambda: int(client.hget(f"{settings.prefix}:counts", polls) or 0) > seen, "a poll", 40)
    got = titles(client, settings.prefix)
    client.close()
    assert 0 == running.stop()
    assert {1} == {*got.values()}


def processes_of(pid):
    """The process's children."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal")
def test_killed(demo, settings, wait_until):
    """
    ``copydesk run`` killed with -9 takes its processes with it; only the store stays, and the next start takes it over.
    """
    start, folder = demo
    running = start()
    client = patient_client(folder.url)
    wait_until(lambda: answers(folder.socket), "the store")
    wait_until(lambda: client.xlen(f"{settings.prefix}:articles") >= 1, "an article", 40)
    store = client.info("server")["process_id"]
    client.close()
    children = [pid for pid in processes_of(running.pid) if pid != store]

    running.process.kill()
    running.wait()

    assert len(children) >= 4
    wait_until(lambda: not any(is_alive(pid) for pid in children), "the end of all")
    assert answers(folder.socket)
    again = start()
    wait_until(lambda: len(processes_of(again.pid)) >= 4, "the next start")
    assert 0 == again.stop()


def is_alive(pid):
    """Whether the process runs; a zombie that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
