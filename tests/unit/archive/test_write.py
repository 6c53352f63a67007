"""One process's hand in an archive: what it leaves on the disk, and what happens when the disk does not take it."""

import asyncio
import os
import resource
from datetime import timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from ingest.archive import write
from ingest.archive.index import CDXJ, OPEN, WARC, all_rows, look_up
from ingest.archive.recover import rows_of


def records(stem):
    with stem.with_name(stem.name + WARC).open("rb") as file:
        return [record.rec_type for record in ArchiveIterator(file, check_digests="raise")]


async def test_a_file(shop):
    """
    While it is written to a file is named open, and what it holds is found; closed its index is sorted.
    """
    pages = shop.pages(3)
    async with shop.writer() as writer:
        reasons = [await writer.keep(page) for page in pages] + [await writer.keep(shop.article())]
        names = shop.names
        place = shop.reader.page_place(pages[1].response.url, shop.t0)
        open_page = shop.reader.page(place)

    (stem,) = shop.stems
    lines = stem.with_name(stem.name + CDXJ).read_bytes().splitlines()
    assert [""] * 4 == reasons
    assert (["cdxj.open", "warc.gz.open"], ["cdxj", "warc.gz"]) == (names, shop.names)
    assert ["warcinfo", *["response"] * 3, "metadata"] == records(stem)
    assert (pages[1].response, sorted(lines), 4) == (open_page, lines, len(lines))
    assert 0o600 == stem.with_name(stem.name + WARC).stat().st_mode & 0o777


async def test_nothing_kept(shop):
    """
    A writer that had nothing to keep leaves nothing.
    """
    async with shop.writer():
        pass

    assert [] == shop.names


async def test_the_index_can_be_made_anew(shop):
    """
    The rows that are written are those that the WARC file alone gives.
    """
    async with shop.writer() as writer:
        for kept in (*shop.pages(2), shop.article(), shop.answer(), shop.answer(), shop.answer(kind="feed")):
            await writer.keep(kept)

    (stem,) = shop.stems
    written = [place.row for kind in ("page", "feed", "article") for place in all_rows(shop.folder, kind)]
    rows, end = rows_of(stem.with_name(stem.name + WARC), [])
    assert sorted(written, key=lambda row: row.offset) == rows
    assert stem.with_name(stem.name + WARC).stat().st_size == end


async def test_the_same_again(shop):
    """
    The same body from the same address is kept once in a file; every record of it is read whole, the newest found.
    """
    later = shop.t0 + timedelta(minutes=5)
    async with shop.writer() as writer:
        await writer.keep(shop.answer())
        await writer.keep(shop.answer(at=later))
        await writer.keep(shop.answer(body=b"other", at=later + timedelta(minutes=1)))

    (stem,) = shop.stems
    places = look_up(shop.folder, shop.reader.page_place(shop.answer().response.url, later).row.key)
    assert ["warcinfo", "response", "revisit", "response"] == records(stem)
    assert [b"<p>The quay.</p>"] * 2 + [b"other"] == [shop.reader.page(place).body for place in places]
    assert later == shop.reader.page_place(shop.answer().response.url, later).row.at


async def test_the_same_in_another_file(shop):
    """
    No record leans on another file, which retention may drop before it.
    """
    async with shop.writer() as writer:
        await writer.keep(shop.answer())
        shop.now += write.MAX_FILE_AGE
        await writer.keep(shop.answer(at=shop.now))

    assert [["warcinfo", "response"]] * 2 == [records(stem) for stem in shop.stems]


async def test_side_by_side(shop):
    """
    Several writers in one folder, even of one process number and one second, have files of their own.
    """
    pages = shop.pages(20)
    async with shop.writer() as one, shop.writer() as other:
        await asyncio.gather(*(writer.keep(page) for n, page in enumerate(pages) for writer in [(one, other)[n % 2]]))

    assert 2 == len(shop.stems)
    assert [page.response for page in pages] == [
        shop.reader.page(shop.reader.page_place(page.response.url, shop.t0)) for page in pages
    ]
    assert [] == shop.failures


