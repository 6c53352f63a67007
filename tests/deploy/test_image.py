"""The image, run by an engine: "make image-test" builds it and comes here."""

import json
import os
import shlex
import subprocess
from datetime import timedelta

import pytest

from tests.e2e import fleet
from tests.ports import free_port
from workers.demo.newsroom import make_newsroom

ENGINE = shlex.split(os.environ.get("COPYDESK_TEST_ENGINE", ""))
IMAGE = os.environ.get("COPYDESK_TEST_IMAGE_NAME", "")
#: As the manifests have it: a disk that cannot be written, no rights; health checks are asked by hand.
CAREFUL = (
    *("--init", "--no-healthcheck", "--network", "host"),
    # An engine would raise them, which not every root may.
    *("--ulimit", "nofile=1024:4096", "--ulimit", "nproc=4096:4096"),
    *("--read-only", "--read-only-tmpfs=false", "--tmpfs", "/tmp"),
    *("--cap-drop", "all", "--security-opt", "no-new-privileges"),
)

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not ENGINE, reason="needs an engine and a base image: make image-test"),
]


def engine(*arguments, check=True):
    """What the engine answers."""
    return subprocess.run([*ENGINE, *arguments], capture_output=True, text=True, check=check, timeout=120)


@pytest.fixture
def container(tmp_path):
    """The default command over a volume, with a newsroom on loopback; its name, and the newsroom."""
    newsroom = make_newsroom(outlets=2, stories=12, seed=3, over=timedelta(seconds=4))
    name = f"copydesk-test-{os.getpid()}"
    with fleet.origin(newsroom) as origin:
        feeds = "\n".join(f'[[feed]]\nurl = "{url}"' for url in origin.feeds)
        (tmp_path / "feeds.toml").write_text(feeds)
        tmp_path.chmod(0o755)
        settings = {
            "PORT": free_port(),
            "COPYDESK_ALLOWED_NETWORKS": "127.0.0.0/8",
            "COPYDESK_ALLOWED_PORTS": "",
            "COPYDESK_FIRST_POLL": "all",
            "COPYDESK_POLL_INTERVAL": 2,
            "COPYDESK_HOST_INTERVAL": 0.05,
        }
        variables = [part for key, value in settings.items() for part in ("-e", f"{key}={value}")]
        volumes = ["-v", f"{name}:/var/lib/copydesk", "-v", f"{tmp_path}:/etc/copydesk:ro"]
        try:
            engine("run", "-d", "--name", name, "--stop-timeout", "30", *CAREFUL, *volumes, *variables, IMAGE)
            yield name, newsroom
        finally:
            engine("rm", "-f", name, check=False)
            engine("volume", "rm", name, check=False)


def status(name):
    """What the container's own command line says of its work; nothing before it can."""
    done = engine("exec", name, "copydesk", "status", "--json", check=False)
    return json.loads(done.stdout) if done.returncode == 0 else {}


def published(name):
    """How many events are on the stream."""
    return status(name).get("events", 0)


def test_user():
    """
    The user has the number that the manifests have, an empty home, and nothing to install packages with.
    """
    done = engine(
        "run",
        "--rm",
        *CAREFUL,
        "--entrypoint",
        "sh",
        IMAGE,
        "-c",
        "id -u; id -g; ls -A; ls /opt/copydesk/bin | grep pip; true",
    )

    assert ["10001", "10001"] == done.stdout.split()


def test_works(container):
    """
    Everything is published, doctor and the health check are content, and the end is orderly and loses nothing.
    """
    name, newsroom = container
    (inspected,) = json.loads(engine("image", "inspect", IMAGE).stdout)
    kind, *check = (inspected.get("Healthcheck") or inspected["HealthCheck"])["Test"]

    fleet.wait_until(lambda: published(name) >= len(newsroom.stories), 120, "everything published")
    doctor = engine("exec", name, "copydesk", "doctor", check=False)
    health = engine("exec", name, *check, check=False)
    stopped = engine("stop", name)
    state = json.loads(engine("inspect", name).stdout)[0]["State"]
    engine("start", name)
    fleet.wait_until(lambda: published(name), 60, "it is back")

    print(f"{inspected['Size'] / 1e6:.0f} MB; {stopped.stderr}")
    assert (0, True) == (doctor.returncode, " 0 problem" in doctor.stdout), doctor.stdout
    assert ("CMD", 0, 0) == (kind, health.returncode, state["ExitCode"])
    assert len(newsroom.stories) == published(name)
