"""The pages on deploying, scaling and alarms: their commands run, their files exist, their sums are right."""

import json
import re
import shlex

import pytest
from typer.testing import CliRunner

from tests.e2e.fleet import ROOT
from workers.cli import app

FOLDER = ROOT / "docs" / "how-to"
PAGES = {path.stem: path.read_text() for path in sorted(FOLDER.glob("deploy-*.md"))}
PAGES |= {name: (FOLDER / f"{name}.md").read_text() for name in ("runbook", "scale")}
ALERTS = [
    rule
    for group in json.loads("\n".join((ROOT / "deploy/alerts/copydesk.yml").read_text().splitlines()[1:]))["groups"]
    for rule in group["rules"]
]
#: Programs of others: their commands are not run here.
OTHERS = {"heroku", "git", "docker", "kubectl", "sudo", "pip", "honcho", "cd"}


def commands(page):
    """The lines of its shell blocks."""
    blocks = re.findall(r"(?ms)^```sh\n(.*?)^```", PAGES[page])
    return [line for block in blocks for line in block.splitlines()]


OURS = sorted(
    {line for page in PAGES for line in commands(page) if re.match(r"(?:\w+=\S+ )*copydesk (?!scheduler|worker)", line)}
)


@pytest.mark.usefixtures("warm_sandbox")
@pytest.mark.parametrize("line", OURS)
def test_command(line, settings, tmp_path, monkeypatch):
    """
    Every command of ours does what it says.
    """
    monkeypatch.chdir(tmp_path)
    local = re.sub(r"https://example\.(?:org|com)", "http://127.0.0.1:9", line)
    words = shlex.split(local)
    variables = dict(word.split("=", 1) for word in words[: words.index("copydesk")])
    environment = {
        "REDIS_URL": settings.redis_url,
        "COPYDESK_PREFIX": settings.prefix,
        "COPYDESK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "COPYDESK_ALLOWED_PORTS": "",
        "COPYDESK_WEB_PORT": "0",
        "TERM": "dumb",
    } | variables
    arguments = words[words.index("copydesk") + 1 :]
    if arguments[:2] == ["feeds", "show"]:
        add = ["feeds", "add", "--no-look", arguments[2]]
        assert 0 == CliRunner().invoke(app, add, env=environment, prog_name="copydesk").exit_code

    got = CliRunner().invoke(app, arguments, env=environment, prog_name="copydesk")

    # Nobody answers the address that "check" is given.
    assert (1 if arguments[0] == "check" else 0) == got.exit_code, got.output


def test_commands_of_others():
    """
    Whatever else is called is one of a few programs, and the files it is given exist.
    """
    others = [line for page in PAGES for line in commands(page) if line not in OURS]
    files = {word for line in others for word in shlex.split(line) if word.startswith("deploy/")}

    named = {re.sub(r"^(?:\w+=\S+ )+", "", line).split()[0] for line in others}
    assert named <= OTHERS | {"copydesk"}
    assert [] == sorted(name for name in files if not (ROOT / name).exists() and name != "deploy/web")


def test_alerts_have_their_sections():
    """
    Every alert has the section its address leads to, and every section an alert.
    """
    anchors = {f"#{title.lower().replace(' ', '-')}" for title in re.findall(r"(?m)^## (.+)$", PAGES["runbook"])}

    assert {f"#{rule['annotations']['runbook_url'].partition('#')[2]}" for rule in ALERTS} == anchors


@pytest.mark.parametrize("page", PAGES)
def test_links(page):
    """
    Links between pages lead somewhere.
    """
    anchors = {title.lower().replace(" ", "-") for title in re.findall(r"(?m)^## (.+)$", PAGES[page])}
    targets = re.findall(r"\]\(([^)]+)\)", PAGES[page])

    assert [] == [
        target
        for target in targets
        if not (target[1:] in anchors if target.startswith("#") else (FOLDER / target.partition("#")[0]).exists())
    ]


def test_sums():
    """
    The table of sizes is what the measured figures come to.
    """
    figures = {
        name: float(value) for name, value in re.findall(r"(?m)^\| (\w+) \| ([0-9.]+) (?:ms|kB) \|", PAGES["scale"])
    }
    rows = re.findall(
        r"(?m)^\| ([0-9,]+) \| (\d+) \| (\d+) \| ([0-9.]+) \| ([0-9.]+) \| ([0-9.]+) \| ([0-9.]+) GB \|", PAGES["scale"]
    )

    for feeds, memory, window, *told in rows:
        n = int(feeds.replace(",", ""))
        polls, articles = n / 3600, 2 * n / 86400
        cores = (polls * figures["poll"] + articles * figures["article"]) / 1000
        a_day = figures["remembered"] * int(memory) + figures["cluster"] * 2 * int(window) + figures["event"]
        store = (n * figures["feed"] + 2 * n * a_day) * 1000 / 1e9
        assert [f"{polls:.1f}", f"{articles:.1f}", f"{cores:.2f}", f"{store:.1f}"] == told, feeds
    assert 4 == len(rows)
