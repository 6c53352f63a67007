"""Faults at every single effect of a poll, of an entry's attempt and of a later look: nothing lost, nothing twice."""

from __future__ import annotations

import itertools
import os
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from random import Random

import pytest

from ingest.store.feeds import add_feed, feed_id, remove_feed
from tests.faults.house import ALL, House
from tests.faults.steps import PowerCutError, Steps, power_cut

#: "all" makes every fault happen at every step; the short form takes each step for a death, some for the rest.
IS_LONG = os.environ.get("COPYDESK_TEST_STEPS") == "all"
#: Deaths at random steps; with those of tests/e2e/test_chaos.py the long form comes to a thousand.
DEATHS = int(os.environ.get("COPYDESK_TEST_DEATHS", "10"))
SIDES = [pytest.param(False, id="before"), pytest.param(True, id="after")]
_prefixes = itertools.count()


@pytest.fixture(autouse=True)
def real_texts(request):
    """A death in the middle must not cut a text short: here pages are really read."""
    for name in {"house", "own"} & set(request.fixturenames):
        request.getfixturevalue(name).sandbox.is_real = True


MakeFault = Callable[[House], Callable[[], Awaitable[object]]]


def stride(short: int) -> int:
    """From one step with a fault to the next."""
    return 1 if IS_LONG else short


@asynccontextmanager
async def deployment(house: House):
    """Another deployment at the same store and the same site, with nothing in it."""
    prefix = f"{house.settings.prefix}-{next(_prefixes)}"
    fresh = House(house.settings.model_copy(update={"prefix": prefix}), house.origin)
    fresh.sandbox, fresh.client = house.sandbox, await house.http()
    try:
        yield fresh
    finally:
        await fresh.close()


async def journey(house: House, steps: Steps, works=("feeds", "entries")) -> None:
    """One round of a worker, which may die on the way."""
    worker = steps.of(await house.worker())
    with suppress(PowerCutError):
        await worker.round(works)


async def nothing_more(_: House) -> None:
    """What is done after the fault, where nobody needs to do anything."""


async def walk(house: House, make_fault: MakeFault, *, is_after: bool, by: int = 1, then=nothing_more) -> list[str]:
    """The journey again and again, with the fault at one step after the other; the names of the steps."""
    for at in itertools.count(0, by):
        async with deployment(house) as fresh:
            steps = Steps(at=at, is_after=is_after, fault=make_fault(fresh))
            await fresh.subscribe()
            await journey(fresh, steps)
            await then(fresh)
            await fresh.check_validators()
            await fresh.settle(await fresh.worker())
            await fresh.check()
        if not steps.has_happened:
            return steps.names
    raise AssertionError


@pytest.mark.parametrize("is_after", SIDES)
async def test_death(house, origin, is_after):
    """
    A process that dies before or after any of its effects costs nothing: the next one brings every story exactly once.
    """
    # Before one effect is after the last, so two stories side by side die on one side only in the short form.
    origin.publish(2 if is_after or IS_LONG else 1)

    names = await walk(house, lambda _: power_cut, is_after=is_after)

    expected = {"script claim_due", "script begin", "script commit_poll", "script vote", "script commit_article"}
    assert expected | {"http get", "sandbox run edit_page", "script unseen"} <= set(names)
    assert len(names) >= 20


async def test_random_deaths(house, origin):
    """
    Workers that die one after the other at random effects, while stories come, publish each of them exactly once.
    """
    dice, n_deaths = Random(2611), 0
    # The deaths are ours, not the pages': nothing may be given up because of them.
    house.settings = house.settings.model_copy(update={"max_attempts": 10_000})
    await house.subscribe()

    while n_deaths < DEATHS:
        origin.publish(dice.randint(0, 2))
        steps = Steps(at=dice.randrange(40), is_after=dice.random() < 0.5)
        await house.later()
        await journey(house, steps)
        n_deaths += steps.has_happened
    await house.settle(await house.worker())

    await house.check()


def zombie(house: House):
    """The process sleeps past its leases, another one does all its work, and then it wakes up."""

    async def sleep():
        await house.settle(await house.worker())

    return sleep


def forgetful(house: House):
    """The server forgets its scripts."""
    return house.redis.script_flush


def fickle(house: House):
    """The operator removes the feed, and adds it again."""

    async def act():
        url = house.origin.feed()
        await remove_feed(house.store, feed_id(url))
        await add_feed(house.store, url)

    return act


@pytest.mark.parametrize(
    ("fault", "by"), [(zombie, 5), (forgetful, 9), (fickle, 7)], ids=lambda it: getattr(it, "__name__", "")
)
@pytest.mark.parametrize("is_after", SIDES)
async def test_others_act(house, origin, fault, by, is_after):
    """
    Whatever others do between any two effects of a worker, it writes nothing that is not its to write.
    """
    origin.publish(2)

    await walk(house, fault, is_after=is_after, by=stride(by))


