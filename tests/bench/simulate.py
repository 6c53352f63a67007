"""
``make simulate``: a month of polling thousands of feeds by a virtual clock, under several rules for "when next".

    python -m tests.bench.simulate [--feeds N] [--days D] [--seed S] [--corpus DIR] [--half all|written|held-out]

What a feed does is drawn from real feeds (``DIR/cases.jsonl`` and its files): one of them lends its document's size,
gaps between entries in short runs, as they came, and its hours of the day, mixed with those of all feeds where it has
few entries; a factor of chance on its rate and a shift of its clock make it a feed of its own. A feed silent for a year
stays silent. Without a corpus a few rhythms of our own making stand in.

The rules, each over the same entries: ours (``plan_poll`` with the settings' defaults, and with other intervals); a
fixed quarter of an hour; Media Cloud's (overlap: 6 h at first, +10 min when over 2/3 of the document is known, -60 min
when under 1/3, 10 min to 24 h); miniflux's entry_frequency (a week divided by the entries of the last one, 5 min to
24 h). Hints are left out: no other rule but ours would obey them. An entry is missed when it has left the document
before the poll that would have shown it; the delay is the time from its publication to that poll.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

from ingest.errors import FeedError
from ingest.feeds.parse import parse_feed
from ingest.models import Feed, Validators
from ingest.polling.plan import Policy, plan_poll
from ingest.polling.rhythm import learn

SHARED = Path(__file__).parents[2].parent / "shared" / "corpora" / "feeds" / "real-dev"
START = datetime(2026, 3, 2, tzinfo=UTC)
DAY = 86400.0
HOUR = 3600.0
#: Entries it takes until a feed's own hours weigh as much as everybody's.
HOURS_PRIOR = 10
#: Gaps that stay together when they are drawn: bursts are part of a rhythm.
RUN = 4
RATE_SPREAD = 0.3
OURS = "copydesk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """What a real feed lends."""

    window: int
    #: Between its entries, in seconds of its own activity: nights and weekends count for little.
    gaps: tuple[float, ...]
    #: Activity in each hour, in its mean.
    hours: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One feed's month: when its entries come, in seconds from the start; those before it are its backlog."""

    window: int
    times: tuple[float, ...]


@dataclass(slots=True)
class Score:
    """What a rule came to."""

    requests: int = 0
    missed: int = 0
    delays: list[float] = field(default_factory=list)
    medians: list[float] = field(default_factory=list)


Rule = Callable[[Stream, float, random.Random], Iterator[float]]


def main() -> None:
    """Print the table."""
    options = read_options()
    seeds = read_seeds(options.corpus, options.half) if options.corpus.is_dir() else made_up_seeds()
    begun = time.process_time()
    rules: dict[str, Rule] = {"fixed 15 min": fixed, "Media Cloud": media_cloud, "miniflux": entry_frequency}
    for minutes in options.interval:
        rules[f"{OURS} {minutes:g} min"] = ours(timedelta(minutes=minutes), timedelta(minutes=options.floor))
    scores, entries, unseeable = simulate(seeds, rules, feeds=options.feeds, days=options.days, seed=options.seed)
    print(f"{options.feeds} feeds drawn from {len(seeds)} rhythms ({options.half}), {options.days:g} days, ", end="")
    print(f"seed {options.seed}: {entries} entries, {unseeable} of them replaced within a minute; ", end="")
    print(f"{time.process_time() - begun:.0f} s of processor time")
    print(f"{'rule':16}{'requests':>12}{'of best':>9}{'missed':>8}{'median':>9}{'mean':>9}{'p90':>9}{'by feed':>11}")
    best = min((name for name in scores if not name.startswith(OURS)), key=lambda name: middle(scores[name].delays))
    for name, score in scores.items():
        print_row(name, score, scores[best].requests)


def read_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="A month of polling under several rules.")
    parser.add_argument("--feeds", type=int, default=5000)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path, default=SHARED)
    parser.add_argument("--half", choices=("all", "written", "held-out"), default="all")
    parser.add_argument("--interval", type=float, nargs="*", default=[60.0], help="ours, minutes")
    parser.add_argument("--floor", type=float, default=10.0, help="ours, minutes")
    return parser.parse_args()


def print_row(name: str, score: Score, best_requests: int) -> None:
    """One rule's line; the last figure is the median over feeds of each one's median."""
    tenth = statistics.quantiles(score.delays, n=10)[-1] if len(score.delays) > 1 else 0.0
    print(
        f"{name:16}{score.requests:12}{score.requests / best_requests:9.1%}{score.missed:8}"
        f"{middle(score.delays) / 60:8.1f}m{statistics.fmean(score.delays or [0]) / 60:8.1f}m{tenth / 60:8.1f}m"
        f"{middle(score.medians) / 60:10.1f}m"
    )


