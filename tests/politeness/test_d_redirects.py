"""Part D of the checklist: a permanent redirect is believed after a while, a temporary one never."""

from __future__ import annotations

import ssl
from datetime import timedelta

import pytest
import trustme

from ingest.net.http import MAX_REDIRECTS
from ingest.store.feeds import count_feeds, feed_id, find_feed
from tests.politeness.clock import T0
from tests.politeness.site import Site, document, honest, rss, say, sent_to
from tests.politeness.world import DAY, HOUR, MINUTE

#: A quiet feed: about a poll a day.
BODY = rss(*(f"g-{number}" for number in range(30)), newest=T0 - 60 * DAY)
GOOD = honest(BODY, etag='"a"')
CREDENTIALS = ("authorization", "cookie", "proxy-authorization", "referer")


@pytest.mark.parametrize("status", [301, 308])
async def test_p36_permanent(world, site, status):
    """
    A permanent redirect is adopted after at least three polls over at least seven days, when its target reads as a
    feed.
    """
    url = site.on("/feed.xml", sent_to(site.on("/new.xml", GOOD), status))
    await world.subscribe(url, interval=12 * HOUR)

    await world.run(12 * DAY)

    old = site.times("/feed.xml")
    assert len(old) >= 3
    assert timedelta(days=7) <= old[-1] - old[0] <= timedelta(days=8)
    assert [] != [at for at in site.times("/new.xml") if at > old[-1] + HOUR]
    assert site.url("/new.xml") == (await world.feed(url)).url


@pytest.mark.parametrize(
    ("status", "target"),
    [(302, "/new.xml"), (303, "/new.xml"), (307, "/new.xml"), (301, "/login?next=feed"), (301, "/page.html")],
)
async def test_p36_not_for_good(world, site, status, target):
    """
    A temporary redirect, one to a login and one to what is no feed are never adopted.
    """
    site.on("/page.html", say(200, "<html><body>Hello</body></html>", content_type="text/html"))
    site.on("/new.xml", GOOD)
    site.on("/login?next=feed", GOOD)
    url = site.on("/feed.xml", sent_to(site.url(target), status))
    await world.subscribe(url, interval=DAY)

    await world.run(14 * DAY)

    assert url == (await world.feed(url)).url
    assert len(site.times(target)) == len(site.times("/feed.xml")) >= 12


async def test_p37_mixed(world, site):
    """
    Of a chain of redirects the permanent beginning is adopted, not what a temporary one leads to.
    """
    third = site.on("/third.xml", sent_to(site.on("/end.xml", GOOD), 301))
    middle = site.on("/middle.xml", sent_to(third, 302))
    url = site.on("/feed.xml", sent_to(middle, 301))
    await world.subscribe(url, interval=DAY)

    await world.run(12 * DAY)

    assert middle == (await world.feed(url)).url
    assert len(site.asked("/middle.xml")) == len(site.asked("/end.xml")) > len(site.asked("/feed.xml"))


async def test_p38_loops_and_lengths(world, site):
    """
    A loop of redirects, or one without end, is one failure, known by itself and within a few requests.
    """
    site.on("/one.xml", sent_to(site.on("/two.xml", sent_to(site.url("/one.xml")))))
    for number in range(30):
        site.on(f"/{number}", sent_to(site.url(f"/{number + 1}")))
    await world.subscribe(site.url("/one.xml"), interval=DAY)
    await world.subscribe(site.url("/0"), interval=DAY)

    reports = await world.run(HOUR)

    assert {"fetch-redirect-loop", "fetch-too-many-redirects"} == {one.outcome for one in reports}
    assert 2 == len(site.asked("/one.xml")) + len(site.asked("/two.xml"))
    assert MAX_REDIRECTS + 1 == len([one for one in site.log if one.target[1:].isdigit()])
    assert MAX_REDIRECTS <= 10


async def test_p38_nothing_to_forward(world, site, tmp_path, monkeypatch):
    """
    No hop carries credentials, cookies or a referrer, to whatever origin it leads; from https down to http is
    followed but never adopted.
    """
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("secure.example").configure_cert(context)
    await world.restart()
    secure = await Site(world.clock, context=context).start()
    try:
        site.on("/there.xml", GOOD, "other.example")
        moved = sent_to(site.url("/there.xml", "other.example"), 301, set_cookie="id=1; Path=/")
        url = secure.on("/feed.xml", moved, "secure.example")
        await world.subscribe(url, interval=DAY)
        await world.run(10 * DAY)
        settled = (await world.feed(url)).url
    finally:
        await secure.stop()

    assert 10 <= len(secure.asked()) == len(site.asked("/there.xml"))
    assert set() == {name for one in (*secure.log, *site.log) for name in CREDENTIALS if one.field(name) is not None}
    assert url == settled


async def test_p39_two_feeds_become_one(world, site):
    """
    Two feeds that turn out to be one are polled once from then on, and what one of them has shown does not come again
    from the other.
    """
    guids = [f"g-{number}" for number in range(30)]

    def growing(_):
        # A new entry, which only the second feed's polls see before the two become one.
        news = ["late"] if world.clock.now() > T0 + 7 * DAY - 2 * HOUR else []
        return document(rss(*news, *guids))

    url = site.on("/feed.xml", sent_to(site.on("/new.xml", growing)))
    await world.subscribe(url, interval=12 * HOUR)
    # The younger of the two: the one that has not seen the new entry stays.
    await world.run(MINUTE)
    await world.subscribe(site.url("/new.xml"), interval=12 * HOUR, pause=11 * HOUR)

    await world.run(8 * DAY)
    before = len(site.log)
    await world.run(4 * DAY)

    assert 1 == await count_feeds(world.store)
    assert {"/new.xml"} == {one.target for one in site.log[before:]}
    assert 7 <= len(site.log) - before <= 9
    assert 30 + 30 + 1 == (await world.counts())["entries.seen"]
    assert await find_feed(world.store, feed_id(url)) == await find_feed(world.store, feed_id(site.url("/new.xml")))


async def test_p40_the_old_address(world, site):
    """
    Once a redirect is adopted the old address is not asked again.
    """
    url = site.on("/feed.xml", sent_to(site.on("/new.xml", document(BODY, etag='"a"'))))
    await world.subscribe(url, interval=DAY)
    await world.run(10 * DAY)
    before = len(site.asked("/feed.xml"))

    await world.run(30 * DAY)

    assert before == len(site.asked("/feed.xml"))
    assert before < 12
    assert len(site.asked("/new.xml")) >= before + 28
