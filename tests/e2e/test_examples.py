"""The example consumers work, in every language: nothing is lost when they are killed, and they stop when asked to."""

import array
import fcntl
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import termios
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from ingest.messages.event import make_event, make_withdrawal, stream_fields
from ingest.models import Article, Cleaning, Cluster, FeedRef
from tests.e2e import fleet
from tests.servers import Server

pytestmark = pytest.mark.e2e

EXAMPLES = fleet.ROOT / "docs" / "examples"
STREAM = "copydesk:articles"
PIPE_BYTES = 4096
#: So many that their ids, written one a line, do not fit into the pipe: the consumer stands still in the middle.
COUNT = 60
NAME = "a" * 120


def article(number: int, revision: int = 1, title: str = "Ferry late") -> Article:
    return Article(
        id=f"{NAME}{number:03}",
        revision=revision,
        url=f"https://gazette.example/{number}",
        feed=FeedRef(id="f", url="https://gazette.example/feed.xml"),
        title=title,
        fetched_at=fleet.now(),
        first_seen_at=fleet.now(),
        cleaning=Cleaning(paragraphs=("The ferry was late.", 'It was the "tide".')),
        cluster=Cluster(id="c", role="head", head_id="c"),
    )


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    """A copy of the Node example with what it needs, being installed while other tests run."""
    folder = tmp_path_factory.mktemp("node") / "example"
    shutil.copytree(EXAMPLES / "node", folder, ignore=shutil.ignore_patterns("node_modules"))
    npm = shutil.which("npm") if shutil.which("node") else None
    if npm is None:
        yield folder, None
        return
    with subprocess.Popen(
        [npm, "ci", "--prefer-offline", "--fetch-retries=1", "--fetch-timeout=20000"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as installing:
        yield folder, installing
        if installing.poll() is None:
            installing.kill()


@pytest.fixture(scope="module")
def store():
    """A store of its own, which listens on a socket and on a port."""
    # A short path: the kernel allows a socket's name 107 bytes.
    server = Server(Path(tempfile.mkdtemp(prefix="cd-", dir="/tmp")))
    server.start()
    yield server
    server.kill()
    shutil.rmtree(server.folder)


@pytest.fixture
def client(store):
    """The way to an empty stream."""
    with redis.Redis.from_url(store.url) as opened:
        opened.flushall()
        yield opened


def need(is_there: object, what: str) -> None:
    """What is missing is a reason to skip here, and a failure in CI."""
    if not is_there:
        assert not os.environ.get("CI"), f"{what} is missing"
        pytest.skip(f"{what} is missing")


@pytest.fixture
def command(request, modules, tmp_path):
    """An example's command line, without the address, the group and the name."""
    match request.param:
        case "node/consume.js":
            folder, installing = modules
            need(installing, "node or npm")
            try:
                _, said = installing.communicate(timeout=120)
            except ValueError:
                said = b""
            need(installing.returncode == 0, f"the npm registry ({said.decode()[-300:]})")
            return ["node", str(folder / "consume.js")], []
        case "consume.sh":
            need(shutil.which("redis-cli"), "redis-cli")
            return [str(EXAMPLES / request.param)], []
        case "transaction.py":
            return [sys.executable, str(EXAMPLES / request.param)], [str(tmp_path / "articles.db")]
        case _:
            return [sys.executable, str(EXAMPLES / request.param)], []


class Consumer:
    """A running example, and the lines that it wrote."""

    def __init__(self, command, url: str, name: str) -> None:
        before, after = command
        environment = {**os.environ, "PYTHONPATH": str(fleet.ROOT), "TAKE_OVER_MS": "200"}
        self.process = subprocess.Popen(
            [*before, url, "g", name, *after], stdout=subprocess.PIPE, env=environment, start_new_session=True
        )
        fcntl.fcntl(self.process.stdout, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    def waiting(self) -> int:
        """Bytes in the pipe."""
        found = array.array("i", [0])
        fcntl.ioctl(self.process.stdout, termios.FIONREAD, found)
        return found[0]

    def kill(self) -> list[str]:
        """End it as a power cut would; the ids that it had written."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        return [line.split()[0] for line in self.process.stdout.read().decode().splitlines()]

    def lines(self, expected: set[str]) -> list[str]:
        """The ids that it writes until all of these were among them."""
        got: list[str] = []
        while not expected <= {*got}:
            line = self.process.stdout.readline().decode()
            assert line, f"it has ended: {self.process.wait(10)}"
            got.append(line.split()[0])
        return got

    def stop(self) -> int:
        """Ask it to stop; how it ended."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)


@contextmanager
def running(command, url: str, name: str):
    consumer = Consumer(command, url, name)
    try:
        yield consumer
    finally:
        if consumer.process.poll() is None:
            os.killpg(consumer.process.pid, signal.SIGKILL)
        consumer.process.wait(10)
        consumer.process.stdout.close()


def wait(is_so) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("consume.py", ["one"]),
        ("consume_async.py", ["other"]),
        ("consume.sh", ["one", "other"]),
        ("node/consume.js", ["one", "other"]),
    ],
    indirect=["command"],
)
def test_killed_and_stopped(command, names, client, store):
    """
    Killed in the middle, an example is given the rest, under its own name and under another: nothing is lost, one event
    at most is told twice for each death, and SIGTERM ends it in order with nothing left pending.
    """
    with client.pipeline() as pipe:
        for number in range(COUNT):
            pipe.xadd(STREAM, stream_fields(make_event(article(number), source="/", now=fleet.now())))
        pipe.execute()
    wanted = {f"{NAME}{number:03}-1" for number in range(COUNT)}

    told = []
    for name in ["one", *names[:-1]]:
        with running(command, store.url, name) as consumer:
            wait(lambda consumer=consumer: consumer.waiting() > (len(NAME) if told else PIPE_BYTES - 2 * len(NAME)))
            told.append(consumer.kill())
    with running(command, store.url, names[-1]) as consumer:
        told.append(consumer.lines(wanted.difference(*told)))
        code = consumer.stop()

    assert 0 < len(told[0]) < COUNT
    assert wanted == set().union(*told)
    assert sum(map(len, told)) <= COUNT + len(names)
    assert (0, 0) == (code, client.xpending(STREAM, "g")["pending"])


@pytest.mark.parametrize("command", ["once.py"], indirect=True)
def test_once(command, client, store):
    """
    An event that was sent twice is acted upon once.
    """
    for number in (1, 1, 2):
        client.xadd(STREAM, stream_fields(make_event(article(number), source="/", now=fleet.now())))

    with running(command, store.url, "one") as consumer:
        assert [f"{NAME}001-1", f"{NAME}002-1"] == consumer.lines({f"{NAME}002-1"})
        assert 0 == consumer.stop()


@pytest.mark.parametrize("command", ["transaction.py"], indirect=True)
def test_transaction(command, client, store):
    """
    A table holds each article as it is: corrected once, whatever is delivered again, and without what was withdrawn.
    """
    events = [
        make_event(article(1), source="/", now=fleet.now()),
        make_event(article(2), source="/", now=fleet.now()),
        make_event(article(1, 2, "Ferry on time"), source="/", now=fleet.now()),
    ]
    gone = {"id": f"{NAME}002", "revision": 1, "title": "", "text": ""}
    events.append(make_withdrawal(gone, source="/", now=fleet.now()))
    for event in [*events, *events]:
        client.xadd(STREAM, stream_fields(event))

    with running(command, store.url, "one") as consumer:
        for _ in range(2):
            consumer.lines({event.id for event in events})
        assert 0 == consumer.stop()

    with sqlite3.connect(command[1][0]) as database:
        rows = database.execute("SELECT id, revision, title FROM articles").fetchall()
    database.close()
    assert [(f"{NAME}001", 2, "Ferry on time")] == rows


@pytest.mark.parametrize("command", ["consume.sh", "node/consume.js"], indirect=True)
def test_a_lost_group(command, client, store):
    """
    A group that the server lost is made again at the beginning.
    """
    client.xadd(STREAM, stream_fields(make_event(article(1), source="/", now=fleet.now())))

    with running(command, store.url, "one") as consumer:
        consumer.lines({f"{NAME}001-1"})
        wait(lambda: client.xpending(STREAM, "g")["pending"] == 0)
        client.xgroup_destroy(STREAM, "g")

        assert [f"{NAME}001-1"] == consumer.lines({f"{NAME}001-1"})


PAGES = ["README.md", "docs/how-to/consume.md"]
BLOCKS = [
    (name, language, code)
    for name in PAGES
    for language, code in re.findall(
        r"^```(\w*)\n(.*?)^```", (fleet.ROOT / name).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
]


@pytest.mark.parametrize("code", [code for name, language, code in BLOCKS if name == PAGES[1] and language])
def test_page_quotes_examples(code):
    """
    Every program in the page is, to the letter, one of the examples or a part of one.
    """
    sources = [path for path in (*EXAMPLES.glob("*.*"), EXAMPLES / "node" / "consume.js") if path.is_file()]

    assert [path.name for path in sources if code in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("code", [code for name, _, code in BLOCKS if "import consume" in code and name == PAGES[0]])
def test_readme_consumes(code, client, store):
    """
    The README's consumer reads the stream as it stands.
    """
    client.xadd(STREAM, stream_fields(make_event(article(1), source="/", now=fleet.now())))
    program = code.replace("unix:///path/to/store.sock", store.url)
    process = subprocess.Popen([sys.executable, "-u", "-c", program], cwd=fleet.ROOT, stdout=subprocess.PIPE)
    try:
        assert f"{NAME}001-1 Ferry late 8\n" == process.stdout.readline().decode()
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


@pytest.mark.parametrize("name", PAGES)
def test_plain_commands(name, client):
    """
    The commands of Redis in a page work in their order: made anew, read, read as pending, acknowledged.
    """
    row = client.xadd(STREAM, stream_fields(make_event(article(1), source="/", now=fleet.now())))
    (block,) = (code for page, language, code in BLOCKS if page == name and not language and "XGROUP" in code)

    for line in block.replace("<row id>", row.decode()).replace("BLOCK 2000", "BLOCK 1").splitlines():
        client.execute_command(*line.split())

    assert 0 == client.xpending(STREAM, "my-group")["pending"]
    assert row == client.xinfo_groups(STREAM)[0]["last-delivered-id"]


def test_lock_file():
    """
    The Node example's lock names what is installed and its digest, and no registry.
    """
    lock = (EXAMPLES / "node" / "package-lock.json").read_text()

    assert "integrity" in lock
    assert "://" not in lock
