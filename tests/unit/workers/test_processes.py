"""The scheduler, worker and web processes as a host runs them: started, told to stop, cut off from their store."""

import os
import signal
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ingest.store.feeds import feed_id
from ingest.store.keys import Keys
from tests.servers import patient_client

SECRET = "hush-hush"
#: SIGTERM among the signals a process catches (proc(5)): until it does, the signal would end it by itself.
MASK = 1 << (signal.SIGTERM - 1)


def subscribe(blocking, keys, url):
    """A feed that is due."""
    id_ = feed_id(url)
    blocking.hset(keys.feeds, id_, url)
    blocking.hset(keys.feed(id_), mapping={"url": url, "strikes": 0})
    blocking.zadd(keys.due("feeds"), {id_: 1})
    return id_


def get(running, path):
    """Status and body of the web process's answer."""
    port = running.wait_for("web.ready")["port"]
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode(), answer.headers["Content-Type"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers["Content-Type"]


# ------------------------------------------------------------------------------------------------ stopping


@pytest.mark.parametrize(
    ("name", "number"),
    [("worker", signal.SIGTERM), ("scheduler", signal.SIGINT), ("web", signal.SIGTERM)],
)
def test_stop(yard, name, number):
    """
    A process that is told to stop says so and ends with 0.
    """
    running = yard.start(name)
    running.wait_for(f"{name}.ready")

    assert 0 == running.stop(number)

    assert running.logged(f"{name}.stopped")
    assert "Traceback" not in running.text


@pytest.fixture
def busy_worker(yard, slow_site, settings, blocking):
    """A worker that waits for a page, and the id of the entry."""

    def start(**changes):
        keys = Keys(settings.prefix)
        scheduler = yard.start("scheduler")
        worker = yard.start("worker", **changes)
        subscribe(blocking, keys, f"{slow_site.url}/feed.xml")
        assert slow_site.asked.wait(20)
        (entry,) = blocking.zrange(keys.lease("entries"), 0, -1)
        scheduler.stop()
        return worker, entry.decode(), keys

    return start


def test_drain(busy_worker, slow_site, blocking):
    """
    What is being worked on at SIGTERM is finished where there is time.
    """
    worker, entry, keys = busy_worker(drain=20)
    worker.process.send_signal(signal.SIGTERM)
    worker.wait_for("worker.draining")
    slow_site.let_go.set()

    assert 0 == worker.wait()

    assert blocking.get(keys.entry(entry)).startswith(b"published ")
    assert 1 == blocking.xlen(keys.articles)


def test_release(busy_worker, blocking):
    """
    What is not finished within the drain goes back, due at once, and that was no attempt.
    """
    worker, entry, keys = busy_worker(drain=0.5)

    assert 0 == worker.stop()

    (released,) = worker.logged("work.released")
    assert (entry, "entries") == (released["id"], released["work"])
    assert (b"0", None) == (blocking.hget(keys.entry(entry), "strikes"), blocking.hget(keys.entry(entry), "outcome"))
    assert blocking.zscore(keys.due("entries"), entry) <= blocking.time()[0] * 1000 + 1000
    assert 0 == blocking.zcard(keys.lease("entries"))
    assert "Traceback" not in worker.text


def test_second_signal(busy_worker):
    """
    A second signal ends the process at once, whatever it has in hand.
    """
    worker, _, _ = busy_worker(drain=20)
    worker.process.send_signal(signal.SIGTERM)
    worker.wait_for("worker.draining")

    assert 128 + signal.SIGTERM == worker.stop()


def test_killed(busy_worker, yard, slow_site, blocking, wait_until):
    """
    What a killed worker had in hand is claimed again when its lease has run out, and published once.
    """
    worker, entry, keys = busy_worker(lease=2, heartbeat=2)
    worker.process.kill()
    worker.wait()
    slow_site.let_go.set()

    yard.start("scheduler", lease=2)
    yard.start("worker", lease=2, heartbeat=2)
    wait_until(lambda: blocking.type(keys.entry(entry)) == b"string", "the entry's end")

    assert 1 == blocking.xlen(keys.articles)


# ------------------------------------------------------------------------------------------------ secrets


def descendants(pid):
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == pid:
            found += [int(path.parent.name), *descendants(int(path.parent.name))]
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_no_secrets_for_children(yard, settings):
    """
    No process that a worker starts has the store's address in its environment.
    """
    worker = yard.start("worker")
    worker.wait_for("worker.ready")

    children = descendants(worker.pid)

    assert len(children) >= 2  # the forkserver and one sandboxed process
    for child in children:
        assert settings.redis_url.encode() not in Path(f"/proc/{child}/environ").read_bytes()


@pytest.mark.parametrize(
    ("name", "url"),
    [
        pytest.param("worker", f"http://user:{SECRET}@127.0.0.1:6379", id="scheme"),
        pytest.param("web", f"redis://:{SECRET}@127.0.0.1:six", id="port"),
        pytest.param("worker", f"redis://:{SECRET}/1@127.0.0.1:6379", id="slash in the password"),
        pytest.param("scheduler", f"redis://:{SECRET}#1@127.0.0.1:6379", id="hash in the password"),
    ],
)
def test_wrong_address(yard, name, url):
    """
    An address that makes no sense ends the process with one sentence that does not repeat the password.
    """
    running = yard.start(name, redis_url=url)

    assert 1 == running.wait()

    lines = running.text.splitlines()
    assert [True] == [line.startswith("copydesk: REDIS_URL") for line in lines if not line.startswith("{")]
    assert SECRET not in running.text


def test_wrong_password(yard, own_store):
    """
    A store that refuses the password ends the process with one sentence, at once.
    """
    own_store.start()

    running = yard.start("scheduler", redis_url=own_store.url.replace("unix://", f"unix://user:{SECRET}@"))

    assert 1 == running.wait()
    assert "password" in running.text
    assert "Traceback" not in running.text
    assert SECRET not in running.text


@pytest.mark.parametrize("name", ["worker", "run"])
def test_rules_that_make_no_sense(yard, tmp_path, name):
    """
    A rule of the operator's that makes no sense ends the process at the start, with the file, the rule and the fault.
    """
    (tmp_path / "town.toml").write_text("[[rule]]\nid = 'town-a'\nkind = 'advert'\n")

    running = yard.start(name, rules=tmp_path)

    assert running.wait() != 0
    assert f"copydesk: COPYDESK_RULES: {tmp_path}: town.toml: town-a: kind must be one of" in running.text
    assert "Traceback" not in running.text


# ------------------------------------------------------------------------------------------------ the store


@pytest.mark.parametrize("name", ["worker", "scheduler", "web"])
def test_store_comes_late(yard, own_store, name, wait_until):
    """
    A process that starts before its store waits for it, and works when it is there.
    """
    running = yard.start(name, redis_url=own_store.url)
    wait_until(lambda: caught_signals(running.pid) & MASK, "it is up, and waits")
    own_store.start()

    running.wait_for(f"{name}.ready")
    assert 0 == running.stop()


@pytest.mark.parametrize("name", ["worker", "scheduler", "web"])
def test_stop_while_waiting(yard, own_store, name, wait_until):
    """
    A process that still waits for its store can be told to stop.
    """
    running = yard.start(name, redis_url=own_store.url)
    wait_until(lambda: caught_signals(running.pid) & MASK, "it is up, and waits")

    assert 0 == running.stop()

    assert running.logged(f"{name}.stopped")
    assert not running.logged(f"{name}.ready")


def caught_signals(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("SigCgt")).split()[1], 16)


