"""``copydesk feeds poll``: a poll now, through the workers."""

import asyncio
import json
import threading
from datetime import timedelta

import pytest

from ingest.models import Validators
from ingest.store.connect import connect
from ingest.store.due import claim_due
from ingest.store.feeds import PollEnd, commit_poll, decode_feed, feed_id

URL = "https://outlet.example/feed.xml"
ID = feed_id(URL)
LATER = 4_000_000_000_000


@pytest.fixture
def waiting(cli):
    """A feed that is due in a hundred years."""
    cli.run("feeds", "add", "--no-look", URL)

    async def put_off(store):
        await store.redis.zadd(store.keys.due("feeds"), {ID: LATER})

    cli.with_store(put_off)
    return cli


def _due(cli):
    async def read(store):
        return await store.redis.zscore(store.keys.due("feeds"), ID)

    return cli.with_store(read)


class Worker(threading.Thread):
    """Polls in name: commits an outcome as soon as the feed is claimed."""

    def __init__(self, settings, outcome, failures):
        super().__init__()
        self._settings, self._outcome, self._failures = settings, outcome, failures

    def run(self):
        asyncio.run(self._run())

    async def _run(self):
        settings = self._settings
        async with connect(settings, settings.redis_url) as store, asyncio.timeout(20):
            claims = ()
            while not claims:
                await asyncio.sleep(0.02)
                claims = await claim_due(store, "feeds", limit=1, lease=settings.lease, max_in_hand=9)
            feed = decode_feed(ID, {"url": URL.encode()})
            end = PollEnd(
                outcome=self._outcome,
                detail="",
                reason="own rhythm",
                pause=timedelta(hours=1),
                validators=Validators(),
                body_digest="",
                failures=self._failures,
            )
            await commit_poll(store, feed, claims[0], end, memory=timedelta(days=1), spacing=timedelta(0))


def test_poll(waiting):
    """
    A feed is due at once, and nobody waits.
    """
    got = waiting.run("feeds", "poll", ID[:8])

    assert (0, f"{ID}  is due now\n", True) == (got.exit_code, got.stdout, _due(waiting) < LATER)


@pytest.mark.parametrize(("outcome", "failures", "code"), [("not-modified", 0, 0), ("fetch-dns", 1, 1)])
def test_wait(waiting, outcome, failures, code):
    """
    With --wait the outcome of the poll is shown, and a failed one is a failure.
    """
    worker = Worker(waiting.settings, outcome, failures)
    worker.start()

    got = waiting.run("feeds", "poll", URL, "--wait", "--timeout", "20", "--json")

    worker.join()
    told = json.loads(got.stdout)
    assert (code, "polled", outcome, "own rhythm") == (
        got.exit_code,
        told["result"],
        told["outcome"],
        told["next_poll_reason"],
    )


def test_nobody_polls(waiting):
    """
    Where no worker runs, waiting ends, with what to do about it.
    """
    got = waiting.run("feeds", "poll", URL, "--wait", "--timeout", "0.3")

    assert (1, f"copydesk: {ID} was not polled in time: is a worker running? (copydesk doctor)\n") == (
        got.exit_code,
        got.stderr,
    )


def test_a_server_that_asked_to_wait(waiting):
    """
    What a server asked for with Retry-After is heeded, unless it is forced.
    """

    async def hold(store):
        await store.redis.hset(store.keys.feed(ID), mapping={"reason": "Retry-After 3600 s"})

    waiting.with_store(hold)

    held, due, forced = waiting.run("feeds", "poll", URL), _due(waiting), waiting.run("feeds", "poll", URL, "--force")

    assert (1, LATER, 0) == (held.exit_code, due, forced.exit_code)
    assert "asked not to be polled before" in held.stderr
    assert _due(waiting) < LATER


def test_a_resting_feed(waiting):
    """
    A paused feed is not polled.
    """
    waiting.run("feeds", "pause", URL)

    got = waiting.run("feeds", "poll", URL)

    assert (1, f"copydesk: {ID} is paused: resume it first\n") == (got.exit_code, got.stderr)
