"""What only shows on a terminal: colours, and progress on stderr."""

import os
import pty
import subprocess
import sys

import pytest

from tests.unit.cli.conftest import ROOT

URL = "https://outlet.example/feed.xml"
OPML = '<opml version="2.0"><body>{}</body></opml>'


def on_terminal(cli, *arguments, stdout_too=True, **environment):
    """What a command writes to a terminal that is its stderr, and its stdout unless told otherwise."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "workers", *arguments],
        cwd=cli.folder,
        env={**os.environ, **cli.environment, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **environment},
        stdin=subprocess.DEVNULL,
        stdout=theirs if stdout_too else subprocess.DEVNULL,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        said = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux' word for the end of a terminal
                break
            if not part:
                break
            said += part
        assert 0 == process.wait(60)
    os.close(ours)
    return said


@pytest.mark.parametrize(("environment", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours(cli, environment, is_coloured):
    """
    A terminal gets colours, unless NO_COLOR says no (no-color.org).
    """
    got = on_terminal(cli, "doctor", "--release", **environment)

    assert is_coloured == (b"\x1b[32m" in got)
    assert b"python" in got


def test_progress(cli):
    """
    An import shows its progress on a terminal, on stderr.
    """
    outlines = "".join(f'<outline text="F" xmlUrl="https://outlet.example/{number}"/>' for number in range(50))
    (cli.folder / "feeds.opml").write_text(OPML.format(outlines))

    got = on_terminal(cli, "feeds", "import", "feeds.opml", stdout_too=False)

    assert b"subscribing" in got


def test_no_progress_elsewhere(cli):
    """
    What no terminal shows has no progress in it.
    """
    (cli.folder / "feeds.opml").write_text(OPML.format(f'<outline text="F" xmlUrl="{URL}"/>'))

    got = cli.run("feeds", "import", "feeds.opml")

    assert ("1 subscribed, 0 were subscribed already, 0 left out\n", "") == (got.stdout, got.stderr)
