"""Long lists in parts: nothing is missed, nothing is twice, and what is damaged takes nothing else with it."""

from ingest.store.feeds import add_feed, feed_id, pause_feed
from ingest.store.lists import (
    BATCH,
    count_dead,
    dead_reasons,
    newest_sources,
    read_cards,
    read_feeds,
    scan_cards,
)

URL = "https://gazette.example/feed.xml?key=canary"


async def test_scan(store):
    """
    All feeds come, in batches of bounded size; or as many as were asked for.
    """
    for number in range(BATCH + 20):
        await add_feed(store, f"https://many.example/{number}")

    batches = [batch async for batch in scan_cards(store, 10_000)]
    some = [card async for batch in scan_cards(store, 30) for card in batch]

    assert BATCH + 20 == len({card.id for batch in batches for card in batch})
    assert max(map(len, batches)) <= BATCH
    assert 30 == len(some)


async def test_card(store):
    """
    A card says how a feed does, and its address without the secrets in it.
    """
    await add_feed(store, URL, title="Gazette", folder="News")
    (fine,) = await read_cards(store, [feed_id(URL)])
    await store.redis.hset(store.keys.feed(feed_id(URL)), "failures", "3")
    (failing,) = await read_cards(store, [feed_id(URL)])
    await pause_feed(store, feed_id(URL))
    (paused,) = await read_cards(store, [feed_id(URL)])

    assert ("https://gazette.example/feed.xml?key=***", "Gazette", "News") == (fine.url, fine.title, fine.folder)
    assert ("fine", "failing", "paused") == (fine.state, failing.state, paused.state)
    assert (True, None) == (fine.due is not None, paused.due)


async def test_damaged(store):
    """
    A feed that cannot be read is said to be damaged; the others are there.
    """
    await add_feed(store, URL)
    await store.redis.set(store.keys.feed("bad"), "no hash")

    cards = await read_cards(store, ["bad", feed_id(URL)])
    feeds = await read_feeds(store, ["bad", feed_id(URL), "none"])

    assert ["damaged", "fine"] == [card.state for card in cards]
    assert [None, URL, None] == [one and one.feed.url for one in feeds]
    assert [] == await read_feeds(store, [])


async def test_dead(room, store):
    """
    The reasons of the latest dead letters come with their ids, the latest first, those that cannot be read as "".
    """
    claims = await room.entries(1, 2)
    for number in (1, 2):
        await room.close(claims[number])
    await store.redis.zadd(store.keys.dead, {"bad": 9e15})
    await store.redis.set(store.keys.entry("bad"), "no hash")

    got = await dead_reasons(store, 10)

    assert 3 == await count_dead(store)
    assert ("bad", "") == got[0]
    assert {(room.entry_id(1), "no text"), (room.entry_id(2), "no text")} == set(got[1:])
    assert 1 == len(await dead_reasons(store, 1))


async def test_sources(store):
    """
    Sources come with the latest first.
    """
    await store.redis.zadd(store.keys.sources, {"old.example": 1, "new.example": 3, "mid.example": 2})

    assert ["new.example", "mid.example"] == await newest_sources(store, 2)