def test_worker_outlives_store(yard, own_store, slow_site, wait_until):
    """
    A store that goes away and comes back empty-handed is no end: the next feed is polled and published.
    """
    slow_site.let_go.set()
    own_store.arguments = ("--appendonly", "yes")
    own_store.start()
    keys = Keys(yard.environment["COPYDESK_PREFIX"])
    worker = yard.start("worker", redis_url=own_store.url)
    scheduler = yard.start("scheduler", redis_url=own_store.url)
    worker.wait_for("worker.ready")
    scheduler.wait_for("scheduler.ready")
    own_store.kill()
    own_store.start()

    with patient_client(own_store.url) as client:
        subscribe(client, keys, f"{slow_site.url}/feed.xml")
        wait_until(lambda: client.xlen(keys.articles), "the article")
    assert [0, 0] == [worker.stop(), scheduler.stop()]
    assert "Traceback" not in worker.text + scheduler.text


# ------------------------------------------------------------------------------------------------ the web


def test_web(yard, own_store):
    """
    The probes say how it stands: alive as long as we answer, ready as long as the store does.
    """
    own_store.start()
    web = yard.start("web", redis_url=own_store.url)

    assert [200, 200, 200] == [get(web, path)[0] for path in ("/healthz", "/readyz", "/metrics")]

    own_store.kill()
    assert [200, 503, 503] == [get(web, path)[0] for path in ("/healthz", "/readyz", "/metrics")]
    own_store.start()
    assert 200 == get(web, "/readyz")[0]
    assert "Traceback" not in web.text


