"""
Resident memory of one sandbox process over thousands of page edits.

    python -m tests.bench.pool_memory [edits] [folder of *.html.gz]

Without a folder, pages are made by the demo newsroom. The bar: less than 5 % growth after page 1,000. The product's own
sandbox replaces a process after 500 tasks; here it never does, so that what a page leaves behind adds up.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from ingest.errors import SandboxError
from ingest.models import Page
from ingest.sandbox.pool import Sandbox
from ingest.settings import Settings
from tests.unit.sandbox.procfs import descendants, is_tracker
from workers.demo.newsroom import make_newsroom
from workers.demo.pages import article_html

EDITS = 5_000
#: Edits after which caches and the heap's free lists have grown to their size.
WARM_EDITS = 1_000
SAMPLES_EVERY = 50
#: The bar on growth from the median around edit 1,000 to the median of the end.
MAX_GROWTH = 0.05
T0 = datetime(2026, 11, 22, tzinfo=UTC)


async def measure(pages: Sequence[Page], edits: int, *, every: int = SAMPLES_EVERY) -> list[tuple[int, float]]:
    """Megabytes resident in the only child after each so many edits; pages that do not end are left out."""
    settings = Settings(_env_file=None)
    curve: list[tuple[int, float]] = []
    children: set[int] = set()
    others = set(descendants(os.getpid()))
    async with Sandbox(1, settings.sandbox_deadline, settings.sandbox_bytes, max_tasks=10**9) as sandbox:
        for number, page in enumerate(islice(cycle(pages), edits), 1):
            try:
                await sandbox.run("edit_page", page)
            except SandboxError as error:
                print(f"edit {number}: {error} {page.url}", file=sys.stderr)
            if number % every == 0:
                pid = _worker(others)
                children.add(pid)
                curve.append((number, _resident(pid)))
    if len(children) > 1:
        raise RuntimeError("the child was replaced on the way: the curve is that of several")
    return curve


def growth(curve: Sequence[tuple[int, float]], warm: int) -> float:
    """Growth of the resident memory after ``warm`` edits, as a share, between medians of five samples."""
    start = [size for number, size in curve if number >= warm][:5]
    end = [size for _, size in curve[-5:]]
    return median(end) / median(start) - 1


def made_pages(count: int) -> list[Page]:
    """Pages of the demo newsroom."""
    newsroom = make_newsroom(outlets=10, stories=count, seed=5)
    outlets = {outlet.id: outlet for outlet in newsroom.outlets}
    return [
        Page(
            url=f"http://127.0.0.1/{story.slug}",
            content_type="text/html; charset=utf-8",
            body=article_html(story, outlets[story.outlet], base_url="http://127.0.0.1", opened_at=T0).encode(),
        )
        for story in newsroom.stories
    ]


def stored_pages(folder: Path) -> list[Page]:
    """The pages of a folder of gzipped HTML files, in the order of their names."""
    return [
        Page(url=f"https://example.org/{path.name}", content_type="text/html", body=gzip.decompress(path.read_bytes()))
        for path in sorted(folder.glob("*.html.gz"))
    ]


def _worker(others: set[int]) -> int:
    """The only new process under this one that has none under itself and is no tracker: it takes the tasks."""
    leaves = (pid for pid in descendants(os.getpid()) if not descendants(pid) and not is_tracker(pid))
    (worker,) = (pid for pid in leaves if pid not in others)
    return worker


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Rss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _rows(curve: Sequence[tuple[int, float]]) -> Iterator[str]:
    top = max(size for _, size in curve)
    step = max(1, len(curve) // 40)
    for number, size in curve[step - 1 :: step]:
        yield f"{number:>6} {size:7.1f} MB {'#' * round(60 * size / top)}"


def main() -> None:
    """Print the curve and whether it stays under the bar."""
    edits = int(sys.argv[1]) if len(sys.argv) > 1 else EDITS
    pages = stored_pages(Path(sys.argv[2])) if len(sys.argv) > 2 else made_pages(500)
    curve = asyncio.run(measure(pages, edits))
    print("\n".join(_rows(curve)))
    grown = growth(curve, min(WARM_EDITS, edits // 5))
    verdict = "within" if grown < MAX_GROWTH else "OVER"
    print(f"{len(pages)} pages, {edits} edits: {grown:+.1%} after warming up, {verdict} the bar of {MAX_GROWTH:.0%}")


if __name__ == "__main__":
    main()
