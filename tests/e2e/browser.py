"""A real browser and a desk for it to look at: what the tests of the status pages and the README's picture share."""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import web
from playwright.sync_api import Browser, sync_playwright

from ingest.settings import Settings
from ingest.store.connect import connect
from tests.unit.workers.web import seed
from workers.web.serve import create_app

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TOKEN = "a-token-of-twenty-letters"


class Desk:
    """The web process's application in a thread of its own, over a store with something of everything."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._over = asyncio.Event()
        self.url = ""
        self.ids: dict[str, str] = {}
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)
        self._thread.start()
        assert self._ready.wait(30)

    async def _serve(self) -> None:
        async with connect(self._settings, self._settings.redis_url) as store:
            self.ids = await seed.fill(store)
            runner = web.AppRunner(create_app(store, self._settings), access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            self._ready.set()
            await self._over.wait()
            await runner.cleanup()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(20)
        self._loop.close()


@contextmanager
def desk(settings: Settings) -> Iterator[Desk]:
    served = Desk(settings)
    try:
        yield served
    finally:
        served.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser; where there is none the test is skipped, but in CI it fails."""
    if not CHROMIUM.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no browser at {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
