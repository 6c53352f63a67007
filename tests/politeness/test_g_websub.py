"""Part G of the checklist: hubs that push (W3C WebSub), and the polls that go on beside them."""

from __future__ import annotations

import hmac
import ssl
from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs

import aiohttp
import pytest
import trustme
from aiohttp import web

from ingest.store.hubs import read_subscription
from tests.politeness.clock import T0
from tests.politeness.site import Site, document, honest, rss, say
from tests.politeness.world import DAY, HOUR, MINUTE
from workers.web.serve import create_app

PUBLIC = "https://desk.example"
ITEMS = tuple(f"g-{number}" for number in range(30))
ATOM = {"Content-Type": "application/atom+xml"}


class Callback:
    """Our callback as hubs reach it, its clock the world's."""

    def __init__(self, client, hub):
        self.client = client
        self.hub = hub

    @property
    def requests(self):
        """The forms that the hub was sent."""
        return [{name: values[0] for name, values in parse_qs(one.body.decode()).items()} for one in self.hub.log]

    @property
    def path(self):
        """Where the callback is, as the hub was last told."""
        address = self.requests[-1]["hub.callback"]
        assert address.startswith(PUBLIC + "/")
        return address.removeprefix(PUBLIC)

    async def get(self, path, **query):
        async with self.client.get(path, params={f"hub.{name}": value for name, value in query.items()}) as response:
            return response.status, await response.text(), response.headers

    async def confirm(self, topic, lease="864000", mode="subscribe"):
        return await self.get(self.path, mode=mode, topic=topic, challenge="<b>echo</b>", lease_seconds=lease)

    async def push(self, body, *, path="", secret=None, field=None):
        headers = dict(ATOM)
        if secret is not None:
            headers["X-Hub-Signature"] = f"sha256={hmac.new(secret.encode(), body.encode(), 'sha256').hexdigest()}"
        if field is not None:
            headers["X-Hub-Signature"] = field
        async with self.client.post(path or self.path, data=body.encode(), headers=headers) as response:
            return response.status


