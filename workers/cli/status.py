"""``copydesk status``: where the store is, what there is to do, and whether the accounts add up."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated

import typer

from ingest.settings import Settings
from ingest.store.clusters import read_reach
from ingest.store.connect import Store
from ingest.store.due import InHand
from ingest.store.durability import read_durability
from ingest.store.embedded import Folder
from ingest.store.entries import read_counts
from ingest.store.load import read_load
from workers.cli.session import print_facts, print_json, settings_of
from workers.cli.stored import with_store
from workers.pressure import Marks, pressure
from workers.show import moment

_SEEN = "entries.seen"
_WAITS = {"none": "nothing", "articles": "articles, until the store has room", "polls": "articles and most polls"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How it stands, all of it read at one moment."""

    store: str
    #: What a consumer connects to; a password, which is not shown, is to be put in.
    address: str
    #: What the store is, and what a crash of it would lose.
    durability: str
    stream: str
    feeds: int
    feeds_in_hand: InHand
    #: Paused by the operator, or dormant because their servers say that they are gone.
    feeds_resting: int
    entries_in_hand: InHand
    entries_seen: int
    #: Entries by how they ended.
    entry_outcomes: dict[str, int]
    #: Polls by what they came to.
    poll_outcomes: dict[str, int]
    #: Whether every entry seen has either ended or is in hand.
    adds_up: bool
    #: Entries seen that neither ended nor are in hand.
    accounts_difference: int
    #: What waits because the store fills up: "none", "articles", or "polls" as well.
    waits: str
    events: int
    dead_letters: int
    #: Since when texts are known whose copies are recognised, and the bytes that this takes.
    copies_since: datetime | None
    copies_bytes: int


def status(
    ctx: typer.Context,
    *,
    is_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of the table.")] = False,
) -> int:
    """
    Say what there is to do, what came of the rest, and where.

    Nothing need be running: the store is opened for the moment it takes.

    \b
    Example:  copydesk status
              copydesk status --json | jq .entries_in_hand
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    settings = settings_of(ctx)
    found = with_store(settings, lambda store: read_status(store, settings))
    if is_json:
        print_json(asdict(found))
    else:
        _print(found)
    return 0


async def read_status(store: Store, settings: Settings) -> Status:
    """How it stands; one transaction, so that the accounts are of one moment."""
    keys = store.keys
    async with store.redis.pipeline(transaction=True) as pipe:
        pipe.hlen(keys.feeds)
        for name in (keys.due("feeds"), keys.lease("feeds"), keys.due("entries"), keys.lease("entries"), keys.dead):
            pipe.zcard(name)
        pipe.xlen(keys.articles)
        pipe.hgetall(keys.counts)
        feeds, *sizes, events, counted = await pipe.execute()
    reach = await read_reach(store, window=settings.cluster_window)
    counts = read_counts(counted)
    entries = {name: count for name, count in counts.items() if name.startswith("entries.") and name != _SEEN}
    seen, in_hand = counts.get(_SEEN, 0), InHand(waiting=sizes[2], claimed=sizes[3])
    difference = seen - sum(entries.values()) - in_hand.waiting - in_hand.claimed
    marks = Marks(memory=settings.high_water_memory, events=settings.high_water_events)
    return Status(
        store=where(settings),
        address=Folder(settings.data / "store").url if not settings.redis_url else where(settings),
        durability=str(await read_durability(store)),
        stream=settings.stream,
        feeds=feeds,
        feeds_in_hand=InHand(waiting=sizes[0], claimed=sizes[1]),
        feeds_resting=feeds - sizes[0] - sizes[1],
        entries_in_hand=in_hand,
        entries_seen=seen,
        entry_outcomes=_named(entries, "entries."),
        poll_outcomes=_named(counts, "polls."),
        adds_up=difference == 0,
        accounts_difference=difference,
        waits=pressure(await read_load(store), marks, "none"),
        events=events,
        dead_letters=sizes[4],
        copies_since=reach.since,
        copies_bytes=reach.bytes,
    )


def where(settings: Settings) -> str:
    """The store's address without user, password and options."""
    if not settings.redis_url:
        return f"embedded, in {settings.data / 'store'}"
    # Not urlsplit: of a password with a slash in it, it would take the rest for the path.
    scheme, _, rest = settings.redis_url.partition("://")
    return f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}"


def _named(counts: dict[str, int], prefix: str) -> dict[str, int]:
    """The counters under a prefix, without it, the largest first."""
    found = {name.removeprefix(prefix): count for name, count in counts.items() if name.startswith(prefix)}
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _print(found: Status) -> None:
    ended = sum(found.entry_outcomes.values())
    in_hand = found.entries_in_hand.waiting + found.entries_in_hand.claimed
    verdict = "adds up" if found.adds_up else "DOES NOT ADD UP"
    print_facts(
        (
            ("store", found.store),
            ("which is", found.durability),
            ("feeds", f"{found.feeds} ({_in_hand(found.feeds_in_hand)}{_resting(found.feeds_resting)})"),
            ("polls", _listed(found.poll_outcomes)),
            ("entries in hand", _in_hand(found.entries_in_hand)),
            ("entries ended", _listed(found.entry_outcomes)),
            ("accounts", f"{found.entries_seen} seen = {ended} ended + {in_hand} in hand: {verdict}"),
            ("stream", f"{found.stream}, {found.events} events, at {found.address}"),
            ("dead letters", str(found.dead_letters)),
            ("copies", _reach(found)),
            ("waits for room", _WAITS[found.waits]),
        )
    )


def _reach(found: Status) -> str:
    if found.copies_since is None:
        return "none known yet"
    return f"of texts since {moment(found.copies_since)}, in {found.copies_bytes / 1e6:.1f} MB"


def _in_hand(amount: InHand) -> str:
    return f"{amount.waiting} waiting, {amount.claimed} claimed"


def _resting(amount: int) -> str:
    return f", {amount} paused or dormant" if amount else ""


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none yet"
