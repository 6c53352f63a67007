"""NATS JetStream as a sink, on a server of our own."""

import asyncio
import logging
import traceback

import nats
import pytest
import trustme

from ingest.errors import SettingsError, SinkError
from ingest.sinks.nats import NatsSink
from tests.brokers import PASSWORD, Nats, parcel
from tests.ports import free_port


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    engine = Nats(tmp_path_factory.mktemp("nats"))
    try:
        engine.start()
        yield engine
    finally:
        engine.close()


@pytest.fixture
async def make_sink(server, request):
    """Makes sinks with a stream of the test's own."""
    sinks = []
    name = request.node.name.partition("[")[0]

    def make(url: str = "", **options: str) -> NatsSink:
        sink = NatsSink(url or server.url, options={"stream": name, "subject": name, "timeout": "10"} | options)
        sinks.append(sink)
        return sink

    yield make
    for sink in sinks:
        await sink.close()


@pytest.fixture
async def jetstream(server):
    client = await nats.connect(server.url)
    yield client.jetstream()
    await client.close()


async def test_publish(server, make_sink):
    """
    Events are in the stream when publish returns, all of them, in their order.
    """
    got = await make_sink().publish([parcel(number) for number in range(1200)])

    assert [] == list(got)
    assert [parcel(number).id for number in range(1200)] == await server.ids("test_publish")


async def test_message(server, make_sink):
    """
    A message has the event's id, its CloudEvents attributes as ce- headers, and says kind and source in its subject.
    """
    sent = parcel(1, domain="Example.co.uk", type_="updated")

    await make_sink().publish([sent])

    (got,) = await server.rows("test_message")
    expected = {f"ce-{name}": value for name, value in sent.attributes.items()} | {"Nats-Msg-Id": sent.id}
    assert expected == {name: value for name, value in got.headers.items() if not name.startswith("Nats-Expected")}
    assert (sent.data, "test_message.updated.example.co.uk") == (got.data, got.subject)


async def test_again(server, make_sink):
    """
    A batch that comes again within the window is not stored again, whoever sends it.
    """
    batch = [parcel(number) for number in range(50)]
    await make_sink().publish(batch)

    got = await make_sink().publish([*batch, parcel(50)])

    assert [] == list(got)
    assert [parcel(number).id for number in range(51)] == await server.ids("test_again")


async def test_declared(jetstream, make_sink):
    """
    The stream is in files, takes everything below the subject, and has the window that was asked for.
    """
    await make_sink(window="PT3M").publish([])

    got = (await jetstream.stream_info("test_declared")).config

    assert ("file", ["test_declared.>"], 180) == (got.storage, got.subjects, got.duplicate_window)


async def test_existing_stream(jetstream, make_sink):
    """
    A stream that is there stays as it is, under whatever subjects it has.
    """
    await jetstream.add_stream(name="test_existing_stream", subjects=["test_existing_stream.published.>"], max_msgs=7)

    await make_sink().publish([parcel(1)])

    got = (await jetstream.stream_info("test_existing_stream")).config
    assert (["test_existing_stream.published.>"], 7) == (got.subjects, got.max_msgs)


async def test_subject_of_another_stream(jetstream, make_sink):
    """
    Where another stream has the subjects, the sentence says so, and nothing gets into the wrong stream.
    """
    await jetstream.add_stream(name="theirs", subjects=["theirs.>"])

    with pytest.raises(SinkError, match="subjects overlap"):
        await make_sink(subject="theirs").publish([parcel(1)])
    with pytest.raises(SinkError, match="expected stream does not match"):
        await make_sink(subject="theirs", declare="no").publish([parcel(1)])
    assert (await jetstream.stream_info("theirs")).state.messages == 0


async def test_no_stream(make_sink):
    """
    Without a stream nothing is published, and the sentence says what is missing.
    """
    with pytest.raises(SinkError, match=r"no stream takes test_no_stream\.>"):
        await make_sink(declare="no").publish([parcel(1)])


async def test_too_large(server, jetstream, make_sink):
    """
    An event over the limit of the server or of the stream is refused, the others are published.
    """
    sink = make_sink()
    limit = 1024 * 1024
    (got,) = await sink.publish([parcel(1), parcel(2, data=b"x" * limit), parcel(3)])
    assert (parcel(2).id, True) == (got.id, str(limit) in got.reason)
    assert [parcel(1).id, parcel(3).id] == await server.ids("test_too_large")
    await jetstream.add_stream(name="small", subjects=["small.>"], max_msg_size=1000)

    (got,) = await make_sink(stream="small", subject="small").publish([parcel(1), parcel(2, data=b"x" * 1001)])

    assert (parcel(2).id, True) == (got.id, "max_msg_size" in got.reason)
    assert [parcel(1).id] == await server.ids("small")


