"""The systemd units."""

import re
import shutil
import subprocess

import pytest

from tests.e2e.fleet import ROOT
from workers.cli.later import COMMANDS

FOLDER = ROOT / "deploy" / "systemd"
UNITS = sorted(path.name for path in FOLDER.glob("*.service"))
#: What systemd-analyze security gives at most: 10 is open to everything, "OK" begins below 5.
MOST_EXPOSED = 2.0


@pytest.fixture
def analyze(tmp_path):
    """systemd-analyze over our units, with a program in the place of ours that is there."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("there is no systemd-analyze")

    def run(verb, name, *options):
        path = tmp_path / name.replace("@.", "@1.")
        path.write_text((FOLDER / name).read_text().replace("/opt/copydesk/bin/copydesk", "/bin/true"))
        (tmp_path / name).write_text(path.read_text())
        return subprocess.run([program, verb, *options, str(path)], capture_output=True, text=True, check=False)

    return run


def options(name):
    return dict(re.findall(r"(?m)^(\w+)=(.*)$", (FOLDER / name).read_text()))


def test_units():
    """
    There is a unit for everything, and one for each process.
    """
    names = ["copydesk-relay", "copydesk-scheduler", "copydesk-web", "copydesk-worker@", "copydesk"]

    assert sorted(f"{name}.service" for name in names) == UNITS


@pytest.mark.parametrize("name", UNITS)
def test_verify(analyze, name):
    """
    systemd understands every line.
    """
    got = analyze("verify", name)

    ours = [line for line in got.stderr.splitlines() if name.partition("@")[0] in line]
    assert (0, []) == (got.returncode, ours)


@pytest.mark.parametrize("name", UNITS)
def test_exposure(analyze, name):
    """
    A process that reads what strangers wrote may do little on its machine.
    """
    got = analyze("security", name, "--offline=true")

    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", got.stdout)
    assert found, got.stderr
    assert float(found[1]) <= MOST_EXPOSED


@pytest.mark.parametrize("name", UNITS)
def test_ends_in_order(name):
    """
    SIGTERM goes to the main process alone, which has time to drain and to stop the embedded store after its work.
    """
    got = options(name)
    command = got["ExecStart"].split()

    assert ("mixed", "/opt/copydesk/bin/copydesk", True) == (got["KillMode"], command[0], command[1] in COMMANDS)
    assert int(got["TimeoutStopSec"]) > 25
    assert ("yes", "yes") == (got["NoNewPrivileges"], got.get("DynamicUser", "yes"))


def test_folders():
    """
    No two units share a folder: each start gives it to that unit's dynamic user, and takes it from the other.
    """
    folders = [options(name)["StateDirectory"] for name in UNITS]

    assert len(UNITS) == len({*folders})
    assert [f"/var/lib/{folder}" for folder in folders] == [options(name)["WorkingDirectory"] for name in UNITS]


def test_user():
    """
    The unit with the embedded store has a user that the command line can be, and the file that makes it.
    """
    assert "copydesk" == options("copydesk.service")["User"]
    assert "u copydesk " in (FOLDER / "copydesk.sysusers.conf").read_text()
