"""WebSub: whether to ask a hub, what to believe it, and when to stop."""

import hashlib
import hmac
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.models import ParsedFeed
from ingest.polling.websub import (
    LEASE,
    LONGEST_LEASE,
    MISSES,
    PENDING,
    RETRY,
    SAFETY_NET,
    SHORTEST_LEASE,
    Answer,
    Offer,
    Subscription,
    credited,
    find_hub,
    is_signed,
    is_to_be_asked,
    judged,
    safety_pause,
    subscribe_fields,
    verify,
)

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://outlet.example/feed.xml"
HUB = "https://hub.example/"
PENDING_ONE = Subscription(hub=HUB, topic=URL, token="t", secret="s", state="pending", asked_at=T0)
ACTIVE = replace(PENDING_ONE, state="active", until=T0 + LEASE, lease=LEASE)
OFFER = Offer(hubs=(HUB,), topic=URL)


@pytest.mark.parametrize(
    ("link", "parsed", "expected"),
    [
        ("", None, None),
        (f'<{HUB}>; rel="hub", <{URL}?x>; rel=self', None, Offer(hubs=(HUB,), topic=f"{URL}?x")),
        ('</hub>;rel="self hub"', None, Offer(hubs=("https://outlet.example/hub",), topic="https://outlet.example/hub")),
        (f'<{HUB}>; title="a, b"; REL=HUB', None, Offer(hubs=(HUB,), topic=URL)),
        ("<http://plain.example/>; rel=hub, <https://safe.example/>; rel=hub", None,
         Offer(hubs=("https://safe.example/", "http://plain.example/"), topic=URL)),
        ("", ParsedFeed(format="atom10", hubs=(HUB,), self_url=f"{URL}?y"), Offer(hubs=(HUB,), topic=f"{URL}?y")),
        (f"<{HUB}>; rel=hub, <{URL}?x>; rel=self", ParsedFeed(format="atom10", hubs=("https://b.example/",)),
         Offer(hubs=(HUB, "https://b.example/"), topic=f"{URL}?x")),
        ("<ftp://hub.example/>; rel=hub, <javascript:x>; rel=hub", None, None),
        ("<https://hub.example/>; rel=hubs, <", None, None),
    ],
)  # fmt: skip  # a case a line
def test_find_hub(link, parsed, expected):
    """
    The Link field comes before the document, a hub over https before one without; no hub is no offer.
    """
    got = find_hub({"link": link} if link else {}, parsed, URL)

    assert expected == got


@given(st.text('<>;=" ,hubrels/:.a\n\t', max_size=400))
def test_any_field(link):
    """
    Whatever stands in the field, there is an answer of http(s) addresses.
    """
    got = find_hub({"link": link}, None, URL)

    assert got is None or all(hub.startswith("http") for hub in got.hubs)