@pytest.mark.parametrize("reason", ["size", "age", "taken"])
async def test_rotation(shop, monkeypatch, reason):
    """
    A file that is large or old enough is closed, one that somebody took away is given up: the next record has another.
    """
    monkeypatch.setattr(write, "MAX_FILE_BYTES", 1000 if reason == "size" else 10**9)
    async with shop.writer() as writer:
        await writer.keep(shop.pages(1, 4000)[0])
        if reason == "age":
            shop.now += write.MAX_FILE_AGE
        if reason == "taken":
            for path in shop.folder.iterdir():
                path.unlink()
        await writer.keep(shop.pages(1)[0])

    expected = 1 if reason == "taken" else 2
    assert ([], expected) == (shop.failures, len(shop.stems))
    assert ["cdxj"] * expected + ["warc.gz"] * expected == shop.names


async def test_a_full_disk(shop):
    """
    When the disk takes no more the reason is told, the file stays whole, and once there is room it goes on.
    """
    pages = shop.pages(3, 20_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with shop.writer() as writer:
        first = await writer.keep(pages[0])
        path = next(shop.folder.glob(f"*{WARC}{OPEN}"))
        size = path.stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 2000, hard))
        try:
            second = await writer.keep(pages[1])
            after = path.stat().st_size
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        third = await writer.keep(pages[2])

    (stem,) = shop.stems
    assert ("", "File too large", "", size) == (first, second, third, after)
    assert ["File too large"] == shop.failures
    assert ["warcinfo", "response", "response"] == records(stem)
    assert shop.reader.page_place(pages[1].response.url, shop.t0) is None


async def test_a_full_index(shop, monkeypatch):
    """
    A record that the index does not take is in neither.
    """
    pages = shop.pages(2)
    real = os.pwrite

    def refuse(handle, data, place):
        if CDXJ in str(Path(f"/proc/self/fd/{handle}").readlink()):
            raise OSError(28, "No space left on device")
        return real(handle, data, place)

    async with shop.writer() as writer:
        await writer.keep(pages[0])
        monkeypatch.setattr(os, "pwrite", refuse)
        reason = await writer.keep(pages[1])
        monkeypatch.undo()

    (stem,) = shop.stems
    assert ("No space left on device", ["warcinfo", "response"]) == (reason, records(stem))


async def test_no_folder(shop):
    """
    Where there can be no folder, beginning tells it and every record is refused with the reason; nothing is raised.
    """
    shop.folder.write_bytes(b"a file")

    async with shop.writer() as writer:
        reason = await writer.keep(shop.pages(1)[0])

    assert ("File exists", 2) == (reason, len(shop.failures))


async def test_a_slow_disk(shop, monkeypatch):
    """
    A disk that does not answer is not waited for, and what would pile up behind it is refused.
    """
    monkeypatch.setattr(write, "PATIENCE", timedelta(milliseconds=50))
    monkeypatch.setattr(write, "MAX_WAITING", 2)
    pages = shop.pages(4)
    async with shop.writer() as writer:
        await writer.keep(pages[0])
        gate = asyncio.Event()
        loop = asyncio.get_running_loop()
        held = loop.run_in_executor(
            writer._thread, lambda: asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()
        )
        got = [await writer.keep(page) for page in pages[1:]]
        gate.set()
        await held

    assert ["the disk does not answer"] * 2 + ["the disk is too slow"] == got


async def test_synced(shop, monkeypatch):
    """
    What is kept is handed to the disk every ten seconds.
    """
    synced = []
    monkeypatch.setattr(os, "fdatasync", synced.append)
    async with shop.writer() as writer:
        for _ in range(4):
            await writer.keep(shop.pages(1)[0])
            shop.now += timedelta(seconds=6)

    assert 2 == len(synced)
