"""What a poll does about servers that lie, refuse, or answer something else, and about a new feed's backlog."""

from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web

from ingest.feeds.identity import entry_ids
from ingest.models import Entry, Validators
from ingest.stages.poll import poll_feed
from ingest.store.feeds import feed_id

KIND = "application/rss+xml"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture(name="office")
def _office(office):
    return office.with_settings(poll_adaptive=False)


class Clock:
    """Polls of /feed.xml at hours counted from the first."""

    def __init__(self, office, id_):
        self.office = office
        self.id = id_

    async def poll(self, hour):
        now = self.office.t0 + hour * HOUR
        desk = replace(self.office.desk, now=lambda: now)
        return await poll_feed(desk, await self.office.hurry("feeds", self.id))


@pytest.fixture
async def clock(office):
    claim = await office.subscribe()
    return Clock(office, claim.id)


def conditional(office, text, etag='"one"'):
    """A server that believes its ETag."""

    def answer(request):
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        return web.Response(text=text, content_type=KIND, headers={"ETag": etag})

    office.site.pages["/feed.xml"] = answer


def unconditional(office):
    """How many requests carried no validators."""
    return sum("If-None-Match" not in request.headers for request in office.site.requests)


async def test_honest_validators(office, rss, clock):
    """
    P01, P14: of hourly polls, one a day asks without validators, and an honest server is believed.
    """
    conditional(office, rss({"guid": "g-1"}))

    outcomes = [(await clock.poll(hour)).outcome for hour in range(60)]

    assert ["modified", *["not-modified"] * 23, "same-body", *["not-modified"] * 23, "same-body"] == outcomes[:49]
    assert 3 == unconditional(office)
    assert (await office.feed()).unreliable_at is None


async def test_never_twice_running(office, rss, clock):
    """
    A feed that is polled once a day or less still asks every other time with validators.
    """
    conditional(office, rss({"guid": "g-1"}))

    outcomes = [(await clock.poll(24 * day)).outcome for day in range(5)]

    assert ["modified", "not-modified", "same-body", "not-modified", "same-body"] == outcomes


async def test_lying_validators(office, rss, clock):
    """
    P14: a server whose ETag names two documents is found out within a day, and asked without it from then on.
    """
    conditional(office, rss({"guid": "g-1"}))
    for hour in (0, 1):
        await clock.poll(hour)
    conditional(office, rss({"guid": "g-2"}))
    assert ["not-modified"] * 22 == [(await clock.poll(hour)).outcome for hour in range(2, 24)]

    report = await clock.poll(24)

    assert ("modified", 1) == (report.outcome, report.new)
    assert office.t0 + DAY == (await office.feed()).unreliable_at
    assert "one ETag or Last-Modified named two documents" == report.detail
    before = unconditional(office)
    assert ["same-body"] * 3 == [(await clock.poll(hour)).outcome for hour in (25, 26, 27)]
    assert before + 3 == unconditional(office)


async def test_asked_once_an_hour(office, rss, clock):
    """
    P14: a feed that costs a whole answer each time is asked at most once an hour, however short its interval.
    """
    office = office.with_settings(poll_interval=timedelta(minutes=5))
    clock.office = office
    conditional(office, rss({"guid": "g-1"}))
    for hour in (0, 1):
        await clock.poll(hour)
    conditional(office, rss({"guid": "g-2"}))

    report = await clock.poll(25)

    assert (office.t0 + 26 * HOUR, "validators unreliable") == (report.next.at, report.next.reason)


async def test_forgiven(office, rss, clock):
    """
    After a month the server may have been repaired: its validators are sent again.
    """
    conditional(office, rss({"guid": "g-1"}))
    await clock.poll(0)
    await office.store.redis.hset(
        office.store.keys.feed(clock.id), "unreliable_at", round(office.t0.timestamp() * 1000)
    )

    report = await clock.poll(30 * 24)

    assert ("not-modified", None) == (report.outcome, (await office.feed()).unreliable_at)


async def test_a_full_request_that_fails(office, rss, clock):
    """
    P14: also where it fails, there is at most one request a day without validators.
    """
    conditional(office, rss({"guid": "g-1"}))
    for hour in (0, 1):
        await clock.poll(hour)

    def fails_in_full(request):
        return web.Response(status=304 if "If-None-Match" in request.headers else 500)

    office.site.pages["/feed.xml"] = fails_in_full
    office.site.requests.clear()

    for hour in range(24, 48):
        await clock.poll(hour)

    assert 1 == unconditional(office)


async def test_unasked_not_modified(office, rss, clock):
    """
    P13: a 304 to a request without validators is asked again once, then believed; its ETag is not, and the next poll
    does not ask twice.
    """
    office.site.say("/feed.xml", status=304, ETag='"of another visit"')

    reports = [await clock.poll(hour) for hour in (0, 1)]

    assert ["not-modified", "not-modified"] == [report.outcome for report in reports]
    assert 3 == len(office.site.requests) == unconditional(office)
    assert Validators() == (await office.feed()).validators
    office.site.say("/feed.xml", rss({"guid": "g-1"}), kind=KIND)
    assert 1 == (await clock.poll(2)).new


async def test_unasked_not_modified_at_a_busy_host(office, clock):
    """
    P13: where the host's next slot is far away, the first answer is believed: asking again would begin it all anew.
    """
    clock.office = office.with_settings(host_interval=timedelta(seconds=40))
    office.site.say("/feed.xml", status=304)

    report = await clock.poll(0)

    assert ("not-modified", ["/feed.xml"]) == (report.outcome, office.site.paths)


