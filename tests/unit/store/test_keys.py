"""The law of the keyspace: what is stored is documented, and nothing else is stored."""

import re
from datetime import timedelta

import ingest.store.keys as documented
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
    claims = await room.entries(1, 2, 3, 4)
    for claim in claims.values():
        await room.begin("entries", claim)
    await room.publish(claims[1], "a", text="t")
    await room.publish(claims[2], "b", "key of a")
    await room.close(claims[3], "dead")
    await acquire_host(room.store, "gazette.example", spacing=timedelta(minutes=1), max_wait=timedelta(0))

    for key, value in (await room.dump()).items():
        name = key.removeprefix(room.store.keys.prefix)
        ((kind, text),) = [row for pattern, row in table.items() if re.fullmatch(pattern, name)]
        assert kind == KINDS.get(type(value), kind), name
        if name.startswith((":feed:", ":article:", ":entry:")):
            assert not {field.decode() for field in value} - set(re.findall(r"\w+", text)), name


def test_items():
    """
    A unit of work is its feed's or its entry's hash.
    """
    keys = Keys("p")

    assert ("p:feed:x", "p:entry:x") == (keys.item("feeds", "x"), keys.item("entries", "x"))
    assert "p:work" == keys.work
