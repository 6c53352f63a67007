"""Dockerfile and compose.yml, as far as they can be checked without an engine; test_image.py has one."""

import fnmatch
import json
import os
import re
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from ingest.settings import Settings
from tests.deploy.plain_yaml import documents
from tests.e2e.fleet import ROOT
from workers.cli.later import COMMANDS
from workers.doctor.configuration import known_variables

TEXT = (ROOT / "deploy" / "Dockerfile").read_text()
STEPS = re.findall(r"(?m)^([A-Z]+) ((?:.*\\\n)*.*)$", TEXT)
(COMPOSE,) = documents((ROOT / "deploy" / "compose.yml").read_text())
OURS = {name: one for name, one in COMPOSE["services"].items() if name != "store"}


def words(name):
    """What stands behind an instruction, each time."""
    return [rest for step, rest in STEPS if step == name]


def test_image_has_all_it_is_made_from():
    """
    Every file that is copied exists, and .dockerignore lets it through.
    """
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = [part for rest in words("COPY") if not rest.startswith("--from") for part in rest.split()[:-1]]

    assert [] == [name for name in copied if not (ROOT / name).exists() or name not in allowed]
    assert {"ingest", "workers", "requirements.txt", "requirements-extras.txt"} <= {*copied}
    assert not any(fnmatch.fnmatch(".env", pattern) for pattern in allowed)


def test_image_is_careful():
    """
    Packages are checked against hashes, the processes are not root's, and nothing stands between them and SIGTERM.
    """
    assert "--require-hashes" in TEXT
    assert ("10001", ['["copydesk"]'], ['["run"]']) == (words("USER")[-1], words("ENTRYPOINT"), words("CMD"))
    order = [step for step, _ in STEPS]
    assert order.index("USER") < order.index("ENTRYPOINT")
    assert f"ARG PYTHON={(ROOT / '.python-version').read_text().strip()}" in TEXT


def test_variables_are_settings():
    """
    The image sets settings that there are.
    """
    named = {*re.findall(r"COPYDESK_\w+(?==)", TEXT)}

    assert named <= known_variables()
    assert "copydesk_sinks_file".upper() in named or "sinks_file" not in Settings.model_fields


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_healthcheck(status, code):
    """
    The health check passes while /readyz does.
    """
    asked = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    (rest,) = words("HEALTHCHECK")
    program, *arguments = json.loads(rest[rest.index("[") :])
    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        environment = {**os.environ, "PORT": str(server.server_port), "no_proxy": "127.0.0.1"}
        done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, check=False)
        thread.join()

    assert ("python", code, ["/readyz"]) == (program, done.returncode, asked)


@pytest.mark.parametrize("name", OURS)
def test_services_may_do_little(name):
    """
    No service of ours has a capability or gains one, and its orphaned children are buried.
    """
    one = OURS[name]

    assert (True, ["ALL"], ["no-new-privileges:true"]) == (one.get("init"), one["cap_drop"], one["security_opt"])


@pytest.mark.parametrize("name", OURS)
def test_services(name):
    """
    Each service runs a command of ours on the store, after it, and has time to drain.
    """
    one = OURS[name]

    assert ([name], "redis://store:6379") == (one["command"], one["environment"]["REDIS_URL"])
    assert ["./etc:/etc/copydesk:ro"] == one["volumes"]
    assert (True, {"condition": "service_healthy"}) == (name in COMMANDS, one["depends_on"]["store"])
    assert name == "web" or ({"disable": True}, "30s") == (one["healthcheck"], one["stop_grace_period"])


def test_store_keeps_what_it_has():
    """
    The store keeps its file and forgets nothing when it is full, and nobody outside reaches it.
    """
    store = COMPOSE["services"]["store"]
    command = " ".join(store["command"])

    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert (["inside"], {"internal": True}) == (store["networks"], COMPOSE["networks"]["inside"])
    assert "ports" not in store
    assert all(one.startswith("127.0.0.1:") for one in OURS["web"]["ports"])


@pytest.mark.skipif("COPYDESK_TEST_IMAGE" not in os.environ, reason="downloads all packages: make image")
def test_install_steps(tmp_path):
    """
    The image's install steps give a program that runs, in a fresh environment.
    """
    environment = tmp_path / "venv"
    pip = environment / "bin" / "pip"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    steps = [rest for rest in words("RUN") if "pip install" in rest]
    for step in steps:
        line = step.replace("/opt/copydesk/bin/pip", str(pip)).replace("${REQUIREMENTS}", "requirements.txt")
        # A copy, so that the build leaves nothing in the project.
        subprocess.run(["cp", "-r", *(str(ROOT / name) for name in ("ingest", "workers")), str(tmp_path)], check=True)
        for name in ("pyproject.toml", "README.md", "LICENSE", "requirements.txt"):
            (tmp_path / name).write_bytes((ROOT / name).read_bytes())
        subprocess.run(["sh", "-c", line.replace("\\\n", " ")], cwd=tmp_path, check=True)
    done = subprocess.run([environment / "bin" / "copydesk", "--version"], capture_output=True, check=True)

    assert b"copydesk " in done.stdout
