"""The law of accounts in any order of what workers do, repeat and lose: entries seen = outcomes + entries in hand."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from ingest.models import Feed
from ingest.settings import Settings
from ingest.store.connect import connect
from ingest.store.due import begin, claim_due, release
from ingest.store.feeds import feed_id, pause_feed, remove_feed, resume_feed
from ingest.store.keys import Keys, Work
from ingest.store.moves import merge_feeds, move_feed, read_feed

_prefixes = itertools.count(1)
INDEX = st.integers(0, 1000)
NUMBERS = st.lists(st.integers(0, 9), max_size=6, unique=True)
WORKS: tuple[Work, ...] = ("feeds", "entries")
WORK = st.sampled_from(WORKS)
LEASE = st.sampled_from([timedelta(milliseconds=1), timedelta(minutes=5)])
FEEDS = [f"https://gazette.example/{number}.xml" for number in range(3)]
NUMBER = st.integers(0, 2)


class Desk(RuleBasedStateMachine):
    """Workers that poll, publish, give up, die and repeat themselves."""

    room_type: Any
    settings: Settings

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        prefix = f"{self.settings.prefix}-{next(_prefixes)}"
        self.opened = connect(self.settings.model_copy(update={"prefix": prefix}), self.settings.redis_url)
        self.room = self.room_type(self.run(self.opened.__aenter__()))
        self.claims: dict[str, list[Any]] = {"feeds": [], "entries": []}
        self.calls: list[Callable[[], Awaitable[object]]] = []

    def run(self, step: Any) -> Any:
        return self.runner.run(step)

    def do(self, call: Callable[[], Awaitable[object]]) -> None:
        """A step of a worker, which may come again at any later time."""
        self.calls.append(call)
        self.run(call())

    def claim_of(self, work: str, index: int) -> Any:
        return self.claims[work][index % len(self.claims[work])]

    @rule(number=st.integers(0, 2))
    def add(self, number: int) -> None:
        room = self.room_type(self.room.store, feed_url=FEEDS[number])
        self.do(room.add)

    @rule(number=st.integers(0, 2))
    def remove(self, number: int) -> None:
        room = self.room_type(self.room.store, feed_url=FEEDS[number])
        self.do(lambda: remove_feed(room.store, room.feed.id))

    @rule(number=NUMBER)
    def pause(self, number: int) -> None:
        self.do(lambda: pause_feed(self.room.store, feed_id(FEEDS[number]), "by the operator"))

    @rule(number=NUMBER)
    def resume(self, number: int) -> None:
        self.do(lambda: resume_feed(self.room.store, feed_id(FEEDS[number])))

    @precondition(lambda self: self.claims["feeds"])
    @rule(index=INDEX, number=NUMBER)
    def move(self, index: int, number: int) -> None:
        claim = self.claim_of("feeds", index)
        feed = self.run(read_feed(self.room.store, claim.id)) or Feed(id=claim.id, url="")
        self.do(lambda: move_feed(self.room.store, feed, claim, FEEDS[number]))

    @rule(number=NUMBER, is_kept=st.booleans(), numbers=NUMBERS)
    def merge(self, number: int, is_kept: bool, numbers: list[int]) -> None:
        """The feed that is due next turns out to be another one, which is subscribed as well."""
        room = self.room_type(self.room.store, feed_url=FEEDS[number])
        self.run(room.add())
        for claim in self.run(claim_due(room.store, "feeds", limit=1, lease=timedelta(minutes=5), max_in_hand=6)):
            self.claims["feeds"].append(claim)
            pair = [Feed(id=claim.id, url=""), room.feed]
            kept, dropped = pair if is_kept else pair[::-1]
            shown = [(self.room.entry_id(one), self.room.entry_id(one + 10)) for one in numbers]
            if kept.id != dropped.id:
                merge = partial(
                    merge_feeds, room.store, claim, kept=kept, dropped=dropped, url=room.feed_url, shown=shown
                )
                self.do(merge)

    @rule(work=WORK, limit=st.integers(1, 4), lease=LEASE)
    def claim(self, work: Any, limit: int, lease: timedelta) -> None:
        self.claims[work] += self.run(claim_due(self.room.store, work, limit=limit, lease=lease, max_in_hand=6))

    @precondition(lambda self: all(self.claims.values()))
    @rule(work=WORK, index=INDEX, attempt=st.sampled_from("ab"), lease=LEASE)
    def begin(self, work: Any, index: int, attempt: str, lease: timedelta) -> None:
        claim = self.claim_of(work, index)
        self.do(lambda: begin(self.room.store, work, claim, lease=lease, attempt=attempt))

    @precondition(lambda self: self.claims["feeds"])
    @rule(index=INDEX, numbers=NUMBERS, left_out=NUMBERS, aliases=NUMBERS, is_dormant=st.booleans())
    def poll(self, index: int, numbers: list[int], left_out: list[int], aliases: list[int], is_dormant: bool) -> None:
        claim = self.claim_of("feeds", index)
        out = tuple(self.room.entry_id(number) for number in left_out if number not in numbers)
        others = tuple(self.room.entry_id(n) for n in aliases if n not in {*numbers, *left_out})
        pause = None if is_dormant else timedelta(0)
        (url,) = [url for url in FEEDS if self.room_type(self.room.store, feed_url=url).feed.id == claim.id]
        room = self.room_type(self.room.store, feed_url=url)
        self.do(lambda: room.commit_poll(claim, room.end(*numbers, pause=pause, left_out=out, aliases=others)))

    @precondition(lambda self: self.claims["entries"])
    @rule(
        index=INDEX,
        article=st.integers(0, 5),
        urls=st.lists(st.integers(0, 4), min_size=1, max_size=3),
        text=st.sampled_from(["", "t1", "t2"]),
        head=st.sampled_from([None, "a0", "a1"]),
    )
    def publish(self, index: int, article: int, urls: list[int], text: str, head: str | None) -> None:
        claim, names = self.claim_of("entries", index), [f"key {number}" for number in urls]
        self.do(lambda: self.room.publish(claim, f"a{article}", *names, text=text, head=head))

    @precondition(lambda self: self.claims["entries"])
    @rule(index=INDEX, outcome=st.sampled_from(["dead", "duplicate"]))
    def close(self, index: int, outcome: str) -> None:
        claim = self.claim_of("entries", index)
        self.do(lambda: self.room.close(claim, outcome))

    @precondition(lambda self: all(self.claims.values()))
    @rule(work=WORK, index=INDEX, is_strike=st.booleans())
    def release(self, work: Any, index: int, is_strike: bool) -> None:
        claim = self.claim_of(work, index)
        self.do(lambda: release(self.room.store, work, claim, pause=timedelta(0), is_strike=is_strike))

    @precondition(lambda self: self.calls)
    @rule(index=INDEX)
    def repeat(self, index: int) -> None:
        """Any earlier step, again: a lost reply, a job delivered twice, a worker that was asleep."""
        self.run(self.calls[index % len(self.calls)]())

    @invariant()
    def all_laws_hold(self) -> None:
        keys, dump = self.room.store.keys, self.run(self.room.dump())
        counters = {name.decode(): int(value) for name, value in dump.get(keys.counts, {}).items()}
        entries_add_up(keys, dump, counters)
        an_article_is_published_once(keys, dump, counters)
        an_id_is_due_or_claimed(keys, dump)
        for value in dump.values():
            assert not isinstance(value, dict) or int(value.get(b"strikes", 0)) >= 0

    def teardown(self) -> None:
        self.run(self.opened.__aexit__(None, None, None))
        self.runner.close()


def entries_add_up(keys: Keys, dump: dict[str, Any], counters: dict[str, int]) -> None:
    """Each counter is the number of entries with that outcome, and the rest of those seen is in hand or backlog."""
    kept = [dump[name] for name in dump if name.startswith(keys.entry(""))]
    in_hand = len(dump.get(keys.due("entries"), [])) + len(dump.get(keys.lease("entries"), []))
    ends = [entry[b"outcome"] if isinstance(entry, dict) else entry.split()[0] for entry in kept if is_ended(entry)]
    outcomes = Counter(outcome.decode() for outcome in ends)
    counted = {name.removeprefix("entries."): count for name, count in counters.items() if name.startswith("entries.")}
    set_aside = counted.pop("skipped", 0) + counted.pop("alias", 0)
    assert counted.pop("seen", 0) - set_aside == sum(outcomes.values()) + in_hand == len(kept)
    assert outcomes == counted


def is_ended(entry: dict[bytes, bytes] | bytes) -> bool:
    """Whether an entry has its outcome: as a dead letter, or as one string."""
    return isinstance(entry, bytes) or b"outcome" in entry


def an_article_is_published_once(keys: Keys, dump: dict[str, Any], counters: dict[str, int]) -> None:
    """No id is twice on the stream."""
    published = [fields[b"subject"] for _, fields in dump.get(keys.articles, [])]
    assert len(set(published)) == len(published) == counters.get("entries.published", 0)


def an_id_is_due_or_claimed(keys: Keys, dump: dict[str, Any]) -> None:
    """No id is in due and in lease; what is leased has a token; every feed that does not rest is in one of the two."""
    found = {}
    for work in WORKS:
        due = {id_ for id_, _ in dump.get(keys.due(work), [])}
        claimed = {id_ for id_, _ in dump.get(keys.lease(work), [])}
        assert not due & claimed
        assert claimed == set(dump.get(keys.token(work), {}))
        found[work] = due | claimed
    feeds = dump.get(keys.feeds, {})
    assert found["feeds"] == {id_ for id_ in feeds if b"state" not in dump[keys.feed(id_.decode())]}
    # A feed's two addresses are one, a feed that is gone has no state, and an alias leads to a feed that is there.
    for id_, url in feeds.items():
        assert dump[keys.feed(id_.decode())][b"url"] == url
    assert {name for name in dump if name.startswith(keys.feed(""))} == {keys.feed(id_.decode()) for id_ in feeds}
    assert set(dump.get(keys.aliases, {}).values()) <= set(feeds)
    assert not set(dump.get(keys.aliases, {})) & set(feeds)


@pytest.mark.parametrize("chunk", [2, 200])
def test_accounts(request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch, chunk: int):
    """
    In any order of claims, commits, deaths and repetitions nothing is lost, doubled or in two places.
    """
    monkeypatch.setattr("ingest.store.feeds.CHUNK", chunk)
    machine = type("OurDesk", (Desk,), {"room_type": request.getfixturevalue("room_type"), "settings": settings})

    run_state_machine_as_test(machine, settings=LIMITS)


LIMITS = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
