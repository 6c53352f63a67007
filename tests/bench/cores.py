"""
Pages a second through the sandbox with one process and with two.

Wall clock is the point here, and so the figure says something only on a quiet machine: no test depends on it. The main
process parses nothing; what it does (two pickles a page) is what keeps the ratio under two. Beside it stands what the
machine gives to two processes that share nothing and are handed nothing: two virtual cores are rarely two whole ones.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection

from ingest.errors import SandboxError
from ingest.models import Page
from ingest.sandbox.pool import Sandbox
from ingest.settings import Settings
from tests.bench import corpus
from tests.bench.figures import Figure

#: Short turns and many: a neighbour comes and goes within a second.
ROUNDS = 9
PORTIONS = 2
WARM_PAGES = 10


async def edit_all(sandbox: Sandbox, pages: Sequence[Page]) -> None:
    """These pages, as many at a time as there is room for."""

    async def edit(page: Page) -> None:
        try:
            await sandbox.run("edit_page", page)
        except SandboxError as error:
            print(f"{page.url}: {error}")

    await asyncio.gather(*(edit(page) for page in pages))


def edit_alone(orders: Connection, portions: Sequence[Sequence[Page]]) -> None:
    """What a bare process does: all pages of the portion that it is told, until it is told None."""
    from ingest.sandbox import tasks  # as in a sandbox, the parsers are loaded in the process that needs them

    tasks.warm()
    while (number := orders.recv()) is not None:
        for page in portions[number]:
            tasks.edit_page(page)
        orders.send(number)


@contextmanager
def bare(portions: Sequence[Sequence[Page]]) -> Iterator[tuple[Connection, Connection]]:
    """Two processes of our own that know the pages already."""
    context = multiprocessing.get_context("spawn")
    pairs = [context.Pipe() for _ in range(2)]
    children = [context.Process(target=edit_alone, args=(theirs, portions), daemon=True) for _, theirs in pairs]
    for child in children:
        child.start()
    (one, _), (other, _) = pairs
    yield one, other
    for orders in (one, other):
        orders.send(None)
    for child in children:
        child.join()


async def tell(number: int, *processes: Connection) -> None:
    """Have each of these bare processes edit the whole portion."""
    for orders in processes:
        orders.send(number)
    for orders in processes:
        orders.recv()


async def timed(work: Callable[[], Awaitable[None]]) -> float:
    """Seconds on the clock."""
    start = time.perf_counter()
    await work()
    return time.perf_counter() - start


async def measure(most: int = 88, rounds: int = ROUNDS) -> list[Figure]:
    """Pages a second with two processes and with one; nothing on a machine with one core."""
    if len(os.sched_getaffinity(0)) < 2:
        return []
    settings, pages = Settings(_env_file=None), corpus.pages(most)
    # The longest first: at the end nobody waits for one that was begun last.
    pages.sort(key=lambda page: -len(page.body))
    portions = [pages[n::PORTIONS] for n in range(PORTIONS)]
    limits = (settings.sandbox_deadline, settings.sandbox_bytes)
    times: list[list[float]] = []
    with bare(portions) as (first, second):
        async with Sandbox(1, *limits) as one, Sandbox(2, *limits) as two:
            for _ in range(rounds + 1):
                times.append([0.0] * 4)
                for n, portion in enumerate(portions):
                    for side, work in enumerate(
                        (
                            lambda p=portion: edit_all(one, p),
                            lambda p=portion: edit_all(two, p),
                            lambda n=n: tell(n, first),
                            lambda n=n: tell(n, first, second),
                        )
                    ):
                        times[-1][side] += await timed(work)
    single, double, alone, both = (statistics.median(side) for side in zip(*times[1:], strict=True))
    busy = os.getloadavg()[0]
    note = f"pages/s by the clock; one process (load {busy:.1f} on {os.cpu_count()} cores)"
    count = len(pages)
    return [
        Figure(
            what="sandbox with two processes",
            ours=count / double,
            base=count / single,
            bar=1.7,
            side=">=",
            note=note,
        ),
        Figure(
            what="  two bare processes, handed nothing",
            ours=2 * count / both,
            base=count / alone,
            note="pages/s by the clock; one of them: what the machine gives",
        ),
    ]
