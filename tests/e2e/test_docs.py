"""What the README and the pages of docs/ tell to type is typed: on a desk with the demo newsroom, as a reader would."""

import contextlib
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
from typer.testing import CliRunner

from ingest.messages.ninjs import ninjs_document, ninjs_schema
from ingest.store.consume import consume
from tests.docs.pages import BLOCKS, PAGES, RUN_ELSEWHERE, blocks
from tests.docs.test_pages import rules_file
from tests.e2e import fleet
from tests.ports import free_port
from workers.cli import app

pytestmark = pytest.mark.e2e

#: The pages that are followed here. The README comes last: its "copydesk run" is one without the demo.
FOLLOWED = sorted((page for page in PAGES if page not in RUN_ELSEWHERE), key=lambda page: (page == "README.md", page))
STEPS = [block for page in FOLLOWED for block in blocks(page) if block.language in {"sh", "python", "text", "toml"}]
#: These run until they are stopped; what each says once it works.
ENDLESS = {
    "make run": "poll ",
    ".venv/bin/copydesk tail": " words · ",
    "copydesk run": "worker.ready",
    "honcho start -c release=0": "worker.ready",
}
#: On a machine that lacks something "doctor" says so.
MAY_FAIL = {"copydesk doctor"}
#: The first article of the demo newsroom, of which the pages speak.
HARBOUR = "harbour-board-delays-vote-on-dredging"
ARTICLE = "The quay reopened on Monday.\nSign up to our newsletter\nFerries run until March.\n"
SUBSCRIPTIONS = """<opml version="2.0"><body>
<outline text="A" xmlUrl="http://127.0.0.1:9/a.xml"/></body></opml>"""
NINJS = jsonschema.Draft202012Validator(ninjs_schema(), format_checker=jsonschema.FormatChecker())
#: Where the demo newsroom is, as pages write it.
_DEMO = ":8901/"
#: Our commands that need no shell are run in this process: twenty times as fast.
PLAIN = re.compile(r"copydesk [^|<>&;$`*]+")


class Reader:
    """Who follows the pages: a folder with the project in it, a shell's variables, and what was said last."""

    def __init__(self, folder: Path, place: fleet.Site, port: int, log: Path) -> None:
        self.folder, self.place, self.log = folder, place, log
        self.exported: dict[str, str] = {}
        self.said = ""
        self._last = ""
        #: What is written in the pages, and what stands for it here. Nobody but this machine is asked.
        self._here = {
            "https://example.org/feed.xml": f"http://127.0.0.13:{port}/saltmarsh/feed.xml",
            "https://example.org/news/harbour-plan": f"http://127.0.0.10:{port}/gazette/{HARBOUR}.html",
            "https://example.com": "http://127.0.0.1:9",
            "sources show example.org": "sources show 127.0.0.10",
            _DEMO: f":{port}/",
        }

    def open(self) -> None:
        """A new page: nothing is exported, and the reader has the feed that pages speak of."""
        self.exported = {}
        self.type("copydesk feeds add --no-look https://example.org/feed.xml")

    def type(self, line: str) -> None:
        """Run a line, or see that it works, if it is one that runs on."""
        self._last = line
        if line == "make run":  # it runs from the beginning
            self.said = self.log.read_text(encoding="utf-8", errors="replace")
            return
        if line in ENDLESS:
            with Started(line, self.folder, self._environment(line)) as log:
                self.said = log.read_text(encoding="utf-8", errors="replace")
            return
        code, self.said, errors = self._run(self._local(line), self._environment(line))
        assert 0 == code or line in MAY_FAIL, (line, self.said, errors)
        assert "Traceback" not in errors

    def expect(self, output: str) -> None:
        """The last command says this, now or within a minute: a reader who comes too soon looks again."""
        deadline = time.monotonic() + 60
        while not is_shown(output, self._as_written(self.said)):
            assert time.monotonic() < deadline, f"{self._last} says:\n{self._as_written(self.said)}\nnot:\n{output}"
            time.sleep(0.5)
            self.type(self._last)

    def program(self, code: str) -> None:
        """Run a program; one that goes on for ever has done what it should once it has printed something."""
        local = self._local(code).replace("unix:///path/to/store.sock", self.place.url)
        environment = {**self.place.environment, **self.exported, "PYTHONPATH": str(fleet.ROOT)}
        process = subprocess.Popen(
            [sys.executable, "-u", "-c", local], cwd=self.folder, env=environment, stdout=subprocess.PIPE
        )
        try:
            if "consume" in code:
                assert process.stdout.readline().strip()
            else:
                assert 0 == process.wait(60)
        finally:
            process.kill()
            process.wait(10)
            process.stdout.close()

    def _run(self, line: str, environment: dict[str, str]) -> tuple[int, str, str]:
        if PLAIN.fullmatch(line):
            with contextlib.chdir(self.folder):
                got = CliRunner().invoke(app, shlex.split(line)[1:], env=environment, prog_name="copydesk")
            return got.exit_code, got.output, got.stderr
        exported = re.match(r"export (\w+)=", line)
        command = f'{line}\nprintf %s "${exported[1]}"' if exported else line
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if exported and exported[1] != "PATH":
            self.exported[exported[1]] = done.stdout
        return done.returncode, done.stdout, done.stderr

    def _environment(self, line: str) -> dict[str, str]:
        # Where an address on the internet is meant, the reader need not have opened this machine's network.
        opened = {"COPYDESK_ALLOWED_NETWORKS": "127.0.0.0/8"} if line in ENDLESS or "https://example" in line else {}
        ports = {"PORT": fleet.honcho_port()} if line.startswith("honcho") else {}
        return {**self.place.environment, **opened, **ports, **self.exported}

    def _local(self, text: str) -> str:
        for written, here in self._here.items():
            text = text.replace(written, here)
        return text

    def _as_written(self, text: str) -> str:
        """What was said, with the addresses that the page has."""
        for written, here in self._here.items():
            text = text.replace(here, written) if written in self._last else text
        return text.replace(self._here[_DEMO], _DEMO)


