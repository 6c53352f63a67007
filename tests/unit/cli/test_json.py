"""``--json`` on every command: JSON on stdout and nothing else, sentences on stderr, exit codes 0, 1 and 2."""

import json

import pytest
from typer.testing import CliRunner

from ingest.store.feeds import feed_id
from workers.cli import app
from workers.cli.later import COMMANDS, PROCESSES, command_at

URL = "https://outlet.example/feed.xml"
ID = feed_id(URL)
OPML = '<opml version="2.0"><body><outline text="B" xmlUrl="https://b.example/f"/></body></opml>'


def leaves():
    """Every command, as its words."""
    for name in COMMANDS:
        found = command_at(COMMANDS[name].path)
        yield from ((name, verb) for verb in found.commands) if hasattr(found, "commands") else ((name,),)


#: What is called: the words of a command, its arguments, its exit code. NOBODY is an address where nobody answers.
NOBODY = "http://127.0.0.1:9/feed.xml"
CALLS = [
    (("status",), (), 0),
    (("doctor",), ("--release",), 0),
    (("completion",), ("bash",), 0),
    (("completion",), ("tcsh",), 2),
    (("check",), (NOBODY,), 1),
    (("check",), (NOBODY, NOBODY), 1),
    (("check",), ("nowhere",), 2),
    (("clean",), ("article.txt",), 0),
    (("clean",), ("no-such-file",), 2),
    (("tail",), ("--no-follow",), 0),
    (("why",), ("https://outlet.example/1",), 2),
    (("feeds", "add"), ("--no-look", "https://c.example/"), 0),
    (("feeds", "add"), ("--no-look", "https://c.example/", "https://d.example/"), 0),
    (("feeds", "add"), ("--no-look", "nowhere"), 2),
    (("feeds", "list"), (), 0),
    (("feeds", "list"), ("--failing", "--paused", "--folder", "x", "--sort", "next"), 0),
    (("feeds", "list"), ("--sort", "luck"), 2),
    (("feeds", "show"), (URL,), 0),
    (("feeds", "show"), (URL, "https://b.example/"), 2),
    (("feeds", "poll"), (ID,), 0),
    (("feeds", "poll"), (ID, "--wait", "--timeout", "0.2"), 1),
    (("feeds", "pause"), (ID[:8],), 0),
    (("feeds", "resume"), (ID,), 0),
    (("feeds", "remove"), (URL,), 0),
    (("feeds", "import"), ("feeds.opml",), 0),
    (("feeds", "import"), ("article.txt",), 2),
    (("feeds", "export"), (), 0),
    (("dead", "list"), (), 0),
    (("dead", "show"), ("0" * 32,), 2),
    (("dead", "retry"), ("--all",), 0),
    (("dead", "drop"), ("0" * 32,), 2),
    (("sources", "list"), (), 0),
    (("sources", "show"), ("outlet.example",), 2),
    (("sources", "drift"), (), 0),
    (("sources", "keep"), ("outlet.example", "0" * 16), 2),
    (("sources", "drop"), ("outlet.example", "0" * 16), 2),
    (("sources", "forget"), ("outlet.example",), 2),
    (("sinks", "list"), (), 0),
    (("sinks", "check"), (), 0),
    (("sinks", "dead"), ("search",), 0),
    (("sinks", "dead"), ("serach",), 2),
    (("sinks", "retry"), ("search", "--all"), 0),
    (("sinks", "drop"), ("search", "1-0"), 2),
    (("sinks", "forget"), ("search",), 2),
    (("groups", "list"), (), 0),
    (("groups", "dead"), ("search",), 0),
    (("groups", "dead"), ("serach",), 2),
    (("groups", "retry"), ("search", "--all"), 0),
    (("groups", "drop"), ("search", "1-0"), 2),
    (("replay",), ("https://outlet.example/1",), 2),
    (("rules", "test"), (), 0),
    (("rules", "list"), ("--lang", "en"), 0),
]


def documents(output: str) -> list:
    """The JSON on stdout: one document, or one a line."""
    try:
        return [json.loads(output)]
    except ValueError:
        return [json.loads(line) for line in output.splitlines()]


@pytest.fixture
def place(cli, make_article):
    """A desk with one feed and one article, a group and a sink, and some files."""
    cli.publish(make_article())
    cli.with_store(lambda store: store.redis.xgroup_create(store.keys.articles, "search", "0"))
    (cli.folder / "sinks.toml").write_text('[[sink]]\nname = "search"\nurl = "jsonl:articles.jsonl"\n')
    (cli.folder / "article.txt").write_text("The quay reopened.\nSign up to our newsletter\n")
    (cli.folder / "feeds.opml").write_text(OPML)
    cli.run("feeds", "add", "--no-look", URL)
    return cli


@pytest.mark.parametrize(
    ("words", "arguments", "code"),
    CALLS,
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else None,
)
def test_json(place, words, arguments, code):
    """
    With --json a command writes JSON and nothing else, or nothing and one sentence; it ends with 0, 1 or 2.
    """
    got = place.run(*words, *arguments, "--json")

    assert (code, None) == (got.exit_code, got.exception if not isinstance(got.exception, SystemExit) else None)
    assert code == 2 or documents(got.stdout)
    assert code != 2 or got.stderr.startswith("copydesk: ")
    assert code != 0 or "Traceback" not in got.stderr


@pytest.mark.parametrize("words", [*leaves()], ids=" ".join)
def test_every_command_takes_json(words):
    """
    There is no command without --json.
    """
    got = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "200", "TERM": "dumb"}, prog_name="copydesk")

    assert "--json" in got.stdout


def test_every_command_is_called():
    """
    The table above forgets no command but the processes, which log.
    """
    assert {*leaves()} - {words for words, _, _ in CALLS} <= {(name,) for name in PROCESSES}


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_logs_json(place, name, monkeypatch):
    """
    With --json a process logs JSON lines, on a terminal as well.
    """
    found = []
    monkeypatch.setattr("workers.cli.processes.load", lambda _: lambda settings, **_: found.append(settings) or 0)

    got = place.run(name, "--json")

    assert (0, ["json"]) == (got.exit_code, [settings.log_format for settings in found])
