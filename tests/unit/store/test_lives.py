"""The law of an article's life in any order of what workers do, repeat and lose: published once, and told truly."""

import asyncio
import itertools
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

import ingest.store.keys as documented
from ingest.cleaning.learned import digests
from ingest.dedup.judge import place
from ingest.models import Entry
from ingest.settings import Settings
from ingest.store.articles import OtherHead, PublishedTwin, Repost, disown
from ingest.store.boilerplate import learn
from ingest.store.clusters import Ballot, vote
from ingest.store.connect import connect
from ingest.store.dead import drop_dead, retry_dead
from ingest.store.due import begin, claim_due, release
from ingest.store.entries import ENDED, read_ended
from ingest.store.keys import Keys
from ingest.store.record import read_record
from ingest.store.replays import commit_replay, standing_of
from ingest.store.revisits import Looked, Next, commit_revision, draft, hasten, packed_ref
from ingest.store.trace import trace
from tests.unit.store.test_clusters import WINDOW, story
from tests.unit.store.test_keys import ROW
from tests.unit.store.test_revisits import REF

_prefixes = itertools.count(1)
INDEX = st.integers(0, 1000)
ARTICLE = st.sampled_from([f"a{number}" for number in range(4)])
KEYS = st.lists(st.sampled_from([f"key {number}" for number in range(4)]), min_size=1, max_size=3, unique=True)
LEASE = st.sampled_from([timedelta(milliseconds=1), timedelta(minutes=5)])
MEMORIES = [timedelta(hours=1), timedelta(days=9), timedelta(days=40)]
TEXTS = [story(number) for number in range(2)]
#: What ends by itself; an entry in hand and what is due never do.
ENDS = re.compile(r":(?:article|url|text|sketch|segments|marks|draft|source|lines|samples):[^:]")


