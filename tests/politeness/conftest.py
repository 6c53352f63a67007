"""A world of a test's own, at noon on Monday 2 March 2026."""

import itertools
from types import SimpleNamespace

import pytest

from ingest.settings import Settings
from tests.politeness.clock import Clock
from tests.politeness.site import Site
from tests.politeness.world import World

_numbers = itertools.count(1)


@pytest.fixture
async def site():
    serving = await Site(Clock()).start()
    yield serving
    await serving.stop()


@pytest.fixture
async def world(site, tmp_path, valkey_url, monkeypatch):
    """
    Everything as shipped, but that loopback may be asked and its address has no line: all hosts of a test share it.

    The waits of the gate before a host are the clock's.
    """
    settings = Settings(
        _env_file=None,
        redis_url=valkey_url,
        prefix=f"polite{next(_numbers)}",
        data=tmp_path / "data",
        allowed_networks="127.0.0.0/8",
        address_interval=0,
    )
    monkeypatch.setattr("ingest.stages.desk.asyncio", SimpleNamespace(sleep=site.clock.sleep))
    opened = await World(settings=settings, clock=site.clock, site=site).start()
    yield opened
    await opened.stop()