async def test_unasked_not_modified_keeps_validators(office, rss, clock):
    """
    P13: a cache that answers 304 to the daily request without validators takes none away.
    """
    conditional(office, rss({"guid": "g-1"}))
    for hour in (0, 1):
        await clock.poll(hour)
    office.site.say("/feed.xml", status=304, ETag='"of another visit"')

    await clock.poll(25)

    assert '"one"' == (await office.feed()).validators.etag


@pytest.mark.parametrize("status", [200, 403, 503])
async def test_challenge(office, rss, clock, status):
    """
    P34: a challenge page is named as such whatever its status, and takes nothing away.
    """
    conditional(office, rss({"guid": "g-1"}))
    await clock.poll(0)
    page = "<!doctype html><title>Just a moment...</title>"
    office.site.say("/feed.xml", page, status=status, ETag='"of the page"', cf_mitigated="challenge")

    report = await clock.poll(1)

    assert ("not-a-feed-challenge", f"status {status}") == (report.outcome, report.detail)
    feed = await office.feed()
    assert ('"one"', 1) == (feed.validators.etag, feed.failures)


def cut_short(request):
    """Half of what is announced."""
    request.transport.write(b'HTTP/1.1 200 OK\r\nContent-Length: 4000\r\nETag: "cut"\r\n\r\n<rss><channel><item>')
    request.transport.close()
    raise ConnectionResetError


async def test_truncated(office, rss, clock):
    """
    P11: a body that breaks off leaves no validators behind, and no entries.
    """
    conditional(office, rss({"guid": "g-1"}))
    await clock.poll(0)
    office.site.pages["/feed.xml"] = cut_short

    report = await clock.poll(1)

    assert ("fetch-truncated", 0) == (report.outcome, report.new)
    assert '"one"' == (await office.feed()).validators.etag


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after(office, rss, clock, status):
    """
    P28, P29: nobody asks that host before its Retry-After is over, and the feed itself is not due either.
    """
    office.site.say("/feed.xml", "sorry", status=status, Retry_After="7200")
    office.site.say("/other.xml", rss({"guid": "g-1"}), kind=KIND)

    report = await clock.poll(0)

    assert ("Retry-After 7200 s", office.t0 + 2 * HOUR) == (report.next.reason, report.next.at)
    other = await office.subscribe("/other.xml")
    assert "host-busy" == (await poll_feed(office.desk, other)).outcome
    assert ["/feed.xml"] == office.site.paths
    assert timedelta(minutes=119) < await office.pause("feeds", other.id)


@pytest.mark.parametrize(("status", "failures", "minutes"), [(429, 0, 1), (503, 3, 8), (503, 60, 60)])
async def test_overloaded_without_retry_after(office, clock, status, failures, minutes):
    """
    P31: a host that only says that it is too much is left alone for a while, longer each time.
    """
    office.site.say("/feed.xml", "sorry", status=status)
    await office.store.redis.hset(office.store.keys.feed(clock.id), "failures", failures)

    await clock.poll(0)

    assert "host-busy" == (await clock.poll(1)).outcome
    assert timedelta(minutes=minutes) - timedelta(seconds=9) < await office.pause("feeds", clock.id)


@pytest.mark.parametrize(
    ("first_poll", "expected"),
    [("all", 30), (20, 20), (3, 3), (0, 0), (timedelta(days=4), 4)],
)
async def test_backlog(office, rss, clock, first_poll, expected):
    """
    A new feed's backlog is published as the setting says, the newest of it; the rest never is.
    """
    clock.office = office.with_settings(first_poll=first_poll)
    items = [{"guid": f"g-{day}", "pubDate": f"{28 - day:02} Feb 2026 13:00:00 GMT"} for day in range(28)]
    items += [{"guid": "g-28"}, {"guid": "g-29"}]
    office.site.say("/feed.xml", rss(*items), kind=KIND)

    report = await clock.poll(0)

    assert (30, expected, 30 - expected) == (report.entries, report.new, report.left_out)
    newest = entry_ids(feed_id(f"{office.site.url}/feed.xml"), [Entry(guid=f"g-{day}") for day in range(expected)])
    assert {*newest} == {claim.id for claim in await office.claims("entries")}
    office.site.say("/feed.xml", rss({"guid": "g-30"}, *items), kind=KIND)
    assert 1 == (await clock.poll(1)).new


async def test_backlog_after_a_crash(office, rss, clock):
    """
    A first poll that never came to its commit is still the first.
    """
    clock.office = office.with_settings(first_poll=1)
    office.site.say("/feed.xml", rss({"guid": "g-1"}, {"guid": "g-2"}), kind=KIND)
    with pytest.raises(office.crash_error):
        await poll_feed(clock.office.crashing_at("commit_poll"), await office.hurry("feeds", clock.id))

    report = await clock.poll(1)

    assert (1, 1) == (report.new, report.left_out)


async def test_backlog_after_failures(office, rss, clock):
    """
    A feed is new until a document of it was read, however often it failed before.
    """
    clock.office = office.with_settings(first_poll=1)
    assert "status-404" == (await clock.poll(0)).outcome
    office.site.say("/feed.xml", rss({"guid": "g-1"}, {"guid": "g-2"}), kind=KIND)

    report = await clock.poll(1)

    assert (1, 1) == (report.new, report.left_out)


async def test_a_feed_that_begins_empty(office, rss, clock):
    """
    Only a feed's first document has a backlog: what an empty feed brings later is new.
    """
    clock.office = office.with_settings(first_poll=1)
    office.site.say("/feed.xml", rss(), kind=KIND)
    await clock.poll(0)
    office.site.say("/feed.xml", rss({"guid": "g-1"}, {"guid": "g-2"}), kind=KIND)

    report = await clock.poll(1)

    assert (2, 0) == (report.new, report.left_out)
