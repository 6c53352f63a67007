"""Laws of the index of copies: whoever comes later sees who came earlier, and one of them is the head."""

import asyncio
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ingest.dedup.judge import place
from ingest.dedup.sketch import MAX_FINGERPRINTS, Sketch, sketch
from ingest.store.articles import (
    Dropped,
    Duplicate,
    OtherHead,
    Published,
    PublishedTwin,
    Repost,
    Reposted,
    Stale,
)
from ingest.store.clusters import Ballot, Reach, read_reach, sketches_of, vote
from ingest.store.connect import connect
from ingest.store.due import Claim
from ingest.store.embedded import embedded
from ingest.store.entries import counts, read_entries
from ingest.store.record import record_of
from tests.bench.clusters import race
from tests.unit.store.records import change_record

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
    Whatever a vote writes ends with the next segment, one to two windows later, and the marks an hour after that.
    """
    claims = await room.entries(*range(8))
    for number, claim in claims.items():
        await cast(room, claim, story(number, words=600))
    names = [name async for name in room.store.redis.scan_iter(f"{room.store.keys.prefix}:*")]
    ours = [name for name in names if b":sketch:" in name or b":marks:" in name or b":segments:" in name]

    left = [await room.store.redis.pttl(name) for name in ours]

    assert 8 + 2 == len(left)
    week, hour = WINDOW.total_seconds() * 1000, 3_600_000
    assert all(2 * week - 60_000 < one <= 2 * week + hour for one in left)


async def older(room: Any, by: timedelta) -> None:
    """Make the segments that there are older than they are."""
    name = room.store.keys.segments(int(WINDOW.total_seconds() * 1000))
    state = [int(number) for number in (await room.store.redis.get(name)).split()]
    for at in (1, 6):
        state[at] -= int(by.total_seconds() * 1000)
    await room.store.redis.set(name, " ".join(map(str, state)))


async def test_the_segment_before(room):
    """
    A text of the segment before is found; one of the segment before that is not, and nothing is left of its marks.
    """
    claims = await room.entries(1, 2, 3, 4)
    one = story(1)
    first = await cast(room, claims[1], one)
    await older(room, WINDOW)
    second = await cast(room, claims[2], one)
    await older(room, WINDOW)
    third = await cast(room, claims[3], story(2))
    fourth = await cast(room, claims[4], one)

    assert [first.document] == [candidate.document for candidate in second.candidates]
    assert () == third.candidates
    assert [second.document] == [candidate.document for candidate in fourth.candidates]
    kept = await room.store.redis.keys(f"{room.store.keys.prefix}:marks:*")
    assert {f":{second.document}".encode(), f":{third.document}".encode()} == {
        name[name.rindex(b":") :] for name in kept
    }


async def test_after_a_silence(room):
    """
    After two windows without a text the index begins anew.
    """
    claims = await room.entries(1, 2)
    one = story(1)
    await cast(room, claims[1], one)
    await older(room, 2 * WINDOW)

    ballot = await cast(room, claims[2], one)

    assert () == ballot.candidates


async def test_voted_again_in_another_segment(room):
    """
    An entry that is tried again in the next segment gets another number; what it said before is a rival, no head.
    """
    claims = await room.entries(1, 2)
    one = story(1)
    first = await cast(room, claims[1], one)
    await older(room, WINDOW)

    again = await cast(room, claims[1], one)
    got = await end(room, claims[1], "a", again, one)
    later = await cast(room, claims[2], one)

    assert [(first.document, None)] == [(candidate.document, candidate.head) for candidate in again.candidates]
    assert first.document != again.document
    assert isinstance(got, Published)
    assert {"a"} == {candidate.head for candidate in later.candidates}


@pytest.mark.parametrize("state", ["", "x", "1 2 3", "1 2 3 4 5 6 7 8 9 nine", "nine " * 10, "inf " * 10])
async def test_damaged_state(room, state: str):
    """
    Where what is known of the segments is damaged the index begins anew.
    """
    claims = await room.entries(1, 2, 3)
    one = story(1)
    await cast(room, claims[1], one)
    await room.store.redis.set(room.store.keys.segments(int(WINDOW.total_seconds() * 1000)), state)

    second = await cast(room, claims[2], one)
    third = await cast(room, claims[3], one)

    assert () == second.candidates
    assert [second.document] == [candidate.document for candidate in third.candidates]


@pytest.mark.parametrize("which", ["segments", "marks"])
async def test_foreign_index(room, which: str):
    """
    Where another key stands in a part of the index that part begins anew, and ends as it would have.
    """
    claims = await room.entries(1, 2, 3)
    one, window = story(1), int(WINDOW.total_seconds() * 1000)
    first = await cast(room, claims[1], one)
    keys = room.store.keys
    name = keys.segments(window) if which == "segments" else f"{keys.marks(window)}:{first.document}"
    await room.store.redis.delete(name)
    await room.store.redis.lpush(name, "x")

    second = await cast(room, claims[2], one)
    third = await cast(room, claims[3], one)

    assert () == second.candidates
    assert [second.document] == [candidate.document for candidate in third.candidates]
    names = [found for found in await room.dump() if ":marks:" in found or ":segments:" in found]
    assert min([await room.store.redis.pttl(found) for found in names]) > 0


@pytest.mark.parametrize("stored", [b"\xff", b"somebody else's", b"", None])
async def test_foreign_head(room, stored: bytes | None):
    """
    What stands in the place of a short text's head and is no article is nobody's text: the next one is its head.
    """
    claim = (await room.entries(1))[1]
    name = room.store.keys.text("same")
    await (room.store.redis.lpush(name, "x") if stored is None else room.store.redis.set(name, stored))

    ballot = await vote(room.store, claim, sketch(["Short."]), content_digest="same", window=WINDOW)
    got = await room.publish(claim, "a", text="same", head=ballot.same)

    assert isinstance(got, Published)
    assert (None, "", b"a") == (ballot.same, (await record_of(room.store, "a")).head, await room.store.redis.get(name))


async def test_damaged_counter(room):
    """
    A counter of texts that somebody has overwritten starts over, and no number is given out twice.
    """
    claims = await room.entries(1, 2, 3)
    first = await cast(room, claims[1], story(1))
    await room.store.redis.set(room.store.keys.documents, "many")

    second = await cast(room, claims[2], story(2))
    third = await cast(room, claims[3], story(3))

    assert first.document < second.document < third.document


async def test_buckets(room):
    """
    However many texts, every mark stands once and in the bucket where it is looked for, buckets stay small, and what
    was there is found after they were split.
    """
    claims = await room.entries(*range(160))
    sketches = [story(number, words=400) for number in range(160)]
    for number, one in enumerate(sketches[:150]):
        await cast(room, claims[number], one)
    (name,) = await room.store.redis.keys(f"{room.store.keys.prefix}:marks:*")
    held = {int(bucket): rows for bucket, rows in (await room.store.redis.hgetall(name)).items()}

    again = [await cast(room, claims[150 + number], sketches[number]) for number in range(10)]

    rows = [(at, rows[start : start + 9]) for at, rows in held.items() for start in range(0, len(rows), 9)]
    low = 1 << (len(held).bit_length() - 1)
    places = [int.from_bytes(row[:4]) % (2 * low) for _, row in rows]
    assert len(held) > 64
    assert [at for at, _ in rows] == [place if place < len(held) else place % low for place in places]
    marks = sorted(mark for one in sketches[:150] for mark in one.fingerprints)
    assert marks == sorted(row[:5] for _, row in rows)
    assert max(map(len, held.values())) < 9 * 128
    assert [[sketches[number].samples] for number in range(10)] == [
        [candidate.sketch.samples for candidate in ballot.candidates] for ballot in again
    ]


async def test_marks_are_whole(room):
    """
    Bytes that stand across two rows of a bucket are no mark.
    """
    claims = await room.entries(1, 2)
    one = replace(story(1), fingerprints=(b"aaaaa", b"bbbbb", b"ccccc"))
    await cast(room, claims[1], one)
    (name,) = await room.store.redis.keys(f"{room.store.keys.prefix}:marks:*")
    for bucket, rows in (await room.store.redis.hgetall(name)).items():
        for at in range(len(rows) - 4):
            if at % 9:
                across = replace(story(2), fingerprints=(rows[at : at + 5],))
                assert () == (await cast(room, claims[2], across)).candidates, (bucket, at)


async def test_memory(settings, start_server, room_type):
    """
    However many texts come, the index takes no more than it may, and copies of the latest ones are found.
    """
    most = 300_000
    # A server of its own: the session's holds other tests' keys too, and its table of keys grows in steps.
    async with connect(settings, start_server().url) as store:
        room = room_type(store)
        claims = await room.entries(*range(601))
        await store.redis.hset(store.keys.token("entries"), "warm", 1)
        await vote(store, Claim(id="warm", token=1), story(9999), content_digest="", window=WINDOW, memory=most)
        before = (await store.redis.info("memory"))["used_memory"]
        took = []
        for number in range(600):
            await vote(store, claims[number], story(number), content_digest="", window=WINDOW, memory=most)
            took.append((await store.redis.info("memory"))["used_memory"] - before)

        recent = await vote(store, claims[600], story(590), content_digest="", window=WINDOW, memory=most)
        reach = await read_reach(store, window=WINDOW)
        kept = await store.redis.keys(f"{store.keys.prefix}:sketch:*")

    assert max(took) < most
    assert max(took) > most / 3
    assert 1 == len(recent.candidates)
    assert 0 < reach.bytes <= most
    assert reach.since is not None
    assert len(kept) < 500


async def test_reach(room):
    """
    How far back copies are recognised is known, and nothing where nothing is known or it is damaged.
    """
    claims = await room.entries(1)
    before = await read_reach(room.store, window=WINDOW)
    await cast(room, claims[1], story(1))
    found = await read_reach(room.store, window=WINDOW)
    await room.store.redis.set(room.store.keys.segments(int(WINDOW.total_seconds() * 1000)), "x")
    damaged = await read_reach(room.store, window=WINDOW)

    assert Reach(since=None, bytes=0) == before == damaged
    assert found.since is not None
    assert found.bytes > 300


# ------------------------------------------------------------------------------------------------ reposts


def again(first: str) -> Repost:
    return Repost(first=first, reach=timedelta(days=7), ref=b"ref", haste=timedelta(minutes=2))


async def test_published_twin(room):
    """
    A text that may be a published article asks first; told that it is, it ends as that one's, and so does its address.
    """
    claims = await room.entries(1, 2, 3)
    one = story(1)
    await end(room, claims[1], "a", await cast(room, claims[1], one), one)
    ballot = await cast(room, claims[2], one)

    asked = await end(room, claims[2], "b", ballot, one, twins=(1,))
    got = [await end(room, claims[2], "b", ballot, one, repost=again("a")) for _ in range(2)]
    other = await room.publish(claims[3], "c", "key of b")

    (entry,) = await read_entries(room.store, [claims[2].id])
    assert PublishedTwin(0, "a") == asked
    assert [Reposted("a"), Reposted("a"), Duplicate("a")] == [*got, other]
    assert (b"duplicate", b"repost", b"a") == (entry[b"outcome"], entry[b"reason"], entry[b"article"])
    assert ["a"] == await room.published()
    assert 2 == (await counts(room.store))["entries.duplicate"]


async def test_twin_of_a_copy(room):
    """
    The article of a text that is another one's copy is that copy, not its head.
    """
    claims = await room.entries(1, 2, 3)
    one = story(1)
    await end(room, claims[1], "head", await cast(room, claims[1], one), one)
    copy = await cast(room, claims[2], one)
    await end(room, claims[2], "copy", copy, one)
    ballot = await cast(room, claims[3], one)

    asked = await end(room, claims[3], "again", ballot, one, twins=(copy.document,))

    assert {"head"} == {candidate.head for candidate in ballot.candidates}
    assert PublishedTwin(0, "copy") == asked


async def test_unpublished_twin(room):
    """
    Twins that are not published do not hold anybody up; of two that came at once the later one is asked.
    """
    claims = await room.entries(1, 2)
    one = story(1)
    ballots = {number: await cast(room, claims[number], one) for number in (1, 2)}

    first = await end(room, claims[1], "a", ballots[1], one, twins=(ballots[2].document,))
    second = await end(room, claims[2], "b", ballots[2], one, twins=(ballots[1].document,))

    assert isinstance(first, Published)
    assert PublishedTwin(0, "a") == second


async def test_two_reposts_at_once(room):
    """
    Of an article that comes again twice at once nothing is published, and each entry is counted once.
    """
    claims = await room.entries(1, 2, 3)
    one = story(1)
    await end(room, claims[1], "a", await cast(room, claims[1], one), one)
    ballots = {number: await cast(room, claims[number], one) for number in (2, 3)}

    got = await asyncio.gather(
        *(end(room, claims[number], f"a{number}", ballots[number], one, repost=again("a")) for number in (2, 3))
    )

    assert [Reposted("a"), Reposted("a")] == got
    assert ["a"] == await room.published()


@pytest.mark.parametrize("how", ["forgotten", "old"])
async def test_first_is_gone(room, how: str):
    """
    What would be an article again that is forgotten meanwhile, or too old, is published.
    """
    claims = await room.entries(1, 2)
    one = story(1)
    await end(room, claims[1], "a", await cast(room, claims[1], one), one)
    ballot = await cast(room, claims[2], one)
    name = room.store.keys.article("a")
    await (room.store.redis.delete(name) if how == "forgotten" else change_record(room.store, "a", event="1-0"))

    got = await end(room, claims[2], "b", ballot, one, repost=again("a"))

    assert isinstance(got, Published)


async def test_stale_repost(room):
    """
    Who lost his claim changes nothing of the first one.
    """
    claims = await room.entries(1, 2)
    one = story(1)
    await end(room, claims[1], "a", await cast(room, claims[1], one), one)
    ballot = await cast(room, claims[2], one)
    before = await room.dump()

    got = await end(room, Claim(id=claims[2].id, token=999), "b", ballot, one, repost=again("a"))

    assert Stale() == got
    assert before == await room.dump()


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
    assert "b" == (await record_of(room.store, "a")).head


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

    (entry,) = await read_entries(room.store, [claims[2].id])
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

    names = [f"a{number}" for number in claims]
    heads = {(await record_of(room.store, name)).head or name for name in names}
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
