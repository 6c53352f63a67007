"""The page about sinks says what is so: its configuration is read, its commands run, its check knows our signature."""

import re
import shlex
import time
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from ingest.sinks.open import ENGINES, open_sink
from ingest.sinks.sinks_toml import read_sinks_toml
from ingest.sinks.webhook import WebhookSink
from ingest.store.relay import MAX_DEAD
from tests.e2e.fleet import ROOT
from workers.cli import app

PAGE = (ROOT / "docs" / "how-to" / "sinks.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
VARIABLES = {"CLOUDAMQP_URL": "amqps://a:b@rabbit.example/desk", "PARTNER_SECRET": SECRET}


def test_configuration(endpoint):
    """
    The example is read whole, and each of its sinks can be opened.
    """
    (text,) = [block for language, block in BLOCKS if language == "toml"]

    plans = read_sinks_toml(text.encode(), VARIABLES)

    assert ["search", "partner", "files"] == [plan.name for plan in plans]
    assert all(open_sink(plan, endpoint.tools) for plan in plans)


@pytest.mark.parametrize("line", [x for language, block in BLOCKS if language == "sh" for x in block.splitlines()])
def test_command(settings, tmp_path, monkeypatch, line):
    """
    Each command does what it says.
    """
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line)
    variables = dict(word.split("=", 1) for word in words[: words.index("copydesk")])
    environment = {"REDIS_URL": settings.redis_url, "COPYDESK_PREFIX": settings.prefix, **variables}

    got = CliRunner().invoke(app, words[words.index("copydesk") + 1 :], env=environment, prog_name="copydesk")

    assert (0, True) == (got.exit_code, "jsonl:articles.jsonl" in got.stdout)


async def test_signature(endpoint, parcel):
    """
    The check in Python knows what we signed, and nothing that was changed or is old.
    """
    (code,) = [block for language, block in BLOCKS if language == "python"]
    names = {}
    exec(code, names)
    endpoint.now = datetime.now(UTC)
    await WebhookSink("https://a.example/", options={"secret": SECRET}, tools=endpoint.tools).publish([parcel()])
    ((_, body, headers),) = endpoint.posts

    is_ours = names["is_ours"]
    old = headers | {"webhook-timestamp": str(int(time.time()) - 301)}

    assert is_ours(SECRET, headers, body)
    assert [False] * 3 == [
        is_ours(SECRET, headers, body + b" "),
        is_ours(SECRET.replace("MDE", "MDI"), headers, body),
        is_ours(SECRET, old, body),
    ]


def test_what_is_named():
    """
    Every scheme has its row, and the page's number of dead letters is the real one.
    """
    assert {scheme for scheme in ENGINES if scheme != "tls+nats"} == set(re.findall(r"`(\w+):", PAGE)) - {"env"} - {
        "heroku"
    }
    assert f"With {MAX_DEAD} of them" in PAGE
