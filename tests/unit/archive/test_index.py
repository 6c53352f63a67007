"""Index lines: found by halving as by reading, and never by what they are not."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.archive.index import (
    CDXJ,
    MAX_KEY,
    OPEN,
    WARC,
    Row,
    all_rows,
    answer_key,
    article_key,
    decode_row,
    encode_row,
    look_up,
)

T0 = datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)


def row(key="gazette.example/a", number=1, **more):
    return Row(**{"key": key, "kind": "page", "at": T0, "offset": number, "length": 10, "url": "https://x/"} | more)


@pytest.mark.parametrize(
    "one",
    [
        row(),
        row(digest="sha1:ABC", is_revisit=True),
        row(kind="article", event="a-1", feed="f", rules=("x", "y")),
        row(url="https://x/\u2028é"),
    ],
    ids=["page", "revisit", "article", "odd"],
)
def test_round_trip(one):
    """
    A row is what its line says.
    """
    assert one == decode_row(encode_row(one))


@given(st.binary(max_size=200) | st.text().map(lambda text: f"k 20260301120000 {text}".encode()))
def test_foreign_lines(line):
    """
    Whatever stands in an index, a line is a row or nothing.
    """
    assert decode_row(line) is None or decode_row(line).length > 0


@pytest.mark.parametrize(
    "facts",
    [
        "[]",
        "{}",
        '{"type":"page","date":"2026-03-01T12:00:00","offset":0,"length":1,"url":""}',
        '{"type":"page","date":"2026-03-01T12:00:00Z","offset":-1,"length":1,"url":""}',
        '{"type":"else","date":"2026-03-01T12:00:00Z","offset":0,"length":1,"url":""}',
        '{"type":"page","date":"2026-03-01T12:00:00Z","offset":null,"length":1,"url":""}',
        '{"type":[],"date":"2026-03-01T12:00:00Z","offset":0,"length":1,"url":""}',
    ],
)
def test_damaged_lines(facts):
    """
    A line that lacks what a row must have is none.
    """
    assert decode_row(f"key 20260301120000 {facts}".encode()) is None


@given(st.text(max_size=60))
def test_keys_are_one_word(url):
    """
    A key has neither spaces nor line ends, whatever the address has, and is the same for the address without secrets.
    """
    keys = answer_key(url), article_key(url), answer_key(f"https://u:p@a.example/{url}")

    assert all(len(key.split()) == 1 and len(key) <= MAX_KEY for key in keys if key)


@given(
    keys=st.lists(st.text("ab/.", min_size=1, max_size=4), max_size=30),
    wanted=st.text("ab/.", min_size=1, max_size=4),
    is_open=st.booleans(),
)
def test_look_up(tmp_path_factory, keys, wanted, is_open):
    """
    All rows of a key are found, and none of a key that only begins like it, in a sorted index as in an open one.
    """
    folder = tmp_path_factory.mktemp("a")
    ending = OPEN if is_open else ""
    rows = [row(key, number) for number, key in enumerate(keys)]
    lines = [encode_row(one) for one in rows]
    (folder / f"x{WARC}{ending}").write_bytes(b"")
    (folder / f"x{CDXJ}{ending}").write_bytes(b"".join(lines if is_open else sorted(lines)))

    got = {place.row.offset for place in look_up(folder, wanted)}

    assert {one.offset for one in rows if one.key == wanted} == got
    assert len(keys) == sum(1 for _ in all_rows(folder, "page"))


def test_a_torn_line(tmp_path):
    """
    The line that is being written is not there yet.
    """
    (tmp_path / f"x{WARC}{OPEN}").write_bytes(b"")
    (tmp_path / f"x{CDXJ}{OPEN}").write_bytes(encode_row(row()) + encode_row(row(number=2))[:-9])

    assert [1] == [place.row.offset for place in look_up(tmp_path, row().key)]


def test_no_index(tmp_path):
    """
    A file whose index was lost is passed over, and so is a folder that is not there.
    """
    (tmp_path / f"x{WARC}").write_bytes(b"")

    assert ([], [], []) == (
        look_up(tmp_path, "a"),
        list(all_rows(tmp_path, "page")),
        look_up(tmp_path / "none", "a"),
    )
