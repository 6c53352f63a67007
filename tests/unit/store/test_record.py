"""What is kept of a published article: what was written is read again, and what is not ours is nothing."""

from dataclasses import replace

import pytest

from ingest.store.record import MAX_SOURCE_NAME, Known, encode_known, known_of, read_known, read_record, source_known
from tests.unit.store.records import record

KNOWN = Known(entry="e", url="https://gazette.example/1", title="Quay", feed="f", source="", digest="d", document=7)


def test_read():
    """
    A record says its first event, its head, its last revision, and what the last look and the last replay sent.
    """
    known = b'{"entry":"e","url":"https://gazette.example/1","title":"Quay","feed":"f","source":"","digest":"d","document":7}'

    got = read_record(record("1-0", head="b", revision=10, revisited=5, revisit_event="2-0", latest="3-0", known=known))

    assert got is not None
    assert ("1-0", "b", 10, "2-0", "3-0", KNOWN) == (
        got.event,
        got.head,
        got.revision,
        got.revisit_event,
        got.latest,
        got.known,
    )


@pytest.mark.parametrize("stored", [None, b"", b"x", b"0 1-0  1    ", b"\xff" * 99])
def test_no_record(stored):
    """
    What has too few parts is no record.
    """
    assert read_record(stored) is None


@pytest.mark.parametrize("revision", ["", "x", "-1", "1" * 10, "\u0661"])
def test_damaged_revision(revision):
    """
    A revision that is no number counts as the first.
    """
    got = read_record(record(revision=revision, known=b"{"))

    assert (1, None) == (got.revision, got.known)


def test_halves_of_characters(room_type):
    """
    An article whose headline and source end in half a character is known by the rest.
    """
    article = replace(room_type(None).article("a"), title="half \ud800", source_name="Gazett\ud800")

    got = read_known(encode_known(article, "e", None))

    assert ("half ?", "Gazett?", None, "e") == (got.title, got.source, got.document, got.entry)


def test_source_known():
    """
    Of a source's name the beginning is kept, so that two names are compared as they are kept.
    """
    assert "" == source_known("")
    assert "Gazette" == source_known("Gazette")
    assert "x" * MAX_SOURCE_NAME == source_known("x" * 1000)


async def test_halves_are_published(room):
    """
    An article with half a character in its headline is published as any other.
    """
    claim = (await room.entries(1))[1]
    whole = room.article
    room.article = lambda name, **more: replace(whole(name, **more), title="half \ud800")

    await room.publish(claim, "a")

    assert ["a"] == await room.published()
    assert "half ?" == (await known_of(room.store, "a")).title
