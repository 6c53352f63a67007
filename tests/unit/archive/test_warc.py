"""Records: what any reader of WARC files finds in them, and what comes back."""

import base64
import gzip
import hashlib
import io
import zlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from ingest.archive.warc import (
    MAX_RECORD_BYTES,
    answer_record,
    article_record,
    body_digest,
    info_record,
    members,
    read_answer,
    read_article,
    row_of,
)
from ingest.errors import ArchiveError
from ingest.models import Response


def parsed(data: bytes, *, is_checked: bool = True):
    """The one record, as warcio reads it, its body and whether the digests are right."""
    reader = ArchiveIterator(io.BytesIO(data), check_digests="raise" if is_checked else False)
    (found,) = [(record, record.content_stream().read()) for record in reader]
    return found


def test_response(shop):
    """
    An answer is a response record with the fields as received, the decoded body and digests that are right.
    """
    headers = {"content-type": "text/html", "content-encoding": "br", "content-length": "7", "etag": '"x"'}
    body = "<p>Hafen in Öxnered</p>".encode()

    record, content = parsed(answer_record(shop.answer(body=body, headers=headers), None))

    named = record.rec_headers.get_header
    digest = base64.b32encode(hashlib.sha1(body).digest()).decode()
    assert ("WARC/1.1", "response", body) == (record.rec_headers.protocol, record.rec_type, content)
    assert ("2026-03-01T12:00:00.000000Z", f"sha1:{digest}") == (named("WARC-Date"), named("WARC-Payload-Digest"))
    assert ("200", "x-archive-orig-content-encoding: br") == (
        record.http_headers.get_statuscode(),
        next(f"{name}: {value}" for name, value in record.http_headers.headers if value == "br"),
    )
    assert str(len(body)) == record.http_headers.get_header("content-length")
    assert "7" == record.http_headers.get_header("x-archive-orig-content-length")


def test_read_back(shop):
    """
    What is read back is the answer, but for cookies and for what is no ASCII in a field.
    """
    headers = {"content-type": "text/html", "content-encoding": "gzip", "set-cookie": "id=s3cret", "x-a": "caf\u00e9"}
    kept = shop.answer(headers=headers, final_url="https://gazette.example/quay.html", status=203)

    data = answer_record(kept, None)

    expected = Response(
        url=kept.response.url,
        final_url=kept.response.final_url,
        status=203,
        headers={"content-type": "text/html", "content-encoding": "gzip", "x-a": "caf%C3%A9"},
        body=kept.response.body,
    )
    assert expected == read_answer(data)
    assert b"s3cret" not in gzip.decompress(data)


TEXT = st.text(max_size=40) | st.text(st.characters(codec=None), max_size=10)


@given(body=st.binary(max_size=2000), value=TEXT, status=st.integers(200, 599), path=TEXT)
def test_whatever_comes(body, value, status, path):
    """
    Whatever a server sends can be kept, is one whole record, and comes back with its body and status.
    """
    from tests.unit.archive.conftest import answer

    kept = answer(f"https://gazette.example/{path}", body, headers={"x-odd": value}, status=status)

    data = answer_record(kept, None)

    found, row = read_answer(data), row_of(data, 7)
    assert (body, status) == (found.body, found.status)
    assert (len(data), 7, body_digest(body)) == (row.length, row.offset, row.digest)


def test_revisit(shop):
    """
    An answer with the body of an earlier one is a revisit record of it that has no body of its own.
    """
    first = answer_record(shop.answer(), None)
    second = answer_record(shop.answer(at=shop.t0 + timedelta(hours=1), headers={"etag": "2"}), shop.t0)

    record, content = parsed(second)

    named = record.rec_headers.get_header
    assert ("revisit", b"") == (record.rec_type, content)
    assert "2026-03-01T12:00:00.000000Z" == named("WARC-Refers-To-Date")
    assert named("WARC-Profile").endswith("/1.1/revisit/identical-payload-digest")
    assert (shop.answer().response.body, "2") == (
        read_answer(second, first).body,
        read_answer(second, first).headers["etag"],
    )


def test_article(shop):
    """
    An article is a metadata record of JSON, and comes back with its event and its entry.
    """
    data = article_record(shop.article(revision=2, rules=("b", "a", "b")))

    record, _ = parsed(data)

    found, row = read_article(data), row_of(data, 0)
    assert ("metadata", "application/json") == (record.rec_type, record.content_type)
    assert (shop.article().article_id, 2, shop.t0) == (found.article_id, found.document["revision"], found.at)
    assert b'"title":"Quay"' in found.ref
    assert (("b", "a"), "f" * 16, found.event_id) == (row.rules, row.feed, row.event)


def test_no_secret(shop):
    """
    No password, key or cookie of an address or a field is in a record.
    """
    url = "https://user:s3cret@gazette.example/a?key=s3cret"
    headers = {"set-cookie": "a=s3cret", "www-authenticate": 'Digest nonce="s3cret"'}

    data = gzip.decompress(answer_record(shop.answer(url, headers=headers), None))

    assert b"s3cret" not in data


def test_info(shop):
    """
    A file's first record says who wrote it, and is looked for nowhere.
    """
    data = info_record("t.warc.gz", "copydesk/1", shop.t0)

    record, content = parsed(data)

    assert ("warcinfo", True, None) == (record.rec_type, b"software: copydesk/1\r\n" in content, row_of(data, 0))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no gzip",
        gzip.compress(b"no record"),
        gzip.compress(b"WARC/1.1\r\n"),
        gzip.compress(b"WARC/1.1\r\nWARC-Type: metadata\r\nContent-Length: 2\r\n\r\n{}\r\n\r\n"),
        gzip.compress(b"WARC/1.1\r\nWARC-Type: metadata\r\nContent-Length: oops\r\n\r\n{}\r\n\r\n"),
        gzip.compress(b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: 2\r\n\r\n{}\r\n\r\n"),
        gzip.compress(bytes(MAX_RECORD_BYTES + 1)),
    ],
    ids=["empty", "text", "none", "cut", "bare", "length", "no-http", "bomb"],
)
@pytest.mark.parametrize("read", [read_answer, read_article, lambda data: row_of(data, 0)], ids=["page", "news", "row"])
def test_damaged(data, read):
    """
    What is no record of ours is told by name.
    """
    with pytest.raises(ArchiveError):
        read(data)


@given(cut=st.integers(min_value=0, max_value=10_000))
def test_members(cut):
    """
    A file cut anywhere gives its whole members, in order, and nothing of the torn one.
    """
    import tempfile
    from pathlib import Path

    parts = [gzip.compress(b"%d" % number * 50) for number in range(5)]
    whole = b"".join(parts)
    cut %= len(whole) + 1
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(whole[:cut])

        got = list(members(path, 0))

    ends = [sum(map(len, parts[: n + 1])) for n in range(5)]
    expected = [(end - len(part), part) for end, part in zip(ends, parts, strict=True) if end <= cut]
    assert expected == got
    assert all(zlib.decompress(data, zlib.MAX_WBITS + 16) for _, data in got)
