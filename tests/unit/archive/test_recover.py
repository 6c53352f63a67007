"""What a dead process leaves behind is cut behind its last whole record, indexed to its end, and closed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from ingest.archive.index import CDXJ, OPEN, WARC
from ingest.archive.recover import recover

ROOT = Path(__file__).parents[3]

#: Keeps pages and says so, until it is killed.
WRITER = """
import asyncio, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ingest.archive.records import KeptAnswer
from ingest.archive.write import Terms, Writer
from ingest.models import Response

async def main():
    terms = Terms(folder=Path(sys.argv[1]), prefix="t", software="x", keep=timedelta(days=1), max_bytes=10**9)
    now = lambda: datetime.now(UTC)
    async with Writer(terms, now=now, told=print) as writer:
        for n in range(1_000_000):
            url = f"https://gazette.example/{n}"
            body = (f"page {n} " * 2000).encode()
            await writer.keep(KeptAnswer(kind="page", at=now(), response=Response(
                url=url, final_url=url, status=200, headers={}, body=body)))
            print(n, flush=True)

asyncio.run(main())
"""


def left_open(shop, data: bytes, index: bytes | None):
    """Turn the one closed file into one that a dead process left, with these bytes."""
    (stem,) = shop.stems
    stem.with_name(stem.name + WARC).unlink()
    stem.with_name(stem.name + CDXJ).unlink()
    stem.with_name(stem.name + WARC + OPEN).write_bytes(data)
    if index is not None:
        stem.with_name(stem.name + CDXJ + OPEN).write_bytes(index)
    return stem


async def kept(shop, count=3):
    pages = shop.pages(count)
    async with shop.writer() as writer:
        for page in pages:
            await writer.keep(page)
    (stem,) = shop.stems
    warc, index = (stem.with_name(stem.name + ending).read_bytes() for ending in (WARC, CDXJ))
    return pages, warc, index


@pytest.mark.parametrize("cut", [1, 8, 40, 300])
@pytest.mark.parametrize("index", ["whole", "torn", "none", "foreign"])
async def test_torn(shop, cut, index):
    """
    A file torn in its last record loses that record only, whatever became of its index.
    """
    pages, warc, whole = await kept(shop)
    said = {"whole": whole, "torn": whole[:-7], "none": None, "foreign": b"what\nis {\nthis"}[index]
    left_open(shop, warc[:-cut], said)

    got = recover(shop.folder)

    (stem,) = shop.stems
    with stem.with_name(stem.name + WARC).open("rb") as file:
        types = [record.rec_type for record in ArchiveIterator(file, check_digests="raise")]
    found = [shop.reader.page_place(page.response.url, shop.t0) for page in pages]
    assert (1, ["cdxj", "warc.gz"], ["warcinfo", "response", "response"]) == (got, shop.names, types)
    assert [pages[0].response, pages[1].response] == [shop.reader.page(place) for place in found[:2]]
    assert found[2] is None


async def test_whole(shop):
    """
    A file that was only not closed loses nothing, and recovering it twice changes nothing.
    """
    _, warc, index = await kept(shop)
    stem = left_open(shop, warc, index)

    got = recover(shop.folder), recover(shop.folder)

    assert ((1, 0), warc) == (got, stem.with_name(stem.name + WARC).read_bytes())
    assert index == stem.with_name(stem.name + CDXJ).read_bytes()


async def test_nothing_in_it(shop):
    """
    A file whose process died before it kept anything goes.
    """
    _, warc, _ = await kept(shop)
    left_open(shop, warc[:20], b"")

    recover(shop.folder)

    assert [] == shop.names


async def test_the_living_are_left_alone(shop):
    """
    A file that is still written to is nobody else's.
    """
    async with shop.writer() as writer:
        await writer.keep(shop.pages(1)[0])

        got = recover(shop.folder)

        assert (0, ["cdxj.open", "warc.gz.open"]) == (got, shop.names)


def test_killed(shop):
    """
    Of a process killed with -9 everything that it had kept is found by the next.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(shop.folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with process:
        said = [int(process.stdout.readline()) for _ in range(40)]
        os.kill(process.pid, signal.SIGKILL)
        said += [int(line) for line in process.stdout.read().split("\n")[:-1] if line.isdigit()]
    later = shop.t0.replace(year=9999)

    got = recover(shop.folder)

    pages = [shop.reader.page_place(f"https://gazette.example/{n}", later) for n in said]
    assert (1, ["cdxj", "warc.gz"]) == (got, shop.names)
    assert all(shop.reader.page(place).body.startswith(b"page %d " % n) for n, place in zip(said, pages, strict=True))
