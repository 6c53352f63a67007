"""The verdict of the soak finds what it is there to find."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from ingest.messages.event import article_document
from tests.soak.measure import Held, Sample
from tests.soak.origin import make_world
from tests.soak.run import SECONDS, _compare, _judge
from tests.unit.messages.articles import FULL
from workers.demo.stories import expected_text

WORLD = make_world(2, 10, 1, seed=1)
STORIES = [*WORLD.by_guid.values()]
SAMPLES = [
    Sample(
        at=SECONDS * step / 20,
        held={"worker": Held(pss_mb=100, handles=50)},
        counts={},
        due_feeds=0,
        lag_seconds=0,
        leased_feeds=0,
        due_entries=0,
        leased_entries=0,
        stream=0,
        store_bytes=0,
    )
    for step in range(20)
]


def place(stories, **counts):
    """A site whose stream holds these stories' articles."""
    events = [
        SimpleNamespace(
            article={
                **article_document(replace(FULL, revision=1)),
                "guid": story.guid,
                "text": expected_text(story),
            }
        )
        for story in stories
    ]
    told = {f"entries.{name}": number for name, number in counts.items()}
    return SimpleNamespace(events=lambda: events, counts=lambda: told, in_hand=lambda: 0)


def test_all_well():
    """
    Where every article served is out once with its text, nothing is wrong.
    """
    many = len(STORIES)

    assert [] == [*_compare(place(STORIES, seen=many, published=many), WORLD, {one.guid for one in STORIES})]
    assert [] == [*_judge(SAMPLES, [], {"worker": 0})]


def test_lost_doubled_changed():
    """
    An article that is not there, one that is there twice, another text, and accounts that do not add up are told.
    """
    broken = place([STORIES[1], STORIES[1], STORIES[2]], seen=3, published=2)
    broken.events()[2].article["text"] = "Another."

    got = [*_compare(broken, WORLD, {one.guid for one in STORIES[:3]})]

    assert ["lost", "doubled", "text", "accounts"] == [
        next(word for word in ("lost", "doubled", "text", "accounts") if word in line) for line in got
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"pss_mb": 5}, "the memory of worker grows"),
        ({"handles": 5}, "the open handles of worker grow"),
    ],
)
def test_growth(change, expected):
    """
    What every look finds more of is told, by the process's name.
    """
    samples = [
        replace(one, held={"worker": Held(**{name: 100 + step * number for name, step in change.items()})})
        for number, one in enumerate(SAMPLES)
    ]

    assert [expected] == [*_judge(samples, [], {})]


def test_ends():
    """
    A feed that waits at the end, a process that ended by itself, and one that ended badly are told.
    """
    waiting = [*SAMPLES[:-1], replace(SAMPLES[-1], lag_seconds=99)]

    got = [*_judge(waiting, ["web"], {"worker": -9})]

    assert 3 == len(got)
    assert "99 s" in got[0]
