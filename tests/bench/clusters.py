"""Copies under a race, and what the index of copies costs a document, on a real server of its own."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.dedup.judge import cluster_for, place
from ingest.dedup.sketch import sketch, text_digest
from ingest.messages.event import read_event
from ingest.models import Article, Cleaning, FeedRef
from ingest.settings import Settings
from ingest.store.clusters import vote
from ingest.store.connect import Store, connect
from ingest.store.due import Claim
from ingest.store.embedded import embedded
from tests.bench.adapters import WINDOW, publish

T0 = datetime(2026, 3, 1, tzinfo=UTC)
#: Copies of a story: as it was, cut, with another dateline and a word changed here and there.
OUTLETS = 4
WORDS = tuple(
    a + b + c for a in ("bra", "ko", "lin", "mer", "sta", "vo") for b in "aeiou" for c in ("d", "n", "rk", "sse")
)
#: Hundred short commands and strings, as a vote has them.
_FIXED = "local n = 0 for i = 1, 100 do redis.call('TIME') n = n + #(string.rep('x', 2 * i) .. i) end return n"
#: Articles that a worker has in hand at a time.
SIDE_BY_SIDE = 8


@dataclass(frozen=True, slots=True)
class Race:
    """What came of it; all but the seconds must be as stated."""

    #: First events on the stream, and how many articles there were.
    events: int
    articles: int
    #: Stories with one head, and stories.
    whole: int
    stories: int
    seconds: float

    @property
    def is_won(self) -> bool:
        """Whether each article came out once and each story has one head."""
        return (self.events, self.whole) == (self.articles, self.stories)


def race(url: str, *, stories: int, times: int, workers: int, words: int = 200) -> Race:
    """Each article of each story is published ``times`` over by that many processes at once."""
    options = json.dumps({"url": url, "stories": stories, "times": times, "words": words})
    begun = time.perf_counter()
    command = [sys.executable, "-m", "tests.bench.clusters", "--worker", options]
    running = [subprocess.Popen([*command, f"{number}/{workers}"]) for number in range(workers)]
    if any(process.wait() for process in running):
        raise RuntimeError("a worker failed")
    seconds = time.perf_counter() - begun
    return asyncio.run(_count(url, stories, seconds))


def article(story: int, outlet: int, words: int) -> Article:
    """One outlet's copy of a story."""
    dice = random.Random(story)
    text = [dice.choice(WORDS) for _ in range(words)]
    dice = random.Random(f"{story} {outlet}")
    if outlet % OUTLETS == 1:
        text = text[: len(text) * 3 // 4]
    if outlet % OUTLETS >= 2:
        text = ["Ellery", *(dice.choice(WORDS) if dice.random() < 0.02 else word for word in text)]
    paragraphs = tuple(" ".join(text[at : at + 30]) for at in range(0, len(text), 30))
    url = f"https://outlet{outlet}.example/news/{story}"
    return Article(
        id=f"{story}-{outlet}",
        url=url,
        feed=FeedRef(id="race", url=url),
        source_domain=f"outlet{outlet}.example",
        title=" ".join(text[:6]),
        fetched_at=T0,
        first_seen_at=T0,
        cleaning=Cleaning(paragraphs=paragraphs),
        cluster=cluster_for(f"{story}-{outlet}", None),
        content_digest=text_digest(paragraphs),
    )


async def _work(url: str, stories: int, times: int, words: int, share: str) -> None:
    """One worker's share: every so manieth attempt, in an order that brings copies together."""
    number, workers = map(int, share.split("/"))
    attempts = [(story, outlet, n) for story in range(stories) for n in range(times) for outlet in range(OUTLETS)]
    mine = iter(attempts[number::workers])
    async with connect(Settings(_env_file=None, redis_url=url), url) as store:

        async def one_after_the_other() -> None:
            for story, outlet, n in mine:
                one = article(story, outlet, words)
                await publish(store, one, Claim(id=f"{one.id}-{n}", token=1))

        await asyncio.gather(*(one_after_the_other() for _ in range(SIDE_BY_SIDE)))


async def _count(url: str, stories: int, seconds: float) -> Race:
    async with connect(Settings(_env_file=None, redis_url=url), url) as store:
        rows = await store.redis.xrange(store.keys.articles)
    clusters: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for _, fields in rows:
        one = read_event(fields).article
        story = one["id"].partition("-")[0]
        clusters[story].append((one["cluster"]["role"], one["cluster"]["head_id"], one["id"]))
    return Race(len(rows), stories * OUTLETS, sum(map(_is_whole, clusters.values())), stories, seconds)


def _is_whole(members: list[tuple[str, str, str]]) -> bool:
    """Whether one of them is the head, and all say so."""
    heads = [id_ for role, _, id_ in members if role == "head"]
    return len(members) == OUTLETS and len(heads) == 1 and {head for _, head, _ in members} == set(heads)


# ------------------------------------------------------------------------------------------------ costs


async def costs(url: str, documents: int, words: int = 500) -> Iterator[str]:
    """What a document of so many words costs in bytes and microseconds, with one segment and with two."""
    async with connect(Settings(_env_file=None, redis_url=url), url) as store:
        rows = [await _vote_all(store, range(documents), words, "one segment")]
        await _age(store)
        rows.append(await _vote_all(store, range(documents, 2 * documents), words, "two segments"))
    return iter(rows)


async def _vote_all(store: Store, stories: range, words: int, name: str) -> str:
    await store.redis.hset(store.keys.token("entries"), "bench", 1)
    await store.redis.config_resetstat()
    before = await store.redis.info("memory")
    client = []
    for story in stories:
        # Three in four are a story's first text, one a copy of it.
        text = article(story - story % 4 if story % 4 == 1 else story, story % 4, words)
        begun = time.process_time()
        one = sketch(text.cleaning.paragraphs, title=text.title, source=text.source_domain)
        ballot = await vote(store, Claim(id="bench", token=1), one, content_digest="", window=WINDOW)
        assert ballot is not None
        place(one, ballot.candidates)
        client.append(time.process_time() - begun)
        await store.redis.hdel(store.keys.entry("bench"), "document")
    after, stats = await store.redis.info("memory"), await store.redis.info("commandstats")
    size = (after["used_memory"] - before["used_memory"]) / len(stories)
    server, unit = stats["cmdstat_evalsha"]["usec_per_call"], await _unit(store)
    return (
        f"{name:<14}{size:8.0f} bytes {server:8.0f} us server ({server / unit:.2f} of the fixed script's {unit:.0f})"
        f" {statistics.median(client) * 1e6:8.0f} us client"
    )


async def _unit(store: Store) -> float:
    """What a script that never changes takes now, in microseconds: how fast the machine is at this moment."""
    await store.redis.config_resetstat()
    for _ in range(500):
        await store.redis.eval(_FIXED, 0)
    stats = await store.redis.info("commandstats")
    return float(stats["cmdstat_eval"]["usec_per_call"])


async def _age(store: Store) -> None:
    """Make the running segment the one before, at the next vote."""
    window = int(WINDOW.total_seconds() * 1000)
    seconds, _ = await store.redis.time()
    here, _, *rest = (await store.redis.get(store.keys.segments(window))).split()
    await store.redis.set(store.keys.segments(window), b" ".join([here, b"%d" % (seconds * 1000 - window), *rest]))


def main() -> None:
    """The long form: 10,000 articles three times by eight processes, then the costs of 5,000 documents."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--worker", nargs=2)
    parser.add_argument("--stories", type=int, default=2500)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--documents", type=int, default=5000)
    options = parser.parse_args()
    if options.worker:
        task: dict[str, Any] = json.loads(options.worker[0])
        asyncio.run(_work(**task, share=options.worker[1]))
        return
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder)) as url:
        for row in asyncio.run(costs(url, options.documents)):
            print(row, flush=True)
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder)) as url:
        got = race(url, stories=options.stories, times=3, workers=options.workers)
        print("won" if got.is_won else "LOST", got)


if __name__ == "__main__":
    main()
