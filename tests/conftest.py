"""What every test may ask for: a real store under a prefix of its own."""

import itertools
import os
import signal
import ssl
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as search

from ingest.sandbox import forks
from ingest.sandbox.pool import CHILD_MODULES, TASKS_MODULE
from ingest.settings import Settings
from ingest.store.connect import connect
from ingest.store.embedded import embedded

_numbers = itertools.count(1)

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # Started in the background of a shell without job control: the processes under test would inherit deaf ears.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Tests start hundreds of processes: without compiled modules each would compile all of copydesk anew, for a third of
# its start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A busy machine is no failure: nothing here is gated on the clock.
search.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
search.load_profile("unhurried")

#: Where tests start processes and wait for them: they come first, or the last minutes of a run would be theirs alone.
_LONG = ("tests/e2e/", "tests/unit/workers/", "tests/unit/sinks/", "tests/unit/cli/", "tests/faults/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next((n for n, place in enumerate(_LONG) if item.nodeid.startswith(place)), len(_LONG)))


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory):
    """The address of a real embedded Valkey, one a test session."""
    with embedded(tmp_path_factory.mktemp("data")) as url:
        yield url


@cache
def _authorities(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    return ssl.create_default_context()


@pytest.fixture(scope="session", autouse=True)
def one_context():
    """The clients of a process share what they trust: reading the system's authorities takes 40 ms of CPU a client."""
    shared = SimpleNamespace(**vars(ssl))
    shared.create_default_context = lambda: _authorities(
        os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ingest.net.http.ssl", shared)
        yield


@pytest.fixture(scope="module")
def warm_sandbox():
    """
    Sandboxes of this process find the parsers loaded, as those of a worker do after its first child.

    Without it each test that opens one pays a second of CPU for the forkserver that ends with the sandbox.
    """
    tenant = object()
    forks.move_in(tenant, (TASKS_MODULE, *CHILD_MODULES))
    yield
    forks.move_out(tenant)


@pytest.fixture
def settings(tmp_path: Path, valkey_url: str) -> Settings:
    """Settings of a desk of the test's own, on loopback."""
    return Settings(
        _env_file=None,
        redis_url=valkey_url,
        prefix=f"t{next(_numbers)}",
        data=tmp_path / "data",
        allowed_networks="127.0.0.0/8",
        host_interval=0,
        robots=False,
    )


@pytest.fixture
async def store(settings: Settings):
    """A store that holds nothing under its prefix."""
    async with connect(settings, settings.redis_url) as opened:
        yield opened