class Desk(RuleBasedStateMachine):
    """
    Workers that publish, look again, replay, decide and repeat themselves, while what they know runs out.

    No rule has a precondition: what is claimed depends on the clock, and which rules there are must not.
    """

    room_type: Any
    settings: Settings

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        prefix = f"{self.settings.prefix}-life-{next(_prefixes)}"
        self.opened = connect(self.settings.model_copy(update={"prefix": prefix}), self.settings.redis_url)
        self.room = self.room_type(self.run(self.opened.__aenter__()))
        self.claims: dict[str, list[Any]] = {"entries": [], "revisits": []}
        self.ballots: dict[int, Ballot] = {}
        self.calls: list[Callable[[], Awaitable[object]]] = []
        #: How often each article was forgotten, and how many ended entries of each outcome were.
        self.forgotten: Counter[str] = Counter()
        self.gone: Counter[str] = Counter()
        self.marks = itertools.count(1)
        self.claims["entries"] += self.run(self.room.entries(*range(8))).values()

    @property
    def keys(self) -> Keys:
        return self.room.store.keys

    def run(self, step: Any) -> Any:
        return self.runner.run(step)

    def do(self, call: Callable[[], Awaitable[object]]) -> Any:
        """A step of a worker, which may come again at any later time."""
        self.calls.append(call)
        return self.run(call())

    def claim_of(self, work: str, index: int) -> Any:
        return self.claims[work][index % len(self.claims[work])]

    # -------------------------------------------------------------------------------------------- entries

    @rule(work=st.sampled_from(["entries", "revisits"]), limit=st.integers(1, 4), lease=LEASE)
    def claim(self, work: Any, limit: int, lease: timedelta) -> None:
        if work == "revisits":
            self.run(_all_due(self.room))
        self.claims[work] += self.run(claim_due(self.room.store, work, limit=limit, lease=lease, max_in_hand=6))

    @rule(index=INDEX, text=st.integers(0, 1))
    def vote(self, index: int, text: int) -> None:
        claim = self.claim_of("entries", index)
        ballot = self.run(vote(self.room.store, claim, TEXTS[text], content_digest="", window=WINDOW))
        if ballot is not None:
            self.ballots[claim.token] = ballot

    @rule(
        index=INDEX,
        article=ARTICLE,
        keys=KEYS,
        options=st.fixed_dictionaries({"text": st.sampled_from(["", "t1"]), "drops_copies": st.booleans()}),
        more=st.tuples(st.sampled_from([True, True, False]), st.sampled_from(["", "", "a0", "a1"])),
    )
    def publish(self, index: int, article: str, keys: list[str], options: Any, more: tuple[bool, str]) -> None:
        """What stages/article.py does with the answers: a head is taken over, a twin is the same or is none."""
        claim, (is_watched, first) = self.claim_of("entries", index), more
        ballot = self.ballots.get(claim.token)
        options |= {"head": None, "event": _event(article, 1, "published", entry=claim.id)}
        if ballot is not None:
            standing = place(TEXTS[0], ballot.candidates)
            twins = tuple(one.document for one in ballot.candidates)
            options |= {"document": ballot.document, "rivals": standing.rivals, "twins": twins, "head": standing.head}
        if is_watched:
            options["watch"] = draft(REF, _data(article, 1), age=timedelta(0), limit=3)
        if first:
            options["repost"] = _again(first)
        for _ in range(12):
            got = self.do(partial(self.room.publish, claim, article, *keys, **options))
            if isinstance(got, OtherHead):
                options["head"] = got.head
            elif isinstance(got, PublishedTwin):
                left = options["twins"]
                options |= {"twins": left[: got.place] + left[got.place + 1 :], "repost": _again(got.article)}
            else:
                return
        raise AssertionError("the text's head kept changing")

    @rule(index=INDEX, outcome=st.sampled_from(["dead", "duplicate"]))
    def close(self, index: int, outcome: str) -> None:
        claim = self.claim_of("entries", index)
        self.do(partial(self.room.close, claim, outcome, article="a0" if outcome == "duplicate" else ""))

    @rule(number=st.integers(0, 7), is_dropped=st.booleans())
    def decide(self, number: int, is_dropped: bool) -> None:
        decide = drop_dead if is_dropped else retry_dead
        self.do(partial(decide, self.room.store, self.room.entry_id(number)))

    @rule(key=KEYS)
    def disown(self, key: list[str]) -> None:
        self.do(partial(disown, self.room.store, key[0], memory=self.room.memory))

    @rule(article=ARTICLE)
    def learn(self, article: str) -> None:
        one = replace(self.room.article(article), source_domain="gazette.example")
        self.do(partial(learn, self.room.store, one, digests(["A line."]), memory=self.room.memory))

    # -------------------------------------------------------------------------------------------- later looks

    @rule(work=st.sampled_from(["entries", "revisits"]), index=INDEX, attempt=st.sampled_from("ab"), lease=LEASE)
    def begin(self, work: Any, index: int, attempt: str, lease: timedelta) -> None:
        if self.claims[work]:
            claim = self.claim_of(work, index)
            self.do(partial(begin, self.room.store, work, claim, lease=lease, attempt=attempt))

    @rule(work=st.sampled_from(["entries", "revisits"]), index=INDEX, is_strike=st.booleans())
    def release(self, work: Any, index: int, is_strike: bool) -> None:
        if self.claims[work]:
            claim = self.claim_of(work, index)
            self.do(partial(release, self.room.store, work, claim, pause=timedelta(0), is_strike=is_strike))

    @rule(
        base=st.sampled_from([0, 0, 0, 1]),
        kind=st.sampled_from(["updated", "withdrawn", "unchanged"]),
        is_last=st.booleans(),
    )
    def look(self, base: int, kind: str, is_last: bool) -> None:
        """The look at what somebody has, else at what is watched; of some revision before the last it is of no use."""
        self.claim("revisits", 1, timedelta(minutes=5))
        if not self.claims["revisits"]:
            return
        claim = self.claims["revisits"][-1]
        standing = self.run(standing_of(self.room.store, claim.id))
        revision = (standing.revision if standing else 1) - base
        event = None if kind == "unchanged" else _event(claim.id, revision + 1, kind)
        looked = Looked(
            outcome=kind,
            step=1,
            next=Next(age=None if is_last else timedelta(0)),
            is_withdrawn=kind == "withdrawn",
            event=event,
        )
        self.do(partial(commit_revision, self.room.store, claim, looked, revision=revision))

    @rule(article=ARTICLE, base=st.integers(0, 1))
    def replay(self, article: str, base: int) -> None:
        standing = self.run(standing_of(self.room.store, article))
        revision = (standing.revision if standing else 1) - base
        event, mark = _event(article, revision + 1, "replayed"), f"m{next(self.marks)}"
        self.do(partial(commit_replay, self.room.store, article, event, base=revision, mark=mark))

    @rule(number=st.integers(0, 7))
    def hasten(self, number: int) -> None:
        entry = Entry(guid="g", title="Quay closed")
        self.do(partial(hasten, self.room.store, self.room.entry_id(number), entry, REF.feed))

    # -------------------------------------------------------------------------------------------- time

    @rule(memory=st.sampled_from(MEMORIES))
    def remember(self, memory: timedelta) -> None:
        """The operator sets another memory."""
        self.room.memory = memory

    @rule(index=INDEX)
    def run_out(self, index: int) -> None:
        """One of the keys that end by themselves does."""
        names = sorted(name for name, ttl in self.run(lives(self.room)) if ttl > 0)
        if not names:
            return
        name = names[index % len(names)]
        if name.startswith(self.keys.article("")):
            self.forgotten[name.rpartition(":")[2]] += 1
        if name.startswith(self.keys.entry("")):
            self.gone[self.run(_outcome_of(self.room, name))] += 1
        self.run(self.room.store.redis.delete(name))

    @rule(index=INDEX)
    def repeat(self, index: int) -> None:
        """Any earlier step, again: a lost reply, a job delivered twice, a worker that was asleep."""
        if self.calls:
            self.run(self.calls[index % len(self.calls)]())

    # -------------------------------------------------------------------------------------------- laws

    @invariant()
    def all_laws_hold(self) -> None:
        dump = self.run(self.room.dump())
        rows = [(row.decode(), orjson.loads(fields[b"data"])) for row, fields in dump.get(self.keys.articles, [])]
        entries_add_up(self.keys, dump, self.gone)
        an_article_is_published_once(rows, self.forgotten)
        records_are_true(self.keys, dump, rows)
        ends_are_true(self.keys, dump, rows)
        watched_is_watched(self.keys, dump)
        self.run(what_ends_ends(self.room, dump))

    def teardown(self) -> None:
        for number in range(8):
            self.run(trace(self.room.store, self.room.entry_id(number)))
        self.run(self.opened.__aexit__(None, None, None))
        self.runner.close()


