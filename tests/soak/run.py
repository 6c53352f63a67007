"""
``make soak``: the real processes under thousands of feeds with the rhythms of real ones, for a set time.

    python -m tests.soak.run

COPYDESK_SOAK_SECONDS (300), COPYDESK_SOAK_FEEDS (2000), COPYDESK_SOAK_RATE (8 articles a second over all feeds). Time
is compressed: an hour's poll comes every 30 seconds. Stories come for the first 60 % of the time; the rest is polls
only, which tells the cost of a poll from that of an article.

Fails when memory or open handles of any process grow after a warm-up of 40 %, when work stays in hand, when feeds wait
at the end, or when an article that a feed has shown was lost, published twice or has another text. What the store holds
grows with its articles, and is told by article.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median

from tests.e2e import fleet
from tests.soak.measure import Held, Sample, families, handles_grow, memory_grows, slope
from tests.soak.origin import COMPRESSION, World, make_world
from workers.demo.stories import expected_text

SECONDS = float(os.environ.get("COPYDESK_SOAK_SECONDS", "300"))
FEEDS = int(os.environ.get("COPYDESK_SOAK_FEEDS", "2000"))
RATE = float(os.environ.get("COPYDESK_SOAK_RATE", "8"))
SEED = int(os.environ.get("COPYDESK_SOAK_SEED", "1"))
NEWS_SHARE = 0.6
WARM_SHARE = 0.4
START_SHARE = 0.1
DRAIN_SECONDS = 120
#: A feed may wait so long for its turn at the end of the soak; a tick, and what is claimed before it.
MAX_LAG_SECONDS = 10.0


def settings() -> dict[str, object]:
    """Those of an ordinary desk, in compressed time."""

    def short(hours: float) -> float:
        return timedelta(hours=hours).total_seconds() / COMPRESSION

    return {
        "poll_interval": short(1),
        "poll_floor": short(1 / 6),
        "poll_ceiling": short(24),
        "host_interval": 0.05,
        "address_interval": 0,
        "tick": 0.25,
        "allowed_ports": "",
        # The shortest there is; its looks would still go on while the cost of a poll is told.
        "revisits": "PT1M" if SECONDS >= 240 else "off",
    }


def main() -> int:
    """Soak; 1 when something is wrong."""
    world = make_world(FEEDS, SECONDS * NEWS_SHARE, RATE, SEED)
    with (
        tempfile.TemporaryDirectory(prefix="soak") as folder,
        _origin() as (origin, addresses),
        fleet.site(Path(folder), **settings()) as place,
    ):
        _subscribe(place, Path(folder) / "feeds.opml", addresses)
        started = {name: place.start(*command) for name, command in fleet.procfile().items()}
        roots = {name: process.pid for name, process in started.items()}
        roots["store"] = int(place.redis.info("server")["process_id"])
        try:
            samples = _watch(place, roots)
            with urllib.request.urlopen(f"{origin}/served") as reply:  # ours, on loopback
                served = json.load(reply)
            is_drained = _drain(place, {*served["served"]})
            dead = [name for name, process in started.items() if process.poll() is not None]
        finally:
            codes = {name: fleet.stop(process) for name, process in started.items()}
        wrong = [*_judge(samples, dead, codes), *_compare(place, world, {*served["served"]})]
        wrong += [] if is_drained else [f"work is in hand {DRAIN_SECONDS} s after the end"]
        _tell(samples, served)
    print("\n" + ("\n".join(f"WRONG: {line}" for line in wrong) or "nothing lost, nothing twice, nothing grows"))
    return 1 if wrong else 0


def _subscribe(place: fleet.Site, listed: Path, addresses: Sequence[str]) -> None:
    outlines = "".join(f'<outline type="rss" xmlUrl="{url}"/>' for url in addresses)
    listed.write_text(f'<opml version="2.0"><body>{outlines}</body></opml>')
    done = place.copydesk("feeds", "import", str(listed))
    assert done.returncode == 0, done.stderr


@contextmanager
def _origin() -> Iterator[tuple[str, list[str]]]:
    """The sites, in a process of their own: their work is not ours."""
    command = [sys.executable, "-m", "tests.soak.origin", str(FEEDS), str(SECONDS * NEWS_SHARE), str(RATE), str(SEED)]
    with subprocess.Popen(command, cwd=fleet.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        told = json.loads(process.stdout.readline())
        try:
            yield f"http://127.0.0.1:{told['port']}", told["feeds"]
        finally:
            process.stdin.close()


def _watch(place: fleet.Site, roots: dict[str, int]) -> list[Sample]:
    began, pause = time.monotonic(), max(1.0, SECONDS / 120)
    samples: list[Sample] = []
    while (at := time.monotonic() - began) < SECONDS:
        samples.append(_sample(place, roots, at))
        if len(samples) % 10 == 0:
            one = samples[-1]
            memory = "  ".join(f"{name} {held.pss_mb:.0f} MB" for name, held in one.held.items())
            in_hand = one.due_entries + one.leased_entries
            print(f"{at:5.0f} s {_polls(one):6d} polls {one.stream:6d} events {in_hand:5d} in hand", end="  ")
            print(f"{one.due_feeds:4d} feeds due ({one.lag_seconds:.1f} s)  {memory}", flush=True)
        time.sleep(max(0.0, began + len(samples) * pause - time.monotonic()))
    return samples


def _sample(place: fleet.Site, roots: dict[str, int], at: float) -> Sample:
    seconds, micros = place.redis.time()
    now = seconds * 1000 + micros // 1000
    with place.redis.pipeline(transaction=True) as pipe:
        pipe.zcount("copydesk:due:feeds", "-inf", now)
        pipe.zrange("copydesk:due:feeds", 0, 0, withscores=True)
        pipe.zcard("copydesk:lease:feeds")
        pipe.zcard("copydesk:due:entries")
        pipe.zcard("copydesk:lease:entries")
        pipe.xlen("copydesk:articles")
        due, first, leased, entries, leased_entries, stream = pipe.execute()
    return Sample(
        at=at,
        held=families(roots),
        counts=place.counts(),
        due_feeds=due,
        lag_seconds=max(0.0, (now - first[0][1]) / 1000) if first else 0.0,
        leased_feeds=leased,
        due_entries=entries,
        leased_entries=leased_entries,
        stream=stream,
        store_bytes=int(place.redis.info("memory")["used_memory"]),
    )


def _drain(place: fleet.Site, served: set[str]) -> bool:
    """
    Wait until nothing is in hand and what was served is out, or is lost; whether nothing is in hand then.

    A poll may be on its way while the origin is asked what it served.
    """
    end = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < end:
        if place.in_hand() == 0 and served <= {event.article["guid"] for event in place.events()}:
            return True
        time.sleep(2)
    return place.in_hand() == 0


# ------------------------------------------------------------------------------------------------ the verdict


def _judge(samples: Sequence[Sample], dead: Sequence[str], codes: dict[str, int]) -> Iterator[str]:
    warm = [one for one in samples if one.at >= WARM_SHARE * SECONDS]
    for name in warm[0].held:
        if name != "store" and memory_grows([(one.at, one.held[name].pss_mb) for one in warm]):
            yield f"the memory of {name} grows"
        if handles_grow([(one.at, one.held[name].handles) for one in warm]):
            yield f"the open handles of {name} grow"
    if samples[-1].lag_seconds > MAX_LAG_SECONDS:
        yield f"at the end a feed had waited {samples[-1].lag_seconds:.0f} s for its poll"
    yield from (f"{name} ended by itself" for name in dead)
    yield from (f"{name} ended with {code}" for name, code in codes.items() if code)


def _compare(place: fleet.Site, world: World, served: set[str]) -> Iterator[str]:
    """What came out, against what the feeds have shown."""
    stories = world.by_guid
    events = [event for event in place.events() if event.article["revision"] == 1]
    times = Counter(event.article["guid"] for event in events)
    if lost := served - times.keys():
        yield f"{len(lost)} of {len(served)} articles are lost, such as {sorted(lost)[:3]}"
    if doubled := [guid for guid, number in times.items() if number > 1]:
        yield f"{len(doubled)} articles are doubled, such as {doubled[:3]}"
    other = [
        one.article["guid"] for one in events if expected_text(stories[one.article["guid"]]) != one.article["text"]
    ]
    if other:
        yield f"{len(other)} articles have another text, such as {other[:3]}"
    for event in events[:: max(1, len(events) // 200)]:
        fleet.VALIDATOR.validate(event.article)
    counts = place.counts()
    ended = sum(n for name, n in counts.items() if name.startswith("entries.") and name != "entries.seen")
    if counts.get("entries.seen", 0) != ended + place.in_hand():
        yield f"the accounts do not add up: {counts}"


# ------------------------------------------------------------------------------------------------ the figures


def _polls(one: Sample) -> int:
    return sum(n for name, n in one.counts.items() if name.startswith("polls."))


def _looks(one: Sample) -> int:
    return sum(n for name, n in one.counts.items() if name.startswith("revisits."))


def _cpu(one: Sample) -> float:
    return sum(held.cpu_seconds for held in one.held.values())


def _tell(samples: Sequence[Sample], served: dict[str, object]) -> None:
    warm = [one for one in samples if one.at >= WARM_SHARE * SECONDS]
    heads = ("PSS", "highest", "a minute", "RSS", "handles", "highest", "a minute")
    print(f"\n{'after warm-up':<13}" + "".join(f"{head:>10}" for head in heads))
    for name in warm[0].held:
        held: list[Held] = [one.held[name] for one in warm]
        memory = slope([(one.at, one.held[name].pss_mb) for one in warm]) * 60
        handles = slope([(one.at, one.held[name].handles) for one in warm]) * 60
        print(
            f"{name:<13}{median(x.pss_mb for x in held):7.1f} MB{max(x.pss_mb for x in held):7.1f} MB{memory:+7.2f} MB"
            f"{median(x.rss_mb for x in held):7.1f} MB{median(x.handles for x in held):10.0f}"
            f"{max(x.handles for x in held):10d}{handles:+10.2f}"
        )
    first = next(one for one in samples if one.at >= START_SHARE * SECONDS)  # without the cost of starting
    last = samples[-1]
    tail = next(one for one in samples if one.at >= (NEWS_SHARE + 1) / 2 * SECONDS)
    poll = (_cpu(last) - _cpu(tail)) / max(1, _polls(last) - _polls(tail))
    news = next(one for one in reversed(samples) if one.at <= NEWS_SHARE * SECONDS)
    pages = news.stream - first.stream + _looks(news) - _looks(first)
    page = (_cpu(news) - _cpu(first) - poll * (_polls(news) - _polls(first))) / max(1, pages)
    kept = (last.store_bytes - first.store_bytes) / max(1, last.stream - first.stream)
    lags = sorted(one.lag_seconds for one in warm)
    print(
        f"\n{_polls(last)} polls, {last.stream} events and {_looks(last)} looks in {last.at:.0f} s; "
        f"{served['polls']} feeds and {served['pages']} pages were asked for\n"
        f"a core polls {1 / max(poll, 1e-9):.0f} feeds/s ({poll * 1000:.1f} ms of CPU each, mostly unchanged, store "
        f"included), or makes {1 / max(page, 1e-9):.1f} articles/s ({page * 1000:.1f} ms each)\n"
        f"the store: {kept:.0f} bytes an article\n"
        f"the longest waiting feed had waited {lags[len(lags) // 2]:.1f} s (median), {lags[-1]:.1f} s (worst); "
        f"most in hand: {max(one.due_entries + one.leased_entries for one in samples)} entries"
    )


if __name__ == "__main__":
    sys.exit(main())
