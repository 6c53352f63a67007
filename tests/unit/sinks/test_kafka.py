"""Kafka as a sink, on librdkafka's mock cluster in a process of its own."""

import asyncio
import logging
import traceback

import pytest

from ingest.errors import SettingsError, SinkError
from ingest.sinks.kafka import KafkaSink
from tests.brokers import Kafka, parcel
from tests.ports import free_port


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    engine = Kafka(tmp_path_factory.mktemp("kafka"))
    try:
        engine.start()
        yield engine
    finally:
        engine.close()


@pytest.fixture
async def make_sink(cluster, request):
    """Makes sinks with a topic of the test's own."""
    sinks = []
    name = request.node.name.partition("[")[0]

    def make(url: str = "", **options: str) -> KafkaSink:
        sink = KafkaSink(url or f"kafka://{cluster.hosts}/{name}", options={"timeout": "20"} | options)
        sinks.append(sink)
        return sink

    yield make
    for sink in sinks:
        await sink.close()


async def test_publish(cluster, make_sink):
    """
    Events are in the topic when publish returns, all of them, each once.
    """
    got = await make_sink().publish([parcel(number) for number in range(1500)])

    assert [] == list(got)
    assert [parcel(number).id for number in range(1500)] == sorted(await cluster.ids("test_publish"))


async def test_message(cluster, make_sink):
    """
    A message's key is the article's id, its headers are the CloudEvents attributes.
    """
    sent = parcel(1)

    await make_sink().publish([sent])

    (got,) = await asyncio.to_thread(cluster.rows, "test_message")
    expected = {f"ce_{name}": value.encode() for name, value in sent.attributes.items() if name != "datacontenttype"}
    assert expected | {"content-type": b"application/json"} == dict(got.headers())
    assert (sent.subject.encode(), sent.data) == (got.key(), got.value())


async def test_order(cluster, make_sink):
    """
    The events of one article are in one partition, in their order; those of other articles are in other partitions too.
    """
    parcels = [parcel(number, subject=f"article-{number % 7}") for number in range(70)]

    await make_sink().publish(parcels)

    rows = await asyncio.to_thread(cluster.rows, "test_order")
    places: dict[bytes, set[int]] = {}
    for row in rows:
        places.setdefault(row.key(), set()).add(row.partition())
    assert {1} == {len(partitions) for partitions in places.values()}
    assert len(set.union(*places.values())) > 1
    for key in places:
        expected = [one.id.encode() for one in parcels if one.subject.encode() == key]
        assert expected == [dict(row.headers())["ce_id"] for row in rows if row.key() == key]


async def test_too_large(cluster, make_sink):
    """
    An event over message.max.bytes is refused, the others are published.
    """
    sink = make_sink(**{"message.max.bytes": "2000"})

    (got,) = await sink.publish([parcel(1), parcel(2, data=b"x" * 2001), parcel(3)])

    assert (parcel(2).id, True) == (got.id, "message.max.bytes" in got.reason)
    assert {parcel(1).id, parcel(3).id} == set(await cluster.ids("test_too_large"))


async def test_check(cluster, make_sink):
    """
    A check says what is there and publishes nothing.
    """
    sink = make_sink()
    await sink.publish([parcel(1)])

    got = await sink.check()

    assert got == "3 brokers, topic test_check"
    assert [parcel(1).id] == await cluster.ids("test_check")


async def test_check_refused():
    """
    A check that fails says why no broker answers, and not only that none did.
    """
    sink = KafkaSink(f"kafka://127.0.0.1:{free_port()}", options={"timeout": "2"})

    with pytest.raises(SinkError, match="Connection refused"):
        await sink.check()

    await sink.close()


async def test_away_and_back(cluster, make_sink):
    """
    A cluster that stands still is said to be away when the time is up; when it goes on, so does the same sink, and
    nothing that was given up comes by itself behind what came later.
    """
    # Enough for a connection on a busy machine.
    sink = make_sink(timeout="3")
    await sink.publish([parcel(1)])
    cluster.freeze()
    try:
        for _ in range(2):
            async with asyncio.timeout(20):
                with pytest.raises(SinkError, match="timed out"):
                    await sink.publish([parcel(2, subject="one"), parcel(3, subject="one")])
    finally:
        cluster.thaw()

    await make_sink().publish([parcel(2, subject="one"), parcel(3, subject="one")])
    got = await sink.publish([parcel(4)])

    assert [] == list(got)
    rows = await asyncio.to_thread(cluster.rows, "test_away_and_back")
    assert {parcel(number).id.encode() for number in (1, 2, 3, 4)} == {dict(row.headers())["ce_id"] for row in rows}
    of_one = [dict(row.headers())["ce_id"].decode() for row in rows if row.key() == b"one"]
    # The first may be there several times with its id; the second was not sent before it was confirmed.
    assert ([parcel(2).id] * (len(of_one) - 1)) + [parcel(3).id] == of_one


async def test_stopped(cluster, make_sink):
    """
    Whoever is stopped while the cluster stands still goes at once.
    """
    sink = make_sink(timeout="60")
    await sink.publish([parcel(1)])
    cluster.freeze()
    try:
        sending = asyncio.create_task(sink.publish([parcel(2)]))
        await asyncio.sleep(0.3)
        sending.cancel()
        async with asyncio.timeout(20):
            with pytest.raises(asyncio.CancelledError):
                await sending
    finally:
        cluster.thaw()


async def test_nobody_there(make_sink):
    """
    Where nobody listens, the sentence says so when the time is up.
    """
    with pytest.raises(SinkError, match=r"Kafka at 127\.0\.0\.1:\d+: .*timed out.*Connection refused"):
        await make_sink(f"kafka://127.0.0.1:{free_port()}/x", timeout="1").publish([parcel(1)])


async def test_wrong_password(cluster, make_sink, caplog, capfd):
    """
    A password that is wrong is in no sentence, no cause of it, no log line and no repr; nothing is on stderr.
    """
    caplog.set_level(logging.DEBUG)
    options = {"timeout": "1", "security.protocol": "sasl_plaintext"}
    sink = make_sink(f"kafka://me:wrong-pa55@{cluster.hosts}/x", **options)

    with pytest.raises(SinkError, match="SASL") as caught:
        await sink.publish([parcel(1)])

    told = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(sink)
    assert "wrong-pa55" not in told
    # librdkafka would write there by itself.
    assert capfd.readouterr().err == ""


def test_promises():
    """
    What makes delivery sure is no option.
    """
    for name in ("acks", "enable.idempotence", "plugin.library.paths", "sasl.kerberos.kinit.cmd", "bootstrap.servers"):
        with pytest.raises(SettingsError, match="no option"):
            KafkaSink("kafka://host", options={name: "0"})


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("kafka://", {}),
        ("amqp://host", {}),
        ("kafka://host/a b", {}),
        ("kafka://host/a/b", {}),
        ("kafka://host", {"timeout": "never"}),
        ("kafka://host", {"compression.type": "loud"}),
        ("kafka://host", {"security.protocol": "ssl", "ssl.ca.location": "/none.pem"}),
    ],
)
def test_settings(url, options):
    """
    What makes no sense, to us or to librdkafka, is said before anything is connected.
    """
    with pytest.raises(SettingsError):
        KafkaSink(url, options=options)
