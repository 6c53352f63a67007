"""Whatever is logged is one line in one format, and gives nothing away."""

import json
import logging

import pytest
import structlog

from ingest.settings import Settings
from workers.logs import configure_logs

NASTY = {
    "newline": "a\nb",
    "return": "a\rb",
    "ansi": "\x1b[31m\x1b]0;title\x07",
    "separators": "a\u2028b\u2029c\x85d\x0b\x0c\x1c\x1d\x1e",
    "override": "\u202egpj.exe",
    "surrogate": "\ud800",
    "nul": "\0",
}


@pytest.fixture
def written(capsys, monkeypatch):
    """Reads what the process wrote to stderr; all logging is as it was afterwards."""
    configure = structlog.configure
    # A logger that is kept would keep this configuration for all later tests.
    monkeypatch.setattr(
        structlog, "configure", lambda **options: configure(**options | {"cache_logger_on_first_use": False})
    )
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield lambda: capsys.readouterr().err
    root.handlers[:], level = before
    root.setLevel(level)
    for name in ("dramatiq", "apscheduler", "aiohttp", "asyncio", "tzlocal"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def configure(log_format="json", log_level="info"):
    configure_logs(Settings(_env_file=None, log_format=log_format, log_level=log_level), "worker")


@pytest.mark.parametrize("log_format", ["json", "pretty"])
@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_one_line(written, log_format, text):
    """
    An event stays one line whatever a feed puts into it, and no control character is left in it.
    """
    configure(log_format)

    structlog.get_logger().info("poll.done", title=text, spaced=f"{text} end", listed=[text])

    said = written()
    assert 1 == len(said.splitlines())
    assert said.endswith("\n")
    assert all(letter.isprintable() for letter in said.removesuffix("\n"))


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_json_keeps_all(written, text):
    """
    What was logged is read back as it was.
    """
    configure()

    structlog.get_logger().info("poll.done", title=text)

    event = json.loads(written())
    assert (text, "poll.done", "info", "worker") == (event["title"], event["event"], event["level"], event["process"])
    assert event["timestamp"].endswith("Z")


@pytest.mark.parametrize("log_format", ["json", "pretty"])
def test_libraries(written, log_format):
    """
    A library's warning comes in the same format, with the process's name; its chatter does not come.
    """
    configure(log_format)
    library = logging.getLogger("dramatiq.worker")

    library.info("chatter")
    library.warning("queue %s\nis gone", "x")

    (line,) = written().splitlines()
    assert "is gone" in line
    if log_format == "json":
        event = json.loads(line)
        assert ("queue x\nis gone", "warning", "worker") == (event["event"], event["level"], event["process"])


def test_exception_in_json(written):
    """
    A traceback is part of its event's one line.
    """
    configure()

    try:
        int("a\nb")
    except ValueError:
        structlog.get_logger().exception("work.failed")

    event = json.loads(written())
    assert ("work.failed", "error") == (event["event"], event["level"])
    assert event["exception"].endswith(r"ValueError: invalid literal for int() with base 10: 'a\nb'")


@pytest.mark.parametrize("log_format", ["json", "pretty"])
@pytest.mark.parametrize("is_library", [True, False])
def test_no_local_variables(written, log_format, is_library):
    """
    A traceback shows no local variables: the store's address is one.
    """
    configure(log_format)

    def connect(address):
        raise ConnectionError(f"nobody at {len(address)}")

    address = "redis://:hush@127.0.0.1"
    try:
        connect(address)
    except ConnectionError:
        if is_library:
            logging.getLogger("dramatiq").critical("gone", exc_info=True)
        else:
            structlog.get_logger().exception("store.gone")

    said = written()
    assert "nobody at" in said
    assert "hush" not in said


@pytest.mark.parametrize(
    ("log_level", "expected"),
    [
        ("debug", ["d", "i", "w", "e"]),
        ("info", ["i", "w", "e"]),
        ("warning", ["w", "e"]),
        ("error", ["e"]),
    ],
)
def test_level(written, log_level, expected):
    """
    Nothing under the level that is set is written, ours and the libraries'.
    """
    configure(log_level=log_level)
    log, library = structlog.get_logger(), logging.getLogger("elsewhere")
    for name in ("debug", "info", "warning", "error"):
        getattr(log, name)(name[0])
        getattr(library, name)(name[0])

    got = [json.loads(line)["event"] for line in written().splitlines()]

    assert [letter for letter in expected for _ in range(2)] == got
