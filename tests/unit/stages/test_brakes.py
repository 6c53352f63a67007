"""Feeds that change their ids, in whole polls: nothing known is posted again, nothing new is lost."""

from datetime import timedelta

import pytest

from ingest.stages.article import ingest_entry
from ingest.stages.poll import poll_feed
from ingest.store.entries import counts
from ingest.store.feeds import feed_id

RSS = "application/rss+xml"
SUBJECTS = ("harbour", "school", "orchard", "ferry", "bridge", "market", "theatre", "glacier")


def item(number, **changes):
    name = SUBJECTS[number]
    whole = {
        "guid": f"https://gazette.example/{name}-{40000 + number}.html",
        "link": f"https://gazette.example/{name}-{40000 + number}.html",
        "title": f"What became of the {name} after the storm",
        "pubDate": f"Sun, 01 Mar 2026 11:0{number}:07 GMT",
    }
    return {name: text for name, text in (whole | changes).items() if text}


ITEMS = [item(number) for number in range(8)]


@pytest.fixture
def poll(office, rss):
    """One poll of the feed with these items; how many were new."""
    is_there = []

    async def run(items):
        office.site.say("/feed.xml", rss(*items), kind=RSS)
        id_ = feed_id(f"{office.site.url}/feed.xml")
        claim = await office.hurry("feeds", id_) if is_there else await office.subscribe()
        is_there.append(True)
        return (await poll_feed(office.desk, claim)).new

    return run


async def entry_counts(office):
    """The counters of entries, and how many are in hand."""
    found = {name[8:]: n for name, n in (await counts(office.store)).items() if name.startswith("entries.")}
    return found | {"in hand": await office.store.redis.zcard(office.store.keys.due("entries"))}


FLIPS = {
    "guids": [one | {"guid": f"urn:{one['title']}"} for one in ITEMS],
    "host": [one | {name: one[name].replace("gazette", "mail.courier") for name in ("guid", "link")} for one in ITEMS],
    "guids, no links": [{"guid": f"urn:{one['title']}", "title": one["title"]} for one in ITEMS],
}


@pytest.mark.parametrize("flipped", FLIPS.values(), ids=FLIPS)
async def test_flood(office, poll, flipped):
    """
    A feed that changes all its ids over night brings nothing new, is counted, and the law of accounts holds.
    """
    assert 8 == await poll(ITEMS)

    assert [0, 0] == [await poll(flipped), await poll([*flipped[:-1], flipped[-1] | {"title": flipped[-1]["title"]}])]

    assert {"seen": 16, "alias": 8, "in hand": 8} == await entry_counts(office)


async def test_flood_repeated(office, poll, rss):
    """
    A worker that dies before or after the commit of such a poll changes nothing in the accounts.
    """
    await poll(ITEMS)
    office.site.say("/feed.xml", rss(*FLIPS["guids"]), kind=RSS)
    id_ = feed_id(f"{office.site.url}/feed.xml")

    for is_after in (False, True):
        claim = await office.hurry("feeds", id_)
        with pytest.raises(office.crash_error):
            await poll_feed(office.crashing_at("commit_poll", is_after=is_after), claim)
    report = await poll_feed(office.repeating("commit_poll"), await office.hurry("feeds", id_))

    assert 0 == report.new
    assert {"seen": 16, "alias": 8, "in hand": 8} == await entry_counts(office)


async def test_news_in_a_flood(poll):
    """
    What is really new in it comes.
    """
    await poll(ITEMS[:7])

    assert 1 == await poll([*FLIPS["host"][:7], item(7)])


async def test_one_guid_for_all(office, poll):
    """
    A feed that gives all its items one guid shows them all, and its guids are not heeded from then on.
    """
    same = [one | {"guid": "same"} for one in ITEMS]

    assert [4, 1, 0] == [await poll(same[:4]), await poll(same[4:5]), await poll(same[1:5])]
    assert (await office.feed()).distrusts_guids


async def test_guid_used_again(poll):
    """
    A guid that another article had is no reason to hide the new one; it comes once.
    """
    guids = [one | {"guid": f"urn:{number}"} for number, one in enumerate(ITEMS)]
    await poll(guids[:6])
    again = [guids[6] | {"guid": "urn:0"}, *guids[1:6]]

    assert [1, 0] == [await poll(again), await poll([*again[:-1], again[-1] | {"category": "x"}])]


async def test_changed_entry(office, poll):
    """
    A known entry with another headline brings the next look at its article forward.
    """
    body = "".join(
        f"<p>The council voted on day {n} to widen the old quay, and nobody was there to object.</p>" for n in range(5)
    )
    page = f"<html><head><title>Quay</title></head><body><article>{body}</article></body></html>"
    url = office.site.say("/news/quay-to-be-widened-soon", page)
    await poll([{"guid": "g", "link": url, "title": "Quay to be widened"}])
    report = await ingest_entry(office.desk, await office.claim("entries"))
    before = await office.pause("revisits", report.article.id)

    await poll([{"guid": "g", "link": url, "title": "Quay to be closed"}])

    after = await office.pause("revisits", report.article.id)
    assert before > timedelta(minutes=50) > timedelta(minutes=3) > after
