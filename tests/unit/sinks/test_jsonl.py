"""JSON lines in files as a sink."""

import gzip
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import SinkError
from ingest.sinks import rolling
from ingest.sinks.jsonl import JsonlSink
from ingest.sinks.rolling import Rolling, RollingFile

DAY = timedelta(days=1)


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "out" / "articles.jsonl"


@pytest.fixture
def open_sink(endpoint, path):
    """Opens sinks on the file; all are closed in the end. Not daily: the file has the real day, the tests their own."""
    opened = []

    def open_sink(**options: str):
        opened.append(JsonlSink(f"jsonl://{path}", options={"daily": "no"} | options, tools=endpoint.tools))
        return opened[-1]

    yield open_sink
    for sink in opened:
        sink._close()


def read(path):
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line)["id"] for line in data.splitlines()]


def aside(path):
    return sorted(one for one in path.parent.iterdir() if one != path)


async def test_a_line_an_event(open_sink, path, parcel):
    """
    Each event is one line: a CloudEvent in JSON, whatever line ends its data was written with.
    """
    sink = open_sink()

    assert () == await sink.publish([parcel(1), parcel(2, data=b'{\n"text":"a\\nb\xe2\x80\xa8c"\n}')])
    await sink.publish([parcel(3)])

    first, second, third = path.read_bytes().splitlines()
    assert {**parcel(1).attributes, "data": {"title": "Quay"}} == json.loads(first)
    assert {"text": "a\nb\u2028c"} == json.loads(second)["data"]
    assert "a3-1" == json.loads(third)["id"]


async def test_synced(open_sink, path, parcel, monkeypatch):
    """
    What was published is on the disk when publish returns, and so is the new file's name.
    """
    synced = []
    monkeypatch.setattr(rolling.os, "fsync", lambda file: synced.append(Path(f"/proc/self/fd/{file}").readlink()))

    await open_sink().publish([parcel()])

    assert [path.parent, path] == synced


@pytest.mark.parametrize("torn", [b'{"id":"to', b"x" * 200_000])
@pytest.mark.parametrize("whole", [b"", b'{"id":"a0-1"}\n'])
async def test_a_torn_line(open_sink, path, parcel, torn, whole):
    """
    A last line without an end, which a crash left, goes; the lines before it stay.
    """
    path.parent.mkdir()
    path.write_bytes(whole + torn)

    await open_sink().publish([parcel(1)])

    assert ["a0-1"] * bool(whole) + ["a1-1"] == read(path)


@given(st.lists(st.binary(max_size=30).map(lambda data: data.replace(b"\n", b"")), max_size=5), st.binary(max_size=30))
def test_healing(tmp_path_factory, lines, torn):
    """
    Of any file exactly the whole lines stay.
    """
    path = tmp_path_factory.mktemp("any") / "a.jsonl"
    whole = b"".join(line + b"\n" for line in lines)
    path.write_bytes(whole + torn.replace(b"\n", b""))
    file = RollingFile(path, Rolling(max_bytes=10**6, is_daily=False, is_packed=False, keep=0))

    file._opened()
    file.close()

    assert whole == path.read_bytes()


async def test_a_full_disk(open_sink, path, parcel, monkeypatch):
    """
    Of a batch that the disk does not take nothing stays, and the next try is whole.
    """
    sink = open_sink()
    await sink.publish([parcel(1)])
    write = os.write

    def full(file, data):
        if len(data) < 100:
            raise OSError(28, "No space left on device")
        return write(file, bytes(data)[:-50])

    monkeypatch.setattr(rolling.os, "write", full)
    with pytest.raises(SinkError, match=r"articles\.jsonl: No space left on device"):
        await sink.publish([parcel(2), parcel(3)])
    assert ["a1-1"] == read(path)
    monkeypatch.undo()

    await sink.publish([parcel(2), parcel(3)])

    assert ["a1-1", "a2-1", "a3-1"] == read(path)


async def test_rolled_by_size(open_sink, path, parcel):
    """
    A file that would grow too large is put aside whole; nothing is in two of them, nothing in none.
    """
    sink = open_sink(max_bytes="1000")

    for number in range(18):
        await sink.publish([parcel(number)])

    files = [*aside(path), path]
    assert [f"a{number}-1" for number in range(18)] == [id_ for file in files for id_ in read(file)]
    assert len(files) > 2
    assert all(file.stat().st_size <= 1000 for file in files)
    assert "articles-20260301T120000Z-000.jsonl" == files[0].name


