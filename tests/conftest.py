"""What every test may ask for: a real store under a prefix of its own."""

import itertools
import signal
from pathlib import Path

import pytest

from ingest.settings import Settings
from ingest.store.connect import connect
from ingest.store.embedded import embedded

_numbers = itertools.count(1)

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # Started in the background of a shell without job control: the processes under test would inherit deaf ears.
    signal.signal(signal.SIGINT, signal.default_int_handler)


#: Where tests start processes and wait for them: they come first, or the last minutes of a run would be theirs alone.
_LONG = ("tests/e2e/", "tests/unit/workers/", "tests/unit/sinks/", "tests/unit/cli/", "tests/faults/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next((n for n, place in enumerate(_LONG) if item.nodeid.startswith(place)), len(_LONG)))


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory):
    """The address of a real embedded Valkey, one a test session."""
    with embedded(tmp_path_factory.mktemp("data")) as url:
        yield url


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
