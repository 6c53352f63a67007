"""``copydesk status``."""

import json
from pathlib import Path

import pytest

from ingest.settings import Settings
from ingest.store.durability import read_durability
from ingest.store.embedded import Folder
from ingest.store.feeds import add_feed, feed_id, pause_feed
from workers.cli.status import where


def _account(**counts):
    async def write(store):
        await store.redis.hset(store.keys.counts, mapping=counts)
        await store.redis.zadd(store.keys.due("entries"), {"e1": 1, "e2": 2})
        await store.redis.zadd(store.keys.lease("entries"), {"e3": 3})
        await store.redis.zadd(store.keys.dead, {"e4": 4})
        await add_feed(store, "https://outlet.example/feed.xml")

    return write


def test_status_of_nothing(cli):
    """
    A desk that has done nothing has accounts that add up to nothing.
    """
    got = cli.run("status")

    assert (0, True) == (got.exit_code, "0 seen = 0 ended + 0 in hand: adds up" in got.stdout)


@pytest.mark.parametrize("value", ["", "many", "1.5", "9" * 30])
def test_damaged_counters(cli, value):
    """
    A counter that is no number is named, in one sentence.
    """
    cli.with_store(_account(**{"entries.seen": 9, "polls.modified": value}))

    got = [cli.run("status", *more) for more in ((), ("--json",))]

    assert [1, 1] == [one.exit_code for one in got]
    assert {"copydesk: the stored counters are damaged: polls.modified is no number\n"} == {one.stderr for one in got}


def test_status_json(cli):
    """
    The JSON holds every account, and entries seen are those that ended and those in hand.
    """
    cli.with_store(_account(**{"entries.seen": 9, "entries.published": 4, "entries.duplicate": 2, "polls.modified": 7}))

    got = json.loads(cli.run("status", "--json").stdout)

    expected = {
        "store": cli.settings.redis_url,
        "address": cli.settings.redis_url,
        "durability": str(cli.with_store(read_durability)),
        "stream": cli.settings.stream,
        "feeds": 1,
        "feeds_in_hand": {"waiting": 1, "claimed": 0},
        "feeds_resting": 0,
        "entries_in_hand": {"waiting": 2, "claimed": 1},
        "entries_seen": 9,
        "entry_outcomes": {"published": 4, "duplicate": 2},
        "poll_outcomes": {"modified": 7},
        "adds_up": True,
        "accounts_difference": 0,
        "waits": "none",
        "events": 0,
        "dead_letters": 1,
        "copies_since": None,
        "copies_bytes": 0,
    }
    assert expected == got


def test_status_tells_of_resting_feeds(cli):
    """
    Feeds that are not polled are told apart from those that are.
    """

    async def write(store):
        for number in range(2):
            await add_feed(store, f"https://outlet.example/{number}.xml")
        await pause_feed(store, feed_id("https://outlet.example/1.xml"))

    cli.with_store(write)

    got = cli.run("status").stdout

    assert "2 (1 waiting, 0 claimed, 1 paused or dormant)" in got


def test_status_says_when_accounts_do_not_add_up(cli):
    """
    An entry that was seen and is nowhere is said aloud.
    """
    cli.with_store(_account(**{"entries.seen": 9, "entries.published": 5}))

    got = cli.run("status")

    assert "9 seen = 5 ended + 3 in hand: DOES NOT ADD UP" in got.stdout


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", "embedded, in desk/store"),
        ("redis://user:s3cret@store.example:6379/2", "redis://store.example:6379/2"),
        ("rediss://:p@ss@store.example", "rediss://store.example"),
        ("rediss://:p/ss@store.example/1", "rediss://store.example/1"),
        ("redis://store.example?password=s3cret", "redis://store.example"),
        ("unix:///run/store.sock", "unix:///run/store.sock"),
    ],
)
def test_where_hides_secrets(url, expected):
    """
    The store's address is shown without anything that opens it.
    """
    got = where(Settings(_env_file=None, redis_url=url, data=Path("desk")))

    assert expected == got


def test_address(cli):
    """
    A consumer is told what to connect to: of an embedded store its socket.
    """
    got = json.loads(cli.run("--redis-url", "", "--data", "desk", "status", "--json").stdout)

    assert Folder(cli.folder / "desk" / "store").url == got["address"]
