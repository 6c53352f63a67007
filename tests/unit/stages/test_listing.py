"""The operator's list put into the store."""

from datetime import timedelta

from ingest.feeds.feeds_toml import FeedsList, ListedAddress
from ingest.models import SourceOverride
from ingest.stages.listing import LEFT, Applied, apply_list
from ingest.store.feeds import add_feed, feed_id, list_feeds, pause_feed
from ingest.store.overrides import read_overrides

HOUR = timedelta(hours=1)
A, B, C = (f"https://outlet.example/{name}.xml" for name in "abc")


async def _feeds(store):
    return {one.feed.url: one async for one in list_feeds(store)}


def _list(*urls: str, **more) -> FeedsList:
    return FeedsList(feeds=tuple(ListedAddress(url=url, **more) for url in urls))


async def test_subscribed(store):
    """
    What the list names is subscribed as it says, and what it says of sources is known.
    """
    override = SourceOverride(domain="outlet.example", is_feed_only=True)
    listed = FeedsList(
        feeds=(ListedAddress(url=A, title="A", folder="News", interval=HOUR), ListedAddress(url=B)), sources=(override,)
    )

    got = await apply_list(store, listed, interval=HOUR)

    feeds = await _feeds(store)
    assert Applied(new=2, resumed=0, paused=0) == got
    assert {A: ("A", "News", HOUR), B: ("", "", None)} == {
        url: (one.feed.title, one.feed.folder, one.feed.interval) for url, one in feeds.items()
    }
    assert feeds[A].due_at < feeds[B].due_at
    assert {"outlet.example": override} == await read_overrides(store)


async def test_repeated(store):
    """
    Applying a list a second time changes nothing.
    """
    await apply_list(store, _list(A, B), interval=HOUR)
    before = await _feeds(store)

    got = await apply_list(store, _list(A, B), interval=HOUR)

    assert (Applied(new=0, resumed=0, paused=0), before) == (got, await _feeds(store))


async def test_left_and_back(store):
    """
    A feed that leaves the list rests and keeps what it is; when it comes back it is polled again.
    """
    await apply_list(store, _list(A, B), interval=HOUR)

    left = await apply_list(store, _list(B), interval=HOUR)
    resting = (await _feeds(store))[A]
    back = await apply_list(store, _list(A, B), interval=HOUR)

    assert (Applied(new=0, resumed=0, paused=1), "paused", LEFT, None) == (
        left,
        resting.feed.state,
        resting.feed.state_reason,
        resting.due_at,
    )
    assert (Applied(new=0, resumed=1, paused=0), "active") == (back, (await _feeds(store))[A].feed.state)


async def test_others_are_left_alone(store):
    """
    Neither a feed subscribed by hand nor a pause ordered by hand is touched by the list.
    """
    await add_feed(store, C)
    await apply_list(store, _list(A), interval=HOUR)
    await pause_feed(store, feed_id(A), "too loud")

    await apply_list(store, _list(A), interval=HOUR)

    feeds = await _feeds(store)
    assert ("active", "paused", "too loud") == (
        feeds[C].feed.state,
        feeds[A].feed.state,
        feeds[A].feed.state_reason,
    )


async def test_interval_taken_back(store):
    """
    An interval that no longer stands in the list holds no longer.
    """
    await apply_list(store, _list(A, interval=HOUR), interval=HOUR)

    await apply_list(store, _list(A), interval=HOUR)

    assert (await _feeds(store))[A].feed.interval is None
