"""Laws of the scripts: a repeated call changes nothing; a server that forgot them is taught again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ingest.cleaning.learned import digest_of, digests
from ingest.dedup.sketch import sketch
from ingest.models import Entry, FeedRef
from ingest.store.articles import Duplicate, OtherHead, Published, owner_of
from ingest.store.aside import drop_aside, list_aside, retry_aside
from ingest.store.boilerplate import correct, forget, learn, read_learned
from ingest.store.clusters import vote
from ingest.store.dead import drop_dead, retry_dead
from ingest.store.due import release
from ingest.store.entries import EntryRef
from ingest.store.feeds import pause_feed, remove_feed, resume_feed, unseen
from ingest.store.history import sample_counts
from ingest.store.hosts import acquire_host, hold_host
from ingest.store.hubs import Push, keep_push, take_pushes
from ingest.store.moves import merge_feeds, move_feed
from ingest.store.relay import (
    Settled,
    forget_sink,
    hold_sink,
    leave_sink,
    list_refused,
    retry_refused,
    settle_rows,
    take_rows,
)
from ingest.store.replays import commit_replay
from ingest.store.revisits import Looked, Next, commit_revision, draft, hasten
from ingest.store.robots import keep_robots, read_robots
from ingest.store.scripts import source
from ingest.store.stream import Trimmed, trim_stream
from ingest.store.tally import Tally
from ingest.store.volume import count_volume

#: These hand out something else each time; their laws are in test_due.py, test_hosts.py, test_robots.py, test_relay.py.
HANDING_OUT = ("claim_due", "acquire_host", "read_robots", "take_rows")
#: The answer of a repetition says that nothing is left to do.
SAYS_SO = {
    "add_feed": 0,
    "remove_feed": 0,
    "release": b"stale",
    "close_entry": b"again",
    "learn": [b"again"],
    "forget_source": 0,
    "retry_dead": 0,
    "sample_counts": b"again",
    "add_tally": 0,
    "count_volume": b"again",
    "drop_dead": 0,
    "leave_sink": 0,
    "retry_refused": 0,
    "forget_sink": 0,
    "keep_robots": b"stale",
    "resume_feed": b"active",
    "put_aside": -1,
    "retry_aside": 0,
    "drop_aside": 0,
}


class Thrice:
    """Calls each script three times with the same arguments, and holds the store to its law in between."""

    def __init__(self, room: Any) -> None:
        self._room = room
        self._call = room.store.scripts
        self.called: set[str] = set()

    async def __call__(self, name: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        reply = await self._call(name, keys, arguments)
        self.called.add(name)
        if name in HANDING_OUT:
            return reply
        before = await self._dump()
        for _ in range(2):
            again = await self._call(name, keys, arguments)
            assert before == await self._dump(), f"{name} repeated changed something"
            assert _same(name, reply, again)
        return reply

    async def _dump(self) -> dict[str, Any]:
        """All there is, but for when leases run out: a repeated begin renews."""
        found = await self._room.dump()
        leases = {name: sorted(id_ for id_, _ in found[name]) for name in found if ":lease:" in name}
        return found | leases


def _same(name: str, reply: Any, again: Any) -> bool:
    if name in {"commit_poll", "commit_article", "commit_revision", "commit_replay"}:
        # "done" becomes "again"; what it came to must not change.
        return bool(reply[-1] == again[-1])
    if name == "begin":
        # Fields and values; a hash has no order.
        return dict(zip(reply[::2], reply[1::2], strict=True)) == dict(zip(again[::2], again[1::2], strict=True))
    return bool(again == SAYS_SO.get(name, reply))


async def test_every_script_repeated(room):
    """
    Whatever reply is lost and whatever call is repeated: the state is that of one call, and commits answer the same.
    """
    plain, room.spacing = room, timedelta(hours=1)
    thrice = Thrice(plain)
    room = plain.with_scripts(thrice)

    assert await room.add(title="Gazette", folder="Papers")
    poll = await room.claim("feeds")
    await room.begin("feeds", poll)
    await release(room.store, "feeds", poll, pause=timedelta(0), is_strike=False, error="host is busy")
    poll = await room.claim("feeds")
    await room.begin("feeds", poll)
    assert await room.commit_poll(poll, room.end(*range(5))) == 5
    await room.store.redis.zadd(room.store.keys.due("entries"), {room.entry_id(number): 1 for number in range(5)})
    claims = await room.claims("entries", 5)
    for claim in claims:
        await room.begin("entries", claim)
    quay = sketch(["The council voted on Tuesday evening to widen the old quay, after two years of argument. " * 3])
    assert await vote(room.store, claims[2], quay, content_digest="t", window=timedelta(days=7))
    ref = EntryRef(entry=Entry(guid="a"), feed=FeedRef(id=room.feed.id, url=room.feed.url))
    watch = draft(ref, b"{}", age=timedelta(hours=1), limit=9)
    outcomes = [
        await room.publish(claims[0], "a", "url a", text="t", watch=watch),
        await room.publish(claims[1], "b", "url a", "url b", text="t"),
        await room.publish(claims[2], "c", "url c", text="t"),
        await room.publish(claims[2], "c", "url c", text="t", head="a"),
    ]
    assert [Duplicate("a"), OtherHead("a"), "a"] == [*outcomes[1:3], await owner_of(room.store, "url b")]
    assert await room.close(claims[3], "dead")
    assert await release(room.store, "entries", claims[4], pause=timedelta(0), is_strike=True, error="timeout")
    await acquire_host(room.store, "gazette.example", spacing=timedelta(hours=1), max_wait=timedelta(0))
    await hold_host(room.store, "gazette.example", timedelta(milliseconds=1))
    origin = "https://gazette.example"
    assert (await read_robots(room.store, origin, errand="one", lease=timedelta(minutes=1))).state == "errand"
    assert await keep_robots(room.store, origin, errand="one", outcome="read", body=b"User-agent: *")
    await _revisit(room)
    await _decide_on_the_dead(room, claims[3].id)
    await _push(room)
    await _move_and_merge(room)
    await _relay(room)
    await _aside(room)
    assert await remove_feed(room.store, room.feed.id)
    await _learn(room)

    assert all(isinstance(outcome, Published) for outcome in (outcomes[0], outcomes[3]))
    assert await room.published() == ["a", "c"]
    assert Trimmed(read=0, unread=0) == await trim_stream(room.store, keep=timedelta(0), limit=None)
    assert "published" == await commit_replay(room.store, "a", {"id": b"a-2", "data": b"{}"}, base=1, mark="m")
    assert {path.removesuffix(".lua") for path in _names()} == thrice.called


async def _measure(room: Any) -> None:
    assert {"ff"} == await unseen(room.store, room.feed.id, ["ff"])
    assert await sample_counts(room.store)
    assert 2 == await count_volume(room.store)
    tally = Tally("one")
    tally.count("sandbox.deadline")
    await tally.add_to(room.store)


async def _decide_on_the_dead(room: Any, id_: str) -> None:
    assert await retry_dead(room.store, id_)
    claims = {claim.id: claim for claim in await room.claims("entries", 2)}
    await room.close(claims[id_], "dead")
    assert await drop_dead(room.store, id_)


async def _push(room: Any) -> None:
    push = Push(content_type="application/atom+xml", body=b"<feed/>")
    assert await keep_push(room.store, room.feed.id, push)
    assert 0 == await take_pushes(room.store, room.feed.id, [push])
    await _measure(room)


async def _revisit(room: Any) -> None:
    ref = EntryRef(entry=Entry(guid="a"), feed=FeedRef(id=room.feed.id, url=room.feed.url))
    age = timedelta(milliseconds=1)
    assert await room.store.redis.exists(room.store.keys.draft("a"))
    await room.store.redis.zadd(room.store.keys.due("revisits"), {"a": 1})
    claim = await room.claim("revisits")
    assert await room.begin("revisits", claim)
    told = Looked(outcome="cosmetic", step=1, next=Next(age=age, pause=timedelta(hours=1)))
    assert "cosmetic" == await commit_revision(room.store, claim, told, revision=1)
    await room.store.redis.hset(room.store.keys.entry("e"), "article", "a")
    assert await hasten(room.store, "e", ref.entry, ref.feed)
    await room.store.redis.delete(room.store.keys.entry("e"))


async def _move_and_merge(room: Any) -> None:
    other = replace(room, feed_url="https://courier.example/feed.xml")
    assert await other.add()
    assert await pause_feed(room.store, other.feed.id, "too noisy")
    assert "resumed" == await resume_feed(room.store, other.feed.id)
    (claim,) = await room.claims("feeds", 1)
    moved = "https://courier.example/all.xml"
    assert "moved" == await move_feed(room.store, other.feed, claim, moved)
    shown = [(room.entry_id(0), room.entry_id(100)), (room.entry_id(200), room.entry_id(1))]
    assert "merged" == await merge_feeds(room.store, claim, kept=other.feed, dropped=room.feed, url=moved, shown=shown)
    assert await room.add() == 0
    assert await remove_feed(room.store, other.feed.id)
    assert await room.add()


async def _learn(room: Any) -> None:
    counted = replace(room.article("a"), source_domain="gazette.example")
    assert await learn(room.store, counted, digests(["Read more on our site"]), memory=room.memory) == "learned"
    assert await correct(room.store, "gazette.example", digest_of("Read more on our site"), "drop")
    assert (await read_learned(room.store, "gazette.example", mode="active")).is_boilerplate("Read more on our site")
    assert await forget(room.store, "gazette.example", has_corrections=True)


async def _relay(room: Any) -> None:
    assert await hold_sink(room.store, "files", "one", lease=timedelta(minutes=1))
    rows = await take_rows(room.store, "files", "one", count=9, start="beginning")
    assert rows
    outcomes = [Settled(row=row, outcome="refused" if row is rows[0] else "sent", reason="why") for row in rows]
    assert 0 == await settle_rows(room.store, "files", outcomes)
    (dead,) = await list_refused(room.store, "files")
    assert await retry_refused(room.store, "files", dead.id)
    assert await leave_sink(room.store, "files", "one")
    assert "forgotten" == await forget_sink(room.store, "files")


async def _aside(room: Any) -> None:
    keys = room.store.keys
    await room.store.redis.xgroup_create(keys.articles, "g", "0")
    for do in (retry_aside, drop_aside):
        ((_, ((row, _),)),) = await room.store.redis.xreadgroup("g", "one", {keys.articles: ">"}, count=1)
        named = [keys.articles, keys.aside("g"), keys.asides]
        assert 1 == await room.store.scripts("put_aside", named, ["g", row, "one", 0, 1, 500])
        (letter,) = await list_aside(room.store, "g")
        assert await do(room.store, "g", letter.id) in {True, "retried"}
    await room.store.redis.xgroup_destroy(keys.articles, "g")


def _names() -> list[str]:
    from importlib import resources

    return [path.name for path in (resources.files("ingest.store") / "lua").iterdir()]


async def test_a_poll_in_chunks_repeated(room, monkeypatch: pytest.MonkeyPatch):
    """
    Each chunk of a long poll may be repeated; the number of new entries stays the sum.
    """
    monkeypatch.setattr("ingest.store.feeds.CHUNK", 3)
    room.spacing = timedelta(hours=1)
    await room.add()
    claim = await room.claim("feeds")

    got = await room.with_scripts(Thrice(room)).commit_poll(claim, room.end(*range(8)))

    assert got == await room.commit_poll(claim, room.end(*range(8))) == 8
    assert (await room.store.redis.hget(room.store.keys.counts, "entries.seen")) == b"8"


async def test_a_forgetful_server(room):
    """
    A server that lost its scripts is given them again.
    """
    await room.add()
    await room.store.redis.script_flush()

    got = await room.commit_poll(await room.claim("feeds"), room.end(1))

    assert got == 1


@pytest.mark.parametrize("name", _names())
def test_shebang(name: str):
    """
    Every script begins with a shebang: without one, a full server lets half of it run (reliability.md 3.1.5).
    """
    text = source(name.removesuffix(".lua"))

    assert text.startswith("#!lua")