def middle(values: Sequence[float]) -> float:
    """The median, 0 of nothing."""
    return statistics.median(values) if values else 0.0


# ------------------------------------------------------------------------------------------------ what feeds do


def read_seeds(folder: Path, half: str = "all") -> list[Seed]:
    """The rhythms of the feeds in a corpus folder; a feed without dates lends none."""
    documents: list[tuple[int, list[datetime]]] = []
    for line in (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        is_held_out = sha256(case["id"].encode()).digest()[0] % 2 == 1
        if half != "all" and is_held_out != (half == "held-out"):
            continue
        try:
            parsed = parse_feed((folder / case["file"]).read_bytes(), case["url"], case.get("headers") or {})
        except FeedError:
            continue
        dates = sorted(date for entry in parsed.entries if (date := entry.published_at or entry.updated_at))
        if len(dates) > 2:
            documents.append((len(parsed.entries), dates))
    today = max(dates[-1] for _, dates in documents)
    everybody = [0.0] * 24
    for _, dates in documents:
        for hour, count in enumerate(own_hours(dates)):
            everybody[hour] += count / max(len(dates), 1)
    return [make_seed(window, dates, today, everybody) for window, dates in documents]


def own_hours(dates: Sequence[datetime]) -> list[float]:
    """How many of the dates lie in each hour; none where they are bare days, all at one time."""
    times = [date.time() for date in dates]
    hours = [0.0] * 24
    if max(times.count(time_) for time_ in set(times)) * 2 <= len(times):
        for time_ in times:
            hours[time_.hour] += 1
    return hours


def make_seed(window: int, dates: Sequence[datetime], today: datetime, everybody: Sequence[float]) -> Seed:
    """What one real document lends; ``everybody`` fills in for the hours it says nothing of."""
    own = own_hours(dates)
    mixed = [
        count + HOURS_PRIOR * share / (sum(everybody) or 1) + 1e-3 for count, share in zip(own, everybody, strict=True)
    ]
    hours = tuple(24 * value / sum(mixed) for value in mixed)
    if today - dates[-1] > timedelta(days=365):
        return Seed(window=window, gaps=(), hours=hours)
    active = [activity(date.timestamp(), hours) for date in dates]
    return Seed(window=window, gaps=tuple(b - a for a, b in pairwise(active)), hours=hours)


def made_up_seeds() -> list[Seed]:
    """Rhythms of our own making, from a wire to a diary."""
    dice = random.Random(7)
    awake = tuple(0.1 if hour < 6 else 1.5 if hour < 20 else 0.7 for hour in range(24))
    shape = tuple(24 * value / sum(awake) for value in awake)
    rates = (80.0, 40.0, 15.0, 8.0, 6.0, 2.0, 1.0, 0.3, 0.1, 0.1, 0.03, 0.03)
    seeds = [
        Seed(window=20, gaps=tuple(dice.expovariate(rate) * DAY for _ in range(19)), hours=shape) for rate in rates
    ]
    return [*seeds, Seed(window=10, gaps=(), hours=shape)]


def activity(at: float, hours: Sequence[float]) -> float:
    """Seconds of activity up to a moment."""
    day, second = divmod(at, DAY)
    hour = int(second // HOUR)
    return day * DAY + sum(hours[:hour]) * HOUR + hours[hour] * (second - hour * HOUR)


def moment(active: float, hours: Sequence[float]) -> float:
    """The moment up to which there were so many seconds of activity."""
    day, rest = divmod(active, DAY)
    for hour, share in enumerate(hours):
        if rest <= share * HOUR:
            return day * DAY + hour * HOUR + rest / share
        rest -= share * HOUR
    return (day + 1) * DAY


def draw_stream(seed: Seed, dice: random.Random, days: float) -> Stream:
    """A month that such a feed might have."""
    if not seed.gaps:
        return Stream(window=seed.window, times=tuple(-DAY * (400 + 10 * i) for i in reversed(range(seed.window))))
    shift = dice.randrange(24)
    hours = seed.hours[shift:] + seed.hours[:shift]
    factor = dice.lognormvariate(0, RATE_SPREAD)
    run = (gap for _ in iter(int, 1) for gap in draw_run(seed.gaps, dice))
    before = [0.0]
    for _ in range(seed.window - 1):
        before.append(before[-1] - next(run) * factor)
    first = -dice.random() * next(run) * factor
    times = [first + offset for offset in reversed(before)]
    while times[-1] < days * DAY:
        times.append(times[-1] + next(run) * factor)
    return Stream(
        window=seed.window, times=tuple(at for at in (moment(active, hours) for active in times) if at < days * DAY)
    )


def draw_run(gaps: Sequence[float], dice: random.Random) -> Sequence[float]:
    """A few neighbouring gaps."""
    start = dice.randrange(len(gaps))
    return gaps[start : start + RUN]


# ------------------------------------------------------------------------------------------------ the rules


def simulate(
    seeds: Sequence[Seed], rules: dict[str, Rule], *, feeds: int, days: float, seed: int
) -> tuple[dict[str, Score], int, int]:
    """Each rule's score, the number of entries in the time, and of those that were gone within a minute."""
    scores = {name: Score() for name in rules}
    entries = unseeable = 0
    for number in range(feeds):
        dice = random.Random(f"{seed}/{number}")
        stream = draw_stream(dice.choice(seeds), dice, days)
        entries += sum(at >= 0 for at in stream.times)
        unseeable += sum(
            later - at < 60 and at >= 0 for at, later in zip(stream.times, stream.times[stream.window :], strict=False)
        )
        for name, rule in rules.items():
            run_rule(rule, stream, scores[name], random.Random(f"{seed}/{number}/{name}"), days)
    return scores, entries, unseeable


def run_rule(rule: Rule, stream: Stream, score: Score, dice: random.Random, days: float) -> None:
    """Poll one feed for its whole time; entries still unseen at the end are seen by one more poll, not counted."""
    times, window, end = stream.times, stream.window, days * DAY
    seen = 0
    delays: list[float] = []
    for at in rule(stream, end, dice):
        score.requests += at < end
        count = bisect_right(times, at)
        if count == seen:
            continue
        left = max(seen, count - window)
        score.missed += sum(published >= 0 for published in times[seen:left])
        delays += [at - published for published in times[left:count] if published >= 0]
        seen = count
    score.delays += delays
    if delays:
        score.medians.append(statistics.median(delays))


def fixed(_stream: Stream, end: float, dice: random.Random) -> Iterator[float]:
    """Every quarter of an hour."""
    at = dice.random() * 900
    while at < end:
        yield at
        at += 900
    yield at


def media_cloud(stream: Stream, end: float, dice: random.Random) -> Iterator[float]:
    """The overlap of two documents sets the pause."""
    times, window = stream.times, stream.window
    pause, at, seen, polls = 6 * HOUR, dice.random() * 6 * HOUR, 0, 0
    while at < end:
        yield at
        count = bisect_right(times, at)
        known = 1 - min(count - seen, window) / window
        seen, polls = count, polls + 1
        if polls > 2 and known > 0.67:
            pause += HOUR if at - times[count - 1] > 31 * DAY else 600
        elif polls > 2 and known < 0.33:
            pause = 6 * HOUR if pause > 6 * HOUR else pause - HOUR
        pause = min(max(pause, 600), DAY)
        at += pause
    yield at


def entry_frequency(stream: Stream, end: float, dice: random.Random) -> Iterator[float]:
    """A week divided by the entries of the last one."""
    times = stream.times
    at = dice.random() * HOUR
    while at < end:
        yield at
        week = bisect_right(times, at) - bisect_right(times, at - 7 * DAY)
        at += min(max(7 * DAY / week, 300), DAY) if week else DAY
    yield at


def ours(interval: timedelta, floor: timedelta) -> Rule:
    """The product's own functions."""
    policy = Policy(interval=interval, floor=floor, ceiling=timedelta(hours=24), jitter=0.1)

    def rule(stream: Stream, end: float, dice: random.Random) -> Iterator[float]:
        times, window = stream.times, stream.window
        at, seen = dice.random() * interval.total_seconds(), 0
        feed = Feed(id="f", url="https://example.org/", added_at=START, validators=Validators(etag='"1"'))
        while at < end:
            yield at
            now = START + timedelta(seconds=at)
            count = bisect_right(times, at)
            fresh = times[max(seen, count - window) : count]
            rhythm = learn(
                feed.rhythm,
                published=[START + timedelta(seconds=published) for published in fresh],
                new=len(fresh),
                shown=window if fresh else 0,
                polled_at=now,
                previous_poll_at=feed.polled_at,
            )
            feed, seen = replace(feed, rhythm=rhythm), count
            following = plan_poll(
                feed=feed, outcome="modified", retry_after=None, now=now, policy=policy, dice=dice.random()
            )
            feed = replace(feed, polled_at=now)
            at = (following.at - START).total_seconds()
        yield at

    return rule


if __name__ == "__main__":
    main()
