"""``copydesk dead``."""

import json
from datetime import datetime

import pytest

from ingest.models import Entry, FeedRef
from ingest.store.entries import counts, encode_ref
from workers.show import moment

ONE, TWO = "1" * 32, "2" * 32


@pytest.fixture
def letters(cli):
    """Two dead letters, the second the later."""

    async def bury(store):
        for time, id_ in enumerate((ONE, TWO), start=1):
            entry = Entry(guid="g", url=f"https://outlet.example/{time}?token=s3cret", title=f"Story\x1b {time}")
            ref = encode_ref(entry, FeedRef(id="f", url="https://outlet.example/feed.xml"))
            fields = {"outcome": "dead", "reason": "page-failed:status-404", "strikes": 5, "ref": ref, "closed": 1e12}
            await store.redis.hset(store.keys.entry(id_), mapping=fields)
            await store.redis.zadd(store.keys.dead, {id_: time})
            await store.redis.hincrby(store.keys.counts, "entries.dead", 1)

    cli.with_store(bury)


@pytest.mark.usefixtures("letters")
def test_list(cli):
    """
    The latest come first, with the reason; keys in addresses are not shown.
    """
    got = json.loads(cli.run("dead", "list", "--json").stdout)
    shown = cli.run("dead", "list", "--limit", "1").stdout

    assert [(TWO, "page-failed:status-404", 5), (ONE, "page-failed:status-404", 5)] == [
        (one["id"], one["reason"], one["attempts"]) for one in got
    ]
    assert ("s3cret" in str(got) + shown, TWO in shown, ONE in shown, "\x1b" in shown) == (False, True, False, False)


def test_list_of_none(cli):
    """
    No dead letters is said in words, and as an empty array.
    """
    got = cli.run("dead", "list").stdout, cli.run("dead", "list", "--json").stdout

    assert ("No dead letters.\n", "[]\n") == got


@pytest.mark.usefixtures("letters")
def test_show(cli):
    """
    One letter is shown whole, its times as everywhere; one that is none is said.
    """
    got = json.loads(cli.run("dead", "show", ONE, "--json").stdout)
    shown = cli.run("dead", "show", ONE).stdout
    none = cli.run("dead", "show", "3" * 32)

    assert ("Story\x1b 1", "f") == (got["title"], got["feed"])
    # As in the list: in the local zone, to the second.
    assert f"died at       {moment(datetime.fromisoformat(got['died_at']))} " in shown
    assert (2, f"copydesk: there is no dead letter {'3' * 32}\n") == (none.exit_code, none.stderr)


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize(
    ("command", "words", "left"),
    [
        (("retry", ONE), "1 to be tried again\n", {"entries.dead": 1}),
        (("retry", "--all"), "2 to be tried again\n", {"entries.dead": 0}),
        (("drop", ONE, TWO, ONE), "2 dropped\n", {"entries.dead": 0, "entries.dropped": 2}),
    ],
)
def test_decided(cli, command, words, left):
    """
    What is tried again or dropped is no dead letter any more, and counted so.
    """
    got = cli.run("dead", *command)

    assert (0, words, left) == (got.exit_code, got.stdout, cli.with_store(counts))


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("retry",), "name dead letters, or say --all"),
        (("retry", ONE, "--all"), "name dead letters, or say --all"),
        (("drop", "1\x1b"), "is no id of an entry: 32 hex digits"),
        (("retry", "3" * 32), "there is no dead letter 333"),
    ],
)
def test_wrong(cli, arguments, sentence):
    """
    What makes no sense is said in a sentence, and changes nothing.
    """
    got = cli.run("dead", *arguments)

    assert (2, {"entries.dead": 2}) == (got.exit_code, cli.with_store(counts))
    assert sentence in got.stderr
