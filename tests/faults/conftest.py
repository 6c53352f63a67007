"""A site on loopback, a deployment that reads it, and a store that may be hurt."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.faults.house import House
from tests.faults.origin import Origin
from tests.servers import Server

#: What the processes log of what they did not expect; a death that a test made up is expected.
DEFECTS = {"tick.failed", "work.failed", "work.dropped", "chore.failed"}
DEATH = "PowerCutError"


@pytest.fixture
async def origin():
    served = await Origin().start()
    yield served
    await served.stop()


@pytest.fixture
async def house(settings, origin):
    """On the session's store, under a prefix of its own."""
    opened = House(settings.model_copy(update={"first_poll": "all"}), origin)
    yield opened
    await opened.close()


@pytest.fixture
def server():
    """A store of the test's own, running."""
    # A short path: the kernel allows a socket's name 107 bytes.
    made = Server(Path(tempfile.mkdtemp(prefix="cd-", dir="/tmp")))
    made.start()
    yield made
    made.kill()
    shutil.rmtree(made.folder)


@pytest.fixture
async def own(settings, origin, server):
    """A deployment on a store of its own."""
    opened = House(settings.model_copy(update={"first_poll": "all", "redis_url": server.url}), origin)
    yield opened
    await opened.close()


@pytest.fixture(autouse=True)
def logs():
    """What is logged; a defect's line (a test that wants one takes it away) is a defect."""
    with capture_logs() as lines:
        yield lines
    assert [] == [line for line in lines if line["event"] in DEFECTS and not line.get("error", "").startswith(DEATH)]
