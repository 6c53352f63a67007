"""RabbitMQ as a sink, on a node of our own."""

import asyncio
import logging
import traceback

import aio_pika
import pytest

from ingest.errors import SettingsError, SinkError
from ingest.sinks.amqp import AmqpSink, routing_key
from tests.brokers import RABBIT_MAX_BYTES, Rabbit, parcel
from tests.ports import free_port


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory):
    engine = Rabbit(tmp_path_factory.mktemp("rabbit"))
    try:
        engine.start()
        yield engine
    finally:
        engine.close()


@pytest.fixture
async def make_sink(rabbit, request):
    """Makes sinks with an exchange and a queue of the test's own."""
    sinks = []
    name = request.node.name.partition("[")[0]

    def make(url: str = "", **options: str) -> AmqpSink:
        sink = AmqpSink(url or rabbit.url, options={"exchange": name, "queue": name, "timeout": "10"} | options)
        sinks.append(sink)
        return sink

    yield make
    for sink in sinks:
        await sink.close()


async def queue_of(rabbit, exchange: str, binding: str) -> None:
    """A queue of a consumer's own, bound to the exchange."""
    async with await aio_pika.connect(rabbit.url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(f"{exchange}.own", durable=True, arguments={"x-queue-type": "quorum"})
        await queue.bind(exchange, binding)


async def test_publish(rabbit, make_sink):
    """
    Events are in the queue when publish returns, all of them, in their order.
    """
    sink = make_sink()

    got = await sink.publish([parcel(number) for number in range(500)])

    assert [] == list(got)
    assert [parcel(number).id for number in range(500)] == await rabbit.ids("test_publish")


async def test_message(rabbit, make_sink):
    """
    A message is persistent, has the event's id and type, and the CloudEvents attributes as its headers.
    """
    sent = parcel(1, domain="Example.co.uk", type_="updated")

    await make_sink().publish([sent])

    (got,) = await rabbit.rows("test_message")
    attributes = {f"cloudEvents:{name}": value for name, value in sent.attributes.items() if name != "datacontenttype"}
    assert attributes == dict(got.headers)
    assert sent.data == got.body
    assert (
        sent.id,
        sent.type,
        "application/json",
        aio_pika.DeliveryMode.PERSISTENT,
        "article.updated.v1.example.co.uk",
    ) == (
        got.message_id,
        got.type,
        got.content_type,
        got.delivery_mode,
        got.routing_key,
    )


async def test_declared(rabbit, make_sink):
    """
    The exchange is a durable topic exchange, the queue a quorum queue: whoever declares them otherwise is refused.
    """
    await make_sink().publish([])

    async with await aio_pika.connect(rabbit.url) as connection:
        channel = await connection.channel()
        with pytest.raises(aio_pika.exceptions.ChannelPreconditionFailed):
            await channel.declare_exchange("test_declared", aio_pika.ExchangeType.FANOUT, durable=True)
        channel = await connection.channel()
        with pytest.raises(aio_pika.exceptions.ChannelPreconditionFailed):
            await channel.declare_queue("test_declared", durable=True, arguments={"x-queue-type": "classic"})


async def test_order_of_an_article(rabbit, make_sink):
    """
    Two events of one article are in the queue in their order.
    """
    parcels = [parcel(number, subject="one") for number in range(20)]

    await make_sink().publish(parcels)

    assert [one.id for one in parcels] == await rabbit.ids("test_order_of_an_article")


async def test_unroutable_waits(rabbit, make_sink):
    """
    An event that no queue takes is not published, is said with its key, and flows when a queue is bound; those that
    were taken meanwhile are not sent again.
    """
    sink = make_sink(queue="")
    with pytest.raises(SinkError, match="no queue is bound to the exchange test_unroutable_waits for article"):
        await sink.publish([parcel(1)])
    await queue_of(rabbit, "test_unroutable_waits", "article.*.v1.gazette.example")
    batch = [parcel(1), parcel(2, domain="other.example"), parcel(3)]
    for _ in range(3):
        with pytest.raises(SinkError, match="other"):
            await sink.publish(batch)
    await queue_of(rabbit, "test_unroutable_waits", "article.#")

    await sink.publish(batch)

    assert [parcel(number).id for number in (1, 3, 2)] == await rabbit.ids("test_unroutable_waits.own")


async def test_unroutable_refused(rabbit, make_sink):
    """
    With unroutable=refuse such an event is refused by its id, and the others are published.
    """
    sink = make_sink(queue="", unroutable="refuse")
    await sink.publish([])
    await queue_of(rabbit, "test_unroutable_refused", "article.updated.#")

    (got,) = await sink.publish([parcel(1), parcel(2, type_="updated")])

    assert parcel(1).id == got.id
    assert "no queue is bound" in got.reason
    assert [parcel(2).id] == await rabbit.ids("test_unroutable_refused.own")


async def test_unroutable_dropped(make_sink):
    """
    With unroutable=drop it is nobody's loss.
    """
    got = await make_sink(queue="", unroutable="drop").publish([parcel(1)])

    assert [] == list(got)


async def test_too_large(rabbit, make_sink):
    """
    An event over the broker's limit is refused, the others are published, and the sink goes on.
    """
    sink = make_sink()

    (got,) = await sink.publish([parcel(1), parcel(2, data=b"x" * (RABBIT_MAX_BYTES + 1)), parcel(3)])

    assert (parcel(2).id, True) == (got.id, str(RABBIT_MAX_BYTES) in got.reason)
    assert [] == list(await sink.publish([parcel(4)]))
    # The channel that was closed over it may have had the first one already.
    assert {parcel(number).id for number in (1, 3, 4)} == set(await rabbit.ids("test_too_large"))


async def test_full(rabbit, make_sink):
    """
    A queue that rejects what it has no room for is an engine that takes nothing now.
    """
    sink = make_sink(queue="")
    await sink.publish([])
    async with await aio_pika.connect(rabbit.url) as connection:
        channel = await connection.channel()
        arguments = {"x-queue-type": "quorum", "x-max-length": 1, "x-overflow": "reject-publish"}
        queue = await channel.declare_queue("test_full.own", durable=True, arguments=arguments)
        await queue.bind("test_full", "#")

        with pytest.raises(SinkError, match="full"):
            # More than one: a quorum queue looks at its length a little late.
            await sink.publish([parcel(number, subject="one") for number in range(50)])


async def test_away_and_back(rabbit, make_sink):
    """
    A broker that stands still is said to be away when the time is up; when it goes on, so does the same sink.
    """
    # Enough for a connection on a busy machine.
    sink = make_sink(timeout="3")
    await sink.publish([parcel(1)])
    rabbit.freeze()
    try:
        for _ in range(2):
            async with asyncio.timeout(20):
                with pytest.raises(SinkError, match="within 3"):
                    await sink.publish([parcel(2)])
    finally:
        rabbit.thaw()

    await make_sink(timeout="20").publish([])
    await sink.publish([parcel(2)])

    # What it was given while it stood still may be there as well, with the same id.
    assert {parcel(1).id, parcel(2).id} == set(await rabbit.ids("test_away_and_back"))


async def test_stopped(rabbit, make_sink):
    """
    Whoever is stopped while the engine stands still goes soon; the sink goes on.
    """
    sink = make_sink(timeout="60")
    await sink.publish([parcel(1)])
    rabbit.freeze()
    try:
        sending = asyncio.create_task(sink.publish([parcel(2)]))
        await asyncio.sleep(0.1)
        sending.cancel()
        async with asyncio.timeout(20):
            with pytest.raises(asyncio.CancelledError):
                await sending
    finally:
        rabbit.thaw()

    assert [] == list(await sink.publish([parcel(3)]))


async def test_cancelled_by_the_library(make_sink, monkeypatch):
    """
    A future that the client library cancels is a broken line, and does not stop the task that publishes.
    """

    async def cancelled(*_: object) -> None:
        raise asyncio.CancelledError

    sink = make_sink()
    with monkeypatch.context() as patch:
        patch.setattr(AmqpSink, "_send", cancelled)
        with pytest.raises(SinkError, match="disconnected"):
            await sink.publish([parcel(1)])

    assert [] == list(await sink.publish([parcel(1)]))


async def test_idle(rabbit, make_sink):
    """
    A connection that broke while there was nothing to publish costs the next batch nothing.
    """
    lines: list[asyncio.StreamWriter] = []

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            writer.write(chunk)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", rabbit.port)
        lines.append(writer)
        await asyncio.gather(forward(reader, there_writer), forward(there_reader, writer), return_exceptions=True)

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    sink = make_sink(f"amqp://127.0.0.1:{listener.sockets[0].getsockname()[1]}/")
    await sink.publish([parcel(1)])
    lines[0].transport.abort()
    await asyncio.sleep(0.1)

    await sink.publish([parcel(2)])

    assert len(lines) == 2
    assert [parcel(1).id, parcel(2).id] == await rabbit.ids("test_idle")
    await sink.close()
    listener.close()
    await listener.wait_closed()


async def test_second_host(rabbit, make_sink):
    """
    Of several hosts, the first that answers is taken.
    """
    sink = make_sink(f"amqp://guest:guest@127.0.0.1:{free_port()},127.0.0.1:{rabbit.port}/")

    assert [] == list(await sink.publish([parcel(1)]))


async def test_nobody_there(make_sink):
    """
    Where nobody listens, the sentence says so at once.
    """
    with pytest.raises(SinkError, match=r"RabbitMQ at 127\.0\.0\.1:\d+: .*refused|Connect call failed"):
        await make_sink(f"amqp://127.0.0.1:{free_port()}/").publish([parcel(1)])


async def test_wrong_password(rabbit, make_sink, caplog):
    """
    A password that is wrong is in no sentence, no cause of it, no log line and no repr.
    """
    caplog.set_level(logging.DEBUG)
    sink = make_sink(f"amqp://guest:wrong-pa55@127.0.0.1:{rabbit.port}/")

    with pytest.raises(SinkError, match="ACCESS_REFUSED") as caught:
        await sink.publish([parcel(1)])

    told = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(sink)
    assert "wrong-pa55" not in told


async def test_other_kind_of_exchange(rabbit, make_sink):
    """
    An exchange or queue of that name with other properties is said to be in the way.
    """
    await make_sink(exchange="kind", queue="kind").publish([])
    async with await aio_pika.connect(rabbit.url) as connection:
        channel = await connection.channel()
        await channel.declare_exchange("fan", aio_pika.ExchangeType.FANOUT, durable=True)

    with pytest.raises(SinkError, match="inequivalent arg 'type' for exchange 'fan'"):
        await make_sink(exchange="fan").publish([parcel(1)])
    with pytest.raises(SinkError, match="no exchange 'missing'"):
        await make_sink(exchange="missing", declare="no").publish([parcel(1)])
    assert [] == list(await make_sink(exchange="kind", declare="no").publish([parcel(1)]))


async def test_check(rabbit, make_sink):
    """
    A check says what we may publish to, and publishes nothing.
    """
    sink = make_sink()
    await sink.publish([parcel(1)])

    got = await sink.check(), await make_sink(declare="no").check()

    assert ("may publish to exchange test_check, queue test_check", "may publish to exchange test_check") == got
    assert [parcel(1).id] == await rabbit.ids("test_check")
    assert [] == list(await sink.publish([parcel(2)]))


async def test_check_refused(rabbit, make_sink):
    """
    A check that fails says what is missing: the right password, the exchange, the permission, the broker itself.
    """
    async with await aio_pika.connect(rabbit.url) as connection:
        channel = await connection.channel()
        await channel.declare_exchange("inner", aio_pika.ExchangeType.TOPIC, durable=True, internal=True)
        await channel.declare_exchange("other", aio_pika.ExchangeType.FANOUT, durable=True)
    sinks = {
        "the user or the password is wrong: ACCESS_REFUSED": make_sink(f"amqp://guest:pa55@127.0.0.1:{rabbit.port}/"),
        "declare=no says that it should be: NOT_FOUND - no exchange 'none'": make_sink(exchange="none", declare="no"),
        "this user has no permission: ACCESS_REFUSED": make_sink(exchange="inner", declare="no"),
        "of another kind: PRECONDITION_FAILED": make_sink(exchange="other"),
        "no such virtual host, or this user may not enter it": make_sink(f"{rabbit.url}nowhere"),
        "Connect call failed": make_sink(f"amqp://127.0.0.1:{free_port()}/"),
    }

    got = {sentence: await refusal(sink) for sentence, sink in sinks.items()}

    assert {} == {sentence: said for sentence, said in got.items() if sentence not in said}
    assert "pa55" not in str(got.values())


async def refusal(sink) -> str:
    """What a check says that fails."""
    with pytest.raises(SinkError) as caught:
        await sink.check()
    return str(caught.value)


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("amqp://", {}),
        ("nats://host", {}),
        ("amqp://host:0", {}),
        ("amqp://host", {"exchange": ""}),
        ("amqp://host", {"unroutable": "shrug"}),
        ("amqp://host", {"timeout": "never"}),
        ("amqps://host", {"cafile": "none.pem"}),
        ("amqp://host", {"heart": "beat"}),
    ],
)
def test_settings(url, options):
    """
    What makes no sense is said before anything is connected.
    """
    with pytest.raises(SettingsError):
        AmqpSink(url, options=options)


def test_long_key():
    """
    A routing key is as long as AMQP allows, whatever the domain.
    """
    got = routing_key(parcel(1, domain="ü" * 300))

    assert 254 <= len(got.encode()) <= 255
