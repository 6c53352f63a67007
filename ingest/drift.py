"""
Whether a source drifts from what it was: falls silent, floods, or sends other texts than before.

A source is judged by its own last four weeks, weekday by weekday. Nothing is said before it has two weeks and twenty
articles of history. Simulated (tests/unit/test_drift.py): see docs/how-to/monitor.md for the share of false alarms.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Literal

#: Days a source is judged by, and how many it needs before it is judged.
WEEKS = 28
MIN_DAYS = 14
MIN_ARTICLES = 20

#: Nobody is called silent before this: a holiday is a day.
MIN_SILENCE = timedelta(hours=36)
#: The chance of such a silence, given the source's rhythm, from which on it is one. A source is looked at some thousand
#: times a month, but silences a day long it can have thirty.
SILENCE_CHANCE = 1e-5
#: Beside that, so many times as much is missing as in the source's worst gap: what comes in waves has such gaps.
WORSE = 1.25

#: A flood is so many articles in a day at the least, so many times the largest day, and the day expected.
FLOOD_ARTICLES = 30
FLOOD_TIMES_LARGEST = 4.0
FLOOD_TIMES_EXPECTED = 6.0

#: Texts are judged by those of each of these spans that has so many, against so many days at the least.
RECENT_DAYS = (2, 4, 7)
MIN_TEXTS = 12
MIN_TEXT_DAYS = 8
#: They have shrunk at this share of their length, so many standard errors below it. Lengths of news articles differ by
#: half their mean at the least, whatever a few days say; as they are skewed, means far below the usual are rarer than
#: a normal distribution has them.
SHRUNK = 0.6
SIGMAS = 3.5
MIN_SPREAD = 0.5
#: The median of absolute deviations is this share of a normal distribution's standard deviation.
MAD = 0.6745
#: A share (of texts from the feed, flagged, removed) has risen by this much, and by chance less often than this.
RISEN = 0.4
SHARE_CHANCE = 1e-6

_EPOCH = date(1970, 1, 1)
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)

#: "feed-texts": pages can no longer be had; "removed": cleaning takes out more; "shrunk": extraction may have broken.
DriftKind = Literal["silent", "flood", "shrunk", "feed-texts", "flagged", "removed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a source sent in a day (UTC)."""

    articles: int = 0
    #: Those sent with their text: of a copy it may be left out.
    texts: int = 0
    #: Their words, of one article 3000 at the most: one long read is no change of habit.
    words: int = 0
    #: Texts from the feed instead of the page, and with a flag.
    feed_texts: int = 0
    flagged: int = 0
    #: Characters that cleaning removed, and left.
    removed: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """That a source is no longer what it was."""

    kind: DriftKind
    #: A sentence with the figures.
    reason: str
    #: What was found and what was expected, in the unit of the kind: hours, articles, words, or a share.
    found: float
    expected: float


def day_number(moment: datetime) -> int:
    """The day of a moment (UTC), as the histories number them."""
    return (moment.astimezone(UTC).date() - _EPOCH).days


def judge_drift(days: Mapping[int, Day], *, now: datetime, last: datetime) -> Drift | None:
    """
    How a source drifts, None where it does not or there is too little to go by; ``last`` is its last article.

    Silence comes first: what is silent has no texts to judge. It is judged by the weeks before the last article, so
    that it does not become what is expected.
    """
    return _silence(days, now, last) or _flood(days, now) or _texts(days, now)


def _baseline(days: Mapping[int, Day], before: int) -> dict[int, Day]:
    """The days before one, those without an article too; nothing where the source is too young."""
    known = [number for number in days if before - WEEKS <= number < before]
    if not known or sum(days[number].articles for number in known) < MIN_ARTICLES:
        return {}
    return {n: days.get(n, Day()) for n in range(min(known), before)} if before - min(known) >= MIN_DAYS else {}


def _weekday(number: int) -> int:
    return (number + _EPOCH.weekday()) % 7


def _pace(baseline: Mapping[int, Day]) -> tuple[list[float], float]:
    """Articles expected on each weekday, and how many times a day's variance is what chance alone would make it."""
    overall = sum(day.articles for day in baseline.values()) / len(baseline)
    by_weekday: list[list[int]] = [[] for _ in range(7)]
    for number, day in baseline.items():
        by_weekday[_weekday(number)].append(day.articles)
    # Two to four days of a kind say little by themselves: they are joined by half a day of the average.
    paces = [(sum(counts) + overall / 2) / (len(counts) + 0.5) for counts in by_weekday]
    excess = [
        (day.articles - paces[_weekday(number)]) ** 2 / max(paces[_weekday(number)], 0.1)
        for number, day in baseline.items()
    ]
    return paces, max(1.0, sum(excess) / max(1, len(excess) - 4))


