"""``copydesk`` as a whole: help, exit codes, and what it does not import."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from workers import VERSION
from workers.cli import app
from workers.cli.later import COMMANDS, FEED_COMMANDS, OPML_COMMANDS, PAGE_EDITOR, PROCESSES, command_at, load

ROOT = Path(__file__).parents[3]
#: Half a second of CPU and more; imported only by the commands that work with them.
ENGINES = ["aiohttp", "dramatiq", "apscheduler", "trafilatura", "feedparser", "lxml"]
#: Commands that have commands of their own.
GROUPS = {
    "feeds": ("add", "list", "show", "poll", "remove", "pause", "resume", "import", "export"),
    "dead": ("list", "show", "retry", "drop"),
    "sources": ("list", "show", "drift", "keep", "drop", "forget"),
    "rules": ("test", "list"),
    "sinks": ("list", "check", "dead", "retry", "drop", "forget"),
    "groups": ("list", "dead", "retry", "drop"),
}
PATHS = [
    *([name] for name in COMMANDS if name not in GROUPS),
    *([name, verb] for name, verbs in GROUPS.items() for verb in verbs),
]


def test_help_lists_every_command(cli):
    """
    The help, with or without being asked for, names every command with its line.
    """
    asked, bare = cli.run("--help"), cli.run()

    flat = " ".join(asked.stdout.replace("│", " ").split())
    assert (0, 0, True) == (asked.exit_code, bare.exit_code, asked.stdout.strip() == bare.stdout.strip())
    assert [] == [name for name, place in COMMANDS.items() if f"{name} {place.help}" not in flat]


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_every_command_has_a_help_with_an_example(cli, path):
    """
    Every command shows how it is called.
    """
    got = cli.run(*path, "--help")

    assert (0, True) == (got.exit_code, f"copydesk {' '.join(path)}" in got.stdout.partition("Example:")[2])


@pytest.mark.parametrize(
    "place", [*COMMANDS.values(), *FEED_COMMANDS.values(), *OPML_COMMANDS.values()], ids=lambda place: place.path
)
def test_the_table_says_what_the_command_says(place):
    """
    The line of a command in the table is the first line of its own help.
    """
    assert place.help == command_at(place.path).help.strip().splitlines()[0]


@pytest.mark.parametrize("path", [*PROCESSES.values(), PAGE_EDITOR])
def test_the_tables_name_functions(path):
    """
    What the tables name is there to be called.
    """
    assert callable(load(path))


def test_version(cli):
    """
    The version is on stdout.
    """
    assert (0, f"copydesk {VERSION}\n") == (cli.run("--version").exit_code, cli.run("--version").stdout)


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "sentence"),
    [
        (["run", "--foo"], {}, 2, "No such option: --foo (see copydesk run --help)"),
        (["rnu"], {}, 2, "No such command 'rnu'. Did you mean 'run'? (see copydesk --help)"),
        (["feeds"], {}, 2, "Missing command (see copydesk feeds --help)"),
        (
            ["completion", "tcsh"],
            {},
            2,
            "Invalid value for 'shell': 'tcsh' is not one of 'bash', 'zsh', 'fish' (see copydesk completion --help)",
        ),
        (["status"], {"COPYDESK_CONTACT": "me"}, 2, "COPYDESK_CONTACT: must be an http(s) page or a mailto: address"),
        (["check"], {}, 2, "Missing argument 'URL...' (see copydesk check --help)"),
        (["tail", "--no-follow", "-n", "9" * 22], {}, 2, None),
        (["dead", "list", "--limit", "9" * 22], {}, 2, None),
        (["groups", "dead", "g", "--limit", "9" * 22], {}, 2, None),
        (["sinks", "dead", "s", "--limit", "9" * 22], {}, 2, None),
        (["status"], {"COPYDESK_PREFIX": "a b"}, 2, None),
        (["status"], {"COPYDESK_POLL_INTERVAL": "soon"}, 2, None),
        (["--redis-url", "http://u:s3cret@h/", "status"], {}, 1, None),
        (["--redis-url", "redis://u:s3cret@127.0.0.1:1", "status"], {}, 1, None),
        (["--redis-url", "", "--data", "/dev/null", "status"], {}, 1, None),
    ],
)
def test_exit_codes(cli, arguments, environment, code, sentence):
    """
    Wrong usage ends with 2, what cannot be done with 1, each with one sentence that holds no password.
    """
    cli.environment.update(environment)

    got = cli.run(*arguments)

    assert (code, "", 1, False) == (got.exit_code, got.stdout, got.stderr.count("\n"), "s3cret" in got.stderr)
    assert sentence is None or got.stderr == f"copydesk: {sentence}\n"


def test_a_setting_is_named(cli):
    """
    A setting that makes no sense is named as the operator wrote it.
    """
    cli.environment["COPYDESK_POLL_INTERVAL"] = "soon"

    got = cli.run("status")

    assert got.stderr.startswith("copydesk: COPYDESK_POLL_INTERVAL: ")


def test_options_before_the_command_win(cli):
    """
    --redis-url and --data stand above the environment; an empty address means the embedded store.
    """
    got = cli.run("--redis-url", "", "--data", "elsewhere", "status")

    assert (0, True) == (got.exit_code, "embedded, in elsewhere/store" in got.stdout)
    assert (cli.folder / "elsewhere" / "store").is_dir()


def test_stderr_is_safe(cli):
    """
    A sentence that quotes what was typed does not pass its control codes on.
    """
    got = cli.run("feeds", "add", "--no-look", "x\x1b[2J://y")

    assert (2, False, 1) == (got.exit_code, "\x1b" in got.stderr, got.stderr.count("\n"))


def test_module_is_the_command(cli):
    """
    ``python -m workers`` is ``copydesk``, sentence and exit code included.
    """
    with cli.start("feeds", "remove", "https://outlet.example/") as process:
        output, errors = process.communicate(timeout=60)

    assert (2, b"", b"copydesk: there is no feed https://outlet.example/\n") == (process.returncode, output, errors)


def test_output_in_ascii(cli):
    """
    Where stdout knows only ASCII, a letter it lacks becomes a question mark, not a traceback.
    """
    cli.environment["PYTHONIOENCODING"] = "ascii"
    with cli.start("clean", "--diff") as process:
        output, errors = process.communicate("caf\u00e9".encode(), timeout=60)

    assert (0, b"  caf?\n", b"") == (process.returncode, output, errors)


def test_completion(cli):
    """
    Shell completion knows the commands without loading any, and a command's own options.
    """
    environment = {"_COPYDESK_COMPLETE": "complete_bash", "COMP_CWORD": "1"}
    cli.environment.update(environment | {"COMP_WORDS": "copydesk st"})
    with cli.start() as process:
        commands, _ = process.communicate(timeout=60)
    cli.environment.update(environment | {"COMP_WORDS": "copydesk tail --no", "COMP_CWORD": "2"})
    with cli.start() as process:
        options, _ = process.communicate(timeout=60)

    assert (b"status", b"--no-follow") == (commands.strip(), options.strip())


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["--help"], [*ENGINES, "redis", "pydantic", "tldextract"]),
        (["--version"], [*ENGINES, "redis", "pydantic", "tldextract"]),
        (["status"], [*ENGINES, "tldextract"]),
        (["tail", "--no-follow"], ENGINES),
        (["feeds", "list"], ENGINES),
        (["clean", "/dev/null"], [*ENGINES, "redis", "tldextract"]),
    ],
    ids=lambda value: value[0],
)
def test_commands_import_no_engine_they_do_not_need(cli, arguments, absent):
    """
    A command that does without an engine does not pay for its import.
    """
    script = (
        "import sys\nfrom workers.cli import main\ntry:\n    main()\nexcept SystemExit as end:\n"
        f"    sys.stderr.write(repr((end.code, [name for name in {absent!r} if name in sys.modules])))"
    )
    got = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=cli.folder,
        env={**cli.environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert b"(0, [])" == got.stderr


def test_closed_pipe_at_the_end(cli):
    """
    Output that nobody takes, noticed only when it is flushed at the end, is no failure.
    """
    with cli.start("feeds", "list") as process:
        process.stdout.close()
        process.stdout = io.BytesIO()
        errors = process.stderr.read()
        code = process.wait(60)

    assert (0, b"") == (code, errors)


def test_help_for_a_reader_who_has_seen_enough(cli):
    """
    A help text of which only the beginning is read is no failure.
    """
    with cli.start("feeds", "--help") as process:
        process.stdout.close()
        process.stdout = io.BytesIO()
        errors = process.stderr.read()
        code = process.wait(60)

    assert (0, b"") == (code, errors)


@pytest.mark.parametrize(
    "arguments", [("status",), ("status", "--json"), ("feeds", "export"), ("clean", "README"), ("--help",)]
)
def test_full_disk(cli, arguments):
    """
    Output that cannot be written is one sentence.
    """
    (cli.folder / "README").write_text("The council met.")
    with Path("/dev/full").open("wb") as full, cli.start(*arguments, stdout=full) as process:
        _, errors = process.communicate(timeout=60)

    assert (1, b"copydesk: [Errno 28] No space left on device\n") == (process.returncode, errors)


def test_closed_output(cli):
    """
    A process whose stdout was closed by whoever started it does its work all the same.
    """
    with cli.start("status", stdout=None, preexec_fn=lambda: os.close(1)) as process:
        _, errors = process.communicate(timeout=60)

    assert (0, b"") == (process.returncode, errors)


def test_settings_file_of_other_bytes(cli):
    """
    A settings file that is no text is one sentence.
    """
    (cli.folder / ".env").write_bytes(b"\xff\xfe=1")

    got = cli.run("status")

    assert (2, "copydesk: .env is not UTF-8 text\n") == (got.exit_code, got.stderr)


def test_a_defect_is_not_hidden(cli, monkeypatch):
    """
    What no sentence was foreseen for keeps its traceback.
    """
    monkeypatch.setattr("workers.cli.status.where", lambda settings: settings.no_such_setting)

    got = cli.run("status")

    assert isinstance(got.exception, AttributeError)


def test_the_app_is_typers():
    """
    The app can be run by typer's own tools.
    """
    assert isinstance(app, typer.Typer)
