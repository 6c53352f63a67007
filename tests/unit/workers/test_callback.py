"""The WebSub callback over a real store and a real connection."""

import hmac
import io
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web

from ingest.polling.websub import Subscription
from ingest.store.feeds import add_feed, feed_id
from ingest.store.hubs import Push, feed_of_callback, read_subscription, waiting_pushes, write_subscription
from workers.web.callback import MAX_PUSH_BYTES
from workers.web.serve import create_app

URL = "https://outlet.example/feed.xml"
ID = feed_id(URL)
TOKEN = "0123456789abcdef" * 2
BODY = b"<feed xmlns='http://www.w3.org/2005/Atom'/>"


def _signed(body: bytes, secret: bytes = b"s3cret") -> dict[str, str]:
    return {"X-Hub-Signature": f"sha256={hmac.new(secret, body, 'sha256').hexdigest()}"}


@pytest.fixture
async def site(store):
    await add_feed(store, URL, pause=timedelta(hours=1))
    await write_subscription(
        store,
        ID,
        Subscription(
            hub="https://hub.example/",
            topic=URL,
            token=TOKEN,
            secret="s3cret",
            state="pending",
            asked_at=datetime.now(UTC),
        ),
    )
    runner = web.AppRunner(create_app(store), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as client:
        yield client
    await runner.cleanup()


async def test_confirmed(store, site):
    """
    The hub's challenge is echoed as plain text, and the subscription is active for what it granted.
    """
    query = {"hub.mode": "subscribe", "hub.topic": URL, "hub.challenge": "<b>c</b>", "hub.lease_seconds": "86400"}

    async with site.get(f"/websub/{TOKEN}", params=query) as response:
        got = response.status, response.content_type, response.headers["X-Content-Type-Options"], await response.text()

    known = await read_subscription(store, ID)
    assert (200, "text/plain", "nosniff", "<b>c</b>") == got
    assert ("active", timedelta(days=1)) == (known.state, known.lease)


@pytest.mark.parametrize(
    ("path", "topic"), [("/websub/wrong", URL), (f"/websub/{TOKEN}", "https://other.example/"), ("/websub/é%00", URL)]
)
async def test_not_confirmed(store, site, path, topic):
    """
    What we did not ask for is 404, without a word of the challenge.
    """
    query = {"hub.mode": "subscribe", "hub.topic": topic, "hub.challenge": "c"}

    async with site.get(path, params=query) as response:
        got = response.status, await response.text()

    assert ((404, ""), "pending") == (got, (await read_subscription(store, ID)).state)


@pytest.mark.parametrize(
    ("headers", "kept"),
    [(_signed(BODY), True), (_signed(BODY, b"guess"), False), ({}, False), ({"X-Hub-Signature": "sha256=0"}, False)],
)
async def test_pushed(store, site, headers, kept):
    """
    A push is answered 202 whatever its signature, and only a signed one is kept.
    """
    headers |= {"Content-Type": "application/atom+xml"}

    async with site.post(f"/websub/{TOKEN}", data=BODY, headers=headers) as response:
        got = response.status

    pushes = (Push(content_type="application/atom+xml", body=BODY),) if kept else ()
    assert (202, pushes) == (got, await waiting_pushes(store, ID))


@pytest.mark.parametrize("count", [MAX_PUSH_BYTES + 1, 3 * MAX_PUSH_BYTES])
async def test_large_push(store, site, count):
    """
    A push too large to keep makes the feed due, for its document has what the push had.
    """
    async with site.post(f"/websub/{TOKEN}", data=io.BytesIO(b"x" * count)) as response:
        got = response.status

    seconds, _ = await store.redis.time()
    due = await store.redis.zscore(store.keys.due("feeds"), ID)
    assert (202, (), True) == (got, await waiting_pushes(store, ID), due <= (seconds + 1) * 1000)


async def test_gone(store, site):
    """
    A push for no subscription, or for a feed that was removed, is told not to come again.
    """
    await store.redis.hdel(store.keys.feeds, ID)

    statuses = []
    for path in ("/websub/wrong", f"/websub/{TOKEN}", f"/websub/{TOKEN}"):
        async with site.post(path, data=BODY, headers=_signed(BODY)) as response:
            statuses.append(response.status)

    assert ([410, 410, 410], None) == (statuses, await feed_of_callback(store, TOKEN))