def _data(article: str, revision: int, kind: str = "published", entry: str = "") -> bytes:
    return orjson.dumps({"id": article, "revision": revision, "kind": kind, "entry": entry})


def _event(article: str, revision: int, kind: str, entry: str = "") -> dict[str, bytes]:
    data = _data(article, revision, kind, entry)
    return {"id": f"{article}-{revision}".encode(), "subject": article.encode(), "data": data}


def _again(first: str) -> Repost:
    return Repost(first=first, reach=timedelta(days=7), ref=packed_ref(REF), haste=timedelta(minutes=2))


async def _all_due(room: Any) -> None:
    name = room.store.keys.due("revisits")
    for id_ in await room.store.redis.zrange(name, 0, -1):
        await room.store.redis.zadd(name, {id_: 1})


async def _outcome_of(room: Any, name: str) -> str:
    kind = await room.store.redis.type(name)
    if kind == b"hash":
        return "dead"
    return (await room.store.redis.get(name)).split()[0].decode()


def entries_add_up(keys: Keys, dump: dict[str, Any], gone: Counter[str]) -> None:
    """Each counter is the number of entries with that outcome, and the rest of those seen is in hand."""
    kept = [dump[name] for name in dump if name.startswith(keys.entry(""))]
    ended = [one.split()[0] if isinstance(one, bytes) else one.get(b"outcome") for one in kept]
    outcomes = Counter(one.decode() for one in ended if one) + gone
    waiting, claimed = ({id_ for id_, _ in dump.get(name, [])} for name in (keys.due("entries"), keys.lease("entries")))
    counted = {name.decode(): int(value) for name, value in dump[keys.counts].items()}
    told = {name.partition(".")[2]: count for name, count in counted.items() if name.startswith("entries.") and count}
    assert not waiting & claimed
    assert claimed == set(dump.get(keys.token("entries"), {}))
    assert len(waiting | claimed) == len([one for one in ended if one is None])
    assert told.pop("seen") == 8 == sum(outcomes.values()) + len(waiting | claimed)
    assert told == outcomes


def an_article_is_published_once(rows: list[Any], forgotten: Counter[str]) -> None:
    """No article is published a second time that is remembered."""
    published = Counter(data["id"] for _, data in rows if data["kind"] == "published")
    assert all(count <= 1 + forgotten[article] for article, count in published.items())


