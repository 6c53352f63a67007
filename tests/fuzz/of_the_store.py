"""Readers of what is stored: somebody else may have written there."""

import asyncio
import zlib
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace

from ingest.dedup.sketch import decode
from ingest.errors import EventError, StoreError
from ingest.feeds.window import unpack
from ingest.messages.event import read_event
from ingest.polling.hints import decode_hints, encode_hints
from ingest.polling.rhythm import decode_rhythm, encode_rhythm, learn
from ingest.store.articles import owners_of
from ingest.store.due import Begun, Claim, moment
from ingest.store.entries import ENDED, encode_ref, read_ended, read_ref
from ingest.store.feeds import decode_feed
from ingest.store.hubs import Push, read_subscription
from ingest.store.overrides import find_override, read_overrides
from ingest.store.record import read_record
from ingest.store.revisits import decode_watched
from tests.fuzz import seeds
from tests.fuzz.promises import URL, aware, hash_of, whole
from tests.unit.messages.articles import T0


def stored_feed(data: bytes) -> None:
    """A feed's hash."""
    found = decode_feed("0" * 16, hash_of(data))
    whole(found)
    aware(found.added_at, found.polled_at, found.failing_since, found.full_at)
    assert found.failures >= 0
    assert found.interval is None or found.interval > timedelta(0)
    unpack(found.window)
    learn(found.rhythm, published=(), new=0, shown=0, polled_at=T0, previous_poll_at=found.polled_at)


def stored_ref(data: bytes) -> None:
    """An entry in hand."""
    try:
        found = read_ref(data)
    except StoreError:
        return
    assert read_ref(encode_ref(found.entry, found.feed)) == found


def stored_draft(data: bytes) -> None:
    """An article that is watched: the document of its event, or else its reference."""
    for document, reference in ((data, seeds.REF), (seeds.EVENT.data, data)):
        packed = {"data": zlib.compress(document), "ref": zlib.compress(reference), "step": data[:4]}
        with suppress(StoreError):
            assert decode_watched(Begun(claim=Claim("a", 1), strikes=1, fields=packed)).revision is not None
    with suppress(StoreError):
        decode_watched(Begun(claim=Claim("a", 1), strikes=1, fields={"data": data, "ref": data}))


def stored_line(data: bytes) -> None:
    """What is stored as one line: hints, rhythms, windows, sketches, pushes."""
    text = data.decode("utf-8", "replace")
    hints, rhythm = decode_hints(text), decode_rhythm(text)
    assert decode_hints(encode_hints(hints)) == hints
    assert decode_rhythm(encode_rhythm(rhythm)) == rhythm
    unpack(data)
    decode(data)
    push = Push.unpacked(data)
    assert Push.unpacked(push.packed).body == push.body


def _store(reply: object) -> SimpleNamespace:
    """As much of a store as one question needs: what it answers is the case."""

    async def answer(*_: object) -> object:
        return reply

    keys = SimpleNamespace(hub=str, article=str, url=str, overrides="o")
    return SimpleNamespace(redis=SimpleNamespace(hgetall=answer, get=answer, hmget=answer, mget=answer), keys=keys)


def stored_subscription(data: bytes) -> None:
    """A hub's promise."""
    found = asyncio.run(read_subscription(_store({name.encode(): value for name, value in hash_of(data).items()}), "f"))
    if found is not None:
        whole(found)
        assert found.misses >= 0


def stored_overrides(data: bytes) -> None:
    """What the operator says of sources."""
    known = asyncio.run(read_overrides(_store(data)))
    assert find_override(URL, known).domain


def stored_article(data: bytes) -> None:
    """What is kept of a published article, and who owns an address."""
    record = read_record(data)
    if record is not None:
        whole(record)
    whole(asyncio.run(owners_of(_store([data, data]), ["k"])))


def stored_entry(data: bytes) -> None:
    """What is kept of an entry that ended."""
    kept = read_ended(data)
    assert not kept or b" ".join(kept.get(name, b"") for name in ENDED) == data
    moment(kept.get(b"closed"))


def stored_event(data: bytes) -> None:
    """A row of the output stream."""
    try:
        found = read_event({name.encode(): value for name, value in hash_of(data).items()})
    except EventError:
        return
    assert isinstance(found.article, dict)
