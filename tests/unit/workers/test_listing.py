"""The watch over feeds.toml."""

import pytest
from structlog.testing import capture_logs

from ingest.store.feeds import list_feeds
from workers.listing import Listing

FEED = '[[feed]]\nurl = "https://outlet.example/{}.xml"\n'


@pytest.fixture
def file(tmp_path):
    return tmp_path / "feeds.toml"


@pytest.fixture
def listing(settings, file):
    return Listing(settings.model_copy(update={"feeds_file": file}))


async def _urls(store):
    return {one.feed.url for one in [one async for one in list_feeds(store)] if one.feed.state == "active"}


async def test_in_force(store, listing, file):
    """
    The file is put in force when it is new and when it changed, and only then.
    """
    file.write_text(FEED.format("a"))
    first, again = await listing.look(store), await listing.look(store)
    file.write_text(FEED.format("b"))

    changed = await listing.look(store)

    assert (True, False, True) == (first, again, changed)
    assert {"https://outlet.example/b.xml"} == await _urls(store)


async def test_unchecked_certificates(store, listing, file):
    """
    Sources whose certificates are not checked are said aloud whenever the file comes into force.
    """
    file.write_text('[source."a.example"]\nany_certificate = true\n[source."b.example"]\nfeed_only = true\n')

    with capture_logs() as logs:
        await listing.look(store)

    said = [entry["sources"] for entry in logs if entry["event"] == "feeds-file.certificates-not-checked"]
    assert [["a.example"]] == said


@pytest.mark.parametrize("text", [None, "[[feed]]\n", "[[", "x" * 20_000_001])
async def test_broken(store, listing, file, text):
    """
    A file that is gone or broken changes nothing, and what is broken is said once.
    """
    file.write_text(FEED.format("a"))
    await listing.look(store)
    if text is None:
        file.unlink()
    else:
        file.write_text(text)

    with capture_logs() as logs:
        looks = [await listing.look(store) for _ in range(2)]

    assert ([False, False], {"https://outlet.example/a.xml"}) == (looks, await _urls(store))
    assert ([] if text is None else ["feeds-file.refused"]) == [entry["event"] for entry in logs]


async def test_unreadable(store, settings, tmp_path):
    """
    What cannot be read is said, and ends nothing.
    """
    listing = Listing(settings.model_copy(update={"feeds_file": tmp_path}))

    with capture_logs() as logs:
        got = await listing.look(store)

    assert (False, ["feeds-file.unreadable"]) == (got, [entry["event"] for entry in logs])
