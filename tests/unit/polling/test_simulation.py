"""The short form of ``make simulate``: some days of a few dozen feeds of our own making."""

import random
from datetime import timedelta

from tests.bench.simulate import (
    DAY,
    HOUR,
    Score,
    Stream,
    draw_stream,
    entry_frequency,
    fixed,
    made_up_seeds,
    media_cloud,
    middle,
    ours,
    run_rule,
    simulate,
)

OURS = ours(timedelta(hours=1), timedelta(minutes=10))


def score_of(rule, *times: float, window: int = 10, days: float = 4) -> Score:
    score = Score()
    run_rule(rule, Stream(window=window, times=times), score, random.Random(1), days)
    return score


def test_bar():
    """
    No entry is missed, none waits longer in the middle than with the fastest other rule, at 60 % of its requests.
    """
    rules = {"fixed": fixed, "overlap": media_cloud, "frequency": entry_frequency, "ours": OURS}

    scores, entries, _ = simulate(made_up_seeds(), rules, feeds=39, days=4, seed=5)

    got = scores.pop("ours")
    best = min(scores.values(), key=lambda score: middle(score.delays))
    assert (0, entries) == (got.missed, len(got.delays))
    assert middle(got.delays) <= middle(best.delays)
    assert got.requests <= 0.6 * best.requests


def test_repeatable():
    """
    A seed gives the same figures every time.
    """
    got = [simulate(made_up_seeds(), {"ours": OURS}, feeds=5, days=3, seed=9) for _ in range(2)]

    assert got[0] == got[1]


def test_missed():
    """
    An entry that left the document before a poll is missed, and one still in it is not.
    """
    times = tuple(HOUR + number for number in range(12))

    got = [score_of(fixed, *times, window=window) for window in (10, 12)]

    assert [(2, 10), (0, 12)] == [(score.missed, len(score.delays)) for score in got]


def test_fixed():
    """
    The fixed rule asks every quarter of an hour, and no entry waits longer.
    """
    got = score_of(fixed, *(HOUR * number * 1.1 for number in range(80)))

    assert 4 * 96 == got.requests
    assert 0 < max(got.delays) <= 900


def test_sudden_flood():
    """
    A feed that turns from one entry a day into sixty an hour loses none while half a document is left of an hour.
    """
    calm = tuple(-DAY * age for age in range(40, 0, -1))
    flood = tuple(DAY + 60.0 * number for number in range(600))

    got = score_of(OURS, *calm, *flood, window=120)

    assert (0, 600) == (got.missed, len(got.delays))


def test_streams():
    """
    A stream's entries are in order, its backlog fills the document, and its rate is about its seed's.
    """
    seed = made_up_seeds()[1]

    got = draw_stream(seed, random.Random(3), 30)

    assert sorted(got.times) == list(got.times)
    assert sum(at < 0 for at in got.times) == seed.window
    assert 20 * 30 < len(got.times) < 80 * 30
