"""The page of the engine sinks says what there is."""

import re
from urllib.parse import parse_qsl

import pytest

from ingest.sinks import amqp, kafka, nats
from tests.e2e.fleet import ROOT

PAGE = (ROOT / "docs" / "reference" / "sinks-engines.md").read_text(encoding="utf-8")
SINKS = {"RabbitMQ": (amqp.AmqpSink, amqp.OPTIONS), "NATS JetStream": (nats.NatsSink, nats.OPTIONS)}
SINKS |= {"Kafka": (kafka.KafkaSink, kafka.OPTIONS)}


def section(name: str) -> str:
    return PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("name", SINKS)
def test_options(name):
    """
    The table of a sink has its options, every one of them once.
    """
    rows = re.findall(r"^\| (`.+?) \|", section(name), re.MULTILINE)

    got = [option for row in rows for option in re.findall(r"`([^`]+)`", row)]

    assert sorted(SINKS[name][1]) == sorted(got)


@pytest.mark.parametrize(
    ("name", "url"),
    [(name, url) for name in SINKS for url in re.findall(r"^    (\S+://\S+)$", section(name), re.MULTILINE)],
)
def test_addresses(name, url):
    """
    Every address on the page is one that the sink takes.
    """
    options = dict(parse_qsl(url.partition("?")[2], keep_blank_values=True))

    assert isinstance(SINKS[name][0](url, options=options), SINKS[name][0])


@pytest.mark.parametrize("name", SINKS)
def test_enough_addresses(name):
    """
    There are at least two addresses for each.
    """
    assert len(re.findall(r"^    (\S+://\S+)$", section(name), re.MULTILINE)) >= 2
