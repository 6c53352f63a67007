"""One poll of one feed: what it leaves behind, whatever comes back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ingest.feeds.identity import entry_ids
from ingest.models import Entry, Validators
from ingest.polling.ladder import body_digest
from ingest.stages.poll import poll_feed
from ingest.store.feeds import add_feed, feed_id

KIND = "application/rss+xml"
ITEMS = ({"guid": "g-1", "title": "One"}, {"guid": "g-2", "title": "Two"})
HOUR = timedelta(hours=1)


@pytest.fixture(name="office")
def _office(office):
    """Feeds are polled at the interval: rhythms have their own tests."""
    return office.with_settings(poll_adaptive=False)


def ids(office, *guids):
    return entry_ids(feed_id(f"{office.site.url}/feed.xml"), [Entry(guid=guid) for guid in guids])


async def test_first_poll(office, rss):
    """
    The first poll is unconditional, makes the entries due and remembers validators, title and reason.
    """
    office.site.say("/feed.xml", rss(*ITEMS), kind=KIND, ETag='"one"', Last_Modified="yesterday")

    report = await poll_feed(office.desk, await office.subscribe())

    assert ("modified", 2, 2) == (report.outcome, report.entries, report.new)
    assert office.t0 + HOUR == report.next.at
    feed = await office.feed()
    assert (Validators(etag='"one"', last_modified="yesterday"), "The Gazette", 0) == (
        feed.validators,
        feed.title,
        feed.failures,
    )
    assert ("modified", "interval") == (feed.last_outcome, feed.next_reason)
    assert {*ids(office, "g-1", "g-2")} == {claim.id for claim in await office.claims("entries")}
    assert HOUR - timedelta(minutes=1) < await office.pause("feeds", feed.id) <= HOUR
    (request,) = office.site.requests
    assert "If-None-Match" not in request.headers


async def test_not_modified(office, rss):
    """
    The second poll sends both validators as received, and a 304 leaves all as it was.
    """
    office.site.say("/feed.xml", rss(*ITEMS), kind=KIND, ETag='W/"a b"', Last_Modified="yesterday")
    claim = await office.subscribe()
    await poll_feed(office.desk, claim)
    before = await office.feed()
    office.site.say("/feed.xml", status=304)

    report = await poll_feed(office.desk, await office.hurry("feeds", claim.id))

    assert ("not-modified", 0) == (report.outcome, report.new)
    sent = office.site.requests[-1].headers
    assert ('W/"a b"', "yesterday") == (sent["If-None-Match"], sent["If-Modified-Since"])
    after = await office.feed()
    assert (before.validators, before.body_digest) == (after.validators, after.body_digest)


async def test_same_body(office, rss):
    """
    The same body again is not parsed, but its new validators count.
    """
    office.site.say("/feed.xml", rss(*ITEMS), kind=KIND, ETag='"one"')
    claim = await office.subscribe()
    await poll_feed(office.desk, claim)
    office.site.say("/feed.xml", rss(*ITEMS), kind=KIND, ETag='"two"')
    office.sandbox.failures["parse_feed"] = "crashed"

    report = await poll_feed(office.desk, await office.hurry("feeds", claim.id))

    assert "same-body" == report.outcome
    assert '"two"' == (await office.feed()).validators.etag


async def test_same_items(office, rss):
    """
    A body in which only the feed's own date changed is not parsed again, but its new validators count.
    """
    claim = await office.subscribe()
    for day, etag in ((2, '"one"'), (3, '"two"')):
        date = f"<lastBuildDate>{day:02} Mar 2026 08:00:00 GMT</lastBuildDate>"
        body = rss(*ITEMS).replace("<item>", f"{date}<item>", 1)
        office.site.say("/feed.xml", body, kind=KIND, ETag=etag)
        report = await poll_feed(office.desk, await office.hurry("feeds", claim.id))

    assert ("same-items", 0) == (report.outcome, report.new)
    feed = await office.feed()
    assert ('"two"', body_digest(body.encode())) == (feed.validators.etag, feed.body_digest)


async def test_only_new(office, rss):
    """
    Entries seen before are not made due again, in whatever order they come back.
    """
    office.site.say("/feed.xml", rss(*ITEMS), kind=KIND)
    claim = await office.subscribe()
    await poll_feed(office.desk, claim)
    await office.claims("entries")
    office.site.say("/feed.xml", rss({"guid": "g-3"}, *reversed(ITEMS), *ITEMS), kind=KIND)

    report = await poll_feed(office.desk, await office.hurry("feeds", claim.id))

    assert (3, 1) == (report.entries, report.new)
    assert [*ids(office, "g-3")] == [claim.id for claim in await office.claims("entries")]


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        pytest.param(("", "", ""), "cba", id="no dates: newest on top"),
        pytest.param(("Mon, 02 Mar 2026 08:00:00 GMT",) * 3, "cba", id="equal dates: newest on top"),
        pytest.param(
            (
                "Mon, 02 Mar 2026 08:00:00 GMT",
                "Sun, 01 Mar 2026 08:00:00 GMT",
                "Tue, 03 Mar 2026 08:00:00 GMT",
            ),
            "bac",
            id="dates decide",
        ),
    ],
)
async def test_oldest_first(office, rss, dates, expected):
    """
    New entries fall due oldest first.
    """
    items = [
        {"guid": f"g-{name}"} | ({"pubDate": date} if date else {}) for name, date in zip("abc", dates, strict=True)
    ]
    office.site.say("/feed.xml", rss(*items), kind=KIND)

    await poll_feed(office.desk, await office.subscribe())

    got = [claim.id for claim in await office.claims("entries")]
    assert [*ids(office, *(f"g-{name}" for name in expected))] == got


def fail_to_connect(office):
    def hang_up(request):
        request.transport.abort()
        raise ConnectionResetError

    office.site.pages["/feed.xml"] = hang_up


def fail_by_status(office):
    office.site.say("/feed.xml", "sorry", status=500, ETag='"of the error page"')


def fail_by_kind(office):
    office.site.say("/feed.xml", "<!doctype html><title>Home</title><p>Welcome to our site", ETag='"of the page"')


def fail_in_sandbox(office):
    office.site.say("/feed.xml", "<rss><channel><title>not closed</channel></rss>", kind=KIND, ETag='"new"')
    office.sandbox.failures["parse_feed"] = "deadline"


@pytest.mark.parametrize(
    ("fail", "outcome"),
    [
        (fail_to_connect, "fetch-disconnected"),
        (fail_by_status, "status-500"),
        (fail_by_kind, "not-a-feed-html"),
        (fail_in_sandbox, "parse-deadline"),
    ],
)
async def test_failure(office, rss, fail, outcome):
    """
    A failed poll keeps validators, digest and title, backs off, and the next poll is conditional with what was kept.
    """
    office.site.say("/feed.xml", rss(*ITEMS), kind=KIND, ETag='"one"')
    claim = await office.subscribe()
    await poll_feed(office.desk, claim)
    before = await office.feed()
    fail(office)

    reports = [await poll_feed(office.desk, await office.hurry("feeds", claim.id)) for _ in range(2)]

    assert [outcome, outcome] == [report.outcome for report in reports]
    assert [f"back-off after 1 failure ({outcome})", f"back-off after 2 failures ({outcome})"] == [
        report.next.reason for report in reports
    ]
    after = await office.feed()
    assert (before.validators, before.body_digest, before.title, 2) == (
        after.validators,
        after.body_digest,
        after.title,
        after.failures,
    )
    assert timedelta(minutes=119) < await office.pause("feeds", claim.id) <= 2 * HOUR
    office.sandbox.failures.clear()
    office.site.say("/feed.xml", status=304)
    assert "not-modified" == (await poll_feed(office.desk, await office.hurry("feeds", claim.id))).outcome
    assert '"one"' == office.site.requests[-1].headers["If-None-Match"]
    assert 0 == (await office.feed()).failures


async def test_stale(office, rss):
    """
    A claim that somebody else has by now is not worked on, and nothing is written.
    """
    office.site.say("/feed.xml", rss(*ITEMS), kind=KIND)
    old = await office.subscribe()
    await office.hurry("feeds", old.id)
    before = await office.dump()

    report = await poll_feed(office.desk, old)

    assert report is None
    assert before == await office.dump()
    assert [] == office.site.requests


async def test_overtaken(office, rss):
    """
    A poll whose claim went to another while it was asking commits nothing.
    """
    claim = await office.subscribe()
    office.site.say("/feed.xml", rss(*ITEMS).replace("</channel>", ""), kind=KIND, ETag='"one"')

    class Overtaken:
        async def run(self, *args):
            await office.hurry("feeds", claim.id)
            return await office.sandbox.run(*args)

    report = await poll_feed(replace(office.desk, sandbox=Overtaken()), claim)

    assert report is None
    assert Validators() == (await office.feed()).validators
    assert () == await office.claims("entries")


async def test_poisonous(office, rss):
    """
    A feed whose polls never came to an end is left alone like a failing one, without being asked.
    """
    office.site.say("/feed.xml", rss(*ITEMS), kind=KIND)
    claim = await office.subscribe()
    limit = office.desk.settings.max_attempts
    await office.store.redis.hset(office.store.keys.feed(claim.id), "strikes", limit)

    report = await poll_feed(office.desk, claim)

    assert ("poisonous", f"{limit} attempts", "back-off after 1 failure (poisonous)") == (
        report.outcome,
        report.detail,
        report.next.reason,
    )
    assert [] == office.site.requests
    assert 0 == await office.strikes("feeds", claim.id)


async def test_host_busy(office, rss):
    """
    A host whose slot is far away is not asked: the claim goes back for then, and that was no attempt.
    """
    office = office.with_settings(host_interval=timedelta(seconds=40))
    office.site.say("/feed.xml", rss(*ITEMS), kind=KIND)
    office.site.say("/other.xml", rss(), kind=KIND)
    await poll_feed(office.desk, await office.subscribe("/other.xml"))
    claim = await office.subscribe()

    report = await poll_feed(office.desk, claim)

    assert "host-busy" == report.outcome
    assert ["/other.xml"] == office.site.paths
    assert 0 == await office.strikes("feeds", claim.id)
    assert timedelta(seconds=30) < await office.pause("feeds", claim.id) <= timedelta(seconds=40)


async def test_crash_before_commit(office, rss):
    """
    P10: a crash between the answer and the commit leaves the old validators, so the next poll gets the entries.
    """
    office.site.say("/feed.xml", rss(*ITEMS), kind=KIND, ETag='"one"')
    claim = await office.subscribe()
    with pytest.raises(office.crash_error):
        await poll_feed(office.crashing_at("commit_poll"), claim)

    report = await poll_feed(office.desk, await office.hurry("feeds", claim.id))

    assert ("modified", 2) == (report.outcome, report.new)
    assert ["/feed.xml", "/feed.xml"] == office.site.paths
    assert "If-None-Match" not in office.site.requests[-1].headers
    assert 2 == len(await office.claims("entries"))


@pytest.mark.parametrize("is_lost", [True, False])
async def test_commit_repeated(office, rss, is_lost):
    """
    A commit whose reply was lost, or that runs twice, makes each entry due once.
    """
    office.site.say("/feed.xml", rss(*ITEMS), kind=KIND, ETag='"one"')
    claim = await office.subscribe()

    if is_lost:
        with pytest.raises(office.crash_error):
            await poll_feed(office.crashing_at("commit_poll", is_after=True), claim)
    else:
        assert 2 == (await poll_feed(office.repeating("commit_poll"), claim)).new

    assert 2 == len(await office.claims("entries"))
    counts = await office.store.redis.hgetall(office.store.keys.counts)
    assert {b"entries.seen": b"2", b"polls.modified": b"1"} == counts
    assert '"one"' == (await office.feed()).validators.etag


async def test_own_interval(office, rss):
    """
    A feed with an interval of its own keeps it.
    """
    office.site.say("/feed.xml", rss(*ITEMS), kind=KIND)

    report = await poll_feed(office.desk, await office.subscribe(interval=timedelta(seconds=8)))

    assert office.t0 + timedelta(seconds=8) == report.next.at


async def test_removed_meanwhile(office):
    """
    A claim on a feed that is gone is stale, and nobody is asked.
    """
    claim = await office.subscribe()
    await office.store.redis.delete(office.store.keys.feed(claim.id))

    assert await poll_feed(office.desk, claim) is None
    assert [] == office.site.requests


async def test_unsendable_address(office):
    """
    An address that nobody would ask is a failure with a name.
    """
    await add_feed(office.store, "ftp://gazette.example/feed")

    report = await poll_feed(office.desk, await office.claim("feeds"))

    assert "fetch-bad-url" == report.outcome
