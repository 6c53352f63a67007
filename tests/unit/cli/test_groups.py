"""``copydesk groups``."""

import json
from contextlib import closing

import pytest

from ingest.store.consume import consume


@pytest.fixture
def aside(cli, make_article):
    """Two events that were delivered too often to the group "search", of which there are three."""
    cli.publish(*(make_article(number, title=f"Plan {number} \x1b[31m") for number in (1, 2, 3)))
    for _ in range(4):
        reading = consume(cli.settings.redis_url, "search", "me", prefix=cli.settings.prefix, max_deliveries=2)
        with closing(reading) as events:
            next(events)
    return [one["id"] for one in json.loads(cli.run("groups", "dead", "search", "--json").stdout)]


def test_nothing(cli):
    """
    No groups, and no dead letters, is said in words and as an empty array.
    """

    async def join(store):
        await store.redis.xgroup_create(store.keys.articles, "search", "0", mkstream=True)

    none = [cli.run("groups", "list", *form).stdout for form in ([], ["--json"])]
    cli.with_store(join)
    got = none + [
        cli.run("groups", *arguments).stdout
        for arguments in (["dead", "search"], ["dead", "search", "--json"], ["retry", "search", "--all"])
    ]

    assert ["No consumer groups.\n", "[]\n", "No dead letters.\n", "[]\n", "0 to be given again\n"] == got


@pytest.mark.parametrize("arguments", [("dead", "serach"), ("retry", "serach", "--all"), ("drop", "serach", "--all")])
def test_no_such_group(cli, arguments):
    """
    A slip in a group's name is told: it must not look like a group without dead letters.
    """
    got = cli.run("groups", *arguments)

    expected = "copydesk: there is no consumer group 'serach' (see copydesk groups list)\n"
    assert (2, "", expected) == (got.exit_code, got.stdout, got.stderr)


@pytest.mark.usefixtures("aside")
def test_list(cli):
    """
    Each group is listed with its lag, what it holds, how often that was delivered, and its dead letters.
    """
    shown = cli.run("groups", "list")
    (one,) = json.loads(cli.run("groups", "list", "--json").stdout)

    expected = {"name": "search", "consumers": 1, "lag": 0, "pending": 1, "deliveries": 2, "dead_letters": 2}
    assert expected == one
    assert (0, True) == (shown.exit_code, all(word in shown.stdout for word in ("search", "dead letters")))


def test_dead(cli, aside):
    """
    A dead letter is listed with the event and who had it last, and as JSON with its whole article.
    """
    shown = cli.run("groups", "dead", "search")
    latest, _ = json.loads(cli.run("groups", "dead", "search", "--json").stdout)
    limited = json.loads(cli.run("groups", "dead", "search", "--limit", "1", "--json").stdout)

    assert (aside[0], 2, "me", "Plan 2 [31m") == (
        latest["id"],
        latest["deliveries"],
        latest["consumer"],
        latest["article"]["title"],
    )
    assert (0, True, [latest]) == (shown.exit_code, all(id_ in shown.stdout for id_ in aside), limited)


def test_retry_and_drop(cli, aside):
    """
    Dead letters are given again, or given up, and then they are none.
    """
    dropped = cli.run("groups", "drop", "search", aside[0], "--json")
    retried = cli.run("groups", "retry", "search", "--all")
    again = cli.run("groups", "retry", "search", aside[1])

    assert (0, [{"id": aside[0], "result": "dropped"}]) == (dropped.exit_code, json.loads(dropped.stdout))
    assert (0, "1 to be given again\n") == (retried.exit_code, retried.stdout)
    assert (2, "0 to be given again\n", f"copydesk: search {aside[1]}: there is no such dead letter\n") == (
        again.exit_code,
        again.stdout,
        again.stderr,
    )
    (one,) = json.loads(cli.run("groups", "list", "--json").stdout)
    assert (2, 0) == (one["pending"], one["dead_letters"])


def test_retry_of_what_is_cut(cli, aside):
    """
    What the stream has cut cannot be given again, is said, and stays.
    """
    cli.with_store(lambda store: store.redis.delete(store.keys.articles))

    got = cli.run("groups", "retry", "search", "--all", "--json")

    assert (2, ["gone", "gone"]) == (got.exit_code, [one["result"] for one in json.loads(got.stdout)])
    assert "the stream no longer holds its row" in got.stderr
    assert aside == [one["id"] for one in json.loads(cli.run("groups", "dead", "search", "--json").stdout)]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["retry", "g"], "name dead letters, or say --all"),
        (["drop", "g", "1-0", "--all"], "name dead letters, or say --all"),
        (["retry", "g", "x\x1b"], "'x' is no id of a dead letter, such as 1772366400000-0"),
    ],
)
def test_wrong_usage(cli, arguments, sentence):
    """
    What makes no sense is said in a sentence.
    """
    got = cli.run("groups", *arguments)

    assert (2, f"copydesk: {sentence}\n") == (got.exit_code, got.stderr)


@pytest.mark.usefixtures("aside")
def test_damaged(cli):
    """
    A dead letter that is none of ours is listed with the others, and another key in their place is told.
    """

    async def add(store):
        await store.redis.xadd(store.keys.aside("search"), {"deliveries": "many", "id": b"\xff"})

    async def replace(store):
        await store.redis.delete(store.keys.aside("search"))
        await store.redis.set(store.keys.aside("search"), "somebody else's")

    cli.with_store(add)
    listed = json.loads(cli.run("groups", "dead", "search", "--json").stdout)
    cli.with_store(replace)

    got = cli.run("groups", "list")

    assert [0, 2, 2] == [one["deliveries"] for one in listed]
    assert (1, True) == (got.exit_code, "something that is not ours" in got.stderr)
