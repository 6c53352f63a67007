"""The operator's list put into the store: what it names is subscribed, what left it rests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ingest.feeds.feeds_toml import FeedsList, ListedAddress
from ingest.polling.spread import first_pauses
from ingest.store.connect import Store
from ingest.store.feeds import add_feed, feed_id, find_feed, list_feeds, pause_feed, resume_feed
from ingest.store.overrides import listed_ids, replace_overrides

#: Why a feed rests that the list no longer names. It keeps what it has shown, and goes on when it comes back.
LEFT = "it left feeds.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a list changed."""

    new: int
    resumed: int
    paused: int


async def apply_list(store: Store, listed: FeedsList, *, interval: timedelta) -> Applied:
    """
    Make the store say what the list says; feeds that were subscribed in another way are left alone.

    Repeating it changes nothing, so it may end anywhere and begin again. First polls are spread over ``interval`` at
    most.
    """
    keys = store.keys
    before = await listed_ids(store)
    resting = {one.feed.id async for one in list_feeds(store) if one.feed.state_reason == LEFT}
    now, new = await _subscribe(store, listed.feeds, interval)
    back = [id_ for id_ in now if id_ in resting]
    for id_ in back:
        await resume_feed(store, id_)
    gone = [id_ for id_ in before if id_ not in now]
    for id_ in gone:
        await pause_feed(store, id_, LEFT)
        await store.redis.hdel(keys.listed, id_)
    await replace_overrides(store, listed.sources)
    return Applied(new=new, resumed=len(back), paused=len(gone))


async def _subscribe(store: Store, feeds: Sequence[ListedAddress], interval: timedelta) -> tuple[set[str], int]:
    """The ids of the listed feeds, and how many were new. What is new is noted as listed before it is polled."""
    ids: set[str] = set()
    new = 0
    for one, pause in zip(feeds, first_pauses(len(feeds), interval) if feeds else (), strict=True):
        new += await add_feed(store, one.url, title=one.title, folder=one.folder, pause=pause, interval=one.interval)
        id_ = await find_feed(store, feed_id(one.url))
        if id_ is not None:
            ids.add(id_)
            await store.redis.hset(store.keys.listed, id_, one.url)
            if one.interval is None:
                await store.redis.hdel(store.keys.feed(id_), "interval")
    return ids, new
