"""Laws of the index of copies: whoever comes later sees who came earlier, and one of them is the head."""

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest

from ingest.dedup.judge import place
from ingest.dedup.sketch import MAX_FINGERPRINTS, Sketch, sketch
from ingest.store.articles import Dropped, Duplicate, OtherHead, Published, Stale
from ingest.store.clusters import Ballot, sketches_of, vote
from ingest.store.due import Claim
from ingest.store.embedded import embedded
from ingest.store.entries import counts
from tests.bench.clusters import race

WINDOW = timedelta(days=7)
SYLLABLES = ("bra", "ko", "lin", "mer", "sta", "vo", "nar", "tul")


def text(seed: int, words: int = 200) -> list[str]:
    dice = random.Random(seed)
    return ["".join(dice.choices(SYLLABLES, k=3)) for _ in range(words)]


def story(seed: int, source: str = "", words: int = 200) -> Sketch:
    return sketch([" ".join(text(seed, words))], source=source)


async def cast(room: Any, claim: Claim, one: Sketch, window: timedelta = WINDOW) -> Ballot:
    found = await vote(room.store, claim, one, content_digest="", window=window)
    assert found is not None
    return found


async def end(room: Any, claim: Claim, name: str, ballot: Ballot, one: Sketch, **options: Any) -> Any:
    """The commit of one who has judged his ballot."""
    standing = place(one, ballot.candidates)
    options = {"head": standing.head, "rivals": standing.rivals} | options
    return await room.publish(claim, name, document=ballot.document, **options)


async def test_found(room):
    """
    A later copy, cut and edited, is shown the earlier text and its head; another story is shown nothing.
    """
    claims = await room.entries(1, 2, 3)
    one = story(1)
    first = await cast(room, claims[1], one)
    await end(room, claims[1], "a", first, one)
    words = text(1)[:120]
    words[40:41] = ["another", "word"]

    second = await cast(room, claims[2], sketch([" ".join(words)]))
    third = await cast(room, claims[3], story(2))

    assert ((), ()) == (first.candidates, third.candidates)
    assert [(first.document, "a")] == [(candidate.document, candidate.head) for candidate in second.candidates]
    assert "a" == place(sketch([" ".join(words)]), second.candidates).head


async def test_voted_twice(room):
    """
    An entry that is tried again keeps its number, does not meet itself, and what it says now counts.
    """
    claim = (await room.entries(1))[1]
    first = await cast(room, claim, story(1))

    again = await cast(room, claim, story(2))

    (kept,) = await sketches_of(room.store, [first.document])
    assert (first.document, ()) == (again.document, again.candidates)
    assert kept is not None
    assert story(2).samples == kept.samples


async def test_too_short(room):
    """
    A text without fingerprints is not put into the index, and costs nothing there.
    """
    claim = (await room.entries(1))[1]
    before = await room.dump()

    ballot = await cast(room, claim, sketch(["Storm."]))

    assert Ballot(document=None, same=None, candidates=()) == ballot
    assert before == await room.dump()


async def test_lost_claim(room):
    """
    Who lost his claim writes nothing.
    """
    await room.entries(1)
    before = await room.dump()

    got = await vote(room.store, Claim(id=room.entry_id(1), token=999), story(1), content_digest="", window=WINDOW)

    assert got is None
    assert before == await room.dump()


async def test_most_in_common_first(room):
    """
    Of many texts that have something eight are shown, those with most of what is looked up first.
    """
    claims = await room.entries(*range(12))
    words = text(1, 1100)
    whole = sketch([" ".join(words)])
    parts = [sketch([" ".join(words[number * 100 : number * 100 + 30 + number * 7])]) for number in range(11)]
    for number, part in enumerate(parts):
        await cast(room, claims[number], part)

    ballot = await cast(room, claims[11], whole)

    looked_up = set(whole.fingerprints)
    expected = sorted((len(looked_up & set(part.fingerprints)) for part in parts), reverse=True)
    by_samples = {part.samples: len(looked_up & set(part.fingerprints)) for part in parts}
    got = [by_samples[candidate.sketch.samples] for candidate in ballot.candidates]
    assert [votes for votes in expected[:8] if votes] == got
    assert len(got) > 3


