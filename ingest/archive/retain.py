"""An archive kept within its age and size: whole closed files go, the oldest first."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ingest.archive.index import CDXJ, OPEN, WARC, stems


def retain(folder: Path, *, before: datetime, max_bytes: int) -> int:
    """Drop files last written to before that time, then the oldest until the rest is in bounds; how many files."""
    sized = [(stem, *_facts(stem)) for stem in stems(folder)]
    total = sum(size for _, _, size, _ in sized)
    dropped = 0
    for stem, touched, size, is_open in sorted(sized, key=lambda one: one[1]):
        if is_open or (touched >= before.timestamp() and total <= max_bytes):
            continue
        # The index first: what is not found is not missed.
        for ending in (CDXJ, WARC):
            stem.with_name(stem.name + ending).unlink(missing_ok=True)
        total -= size
        dropped += 1
    return dropped


def _facts(stem: Path) -> tuple[float, int, bool]:
    """When it was last written to, its bytes, whether it is still written to."""
    touched, size, is_open = 0.0, 0, False
    for ending in (WARC, CDXJ, WARC + OPEN, CDXJ + OPEN):
        try:
            found = stem.with_name(stem.name + ending).stat()
        except FileNotFoundError:
            continue
        touched, size = max(touched, found.st_mtime), size + found.st_size
        is_open = is_open or ending.endswith(OPEN)
    return touched, size, is_open
