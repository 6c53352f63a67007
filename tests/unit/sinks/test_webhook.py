"""An HTTP endpoint as a sink."""

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest

from ingest.errors import SinkError
from ingest.sinks.sink import Refused
from ingest.sinks.webhook import MAX_TRIES, SIDE_BY_SIDE, WebhookSink, read_secret, sign

URL = "https://hooks.example/articles?token=1"
KEY = b"0123456789012345678901234567890x"
SECRET = "whsec_" + base64.b64encode(KEY).decode()


@pytest.fixture
def sink(endpoint):
    return WebhookSink(URL, options={}, tools=endpoint.tools)


async def test_binary_mode(endpoint, parcel):
    """
    The attributes are ce- fields, their odd characters percent-encoded; the body is the data; the content type its own.
    """
    sink = WebhookSink(f"{URL}#x", options={"authorization": "Bearer t"}, tools=endpoint.tools)

    assert [] == await sink.publish([parcel(source='copy "désk"\n 100%')])

    ((url, body, fields),) = endpoint.posts
    assert (URL, b'{"title":"Quay"}') == (url, body)
    assert {
        "ce-specversion": "1.0",
        "ce-id": "a1-1",
        "ce-source": "copy%20%22d%C3%A9sk%22%0A%20100%25",
        "ce-type": "article.published.v1",
        "ce-time": "2026-03-01T12:00:00Z",
        "ce-subject": "a1",
        "Content-Type": "application/json",
        "Authorization": "Bearer t",
        "webhook-id": "a1-1",
        "webhook-timestamp": "1772366400",
    } == fields


async def test_signed(endpoint, parcel):
    """
    With a secret, id, timestamp and body are signed as Standard Webhooks says; the id stays, the timestamp moves.
    """
    sink = WebhookSink(URL, options={"secret": SECRET}, tools=endpoint.tools)
    endpoint.answers["a1-1"] = [503, 200]

    with pytest.raises(SinkError):
        await sink.publish([parcel()])
    endpoint.pass_time(timedelta(seconds=9))
    await sink.publish([parcel()])

    for (_, body, fields), moment in zip(endpoint.posts, ("1772366400", "1772366409"), strict=True):
        digest = hmac.new(KEY, f"a1-1.{moment}.".encode() + body, hashlib.sha256).digest()
        assert ("a1-1", moment) == (fields["webhook-id"], fields["webhook-timestamp"])
        assert f"v1,{base64.b64encode(digest).decode()}" == fields["webhook-signature"]


def test_known_signature():
    """
    The signature is the one that the specification's own libraries compute (a vector of theirs).
    """
    key = read_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    got = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')

    assert "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" == got


@pytest.mark.parametrize("status", [400, 401, 404, 410, 413, 422])
async def test_refused(endpoint, sink, parcel, status):
    """
    A 4xx that speaks of the request refuses the event, and nobody else's.
    """
    endpoint.answers["a1-1"] = [status]

    got = await sink.publish([parcel(1), parcel(2)])

    assert ([Refused(id="a1-1", reason=f"it answers {status}")], ["a1-1", "a2-1"]) == (got, endpoint.ids)


@pytest.mark.parametrize("answer", [301, 408, 425, 429, 500, 502, 503, "timeout", "connect"])
async def test_not_taken(endpoint, sink, parcel, answer):
    """
    What may pass fails the batch; those that were taken, or refused, are not sent again with it.
    """
    endpoint.answers |= {"a1-1": [answer, 200], "a3-1": [400]}
    batch = [parcel(1), parcel(2), parcel(3)]

    with pytest.raises(SinkError):
        await sink.publish(batch)
    got = await sink.publish(batch)

    assert [Refused(id="a3-1", reason="it answers 400")] == got
    assert ["a1-1", "a2-1", "a3-1", "a1-1"] == endpoint.ids


async def test_sent_again_means_it(endpoint, sink, parcel):
    """
    An event of an earlier batch that comes again (a dead letter, tried once more) is sent again.
    """
    for _ in range(2):
        await sink.publish([parcel(1)])

    assert ["a1-1", "a1-1"] == endpoint.ids


@pytest.mark.parametrize(
    ("value", "expected"), [("7", timedelta(seconds=7)), ("Sun, 01 Mar 2026 12:00:30 GMT", timedelta(seconds=30))]
)
async def test_retry_after(endpoint, sink, parcel, value, expected):
    """
    For how long the endpoint asks to be left alone is passed on; of several the longest.
    """
    endpoint.answers |= {"a1-1": [(429, {"retry-after": value})], "a2-1": [(503, {"retry-after": "2"})]}

    with pytest.raises(SinkError) as caught:
        await sink.publish([parcel(1), parcel(2)])

    assert expected == caught.value.pause


async def test_order_of_an_article(endpoint, sink, parcel):
    """
    A later revision waits for the earlier ones of its article, through failures too; other articles do not.
    """
    endpoint.answers["a1-1"] = [503, 200]
    batch = [parcel(1, "x"), parcel(2, "x"), parcel(3, "y"), parcel(4, "x")]

    with pytest.raises(SinkError):
        await sink.publish(batch)
    first = list(endpoint.ids)
    await sink.publish(batch)

    assert (["a1-1", "a3-1"], ["a1-1", "a2-1", "a4-1"]) == (first, endpoint.ids[2:])


async def test_an_endpoint_that_is_away(endpoint, sink, parcel):
    """
    Where nobody gets through, not everybody is tried.
    """
    batch = [parcel(number) for number in range(3 * SIDE_BY_SIDE)]
    endpoint.answers |= {one.id: ["connect"] for one in batch}

    with pytest.raises(SinkError):
        await sink.publish(batch)

    assert SIDE_BY_SIDE == len(endpoint.posts)


async def test_one_event_that_breaks_it(endpoint, sink, parcel):
    """
    An event that alone is answered 500 is refused in the end, where others are taken meanwhile.
    """
    endpoint.answers["a1-1"] = [500]
    batch = [parcel(1), parcel(2)]

    for _ in range(MAX_TRIES - 1):
        with pytest.raises(SinkError):
            await sink.publish(batch)

    (refused,) = await sink.publish(batch)
    assert refused.id == "a1-1"


@pytest.mark.parametrize(("answer", "others"), [(500, 500), (503, 200)])
async def test_an_endpoint_that_is_broken(endpoint, sink, parcel, answer, others):
    """
    Where nobody is taken, or the server says that it is away, no event is to blame: all wait.
    """
    endpoint.answers |= {"a1-1": [answer], "a2-1": [others]}

    for _ in range(3 * MAX_TRIES):
        with pytest.raises(SinkError):
            await sink.publish([parcel(1), parcel(2)])


async def test_check(endpoint, sink):
    """
    A check sends no event, and says what was answered and whether events are signed.
    """
    signed = WebhookSink(URL, options={"secret": SECRET}, tools=endpoint.tools)

    got = [await one.check() for one in (sink, signed)]
    endpoint.answers["GET"] = ["connect"]

    assert ["answers 405 to a GET; events are not signed", "answers 405 to a GET; events are signed"] == got
    with pytest.raises(SinkError, match="connect"):
        await sink.check()
    assert [] == endpoint.posts
    await sink.close()
