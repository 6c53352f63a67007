"""``copydesk sinks``."""

import json
from datetime import timedelta

import pytest

from ingest.store.relay import Settled, hold_sink, leave_sink, note_state, settle_rows, take_rows

TOML = """
[[sink]]
name = "files"
url = "jsonl:out/articles.jsonl"

[[sink]]
name = "hook"
url = "{url}/s3cret"
"""


@pytest.fixture
def configured(cli, site):
    """Two sinks, one of them at a site."""
    (cli.folder / "sinks.toml").write_text(TOML.format(url=site.url))
    return site


@pytest.fixture
def refused(cli, make_article):
    """Two events refused by "hook", none of them pending; the ids of the dead letters, the latest first."""
    cli.publish(make_article(1), make_article(2), make_article(3))

    async def refuse(store):
        await hold_sink(store, "hook", "one", lease=timedelta(minutes=1))
        rows = await take_rows(store, "hook", "one", count=2, start="beginning")
        await settle_rows(store, "hook", [Settled(row=row, outcome="refused", reason="too \x1b long") for row in rows])
        await note_state(store, "hook", "waiting", "it answers 503")
        await leave_sink(store, "hook", "one")

    cli.with_store(refuse)
    return [one["id"] for one in json.loads(cli.run("sinks", "dead", "hook", "--json").stdout)]


def test_list_of_none(cli):
    """
    No sinks is said in words, and as an empty array.
    """
    got = [cli.run("sinks", *arguments) for arguments in (["list"], ["list", "--json"], ["check"], ["check", "--json"])]

    assert [0] * 4 == [one.exit_code for one in got]
    assert ["No sinks: none in sinks.toml or COPYDESK_SINKS.\n", "[]\n"] * 2 == [one.stdout for one in got]


@pytest.mark.usefixtures("configured", "refused")
def test_list(cli):
    """
    Each sink is listed with its address as people may see it, how it stands and why; in the file's order.
    """
    shown = cli.run("sinks", "list")
    files, hook = json.loads(cli.run("sinks", "list", "--json").stdout)

    assert (0, False) == (shown.exit_code, "s3cret" in shown.stdout + str(hook))
    assert ("files", "jsonl:out/articles.jsonl", "no relay", None, 0) == (
        files["name"],
        files["address"],
        files["state"],
        files["lag"],
        files["sent"],
    )
    assert ("hook", "waiting", "it answers 503", 1, 0, 2, 2) == (
        hook["name"],
        hook["state"],
        hook["error"],
        hook["lag"],
        hook["pending"],
        hook["refused"],
        hook["dead_letters"],
    )
    assert all(word in shown.stdout for word in ("hook", "/...", "waiting", "it answers 503"))


@pytest.mark.usefixtures("refused")
def test_list_of_what_is_left(cli):
    """
    A sink that is no longer configured and still holds the stream is listed, until it is forgotten.
    """
    (left,) = json.loads(cli.run("sinks", "list", "--json").stdout)
    forgotten = cli.run("sinks", "forget", "hook")

    assert ("hook", "not configured", None) == (left["name"], left["state"], left["address"])
    assert (0, "hook is forgotten\n") == (forgotten.exit_code, forgotten.stdout)
    assert [] == json.loads(cli.run("sinks", "list", "--json").stdout)
    assert (2, "copydesk: there is nothing of a sink 'hook'\n") == (
        (again := cli.run("sinks", "forget", "hook")).exit_code,
        again.stderr,
    )


@pytest.mark.usefixtures("configured")
def test_forget_refused(cli):
    """
    A sink is not forgotten while it is configured, or while a relay works for it.
    """
    cli.with_store(lambda store: hold_sink(store, "old", "one", lease=timedelta(minutes=1)))

    configured, held = cli.run("sinks", "forget", "hook"), cli.run("sinks", "forget", "old")

    assert (2, "copydesk: hook is still configured: take it out of the configuration first\n") == (
        configured.exit_code,
        configured.stderr,
    )
    assert (1, True) == (held.exit_code, "a relay still works for it" in held.stderr)


def test_check(cli, configured):
    """
    Each engine is asked; who does not answer makes the command fail.
    """
    configured.pages["/s3cret"] = (204, {}, b"")
    good = cli.run("sinks", "check")
    cli.environment["COPYDESK_SINKS"] = "http://127.0.0.1:1/s3cret"
    bad, named = cli.run("sinks", "check", "--json"), cli.run("sinks", "check", "files")

    answers = {one["name"]: (one["ok"], one["answer"]) for one in json.loads(bad.stdout)}
    assert (0, 1, 0) == (good.exit_code, bad.exit_code, named.exit_code)
    assert ("answers 204" in good.stdout, "can be created" in good.stdout) == (True, True)
    assert {"files", "hook", "webhook"} == set(answers)
    assert not answers["webhook"][0]
    assert "s3cret" not in good.stdout + bad.stdout + named.stdout
    assert "hook" not in named.stdout
    assert not (cli.folder / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["check", "nobody"], "there is no sink 'nobody'"),
        (["retry", "hook"], "name dead letters, or say --all"),
        (["drop", "hook", "1-0", "--all"], "name dead letters, or say --all"),
        (["retry", "hook", "x\x1b"], "'x' is no id of a dead letter, such as 1772366400000-0"),
    ],
)
def test_wrong_usage(cli, arguments, sentence):
    """
    What makes no sense is said in a sentence.
    """
    got = cli.run("sinks", *arguments)

    assert (2, f"copydesk: {sentence}\n") == (got.exit_code, got.stderr)


@pytest.mark.parametrize("command", [["list"], ["check"], ["forget", "x"]])
def test_a_broken_file(cli, command):
    """
    A file that makes no sense is wrong input, and where it is wrong is said.
    """
    (cli.folder / "sinks.toml").write_text("[[sink]]\n")

    got = cli.run("sinks", *command)

    assert (2, "copydesk: sinks.toml: sink 1: name: Field required\n") == (got.exit_code, got.stderr)


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("arguments", [("dead", "hok"), ("retry", "hok", "--all"), ("drop", "hok", "--all")])
def test_no_such_sink(cli, arguments):
    """
    A slip in a sink's name is told: it must not look like a sink without dead letters.
    """
    known, unknown = cli.run("sinks", "dead", "files"), cli.run("sinks", *arguments)

    assert (0, "No dead letters.\n") == (known.exit_code, known.stdout)
    assert (2, "", "copydesk: there is no sink 'hok'\n") == (unknown.exit_code, unknown.stdout, unknown.stderr)


@pytest.mark.usefixtures("configured")
def test_dead(cli, refused):
    """
    Dead letters are listed, the latest first, with the reason; one can be retried, one dropped; what is none is said.
    """
    shown = cli.run("sinks", "dead", "hook").stdout
    done = [
        cli.run("sinks", "retry", "hook", refused[1]),
        cli.run("sinks", "drop", "hook", refused[0], "9-9"),
        cli.run("sinks", "retry", "hook", "--all"),
    ]

    assert (2, True, False) == (len(refused), shown.index(refused[0]) < shown.index(refused[1]), "\x1b" in shown)
    assert [(0, "1 to be given again\n"), (2, "1 dropped\n"), (0, "0 to be given again\n")] == [
        (one.exit_code, one.stdout) for one in done
    ]
    assert "copydesk: hook 9-9: there is no such dead letter\n" == done[1].stderr
    assert "No dead letters.\n" == cli.run("sinks", "dead", "hook").stdout
