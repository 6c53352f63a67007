"""Resident memory of each process of the Procfile, with its children, after 500 articles."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from tests.e2e import fleet
from workers.demo.newsroom import make_newsroom

ARTICLES = 500


def measure(articles: int = ARTICLES) -> dict[str, dict[str, float]]:
    """Megabytes by process: rss of the process itself, pss of it and all its children (shared pages counted once)."""
    newsroom = make_newsroom(outlets=10, stories=articles, seed=5)
    settings = {"host_interval": 0.01, "tick": 0.2, "sandbox_processes": 2}
    with (
        tempfile.TemporaryDirectory() as folder,
        fleet.origin(newsroom) as origin,
        fleet.site(Path(folder), **settings) as place,
    ):
        assert place.copydesk("feeds", "add", "--no-look", *origin.feeds).returncode == 0
        processes = {name: place.start(*command) for name, command in fleet.procfile().items()}
        try:
            fleet.wait_until(lambda: fleet.is_all_out(place, newsroom), 600, "everything published")
            found = {name: _of(process.pid) for name, process in processes.items()}
            found["store"] = _of(int(place.redis.info("server")["process_id"]))
            return found
        finally:
            for process in processes.values():
                fleet.stop(process)


def _of(pid: int) -> dict[str, float]:
    family = _family(pid)
    return {
        "rss": _kilobytes(pid, "Rss") / 1024,
        "pss_tree": sum(_kilobytes(member, "Pss") for member in family) / 1024,
        "rss_tree": sum(_kilobytes(member, "Rss") for member in family) / 1024,
        "processes": len(family),
    }


def _family(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [pid, *(member for child in found.stdout.split() for member in _family(int(child)))]


def _kilobytes(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0


if __name__ == "__main__":
    for name, row in measure(int(os.environ.get("ARTICLES", ARTICLES))).items():
        print(f"{name:<12}" + "".join(f" {key} {value:8.1f}" for key, value in row.items()))
