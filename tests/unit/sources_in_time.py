"""Sources that a simulation runs through time: how many articles a day, how long, and what happens to them one day."""

import math
import random
from datetime import UTC, datetime, timedelta

from ingest.drift import Day, Drift, day_number, judge_drift

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: A Monday.
FIRST_DAY = 20_440


def _poisson(dice: random.Random, mean: float) -> int:
    if mean > 50:
        return max(0, round(dice.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, dice.random()
    while product > limit:
        count, product = count + 1, product * dice.random()
    return count


def _week(*means: float):
    return lambda dice, day: _poisson(dice, means[day % 7])


#: Articles of a day, by the dice and the day's number from 0, a Monday.
RHYTHMS = {
    "steady": _week(*[20] * 7),
    "busy": _week(*[100] * 7),
    "slow": _week(*[2] * 7),
    "weekly": _week(30, 30, 30, 30, 25, 2, 1),
    "weekdays": _week(8, 8, 8, 8, 8, 0, 0),
    "paper": _week(0, 0, 0, 20, 0, 0, 0),
    "holidays": lambda dice, day: 0 if day % 60 == 17 else _poisson(dice, 25),
    "bursty": lambda dice, _: _poisson(dice, 10 * math.exp(dice.gauss(-0.5, 1))),
}


def alarms(rhythm, seed, days, *, change=None, at=0, looks=2) -> list[tuple[float, Drift]]:
    """What is said of a source, and on which day, looked at twice a day; ``change`` happens on day ``at``."""
    dice, history, last, said = random.Random(seed), {}, None, []
    for day in range(days):
        count, is_changed = RHYTHMS[rhythm](dice, day), change is not None and day >= at
        count = {"dies": 0, "floods": count * 8 + 60}.get(change, count) if is_changed else count
        moments = sorted(dice.random() for _ in range(count))
        for look in range(looks):
            part = [moment for moment in moments if look / looks <= moment < (look + 1) / looks]
            number = FIRST_DAY + day
            if part:
                last = EPOCH + timedelta(days=number + part[-1])
                history[number] = _more(dice, history.get(number, Day()), len(part), change if is_changed else None)
            if last is None:
                continue
            history = {number: held for number, held in history.items() if number > day_number(last) - 35}
            now = EPOCH + timedelta(days=number + (look + 1) / looks)
            drift = judge_drift(history, now=now, last=last)
            if drift is not None:
                said.append((day + (look + 1) / looks, drift))
    return said


def _more(dice: random.Random, held: Day, n: int, change: str | None) -> Day:
    scale = 0.25 if change == "breaks" else 1
    words = sum(min(3000, int(math.exp(dice.gauss(6, 0.7)) * scale)) for _ in range(n))
    share = {"fallback": 1.0}.get(change, 0.1)
    return Day(
        articles=held.articles + n,
        texts=held.texts + n,
        words=held.words + words,
        feed_texts=held.feed_texts + sum(dice.random() < share for _ in range(n)),
        flagged=held.flagged + sum(dice.random() < (1.0 if change == "flags" else 0.1) for _ in range(n)),
        removed=held.removed + (words * 8 if change == "eats" else words // 3),
        kept=held.kept + words * 6,
    )


def episodes(said) -> int:
    """How many alarms that were, each counted once however long it stood."""
    starts = [at for number, (at, _) in enumerate(said) if number == 0 or at - said[number - 1][0] > 1]
    return len(starts)