def records_are_true(keys: Keys, dump: dict[str, Any], rows: list[Any]) -> None:
    """A record names its article's event, and its last revision is the one that was sent last."""
    by_row = dict(rows)
    for name in (name for name in dump if name.startswith(keys.article(""))):
        article, record = name.rpartition(":")[2], read_record(dump[name])
        assert record is not None
        assert record.known is not None
        first = by_row[record.event]
        assert (article, "published", record.known.entry) == (first["id"], first["kind"], first["entry"])
        sent = [row for row, data in rows if data["id"] == article]
        since = sent[sent.index(record.event) :]
        assert list(range(1, len(since) + 1)) == [by_row[row]["revision"] for row in since]
        assert len(since) == record.revision
        assert {record.revisit_event, record.latest} - {""} <= set(since[1:])
        assert record.head != article


def ends_are_true(keys: Keys, dump: dict[str, Any], rows: list[Any]) -> None:
    """What an ended entry says of its article: published by it, or published by another before."""
    by_entry = {data["entry"]: data["id"] for _, data in rows if data["entry"]}
    published = {data["id"] for _, data in rows if data["kind"] == "published"}
    for name in (name for name in dump if name.startswith(keys.entry("")) and isinstance(dump[name], bytes)):
        said = read_ended(dump[name])
        assert {*ENDED[:6]} <= said.keys()
        id_, article = name.rpartition(":")[2], said.get(b"article", b"").decode()
        match said[b"outcome"]:
            case b"published":
                assert by_entry[id_] == article
            case b"duplicate":
                assert article in published or said[b"reason"] == b"no text"
            case b"dropped":
                assert said[b"reason"] == b"no text"
            case other:
                raise AssertionError(other)


def watched_is_watched(keys: Keys, dump: dict[str, Any]) -> None:
    """A draft waits for its look, or somebody has it; nobody has it twice."""
    waiting, claimed = (
        {id_ for id_, _ in dump.get(name, [])} for name in (keys.due("revisits"), keys.lease("revisits"))
    )
    drafts = {name.rpartition(":")[2].encode() for name in dump if name.startswith(keys.draft(""))}
    assert not waiting & claimed
    assert claimed == set(dump.get(keys.token("revisits"), {}))
    assert drafts <= waiting | claimed


async def lives(room: Any) -> list[tuple[str, int]]:
    """All keys, and how long each has to live; those that ended while we looked are left out."""
    names = await room.store.redis.keys(f"{room.store.keys.prefix}:*")
    async with room.store.redis.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.pttl(name)
        left = await pipe.execute()
    return [(name.decode(), ttl) for name, ttl in zip(names, left, strict=True) if ttl != GONE]


async def what_ends_ends(room: Any, dump: dict[str, Any]) -> None:
    """All that is to end has an end, nothing else has, and every key is documented, and of its kind."""
    for name, ttl in await lives(room):
        short, value = name.removeprefix(room.store.keys.prefix), dump.get(name)
        is_ended = short.startswith(":entry:") and (isinstance(value, bytes) or b"outcome" in (value or {}))
        assert (ttl >= 0) == bool(ENDS.match(short) or is_ended or short.startswith(":plan:")), (name, ttl)
        kinds = {kind for pattern, kind in DOCUMENTED if pattern.fullmatch(short)}
        assert not kinds.isdisjoint(KINDS[type(value)]), name


def _pattern(name: str) -> re.Pattern[str]:
    named = re.sub(r"\\\{\w+\\\}", "[^:]+", re.escape(name.replace("{w}", "WORK")))
    return re.compile(named.replace("WORK", "(feeds|entries|revisits)"))


#: What PTTL says of a key that ended while we looked.
GONE = -2
DOCUMENTED = [(_pattern(name), kind) for name, kind, _ in ROW.findall(documented.__doc__ or "")]
KINDS = {bytes: {"string"}, dict: {"hash"}, list: {"zset", "stream"}, type(None): {"string"}}


def test_lives(request: pytest.FixtureRequest, settings: Settings):
    """
    In any order of publications, looks, replays, decisions and endings every article is told once, and truly.
    """
    machine = type("OurDesk", (Desk,), {"room_type": request.getfixturevalue("room_type"), "settings": settings})

    run_state_machine_as_test(machine, settings=LIMITS)


LIMITS = settings(
    max_examples=15, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
