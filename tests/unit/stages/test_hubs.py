"""Hubs in the flow of polls: asked, trusted, and what they push taken in."""

from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web

from ingest.polling.websub import LEASE, MISSES, SAFETY_NET
from ingest.stages.poll import poll_feed
from ingest.store.due import claim_due
from ingest.store.feeds import feed_id
from ingest.store.hubs import Push, keep_push, read_subscription, waiting_pushes, write_subscription

KIND = "application/rss+xml"
US = "https://us.example/desk"
DAY = timedelta(days=1)


@pytest.fixture(name="office")
def _office(office):
    return office.with_settings(public_url=US, poll_adaptive=False)


@pytest.fixture
def hub(office):
    """A hub on the test's server that remembers the forms it was sent; its status can be changed."""

    class Hub:
        status = 202
        url = f"{office.site.url}/hub"
        requests = office.site.requests

    app = office.site
    app.pages["/hub"] = lambda _: web.Response(status=Hub.status)
    return Hub


@pytest.fixture
async def polled(office, hub, rss):
    """A feed with a hub, polled once."""
    office.site.say("/feed.xml", rss({"guid": "g-1"}), kind=KIND, Link=f'<{hub.url}>; rel="hub"')
    claim = await office.subscribe()
    return await poll_feed(office.desk, claim)


async def _activate(office, **changes):
    id_ = feed_id(f"{office.site.url}/feed.xml")
    known = await read_subscription(office.store, id_)
    active = replace(known, state="active", until=office.t0 + LEASE, lease=LEASE, **changes)
    await write_subscription(office.store, id_, active)
    return id_


async def test_asked(office, hub, polled):
    """
    A feed's hub is asked after the poll that found it, before it may have verified anything.
    """
    known = await read_subscription(office.store, polled.feed.id)

    assert ("pending", hub.url, polled.feed.url) == (known.state, known.hub, known.topic)
    assert ["/feed.xml", "/hub"] == office.site.paths


async def test_not_asked_without_an_address(office, hub, rss):
    """
    Where nobody can reach us no hub is asked.
    """
    office = office.with_settings(public_url="")
    office.site.say("/feed.xml", rss({"guid": "g-1"}), kind=KIND, Link=f'<{hub.url}>; rel="hub"')

    await poll_feed(office.desk, await office.subscribe())

    assert ["/feed.xml"] == office.site.paths


async def test_refused(office, hub, rss):
    """
    A hub that refuses is remembered as failed, and not asked again at the next poll.
    """
    hub.status = 400
    office.site.say("/feed.xml", rss({"guid": "g-1"}), kind=KIND, Link=f'<{hub.url}>; rel="hub"')
    claim = await office.subscribe()
    await poll_feed(office.desk, claim)

    await poll_feed(office.desk, await office.hurry("feeds", claim.id))

    known = await read_subscription(office.store, claim.id)
    assert ("failed", 1) == (known.state, office.site.paths.count("/hub"))


async def test_safety_net(office, polled):
    """
    While a trusted hub pushes, the feed is polled only now and then; a distrusted one changes nothing.
    """
    id_ = await _activate(office)
    trusted = await poll_feed(office.desk, await office.hurry("feeds", id_))
    await _activate(office, misses=MISSES)

    distrusted = await poll_feed(office.desk, await office.hurry("feeds", id_))

    assert polled.next.at < trusted.next.at == office.t0 + SAFETY_NET
    assert "its hub pushes; this is the safety net" == trusted.next.reason
    assert "interval" == distrusted.next.reason


async def test_missed(office, polled, rss):
    """
    What a poll finds and the hub did not push is held against the hub, unless it is too young.
    """
    id_ = await _activate(office)
    misses = []
    for number, date in enumerate(("Sun, 01 Mar 2026 11:00:00 GMT", "Sun, 01 Mar 2026 11:55:00 GMT"), start=2):
        items = [{"guid": f"g-{n}", "pubDate": date} for n in range(number, 0, -1)]
        office.site.say("/feed.xml", rss(*items), kind=KIND)
        await poll_feed(office.desk, await office.hurry("feeds", id_))
        misses.append((await read_subscription(office.store, id_)).misses)

    assert ([1, 1], polled.feed.id) == (misses, id_)


async def test_push_taken_in(office, polled, rss):
    """
    A pushed entry is in hand at once without a request, and the next poll comes when it would have come.
    """
    id_ = polled.feed.id
    before = await office.feed()
    await keep_push(office.store, id_, Push(content_type=KIND, body=rss({"guid": "g-2"}).encode()))
    asked = len(office.site.requests)

    report = await poll_feed(office.desk, await office.claim("feeds"))

    after = await office.feed()
    assert ("pushed", 1, asked) == (report.outcome, report.new, len(office.site.requests))
    assert (before.validators, before.body_digest) == (after.validators, after.body_digest)
    assert () == await waiting_pushes(office.store, id_)
    assert "pushed" == after.last_outcome
    assert timedelta(minutes=59) < await office.pause("feeds", id_) < timedelta(minutes=61)


async def test_push_and_poll(office, polled, rss):
    """
    An entry that was pushed is not new to the poll that shows it, and the other way round.
    """
    id_ = polled.feed.id
    await keep_push(office.store, id_, Push(content_type=KIND, body=rss({"guid": "g-1"}, {"guid": "g-2"}).encode()))
    pushed = await poll_feed(office.desk, await office.claim("feeds"))
    office.site.say("/feed.xml", rss({"guid": "g-2"}, {"guid": "g-1"}), kind=KIND)

    seen = await poll_feed(office.desk, await office.hurry("feeds", id_))

    assert (1, 0) == (pushed.new, seen.new)


async def test_good_push_restores_trust(office, polled, rss):
    """
    A distrusted hub that pushes what is new is trusted again; one that repeats what polls found is not.
    """
    id_ = await _activate(office, misses=MISSES)
    trusted = []
    for guid in ("g-1", "g-2"):
        await keep_push(office.store, id_, Push(content_type=KIND, body=rss({"guid": guid}).encode()))
        await poll_feed(office.desk, await office.claim("feeds"))
        trusted.append((await read_subscription(office.store, id_)).is_trusted)

    assert ([False, True], id_) == (trusted, polled.feed.id)


async def test_unreadable_push(office, polled):
    """
    A push that cannot be read is dropped with a word, and holds up nothing.
    """
    await keep_push(office.store, polled.feed.id, Push(content_type="text/html", body=b"<html>no</html>"))

    report = await poll_feed(office.desk, await office.claim("feeds"))

    assert ("pushed", "1 unreadable", 0) == (report.outcome, report.detail, report.new)
    assert () == await waiting_pushes(office.store, polled.feed.id)


async def test_push_during_a_poll(office, polled, rss):
    """
    What is pushed while the feed is worked on makes it due again right after.
    """
    id_ = polled.feed.id
    await keep_push(office.store, id_, Push(content_type=KIND, body=rss({"guid": "g-2"}).encode()))
    claim = await office.claim("feeds")
    late = Push(content_type=KIND, body=rss({"guid": "g-3"}).encode())

    class Meanwhile:
        async def __call__(self, name, keys, arguments):
            if name == "commit_poll":
                await keep_push(office.store, id_, late)
            return await office.store.scripts(name, keys, arguments)

    await poll_feed(office.with_scripts(Meanwhile()), claim)

    again = await claim_due(office.store, "feeds", limit=9, lease=DAY, max_in_hand=9)
    assert ([id_], (late,)) == ([one.id for one in again], await waiting_pushes(office.store, id_))
