"""Laws of conditional requests and content coding."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from workers.demo.answers import Document, accepts_gzip, answer

MODIFIED = datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)
HTTP_DATE = "Sun, 22 Nov 2026 12:00:05 GMT"
DOCUMENT = Document(body=b"words " * 50, content_type="text/plain", modified_at=MODIFIED, max_age=timedelta(seconds=5))
TAG = DOCUMENT.etag


def headers(*pairs):
    return CIMultiDictProxy(CIMultiDict(pairs))


def test_whole():
    """
    An unconditional GET brings the body with both validators and its time to live.
    """
    got = answer(DOCUMENT, headers())

    assert (got.status, got.body) == (200, DOCUMENT.body)
    assert got.headers["ETag"] == TAG
    assert got.headers["Last-Modified"] == HTTP_DATE
    assert got.headers["Cache-Control"] == "public, max-age=5"
    assert got.headers["Vary"] == "Accept-Encoding"
    assert got.headers["Content-Type"] == "text/plain"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ([("If-None-Match", TAG)], 304),
        ([("If-None-Match", f'"other", {TAG}')], 304),
        ([("If-None-Match", '"other"'), ("If-None-Match", TAG)], 304),
        ([("If-None-Match", "*")], 304),
        ([("If-None-Match", '"other"')], 200),
        ([("If-None-Match", TAG.strip('"'))], 200),
        ([("If-None-Match", f"W/{TAG}")], 200),
        ([("If-None-Match", TAG.upper())], 200),
        ([("If-None-Match", "")], 200),
        ([("If-Modified-Since", HTTP_DATE)], 304),
        ([("If-Modified-Since", "Sun, 22 Nov 2026 12:00:06 GMT")], 304),
        ([("If-Modified-Since", "Sun, 22 Nov 2026 12:00:04 GMT")], 200),
        ([("If-Modified-Since", "Sun, 22 Nov 2026 12:00:05")], 304),
        ([("If-Modified-Since", "the day before yesterday")], 200),
        ([("If-Modified-Since", "Sun, 99 Nov 2026 12:00:05 GMT")], 200),
        ([("If-None-Match", '"other"'), ("If-Modified-Since", HTTP_DATE)], 200),
        ([("If-None-Match", TAG), ("If-Modified-Since", "Sun, 22 Nov 2020 12:00:05 GMT")], 304),
    ],
)
def test_conditional(sent, status):
    """
    Only the very tag, or failing any tag a date no older than the document's, saves the body.
    """
    got = answer(DOCUMENT, headers(*sent))

    assert got.status == status
    assert got.headers["ETag"] == TAG
    assert (got.body is None) == (status == 304)


def test_gzip():
    """
    A compressed answer says so, unpacks to the body and has a tag of its own.
    """
    got = answer(DOCUMENT, headers(("Accept-Encoding", "gzip, deflate")))

    assert got.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(got.body) == DOCUMENT.body
    assert got.headers["ETag"] == f'{TAG[:-1]}-gzip"'


@pytest.mark.parametrize(("coding", "status"), [("gzip", 200), ("identity", 304)])
def test_tag_of_the_other_coding(coding, status):
    """
    The plain document's tag does not stand for the compressed one.
    """
    got = answer(DOCUMENT, headers(("Accept-Encoding", coding), ("If-None-Match", TAG)))

    assert got.status == status


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5, br", True),
        ("x-gzip", True),
        ("gzip; q=1.0", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("deflate, br", False),
        ("identity", False),
        ("", False),
    ],
)
def test_accepts_gzip(accept, expected):
    """
    Gzip is sent to those who ask for it and do not rule it out.
    """
    assert accepts_gzip(accept) is expected


def test_other_bytes():
    """
    Another body has another tag.
    """
    other = Document(body=b"x", content_type="text/plain", modified_at=MODIFIED, max_age=timedelta(0))

    assert other.etag != TAG
