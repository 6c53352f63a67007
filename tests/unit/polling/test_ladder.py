"""What an answer to a poll means, and which validators it leaves behind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ingest.models import Feed, Moved, Response, Validators
from ingest.polling.ladder import (
    DISTRUST,
    MAX_VALIDATOR_LENGTH,
    Changed,
    Failed,
    Unchanged,
    body_digest,
    climb,
    climb_items,
    is_lie,
    manner_of,
)

URL = "https://example.org/feed"
OLD = Validators(etag='"old"', last_modified="Thu, 1 Jan 2026 00:00:00 GMT")
FEED = Feed(id="f", url=URL, validators=OLD, body_digest=body_digest(b"known"))


def answer(status: int, body: bytes = b"", **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(url=URL, final_url=URL, status=status, headers=named, body=body)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({}, OLD, id="says nothing: both stay"),
        pytest.param({"etag": '"new"'}, Validators(etag='"new"', last_modified=OLD.last_modified), id="P07: renewed"),
        pytest.param(
            {"last_modified": "Fri, 2 Jan 2026"}, Validators(etag='"old"', last_modified="Fri, 2 Jan 2026"), id="one"
        ),
    ],
)
def test_not_modified(headers, expected):
    """
    A 304 keeps the validators, except those it renews.
    """
    got = climb(FEED, answer(304, **headers))

    assert Unchanged(rung="not-modified", validators=expected, body_digest=FEED.body_digest) == got


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({"etag": '"new"'}, Validators(etag='"new"'), id="P05: same body, new etag"),
        pytest.param({}, Validators(), id="P08: dropped"),
        pytest.param({"etag": 'W/"a b" '}, Validators(etag='W/"a b" '), id="P02: byte for byte"),
        pytest.param({"last_modified": "yesterday"}, Validators(last_modified="yesterday"), id="P03: malformed"),
    ],
)
@pytest.mark.parametrize(("body", "kind"), [(b"known", Unchanged), (b"fresh", Changed)])
def test_validators_of_a_200(headers, expected, body, kind):
    """
    A 200 replaces all validators as received, whether its body changed or not.
    """
    got = climb(FEED, answer(200, body, **headers))

    assert (kind, expected) == (type(got), got.validators)


def test_same_body():
    """
    A body seen before is not parsed again.
    """
    got = climb(FEED, answer(200, b"known"))

    assert isinstance(got, Unchanged)
    assert "same-body" == got.rung


def test_changed():
    """
    A new body comes with its digest, so that it is recognised next time.
    """
    got = climb(FEED, answer(200, b"fresh"))

    assert Changed(body=b"fresh", validators=Validators(), body_digest=body_digest(b"fresh")) == got


@pytest.mark.parametrize("status", [204, 226, 301, 400, 403, 404, 410, 429, 500, 503])
def test_failed(status):
    """
    Every other status is a failure with a name of its own.
    """
    got = climb(FEED, answer(status, retry_after="120"))

    assert Failed(outcome=f"status-{status}", detail="120") == got


def test_monstrous_validator():
    """
    A validator too long to be sent back is left out.
    """
    got = climb(FEED, answer(200, b"fresh", etag="x" * (MAX_VALIDATOR_LENGTH + 1)))

    assert Validators() == got.validators


@pytest.mark.parametrize("manner", ["full", "afresh"])
def test_unasked_not_modified(manner):
    """
    P13: a 304 to a request without validators renews none, and takes none away.
    """
    got = climb(FEED, answer(304, etag='"of another visit"'), manner)

    assert OLD == got.validators


@pytest.mark.parametrize(
    ("known", "found", "expected"),
    [("i1", "i1", Unchanged), ("i1", "i2", Changed), ("i1", "", Changed), ("", "", Changed), ("", "i1", Changed)],
)
def test_items(known, found, expected):
    """
    The same entries in another body are not parsed again; where they could not be told, the body is.
    """
    step = Changed(body=b"fresh", validators=Validators(etag='"new"'), body_digest="d2")

    got = climb_items(replace(FEED, items_digest=known), step, found)

    assert (expected, '"new"', "d2", found) == (type(got), got.validators.etag, got.body_digest, got.items_digest)


def test_afresh():
    """
    What is asked for afresh is read, even if it is what we have.
    """
    feed = replace(FEED, items_digest="i1")

    step = climb(feed, answer(200, b"known"), "afresh")

    assert isinstance(step, Changed)
    assert isinstance(climb_items(feed, step, "i1", "afresh"), Changed)


T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUIET = replace(FEED, last_outcome="not-modified")


@pytest.mark.parametrize(
    ("feed", "expected"),
    [
        pytest.param(Feed(id="f", url=URL), "full", id="P01: nothing to send"),
        pytest.param(FEED, "conditional", id="P01: validators"),
        pytest.param(replace(QUIET, full_at=T0 - 24 * HOUR), "full", id="P14: a day of 304"),
        pytest.param(replace(QUIET, full_at=T0 - 23 * HOUR), "conditional", id="P14: not yet a day"),
        pytest.param(replace(QUIET, full_at=None), "conditional", id="P09: no burst after an upgrade"),
        pytest.param(replace(FEED, full_at=T0 - 99 * HOUR, last_outcome="same-body"), "conditional", id="not twice"),
        pytest.param(replace(FEED, full_at=T0 - 99 * HOUR, last_outcome="fetch-timeout"), "conditional", id="failing"),
        pytest.param(replace(QUIET, full_at=T0 + 99 * HOUR), "conditional", id="P27: a clock that jumped"),
        pytest.param(replace(FEED, unreliable_at=T0 - HOUR), "full", id="P14: found out"),
        pytest.param(replace(FEED, unreliable_at=T0 - DISTRUST), "conditional", id="forgiven"),
        pytest.param(
            replace(FEED, moved=Moved(url=URL, since=T0 - 170 * HOUR, polls=2)), "afresh", id="P12: moves now"
        ),
        pytest.param(
            replace(FEED, moved=Moved(url=URL, since=T0 - 9 * HOUR, polls=2)), "conditional", id="moves later"
        ),
    ],
)
def test_manner(feed, expected):
    """
    Validators are sent wherever there are some, but once a day, or when they lie, or when an address is adopted.
    """
    got = manner_of(feed, T0)

    assert expected == got


@pytest.mark.parametrize(
    ("known", "received", "manner", "expected"),
    [
        (OLD, OLD, "full", True),
        (OLD, OLD, "conditional", False),
        (OLD, replace(OLD, etag='"new"'), "full", False),
        (Validators(), Validators(), "full", False),
        (OLD, Validators(), "full", False),
    ],
)
def test_lie(known, received, manner, expected):
    """
    P14: only other entries under the very validators that we had, and did not send, are a lie.
    """
    got = is_lie(replace(FEED, validators=known), received, manner)

    assert expected == got
