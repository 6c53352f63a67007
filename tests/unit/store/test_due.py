"""Laws of the due-sets: leases, fencing tokens, strikes."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from ingest.store.due import Claim, InHand, begin, claim_due, in_hand, milliseconds, moment, release


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (timedelta(0), 0),
        (timedelta(microseconds=600), 1),
        (timedelta(seconds=1.5), 1500),
        (timedelta(days=90), 7776 * 10**6),
    ],
)
def test_milliseconds(duration: timedelta, expected: int):
    """
    A duration is whole milliseconds, to the nearest.
    """
    got = milliseconds(duration)

    assert expected == got


@pytest.mark.parametrize("damaged", [None, b"", b"junk", b"nan", b"inf", b"1e99", b"\xff", float("inf"), float("-inf")])
def test_no_moment(damaged: bytes | float | None):
    """
    What is no time is None, never an exception.
    """
    got = moment(damaged)

    assert got is None


async def test_in_order_of_time(room):
    """
    What fell due first is claimed first, and never more than asked for.
    """
    scores = {"late": 300, "first": 100, "second": 200, "future": 2**52}
    await room.store.redis.zadd(room.store.keys.due("entries"), scores)

    one = await claim_due(room.store, "entries", limit=2, lease=room.long, max_in_hand=99)
    two = await claim_due(room.store, "entries", limit=2, lease=room.long, max_in_hand=99)
    three = await claim_due(room.store, "entries", limit=2, lease=room.long, max_in_hand=99)

    assert [["first", "second"], ["late"], []] == [[claim.id for claim in found] for found in (one, two, three)]


@pytest.mark.parametrize(("limit", "max_in_hand", "expected"), [(9, 3, 3), (2, 3, 2), (9, 0, 0), (0, 9, 0)])
async def test_max_in_hand(room, limit: int, max_in_hand: int, expected: int):
    """
    No more than max_in_hand are ever claimed, over all who claim.
    """
    await room.seed(*range(6))
    for _ in range(3):
        await claim_due(room.store, "entries", limit=limit, lease=room.long, max_in_hand=max_in_hand)

    got = (await in_hand(room.store, "entries")).claimed

    assert min(max_in_hand, 3 * expected) == got


async def test_a_repeated_claim_takes_other_items(room):
    """
    Claiming again leases other items with other tokens, never the same one twice.
    """
    await room.seed(1, 2, 3, 4)

    first, again = await room.claims("entries", 2), await room.claims("entries", 2)

    assert (4, 4) == (len({claim.id for claim in first + again}), len({claim.token for claim in first + again}))
    assert InHand(waiting=0, claimed=4) == await in_hand(room.store, "entries")


async def test_a_lease_that_ran_out_is_claimed_with_a_greater_token(room):
    """
    Whoever dies, the work is claimed again, and the new token is greater.
    """
    (old,) = (await room.entries(1, lease=room.moment)).values()

    new = await room.claim("entries")

    assert old.id == new.id
    assert new.token > old.token


@pytest.mark.parametrize("damaged", ["junk", "", "1.5", "-9", "99999999999999999", "9223372036854775807", None])
async def test_a_damaged_counter_of_tokens_starts_over(room, damaged: str | None):
    """
    A counter that somebody overwrote neither stops the desk nor hands out a token that was out before.
    """
    await room.seed(1, 2)
    old = await room.claim("entries")
    await room.store.redis.delete(room.store.keys.tokens)
    if damaged is None:
        await room.store.redis.hset(room.store.keys.tokens, "another", "type")
    else:
        await room.store.redis.set(room.store.keys.tokens, damaged)

    new = await room.claim("entries")

    assert old.token < new.token
    assert b"%d" % new.token == await room.store.redis.get(room.store.keys.tokens)


async def test_many_leases_run_out_at_once(room):
    """
    More leases than one claim takes back at a time are all taken back in the end.
    """
    lease, token = room.store.keys.lease("entries"), room.store.keys.token("entries")
    await room.store.redis.zadd(lease, {f"e{number}": 1 for number in range(2500)})
    await room.store.redis.hset(token, mapping={f"e{number}": 1 for number in range(2500)})

    claims = await room.claims("entries", 2500)

    assert 2500 == len({claim.id for claim in claims})


async def test_a_lease_that_ran_out_without_room(room):
    """
    What nobody may claim now waits again when its lease has run out, and nobody has it.
    """
    claim = (await room.entries(1, lease=room.moment))[1]
    for _ in range(5000):
        await claim_due(room.store, "entries", limit=1, lease=room.long, max_in_hand=0)
        if (await in_hand(room.store, "entries")).waiting:
            break

    assert InHand(waiting=1, claimed=0) == await in_hand(room.store, "entries")
    assert await room.begin("entries", claim) is None


async def test_begin_renews_the_lease(room):
    """
    A claim whose attempt began is not claimed again when the first lease ends.
    """
    await room.seed(1)
    claim = await room.claim("entries", timedelta(seconds=60))
    before = await room.store.redis.zscore(room.store.keys.lease("entries"), claim.id)

    begun = await begin(room.store, "entries", claim, lease=timedelta(hours=1), attempt="a")

    assert begun is not None
    assert await room.store.redis.zscore(room.store.keys.lease("entries"), claim.id) - before > 3_000_000


@pytest.mark.parametrize(("attempts", "expected"), [("a", 1), ("aaa", 1), ("ab", 2), ("aab", 2)])
async def test_strikes(room, attempts: str, expected: int):
    """
    A repeated command strikes once, a repeated attempt again.
    """
    claim = (await room.entries(1))[1]
    for attempt in attempts:
        begun = await room.begin("entries", claim, attempt)

    assert expected == begun.strikes


async def test_strikes_outlive_claims(room):
    """
    An attempt that nobody ended counts when its lease has run out.
    """
    (first,) = (await room.entries(1, lease=room.moment)).values()
    await begin(room.store, "entries", first, lease=room.moment, attempt="a")

    second = await room.claim("entries")

    assert 2 == (await room.begin("entries", second, "a")).strikes


@pytest.mark.parametrize("damaged", ["junk", "", "1.5", "-3", "99999999999999999999", "nan"])
async def test_damaged_strikes_start_over(room, damaged: str):
    """
    A counter that is no small number starts over instead of refusing every attempt.
    """
    claim = (await room.entries(1))[1]
    await room.store.redis.hset(room.store.keys.entry(claim.id), "strikes", damaged)

    got = await room.begin("entries", claim)

    assert 1 == got.strikes


async def test_begin_without_an_item(room):
    """
    A due id without an item leaves the due-sets and is no attempt.
    """
    await room.store.redis.zadd(room.store.keys.due("entries"), {b"\xff junk": 1, "lost": 2})
    claims = await room.claims("entries", 2)

    got = [await room.begin("entries", claim) for claim in claims]

    assert [None, None] == got
    assert await room.store.redis.zscore(room.store.keys.lease("entries"), "lost") is None


@pytest.mark.parametrize(("is_strike", "expected"), [(True, 2), (False, 1)])
async def test_release(room, is_strike: bool, expected: int):
    """
    A released claim is due again, and its attempt counts or does not.
    """
    first = (await room.entries(1))[1]
    await room.begin("entries", first, "a")

    is_released = await release(
        room.store, "entries", first, pause=timedelta(0), is_strike=is_strike, error="busy \ud800"
    )

    begun = await room.begin("entries", await room.claim("entries"), "b")
    assert (True, expected, b"busy ?") == (is_released, begun.strikes, begun.fields["error"])


async def test_release_of_a_claim_that_never_began(room):
    """
    Where no strike was written, none is taken back: back-pressure gives nobody more attempts.
    """
    first = (await room.entries(1, lease=room.moment))[1]
    await begin(room.store, "entries", first, lease=room.moment, attempt="died")
    for _ in range(3):
        claim = await room.claim("entries")
        await release(room.store, "entries", claim, pause=timedelta(0), is_strike=False)

    begun = await room.begin("entries", await room.claim("entries"), "b")

    assert 2 == begun.strikes


async def test_release_waits(room):
    """
    A claim released with a pause is not due before it is over.
    """
    claim = (await room.entries(1))[1]

    await release(room.store, "entries", claim, pause=timedelta(hours=1), is_strike=True)

    assert () == await claim_due(room.store, "entries", limit=9, lease=room.long, max_in_hand=9)
    assert InHand(waiting=1, claimed=0) == await in_hand(room.store, "entries")


Act = Callable[[Any, Claim], Awaitable[object]]
STALE: dict[str, tuple[str, Act]] = {
    "begin feed": ("feeds", lambda room, claim: room.begin("feeds", claim)),
    "begin entry": ("entries", lambda room, claim: room.begin("entries", claim)),
    "release feed": (
        "feeds",
        lambda room, claim: release(room.store, "feeds", claim, pause=timedelta(0), is_strike=False, error="late"),
    ),
    "release entry": (
        "entries",
        lambda room, claim: release(room.store, "entries", claim, pause=timedelta(0), is_strike=False, error="late"),
    ),
    "commit poll": ("feeds", lambda room, claim: room.commit_poll(claim, room.end(1, 7, 8))),
    "commit article": ("entries", lambda room, claim: room.publish(claim, "late", text="t")),
    "close entry": ("entries", lambda room, claim: room.close(claim)),
}


@pytest.mark.parametrize("is_claimed_again", [True, False], ids=["claimed again", "only run out"])
@pytest.mark.parametrize("name", STALE)
async def test_a_stale_claim_writes_nothing(room, name: str, is_claimed_again: bool):
    """
    With an old token nothing changes, whether somebody else is at work or nobody yet.
    """
    work, act = STALE[name]
    room.spacing = room.long  # the plan key lives long enough to be compared
    await room.seed(1)
    if work == "feeds":
        await room.store.redis.zadd(room.store.keys.due("feeds"), {room.feed.id: 1})
    old = await room.claim(work, room.moment)
    await room.begin(work, await room.claim(work, room.long if is_claimed_again else room.moment), "other")
    if not is_claimed_again:
        await claim_due(room.store, work, limit=0, lease=room.long, max_in_hand=9)
    before = await room.dump()

    reply = await act(room, old)

    assert reply in {None, False} or type(reply).__name__ == "Stale"
    assert before == await room.dump()
