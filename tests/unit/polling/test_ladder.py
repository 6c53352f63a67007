"""What an answer to a poll means, and which validators it leaves behind."""

import pytest

from ingest.models import Feed, Response, Validators
from ingest.polling.ladder import MAX_VALIDATOR_LENGTH, Changed, Failed, Unchanged, body_digest, climb

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