@pytest.mark.parametrize("daily", ["yes", "no"])
async def test_rolled_by_day(open_sink, endpoint, path, parcel, daily):
    """
    A file with lines of another day is put aside, unless that is not wanted.
    """
    sink = open_sink(daily=daily)

    await sink.publish([parcel(1)])
    endpoint.pass_time(DAY / 4)
    await sink.publish([parcel(2)])
    endpoint.pass_time(DAY)
    await sink.publish([parcel(3)])

    assert int(daily == "yes") == len(aside(path))
    assert ["a1-1", "a2-1", "a3-1"] == [id_ for file in [*aside(path), path] for id_ in read(file)]


async def test_yesterdays_file(open_sink, endpoint, path, parcel):
    """
    A file that a process of yesterday left is put aside by the first event of today.
    """
    path.parent.mkdir()
    path.write_bytes(b'{"id":"a0-1"}\n')
    yesterday = (endpoint.now - DAY).timestamp()
    os.utime(path, (yesterday, yesterday))

    await open_sink(daily="yes").publish([parcel(1)])

    assert (["a0-1"], ["a1-1"]) == (read(aside(path)[0]), read(path))


async def test_packed_and_kept(open_sink, endpoint, path, parcel):
    """
    What is put aside is packed, and only so many of those stay; the newest.
    """
    sink = open_sink(daily="yes", gzip="yes", keep="2")

    for number in range(5):
        await sink.publish([parcel(number)])
        endpoint.pass_time(DAY)

    assert [["a2-1"], ["a3-1"]] == [read(file) for file in aside(path)]
    assert [".gz", ".gz"] == [file.suffix for file in aside(path)]
    assert ["a4-1"] == read(path)


async def test_a_crash_while_packing(open_sink, path, parcel):
    """
    What a crash left half packed is packed by the next process; nothing of it is lost.
    """
    path.parent.mkdir()
    old = path.with_name("articles-20260228T120000Z-000.jsonl")
    old.write_bytes(b'{"id":"a0-1"}\n')
    old.with_name(f"{old.name}.gz.half").write_bytes(b"\x1f\x8b half")
    other = path.with_name("articles-of-others.jsonl")
    other.write_bytes(b"not ours")

    await open_sink(gzip="yes", keep="5").publish([parcel(1)])

    assert ["articles-20260228T120000Z-000.jsonl.gz", other.name] == [file.name for file in aside(path)]
    assert ["a0-1"] == read(aside(path)[0])


async def test_moved_by_others(open_sink, path, parcel):
    """
    A file that logrotate moved, or that somebody deleted, is begun anew.
    """
    sink = open_sink()
    await sink.publish([parcel(1)])
    path.rename(path.with_name("taken"))
    await sink.publish([parcel(2)])
    path.unlink()

    await sink.publish([parcel(3)])

    assert (["a1-1"], ["a3-1"]) == (read(path.with_name("taken")), read(path))


async def test_one_writer(open_sink, path, parcel):
    """
    While one sink has the file no other writes it; once it lets go, the next one may.
    """
    first, second = open_sink(), open_sink()
    await first.publish([parcel(1)])

    with pytest.raises(SinkError, match="another process writes it"):
        await second.publish([parcel(2)])
    await first.close()
    await second.publish([parcel(2)])

    assert ["a1-1", "a2-1"] == read(path)


async def test_check(open_sink, path, parcel, endpoint, tmp_path):
    """
    A check says whether the file can be written, creates nothing, and is not in the way of who writes it.
    """
    sink = open_sink()
    before = await sink.check()
    assert not path.parent.exists()
    await sink.publish([parcel()])

    assert ("can be created", "can be written") == (before, await open_sink().check())
    folder = JsonlSink(f"jsonl://{tmp_path}", options={}, tools=endpoint.tools)
    with pytest.raises(SinkError, match="cannot be written"):
        await folder.check()


async def test_nothing_to_write(open_sink, path):
    """
    An empty batch creates no file.
    """
    await open_sink().publish([])

    assert not path.exists()
