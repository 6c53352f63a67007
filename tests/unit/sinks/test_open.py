"""Which class serves which address."""

import sys

import pytest

from ingest.errors import SettingsError, SinkError
from ingest.sinks.jsonl import JsonlSink
from ingest.sinks.open import ENGINES, check_sink, open_sink
from ingest.sinks.sinks_toml import SinkPlan
from ingest.sinks.webhook import WebhookSink


@pytest.mark.parametrize(
    ("url", "expected"),
    [("jsonl:a.jsonl", JsonlSink), ("http://a.example/", WebhookSink), ("https://a.example/", WebhookSink)],
)
def test_by_scheme(endpoint, url, expected):
    """
    The scheme of the address says what serves it.
    """
    assert isinstance(open_sink(SinkPlan(name="a", url=url), endpoint.tools), expected)


@pytest.mark.parametrize(
    ("url", "options", "sentence"),
    [
        ("smtp://a.example", {}, "sink a: no engine has smtp: addresses (jsonl, http, "),
        ("jsonl:a.jsonl", {"kep": "5"}, "sink a: no option 'kep' here; there are daily, gzip, keep, max_bytes"),
        ("jsonl:", {}, "sink a: a file is jsonl:NAME"),
        ("jsonl://host", {}, "sink a: a file is jsonl:NAME"),
        ("jsonl:a.jsonl", {"keep": "-1"}, "sink a: keep must be a whole number, 0 or more"),
        ("jsonl:a.jsonl", {"max_bytes": "10"}, "sink a: max_bytes must be a whole number, 1000 or more"),
        ("jsonl:a.jsonl", {"gzip": "maybe"}, "sink a: gzip must be no or yes"),
        ("http://", {}, "sink a: this is no http(s) address"),
        ("http://[::1/s3cret", {}, "sink a: this is no http(s) address"),
        ("http://ann:s3cret@a.example/", {}, "sink a: user and password go into the option authorization"),
        ("http://a.example/", {"secret": "s3cret"}, "sink a: secret must be whsec_ and 24 to 64 bytes in base64"),
        ("http://a.example/", {"secret": "whsec_czNjcmV0"}, "sink a: secret must be whsec_ and 24 to 64 bytes"),
        ("http://a.example/", {"authorization": "s3cret\n"}, "sink a: authorization must be printable ASCII"),
    ],
)
def test_refused(endpoint, url, options, sentence):
    """
    What makes no sense is refused with a sentence that names the sink and gives no secret away.
    """
    with pytest.raises(SettingsError) as caught:
        open_sink(SinkPlan(name="a", url=url, options=options), endpoint.tools)

    assert str(caught.value).startswith(sentence)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(("extra", "vendor"), [("amqp", "aio_pika"), ("nats", "nats"), ("kafka", "confluent_kafka")])
def test_not_installed(endpoint, monkeypatch, extra, vendor):
    """
    An engine whose library is not installed says how to install it.
    """
    monkeypatch.delitem(sys.modules, f"ingest.sinks.{extra}", raising=False)
    monkeypatch.setitem(sys.modules, vendor, None)

    with pytest.raises(SettingsError) as caught:
        open_sink(SinkPlan(name="a", url=f"{extra}://h.example"), endpoint.tools)

    assert f"sink a needs: pip install 'copydesk[{extra}]'" == str(caught.value)


@pytest.mark.parametrize("scheme", [scheme for scheme, engine in ENGINES.items() if engine.extra])
def test_engines_are_there(endpoint, scheme):
    """
    What the table names can be built, as the protocol says: from an address and options, without a connection.
    """
    path = "/topic" if scheme == "kafka" else ""
    sink = open_sink(SinkPlan(name="a", url=f"{scheme}://h.example{path}"), endpoint.tools)

    assert callable(sink.publish)
    assert callable(sink.close)


class Silent:
    """An engine that has no check of its own."""

    def __init__(self, error=None):
        self.published = []
        self._error = error

    async def publish(self, parcels):
        self.published.append(tuple(parcels))
        if self._error:
            raise self._error
        return ()

    async def close(self):
        pass


async def test_check_without_a_check():
    """
    A sink that has no check of its own connects for nothing: an empty batch.
    """
    there, away = Silent(), Silent(SinkError("nobody"))

    assert "answers" == await check_sink(there)
    assert [()] == there.published
    with pytest.raises(SinkError, match="nobody"):
        await check_sink(away)
