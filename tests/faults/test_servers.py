"""The servers we ask are slow, endless, dead or hostile, and so are names and pages: only their own work suffers."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest

from ingest.store.feeds import add_feed, feed_id
from tests.faults.house import House, descriptors
from tests.faults.steps import PowerCutError, Steps

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"


async def silent(_: asyncio.StreamWriter) -> None:
    """Accepts and never answers."""
    await asyncio.Event().wait()


async def reset_in_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200")
    await writer.drain()
    writer.transport.abort()


async def reset_in_body(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Content-Length: 1000\r\n\r\n<rss")
    await writer.drain()
    writer.transport.abort()


async def cut_in_chunk(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\n<rss")
    await writer.drain()
    writer.close()


async def drip(writer: asyncio.StreamWriter) -> None:
    """One byte after the other, for ever."""
    writer.write(HEAD + b"Content-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b"<")
        await writer.drain()
        await asyncio.sleep(0.01)


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"<" * 0x10000 + b"\r\n")
        await writer.drain()


async def junk(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\xff\r\n\r\n" * 100)
    await writer.drain()


#: How a server misbehaves, and what its feed's poll is then called.
MANNERS = {
    silent: "fetch-timeout",
    drip: "fetch-timeout",
    reset_in_head: "fetch-disconnected",
    reset_in_body: "fetch-truncated",
    cut_in_chunk: "fetch-truncated",
    endless: "fetch-too-large",
    junk: "fetch-bad-response",
}


@pytest.fixture
async def impatient(settings, origin):
    """A deployment that waits two seconds for a server."""
    changes = {"first_poll": "all", "max_feed_bytes": 1_000_000}
    opened = House(settings.model_copy(update=changes), origin, deadline=timedelta(seconds=2))
    yield opened
    await opened.close()


async def test_bad_manners(impatient, origin):
    """
    Each way to misbehave is a named outcome of its own feed, whose validators and entries stay; the good feed goes on.
    """
    urls = {}
    for number, manner in enumerate(MANNERS, 2):
        # Hosts of their own: two connections a host, and the silent ones keep theirs.
        await origin.listen_at(f"127.0.0.{number}")
        path = f"/{manner.__name__}.xml"
        origin.manners[path] = manner
        urls[manner] = f"http://127.0.0.{number}:{origin.port}{path}"
        await add_feed(impatient.store, urls[manner])
    await impatient.subscribe()
    origin.publish(3)
    worker = await impatient.worker()
    await worker.round()
    keys = {manner: impatient.keys.feed(feed_id(url)) for manner, url in urls.items()}
    got = {manner: (await impatient.redis.hget(key, "outcome")).decode() for manner, key in keys.items()}

    await impatient.check()
    assert MANNERS == got


async def test_manners_change(impatient, origin):
    """
    A feed whose server misbehaved in every way is read as soon as it behaves, and no entry of it is missing.
    """
    await impatient.subscribe()
    worker = await impatient.worker()
    origin.publish(2)
    await impatient.settle(worker)
    for manner in (reset_in_body, cut_in_chunk, endless, junk):
        origin.publish(1)
        origin.manners["/a.xml"] = manner
        await impatient.later()
        await worker.round()
    origin.manners.clear()

    await impatient.settle(worker)

    await impatient.check()


async def test_slow_among_good(impatient, origin):
    """
    Twenty hosts that drip do not hold up the good feed beside them: it is read before one of them has come to its end.
    """
    slow = [f"http://127.0.0.{number}:{origin.port}/slow.xml" for number in range(2, 22)]
    for number in range(2, 22):
        await origin.listen_at(f"127.0.0.{number}")
    origin.manners["/slow.xml"] = drip
    origin.publish(1)
    for url in slow:
        await add_feed(impatient.store, url)
    await impatient.subscribe()
    worker = await impatient.worker()
    messages = await worker.claim("feeds")
    working = [asyncio.create_task(worker.shift.perform("feeds", claims)) for claims in messages]
    while "outcome" not in await impatient.feed():
        pass
    ended = (await impatient.counts()).get("polls.fetch-timeout", 0)
    await asyncio.gather(*working)

    assert (0, len(slow)) == (ended, (await impatient.counts())["polls.fetch-timeout"])


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOENT, "no such name"), "fetch-dns"),
        (OSError(errno.EAGAIN, "the name server failed"), "fetch-dns"),
        (TimeoutError(), "fetch-timeout"),
    ],
)
async def test_names(settings, origin, error, expected):
    """
    A name that does not exist, that fails, or that takes too long is an outcome; once it is found the feed is read.
    """
    is_down = True

    def look_up(_: str) -> list[str]:
        if is_down:
            raise error
        return ["127.0.0.1"]

    house = House(
        settings.model_copy(update={"first_poll": "all"}), origin, lookup=look_up, deadline=timedelta(seconds=2)
    )
    # A name, so that it is looked up.
    origin.url = lambda path: f"http://news.example.com:{origin.port}{path}"
    try:
        await house.subscribe()
        origin.publish(2)
        worker = await house.worker()
        await worker.round()
        outcome = (await house.feed())["outcome"]
        is_down = False
        await house.http()
        house.client = None  # what is known of names is old by the next poll
        await house.settle(await house.worker())

        await house.check()
        assert expected == outcome
    finally:
        await house.close()


async def test_rebinding(settings, origin):
    """
    A name that leads to an address that may not be asked leads nowhere, also when it led elsewhere a moment ago.
    """
    answers = iter([["127.0.0.1"], ["127.0.0.1"], ["169.254.169.254"], ["10.0.0.1"]])
    house = House(settings, origin, lookup=lambda _: next(answers, ["10.0.0.1"]), deadline=timedelta(seconds=2))
    origin.url = lambda path: f"http://news.example.com:{origin.port}{path}"
    try:
        await house.subscribe()
        for _ in range(4):
            await house.later()
            house.client = None
            await (await house.worker()).round(("feeds",))
        outcomes = await house.counts()

        assert {"polls.modified": 1, "polls.not-modified": 1, "polls.fetch-blocked-address": 2} == {
            name: n for name, n in outcomes.items() if name.startswith("polls.")
        } or {"polls.same-body", "polls.fetch-blocked-address"} <= set(outcomes), outcomes
        assert 2 == origin.polls()
    finally:
        await house.close()


async def test_poison(house, origin):
    """
    Pages whose reading ends in every bad way, one in ten, end in a named outcome; the others do not notice.
    """
    stories = origin.publish(40)
    poison = dict(zip(stories[::10], ("deadline", "crashed", "memory", "failed"), strict=True))
    house.sandbox.failures = {f"/{story.number}.html".encode(): failure for story, failure in poison.items()}
    await house.subscribe()
    worker = await house.worker()
    for _ in range(4):
        await house.later()
        await worker.round()

    dead = {entry["reason"] for entry in (await house.entries()).values() if entry["outcome"] == "dead"}
    for story in poison:
        origin.stories["a"].remove(story)
    await house.check()
    assert {f"page-failed:extract-{failure}" for failure in poison.values()} == dead


async def test_a_page_that_kills(house, origin):
    """
    A page that takes the whole process with it, each time, is a dead letter at last; the stories beside it come out.
    """
    story, *_ = origin.publish(3)
    await house.subscribe()
    await (await house.worker()).round(("feeds",))
    for _ in range(2 * house.settings.max_attempts + 2):
        await house.later()
        claims = [claim for batch in await (await house.worker()).claim("entries") for claim in batch]
        for claim in claims:
            steps = Steps()
            worker = steps.of(await house.worker())
            entry = (await house.entries())[claim.id]
            if story.guid in entry.get("ref", ""):
                steps.at = 2  # begin; the overrides or the owner; then it dies, wherever that is
            with suppress(PowerCutError):
                await worker.shift.perform("entries", [claim])

    dead = [entry for entry in (await house.entries()).values() if entry["outcome"] == "dead"]
    origin.stories["a"].remove(story)
    await house.check()
    assert [f"{2 * house.settings.max_attempts} attempts: "] == [entry["reason"] for entry in dead]
    assert 1 == await house.redis.zcard(house.keys.dead)


async def test_no_descriptors_left(house, origin):
    """
    A process that has worked and may open no more files has its polls fail under a name, gives nothing up, and goes on
    when it may again.
    """
    worker = await house.worker()
    await house.subscribe("first")
    origin.publish(1, "first")
    await house.settle(worker)
    await house.subscribe("a", *(f"n{number}" for number in range(20)))
    origin.publish(4)
    for number in range(20):
        origin.publish(0, f"n{number}")
    messages = await worker.claim("feeds")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(descriptors()) + 1, hard))
    held = []
    try:
        with suppress(OSError):
            while True:
                held.append(os.dup(0))
        for claims in messages:
            await worker.shift.perform("feeds", claims)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in held:
            os.close(descriptor)
    failed = Counter(await house.counts())
    await house.settle(worker)

    await house.check()
    assert failed["polls.fetch-connect"] >= 1, failed
