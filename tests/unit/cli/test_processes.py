"""``copydesk run``, ``scheduler``, ``worker`` and ``web``."""

import sys
import types

import pytest

from ingest.errors import SettingsError, StoreError
from workers.cli.later import PROCESSES


@pytest.fixture
def calls(monkeypatch):
    """The four processes replaced by a function that records its call: what they do is tested where they are."""
    found = []

    def process(settings, **options):
        found.append((settings.prefix, options))
        return 7

    monkeypatch.setitem(sys.modules, "stand_in", types.SimpleNamespace(process=process))
    for name in PROCESSES:
        monkeypatch.setitem(PROCESSES, name, "stand_in:process")
    return found


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (["run"], {"demo": False, "or_demo": False}),
        (["run", "--demo"], {"demo": True, "or_demo": False}),
        (["run", "--or-demo"], {"demo": False, "or_demo": True}),
        (["scheduler"], {}),
        (["worker"], {}),
        (["web"], {}),
    ],
    ids=" ".join,
)
def test_process(cli, calls, arguments, options):
    """
    A process gets the settings in force, and its exit code is the command's.
    """
    got = cli.run(*arguments)

    assert (7, [(cli.settings.prefix, options)]) == (got.exit_code, calls)


ENDINGS = [
    (StoreError("no store answers"), 1, "copydesk: no store answers\n"),
    (SettingsError("COPYDESK_DATA: no"), 2, "copydesk: COPYDESK_DATA: no\n"),
    (OSError(98, "Address already in use"), 1, "copydesk: [Errno 98] Address already in use\n"),
    (FileNotFoundError(2, "No such file or directory", "x"), 2, "copydesk: x: No such file or directory\n"),
    (KeyboardInterrupt(), 130, ""),
]


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: type(ending[0]).__name__)
@pytest.mark.parametrize("command", PROCESSES)
def test_process_that_cannot(cli, monkeypatch, command, ending):
    """
    Whatever a process cannot do is one sentence; Ctrl-C needs none.
    """
    error, code, sentence = ending

    def process(settings, **options):  # noqa: ARG001 - the shape of all four
        raise error

    monkeypatch.setitem(sys.modules, "stand_in", types.SimpleNamespace(process=process))
    monkeypatch.setitem(PROCESSES, command, "stand_in:process")

    got = cli.run(command)

    assert (code, "", sentence) == (got.exit_code, got.stdout, got.stderr)
