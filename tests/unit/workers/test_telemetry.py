"""The law of telemetry: a collector hears of the work, no secret and no foreign text, and can hold nothing up."""

import asyncio
import gzip
import json
import logging
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import brotli
import pytest
import structlog
from structlog.testing import capture_logs

from ingest.errors import SandboxError
from ingest.net.http import Client as PublisherClient
from ingest.settings import Settings
from ingest.store.entries import counts
from workers import telemetry
from workers.logs import configure_logs
from workers.telemetry import open_telemetry, watched

SECRET = "canary-secret"
LOOPBACK = (ip_network("127.0.0.0/8"),)


class Collector:
    """A server of loopback that keeps what it is sent; ``seconds`` is how long an answer takes."""

    def __init__(self):
        self.bodies, self.status, self.seconds = [], 200, 0.0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                packed = self.headers.get("Content-Encoding")
                body = {"gzip": gzip.decompress, "br": brotli.decompress, None: bytes}[packed](body)
                outer.bodies.append((self.path, body))
                time.sleep(outer.seconds)
                try:
                    self.send_response(outer.status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    pass

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def sent(self, path):
        return [body for at, body in self.bodies if at.endswith(path)]


@pytest.fixture
def collector():
    opened = Collector()
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _as_it_was():
    known = structlog.get_config()
    root = logging.getLogger()
    handlers, root_level = root.handlers[:], root.level
    yield
    structlog.configure(**known)
    structlog.contextvars.clear_contextvars()
    root.handlers[:], root.level = handlers, root_level


class Sandbox:
    idle = 3

    async def run(self, task, *args):
        if args:
            raise SandboxError("deadline", SECRET)
        return task


class Client:
    async def get(self, url, **options):
        return url, options


@dataclass(frozen=True)
class Desk:
    """What of a desk is watched."""

    store: Any
    http: Any
    sandbox: Any

    @staticmethod
    def attempt():
        return "one"


async def _work(store):
    """An attempt as a worker makes it: begun, fetched, parsed, ended."""

    async def attempt(told):
        keys = store.keys
        await told.store.scripts("begin", [keys.lease("feeds"), keys.token("feeds"), keys.feed("f")], ["f", 1, 9, "a"])
        await told.http.get(f"https://ann:{SECRET}@www.gazette.co.uk/feed?key={SECRET}", cap=1)
        await told.sandbox.run("parse_feed")
        with pytest.raises(SandboxError):
            await told.sandbox.run("edit_page", SECRET)
        await told.store.scripts("drop_dead", [keys.dead, keys.entry("e"), keys.counts], ["e"])
        with pytest.raises(Exception, match=r"arg|nil|number"):
            await told.store.scripts("commit_revision", [], [])

    async with watched(Desk(store, Client(), Sandbox())) as told:
        assert 3 == told.sandbox.idle
        await asyncio.create_task(attempt(told))


async def test_traces(store, settings, collector):
    """
    A collector is told of an attempt and its steps, as one trace, with domains and kinds of errors and nothing more.
    """
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    settings = settings.model_copy(update={"otel_endpoint": f"http://127.0.0.1:{collector.port}/"})

    with open_telemetry(settings, "worker"):
        await _work(store)
    await _work(store)

    spans = []
    for body in collector.sent("/v1/traces"):
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            assert "worker" in str(resource.resource)
            spans += [span for scope in resource.scope_spans for span in scope.spans]
    (root,) = [span for span in spans if span.name == "poll"]
    steps = [span for span in spans if span is not root]
    assert ["commit", "extract", "extract", "fetch"] == sorted(span.name for span in steps)
    assert {root.span_id} == {span.parent_span_id for span in steps}
    assert {root.trace_id} == {span.trace_id for span in steps}
    assert {"gazette.co.uk"} == {a.value.string_value for s in steps for a in s.attributes if a.key == "domain"}
    assert ["ResponseError", "SandboxError"] == sorted(span.status.message for span in steps if span.status.code == 2)
    (metrics,) = collector.sent("/v1/metrics")
    assert "copydesk.step.duration" in str(ExportMetricsServiceRequest.FromString(metrics))
    assert SECRET.encode() not in b"".join(body for _, body in collector.bodies)


async def test_failures_in_the_sandbox_are_counted(store, settings):
    """
    Without any collector the sandbox's failures still are metrics.
    """
    with open_telemetry(settings, "worker"):
        await _work(store)

    assert {"sandbox.deadline": 1} == {n: c for n, c in (await counts(store)).items() if n.startswith("sandbox.")}


@pytest.mark.parametrize("trouble", ["slow", "refuses", "away"])
async def test_a_broken_collector(store, settings, collector, trouble):
    """
    A collector that is slow, refuses or is away holds up neither the work nor the end, and its address is never said.
    """
    collector.seconds, collector.status = (30, 200) if trouble == "slow" else (0, 400)
    port = 1 if trouble == "away" else collector.port
    address = f"http://ann:{SECRET}@127.0.0.1:{port}"
    dsn = f"http://{SECRET}@127.0.0.1:{port}/7"
    settings = Settings(**settings.model_dump() | {"otel_endpoint": address, "sentry_dsn": dsn})
    began = time.monotonic()

    with capture_logs() as logs, open_telemetry(settings, "worker"):
        for _ in range(20):
            await _work(store)
        worked = time.monotonic() - began
        structlog.get_logger().error("work.failed")

    assert worked < 5
    assert time.monotonic() - began < 15
    assert SECRET not in repr(logs) + repr(settings)


def _events(collector):
    envelopes = [body for at, body in collector.bodies if at.endswith("/envelope/")]
    lines = [json.loads(line) for body in envelopes for line in body.splitlines() if line.startswith(b"{")]
    return [line for line in lines if "event_id" in line and "level" in line]


def test_errors(settings, collector, capsys):
    """
    Sentry is told of an error's kind and place, and of nothing that the line or the exception quote.
    """
    dsn = f"http://public@127.0.0.1:{collector.port}/7"
    settings = Settings(**settings.model_dump() | {"sentry_dsn": dsn})
    configure_logs(settings, "worker")
    log = structlog.get_logger()

    def fail(password):
        raise ConnectionError(f"nobody at redis://:{password}@host")

    with open_telemetry(settings, "worker"):
        log.info("poll.done", feed=SECRET)
        log.warning("store.away", error=SECRET)
        log.error("stream.dropped-unread", events=3, text=SECRET)
        try:
            fail(SECRET)
        except ConnectionError:
            log.exception("work.failed", id=SECRET)
    log.error("after.the-end")

    plain, raised = sorted(_events(collector), key=lambda event: "exception" in event)
    assert ("stream.dropped-unread", "error") == (plain["message"], plain["level"])
    (error,) = raised["exception"]["values"]
    assert ("ConnectionError", "fail") == (error["type"], error["stacktrace"]["frames"][-1]["function"])
    assert ("work.failed", {"process": "worker"}) == (raised["transaction"], raised["tags"])
    assert SECRET.encode() not in b"".join(body for _, body in collector.bodies)
    written = [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines() if SECRET in line]
    assert ["poll.done", "store.away", "stream.dropped-unread", "work.failed"] == written


async def test_publishers_hear_nothing_of_it(settings, collector):
    """
    No request to a publisher carries a header of tracing, neither while errors are reported nor after.
    """
    settings = Settings(**settings.model_dump() | {"sentry_dsn": f"http://public@127.0.0.1:{collector.port}/7"})
    asked = []

    async def answer(reader, writer):
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def ask():
        async with PublisherClient(user_agent="copydesk/0", allowed_networks=LOOPBACK, allowed_ports=(port,)) as client:
            await client.get(f"http://127.0.0.1:{port}/", accept="*/*", max_bytes=100)

    async with server:
        await ask()
        with open_telemetry(settings, "worker"):
            structlog.get_logger().error("work.failed")
            await ask()
        await ask()

    assert 3 == len(asked)
    assert 1 == len(set(asked)), asked


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"otel_endpoint": f"ftp://{SECRET}"}, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ({"sentry_dsn": f"nonsense {SECRET}"}, "SENTRY_DSN"),
    ],
)
def test_nonsense(settings, changes, setting):
    """
    An address that is none is said, without quoting it, and everything goes on.
    """
    settings = Settings(**settings.model_dump() | changes)

    with capture_logs() as logs, open_telemetry(settings, "web"):
        pass

    assert [("telemetry.refused", setting)] == [(line["event"], line["setting"]) for line in logs]
    assert SECRET not in repr(logs)


def test_without_the_extras(settings, monkeypatch):
    """
    Where an extra is not installed, the log says how to get it, and everything goes on.
    """

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(telemetry, "import_module", missing)
    changes = {"otel_endpoint": "http://127.0.0.1:4318", "sentry_dsn": "http://k@127.0.0.1/1"}

    with capture_logs() as logs, open_telemetry(Settings(**settings.model_dump() | changes), "web"):
        pass

    assert ["pip install 'copydesk[otel]'", "pip install 'copydesk[sentry]'"] == [line["needs"] for line in logs]


def test_nothing_is_loaded_unless_configured(settings, monkeypatch):
    """
    Without their settings neither engine is imported.
    """
    monkeypatch.setattr(telemetry, "import_module", None)

    with capture_logs() as logs, open_telemetry(settings, "web"):
        pass

    assert [] == logs