def test_web_with_hung_store(yard, own_store):
    """
    A store that takes connections and does not answer is as good as none, and soon found out.
    """
    own_store.start()
    web = yard.start("web", redis_url=own_store.url)
    web.wait_for("web.ready")
    os.kill(own_store.process.pid, signal.SIGSTOP)

    assert [200, 503] == [get(web, path)[0] for path in ("/healthz", "/readyz")]

    os.kill(own_store.process.pid, signal.SIGCONT)
    assert 0 == web.stop()


def test_metrics(yard, settings, blocking):
    """
    The counters of the store come out in Prometheus' own format.
    """
    keys = Keys(settings.prefix)
    blocking.hset(keys.counts, mapping={"entries.seen": 5, "entries.published": 3, "polls.status-404": 2})
    subscribe(blocking, keys, "https://example.org/feed.xml")

    _, text, kind = get(yard.start("web"), "/metrics")

    assert kind.startswith("text/plain")
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert {
        ("copydesk_entries_seen_total",): 5,
        ("copydesk_entries_total", "published"): 3,
        ("copydesk_polls_total", "status-404"): 2,
        ("copydesk_feeds",): 1,
        ("copydesk_stream_events",): 0,
        ("copydesk_waiting", "feeds"): 1,
        ("copydesk_claimed", "feeds"): 0,
        ("copydesk_waiting", "entries"): 0,
        ("copydesk_claimed", "entries"): 0,
        ("copydesk_waiting", "revisits"): 0,
        ("copydesk_claimed", "revisits"): 0,
        ("copydesk_events_dropped_total",): 0,
        ("copydesk_accounts_difference",): 2,
    }.items() <= samples.items()


def test_damaged_counters(yard, settings, blocking):
    """
    Counters that are no numbers are no end of the page, and no traceback.
    """
    blocking.hset(Keys(settings.prefix).counts, "entries.seen", "many")
    web = yard.start("web")

    status, text, _ = get(web, "/metrics")

    assert (503, True) == (status, "damaged" in text)
    assert "Traceback" not in web.text


def test_port_in_use(yard):
    """
    A port that another program has ends the web process with 2 and one line that says so.
    """
    with socket.create_server(("127.0.0.1", 0)) as other:
        web = yard.start("web", web_port=other.getsockname()[1])

        assert 2 == web.wait()

    (line,) = [event for event in web.events if event["level"] == "error"]
    assert "web.no-address" == line["event"]
    assert "Traceback" not in web.text
