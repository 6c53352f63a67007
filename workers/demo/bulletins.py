"""
Bulletins without end: each is composed by its number alone, and no two say the same.

A bulletin takes one of eleven sentences from each of eight groups. Which one is a Reed-Solomon code over GF(11): the
number's four base-11 digits are the coefficients of a polynomial, evaluated at the group's place. Two polynomials of
degree three agree at three places at most, so any two of the first 14,641 bulletins share at most three of their eight
sentence forms, and the fields in them (numbers, names, times) are drawn anew for each.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache
from hashlib import blake2b
from importlib.resources import files

from workers.demo.stories import Line, Outlet, Story, read_lines

#: The first bulletin comes a little after the last hand-written story.
FIRST_BULLETIN = timedelta(seconds=140)
BULLETIN_EVERY = timedelta(seconds=20)

#: Sentences in a group; prime, or the code above is none.
FORMS = 11

#: Bulletins before the choice of sentences comes round again.
DISTINCT = FORMS**4

#: What the base-11 digits are worth, the highest first.
_POWERS = (FORMS * FORMS * FORMS, FORMS * FORMS, FORMS, 1)

_TIMES = tuple(f"{hour:02}.{minute:02}" for hour in range(5, 22) for minute in range(60))


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """What bulletins and generated outlets are made of (bulletins.toml)."""

    topics: tuple[str, ...]
    towns: tuple[str, ...]
    papers: tuple[str, ...]
    #: Names of fields and what each may be.
    fields: dict[str, tuple[str, ...]]
    #: A row of forms for each group.
    groups: tuple[tuple[str, ...], ...]
    #: Boilerplate in the middle, and at the end.
    blocks: tuple[str, ...]
    tails: tuple[str, ...]


@cache
def phrases() -> Phrases:
    """The phrases shipped with the package."""
    data = tomllib.loads(files("workers.demo").joinpath("bulletins.toml").read_text("utf-8"))
    return Phrases(
        topics=tuple(data["topics"]),
        towns=tuple(data["towns"]),
        papers=tuple(data["papers"]),
        fields={
            "small": tuple(str(number) for number in range(2, 20)),
            "tens": tuple(str(number) for number in range(20, 100)),
            "hundreds": tuple(str(number) for number in range(101, 1000)),
            "time": _TIMES,
            "ship": tuple(data["ships"]),
            "person": tuple(data["people"]),
            "place": tuple(data["places"]),
        },
        groups=tuple(tuple(sentence["forms"]) for sentence in data["sentence"]),
        blocks=tuple(block["lines"] for block in data["block"]),
        tails=tuple(tail["lines"] for tail in data["tail"]),
    )


def choose_form(number: int, group: int) -> int:
    """Which form of a group a bulletin takes: its number's polynomial at the group's place."""
    value = 0
    for power in _POWERS:
        value = value * group + number // power
    return value % FORMS


def compose(number: int, salt: str) -> tuple[str, ...]:
    """Four paragraphs of two sentences; ``salt`` decides the fields, the number everything else."""
    sentences = [
        forms[choose_form(number, place)].format(number=number + 1, **_fields(f"{salt}/{number}/{place}"))
        for place, forms in enumerate(phrases().groups)
    ]
    return tuple(" ".join(pair) for pair in zip(sentences[::2], sentences[1::2], strict=True))


def bulletin_lines(outlet_name: str, number: int, salt: str) -> tuple[Line, ...]:
    """A bulletin's lines; two in three carry boilerplate in the middle, at the end or both."""
    text = tuple(Line(kind="text", text=paragraph) for paragraph in compose(number, salt))
    blocks, tails = phrases().blocks, phrases().tails
    block = read_lines(blocks[number // 3 % len(blocks)]) if number % 3 == 0 else ()
    tail = read_lines(tails[number // 2 % len(tails)].format(outlet=outlet_name)) if number % 2 == 0 else ()
    return (*text[:2], *block, *text[2:], *tail)


@lru_cache(maxsize=4096)
def bulletin(outlet: Outlet, number: int) -> Story:
    """An outlet's bulletin with that number, counted from 0 over the whole newsroom; the same at every call."""
    topics = phrases().topics
    return Story(
        outlet=outlet.id,
        slug=f"harbour-notes-{number + 1}",
        guid=f"{outlet.id}-notes-{number + 1}",
        title=f"Harbour notes {number + 1}: {topics[choose_form(number, len(phrases().groups))]}",
        author="Harbour desk",
        lines=bulletin_lines(outlet.name, number, outlet.id),
        language="en",
        appears_after=FIRST_BULLETIN + number * BULLETIN_EVERY,
        tags=("harbour",),
    )


def _fields(key: str) -> dict[str, str]:
    """One value for every field, drawn by the key."""
    drawn = int.from_bytes(blake2b(key.encode(), digest_size=32).digest(), "big")
    values: dict[str, str] = {}
    for name, options in phrases().fields.items():
        drawn, index = divmod(drawn, len(options))
        values[name] = options[index]
        if name == "person":
            # Somebody else, for sentences about two people.
            values["person2"] = options[(index + 1 + drawn % (len(options) - 1)) % len(options)]
    return values