@pytest.fixture(scope="module")
def reader(tmp_path_factory, warm_sandbox):  # noqa: ARG001 - it is there, and that is all
    """A reader in a folder of the project's, where "make run" is running."""
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
    port = free_port()
    with fleet.site(folder / "data", demo_port=port) as place:
        path = f"{folder / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
        place.environment |= {"PATH": path, "COPYDESK_LOG_LEVEL": "info", "COLUMNS": "240", "TERM": "dumb"}
        # The commands have the networks that the pages give them, and no more.
        networks = place.environment.pop("COPYDESK_ALLOWED_NETWORKS")
        # Nor has the reader asked for a log in JSON.
        del place.environment["COPYDESK_LOG_FORMAT"]
        with Started("make run", folder, {**place.environment, "COPYDESK_ALLOWED_NETWORKS": networks}) as log:
            fleet.wait_until(lambda: any(HARBOUR in event.article["url"] for event in place.events()), 60, HARBOUR)
            yield Reader(folder, place, port, log)


@pytest.mark.parametrize("page", FOLLOWED)
def test_page(page, reader):
    """
    Every command of a page does what it says, in the order in which they stand, and every program runs.
    """
    reader.open()

    for step in (step for step in STEPS if step.page == page):
        match step.language:
            case "sh":
                for line in step.text.splitlines():
                    reader.type(line)
            case "text":
                reader.expect(step.text)
            case "python":
                reader.program(step.text)
            case "toml" if "[[rule]]" in step.text:
                (reader.folder / rules_file(step)).write_text(step.text)


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.text.startswith("XGROUP ")], ids=str)
def test_redis_commands(block, reader):
    """
    What is told for other clients is answered by the store, one command after the other, and gives an event.
    """
    row = b""
    for line in block.text.splitlines():
        words = shlex.split(line.replace("my-group", "of-page").replace("<row id>", row.decode()))
        answer = reader.place.redis.execute_command(*words)
        if words[0] == "XREADGROUP" and answer[0][1]:
            row = answer[0][1][0][0]

    assert 1 == answer
    reader.place.redis.xgroup_destroy("copydesk:articles", "of-page")


def test_make_run(reader):
    """
    "make run" publishes articles that keep the contract, and another process consumes them.
    """
    # A group of its own: those of the pages may have read all there will ever be.
    got = next(iter(consume(reader.place.url, "of-make-run", "me")))

    fleet.VALIDATOR.validate(got.article)
    for event in reader.place.events():
        NINJS.validate(ninjs_document(event.article, type=event.type))


def is_shown(written: str, said: str) -> bool:
    """Whether a page's output is this one: a line "..." stands for any lines, "..." in a line for any text."""
    lines = (
        r"(?:.*\n)*?" if line.strip() == "..." else r"[ \t]+".join(map(_word, line.split())) + r"[ \t]*\n"
        for line in written.splitlines()
    )
    return re.fullmatch("".join(lines), "\n".join(line.strip() for line in said.splitlines()) + "\n") is not None


def _word(word: str) -> str:
    return ".*?".join(map(re.escape, word.split("...")))


@pytest.mark.parametrize(
    ("written", "is_same"),
    [
        ("a   b\nc\n", True),
        ("a b\n...\nc\n", True),
        ("...\nc\n", True),
        ("a ...\nc\n", True),
        ("a...b\nc\n", True),
        ("a b\n", False),
        ("a b\nd\n...\nc\n", False),
        ("ab\nc\n", False),
    ],
)
def test_is_shown(written, is_same):
    """
    Three dots stand for what differs, and for nothing else.
    """
    assert is_same == is_shown(written, "  a b \nc")


class Started:
    """A command that runs until it is stopped, once it has said what it says when it works."""

    def __init__(self, command: str, folder: Path, environment: dict[str, str]) -> None:
        self._command = command
        self._log = folder / f"{re.sub(r'[^a-z]+', '-', command)}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                shlex.split(command), cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def __enter__(self) -> Path:
        deadline = time.monotonic() + 60
        while ENDLESS[self._command] not in self._log.read_text(encoding="utf-8", errors="replace"):
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.2)
        return self._log

    def __exit__(self, *_: object) -> None:
        os.killpg(self._process.pid, signal.SIGINT)
        self._process.wait(40)
