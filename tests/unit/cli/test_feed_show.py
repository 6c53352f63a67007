"""``copydesk feeds show``: what polling taught us about a feed."""

import asyncio
import json

import pytest

from ingest.models import Feed
from ingest.polling.websub import Subscription
from ingest.stages.poll import poll_feed
from ingest.store.due import claim_due
from ingest.store.feeds import feed_id
from ingest.store.hubs import write_subscription
from tests.unit.cli.conftest import T0
from workers.wiring import open_desk

FEED = b"""<rss version="2.0"><channel><title>The [b]Outlet[/b]</title><ttl>90</ttl>
<item><title>Harbour plan adopted</title><link>https://outlet.example/1</link><guid>a</guid></item>
<item><title>Ferries run again</title><link>https://outlet.example/2?key=s3cret</link><guid>b</guid></item>
</channel></rss>"""


@pytest.fixture
def polled(cli, site):
    """The address of a feed that was polled once."""
    site.pages["/f.xml"] = (200, {"Content-Type": "application/rss+xml", "ETag": '"v1"'}, FEED)
    url = f"{site.url}/f.xml"
    cli.run("feeds", "add", "--no-look", url)
    settings = cli.settings.model_copy(update={"allowed_ports": (), "first_poll": "all"})

    async def once():
        async with open_desk(settings, settings.redis_url) as desk:
            claims = await claim_due(desk.store, "feeds", limit=9, lease=settings.lease, max_in_hand=9)
            for claim in claims:
                await poll_feed(desk, claim)

    asyncio.run(once())
    return url


@pytest.mark.parametrize("length", [None, 16, 6], ids=["address", "id", "beginning of the id"])
def test_show(cli, polled, length):
    """
    A polled feed shows its outcome, validators, rhythm, next poll with its reason, and its entries with theirs.
    """
    name = polled if length is None else feed_id(polled)[:length]

    got = json.loads(cli.run("feeds", "show", name, "--json").stdout)

    entries = [(entry["title"], entry["url"], entry["state"]) for entry in got["entries"]]
    assert ("modified", "", 0, 2, '"v1"', "ttl") == (
        got["last_outcome"],
        got["meaning"],
        got["failures"],
        got["new_entries"],
        got["validators"]["etag"],
        got["asked_by"],
    )
    assert [
        ("Harbour plan adopted", "https://outlet.example/1", "waiting"),
        ("Ferries run again", "https://outlet.example/2?key=***", "waiting"),
    ] == entries
    assert (True, 2, 2) == (got["next_poll_reason"] != "", got["rhythm"]["window_entries"], got["entries_remembered"])


def test_show_for_people(cli, polled):
    """
    The report says the same in words, and passes no markup and no secret on.
    """
    got = cli.run("feeds", "show", polled)

    assert (0, "") == (got.exit_code, got.stderr)
    assert all(
        part in got.stdout for part in ("The [b]Outlet[/b]", "1:30:00 by ttl", "Harbour plan adopted", "key=***")
    )
    assert "s3cret" not in got.stdout


def test_what_is_not_usual_is_shown(cli):
    """
    A hub, a move, a rest, failures and other addresses are told; the hub's token and secret are not.
    """
    url = "https://outlet.example/feed.xml"
    cli.run("feeds", "add", "--no-look", url)
    fields = {"state": "paused", "state_reason": "too noisy", "moved_url": "https://b.example/?key=s3cret"}
    fields |= {"moved_since": 1772366400000, "moved_polls": 1, "aliases": f" {'a' * 16} {'a' * 16}", "failures": 3}
    fields |= {"outcome": "fetch-dns", "failing_since": 1772366400000, "guids": "distrusted", "polled": 1772366400000}
    fields |= {"strikes": 2, "error": "host is busy", "unreliable_at": 1772366400000}

    async def spoil(store):
        await store.redis.hset(store.keys.feed(feed_id(url)), mapping=fields)
        hub = Subscription(
            hub="https://hub.example/?key=s3cret",
            topic=url,
            token="s3cret",
            secret="s3cret",
            state="active",
            asked_at=T0,
        )
        await write_subscription(store, feed_id(url), hub)

    cli.with_store(spoil)

    got = cli.run("feeds", "show", url).stdout, cli.run("feeds", "show", url, "--json").stdout

    told = json.loads(got[1])
    assert not any("s3cret" in one for one in got)
    assert ("active", ["a" * 16], "The name of the server was not found.") == (
        told["hub"]["state"],
        told["aliases"],
        told["meaning"],
    )
    assert {"attempts": 2, "last_error": "host is busy"} == told["unfinished_polls"]
    expected = ["paused: too noisy", "redirected to", "3 in a row", "2 attempts: host is busy", "are not heeded"]
    assert [] == [part for part in [*expected, "https://hub.example/?key=***"] if part not in got[0]]


def test_several(cli):
    """
    Several feeds are shown one after the other, in JSON an object a line.
    """
    urls = ["https://a.example/", "https://b.example/"]
    cli.run("feeds", "add", "--no-look", *urls)

    got = cli.run("feeds", "show", *urls, "--json")

    assert urls == [json.loads(line)["url"] for line in got.stdout.splitlines()]


def test_a_beginning_that_several_ids_have(cli):
    """
    What may be several feeds is none of them: the ids are named, and nothing is done to any.
    """

    async def add(store):
        for ending in "123":
            await store.redis.hset(store.keys.feeds, f"abcd{ending:0>12}", "https://a.example/")

    cli.with_store(add)

    shown, removed = cli.run("feeds", "show", "abcd"), cli.run("feeds", "remove", "abcd")

    expected = "abcd may be any of abcd000000000001, abcd000000000002, abcd000000000003: give more of the id"
    assert (2, f"copydesk: {expected}\n") == (shown.exit_code, shown.stderr)
    assert (2, 3) == (removed.exit_code, len(json.loads(cli.run("feeds", "list", "--json").stdout)))


def test_damaged_record(cli):
    """
    A feed whose record is damaged is shown as far as it can be read.
    """
    url = "https://outlet.example/feed.xml"
    cli.run("feeds", "add", "--no-look", url)
    broken = dict.fromkeys(("rhythm", "hints", "window", "gained", "committed", "strikes", "polled"), b"\xff\xfe")

    async def spoil(store):
        await store.redis.hset(store.keys.feed(feed_id(url)), mapping=broken)

    cli.with_store(spoil)

    got = json.loads(cli.run("feeds", "show", url, "--json").stdout)

    assert (Feed(id="", url="").title, [], None) == (got["title"], got["entries"], got["rhythm"])
