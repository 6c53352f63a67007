"""What goes when an archive is too old or too large."""

import os
from datetime import timedelta

import pytest

from ingest.archive.retain import retain


@pytest.fixture
async def files(shop):
    """Four closed files of the same size, the later the younger, named so that the last is written first."""
    for _ in range(4):
        async with shop.writer() as writer:
            await writer.keep(shop.pages(1, 4000)[0])
        shop.now += timedelta(days=1)
    for n, stem in enumerate(shop.stems):
        for path in shop.folder.glob(f"{stem.name}*"):
            moment = (shop.t0 + timedelta(days=n)).timestamp()
            os.utime(path, (moment, moment))
    return shop


def test_age(files):
    """
    Files last written to before the limit go, with their indexes.
    """
    stems = files.stems

    got = retain(files.folder, before=files.t0 + timedelta(days=1, hours=1), max_bytes=10**9)

    assert (2, stems[2:], 4) == (got, files.stems, len(files.names))


def test_size(files):
    """
    Beyond the limit of bytes the oldest go, and no more than must.
    """
    stems = files.stems
    total = sum(path.stat().st_size for path in files.folder.iterdir())

    got = retain(files.folder, before=files.t0, max_bytes=total // 2 + 50)

    assert (2, stems[2:]) == (got, files.stems)


async def test_open_files_stay(files):
    """
    A file that is written to stays, however large the archive is.
    """
    async with files.writer() as writer:
        await writer.keep(files.pages(1)[0])

        got = retain(files.folder, before=files.now + timedelta(days=9), max_bytes=0)

        assert (4, ["cdxj.open", "warc.gz.open"]) == (got, files.names)


async def test_at_work(files):
    """
    A writer keeps its archive within the terms when it begins, and with every file.
    """
    terms = files.with_limits(keep=timedelta(days=2, hours=1))
    async with terms.writer():
        pass

    assert 2 == len(files.stems)


def test_no_folder(shop):
    """
    Where there is no archive nothing is dropped.
    """
    assert 0 == retain(shop.folder, before=shop.t0, max_bytes=0)
