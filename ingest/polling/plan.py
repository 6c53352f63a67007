"""When to poll next, and why: the one place where rhythm, hints, failures and the operator's wishes meet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ingest.models import Feed, Hints, NextPoll, Validators
from ingest.polling.backoff import back_off, is_gone_for_good
from ingest.polling.hints import WEEKDAYS
from ingest.polling.pace import Pause, natural_pause, news_pause, window_pause

#: The pause of a dormant feed: nobody asks it again before an operator does.
NEVER: Final = timedelta(days=36_525)
_HOUR: Final = timedelta(hours=1)
#: From any moment, a permitted hour comes within eight days: no hint forbids all hours or all days.
_MAX_HOURS: Final = 8 * 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the operator wants."""

    #: The pause before a feed's rhythm is known, and about that of a feed with an entry every three days.
    interval: timedelta
    #: No rhythm makes a pause shorter; an interval below it does.
    floor: timedelta = timedelta(minutes=10)
    #: The longest pause of a feed that is alive or failing.
    ceiling: timedelta
    #: Share of the pause that chance may add.
    jitter: float
    #: The operator gave this feed a pause of its own: it is taken as it is.
    is_fixed: bool = False
    #: Feeds are polled in their own rhythm; otherwise at the interval.
    is_adaptive: bool = True


def plan_poll(
    *, feed: Feed, outcome: str, retry_after: timedelta | None, now: datetime, policy: Policy, dice: float
) -> NextPoll:
    """
    The next poll after one that ended in ``outcome``. ``dice`` is between 0 and 1.

    ``feed`` is as the poll left it (failures counted, hints, rhythm and validators new). Chance only ever adds: a feed
    is never asked sooner than the floor, its back-off or a Retry-After says (P21, P28). Only ``now`` counts, never the
    time of an earlier poll, so that no jump of a clock makes a burst (P27).
    """
    if is_gone_for_good(feed, now):
        return NextPoll(at=now + NEVER, reason="dormant: 410 twice, a day apart", is_dormant=True)
    usual = _usual_pause(feed, now, policy)
    if feed.failures:
        pause = back_off(feed, usual=usual.pause, ceiling=policy.ceiling, now=now, dice=dice, jitter=policy.jitter)
        plural = "s" if feed.failures > 1 else ""
        planned = NextPoll(at=now + pause, reason=f"back-off after {feed.failures} failure{plural} ({outcome})")
    else:
        planned = NextPoll(at=now + usual.pause * (1 + policy.jitter * dice), reason=usual.reason)
    if retry_after is not None and now + retry_after > planned.at:
        # The spread is for the many feeds of one host that were all told the same.
        spread = min(retry_after * policy.jitter, _HOUR) * dice
        planned = NextPoll(at=now + retry_after + spread, reason=f"Retry-After {retry_after.total_seconds():.0f} s")
    return planned if policy.is_fixed else _outside_skipped(planned, feed.hints, dice)


def _usual_pause(feed: Feed, now: datetime, policy: Policy) -> Pause:
    """The pause of a feed that does not fail."""
    if policy.is_fixed:
        return Pause(pause=policy.interval, reason="fixed interval")
    ceiling = max(policy.ceiling, policy.interval)
    own = Pause(pause=policy.interval, reason="interval")
    if policy.is_adaptive:
        own = _own_pause(feed, now, policy, ceiling)
    asked = feed.hints.pause
    if asked <= own.pause:
        return own
    # A pause in which entries would be lost cannot be meant; down to the interval, never below (P18).
    bearable = max(window_pause(feed.rhythm, ceiling=ceiling, now=now), policy.interval, own.pause)
    if policy.is_adaptive and bearable < asked:
        return Pause(pause=bearable, reason=f"{feed.hints.said_by} would lose entries: only {feed.rhythm.shown} shown")
    return Pause(pause=asked, reason=f"asked for: {feed.hints.said_by} {asked.total_seconds():.0f} s")


def _own_pause(feed: Feed, now: datetime, policy: Policy, ceiling: timedelta) -> Pause:
    own = natural_pause(feed.rhythm, interval=policy.interval, ceiling=ceiling, now=now)
    known_for = max(policy.interval, now - (feed.added_at or now))
    if feed.added_at is not None and own.pause > known_for:
        own = Pause(pause=known_for, reason="new feed: still learning its rhythm")
    if feed.validators == Validators() and feed.rhythm.since is not None and not feed.failures:
        # Every answer is a whole document: worth asking for only where it brings something (P18).
        news = news_pause(feed.rhythm, ceiling=ceiling, now=now)
        if news > own.pause:
            own = Pause(pause=news, reason="no validators: asked when an entry is due")
    # It is not walked further than it could shorten anything: a day of hours is most of a plan's cost.
    longest = min(own.pause, ceiling)
    window = window_pause(feed.rhythm, ceiling=longest, now=now)
    if window < longest:
        own = Pause(pause=window, reason=f"changes fast: only {feed.rhythm.shown} shown")
    floor = min(policy.floor, policy.interval)
    return own if own.pause >= floor else Pause(pause=floor, reason=f"floor; {own.reason}")


def _outside_skipped(planned: NextPoll, hints: Hints, dice: float) -> NextPoll:
    """The same poll, or the first moment after it that is in no skipped hour or day (P24)."""
    at = planned.at
    for _ in range(_MAX_HOURS):
        if at.hour not in hints.skip_hours and WEEKDAYS[at.weekday()] not in hints.skip_days:
            break
        at = at.replace(minute=0, second=0, microsecond=0) + _HOUR
    if at == planned.at:
        return planned
    # Somewhere in the permitted hour, not at its stroke with everybody else (P21).
    return NextPoll(at=at + (0.02 + 0.9 * dice) * _HOUR, reason=f"skipHours or skipDays until {at:%a %H:%M} UTC")
