"""The law of the keyspace: what is stored is documented, and nothing else is stored."""

import re
from dataclasses import replace
from datetime import timedelta

import ingest.store.keys as documented
from ingest.cleaning.learned import digest_of, digests
from ingest.store.boilerplate import correct, learn
from ingest.store.hosts import acquire_host
from ingest.store.keys import Keys

#: One row of the documentation: the key's pattern, its kind, and the text up to the next row.
ROW = re.compile(r"^    \{p\}(\S+) +(stream|hash|zset|string) +((?:.+\n(?: {33}.+\n)*))", re.MULTILINE)
KINDS = {bytes: "string", dict: "hash"}


def _pattern(name: str) -> str:
    """The expression for a documented name: {w} is one of the two kinds of work, any other brace some text."""
    return re.sub(r"\\\{\w+\\\}", ".+", re.escape(name.replace("{w}", "WORK"))).replace("WORK", "(feeds|entries)")


async def test_documented(room):
    """
    Every key of a whole journey stands in the documentation, with its kind and a hash's fields.
    """
    table = {_pattern(name): (kind, text) for name, kind, text in ROW.findall(documented.__doc__)}
    claims = await room.entries(1, 2, 3, 4, 5)
    for claim in claims.values():
        await room.begin("entries", claim)
    await room.publish(claims[1], "a", text="t")
    await room.publish(claims[2], "b", "key of a")
    await room.close(claims[3], "dead")
    source = "gazette.example"
    await room.publish(claims[5], "c", text="u")
    for name in ("a", "c"):
        counted = replace(room.article(name), source_domain=source)
        await learn(room.store, counted, digests(["Read more on our site"]), memory=room.memory)
    await correct(room.store, source, digest_of("Read more on our site"), "keep")
    await acquire_host(room.store, source, spacing=timedelta(minutes=1), max_wait=timedelta(0))

    stored = await room.dump()
    assert room.store.keys.samples(source) in stored
    for key, value in stored.items():
        name = key.removeprefix(room.store.keys.prefix)
        ((kind, text),) = [row for pattern, row in table.items() if re.fullmatch(pattern, name)]
        assert kind == KINDS.get(type(value), kind), name
        if name.startswith((":feed:", ":article:", ":entry:", ":source:")):
            assert not {field.decode() for field in value} - set(re.findall(r"\w+", text)), name


def test_items():
    """
    A unit of work is its feed's or its entry's hash.
    """
    keys = Keys("p")

    assert ("p:feed:x", "p:entry:x") == (keys.item("feeds", "x"), keys.item("entries", "x"))
    assert "p:work" == keys.work