@pytest.fixture
async def callback(world, tmp_path, monkeypatch):
    """The web process, and a hub over https that accepts whatever it is asked."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setattr("workers.web.callback.datetime", SimpleNamespace(now=lambda _: world.clock.now()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("hub.example", "spare.example").configure_cert(context)
    hub = await Site(world.clock, context=context).start()
    for host in ("hub.example", "spare.example"):
        hub.on("/", say(202), host)
    await world.restart()
    world.with_settings(public_url=PUBLIC)
    runner = web.AppRunner(create_app(world.store), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as client:
        yield Callback(client, hub)
    await runner.cleanup()
    await hub.stop()


def steady(*more, newest=T0 - HOUR, **fields):
    """A feed with an entry twice a day, which names its validators."""
    return honest(rss(*more, *ITEMS, newest=newest, apart=12 * HOUR), etag=f'"{len(more)}"', **fields)


async def subscribed(world, site, callback, lease="864000", **fields):
    """A feed whose hub has confirmed our subscription."""
    link = f"<{callback.hub.url('/', 'hub.example')}>; rel=hub"
    url = site.on("/feed.xml", steady(link=link, **fields))
    await world.subscribe(url)
    await world.run(MINUTE)
    assert 200 == (await callback.confirm(url, lease))[0]
    return url


async def test_p53_discovery(world, site, callback):
    """
    Hub and topic are taken from the Link fields, else from the document; of several hubs the next is asked when one
    fails.
    """
    one, two = callback.hub.url("/", "hub.example"), callback.hub.url("/", "spare.example")
    topic = "https://news.example.com/self.xml"
    links = f'<{one}>; rel=hub, <{two}>; rel="hub", <{topic}>; rel=self'
    await world.subscribe(site.on("/header.xml", steady(link=links)))
    atom = f"<atom:link rel='hub' href='{two}'/><atom:link rel='self' href='{topic}'/>"
    callback.hub.on("/", say(500), "hub.example")

    await world.run(1.2 * DAY)
    await world.subscribe(site.on("/document.xml", document(rss("g-1", extra=atom)), "other.example"))
    await world.run(MINUTE)

    forms = callback.requests
    assert {"subscribe"} == {form["hub.mode"] for form in forms}
    assert {topic} == {form["hub.topic"] for form in forms}
    assert ["hub.example", "spare.example"] == [request.host for request in callback.hub.log][:2]
    assert callback.hub.log[1].at - callback.hub.log[0].at >= DAY
    assert "spare.example" == callback.hub.log[-1].host
    assert {"POST"} == {request.method for request in callback.hub.log}


async def test_p54_verification(world, site, callback):
    """
    The challenge is echoed as plain text where this very subscription was asked for; nothing else is confirmed.
    """
    link = f"<{callback.hub.url('/', 'hub.example')}>; rel=hub"
    url = site.on("/feed.xml", steady(link=link))
    await world.subscribe(url)
    await world.run(MINUTE)

    wrong = [
        await callback.get("/websub/" + "0" * 32, mode="subscribe", topic=url, challenge="c"),
        await callback.get(callback.path, mode="subscribe", topic="https://other.example/", challenge="c"),
        await callback.get(callback.path, mode="unsubscribe", topic=url, challenge="c"),
        await callback.get(callback.path, mode="subscribe", topic=url),
    ]
    status, text, headers = await callback.confirm(url)

    assert [(404, "")] * 4 == [(status, text) for status, text, _ in wrong]
    assert (200, "<b>echo</b>") == (status, text)
    assert ("text/plain", "nosniff") == (headers["Content-Type"].partition(";")[0], headers["X-Content-Type-Options"])
    assert len(callback.path.rpartition("/")[2]) >= 32


@pytest.mark.parametrize("lease", [timedelta(days=10), timedelta(days=1), timedelta(hours=8)])
async def test_p55_the_lease(world, site, callback, lease):
    """
    The lease that was granted counts; it is renewed before it ends, at the same callback; if that fails the feed is
    polled at its own rhythm again.
    """
    granted = str(int(lease.total_seconds()))
    url = await subscribed(world, site, callback, granted)
    begun = world.clock.now()

    await world.run(0.5 * lease)
    trusted = await world.feed(url)
    await world.run(0.45 * lease)
    first, renewal, *_ = callback.requests
    await callback.confirm(url, granted)
    callback.hub.on("/", say(500), "hub.example")
    await world.run(1.3 * lease + 6 * HOUR)
    feed = await world.feed(url)

    assert first == renewal
    assert begun + 0.8 * lease <= callback.hub.log[1].at < begun + 0.95 * lease
    assert (await read_subscription(world.store, feed.id)).until < world.clock.now()
    assert (True, False) == ("hub" in trusted.next_reason, "hub" in feed.next_reason)


async def test_p56_signatures(world, site, callback):
    """
    A push that is not signed with our secret is answered like one that is, and forgotten unread; a secret is told
    only over https and is new for each subscription.
    """
    await subscribed(world, site, callback)
    secret = callback.requests[0]["hub.secret"]
    plain = site.on("/", say(202), "plain-hub.example")
    await world.subscribe(site.on("/plain.xml", steady(link=f"<{plain}>; rel=hub"), "plain.example"))
    before = (await world.counts())["entries.seen"]
    body = rss("pushed")

    forged = [
        await callback.push(body),
        await callback.push(body, secret="guess"),
        await callback.push(body, field="sha256=00"),
        await callback.push(body, field="md5=0123456789abcdef0123456789abcdef"),
        await callback.push("<rss>" + "<a>" * 1000, secret="guess"),
    ]
    await world.run(MINUTE)
    after_forged = (await world.counts())["entries.seen"]
    assert 202 == await callback.push(body, secret=secret)
    await world.run(MINUTE)

    assert {202} == set(forged)
    backlog = 30  # of the second feed
    assert (before + backlog, before + backlog + 1) == (after_forged, (await world.counts())["entries.seen"])
    assert 32 <= len(secret) < 200
    (form,) = [parse_qs(one.body.decode()) for one in site.asked("/", "plain-hub.example")]
    assert "hub.secret" not in form


async def test_p57_pushes_and_polls(world, site, callback):
    """
    A push is kept before it is answered and costs the publisher no request; what a poll shows again is not published
    again; polls go on, more rarely, as a safety net; a hub that refuses is not waited for.
    """
    url = await subscribed(world, site, callback)
    secret = callback.requests[0]["hub.secret"]
    asked = len(site.asked())

    status = await callback.push(rss("pushed", newest=world.clock.now()), secret=secret)
    kept = (await world.next_due()) <= world.clock.now()
    (report,) = await world.poll()

    assert (202, True, "pushed", 1) == (status, kept, report.outcome, report.new)
    assert asked == len(site.asked())
    seen = (await world.counts())["entries.seen"]
    link = f"<{callback.hub.url('/', 'hub.example')}>; rel=hub"
    site.on("/feed.xml", steady("pushed", newest=world.clock.now(), link=link))
    await world.run(2 * DAY)
    assert seen == (await world.counts())["entries.seen"]
    assert 5 * HOUR <= min(site.pauses()[asked + 1 :]) <= max(site.pauses()[asked + 1 :]) <= DAY
    assert (await callback.confirm(url, mode="denied"))[0] == 200
    await world.run(12 * HOUR)
    before = len(site.asked())
    await world.run(12 * HOUR)
    assert max(site.pauses()[before:]) < 3 * HOUR
    assert 410 == await callback.push(rss("x"), path="/websub/" + "0" * 32)
