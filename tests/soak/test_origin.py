"""The sites of the soak, and what they say they served."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import median

import aiohttp

from ingest.feeds.parse import parse_feed
from tests.soak.origin import FEEDS_A_SITE, Sites, make_world, serve
from workers.demo.stories import expected_text, feed_url


def test_world():
    """
    A world is the same for the same seed; its feeds' rates are far apart, its texts are not the same.
    """
    world = make_world(100, 100, 10, seed=1)

    rates = Counter({id_: len(own) for id_, own in world.stories.items()})
    texts = {expected_text(story) for story in world.by_guid.values()}
    assert make_world(100, 100, 10, seed=1) == world
    assert make_world(100, 100, 10, seed=2) != world
    assert 1100 == rates.total() == len(world.by_guid) == len(texts)
    assert max(rates.values()) > 8 * median(rates.values())
    for own in world.stories.values():
        times = [story.appears_after for story in own]
        assert sorted(times) == times
        assert times[0] < timedelta(0)
        assert times[-1] <= timedelta(seconds=100)


async def test_served():
    """
    What a feed has shown, and nothing else, is known as served; its pages are there, and those of the future are not.
    """
    world = make_world(2 * FEEDS_A_SITE, 3600, 1, seed=1)
    sites = Sites(world, datetime.now(UTC) - timedelta(seconds=1800))
    runner, port = await serve(sites, world)
    outlet = world.outlets[-1]
    url = feed_url(outlet, sites.bases[outlet.id])
    try:
        async with aiohttp.ClientSession() as session:
            async with session.get(url) as reply:
                parsed = parse_feed(await reply.read(), url, {"content-type": reply.headers["content-type"]})
            async with session.get(f"http://127.0.0.1:{port}/served") as reply:
                told = await reply.json()
            async with session.get(parsed.entries[0].url) as reply:
                page = await reply.text()
            latest = world.stories[outlet.id][-1]
            async with session.get(f"{sites.bases[outlet.id]}/{outlet.id}/{latest.slug}.html") as reply:
                future = reply.status
    finally:
        await runner.cleanup()

    assert {entry.guid for entry in parsed.entries} == set(told["served"])
    assert parsed.entries[0].title in page
    assert 404 == future