async def test_everything_expires(room):
    """
    Whatever a vote writes ends with the next segment, one to two windows later.
    """
    claims = await room.entries(*range(8))
    for number, claim in claims.items():
        await cast(room, claim, story(number, words=600))
    names = [name async for name in room.store.redis.scan_iter(f"{room.store.keys.prefix}:*")]
    ours = [name for name in names if b":sketch:" in name or b":index:" in name or b":segment:" in name]

    left = [await room.store.redis.pttl(name) for name in ours]

    assert len(left) > 8 + 8
    week = WINDOW.total_seconds() * 1000
    assert all(week - 60_000 < one <= 2 * week for one in left)


async def test_the_segment_before(room):
    """
    A text of the segment before is found; one of the segment before that is not.
    """
    claims = await room.entries(1, 2, 3)
    one = story(1)
    await cast(room, claims[1], one)
    window = int(WINDOW.total_seconds() * 1000)
    seconds, _ = await room.store.redis.time()
    here = seconds * 1000 // window

    async def age(by: int) -> None:
        for start in (room.store.keys.segment(window), room.store.keys.index(window)):
            for name in await room.store.redis.keys(f"{start}:{here - by + 1}*"):
                await room.store.redis.rename(name, name.decode().replace(f":{here - by + 1}", f":{here - by}"))

    await age(1)
    second = await cast(room, claims[2], one)
    for start in (room.store.keys.segment(window), room.store.keys.index(window)):
        await room.store.redis.delete(*await room.store.redis.keys(f"{start}:{here}*"))
    await age(2)
    third = await cast(room, claims[3], one)

    assert 1 == len(second.candidates)
    assert () == third.candidates


async def test_buckets_stay_compact(room):
    """
    However many texts, no bucket leaves the compact form, every fingerprint stays where it is looked for, and none is
    lost when buckets are split.
    """
    claims = await room.entries(*range(160))
    sketches = [story(number, words=400) for number in range(160)]
    for number, one in enumerate(sketches[:150]):
        await cast(room, claims[number], one)
    window = int(WINDOW.total_seconds() * 1000)
    seconds, _ = await room.store.redis.time()
    here = seconds * 1000 // window
    name = f"{room.store.keys.index(window)}:{here}"
    buckets = int(await room.store.redis.hget(f"{room.store.keys.segment(window)}:{here}", "buckets"))

    kinds = {await room.store.redis.object("ENCODING", f"{name}:{bucket}") for bucket in range(buckets)}
    held = [set(await room.store.redis.hkeys(f"{name}:{bucket}")) - {b""} for bucket in range(buckets)]
    again = [await cast(room, claims[150 + number], sketches[number]) for number in range(10)]

    marks = {mark for one in sketches[:150] for mark in one.fingerprints}
    assert {b"listpack"} == kinds
    assert buckets > 32
    assert marks == set().union(*held)
    assert len(marks) == sum(map(len, held))
    assert [[sketches[number].samples] for number in range(10)] == [
        [candidate.sketch.samples for candidate in ballot.candidates] for ballot in again
    ]


# ------------------------------------------------------------------------------------------------ races


async def test_both_at_once(room):
    """
    Of two copies that vote before either is published the first to commit is the head, and the other is told.
    """
    claims = await room.entries(1, 2)
    one = story(1)
    early = await cast(room, claims[1], one)
    late = await cast(room, claims[2], one)

    first = await end(room, claims[2], "b", late, one)
    told = await end(room, claims[1], "a", early, one)
    second = await end(room, claims[1], "a", early, one, head="b")

    assert [Published, OtherHead, Published] == [type(got) for got in (first, told, second)]
    assert OtherHead("b") == told
    assert b"b" == await room.store.redis.hget(room.store.keys.article("a"), "head")


async def test_the_earlier_commits_first(room):
    """
    The later one, who thought there was a rival only, is told that the rival has become the head.
    """
    claims = await room.entries(1, 2)
    one = story(1)
    early, late = await cast(room, claims[1], one), await cast(room, claims[2], one)
    await end(room, claims[1], "a", early, one)

    got = await end(room, claims[2], "b", late, one)

    assert OtherHead("a") == got


