"""Feeds that move, meet, and end: what a poll does about redirects and 410 over days of a clock of the test's own."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ingest.stages.poll import poll_feed
from ingest.store.feeds import add_feed, feed_id, find_feed, list_feeds, pause_feed
from ingest.store.moves import read_feed

KIND = "application/rss+xml"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
#: No guid, no link: only its feed's id tells such an entry from others.
LOOSE = ({"title": "Ferry late again"}, {"title": "Quay reopened"})


class Days:
    """Polls of one feed on days counted from the first."""

    def __init__(self, office, id_):
        self.office = office
        self.id = id_

    async def poll(self, day):
        now = self.office.t0 + day * DAY
        desk = replace(self.office.desk, now=lambda: now)
        return await poll_feed(desk, await self.office.hurry("feeds", self.id))

    async def feed(self):
        return await read_feed(self.office.store, self.id)


@pytest.fixture
async def days(office):
    """The feed at /old.xml."""
    claim = await office.subscribe("/old.xml")
    return Days(office, claim.id)


def redirect(office, path, target, status=301):
    office.site.say(path, status=status, Location=target)


async def test_moved_for_good(office, rss, days):
    """
    P36: after three polls over a week that agree, the new address is the feed's; the old one is never asked again.
    """
    office.site.say("/new.xml", rss({"guid": "g-1"}), kind=KIND, ETag='"one"')
    redirect(office, "/old.xml", "/new.xml")
    for day in (0, 3, 6.9):
        await days.poll(day)
    before = await days.feed()
    assert (office.site.url + "/old.xml", 3) == (before.url, before.moved.polls)

    report = await days.poll(7)

    after = await days.feed()
    assert ("modified", 0, office.site.url + "/new.xml", None) == (report.outcome, report.new, after.url, after.moved)
    assert f"moved from {office.site.url}/old.xml" == report.detail
    assert (before.added_at, '"one"') == (after.added_at, after.validators.etag)
    office.site.requests.clear()
    await days.poll(8)
    assert ["/new.xml"] == office.site.paths
    assert '"one"' == office.site.requests[0].headers["If-None-Match"]
    assert not await add_feed(office.store, office.site.url + "/new.xml")
    assert 1 == len(await office.claims("entries"))


async def test_old_validators_do_not_follow(office, rss, days):
    """
    P12: the poll that adopts an address sends no validators, and what the feed has from then on is the new address's.
    """
    office.site.say("/old.xml", rss({"guid": "g-1"}), kind=KIND, ETag='"of the old"', Last_Modified="yesterday")
    await days.poll(0)
    redirect(office, "/old.xml", "/new.xml")
    office.site.say("/new.xml", rss({"guid": "g-1"}, {"guid": "g-2"}), kind=KIND)
    for day in (1, 2):
        await days.poll(day)
    office.site.requests.clear()

    await days.poll(9)

    assert ["/old.xml", "/new.xml"] == office.site.paths
    assert [False, False] == ["If-None-Match" in request.headers for request in office.site.requests]
    feed = await days.feed()
    assert (office.site.url + "/new.xml", None, None) == (
        feed.url,
        feed.validators.etag,
        feed.validators.last_modified,
    )


@pytest.mark.parametrize("status", [302, 303, 307])
async def test_moved_for_now(office, rss, days, status):
    """
    P36: a temporary redirect is followed for ever and never adopted.
    """
    office.site.say("/new.xml", rss({"guid": "g-1"}), kind=KIND)
    redirect(office, "/old.xml", "/new.xml", status)

    for day in (0, 5, 10, 15):
        await days.poll(day)

    feed = await days.feed()
    assert (office.site.url + "/old.xml", None) == (feed.url, feed.moved)


def answers_itself(office, feed):
    office.site.say("/old.xml", feed({"guid": "g-1"}), kind=KIND)


def leads_elsewhere(office, feed):
    office.site.say("/far.xml", feed({"guid": "g-1"}), kind=KIND)
    redirect(office, "/old.xml", "/far.xml")


def is_no_feed(office, _):
    office.site.say("/new.xml", "<!doctype html><title>Parked</title><p>Buy this domain")


def is_empty(office, feed):
    office.site.say("/new.xml", feed(), kind=KIND)


def is_missing(office, _):
    del office.site.pages["/new.xml"]


@pytest.mark.parametrize("change", [answers_itself, leads_elsewhere, is_no_feed, is_empty, is_missing])
async def test_disagreement(office, rss, days, change):
    """
    One poll that is answered otherwise, and the counting begins anew.
    """
    office.site.say("/new.xml", rss({"guid": "g-1"}), kind=KIND)
    redirect(office, "/old.xml", "/new.xml")
    for day in (0, 1, 2, 3):
        await days.poll(day)
    change(office, rss)
    await days.poll(9)
    office.site.say("/new.xml", rss({"guid": "g-1"}), kind=KIND)
    redirect(office, "/old.xml", "/new.xml")

    await days.poll(10)

    feed = await days.feed()
    assert (office.site.url + "/old.xml", 1) == (feed.url, feed.moved.polls)


async def test_silence_is_no_disagreement(office, rss, days):
    """
    A server that does not answer for once says nothing of where the feed is.
    """
    office.site.say("/new.xml", rss({"guid": "g-1"}), kind=KIND)
    redirect(office, "/old.xml", "/new.xml")
    for day in (0, 1):
        await days.poll(day)

    def hang_up(request):
        request.transport.abort()
        raise ConnectionResetError

    office.site.pages["/new.xml"] = hang_up
    assert "fetch-disconnected" == (await days.poll(8)).outcome
    office.site.say("/new.xml", rss({"guid": "g-1"}), kind=KIND)

    await days.poll(9)

    assert office.site.url + "/new.xml" == (await days.feed()).url


async def until_they_meet(office, rss, days, *, is_target_older):
    """Both feeds have published the first item, and the second is new; the third poll is left to the test."""
    office.site.say("/new.xml", rss(LOOSE[1]), kind=KIND, ETag='"one"')
    redirect(office, "/old.xml", "/new.xml")
    for day in (0, 3):
        await days.poll(day)
    await add_feed(office.store, office.site.url + "/new.xml")
    other = Days(office, feed_id(office.site.url + "/new.xml"))
    if is_target_older:
        await office.store.redis.hset(office.store.keys.feed(other.id), "added", 1)
    await other.poll(4)
    seen = len(await office.claims("entries"))
    assert 2 == seen  # the same text under two ids: what merging is to end
    office.site.say("/new.xml", rss(*LOOSE), kind=KIND, ETag='"two"')
    return other


async def test_merged_into_the_older(office, rss, days):
    """
    P39: at a feed's address that is another feed's, the older goes on, and what both show is published once.
    """
    other = await until_they_meet(office, rss, days, is_target_older=False)

    report = await days.poll(8)

    assert ("modified", 1) == (report.outcome, report.new)
    assert None is await other.feed()
    assert days.id == await find_feed(office.store, other.id)
    assert [days.id] == [one.feed.id async for one in list_feeds(office.store)]
    assert 1 == len(await office.claims("entries"))


async def test_the_older_goes_on(office, rss, days):
    """
    P39: a younger feed that meets an older one ends there; the older is due at once and brings what is new to both.
    """
    other = await until_they_meet(office, rss, days, is_target_older=True)

    report = await days.poll(8)

    assert ("merged", f"into {other.id}", None) == (report.outcome, report.detail, report.next)
    assert None is await days.feed()
    assert other.id == await find_feed(office.store, days.id)
    assert 1 == (await other.poll(8)).new
    assert 1 == len(await office.claims("entries"))


@pytest.mark.parametrize("script", ["move_feed", "merge_feeds", "commit_poll"])
@pytest.mark.parametrize("is_after", [True, False])
async def test_a_crash_while_merging(office, rss, days, script, is_after):
    """
    Whoever dies while two feeds are merged, and wherever: the next poll ends it, and nothing is lost or doubled.
    """
    await until_they_meet(office, rss, days, is_target_older=False)
    now = office.t0 + 8 * DAY
    crashing = replace(office.crashing_at(script, is_after=is_after), now=lambda: now)
    with pytest.raises(office.crash_error):
        await poll_feed(crashing, await office.hurry("feeds", days.id))

    await days.poll(9)
    await days.poll(10)

    assert [(days.id, office.site.url + "/new.xml")] == [
        (one.feed.id, one.feed.url) async for one in list_feeds(office.store)
    ]
    assert 1 == len(await office.claims("entries"))


async def test_a_paused_feed_in_the_way(office, rss, days):
    """
    A feed does not take the place of one that the operator paused: it goes on as it is.
    """
    other = await until_they_meet(office, rss, days, is_target_older=True)
    await pause_feed(office.store, other.id)

    report = await days.poll(8)

    assert ("modified", office.site.url + "/old.xml") == (report.outcome, (await days.feed()).url)
    assert "paused" == (await other.feed()).state


async def test_gone(office, rss, days):
    """
    P33: 410 twice, a day apart, and the feed sleeps with its validators; adding it again does not wake it.
    """
    office.site.say("/old.xml", rss({"guid": "g-1"}), kind=KIND, ETag='"one"')
    await days.poll(0)
    office.site.say("/old.xml", status=410)
    first = await days.poll(1)
    assert ("status-410", False) == (first.outcome, first.next.is_dormant)
    assert 24 * HOUR <= first.next.at - (office.t0 + DAY)

    report = await days.poll(2)

    feed = await days.feed()
    assert (True, "dormant", "dormant: 410 twice, a day apart") == (
        report.next.is_dormant,
        feed.state,
        feed.state_reason,
    )
    assert '"one"' == feed.validators.etag
    assert not await add_feed(office.store, feed.url)
    assert () == await office.claims("feeds")


async def test_gone_and_back(office, rss, days):
    """
    A feed that answers between two 410s is not gone.
    """
    office.site.say("/old.xml", status=410)
    await days.poll(0)
    office.site.say("/old.xml", rss({"guid": "g-1"}), kind=KIND)
    await days.poll(1)
    office.site.say("/old.xml", status=410)

    report = await days.poll(2)

    assert ("active", False) == ((await days.feed()).state, report.next.is_dormant)
