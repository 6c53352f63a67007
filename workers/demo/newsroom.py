"""What the newsroom holds and when it shows it: a function of the time since it opened, of nothing else."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from itertools import count, takewhile
from typing import Any

from workers.demo.bulletins import (
    BULLETIN_EVERY,
    DISTINCT,
    FIRST_BULLETIN,
    bulletin,
    bulletin_lines,
    choose_form,
    phrases,
)
from workers.demo.stories import FeedFormat, Line, Outlet, Story, boilerplate, expected_text, published_at, read_lines

__all__ = [
    "FEED_LENGTH",
    "Line",
    "Newsroom",
    "Outlet",
    "Story",
    "boilerplate",
    "bulletin",
    "expected_text",
    "find_story",
    "latest",
    "load_newsroom",
    "make_newsroom",
    "published_at",
    "visible",
]

#: Entries in a feed, as with most news feeds.
FEED_LENGTH = 30

#: Files of hand-written stories, in the order of their outlets.
_OUTLETS = ("gazette", "courier", "lattice", "saltmarsh")

_FORMATS: tuple[FeedFormat, ...] = ("rss", "atom", "json", "rss-full")

#: As many digits as centuries of bulletins need, and no more.
_BULLETIN_SLUG = re.compile(r"harbour-notes-([1-9][0-9]{0,9})")

#: Spreads seeds over the sentence code; any number prime to DISTINCT will do.
_SEED_STRIDE = 7919


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsroom:
    """Outlets and their stories, by time of appearance."""

    outlets: tuple[Outlet, ...]
    stories: tuple[Story, ...]
    #: Whether bulletins follow the stories for ever.
    has_bulletins: bool = False
    feed_length: int = FEED_LENGTH


def load_newsroom() -> Newsroom:
    """
    The newsroom shipped with the package: four outlets and their hand-written stories, then bulletins.

    Raises:
        SettingsError: a content file was changed and makes no sense.
    """
    wires = {name: tuple(wire["paragraphs"].split("\n")[:-1]) for name, wire in _read("wire").items()}
    outlets: list[Outlet] = []
    stories: list[Story] = []
    for position, name in enumerate(_OUTLETS):
        data = _read(name)
        outlet = Outlet(position=position, **data["outlet"])
        outlets.append(outlet)
        stories += (_story(outlet, story, wires) for story in data["story"])
    return Newsroom(
        outlets=tuple(outlets),
        stories=tuple(sorted(stories, key=_appearance)),
        has_bulletins=True,
    )


def make_newsroom(
    outlets: int, stories: int, seed: int, *, over: timedelta = timedelta(0), feed_length: int | None = None
) -> Newsroom:
    """
    A newsroom for load and chaos tests: ``stories`` distinct generated stories in all, dealt to the outlets in turn.

    They appear evenly ``over`` that time, the first at once. Unless told otherwise the feeds are long enough to show
    all of them. There are no bulletins.

    Raises:
        ValueError: there is no outlet, or there are more stories than distinct ones can be made.
    """
    if outlets < 1 or not 0 <= stories <= DISTINCT:
        raise ValueError(f"needs an outlet and at most {DISTINCT} stories")
    made = tuple(_make_outlet(position) for position in range(outlets))
    return Newsroom(
        outlets=made,
        stories=tuple(
            _make_story(made[place % outlets], place, seed, over * place / max(1, stories - 1))
            for place in range(stories)
        ),
        feed_length=-(-stories // outlets) if feed_length is None else feed_length,
    )


def visible(newsroom: Newsroom, elapsed: timedelta) -> tuple[Story, ...]:
    """Everything that has appeared so far, oldest first; what is in it stays in it."""
    out = takewhile(lambda story: story.appears_after <= elapsed, newsroom.stories)
    outlets = newsroom.outlets
    numbers = range(_bulletins_out(newsroom, elapsed))
    return (*out, *(bulletin(outlets[number % len(outlets)], number) for number in numbers))


def latest(newsroom: Newsroom, outlet: Outlet, elapsed: timedelta) -> tuple[Story, ...]:
    """What the outlet's feed shows: its newest stories, newest first."""
    out = _bulletins_out(newsroom, elapsed)
    step = len(newsroom.outlets)
    # The outlet's highest bulletin number below ``out``, and down from there (negative once it has none left).
    newest = out - 1 - (out - 1 - outlet.position) % step
    numbers = takewhile(lambda number: number >= 0, count(newest, -step))
    shown = [bulletin(outlet, number) for number, _ in zip(numbers, range(newsroom.feed_length), strict=False)]
    stories = [story for story in newsroom.stories if story.outlet == outlet.id and story.appears_after <= elapsed]
    return tuple((shown + stories[::-1])[: newsroom.feed_length])


def find_story(newsroom: Newsroom, outlet: Outlet, slug: str, elapsed: timedelta) -> Story | None:
    """The outlet's story with that slug, whether its feed still shows it or not; None when it has not appeared."""
    for story in newsroom.stories:
        if story.slug == slug and story.outlet == outlet.id:
            return story if story.appears_after <= elapsed else None
    match = _BULLETIN_SLUG.fullmatch(slug)
    number = int(match[1]) - 1 if match else -1
    is_out = 0 <= number < _bulletins_out(newsroom, elapsed)
    return bulletin(outlet, number) if is_out and number % len(newsroom.outlets) == outlet.position else None


def _bulletins_out(newsroom: Newsroom, elapsed: timedelta) -> int:
    """How many bulletins have appeared."""
    if not newsroom.has_bulletins or elapsed < FIRST_BULLETIN:
        return 0
    return (elapsed - FIRST_BULLETIN) // BULLETIN_EVERY + 1


def _appearance(story: Story) -> timedelta:
    return story.appears_after


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("workers.demo").joinpath(f"{name}.toml").read_text("utf-8"))


def _story(outlet: Outlet, data: dict[str, Any], wires: dict[str, tuple[str, ...]]) -> Story:
    return Story(
        outlet=outlet.id,
        slug=data["slug"],
        guid=data["guid"],
        title=data["title"],
        author=data["author"],
        lines=read_lines(data["body"], wires),
        language=data["language"],
        appears_after=timedelta(seconds=data["appears_after"]),
        tags=tuple(data["tags"]),
    )


def _make_outlet(position: int) -> Outlet:
    towns, papers = phrases().towns, phrases().papers
    edition, pair = divmod(position, len(towns) * len(papers))
    name = f"{towns[pair % len(towns)]} {papers[pair // len(towns)]}"
    return Outlet(
        id=f"outlet-{position}",
        position=position,
        name=f"{name} Edition {edition + 1}" if edition else name,
        tagline="Made up for a test",
        format=_FORMATS[position % len(_FORMATS)],
        section="Notes",
    )


def _make_story(outlet: Outlet, place: int, seed: int, appears_after: timedelta) -> Story:
    number = (place + seed * _SEED_STRIDE) % DISTINCT
    topics = phrases().topics
    return Story(
        outlet=outlet.id,
        slug=f"report-{seed}-{place}",
        guid=f"{outlet.id}-{seed}-{place}",
        title=f"Report {number + 1} from the coast: {topics[choose_form(number, len(phrases().groups))]}",
        author="Coast desk",
        lines=bulletin_lines(outlet.name, number, f"seed {seed}"),
        language="en",
        appears_after=appears_after,
        tags=("coast",),
    )
