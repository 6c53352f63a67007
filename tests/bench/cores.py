"""
Pages a second through the sandbox with one process and with two.

Wall clock is the point here, and so the figure says something only on a quiet machine: no test depends on it. The main
process parses nothing; what it does (two pickles a page) is what keeps the ratio under two.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Sequence

from ingest.errors import SandboxError
from ingest.models import Page
from ingest.sandbox.pool import Sandbox
from ingest.settings import Settings
from tests.bench import corpus
from tests.bench.figures import ROUNDS, Figure

WARM_PAGES = 10


async def edit_all(sandbox: Sandbox, pages: Sequence[Page]) -> float:
    """Seconds on the clock for these pages, as many at a time as there is room for."""

    async def edit(page: Page) -> None:
        try:
            await sandbox.run("edit_page", page)
        except SandboxError as error:
            print(f"{page.url}: {error}")

    start = time.perf_counter()
    await asyncio.gather(*(edit(page) for page in pages))
    return time.perf_counter() - start


async def measure(most: int = 88, rounds: int = ROUNDS) -> list[Figure]:
    """Pages a second with two processes and with one; nothing on a machine with one core."""
    if len(os.sched_getaffinity(0)) < 2:
        return []
    settings, pages = Settings(_env_file=None), corpus.pages(most)
    # The longest first: at the end nobody waits for one that was begun last.
    pages.sort(key=lambda page: -len(page.body))
    limits = (settings.sandbox_deadline, settings.sandbox_bytes)
    times: tuple[list[float], list[float]] = [], []
    async with Sandbox(1, *limits) as one, Sandbox(2, *limits) as two:
        for side in (one, two):
            await edit_all(side, pages[:WARM_PAGES])
        for _ in range(rounds):
            for seconds, side in zip(times, (one, two), strict=True):
                seconds.append(await edit_all(side, pages))
    single, double = (len(pages) / statistics.median(side) for side in times)
    busy = os.getloadavg()[0]
    note = f"pages/s by the clock; one process (load {busy:.1f} on {os.cpu_count()} cores)"
    return [Figure(what="sandbox with two processes", ours=double, base=single, bar=1.7, side=">=", note=note)]
