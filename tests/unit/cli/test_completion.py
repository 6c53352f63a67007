"""``copydesk completion``: what a shell offers at the press of a key."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.store.feeds import feed_id
from workers.cli.names import _offered

URL = "https://outlet.example/feed.xml?token=s3cret"
ID = feed_id(URL)


@pytest.fixture
def bash(cli):
    """What a real bash offers for a line, the word to be completed last."""
    program = shutil.which("bash")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("there is no bash, and CI is set")
        pytest.skip("there is no bash")
    script = 'eval "$(copydesk completion bash)"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
    script += '_copydesk_completion copydesk; printf "%s\\n" "${COMPREPLY[@]}"'

    def offered(*words):
        environment = {**os.environ, **cli.environment}
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        done = subprocess.run(
            [program, "--norc", "-c", script, "bash", "copydesk", *words],
            cwd=cli.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout.split(), done.stderr

    return offered


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("sta",), ["status"]),
        (("feeds", "sh"), ["show"]),
        (("feeds", "show", "--js"), ["--json"]),
        (("feeds", "show", ID[:3]), [ID]),
        # bash ends a word at a colon.
        (("feeds", "pause", "https", ":", "//out"), ["//outlet.example/feed.xml?token=***"]),
        (("completion", "f"), ["fish"]),
    ],
)
def test_bash(cli, bash, words, expected):
    """
    bash completes commands of commands, options, and ids and addresses of feeds, keys in them hidden.
    """
    cli.run("feeds", "add", "--no-look", URL)

    assert (expected, "") == bash(*words)


def test_feed_of_a_replay(cli, bash):
    """
    A feed that is an option's value is completed as well.
    """
    cli.run("feeds", "add", "--no-look", URL)

    assert ([ID], "") == bash("replay", "--feed", ID[:3])


def test_first_key_press_in_zsh(cli):
    """
    In a file of zsh's fpath the script is run by the first key press, and so must complete besides defining how.
    """
    lines = cli.run("completion", "zsh").stdout.splitlines()

    expected = [
        "compdef _copydesk_completion copydesk",
        "if [[ ${funcstack[1]} == _copydesk ]]; then",
        '  _copydesk_completion "$@"',
        "fi",
    ]
    assert expected == lines[-4:]


def test_without_a_store(cli, bash):
    """
    Where no store is running nothing is offered, nothing is said, and none is started.
    """
    cli.environment["REDIS_URL"] = ""

    assert (([], ""), False) == (bash("feeds", "show", ID[:3]), (cli.folder / "data").exists())


@pytest.mark.parametrize(
    ("incomplete", "expected"),
    [
        ("", [ID]),
        ("http", ["https://outlet.example/feed.xml?token=***"]),
        ("https://outlet.example/f", ["https://outlet.example/feed.xml?token=***"]),
        ("https://other", []),
        ("zz", []),
    ],
)
def test_offers(incomplete, expected):
    """
    Ids are offered until an address is begun.
    """
    assert expected == [word for word, _ in _offered([(URL, ID)], incomplete)]


@pytest.mark.parametrize(
    ("shell", "part"), [("bash", "complete -o"), ("zsh", "#compdef copydesk"), ("fish", "complete --command copydesk")]
)
def test_scripts(cli, shell, part):
    """
    Each shell gets its own script.
    """
    got = cli.run("completion", shell)

    assert (0, True) == (got.exit_code, part in got.stdout)
