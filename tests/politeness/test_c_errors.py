"""Part C of the checklist: who refuses us, or fails, is asked less and less, and never given up for that."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from structlog.testing import capture_logs

from ingest.store.due import Claim
from ingest.store.feeds import resume_feed
from tests.politeness.clock import T0
from tests.politeness.site import Answer, document, honest, rss, say, sent_to
from tests.politeness.world import DAY, HOUR, MINUTE
from workers.shift import _log_poll

SECOND = timedelta(seconds=1)
BODY = rss(*(f"g-{number}" for number in range(30)), newest=T0 - 60 * DAY)
WHOLE = document(BODY, etag='"a"')
GOOD = honest(BODY, etag='"a"')
OLD = "Mon, 02 Mar 2026 12:00:00 GMT"


@pytest.mark.parametrize("status", [429, 503])
async def test_p28_the_host_is_left_alone(world, site, status):
    """
    429 and 503 with Retry-After keep us from the whole registrable domain for that long: from other feeds and hosts
    of it too.
    """
    refused = site.on("/feed.xml", [WHOLE, say(status, retry_after="7200"), say(304)], "a.example.com")
    await world.subscribe(refused, interval=HOUR)
    await world.subscribe(site.on("/other.xml", GOOD, "b.example.com"), interval=30 * MINUTE)
    await world.subscribe(site.on("/far.xml", GOOD, "example.org"), interval=30 * MINUTE)

    await world.run(5 * HOUR)

    told = site.times("/feed.xml")[1]
    after = [at for at in (*site.times("/feed.xml"), *site.times("/other.xml")) if at > told]
    assert told + 2 * HOUR <= min(after)
    assert site.times("/feed.xml")[2] <= told + 3 * HOUR
    assert [] != [at for at in site.times("/far.xml") if told < at < told + 2 * HOUR]


async def test_p29_retry_after_elsewhere(world, site):
    """
    Retry-After is heeded for the feed with any answer that refuses; on a redirect it is not: the way goes on at once.
    """
    await world.subscribe(site.on("/404.xml", say(404, retry_after="259200"), "gone.example"), interval=HOUR)
    await world.subscribe(site.on("/503.xml", say(503, retry_after="259200"), "away.example"), interval=HOUR)
    there = site.on("/there.xml", GOOD, "moved.example")
    await world.subscribe(site.on("/301.xml", sent_to(there, 302, retry_after="3600"), "moved.example"), interval=HOUR)

    await world.run(4 * DAY)

    assert site.pauses("/404.xml")[0] >= 3 * DAY
    assert site.pauses("/503.xml")[0] >= 3 * DAY
    assert site.times("/there.xml")[0] - site.times("/301.xml")[0] < MINUTE


async def test_p30_forms_of_retry_after(world, site):
    """
    Seconds and the three forms of an HTTP-date are read, against the server's own Date; what is in the past, negative
    or no time is none; nothing keeps us away for more than a week.
    """
    said = {
        "/seconds": ({"retry_after": "172800"}, 2 * DAY),
        "/imf": ({"retry_after": "Wed, 04 Mar 2026 12:00:00 GMT"}, 2 * DAY),
        "/rfc850": ({"retry_after": "Wednesday, 04-Mar-26 12:00:00 GMT"}, 2 * DAY),
        "/asctime": ({"retry_after": "Wed Mar  4 12:00:00 2026"}, 2 * DAY),
        "/skewed": ({"retry_after": "Wed, 04 Mar 2020 12:00:00 GMT", "date": "Mon, 02 Mar 2020 12:00:00 GMT"}, 2 * DAY),
        "/huge": ({"retry_after": "1000000000000"}, 7 * DAY),
        "/past": ({"retry_after": "Mon, 02 Mar 2020 12:00:00 GMT"}, HOUR),
        "/negative": ({"retry_after": "-5"}, HOUR),
        "/words": ({"retry_after": "later"}, HOUR),
    }
    for target, (fields, _) in said.items():
        url = site.on(target, [say(429, **fields), WHOLE], f"{target[1:]}.example")
        await world.subscribe(url)

    await world.run(8 * DAY)

    # A date is a moment, and the last of these was asked some seconds after noon.
    found = {target: site.pauses(target)[0] for target in said}
    least = {target: pause for target, (_, pause) in said.items()}
    assert [] == [(target, found[target]) for target in said if found[target] < least[target] - 9 * SECOND]
    assert [] == [(target, found[target]) for target in said if found[target] > least[target] + 2 * HOUR]


@pytest.mark.parametrize("status", [429, 500])
async def test_p31_back_off(world, site, status):
    """
    Without Retry-After each failure doubles the pause and chance adds to it, up to a day; it goes on for ever, and
    ends with the first success. A 429 also rests the host.
    """
    world.luck = Random(31)
    await world.subscribe(site.on("/feed.xml", say(status), "a.example.com"), interval=HOUR)
    await world.run(20 * DAY)
    failing = site.pauses()
    before = len(site.asked())
    site.on("/feed.xml", GOOD, "a.example.com")
    await world.run(3 * DAY)

    doubled = [min(HOUR * 2**n, DAY) for n in range(len(failing))]
    assert all(least <= pause for least, pause in zip(doubled, failing, strict=True))
    assert all(pause <= min(2 * least, 27 * HOUR) for least, pause in zip(doubled, failing, strict=True))
    assert any(pause > 1.1 * least for least, pause in zip(doubled[:5], failing[:5], strict=True))
    assert [] != site.asked()[before:]
    assert max(site.pauses()[before:]) <= 1.2 * HOUR


async def test_p31_the_host_rests(world, site):
    """
    A 429 without a word on how long keeps us from the host for a minute at first, for longer with each further one.
    """
    await world.subscribe(site.on("/feed.xml", say(429), "a.example.com"), interval=HOUR)
    for number in range(60):
        await world.subscribe(
            site.on(f"/{number}.xml", GOOD, "b.example.com"), interval=10 * DAY, pause=5 * SECOND * (number + 1)
        )

    await world.run(HOUR / 2)

    others = [at for number in range(60) for at in site.times(f"/{number}.xml")]
    assert MINUTE <= min(others) - site.times()[0] < 2 * MINUTE
    assert 60 == len(others)


async def test_p32_soft_failures(world, site):
    """
    What looks gone (404, 403, 401, an unknown name, a broken certificate) is asked once a day after some tries, once
    a week after a month, and is as before when it comes back.
    """
    world.names["nowhere.example"] = None
    for status in (404, 403, 401):
        await world.subscribe(site.on(f"/{status}.xml", say(status), f"s{status}.example"))
    nowhere = site.url("/nowhere.xml", "nowhere.example")
    no_tls = site.url("/tls.xml", "tls.example").replace("http:", "https:")
    await world.subscribe(nowhere)
    await world.subscribe(no_tls)

    await world.run(60 * DAY)

    for status in (404, 403, 401):
        pauses = site.pauses(f"/{status}.xml")
        assert DAY in pauses
        assert 7 * DAY == pauses[-1]
        assert len(pauses) < 45
    for url in (nowhere, no_tls):
        feed = await world.feed(url)
        assert feed.failures < 45
        assert feed.polled_at >= world.clock.now() - 8 * DAY
    site.on("/404.xml", GOOD, "s404.example")
    await world.run(7 * DAY)
    assert 0 == (await world.feed(site.url("/404.xml", "s404.example"))).failures


async def test_p33_gone(world, site):
    """
    A 410 is believed when a second one comes a day later: it is said aloud, and no request is made
    until the operator wants it again.
    """
    id_ = await world.subscribe(site.on("/feed.xml", say(410)))

    reports = await world.run(30 * DAY)

    assert 2 == len(site.asked())
    assert site.pauses()[0] >= DAY
    with capture_logs() as told:
        _log_poll(Claim(id_, 1), reports[-1])
    assert ("status-410", True) == (reports[-1].outcome, reports[-1].next.is_dormant)
    assert ("feed.dormant", "warning") == (told[-1]["event"], told[-1]["log_level"])
    assert "dormant" == (await world.feed(site.url())).state
    site.on("/feed.xml", GOOD)
    await resume_feed(world.store, id_)
    await world.run(2 * HOUR)
    assert 3 <= len(site.asked())


async def test_p33_not_gone(world, site):
    """
    A feed that answers in between is not gone.
    """
    await world.subscribe(site.on("/feed.xml", [say(410), WHOLE, say(410), say(304)]))

    await world.run(10 * DAY)

    assert "active" == (await world.feed(site.url())).state
    assert 4 < len(site.asked())


async def test_p34_no_feed(world, site):
    """
    Nothing at all, a parked domain and a challenge in a feed's place are failures: validators and entries stay as
    they were.
    """
    parked = "<html><head><title>news.example.com is for sale</title></head><body>Buy this domain</body></html>"
    challenge = say(
        200, "<html><title>Just a moment...</title></html>", content_type="text/html", cf_mitigated="challenge"
    )
    page = say(200, parked, content_type="text/html", etag='"html"')
    answers = [WHOLE, say(200, "", etag='"empty"'), page, challenge, say(403, "", cf_mitigated="challenge"), WHOLE]
    await world.subscribe(site.on("/feed.xml", answers), interval=HOUR)

    reports = await world.run(2 * DAY)

    assert [None, *['"a"'] * 5] == [one.field("if-none-match") for one in site.asked()][:6]
    named = [one.outcome for one in reports][1:5]
    assert ["not-a-feed-empty", "not-a-feed-challenge", "not-a-feed-challenge"] == [named[0], *named[2:]]
    assert named[1].startswith("not-a-feed-")
    assert site.pauses()[3] > site.pauses()[2] > site.pauses()[1]
    assert 30 == (await world.counts())["entries.seen"]


async def test_p35_no_second_try(world, site):
    """
    An answer that refuses is an answer, and a server that hangs up has answered: nothing is asked again at once.
    """
    for status in (400, 403, 404, 429, 500, 503):
        await world.subscribe(site.on(f"/{status}.xml", say(status), f"s{status}.example"))
    await world.subscribe(site.on("/hung-up.xml", Answer(raw=b""), "hung-up.example"))

    await world.run(MINUTE)

    assert 7 == len(site.log) == len({one.target for one in site.log})


async def test_p35_a_kept_connection(world, site):
    """
    A kept connection that its server closed in the meantime is replaced by a new one, once.
    """
    await world.subscribe(site.on("/feed.xml", [WHOLE, Answer(raw=b""), WHOLE, Answer(raw=b"")]), interval=MINUTE)

    reports = await world.run(2.5 * MINUTE)

    assert ["modified", "same-body", "fetch-disconnected"] == [one.outcome for one in reports]
    assert [1, 1, 2, 2, 3] == [one.connection for one in site.asked()]
