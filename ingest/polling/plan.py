"""When to poll next, and why: the interval with jitter, or a back-off that never gives a feed up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.models import NextPoll


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the operator wants."""

    interval: timedelta
    #: Share of the pause that chance may add.
    jitter: float
    #: The longest pause a failing feed is left alone.
    ceiling: timedelta


def plan_poll(*, failures: int, now: datetime, policy: Policy, dice: float) -> NextPoll:
    """
    The next poll after one that left ``failures`` consecutive failures. ``dice`` is between 0 and 1.

    Chance only adds to a pause: a feed is never asked sooner than the interval (reliability.md P21).
    """
    pause = policy.interval
    reason = "interval"
    if failures:
        # 2**20 intervals are past any ceiling; more would only overflow.
        pause = min(policy.interval * 2 ** min(failures - 1, 20), max(policy.ceiling, policy.interval))
        reason = f"back-off after {failures} failure{'s' if failures > 1 else ''}"
    return NextPoll(at=now + pause * (1 + policy.jitter * dice), reason=reason)
