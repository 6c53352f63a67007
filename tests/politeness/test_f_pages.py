"""Part F of the checklist: article pages, and what a site's robots.txt says of them (RFC 9309)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.politeness.site import HOST, document, gaps, page, paper, robots, say, sent_to
from tests.politeness.world import DAY, HOUR, MINUTE

SECOND = timedelta(seconds=1)
FEEDS = "feeds.example.org"


async def read(world, site, *targets, span=HOUR, host=HOST, feed="/feed.xml"):
    """Pages of a feed that is on a host of its own, all of them attempted; each is one that can be had."""
    for target in targets:
        site.on(target, page(), host)
    url = site.on(feed, document(paper(*(site.url(target, host) for target in targets))), FEEDS)
    await world.subscribe(url, interval=1000 * DAY)
    await world.run(MINUTE)
    return await world.run_entries(span - MINUTE)


def pages(site, host=HOST):
    """What was asked for there, robots.txt aside."""
    return sorted({one.target for one in site.asked(None, host)} - {"/robots.txt"})


async def test_p47_robots_txt(world, site):
    """
    A host's robots.txt is asked for once before its first page, and again after a day; what it closes is not asked
    for. The feeds that the operator named are polled whatever it says.
    """
    site.on("/robots.txt", robots("User-agent: *\nDisallow: /closed/"))
    site.on("/robots.txt", robots("User-agent: *\nDisallow: /"), FEEDS)

    await read(world, site, "/1", "/closed/2", "/3")
    await world.restart()
    await read(world, site, "/4", span=22 * HOUR, feed="/second.xml")
    await read(world, site, "/5", feed="/third.xml", span=3 * HOUR)
    await read(world, site, "/6", feed="/fourth.xml")

    assert ["/1", "/3", "/4", "/5", "/6"] == pages(site)
    asked = site.times("/robots.txt", HOST)
    assert 2 == len(asked)
    assert asked[1] - asked[0] >= DAY
    assert asked[0] < site.times("/1")[0]
    assert 4 == len(site.asked(None, FEEDS)) == len([one for one in site.asked(None, FEEDS) if "xml" in one.target])


async def test_p48_what_stands_in_its_place(world, site):
    """
    No robots.txt allows all, one that cannot be had allows nothing; its redirects are followed, to other hosts as
    well; at least 500 KiB of it are read.
    """
    rules = robots("User-agent: *\nDisallow: /closed")
    site.on("/robots.txt", say(404), "none.example")
    site.on("/robots.txt", say(503), "down.example")
    for number in range(5):
        host = f"{number}.hops.example" if number else "hops.example"
        site.on("/robots.txt", sent_to(site.url("/robots.txt", f"{number + 1}.hops.example")), host)
    site.on("/robots.txt", rules, "5.hops.example")
    long = "User-agent: *\n" + "# nothing to see here\n" * 23_200 + "Disallow: /closed\n"
    assert 490_000 < len(long) <= 500 * 1024
    site.on("/robots.txt", robots(long), "long.example")

    for number, host in enumerate(("none.example", "down.example", "hops.example", "long.example")):
        await read(world, site, "/closed", "/open", host=host, feed=f"/{number}.xml", span=5 * MINUTE)

    assert ["/closed", "/open"] == pages(site, "none.example")
    assert [] == pages(site, "down.example")
    assert ["/open"] == pages(site, "hops.example")
    assert ["/open"] == pages(site, "long.example")


async def test_p48_the_last_good_copy(world, site):
    """
    A copy we had goes on to count while a new one cannot be had; without any, all is allowed after thirty days.
    """
    site.on("/robots.txt", robots("User-agent: *\nDisallow: /closed"))
    site.on("/robots.txt", say(500), "never.example")
    await read(world, site, "/1", span=DAY)
    await read(world, site, "/1", host="never.example", feed="/never.xml", span=DAY)
    site.on("/robots.txt", say(500))
    await read(world, site, "/closed", "/open", feed="/second.xml", span=29 * DAY)
    await read(world, site, "/2", host="never.example", feed="/third.xml")

    assert ["/1", "/open"] == pages(site)
    assert ["/2"] == pages(site, "never.example")


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", ["/a/b/c", "/x.pdf", "/x.pdfs"]),
        ("User-agent: *\nDisallow: /*.pdf$", ["/a", "/a/b/c", "/x.pdfs"]),
        ("User-agent: *\nDisallow: /\n\nUser-agent: CopyDesk\nAllow: /a\nDisallow: /", ["/a", "/a/b/c"]),
        ("User-agent: copydesk\nDisallow: /a\n\nUser-agent: copydesk\nDisallow: /x", []),
        ("\ufeffUser-agent: *\r\nDisallow: /a\r\n", ["/x.pdf", "/x.pdfs"]),
        ("User-agent: *\rDisallow: /x\r", ["/a", "/a/b/c"]),
    ],
    ids=["longest match", "wildcards", "our own group", "groups merged", "BOM and CRLF", "CR"],
)
async def test_p49_rules(world, site, rules, expected):
    """
    Rules are read as RFC 9309 says: the longest decides, wildcards count, our group before that for all, in any
    spelling.
    """
    site.on("/robots.txt", robots(rules))

    await read(world, site, "/a", "/a/b/c", "/x.pdf", "/x.pdfs")

    assert expected == pages(site)


async def test_p50_crawl_delay(world, site):
    """
    A Crawl-delay keeps pages so far apart, at most a minute; a robots.txt that leads into a private network is not
    followed.
    """
    site.on("/robots.txt", robots("User-agent: *\nCrawl-delay: 30"))
    site.on("/robots.txt", robots("User-agent: *\nCrawl-delay: 3600"), "slow.example")
    site.on("/robots.txt", sent_to(f"http://10.0.0.1:{site.port}/robots.txt"), "inside.example")

    await read(world, site, "/1", "/2", "/3")
    await read(world, site, "/1", "/2", "/3", host="slow.example", feed="/slow.xml")
    await read(world, site, "/1", host="inside.example", feed="/inside.xml")

    apart = [b.at - a.at for a, b in zip(site.asked(None, HOST)[1:], site.asked(None, HOST)[2:], strict=False)]
    assert min(apart) >= 30 * SECOND
    slow = [one.at for one in site.asked(None, "slow.example")][1:]
    assert 3 == len(slow)
    assert all(MINUTE <= gap < 5 * MINUTE for gap in gaps(slow))
    assert [] == pages(site, "inside.example")


async def test_p51_wishes(world, site):
    """
    What a page asks of those who use its text (noindex, noarchive, noai, TDM) is told to them; it is read all the
    same.
    """
    urls = [
        site.on("/1", page(x_robots_tag="noindex, noarchive")),
        site.on("/2", page(tdm_reservation="1")),
        site.on("/3", page(x_robots_tag="otherbot: noindex")),
    ]
    await world.subscribe(site.on("/feed.xml", document(paper(*urls)), FEEDS))
    await world.run(MINUTE)

    reports = await world.run_entries(HOUR)

    told = {
        report.url.rpartition("/")[2]: [f for f in report.article.flags if f.startswith("robots:")]
        for report in reports
    }
    assert {"1": ["robots:noindex", "robots:noarchive"], "2": ["robots:tdm-reservation"], "3": []} == told


async def test_p52_one_fetch(world, site):
    """
    An article is fetched once, however often and in however many feeds it stands, also after a restart; what its host
    asks of us there holds for its feeds too.
    """
    urls = [site.on(f"/{number}", page()) for number in range(3)]
    both = document(paper(*urls))
    await world.subscribe(site.on("/one.xml", both, FEEDS), interval=10 * MINUTE)
    await world.subscribe(site.on("/two.xml", both, FEEDS), interval=10 * MINUTE)
    for _ in range(3):
        await world.run(20 * MINUTE)
        await world.run_entries(MINUTE)
        await world.restart()

    assert [1, 1, 1] == [len(site.asked(f"/{number}")) for number in range(3)]
    assert 3 == await world.published()
    await world.subscribe(
        site.on("/own.xml", document(paper(site.on("/busy", say(429, retry_after="7200"))))), interval=HOUR
    )
    await world.run(MINUTE)
    await world.run_entries(MINUTE)
    refused = site.times("/busy")[0]
    await world.run(4 * HOUR)
    assert [] == [at for at in site.times("/own.xml") if refused < at < refused + 2 * HOUR]
