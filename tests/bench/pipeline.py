"""
The whole pipeline, from the feeds' servers to the queue: articles and polls a core, beside a straightforward loop and
beside news-please and newspaper4k where they are installed.

    python -m tests.bench.pipeline

Every side is a process of its own with a store of its own (append-only file on), asks the same servers on loopback for
the same documents, and is given its rounds in turn. Counted is the processor time of the side, its children and its
store; the servers' is not. Polls are measured for each kind of answer, then summed by each of ``MIXES``.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ingest.store.embedded import embedded
from tests.bench.figures import ROUNDS, Figure, row

#: Of a hundred polls. The first is what the bar was set with (research: 40 unchanged by validator, 30 by body, 30
#: changed), of the changed ones a third with news; the other is of feeds that mostly keep to their validators.
MIXES = (
    {"same-304": 40, "same-body": 30, "new-date": 20, "new-item": 10},
    {"same-304": 60, "same-body": 15, "new-date": 15, "new-item": 10},
)
TOLD = {
    "same-304": "answered 304",
    "same-body": "the same bytes with 200",
    "new-date": "only lastBuildDate changed",
    "new-item": "one new item",
}
OTHERS = {"newspaper": "newspaper4k", "newsplease": "news-please"}
FEEDS = int(os.environ.get("COPYDESK_BENCH_POLLS", "120"))
#: They take ten times as long.
OTHER_ROUNDS = 1
#: Those of the row on extraction.
PAGES = int(os.environ.get("COPYDESK_BENCH_PAGES", "96"))
ITEMS = 10


class Process:
    """A side at work."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, do: str, urls: Sequence[str]) -> dict[str, Any]:
        """What a job came to."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"do": do, "urls": urls}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def started(*command: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process of ours and its first line."""
    full = [sys.executable, "-m", *command]
    with subprocess.Popen(full, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"{command[0]} {command[1]} does not start")
            yield process, line
        finally:
            process.stdin.close()


def side(name: str, stack: ExitStack) -> Process:
    """A side with its store."""
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    url = stack.enter_context(embedded(Path(folder)))
    process, _ = stack.enter_context(started("tests.bench.sides", name, url))
    return Process(process)


def others() -> list[str]:
    """Modules of those that are installed, in the environment or in the folder beside."""
    folder = os.environ.get("COPYDESK_BENCH_BESIDE", "")
    return [name for name in OTHERS if find_spec(name) or (folder and (Path(folder) / name).is_dir())]


def host(number: int) -> str:
    """An address of its own for each site."""
    return f"127.{2 + number // 250}.0.{1 + number % 250}"


def measure(rounds: int = ROUNDS, feeds: int = FEEDS, pages: int = PAGES) -> list[Figure]:
    """Every figure."""
    with ExitStack() as stack:
        _, said = stack.enter_context(started("tests.bench.origin", "40", str(pages)))
        port, held = map(int, said.split())
        sides = {name: side(name, stack) for name in ("ours", "plain", *others())}
        articles = read_articles(sides, port, held, rounds)
        polls = {kind: read_polls(sides, port, kind, feeds, rounds) for kind in TOLD}
    return [*article_figures(articles), *poll_figures(polls)]


def read_articles(sides: dict[str, Process], port: int, pages: int, rounds: int) -> dict[str, float]:
    """Milliseconds an article, by side; the first round, which finds everything cold, does not count."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(rounds + 1):
        for name, process in sides.items():
            if name in OTHERS and turn > OTHER_ROUNDS:
                continue
            # Other addresses each time, and an emptied store: everything is new.
            sites = range(-(-pages // ITEMS))
            told = process.ask("articles", [f"http://{host(n)}:{port}/news/{turn}/{n}" for n in sites])
            if told["done"] < pages * 0.9:
                print(f"{name}: {told['done']} of {pages} articles", file=sys.stderr)
            if turn:
                found[name].append(told["seconds"] / max(1, told["done"]) * 1000)
    return {name: statistics.median(times) for name, times in found.items()}


def read_polls(sides: dict[str, Process], port: int, kind: str, feeds: int, rounds: int) -> tuple[float, float]:
    """Milliseconds a poll, ours and the plain loop's, where every answer is of this kind."""
    urls = [f"http://{host(number)}:{port}/{kind}/{number}" for number in range(feeds)]
    found: dict[str, list[float]] = {"ours": [], "plain": []}
    for turn in range(rounds + 1):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/turn/{turn}"):
            pass
        for name, times in found.items():
            told = sides[name].ask("polls", urls)
            if told["done"] < feeds:
                print(f"{name}, {kind}: {told['done']} of {feeds} polls", file=sys.stderr)
            if turn:
                times.append(told["seconds"] / max(1, told["done"]) * 1000)
    return statistics.median(found["ours"]), statistics.median(found["plain"])


def article_figures(articles: dict[str, float]) -> list[Figure]:
    """Articles a second and core."""
    ours = 1000 / articles["ours"]
    rows = [
        Figure(
            what="pipeline: articles a second and core",
            ours=ours,
            base=1000 / articles["plain"],
            bar=1.5,
            side=">=",
            note="feedparser + trafilatura loop",
        )
    ]
    return rows + [
        Figure(what="  likewise", ours=ours, base=1000 / articles[name], note=f"{title}, given the addresses")
        for name, title in OTHERS.items()
        if name in articles
    ]


def poll_figures(polls: dict[str, tuple[float, float]]) -> list[Figure]:
    """Polls a second and core by the mixes, and the cost of each kind."""
    return [
        *(mixed(polls, mix) for mix in MIXES),
        *(
            Figure(what=f"  a poll, {TOLD[kind]}", ours=mine, base=other, note="ms; the same loop")
            for kind, (mine, other) in polls.items()
        ),
    ]


def mixed(polls: dict[str, tuple[float, float]], mix: Mapping[str, int]) -> Figure:
    """Polls a second and core where so many of a hundred are of each kind."""
    ours, base = (sum(mix[kind] / 100 * costs[at] for kind, costs in polls.items()) for at in (0, 1))
    note = "feedparser loop; " + ", ".join(f"{share} % {kind}" for kind, share in mix.items())
    return Figure(
        what="pipeline: polls a second and core", ours=1000 / ours, base=1000 / base, bar=8, side=">=", note=note
    )


if __name__ == "__main__":
    for figure in measure():
        print(row(figure))
