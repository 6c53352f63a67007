"""Part B of the checklist: how often a feed is asked, whatever happens to us, to our clock, or to the machine."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from random import Random

from ingest.polling.spread import first_pauses
from ingest.store.feeds import add_feed
from tests.politeness.clock import T0
from tests.politeness.site import document, gaps, honest, rss, say
from tests.politeness.world import DAY, HOUR, MINUTE

SECOND = timedelta(seconds=1)
#: A feed that has brought nothing for two months, so that nothing of its own rhythm is in the way.
QUIET = rss(*(f"g-{number}" for number in range(30)), newest=T0 - 60 * DAY)


async def first_pauses_of(world, site, answers, span=10 * DAY):
    """For each address, how long after its first poll the second one comes."""
    for target, answer in answers.items():
        # Hosts of their own: they shall not wait for each other.
        host = f"{target.strip('/').partition('.')[0]}-news.example"
        await world.subscribe(site.on(target, answer, host))
    await world.run(span)
    return {target: site.pauses(target)[0] for target in answers}


async def test_p18_hourly_and_daily(world, site):
    """
    A quiet feed is asked hourly at first and then ever more rarely, a busy one never below the floor, which makes an
    hour strict where it is set to one; a server without validators is asked once a day.
    """
    world.with_settings(poll_floor=HOUR)
    daily = rss(*(f"g-{number}" for number in range(30)), newest=T0 - HOUR, apart=DAY)
    await world.subscribe(site.on("/quiet.xml", honest(QUIET, etag='"a"'), "quiet.example"))
    await world.subscribe(site.on("/strict.xml", honest(daily, etag='"a"'), "strict.example"))
    await world.subscribe(site.on("/plain.xml", document(daily), "plain.example"))
    await world.run(DAY)
    world.with_settings(poll_floor=10 * MINUTE)
    await world.subscribe(site.on("/busy.xml", honest(rss("g-1"), etag='"a"'), "busy.example"))
    await world.run(DAY / 2)

    assert [HOUR, HOUR, 2 * HOUR] == [pause // MINUTE * MINUTE for pause in site.pauses("/quiet.xml")][:3]
    assert min(site.pauses("/strict.xml")[:20]) >= HOUR
    assert min(site.pauses("/busy.xml")) >= 10 * MINUTE
    assert min(site.pauses("/plain.xml")) >= DAY


async def test_p19_restarts(world, site):
    """
    Fifty restarts within ten minutes cost a feed one request.
    """
    await world.subscribe(site.on("/feed.xml", honest(rss("g-1"), etag='"a"')))

    for _ in range(50):
        await world.restart()
        await world.run(12 * SECOND)

    assert 1 == len(site.asked())


async def test_p19_crash_loop(world, site):
    """
    A worker that dies in the middle of each poll asks again when its lease has run out, five times in all; then the
    feed waits for a day.
    """
    await world.subscribe(site.on("/feed.xml", honest(rss("g-1"), etag='"a"')))

    for _ in range(20):
        await world.poll_killed() if len(site.asked()) < 5 else await world.poll()
        world.clock.advance(MINUTE)

    assert 5 == len(site.asked())
    assert min(site.pauses()) >= world.settings.lease


async def test_p20_two_schedulers(world, site):
    """
    Two schedulers with their workers, side by side or one while the other's poll is under way, ask once for what is
    due once.
    """
    other = await world.worker()
    await world.subscribe(site.on("/feed.xml", honest(rss("g-1"), etag='"a"')), interval=HOUR)

    for _ in range(4):
        await world.clock.together(world.poll(), world.poll(other))
        world.clock.advance(HOUR)
    site.hold = asyncio.Event()
    under_way = asyncio.create_task(world.poll())
    await site.came(5)
    late = await world.poll(other)
    site.hold.set()

    assert ([], 1) == (late, len(await under_way))
    assert 5 == len(site.asked())


async def test_p21_spread(world, site):
    """
    A thousand feeds added at once are polled one a second, not at once; afterwards chance spreads them, and only
    adds.
    """
    world.luck = Random(21)
    pauses = first_pauses(1000, world.settings.poll_interval)
    for number in range(0, 1000, 20):  # each twentieth will do: hosts of their own do not meet
        url = site.on(f"/{number}.xml", honest(QUIET, etag='"a"'), f"n{number}.example")
        await add_feed(world.store, url, pause=pauses[number])

    await world.run(1.5 * HOUR)

    first = [site.times(f"/{number}.xml")[0] for number in range(0, 1000, 20)]
    later = [site.pauses(f"/{number}.xml")[0] for number in range(0, 1000, 20)]
    strokes = [at for at in site.times(None)[50:] if at.minute == at.second == 0]
    minutes = Counter(int(pause / MINUTE) for pause in pauses)
    assert max(minutes.values()) <= 3 * 1000 / len(minutes)
    assert [20 * SECOND] * 49 == gaps(first)
    assert HOUR <= min(later)
    assert 5 * MINUTE <= max(later) - min(later)
    assert [] == strokes


async def test_p22_freshness(world, site):
    """
    Cache-Control and Expires make us wait longer, Age taken off, a day at most; nothing in them makes us ask sooner.
    """
    fields = {
        "/none": {},
        "/max-age": {"cache_control": "public, max-age=14400"},
        "/aged": {"cache_control": "max-age=14400", "age": "3600"},
        "/expires": {"expires": "Mon, 02 Mar 2026 18:00:00 GMT", "date": "Mon, 02 Mar 2026 12:00:00 GMT"},
        "/skewed": {"expires": "Mon, 02 Mar 2020 18:00:00 GMT", "date": "Mon, 02 Mar 2020 12:00:00 GMT"},
        "/year": {"cache_control": "max-age=31536000"},
        "/no-cache": {"cache_control": "no-cache"},
        "/no-store": {"cache_control": "no-store, max-age=0"},
        "/past": {"expires": "0"},
    }
    answers = {target: document(QUIET, etag='"a"', **said) for target, said in fields.items()}

    found = await first_pauses_of(world, site, answers, span=25 * HOUR)

    hours = {target: pause // (HOUR - MINUTE) for target, pause in found.items()}
    usual = found["/none"] // (HOUR - MINUTE)
    assert usual == hours["/no-cache"] == hours["/no-store"] == hours["/past"]
    assert found["/none"] >= HOUR
    assert {"/max-age": 4, "/aged": 3, "/expires": 6, "/skewed": 6, "/year": 24} == {
        target: hours[target] for target in ("/max-age", "/aged", "/expires", "/skewed", "/year")
    }


async def test_p23_ttl(world, site):
    """
    A ttl is heeded; nonsense in its place, a lifetime too, changes nothing.
    """
    said = {"/none": "", "/long": "240", "/huge": "1000000000", "/zero": "0", "/minus": "-5", "/words": "soon"}
    answers = {
        target: document(QUIET.replace("<item>", f"<ttl>{ttl}</ttl><item>", 1), etag='"a"')
        for target, ttl in said.items()
    }

    found = await first_pauses_of(world, site, answers, span=25 * HOUR)

    assert found["/none"] == found["/zero"] == found["/minus"] == found["/words"] == found["/huge"]
    assert timedelta(hours=4) == found["/long"]


async def test_p24_skipped_hours_and_days(world, site):
    """
    In the hours (GMT) and on the days that a feed wants skipped it is not asked; one that skips all of them is not
    heeded.
    """

    def skipping(hours, days=()):
        said = "".join(f"<hour>{hour}</hour>" for hour in hours), "".join(f"<day>{day}</day>" for day in days)
        return document(
            QUIET.replace("<item>", f"<skipHours>{said[0]}</skipHours><skipDays>{said[1]}</skipDays><item>", 1),
            etag='"a"',
        )

    night = (24, *range(1, 7), 13, 14, 15)
    await world.subscribe(site.on("/some.xml", skipping(night, ["Tuesday", "Wednesday"]), "some.example"))
    await world.subscribe(site.on("/all.xml", skipping(range(24)), "all.example"))

    await world.run(5 * DAY)

    asked = site.times("/some.xml")[1:]
    assert len(asked) >= 4
    assert not {0, 1, 2, 3, 4, 5, 6, 13, 14, 15} & {at.hour for at in asked}
    assert not {1, 2} & {at.weekday() for at in asked}
    assert site.pauses("/all.xml")[0] <= 2 * HOUR


async def test_p25_syndication(world, site):
    """
    sy:updatePeriod with sy:updateFrequency is heeded, a frequency of 0 as the default 1; what is unknown changes
    nothing.
    """

    def updated(period, frequency):
        said = f"<sy:updatePeriod>{period}</sy:updatePeriod><sy:updateFrequency>{frequency}</sy:updateFrequency>"
        return document(QUIET.replace("<item>", f"{said}<item>", 1), etag='"a"')

    answers = {
        "/none": document(QUIET, etag='"a"'),
        "/daily": updated("daily", 1),
        "/four": updated("daily", 4),
        "/zero": updated("daily", 0),
        "/hourly": updated("hourly", 2),
        "/odd": updated("sometimes", 1),
    }

    found = await first_pauses_of(world, site, answers, span=25 * HOUR)

    assert DAY == found["/daily"] == found["/zero"]
    assert timedelta(hours=6) == found["/four"]
    assert found["/none"] == found["/hourly"] == found["/odd"]


async def test_p26_rhythm(world, site):
    """
    A busy feed is asked more often, but not more than the floor allows; a quiet one once a day; one that has been
    silent for a year once a week.
    """
    clock = world.clock

    def busy(_):
        newest = clock.ms // 300_000
        return document(rss(*(f"g-{newest - n}" for n in range(12)), newest=clock.now(), apart=5 * MINUTE), etag='"a"')

    await world.subscribe(site.on("/busy.xml", busy, "busy.example"))
    await world.run(2 * HOUR)
    site.on("/busy.xml", say(410), "busy.example")
    await world.subscribe(site.on("/quiet.xml", honest(QUIET, etag='"a"'), "quiet.example"))
    silent = rss(*(f"s-{number}" for number in range(30)), newest=T0 - 400 * DAY)
    await world.subscribe(site.on("/silent.xml", honest(silent, etag='"a"'), "silent.example"))
    await world.run(45 * DAY)

    pauses = site.pauses("/busy.xml")[
        : site.times("/busy.xml").index(max(t for t in site.times("/busy.xml") if t < T0 + 2 * HOUR))
    ]
    assert 10 * MINUTE <= min(pauses) <= max(pauses[1:]) < 30 * MINUTE
    assert DAY == site.pauses("/quiet.xml")[-1]
    assert 7 * DAY == site.pauses("/silent.xml")[-1]


async def test_p27_clock_jumps(world, site):
    """
    A clock that jumps a day ahead or back makes no feed asked twice in the time between two polls.
    """
    urls = [site.on(f"/{number}.xml", honest(rss("g-1"), etag='"a"'), f"n{number}.example") for number in range(5)]
    for url in urls:
        await world.subscribe(url, interval=HOUR)
    await world.run(MINUTE)

    counted = []
    for jump in (DAY, -DAY, timedelta(hours=1), timedelta(hours=-1), SECOND, -SECOND):
        world.clock.advance(jump)
        before = len(site.log)
        await world.run(59 * MINUTE)
        counted.append(Counter(one.target for one in site.log[before:]))

    assert all(times == 1 for counter in counted for times in counter.values())
