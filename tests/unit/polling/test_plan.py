"""When the next poll is."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.models import NextPoll
from ingest.polling.plan import Policy, plan_poll

T0 = datetime(2026, 11, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLICY = Policy(interval=HOUR, jitter=0.1, ceiling=timedelta(hours=24))


@pytest.mark.parametrize(
    ("failures", "pause", "reason"),
    [
        (0, HOUR, "interval"),
        (1, HOUR, "back-off after 1 failure"),
        (2, 2 * HOUR, "back-off after 2 failures"),
        (5, 16 * HOUR, "back-off after 5 failures"),
        (6, 24 * HOUR, "back-off after 6 failures"),
        (10_000, 24 * HOUR, "back-off after 10000 failures"),
    ],
)
def test_pause(failures, pause, reason):
    """
    The pause doubles with each failure up to the ceiling, and says why.
    """
    got = plan_poll(failures=failures, now=T0, policy=POLICY, dice=0.0)

    assert NextPoll(at=T0 + pause, reason=reason) == got


@given(failures=st.integers(0, 100), dice=st.floats(0, 1), seconds=st.integers(1, 10**6), jitter=st.floats(0, 1))
def test_never_sooner(failures, dice, seconds, jitter):
    """
    Chance and failures only ever add to the interval, and never more than jitter and ceiling allow.
    """
    policy = Policy(interval=timedelta(seconds=seconds), jitter=jitter, ceiling=timedelta(hours=24))

    got = plan_poll(failures=failures, now=T0, policy=policy, dice=dice)

    longest = max(policy.interval, policy.ceiling) * (1 + jitter)
    assert policy.interval <= got.at - T0 <= longest + timedelta(microseconds=1)
