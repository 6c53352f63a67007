"""The page on monitoring: what it tells to type works, and what it names is there."""

import asyncio
import re
import shlex

import pytest
from aiohttp import web

from ingest.settings import Settings
from tests.e2e.fleet import ROOT
from workers.cli.later import COMMANDS
from workers.web.serve import create_app

PAGE = (ROOT / "docs/how-to/monitor.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMAND_LINES = [line for language, block in BLOCKS if language == "sh" for line in block.splitlines()]
(CONFIGURATION,) = [block for language, block in BLOCKS if language == "yaml"]


async def test_curl(store):
    """
    The command that looks at the metrics shows them.
    """
    (line,) = [line for line in COMMAND_LINES if line.startswith("curl ")]
    runner = web.AppRunner(create_app(store), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]

    asked = shlex.split(line.replace(":8900", f":{port}"))
    running = await asyncio.create_subprocess_exec(*asked, stdout=asyncio.subprocess.PIPE)
    said, _ = await running.communicate()
    await runner.cleanup()

    assert (0, True) == (running.returncode, b"\ncopydesk_accounts_difference 0.0\n" in said)


def test_prometheus():
    """
    Prometheus is pointed at the port, the path and the rules there are, under the job that the rules name.
    """
    (rules,) = re.findall(r"^  - (\S+)$", CONFIGURATION, re.MULTILINE)

    assert 'up{job=\\"copydesk\\"}' in (ROOT / rules).read_text(encoding="utf-8")
    assert "job_name: copydesk\n" in CONFIGURATION
    assert f'"127.0.0.1:{Settings.model_fields["web_port"].default}"' in CONFIGURATION
    assert "metrics_path: /metrics\n" in CONFIGURATION


@pytest.mark.parametrize("line", [line for line in COMMAND_LINES if not line.startswith("curl ")])
def test_commands(line):
    """
    Every other command is one of ours, or installs an extra that there is.
    """
    words = shlex.split(line)

    if words[0] == "copydesk":
        assert words[1] in COMMANDS
    else:
        extra = re.fullmatch(r"copydesk\[(\w+)\]", words[-1])[1]
        assert re.search(rf"^{extra} = \[", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)


def test_names():
    """
    Files and variables that the page names exist.
    """
    known = {f"COPYDESK_{name.upper()}" for name in Settings.model_fields} | {"COPYDESK_DRIFT_SOURCES"}

    assert set() == set(re.findall(r"COPYDESK_\w+", PAGE)) - known
    assert [] == [name for name in re.findall(r"deploy/[\w./]+\w", PAGE) if not (ROOT / name).is_file()]
