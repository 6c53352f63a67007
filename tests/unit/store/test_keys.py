"""The law of the keyspace: what is stored is documented, and nothing else is stored."""

import re
from dataclasses import replace
from datetime import timedelta

import ingest.store.keys as documented
from ingest.cleaning.learned import digest_of, digests
from ingest.dedup.sketch import sketch
from ingest.models import Entry, FeedRef
from ingest.store.boilerplate import correct, learn
from ingest.store.clusters import vote
from ingest.store.entries import EntryRef
from ingest.store.hosts import acquire_host
from ingest.store.keys import Keys
from ingest.store.revisits import Looked, Next, commit_revision, draft
from ingest.store.robots import keep_robots, read_robots

#: One row of the documentation: the key's pattern, its kind, and the text up to the next row.
ROW = re.compile(r"^    \{p\}(\S+) +(stream|hash|zset|string) +((?:.+\n(?: {33}.+\n)*))", re.MULTILINE)
#: Hashes whose fields are documented too.
WITH_FIELDS = (":feed:", ":article:", ":entry:", ":source:", ":robots:", ":draft:")
KINDS = {bytes: "string", dict: "hash"}


def _pattern(name: str) -> str:
    """The expression for a documented name: {w} is one of the kinds of work, any other brace some text."""
    named = re.sub(r"\\\{\w+\\\}", ".+", re.escape(name.replace("{w}", "WORK")))
    return named.replace("WORK", "(feeds|entries|revisits)")


async def test_documented(room):
    """
    Every key of a whole journey stands in the documentation, with its kind and a hash's fields.
    """
    table = [(_pattern(name), kind, text) for name, kind, text in ROW.findall(documented.__doc__)]
    claims = await room.entries(1, 2, 3, 4, 5)
    for claim in claims.values():
        await room.begin("entries", claim)
    await room.publish(claims[1], "a", text="t")
    await room.publish(claims[2], "b", "key of a")
    await room.close(claims[3], "dead")
    source = "gazette.example"
    quay = sketch(["The council voted on Tuesday evening to widen the old quay, after two years of argument. " * 3])
    ballot = await vote(room.store, claims[5], quay, content_digest="u", window=timedelta(days=7))
    assert ballot is not None
    await vote(room.store, claims[4], quay, content_digest="u", window=timedelta(days=7))
    ref = EntryRef(entry=Entry(guid="c"), feed=FeedRef(id="f", url="https://gazette.example/feed.xml"))
    watch = draft(ref, b"{}", age=timedelta(0), limit=9)
    await room.publish(claims[5], "c", text="u", document=ballot.document, watch=watch)
    for name in ("a", "c"):
        counted = replace(room.article(name), source_domain=source)
        await learn(room.store, counted, digests(["Read more on our site"]), memory=room.memory)
    await correct(room.store, source, digest_of("Read more on our site"), "keep")
    minute = timedelta(minutes=1)
    await acquire_host(
        room.store, source, spacing=minute, max_wait=timedelta(0), address="192.0.2.1", address_spacing=minute
    )
    await acquire_host(room.store, source, spacing=minute, max_wait=timedelta(0))
    await read_robots(room.store, "https://a.example", errand="one", lease=minute)
    await keep_robots(room.store, "https://a.example", errand="one", outcome="down", reason="timeout")
    await read_robots(room.store, "https://b.example", errand="two", lease=minute)

    claim = await room.claim("revisits")
    await room.begin("revisits", claim)
    told = Looked(outcome="updated", step=1, next=Next(age=minute), doubt="gone", event={"data": b"{}"})
    assert "updated" == await commit_revision(room.store, claim, told, revision=1)

    stored = await room.dump()
    assert {room.store.keys.samples(source), room.store.keys.draft("c")} <= stored.keys()
    for key, value in stored.items():
        name = key.removeprefix(room.store.keys.prefix)
        rows = [(kind, text) for pattern, kind, text in table if re.fullmatch(pattern, name)]
        ((_, text),) = [(kind, text) for kind, text in rows if kind == KINDS.get(type(value), kind)]
        if isinstance(value, dict) and name.startswith(WITH_FIELDS):
            assert not {field.decode() for field in value} - set(re.findall(r"\w+", text)), name


def test_items():
    """
    A unit of work is its feed's or its entry's hash, or an article's draft.
    """
    keys = Keys("p")

    assert ("p:feed:x", "p:entry:x") == (keys.item("feeds", "x"), keys.item("entries", "x"))
    assert "p:draft:x" == keys.item("revisits", "x")
    assert "p:work" == keys.work