def _silence(days: Mapping[int, Day], now: datetime, last: datetime) -> Drift | None:
    silent = now - last
    if silent < MIN_SILENCE:
        return None
    baseline = _baseline(days, day_number(last))
    if not baseline:
        return None
    paces, dispersion = _pace(baseline)
    missing, start = 0.0, last.astimezone(UTC)
    while start < now:
        end = min(now, datetime(start.year, start.month, start.day, tzinfo=UTC) + _DAY)
        missing += paces[_weekday(day_number(start))] * ((end - start) / _DAY)
        start = end
    # Negative binomial with this variance: P(nothing) = dispersion ** (-expected / (dispersion - 1)), Poisson's at 1.
    strength = math.log(dispersion) / (dispersion - 1) if dispersion > 1.001 else 1.0  # noqa: PLR2004 - the limit is 1
    calm = _calm(baseline, paces, max(1, silent // _DAY), missing)
    if missing * strength * calm < -math.log(SILENCE_CHANCE) or missing < WORSE * _worst_gap(baseline, paces):
        return None
    hours = silent / _HOUR
    return Drift(
        kind="silent",
        reason=f"no article for {hours:.0f} hours, in which about {missing:.0f} were to be expected",
        found=round(hours, 1),
        expected=round(missing, 1),
    )


def _worst_gap(baseline: Mapping[int, Day], paces: list[float]) -> float:
    """How many articles were to be expected in a row of days without one, at the most."""
    worst = run = 0.0
    for number in sorted(baseline):
        run = 0.0 if baseline[number].articles else run + paces[_weekday(number)]
        worst = max(worst, run)
    return worst


def _calm(baseline: Mapping[int, Day], paces: list[float], length: int, missing: float) -> float:
    """
    The share of the usual that came in the quieter times of this length, a tenth of them being quieter still.

    What comes in waves has days with next to nothing; only spans that should have brought at least half of what is
    missing are compared, for a quiet Sunday says nothing of a Tuesday.
    """
    numbers = sorted(baseline)
    shares = []
    for start in range(len(numbers) - length + 1):
        span = numbers[start : start + length]
        expected = sum(paces[_weekday(number)] for number in span)
        if expected >= missing / 2:
            shares.append(sum(baseline[number].articles for number in span) / expected)
    return min(1.0, sorted(shares)[len(shares) // 10]) if shares else 1.0


def _flood(days: Mapping[int, Day], now: datetime) -> Drift | None:
    today = day_number(now)
    if max(days.get(number, Day()).articles for number in (today, today - 1)) < FLOOD_ARTICLES:
        return None
    baseline = _baseline(days, today - 1)
    if not baseline:
        return None
    paces, _ = _pace(baseline)
    largest = max(day.articles for day in baseline.values())
    for number in (today, today - 1):
        found, expected = days.get(number, Day()).articles, paces[_weekday(number)]
        if found >= max(FLOOD_ARTICLES, FLOOD_TIMES_LARGEST * largest, FLOOD_TIMES_EXPECTED * expected):
            return Drift(
                kind="flood",
                reason=f"{found} articles in a day, where about {expected:.0f} are usual and {largest} was the most",
                found=found,
                expected=round(expected, 1),
            )
    return None


def _texts(days: Mapping[int, Day], now: datetime) -> Drift | None:
    """The texts of today and yesterday, of a slow source those of a week, against those of the weeks before."""
    today = day_number(now)
    for span in RECENT_DAYS:
        recent = _sum(days.get(number, Day()) for number in range(today - span + 1, today + 1))
        baseline = [day for day in _baseline(days, today - span + 1).values() if day.texts]
        if recent.texts >= MIN_TEXTS and len(baseline) >= MIN_TEXT_DAYS:
            drift = _shrunk(baseline, recent) or _risen(baseline, recent)
            if drift is not None:
                return drift
    return None


def _shrunk(baseline: Sequence[Day], recent: Day) -> Drift | None:
    # Medians, so that the first days of a change do not become what is expected.
    usual, mean = median(day.words / day.texts for day in baseline), recent.words / recent.texts
    spread = median(abs(day.words / day.texts - usual) * math.sqrt(day.texts) for day in baseline) / MAD
    error = max(spread, usual * MIN_SPREAD) / math.sqrt(recent.texts)
    if mean >= SHRUNK * usual or usual - mean < SIGMAS * error:
        return None
    return Drift(
        kind="shrunk",
        reason=f"{mean:.0f} words an article, where {usual:.0f} were usual",
        found=round(mean, 1),
        expected=round(usual, 1),
    )


def _risen(baseline: Sequence[Day], recent: Day) -> Drift | None:
    before = _sum(baseline)
    n = recent.texts
    kinds: tuple[tuple[DriftKind, str, float, float], ...] = (
        (
            "feed-texts",
            "of the articles have only the feed's text",
            before.feed_texts / before.texts,
            recent.feed_texts / n,
        ),
        ("removed", "of the text is taken out", _removed(before), _removed(recent)),
        ("flagged", "of the articles are flagged", before.flagged / before.texts, recent.flagged / n),
    )
    for kind, what, usual, share in kinds:
        likely = (usual * before.texts + 1) / (before.texts + 2)
        if share - usual >= RISEN and _chance(round(share * n), n, likely) < SHARE_CHANCE:
            return Drift(
                kind=kind,
                reason=f"{share:.0%} {what}, where {usual:.0%} were usual",
                found=round(share, 3),
                expected=round(usual, 3),
            )
    return None


def _chance(hits: int, n: int, likely: float) -> float:
    """At most this is the chance of so many hits or more of ``n`` (Chernoff's bound of the binomial tail)."""
    share = hits / n
    if share <= likely:
        return 1.0
    against = (1 - share) * math.log((1 - share) / (1 - likely)) if share < 1 else 0.0
    return math.exp(-n * (share * math.log(share / likely) + against))


def _removed(day: Day) -> float:
    return day.removed / max(1, day.removed + day.kept)


def _sum(days: Iterable[Day]) -> Day:
    total = [0] * len(fields(Day))
    for day in days:
        total = [sum_ + getattr(day, name.name) for sum_, name in zip(total, fields(Day), strict=True)]
    return Day(**{name.name: sum_ for name, sum_ in zip(fields(Day), total, strict=True)})
