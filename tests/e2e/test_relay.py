"""The relay, killed with -9 while events pass: into a file, and to an endpoint that fails now and then."""

import base64
import gzip
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ingest.messages.event import make_event, stream_fields
from ingest.models import Article, Cleaning, Cluster, FeedRef
from tests.e2e import fleet

pytestmark = pytest.mark.e2e

ARTICLES, REVISIONS, KILLS = 100, 3, 3
KEY = bytes(range(32))
TOML = """
[[sink]]
name = "files"
url = "jsonl:{folder}/articles.jsonl?max_bytes=40000&daily=no&gzip=yes"

[[sink]]
name = "hook"
url = "http://127.0.0.1:{port}/articles"
options = {{ secret = "env:HOOK_SECRET" }}

[[sink]]
name = "down"
url = "http://127.0.0.1:1/"

[[sink]]
name = "german"
url = "jsonl:{folder}/german.jsonl"
languages = ["de"]
"""


class Hook:
    """Events as an endpoint had them, each with whether it was answered well."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.unsigned = 0
        self.lock = threading.Lock()

    def take(self, fields, body: bytes) -> int | None:
        """The status to answer; None: hang up instead."""
        signed = f"{fields['webhook-id']}.{fields['webhook-timestamp']}.".encode() + body
        signature = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        with self.lock:
            chance = fleet.DICE.random()
            self.unsigned += fields["webhook-signature"] != f"v1,{signature}"
            if chance < 0.1:
                return 503 if chance < 0.07 else 500
            self.ids.append(fields["ce-id"])
            # Taken, but the answer is lost: it comes again.
            return None if chance < 0.12 else 204


@contextmanager
def hook() -> Iterator[tuple[Hook, int]]:
    taken = Hook()

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = taken.take(self.headers, body)
            if status is None:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def handle(self):
            try:
                super().handle()
            except ConnectionError:  # who asked was killed
                self.close_connection = True

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield taken, server.server_port
        server.shutdown()
        thread.join()


def events():
    """Every article in its revisions, interleaved as they would come."""
    for revision in range(1, REVISIONS + 1):
        for number in range(ARTICLES):
            name = f"a{number}"
            article = Article(
                id=name,
                revision=revision,
                url=f"https://gazette.example/{number}",
                feed=FeedRef(id="f", url="https://gazette.example/feed.xml"),
                language="de" if number % 10 == 0 else "en",
                title="The quay",
                fetched_at=fleet.now(),
                first_seen_at=fleet.now(),
                cleaning=Cleaning(paragraphs=("The quay reopened on Monday.",)),
                cluster=Cluster(id=name, role="head", head_id=name),
            )
            yield make_event(article, source="copydesk/test", now=fleet.now())


def in_order(ids) -> bool:
    """Whether each article's revisions came for the first time in their order."""
    last: dict[str, int] = {}
    for id_ in dict.fromkeys(ids):
        article, _, revision = id_.rpartition("-")
        if int(revision) != last.get(article, 0) + 1:
            return False
        last[article] = int(revision)
    return True


def test_killed_while_events_pass(tmp_path):
    """
    Nothing is lost, nothing comes twice but under the same id, revisions come in order, and a sink that is down holds
    nobody else.
    """
    with hook() as (taken, port), fleet.site(tmp_path, heartbeat=2, sinks_file=tmp_path / "sinks.toml") as place:
        (tmp_path / "sinks.toml").write_text(TOML.format(folder=tmp_path, port=port))
        place.environment["HOOK_SECRET"] = "whsec_" + base64.b64encode(KEY).decode()
        relays = [start_relay(place) for _ in range(2)]
        expected = []
        for number, event in enumerate(events()):
            place.redis.xadd("copydesk:articles", stream_fields(event))
            expected.append(event.id)
            if number % 80 == 79 and number // 80 < KILLS:
                fleet.wait_until(lambda number=number: len(taken.ids) > number // 2, 90, "events pass")
                fleet.kill_tree(relays.pop(0))
                relays.append(start_relay(place))
        try:
            fleet.wait_until(
                lambda: sent(place) == [len(expected), len(expected), len(expected) // 10], 120, "all sent"
            )
        finally:
            codes = fleet.stop_all(relays)
        listed = {one["name"]: one for one in json.loads(place.copydesk("sinks", "list", "--json").stdout)}

        files = read_files(tmp_path)
        assert [0, 0] == codes
        assert (set(expected), set(expected), 0) == (set(files), set(taken.ids), taken.unsigned)
        assert (expected, True) == (list(dict.fromkeys(files)), in_order(taken.ids))
        assert [id_ for id_ in expected if int(id_[1:].partition("-")[0]) % 10 == 0] == list(
            dict.fromkeys(json.loads(line)["id"] for line in (tmp_path / "german.jsonl").read_bytes().splitlines())
        )
        assert ("waiting", 0, 0, 0) == (
            listed["down"]["state"],
            listed["down"]["sent"],
            listed["down"]["refused"],
            sum(one["dead_letters"] for one in listed.values()),
        )
        assert len(expected) == listed["down"]["lag"] + listed["down"]["pending"]
        log = place.log.read_text()
        assert (False, False) == ("Traceback" in log, place.environment["HOOK_SECRET"] in log)
        twice = len(taken.ids) - len(expected), len(files) - len(expected)
        print(
            f"{len(expected)} events, {KILLS} kills: {twice[0]} of the hook's and {twice[1]} of the file's came again"
        )


def start_relay(place):
    return place.start(*fleet.procfile()["relay"])


def sent(place) -> list[int]:
    counts = place.counts()
    return [counts.get(f"sinks.{name}.sent", 0) for name in ("files", "hook", "german")]


def read_files(folder) -> list[str]:
    """The ids in the file and in what was put aside, oldest first."""
    aside = sorted(folder.glob("articles-*.jsonl.gz"))
    assert aside
    text = b"".join([gzip.decompress(path.read_bytes()) for path in aside]) + (folder / "articles.jsonl").read_bytes()
    return [json.loads(line)["id"] for line in text.splitlines()]
