"""When the next poll is, and why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.models import Feed, Hints, NextPoll, Rhythm, Validators
from ingest.polling.backoff import count_failure
from ingest.polling.plan import NEVER, Policy, plan_poll
from ingest.polling.rhythm import learn

#: A Monday noon.
T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
POLICY = Policy(interval=HOUR, floor=5 * MINUTE, ceiling=DAY, jitter=0.1)
FEED = Feed(id="f", url="https://example.org/feed", validators=Validators(etag='"1"'), added_at=T0 - 400 * DAY)


def plan(
    feed: Feed = FEED,
    outcome: str = "modified",
    *,
    policy: Policy = POLICY,
    dice: float = 0.0,
    asked: timedelta | None = None,
    now: datetime = T0,
) -> NextPoll:
    return plan_poll(feed=feed, outcome=outcome, retry_after=asked, now=now, policy=policy, dice=dice)


def with_rhythm(a_day: float, shown: int = 40, feed: Feed = FEED) -> Feed:
    dates = [T0 - DAY / a_day * number for number in range(40)]
    rhythm = learn(Rhythm(), published=dates, new=40, shown=40, polled_at=T0, previous_poll_at=None)
    return replace(feed, rhythm=replace(rhythm, shown=shown))


def asking(pause: timedelta, feed: Feed = FEED) -> Feed:
    return replace(feed, hints=Hints(pause=pause, said_by="max-age"))


def failing(times: int, outcome: str, feed: Feed = FEED, every: timedelta = timedelta(0)) -> Feed:
    for number in range(times):
        feed = count_failure(feed, outcome, T0 - every * (times - 1 - number))
    return feed


# ------------------------------------------------------------------------------------------------ no failure


def test_unknown():
    """
    P18: a feed whose rhythm is not known is polled at the interval.
    """
    got = plan()

    assert NextPoll(at=T0 + HOUR, reason="interval: rhythm not yet known") == got


@pytest.mark.parametrize(
    ("a_day", "minutes", "reason"),
    [
        (2000.0, 5, "floor; own rhythm: about 1956 entries a day"),
        (40.0, 5.46, "own rhythm: about 40 entries a day"),
        (3.1, 19.6, "own rhythm: about 3 entries a day"),
    ],
)
def test_rhythm(a_day, minutes, reason):
    """
    P26: an active feed is polled in its own rhythm, never below the floor.
    """
    got = plan(with_rhythm(a_day))

    assert (got.at - T0) / MINUTE == pytest.approx(minutes, rel=0.3)
    assert reason == got.reason


@pytest.mark.parametrize(
    ("days", "expected"),
    [pytest.param(40, DAY, id="quiet"), pytest.param(800, 7 * DAY, id="dead, and yet weekly")],
)
def test_quiet(days, expected):
    """
    P26: a quiet feed is polled daily, one silent for a year weekly.
    """
    got = plan(with_rhythm(12), now=T0 + days * DAY)

    assert T0 + days * DAY + expected == got.at


def test_new_feed():
    """
    A feed just added is not left alone for longer than it has been known.
    """
    quiet = with_rhythm(0.02)

    got = [plan(replace(quiet, added_at=T0 - age)) for age in (timedelta(0), 2 * HOUR)]

    assert [T0 + HOUR, T0 + 2 * HOUR] == [following.at for following in got]
    assert "new feed: still learning its rhythm" == got[0].reason


@pytest.mark.parametrize(
    ("feed", "expected"),
    [
        pytest.param(replace(FEED, rhythm=Rhythm(since=T0, until=T0)), DAY, id="no dates: a day"),
        pytest.param(with_rhythm(48), 30 * MINUTE, id="busy: each answer brings an entry"),
        pytest.param(with_rhythm(0.5), DAY, id="quiet: a day"),
    ],
)
def test_no_validators(feed, expected):
    """
    P18: a feed that cannot be asked conditionally is asked when an entry is due, else daily.
    """
    got = plan(replace(feed, validators=Validators()))

    assert (got.at - T0) / expected == pytest.approx(1, rel=0.05)
    assert "no validators: asked when an entry is due" == got.reason


def test_small_window():
    """
    A feed that shows few entries of many is polled before they can have left it.
    """
    feed = with_rhythm(6, shown=3)

    got = [plan(replace(feed, rhythm=replace(feed.rhythm, turnover=limit))) for limit in (7 * MINUTE, MINUTE)]

    assert [T0 + 7 * MINUTE, T0 + 5 * MINUTE] == [following.at for following in got]
    assert ["changes fast: only 3 shown", "floor; changes fast: only 3 shown"] == [
        following.reason for following in got
    ]


@pytest.mark.parametrize(
    ("feed", "expected", "reason"),
    [
        pytest.param(asking(MINUTE), HOUR, "interval: rhythm not yet known", id="less than we would"),
        pytest.param(asking(6 * HOUR), 6 * HOUR, "asked for: max-age 21600 s", id="P22: more"),
        pytest.param(
            asking(2 * HOUR, with_rhythm(40)), 2 * HOUR, "asked for: max-age 7200 s", id="more than its rhythm"
        ),
        pytest.param(
            asking(DAY, with_rhythm(500)), HOUR, "max-age would lose entries: only 40 shown", id="would lose entries"
        ),
    ],
)
def test_hints(feed, expected, reason):
    """
    What feed and server ask for is granted, short of losing entries, and then at the interval.
    """
    got = plan(feed)

    assert NextPoll(at=T0 + expected, reason=reason) == got


@pytest.mark.parametrize(
    ("hints", "dice", "expected", "until"),
    [
        pytest.param(Hints(skip_hours=(12,)), 0.0, T0 + HOUR, None, id="not that hour"),
        pytest.param(Hints(skip_hours=(13, 14)), 0.0, T0 + 3 * HOUR + 1.2 * MINUTE, "Mon 15:00", id="two hours"),
        pytest.param(
            Hints(skip_hours=(13,)), 1.0, T0 + 2 * HOUR + 55.2 * MINUTE, "Mon 14:00", id="spread over the next"
        ),
        pytest.param(Hints(skip_days=("Monday",)), 0.0, T0 + 12 * HOUR + 1.2 * MINUTE, "Tue 00:00", id="day"),
        pytest.param(
            Hints(skip_hours=(0, 1), skip_days=("Monday",)), 0.0, T0 + 14 * HOUR + 1.2 * MINUTE, "Tue 02:00", id="both"
        ),
    ],
)
def test_skipped(hints, dice, expected, until):
    """
    P24: a poll due in a skipped hour or day comes after it, somewhere in the next permitted hour.
    """
    got = plan(replace(FEED, hints=hints), dice=dice)

    assert timedelta(0) <= got.at - expected < timedelta(seconds=1)
    assert (f"skipHours or skipDays until {until} UTC" if until else "interval: rhythm not yet known") == got.reason


def test_fixed():
    """
    An operator's own pause for a feed is taken as it is, whatever the feed asks for.
    """
    feed = replace(asking(DAY, with_rhythm(500)), hints=Hints(pause=DAY, said_by="ttl", skip_hours=(12,)))

    got = plan(feed, policy=replace(POLICY, interval=10 * MINUTE, is_fixed=True))

    assert NextPoll(at=T0 + 10 * MINUTE, reason="fixed interval") == got


def test_not_adaptive():
    """
    Without rhythms the interval holds, or a longer pause that is asked for.
    """
    policy = replace(POLICY, is_adaptive=False)

    got = [plan(feed, policy=policy) for feed in (with_rhythm(500), asking(DAY, with_rhythm(500)))]

    assert NextPoll(at=T0 + HOUR, reason="interval") == got[0]
    assert NextPoll(at=T0 + DAY, reason="asked for: max-age 86400 s") == got[1]


def test_short_interval():
    """
    An interval below the floor is meant.
    """
    got = plan(policy=replace(POLICY, interval=MINUTE))

    assert T0 + MINUTE == got.at


# ------------------------------------------------------------------------------------------------ failures


@pytest.mark.parametrize(
    ("feed", "outcome", "expected", "reason"),
    [
        (failing(1, "status-503"), "status-503", HOUR, "back-off after 1 failure (status-503)"),
        (
            failing(1, "status-503", replace(FEED, validators=Validators())),
            "status-503",
            HOUR,
            "back-off after 1 failure (status-503)",
        ),
        (
            failing(1, "status-503", replace(FEED, validators=Validators(), rhythm=Rhythm(since=T0, until=T0))),
            "status-503",
            HOUR * (1 / 3) ** 0.5,
            "back-off after 1 failure (status-503)",
        ),
        (failing(3, "fetch-timeout"), "fetch-timeout", 4 * HOUR, "back-off after 3 failures (fetch-timeout)"),
        (failing(9, "status-404"), "status-404", DAY, "back-off after 9 failures (status-404)"),
        (
            failing(3, "status-503", with_rhythm(40)),
            "status-503",
            4 * 5.46 * MINUTE,
            "back-off after 3 failures (status-503)",
        ),
        (failing(60, "status-404", every=DAY), "status-404", 7 * DAY, "back-off after 60 failures (status-404)"),
    ],
)
def test_back_off(feed, outcome, expected, reason):
    """
    P31, P32: failures double the pause the feed would have, and none is the last.
    """
    got = plan(feed, outcome)

    assert (got.at - T0) / expected == pytest.approx(1, rel=0.02)
    assert (reason, False) == (got.reason, got.is_dormant)


def test_gone():
    """
    P33: a 410 confirmed a day later ends the polling; the first one does not.
    """
    got = [plan(failing(times, "status-410", every=DAY), "status-410") for times in (1, 2)]

    assert NextPoll(at=T0 + DAY, reason="back-off after 1 failure (status-410)") == got[0]
    assert NextPoll(at=T0 + NEVER, reason="dormant: 410 twice, a day apart", is_dormant=True) == got[1]


@pytest.mark.parametrize(
    ("feed", "outcome", "asked", "expected", "reason"),
    [
        (failing(1, "status-429"), "status-429", 3 * HOUR, 3 * HOUR, "Retry-After 10800 s"),
        (failing(1, "status-503"), "status-503", 5 * DAY, 5 * DAY, "Retry-After 432000 s"),
        (failing(1, "status-503"), "status-503", MINUTE, HOUR, "back-off after 1 failure (status-503)"),
        (FEED, "not-modified", 2 * HOUR, 2 * HOUR, "Retry-After 7200 s"),
        (failing(1, "status-429"), "status-429", timedelta(0), HOUR, "back-off after 1 failure (status-429)"),
    ],
)
def test_retry_after(feed, outcome, asked, expected, reason):
    """
    P28-P30: Retry-After is a minimum, to the second, past every ceiling.
    """
    got = plan(feed, outcome, asked=asked)

    assert NextPoll(at=T0 + expected, reason=reason) == got


def test_retry_after_binds_fixed():
    """
    Retry-After holds for a feed with a pause of the operator's own, too.
    """
    got = plan(failing(1, "status-429"), "status-429", asked=3 * HOUR, policy=replace(POLICY, is_fixed=True))

    assert T0 + 3 * HOUR == got.at


# ------------------------------------------------------------------------------------------------ laws


def test_spread():
    """
    P21: feeds planned at one moment do not come back at one moment.
    """
    got = sorted(plan(dice=number / 1000).at for number in range(1000))

    assert T0 + HOUR == got[0]
    assert T0 + 66 * MINUTE >= got[-1] > T0 + 65 * MINUTE
    assert 1000 == len(set(got))


@given(
    failures=st.integers(0, 100),
    outcome=st.sampled_from(["status-404", "status-410", "status-503", "poisonous", "fetch-dns"]),
    a_day=st.floats(0.01, 5000),
    shown=st.integers(0, 100),
    asked=st.none() | st.integers(0, 7 * 86400).map(lambda seconds: timedelta(seconds=seconds)),
    hints=st.builds(
        Hints,
        pause=st.integers(0, 86400).map(lambda seconds: timedelta(seconds=seconds)),
        said_by=st.just("ttl"),
        skip_hours=st.sets(st.integers(0, 23), max_size=23).map(tuple),
        skip_days=st.sets(st.sampled_from(["Monday", "Tuesday", "Sunday"])).map(tuple),
    ),
    polled=st.integers(-10, 10).map(lambda days: T0 + days * DAY),
    dice=st.floats(0, 1),
    is_adaptive=st.booleans(),
    has_validators=st.booleans(),
)
def test_never_sooner(*, failures, outcome, a_day, shown, asked, hints, polled, dice, is_adaptive, has_validators):
    """
    P19, P22, P27: whatever is known and whatever the clock did, no poll comes before the floor or a Retry-After.
    """
    feed = failing(failures, outcome, replace(with_rhythm(a_day, shown), hints=hints, polled_at=polled))
    feed = feed if has_validators else replace(feed, validators=Validators())

    got = plan(feed, outcome, policy=replace(POLICY, is_adaptive=is_adaptive), dice=dice, asked=asked)

    assert got.at >= T0 + max(POLICY.floor, asked or POLICY.floor)
    assert got.is_dormant or got.at <= T0 + 7 * DAY * 1.1 + 9 * DAY
    assert got.is_dormant or got.at.hour not in hints.skip_hours
    assert got.reason