async def test_almost_too_large(server, make_sink):
    """
    The server never closes the line over a message that was let through: headers count.
    """
    sink = make_sink()
    sizes = range(1024 * 1024 - 900, 1024 * 1024, 100)

    refused = await sink.publish([parcel(size, data=b"x" * size) for size in sizes])

    assert 0 < len(refused) < len(sizes)
    assert len(sizes) == len(refused) + len(await server.ids("test_almost_too_large"))


async def test_full(jetstream, make_sink):
    """
    A stream that discards what it has no room for is an engine that takes nothing now, and says so at once.
    """
    await jetstream.add_stream(name="test_full", subjects=["test_full.>"], max_msgs=2, discard="new")

    async with asyncio.timeout(20):
        with pytest.raises(SinkError, match="maximum messages exceeded"):
            await make_sink().publish([parcel(number) for number in range(4)])


async def test_away_and_back(server, make_sink):
    """
    A server that stands still is said to be away when the time is up; when it goes on, so does the same sink, and what
    it was given twice it has once.
    """
    sink = make_sink(timeout="3")
    await sink.publish([parcel(1)])
    server.freeze()
    try:
        for _ in range(2):
            async with asyncio.timeout(20):
                with pytest.raises(SinkError, match=r"within 3 s|timeout"):
                    await sink.publish([parcel(2)])
    finally:
        server.thaw()

    await make_sink(timeout="20").publish([])
    await sink.publish([parcel(2), parcel(3)])

    assert [parcel(number).id for number in (1, 2, 3)] == await server.ids("test_away_and_back")


async def test_killed_and_back(server, make_sink):
    """
    A server that dies in the middle is noticed at once, not when the time is up; the same sink goes on with its heir.
    """
    sink = make_sink(timeout="60")
    batch = [parcel(number) for number in range(20_000)]
    sending = asyncio.create_task(sink.publish(batch))
    await asyncio.sleep(0.1)
    server.kill()
    async with asyncio.timeout(20):
        with pytest.raises(SinkError):
            await sending
        with pytest.raises(SinkError, match="Connect call failed"):
            await sink.publish(batch)
    server.start()

    await sink.publish(batch[:2000])

    got = await server.ids("test_killed_and_back")
    assert [one.id for one in batch[:2000]] == got[:2000]
    assert len(got) == len(set(got))


async def test_stopped(server, make_sink):
    """
    Whoever is stopped while the engine stands still goes soon; the sink goes on.
    """
    sink = make_sink(timeout="60")
    await sink.publish([parcel(1)])
    server.freeze()
    try:
        sending = asyncio.create_task(sink.publish([parcel(2)]))
        await asyncio.sleep(0.1)
        sending.cancel()
        async with asyncio.timeout(20):
            with pytest.raises(asyncio.CancelledError):
                await sending
    finally:
        server.thaw()

    assert [] == list(await sink.publish([parcel(3)]))


async def test_cancelled_by_the_library(make_sink, monkeypatch):
    """
    A future that the client library cancels is a broken line, and does not stop the task that publishes.
    """

    async def cancelled(*_: object) -> None:
        raise asyncio.CancelledError

    sink = make_sink()
    with monkeypatch.context() as patch:
        patch.setattr(NatsSink, "_send", cancelled)
        with pytest.raises(SinkError, match="disconnected"):
            await sink.publish([parcel(1)])

    assert [] == list(await sink.publish([parcel(1)]))


async def test_idle(server, make_sink):
    """
    A server that was restarted while there was nothing to publish costs the next batch nothing.
    """
    sink = make_sink()
    await sink.publish([parcel(1)])
    server.kill()
    server.start()
    await asyncio.sleep(0.1)

    await sink.publish([parcel(2)])

    assert [parcel(1).id, parcel(2).id] == await server.ids("test_idle")


async def test_second_host(server, make_sink):
    """
    Of several servers, the first that answers is taken.
    """
    sink = make_sink(f"nats://copydesk:{PASSWORD}@127.0.0.1:{free_port()},127.0.0.1:{server.port}")

    assert [] == list(await sink.publish([parcel(1)]))


@pytest.mark.parametrize("account", ["copydesk:wrong-pa55", "wrong-pa55"])
async def test_wrong_password(server, make_sink, caplog, account):
    """
    A password or token that is wrong is in no sentence, no cause of it, no log line and no repr.
    """
    caplog.set_level(logging.DEBUG)
    sink = make_sink(f"nats://{account}@127.0.0.1:{server.port}")

    with pytest.raises(SinkError, match="Authorization Violation") as caught:
        await sink.publish([parcel(1)])

    told = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(sink)
    assert "wrong-pa55" not in told


