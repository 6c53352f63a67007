"""What Heroku reads: Procfile, app.json, .python-version, requirements.txt."""

import json
import re
import subprocess
import sys

import pytest

from tests.e2e import fleet
from workers.doctor.configuration import known_variables

ROOT = fleet.ROOT
APP = json.loads((ROOT / "app.json").read_text())
PROCESSES = dict(re.findall(r"(?m)^(\w+): (.+)$", (ROOT / "Procfile").read_text()))


def test_processes():
    """
    Every process that is started exists, and each is given a number.
    """
    assert {*PROCESSES} - {"release"} == {*APP["formation"]}
    assert {"release", "scheduler", "worker", "web", "relay"} == {*PROCESSES}


def test_settings():
    """
    Every variable of app.json is a setting, with a description.
    """
    assert {*APP["env"]} <= known_variables()
    assert all(one["description"] for one in APP["env"].values())


def test_connections():
    """
    One process of each kind keeps under the 20 connections of the small plan.
    """
    started = sum(one["quantity"] for one in APP["formation"].values())

    assert started * int(APP["env"]["COPYDESK_REDIS_CONNECTIONS"]["value"]) < 20


def test_one_list_of_packages():
    """
    The buildpack takes exactly one list of packages at the root; several are a build error.
    """
    names = ("requirements.txt", "uv.lock", "poetry.lock", "Pipfile.lock")

    assert ["requirements.txt"] == [name for name in names if (ROOT / name).exists()]
    assert re.fullmatch(r"3\.1[1-9]\n", (ROOT / ".python-version").read_text())


def test_one_off_dynos():
    """
    What is told to run in a dyno is there: the buildpack installs the packages, and no command of ours.
    """
    page = (ROOT / "docs" / "how-to" / "deploy-heroku.md").read_text()

    assert {"python -m workers"} == {*re.findall(r"heroku run (\S+(?: -m \S+)?)", page)}
    assert all("python -m workers" in command for command in PROCESSES.values())


@pytest.mark.parametrize(("has_store", "code"), [(True, 0), (False, 1)])
def test_release(has_store, code, settings, tmp_path):
    """
    The release phase passes with a store and fails without.
    """
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "COPYDESK_PREFIX": settings.prefix}
    if has_store:
        environment["REDIS_URL"] = settings.redis_url
    command = PROCESSES["release"].replace("python", sys.executable)

    done = subprocess.run(
        command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )

    assert (code, "") == (done.returncode, done.stderr), done.stdout
