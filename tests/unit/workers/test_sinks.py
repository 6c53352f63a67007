"""The configured sinks, read and read again."""

from ipaddress import ip_network

import pytest
from structlog.testing import capture_logs

from ingest.errors import SettingsError
from workers.lend import lent_tools, named_networks
from workers.sinks import Watch, read_plans

SINK = '[[sink]]\nname = "{}"\nurl = "jsonl:{}.jsonl"\n'


@pytest.fixture
def file(tmp_path):
    return tmp_path / "sinks.toml"


@pytest.fixture
def configured(settings, file):
    return settings.model_copy(update={"sinks_file": file})


def test_both_places(configured, file):
    """
    The file's sinks and the setting's are one list; variables are looked up by name.
    """
    file.write_text(SINK.format("a", "a"))
    settings = configured.model_copy(update={"sinks": "env:FILE"})

    got = read_plans(settings, {"FILE": "jsonl:b.jsonl"})

    assert [("a", "jsonl:a.jsonl"), ("jsonl", "jsonl:b.jsonl")] == [(plan.name, plan.url) for plan in got]


def test_neither(configured):
    """
    No file and no setting are no sinks.
    """
    assert () == read_plans(configured, {})


@pytest.mark.parametrize(
    ("text", "sinks", "sentence"),
    [
        ("[[", "", "sinks.toml: it is no TOML"),
        ("#" * 1_000_001, "", "sinks.toml: it has more than 1000000 bytes"),
        ("", "nonsense", "COPYDESK_SINKS: address 1: it is no address"),
        (SINK.format("jsonl", "x"), "jsonl:y", "COPYDESK_SINKS: two sinks are called 'jsonl'"),
    ],
)
def test_refused(configured, file, text, sinks, sentence):
    """
    What makes no sense is refused, and where it stands is said.
    """
    file.write_text(text)

    with pytest.raises(SettingsError) as caught:
        read_plans(configured.model_copy(update={"sinks": sinks}), {})

    assert sentence in str(caught.value)


def test_unreadable(settings, tmp_path):
    """
    A file that cannot be read is no empty one.
    """
    with pytest.raises(SettingsError, match="Is a directory"):
        read_plans(settings.model_copy(update={"sinks_file": tmp_path}), {})


async def test_watch(configured, file):
    """
    A change is seen once; a file that is broken or lost changes nothing and is said once; an empty one is no sinks.
    """
    watch = Watch(configured)
    file.write_text(SINK.format("a", "a"))

    with capture_logs() as logs:
        seen = [await watch.look(), await watch.look()]
        file.write_text("[[")
        seen += [await watch.look(), await watch.look()]
        file.unlink()
        seen += [await watch.look()]
        file.write_text(SINK.format("a", "b"))
        seen += [await watch.look()]
        file.write_text("")
        seen += [await watch.look()]

    found = [None if plans is None else [plan.url for plan in plans] for plans in seen]
    assert [["jsonl:a.jsonl"], None, None, None, None, ["jsonl:b.jsonl"], []] == found
    assert ["sinks.refused"] == [entry["event"] for entry in logs]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8000/x", (ip_network("127.0.0.1/32"),)),
        ("https://[::1]:8000/x", (ip_network("::1/128"),)),
        ("http://10.1.2.3/", (ip_network("10.1.2.3/32"),)),
        ("http://localhost:3000/", (ip_network("127.0.0.1/32"), ip_network("::1/128"))),
        ("http://localhost.example/", ()),
        ("http://2130706433/", ()),
        ("jsonl:a.jsonl", ()),
        ("http://[::1/", ()),
    ],
)
def test_named_networks(url, expected):
    """
    Only an address that is written out is opened by being written; a name never.
    """
    assert expected == named_networks(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.255.255.1", "localhost"])
async def test_guard(settings, host):
    """
    A webhook on this machine may be asked when it is named outright; another private address stays shut for it.
    """
    from ingest.errors import FetchError
    from ingest.sinks.sinks_toml import SinkPlan

    closed = settings.model_copy(update={"allowed_networks": ()})
    plan = SinkPlan(name="a", url=f"http://{'127.0.0.1' if host.startswith('10.') else host}:9/")
    failures = []
    async with lent_tools(closed, plan) as tools:
        for address in (f"http://{host}:9/", "http://127.0.0.2:9/"):
            try:
                await tools.post(address, b"", {})
            except FetchError as error:
                failures.append(error.failure)

    assert ["blocked-address" if host.startswith("10.") else "connect", "blocked-address"] == failures