async def test_removed_for_good(house, origin):
    """
    A feed that is removed while it is polled stays removed; what it had brought still ends in an outcome.
    """
    origin.publish(2)
    for at in itertools.count(0, stride(3)):
        async with deployment(house) as fresh:
            steps = Steps(at=at, fault=partial(remove_feed, fresh.store, feed_id(origin.feed())))
            await fresh.subscribe()
            await journey(fresh, steps)
            await fresh.later()
            await (await fresh.worker()).round()

            assert {} == await fresh.feed() or not steps.has_happened
            assert 0 == await fresh.in_hand()
            await fresh.check_accounts()
        if not steps.has_happened:
            break


# --------------------------------------------------------------------------------------- the store itself is the victim


def killed(server):
    """The server dies as by kill -9 and comes back with what it had acknowledged."""

    async def act():
        server.kill()
        server.start()

    return lambda _: act


def full(house: House):
    """The server has no memory left."""
    return lambda: house.redis.config_set("maxmemory", 1)


async def test_store_killed(own, origin, server):
    """
    A store that is killed between any two effects, or under one, and comes back at once is hardly noticed.
    """
    origin.publish(2)

    await walk(own, killed(server), is_after=False, by=stride(7))


async def test_store_full(own, origin):
    """
    A store that refuses writes from any effect on loses nothing, and no attempt counts; with room again all goes on.
    """
    origin.publish(2)

    async def room_again(house: House):
        in_hand = [fields for fields in (await house.entries()).values() if "outcome" not in fields]
        assert {"0"} >= {fields.get("strikes", "0") for fields in in_hand}
        assert (await house.feed()).get("strikes", "0") == "0"
        await house.redis.config_set("maxmemory", 0)

    await walk(own, full, is_after=False, by=stride(4), then=room_again)


async def test_store_emptied(own, origin):
    """
    A store that loses everything between any two effects is filled again from the feeds, under the same ids.
    """
    origin.publish(2)
    ids: set[frozenset[str]] = set()

    async def subscribed_again(house: House):
        await house.subscribe()
        await house.settle(await house.worker())
        ids.add(frozenset(event.id for event in await house.events()))

    await walk(own, lambda house: house.redis.flushall, is_after=True, by=stride(6), then=subscribed_again)

    assert 1 == len(ids)


# ------------------------------------------------------------------------------------------------------ later looks


async def test_death_at_a_look(house, origin):
    """
    A process that dies at any effect of a later look sends the correction once, as the second revision.
    """
    (story,) = origin.publish()
    for at in itertools.count():
        async with deployment(house) as fresh:
            origin.editions.clear()
            await fresh.subscribe()
            await fresh.settle(await fresh.worker())
            edited = origin.edit(story)
            steps = Steps(at=at, is_after=at % 2 == 0)
            await fresh.later()
            await journey(fresh, steps, ("revisits",))
            for _ in range(2):
                await fresh.later()
                await (await fresh.worker()).round(ALL)
            events = await fresh.events()

            assert [1, 2] == [event.article["revision"] for event in events]
            assert edited.text == tuple(events[-1].article["paragraphs"])
            assert 2 == len({event.id for event in events})
        if not steps.has_happened:
            break

    assert {"script begin", "http get", "script commit_revision"} <= set(steps.names)


# ------------------------------------------------------------------------------------------------- stale workers


async def written(house: House) -> dict[str, object]:
    """All that a worker could write about work."""
    drafts = [await house.redis.hgetall(key) async for key in house.redis.scan_iter(f"{house.keys.draft('')}*")]
    sets = [house.keys.due(work) for work in ALL] + [house.keys.lease(work) for work in ALL]
    return {
        "entries": await house.entries(),
        "feed": await house.feed(),
        "events": [event.id for event in await house.events()],
        "counts": await house.counts(),
        "drafts": drafts,
        "sets": [await house.redis.zrange(name, 0, -1, withscores=True) for name in sets],
    }


@pytest.mark.parametrize("work", ALL)
async def test_stale(house, origin, work):
    """
    A worker that slept past its lease, and whose work another one has claimed but not done, writes nothing about it.
    """
    (story,) = origin.publish()
    for at in itertools.count():
        async with deployment(house) as fresh:
            origin.editions.clear()
            await fresh.subscribe()
            if work != "feeds":
                await (await fresh.worker()).round(("feeds", "entries") if work == "revisits" else ("feeds",))
                origin.edit(story)
            await fresh.later()
            at_waking: list[dict[str, object]] = []

            async def overtaken(fresh=fresh, at_waking=at_waking):
                await fresh.later()
                if await (await fresh.worker()).claim(work):
                    at_waking.append(await written(fresh))

            # From its second effect on, when the claims are its own: then it begins.
            steps = Steps(at=at + 1, is_after=True, fault=overtaken)
            await journey(fresh, steps, (work,))

            assert at_waking in ([], [await written(fresh)])
        if not at_waking:
            # It was done with all of it.
            break

    assert at >= 4
