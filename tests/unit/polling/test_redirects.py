"""Which address a feed has moved to, and when that is believed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.models import Moved, Redirect
from ingest.polling.redirects import is_ripe, is_trustworthy, permanent_target, remember

OLD = "https://old.example/feed.xml"
NEW = "https://new.example/feed.xml"
MID = "https://mid.example/feed.xml"
T0 = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def chain(*hops: tuple[int, str]) -> tuple[Redirect, ...]:
    return tuple(Redirect(status=status, url=url) for status, url in hops)


@pytest.mark.parametrize(
    ("hops", "expected"),
    [
        pytest.param([], None, id="no redirect"),
        *(pytest.param([(status, NEW)], NEW, id=f"P36: {status}") for status in (301, 308)),
        *(pytest.param([(status, NEW)], None, id=f"P36: never {status}") for status in (300, 302, 303, 307)),
        pytest.param([(301, MID), (308, NEW)], NEW, id="all hops permanent"),
        pytest.param([(301, MID), (302, NEW)], MID, id="P37: only the permanent prefix"),
        pytest.param([(302, MID), (301, NEW)], None, id="P37: a temporary hop first"),
        pytest.param([(301, MID), (302, NEW), (301, "https://far.example/")], MID, id="P37: nothing after it"),
        pytest.param([(301, MID), (301, OLD)], None, id="back where it began"),
        pytest.param([(301, "http://new.example/feed.xml")], None, id="P38: off https"),
        pytest.param([(301, "http://mid.example/"), (301, NEW)], None, id="off https on the way"),
        pytest.param([(301, "https://old.example/login?to=feed.xml")], None, id="to a login"),
        pytest.param([(301, "https://old.example/login"), (301, NEW)], None, id="over a login"),
        pytest.param([(301, "https://sedoparking.com/old.example")], None, id="to a parking host"),
        pytest.param([(301, "https://[broken/feed")], None, id="to nowhere"),
    ],
)
def test_permanent_target(hops, expected):
    """
    Only the permanent hops at the beginning count, and only where they lead to a place for feeds.
    """
    got = permanent_target(OLD, chain(*hops))

    assert expected == got


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (NEW, True),
        ("https://feeds.example/authors/blog-in.xml", True),
        ("https://feeds.example/rss/sign-inside.xml", True),
        ("https://dan.example.com/feed", True),
        ("https://login.example/feed", False),
        ("https://new.example/auth/feed", False),
        ("https://new.example/sign_in", False),
        ("https://new.example/signin?next=/feed", False),
        ("https://new.example/cdn-cgi/challenge-platform/x", False),
        ("https://consent.example/collect", False),
        ("https://www.hugedomains.com/domain_profile.cfm?d=old", False),
        ("https://dan.com/buy-domain/old.example", False),
        ("https://ww25.old.example/feed.xml", False),
        ("https://new.example/account-suspended/", False),
        ("https:///feed.xml", False),
        ("", False),
    ],
)
def test_is_trustworthy(target, expected):
    """
    A login, a consent page, a captcha and a domain dealer are no feed's new home.
    """
    got = is_trustworthy("http://old.example/feed.xml", target)

    assert expected == got


def test_up_to_https():
    """
    A feed that moves from http to https has moved.
    """
    got = permanent_target("http://old.example/feed.xml", chain((301, OLD)))

    assert OLD == got


@pytest.mark.parametrize(
    ("moved", "target", "expected"),
    [
        (None, NEW, Moved(url=NEW, since=T0)),
        (None, None, None),
        (Moved(url=NEW, since=T0 - DAY, polls=4), NEW, Moved(url=NEW, since=T0 - DAY, polls=5)),
        (Moved(url=NEW, since=T0 - DAY, polls=4), MID, Moved(url=MID, since=T0)),
        (Moved(url=NEW, since=T0 - DAY, polls=4), None, None),
        (Moved(url=NEW, since=T0 + DAY, polls=4), NEW, Moved(url=NEW, since=T0)),
    ],
    ids=["first", "no redirect", "agrees", "another address", "answers itself again", "from the future"],
)
def test_remember(moved, target, expected):
    """
    Polls agree in an unbroken row: another target, or none, begins anew.
    """
    got = remember(moved, target, T0)

    assert expected == got


@pytest.mark.parametrize(
    ("polls", "age", "expected"),
    [
        (2, 7 * DAY, True),
        (1, 30 * DAY, False),
        (500, 7 * DAY - timedelta(seconds=1), False),
        (500, 8 * DAY, True),
    ],
)
def test_is_ripe(polls, age, expected):
    """
    P36: neither many polls in a short time nor two in a long one make an address the feed's own.
    """
    got = is_ripe(Moved(url=NEW, since=T0 - age, polls=polls), T0)

    assert expected == got


@given(st.lists(st.tuples(st.sampled_from([301, 302, 307, 308]), st.text(max_size=30))), st.text(max_size=30))
def test_any_chain(hops, url):
    """
    Whatever a server sends, the target is none or one of the hops before the first temporary one.
    """
    got = permanent_target(url, chain(*hops))

    prefix = [
        hop for number, (_, hop) in enumerate(hops) if all(status in {301, 308} for status, _ in hops[: number + 1])
    ]
    assert got is None or got in prefix