async def test_no_downgrade():
    """
    A server behind tls:// that says it has no TLS is not told who we are, and gets nothing.
    """
    heard = bytearray()

    async def pretend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"x","version":"2.15.1","max_payload":1048576,"headers":true}\r\n')
        while chunk := await reader.read(1000):
            heard.extend(chunk)
        writer.close()

    listener = await asyncio.start_server(pretend, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    sink = NatsSink(f"tls://copydesk:{PASSWORD}@127.0.0.1:{port}", options={"timeout": "5"})

    with pytest.raises(SinkError, match="secure connection not available"):
        await sink.publish([parcel(1)])

    await sink.close()
    listener.close()
    await listener.wait_closed()
    assert PASSWORD.encode() not in heard
    assert b"PUB" not in heard


async def test_tls(tmp_path):
    """
    By TLS a server is believed that the given authority vouches for, and no other.
    """
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    engine = Nats(tmp_path)
    engine.start("--tls", "--tlscert", str(tmp_path / "cert.pem"), "--tlskey", str(tmp_path / "key.pem"))
    url = engine.url.replace("nats://", "tls://")
    believing = NatsSink(url, options={"cafile": str(tmp_path / "ca.pem")})
    doubting = NatsSink(url, options={"timeout": "5"})
    try:
        assert [] == list(await believing.publish([parcel(1)]))
        with pytest.raises(SinkError, match="CERTIFICATE_VERIFY_FAILED"):
            await doubting.publish([parcel(1)])
    finally:
        await believing.close()
        await doubting.close()
        engine.close()


async def test_check(server, make_sink):
    """
    A check says what we may publish to, and the stream keeps nothing of it.
    """
    sink = make_sink()
    await sink.publish([parcel(1)])

    got = await sink.check(), await make_sink(declare="no").check()

    assert ("may publish to stream test_check, subjects test_check.>",) * 2 == got
    assert [parcel(1).id] == await server.ids("test_check")
    assert [] == list(await sink.publish([parcel(2)]))


async def test_check_refused(server, jetstream, make_sink):
    """
    A check that fails says what is missing: the right password, the stream, a subject of it, the server itself.
    """
    await jetstream.add_stream(name="elsewhere", subjects=["elsewhere.>"])
    sinks = {
        "the user, password or token is wrong": make_sink(f"nats://copydesk:pa55@127.0.0.1:{server.port}"),
        "there is no stream none, and declare=no says": make_sink(stream="none", declare="no"),
        "no stream takes nobodys.>": make_sink(stream="elsewhere", subject="nobodys"),
        "Connect call failed": make_sink(f"nats://127.0.0.1:{free_port()}"),
    }

    got = {sentence: await refusal(sink) for sentence, sink in sinks.items()}

    assert {} == {sentence: said for sentence, said in got.items() if sentence not in said}
    assert "pa55" not in str(got.values())


@pytest.mark.parametrize(
    ("allowed", "refused"),
    [
        ('"$JS.API.>", "_INBOX.>"', 'Publish to "desk.published.example"'),
        ('"desk.>", "_INBOX.>"', 'Publish to "$JS.API.STREAM.INFO.desk"'),
    ],
)
async def test_no_permission(tmp_path, allowed, refused):
    """
    An account that may not publish is told at once, with what it may not publish to.
    """
    rights = f'permissions {{ publish = [{allowed}], subscribe = ["_INBOX.>"] }}'
    users = f'{{user: "all", password: "{PASSWORD}"}}, {{user: "few", password: "{PASSWORD}", {rights}}}'
    (tmp_path / "nats.conf").write_text(f"authorization {{ users = [{users}] }}")
    engine = Nats(tmp_path)
    engine.start("-c", str(tmp_path / "nats.conf"), has_account=False)
    options = {"stream": "desk", "subject": "desk", "timeout": "60"}
    admin, few = (
        NatsSink(f"nats://{name}:{PASSWORD}@127.0.0.1:{engine.port}", options=options) for name in ("all", "few")
    )
    try:
        await admin.check()
        async with asyncio.timeout(20):
            said = [await refusal(few)]
            with pytest.raises(SinkError) as caught:
                await few.publish([parcel(1)])
    finally:
        await admin.close()
        await few.close()
        engine.close()

    assert f"this user has no permission: Permissions Violation for {refused}".lower() in said[0].lower()
    assert "permissions violation for publish" in str(caught.value).lower()


async def refusal(sink) -> str:
    """What a check says that fails."""
    with pytest.raises(SinkError) as caught:
        await sink.check()
    return str(caught.value)


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("nats://", {}),
        ("amqp://host", {}),
        ("nats://host/stream", {}),
        ("nats://host", {"stream": "a.b"}),
        ("nats://host", {"subject": "a.>"}),
        ("nats://host", {"replicas": "2"}),
        ("nats://host", {"window": "0"}),
        ("tls://host", {"cafile": "none.pem"}),
        ("nats://host", {"streem": "x"}),
    ],
)
def test_settings(url, options):
    """
    What makes no sense is said before anything is connected.
    """
    with pytest.raises(SettingsError):
        NatsSink(url, options=options)
