"""The archive of a process: there where it is wanted, with its complaints in the log."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ingest.archive.records import KeptAnswer
from ingest.errors import SettingsError
from ingest.models import Response
from ingest.settings import load_settings
from workers.archive import SAY_EVERY, Complaint, load_engine, open_archive

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGE = Response(url="https://a.example/", final_url="https://a.example/", status=200, headers={}, body=b"<p>")


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ("off", ()),
        ("", ()),
        ("pages", ("pages",)),
        ("Pages, feeds", ("pages", "feeds")),
        ("all", None),
        ("off,x", None),
    ],
)
def test_the_setting(monkeypatch, said, kinds):
    """
    What is archived is a list of words; another word is refused with the name of the variable.
    """
    monkeypatch.setenv("COPYDESK_ARCHIVE", said)

    if kinds is None:
        with pytest.raises(SettingsError, match="COPYDESK_ARCHIVE: "):
            load_settings()
    else:
        assert kinds == load_settings().archive


def test_the_folder(monkeypatch, tmp_path):
    """
    The archive is in its own folder, else in that of the data.
    """
    monkeypatch.setenv("COPYDESK_DATA", "d")
    monkeypatch.setenv("COPYDESK_ARCHIVE_FOLDER", "")
    default = load_settings().archive_path
    monkeypatch.setenv("COPYDESK_ARCHIVE_FOLDER", str(tmp_path))

    assert (Path("d/archive"), tmp_path) == (default, load_settings().archive_path)


async def test_off(settings):
    """
    Where the settings say nothing there is no archive, and no folder.
    """
    async with open_archive(settings, lambda: T0) as archive:
        assert archive is None

    assert not settings.archive_path.exists()


async def test_on(settings):
    """
    Where they do it keeps things in the folder of the settings, which is part of the data where none is named.
    """
    wanted = settings.model_copy(update={"archive": ("pages",)})

    async with open_archive(wanted, lambda: T0) as archive:
        reason = await archive.keep(KeptAnswer(kind="page", response=PAGE, at=T0))

    assert ("", settings.data / "archive") == (reason, wanted.archive_path)
    assert 2 == len(list(wanted.archive_path.iterdir()))


async def test_a_failure_is_said(settings):
    """
    What cannot be kept is a warning that names the folder.
    """
    (settings.data).mkdir()
    settings.archive_path.write_bytes(b"")
    wanted = settings.model_copy(update={"archive": ("pages",)})

    with capture_logs() as logs:
        async with open_archive(wanted, lambda: T0) as archive:
            await archive.keep(KeptAnswer(kind="page", response=PAGE, at=T0))

    assert [("archive.failed", "File exists", "warning", str(settings.archive_path))] == [
        (one["event"], one["reason"], one["log_level"], one["folder"]) for one in logs
    ]


async def test_who_hears_of_failures_has_an_archive(settings):
    """
    A command that hears of failures itself has an archive whatever the settings say.
    """
    told = []
    (settings.data).mkdir()
    settings.archive_path.write_bytes(b"")

    async with open_archive(settings, lambda: T0, told=told.append):
        pass

    assert ["File exists"] == told


def test_complaints_are_few(tmp_path):
    """
    A disk that stays full is said at once, then once a minute with how many records there were.
    """
    now = T0
    complaint = Complaint(tmp_path, lambda: now)
    with capture_logs() as logs:
        for second in range(0, 125, 5):
            now = T0 + timedelta(seconds=second)
            complaint("full")

    assert ([1, 12, 12], timedelta(minutes=1)) == ([one["times"] for one in logs], SAY_EVERY)


def test_an_extra(monkeypatch):
    """
    Without the extra the operator is told what to install; any other defect is not hidden behind that.
    """
    monkeypatch.setitem(sys.modules, "warcio", None)
    for name in [name for name in sys.modules if name.startswith(("ingest.archive.w", "ingest.archive.f", "warcio."))]:
        monkeypatch.delitem(sys.modules, name)

    with pytest.raises(SettingsError, match=r"pip install 'copydesk\[archive\]'"):
        load_engine("ingest.archive.warc")
    with pytest.raises(ModuleNotFoundError):
        load_engine("ingest.archive.no_such_module")