@pytest.mark.parametrize("how", ["crash", "dead", "duplicate"])
async def test_one_that_never_comes(room, how: str):
    """
    A text that is never published becomes nobody's head; those who only see it find each other through it.
    """
    claims = await room.entries(1, 2, 3, 4)
    one = story(1)
    await room.publish(claims[4], "owner", "the key")
    never = await cast(room, claims[1], one)
    if how == "dead":
        await room.close(claims[1], "dead")
    if how == "duplicate":
        assert Duplicate("owner") == await room.publish(claims[1], "x", "the key", document=never.document)
    second = await cast(room, claims[2], one)
    first = await end(room, claims[2], "b", second, one)
    third = await cast(room, claims[3], one)

    standing = place(one, third.candidates)

    head = "owner" if how == "duplicate" else "b"
    assert isinstance(first, Published)
    assert {head} == {candidate.head for candidate in third.candidates}
    assert head == standing.head


async def test_two_who_see_a_third(room):
    """
    Two copies that see only a third, unpublished one do not both become heads.
    """
    claims = await room.entries(1, 2, 3)
    one = story(1)
    ballots = {number: await cast(room, claims[number], one) for number in (1, 2, 3)}

    got = [
        await end(room, claims[number], name, ballots[number], one) for number, name in ((2, "b"), (3, "c"), (1, "a"))
    ]

    assert [Published, OtherHead, OtherHead] == [type(one) for one in got]
    assert [OtherHead("b"), OtherHead("b")] == got[1:]


async def test_copies_dropped(room):
    """
    Where copies are not published a copy ends with its head named, once, and lends its address to the head.
    """
    claims = await room.entries(1, 2, 3)
    one = story(1)
    await end(room, claims[1], "a", await cast(room, claims[1], one), one)
    ballot = await cast(room, claims[2], one)

    got = await end(room, claims[2], "b", ballot, one, drops_copies=True)
    again = await end(room, claims[2], "b", ballot, one, drops_copies=True)
    other = await room.publish(claims[3], "c", "key of b")

    entry = await room.store.redis.hgetall(room.store.keys.entry(claims[2].id))
    assert [Dropped("a"), Dropped("a"), Duplicate("a")] == [got, again, other]
    assert (b"duplicate", b"copy", b"a") == (entry[b"outcome"], entry[b"reason"], entry[b"article"])
    assert ["a"] == await room.published()
    assert 2 == (await counts(room.store))["entries.duplicate"]


async def test_stale_leaves_no_note(room):
    """
    A commit whose claim is lost leaves no standing behind: the text may still be the head.
    """
    claims = await room.entries(1, 2)
    one = story(1)
    early = await cast(room, claims[1], one)
    late = await cast(room, claims[2], one)

    got = await end(room, Claim(id=claims[2].id, token=999), "b", late, one)

    assert Stale() == got
    assert isinstance(await end(room, claims[1], "a", early, one), Published)


async def test_eight_at_once(room):
    """
    Of eight copies on their way at once one is the head, whatever the order of their steps.
    """
    claims = await room.entries(*range(8))
    one = story(1)

    async def run(number: int) -> None:
        ballot = await cast(room, claims[number], one)
        head: str | None = place(one, ballot.candidates).head
        for _ in range(3):
            outcome = await end(room, claims[number], f"a{number}", ballot, one, head=head)
            if isinstance(outcome, Published):
                return
            head = outcome.head
        raise AssertionError(number)

    await asyncio.gather(*map(run, claims))

    heads = {await room.store.redis.hget(room.store.keys.article(f"a{number}"), "head") for number in claims}
    assert 8 == len(await room.published())
    assert 1 == len(heads)


def test_processes_race(tmp_path):
    """
    Processes that publish every article of every story twice bring each out once, with one head a story.
    """
    with embedded(tmp_path) as url:
        got = race(url, stories=40, times=2, workers=3, words=120)

    assert got.is_won, got
    assert (160, 40) == (got.events, got.stories)


def test_bounds():
    """
    A text of any length has a bounded number of look-ups.
    """
    assert all(len(story(1, words=words).fingerprints) <= MAX_FINGERPRINTS for words in (10, 500, 5000, 40_000))
