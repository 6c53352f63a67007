"""What the README says is so: its commands run, its Python works, its settings are the settings."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from ingest.feeds.feeds_toml import read_feeds_toml
from ingest.messages.ninjs import ninjs_document, ninjs_schema
from ingest.settings import Settings
from ingest.store.consume import consume
from tests.e2e import fleet

pytestmark = pytest.mark.e2e

README = (fleet.ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMANDS = [line for language, block in BLOCKS if language == "sh" for line in block.splitlines()]
#: These run until they are stopped; what each says once it works.
ENDLESS = {
    "make run": "poll ",
    ".venv/bin/copydesk tail": "Gazette",
    "copydesk run": "worker.ready",
    "honcho start -c release=0": "worker.ready",
}
NINJS = jsonschema.Draft202012Validator(ninjs_schema(), format_checker=jsonschema.FormatChecker())
ARTICLE = "The quay reopened on Monday.\nSign up to our newsletter\nFerries run until March.\n"
SUBSCRIPTIONS = """<opml version="2.0"><body>
<outline text="A" xmlUrl="http://127.0.0.1:9/a.xml"/></body></opml>"""


def test_settings():
    """
    The table of settings names every setting and nothing else.
    """
    named = {name for name in re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE) if name.isupper()}

    fields = {f"COPYDESK_{name.upper()}" for name in Settings.model_fields} - {"COPYDESK_REDIS_URL"}
    assert fields | {"REDIS_URL"} == named


@pytest.mark.parametrize("code", [b for language, b in BLOCKS if language == "python" and "consume" not in b])
def test_python(code):
    """
    The library's snippets run as they stand.
    """
    subprocess.run([sys.executable, "-c", code], cwd=fleet.ROOT, check=True)


@pytest.mark.parametrize("text", [block for language, block in BLOCKS if language == "toml"])
def test_toml(text):
    """
    The feeds file is understood whole.
    """
    got = read_feeds_toml(text.encode())

    assert (1, 1) == (len(got.feeds), len(got.sources))


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A folder in which a reader of the README works: the demo is running there."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "article.txt").write_text(ARTICLE)
    (folder / "subscriptions.opml").write_text(SUBSCRIPTIONS)
    for name in ("Makefile", "Procfile", "ingest", "workers"):
        (folder / name).symlink_to(fleet.ROOT / name)
    # The environment the tests run in. What it is made from is older: "make run" finds nothing to set up.
    for name in ("pyproject.toml", "requirements.txt"):
        (folder / name).write_bytes((fleet.ROOT / name).read_bytes())
        os.utime(folder / name, (0, 0))
    (folder / ".venv").symlink_to(Path(sys.prefix))
    environment = folder / ".venv" / "bin"
    with fleet.site(folder / "data") as place:
        shell = {**place.environment, "PATH": f"{environment}{os.pathsep}{os.environ['PATH']}"}
        shell["COPYDESK_LOG_LEVEL"] = "info"
        with started("make run", folder, shell):
            yield folder, shell, place


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "make run"])
def test_command(command, demo):
    """
    Every command line does what it says, in the order in which they stand.
    """
    folder, environment, _ = demo

    if command in ENDLESS:
        with started(command, folder, environment):
            return
    # The demo's worker would ask those sites; tests ask nobody but this machine.
    local = re.sub(r"https://example\.(org|com)", "http://127.0.0.1:9", command)
    done = subprocess.run(
        shlex.split(local), cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert 0 == done.returncode, done.stderr
    assert "Traceback" not in done.stderr


def test_make_run(demo):
    """
    "make run" shows articles of the demo newsroom, and another process consumes them.
    """
    _, _, place = demo

    fleet.wait_until(lambda: place.redis.xlen("copydesk:articles") > 0, 60, "the first article")
    got = next(iter(consume(place.url, "my-group", "me")))

    fleet.VALIDATOR.validate(got.article)
    for event in place.events():
        NINJS.validate(ninjs_document(event.article, type=event.type))


class started:  # noqa: N801 - reads as a phrase
    """A command that runs until it is stopped, once it has said what it says when it works."""

    def __init__(self, command: str, folder: Path, environment: dict[str, str]) -> None:
        self._command = command
        self._log = folder / f"{re.sub(r'[^a-z]+', '-', command)}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                shlex.split(command), cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def __enter__(self) -> None:
        deadline = time.monotonic() + 60
        while ENDLESS[self._command] not in self._log.read_text(encoding="utf-8", errors="replace"):
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.2)

    def __exit__(self, *_: object) -> None:
        os.killpg(self._process.pid, signal.SIGINT)
        self._process.wait(40)
