"""The store, for the length of a one-shot command."""

from pathlib import Path

import pytest
from redis.exceptions import RedisError

from ingest.errors import StoreError
from ingest.settings import Settings
from ingest.store.embedded import embedded
from ingest.store.feeds import add_feed
from workers.cli.stored import with_store


@pytest.fixture
def own(tmp_path: Path):
    """Settings of a store that this test may fill and stop."""
    with embedded(tmp_path) as url:
        yield Settings(_env_file=None, redis_url=url)


def test_full_store(own):
    """
    A store that takes nothing more is said to be full.
    """

    async def fill(store):
        await store.redis.config_set("maxmemory", 1)
        await add_feed(store, "https://outlet.example/feed.xml")

    with pytest.raises(StoreError, match="the store is full"):
        with_store(own, fill)


def test_store_that_goes_away(own):
    """
    A store that stops while we work with it is said to be away.
    """

    async def stop(store):
        await store.redis.shutdown(nosave=True)
        await store.redis.ping()

    with pytest.raises(StoreError, match="the store went away"):
        with_store(own, stop)


async def _of_too_few_replicas(store):
    await store.redis.config_set("min-replicas-to-write", 1)
    await add_feed(store, "https://outlet.example/feed.xml")


async def _as_a_replica(store):
    await store.redis.replicaof("127.0.0.1", 1)
    await add_feed(store, "https://outlet.example/feed.xml")


async def _as_a_reader(store):
    # Not acl_setuser, which switches a user off: nobody could stop the server any more.
    await store.redis.execute_command("ACL", "SETUSER", "default", "-evalsha", "-eval")
    await add_feed(store, "https://outlet.example/feed.xml")


@pytest.mark.parametrize(
    ("work", "sentence"),
    [
        (_of_too_few_replicas, "fewer replicas"),
        (_as_a_replica, "a replica, which takes no writes"),
        (_as_a_reader, "the store refuses us: .*permissions to run"),
    ],
)
def test_store_that_refuses(own, work, sentence):
    """
    A store that takes nothing from us is quoted with its reason: lack of memory is only one.
    """
    with pytest.raises(StoreError, match=sentence):
        with_store(own, work)


@pytest.mark.parametrize("is_piped", [False, True])
def test_a_foreign_key(own, is_piped):
    """
    Where something else stands in our place the user is told so, and what sets our names apart.
    """

    async def meet(store):
        await store.redis.set(store.keys.feeds, "somebody else's")
        async with store.redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(store.keys.feeds)
            await (pipe.execute() if is_piped else add_feed(store, "https://outlet.example/feed.xml"))

    with pytest.raises(StoreError, match=r"something that is not ours.*COPYDESK_PREFIX"):
        with_store(own, meet)


def test_a_defect_stays_one(own):
    """
    What is wrong with our own commands is not blamed on the store.
    """

    async def err(store):
        await store.redis.execute_command("NOSUCH")

    with pytest.raises(RedisError):
        with_store(own, err)