@pytest.mark.parametrize("piece", ["<", "<a>;", "<a>; rel=", '<a>; rel="', ";rel=hub"])
def test_linear(piece):
    """
    A field as long as a server may send is read at once.
    """
    started = time.process_time()

    find_hub({"link": piece * (100_000 // len(piece))}, None, URL)

    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("offer", "known", "after", "expected"),
    [
        (None, None, timedelta(0), False),
        (None, ACTIVE, timedelta(days=20), False),
        (OFFER, None, timedelta(0), True),
        (OFFER, PENDING_ONE, PENDING - timedelta(seconds=1), False),
        (OFFER, PENDING_ONE, PENDING, True),
        (OFFER, ACTIVE, LEASE * 0.79, False),
        (OFFER, ACTIVE, LEASE * 0.81, True),
        (OFFER, replace(ACTIVE, state="failed", until=None, lease=None), RETRY - timedelta(seconds=1), False),
        (OFFER, replace(ACTIVE, state="denied", until=None, lease=None), RETRY, True),
        (OFFER, replace(ACTIVE, hub="https://old.example/"), timedelta(0), True),
        (OFFER, replace(ACTIVE, topic=f"{URL}?old"), timedelta(0), True),
        (OFFER, PENDING_ONE, -timedelta(days=3), False),
    ],
)
def test_is_to_be_asked(offer, known, after, expected):
    """
    A hub is asked when it is new, when four fifths of its lease are over, and again in time when it did not answer.
    """
    got = is_to_be_asked(offer, known, T0 + after)

    assert expected == got


@pytest.mark.parametrize("secret", ["", "s3cret"])
def test_subscribe_fields(secret):
    """
    The form has the fields of section 5.1, a secret only where there is one.
    """
    got = subscribe_fields(replace(PENDING_ONE, secret=secret), "https://us.example/websub/t")

    expected = {
        "hub.mode": "subscribe",
        "hub.topic": URL,
        "hub.callback": "https://us.example/websub/t",
        "hub.lease_seconds": "864000",
    }
    assert expected | ({"hub.secret": secret} if secret else {}) == got


def _query(**more: str) -> dict[str, str]:
    return {f"hub.{name}": value for name, value in more.items()}


@pytest.mark.parametrize(
    ("known", "query", "status", "state"),
    [
        (PENDING_ONE, _query(mode="subscribe", topic=URL, challenge="c", lease_seconds="864000"), 200, "active"),
        (ACTIVE, _query(mode="subscribe", topic=URL, challenge="c", lease_seconds="864000"), 200, "active"),
        (None, _query(mode="subscribe", topic=URL, challenge="c"), 404, None),
        (PENDING_ONE, _query(mode="subscribe", topic="https://other.example/", challenge="c"), 404, None),
        (PENDING_ONE, _query(mode="unsubscribe", topic=URL, challenge="c"), 404, None),
        (PENDING_ONE, _query(mode="subscribe", topic=URL), 404, None),
        (PENDING_ONE, _query(mode="subscribe", topic=URL, challenge="c" * 5000), 404, None),
        (replace(PENDING_ONE, state="failed"), _query(mode="subscribe", topic=URL, challenge="c"), 404, None),
        (ACTIVE, _query(mode="denied", topic=URL, reason="no"), 200, "denied"),
        (ACTIVE, {}, 404, None),
    ],
)
def test_verify(known, query, status, state):
    """
    Only what was asked for is confirmed, by its challenge; a denial ends the subscription.
    """
    answer, changed = verify(known, query, T0)

    assert (status, state) == (answer.status, changed and changed.state)
    assert (answer.body == "c") == (state == "active")


@pytest.mark.parametrize(
    ("said", "lease"),
    [
        ("7200", timedelta(hours=2)),
        ("", LEASE),
        ("x", LEASE),
        ("-5", LEASE),
        ("0", SHORTEST_LEASE),
        ("9" * 30, LONGEST_LEASE),
    ],
)
def test_lease(said, lease):
    """
    The granted lease is kept, within reason.
    """
    _, changed = verify(PENDING_ONE, _query(mode="subscribe", topic=URL, challenge="c", lease_seconds=said), T0)

    assert (lease, T0 + lease) == (changed.lease, changed.until)


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_signed(method):
    """
    A push is believed with the HMAC of its raw body under our secret, and with no other.
    """
    right = hmac.new(b"s3cret", b"body", method).hexdigest()

    got = [
        is_signed("s3cret", f"{method}={right}", b"body"),
        is_signed("s3cret", f"{method}={right.upper()}", b"body"),
        is_signed("s3cret", f"{method}={right}", b"other"),
        is_signed("other", f"{method}={right}", b"body"),
        is_signed("s3cret", f"md5={hashlib.md5(b'body').hexdigest()}", b"body"),
        is_signed("s3cret", right, b"body"),
        is_signed("s3cret", "", b"body"),
        is_signed("s3cret", f"{method}=é", b"body"),
        is_signed("", "", b"body"),
    ]

    assert [True, True, False, False, False, False, False, False, True] == got


@pytest.mark.parametrize(
    ("known", "natural", "turnover", "expected"),
    [
        (None, timedelta(hours=1), None, None),
        (PENDING_ONE, timedelta(hours=1), None, None),
        (ACTIVE, timedelta(hours=1), None, SAFETY_NET),
        (ACTIVE, timedelta(hours=1), timedelta(hours=2), timedelta(hours=2)),
        (ACTIVE, timedelta(hours=12), timedelta(hours=2), timedelta(hours=12)),
        (replace(ACTIVE, misses=MISSES - 1), timedelta(hours=1), None, SAFETY_NET),
        (replace(ACTIVE, misses=MISSES), timedelta(hours=1), None, None),
        (replace(ACTIVE, until=T0), timedelta(hours=1), None, None),
    ],
)
def test_safety_pause(known, natural, turnover, expected):
    """
    Only a trusted hub within its lease slows polling down, and never past what the document could lose meanwhile.
    """
    got = safety_pause(known, natural, turnover, T0)

    assert expected == got


def test_distrust():
    """
    A hub that misses three polls is distrusted until it pushes something good; polls that find nothing prove nothing.
    """
    known = ACTIVE
    trusted = []
    for missed in (1, 0, 2, 0, 1, 0):
        known = judged(known, missed=missed, polled_at=T0)
        trusted.append(known.is_trusted)

    assert ([True, True, True, True, False, False], True) == (trusted, credited(known).is_trusted)
    assert PENDING_ONE == judged(PENDING_ONE, missed=5, polled_at=T0)


def test_answer_says_nothing_by_default():
    """
    A refusal has no body that could be reflected.
    """
    assert Answer(status=404, body="") == verify(None, _query(challenge="<script>"), T0)[0]
