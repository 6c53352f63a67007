"""The short form of ``make fuzz``: the same few cases of each target every time."""

import random

import pytest

from tests.fuzz.mutate import MAX_CASE_BYTES, mutate
from tests.fuzz.probe import probe
from tests.fuzz.targets import TARGETS, check

#: Of the slow ones fewer, that all of them take some seconds.
EXAMPLES = {"page": 60, "fragment": 80, "feed": 150}


@pytest.mark.parametrize("name", TARGETS)
def test_seeds(name):
    """
    Every document that the cases are made from keeps the promises itself.
    """
    for seed in TARGETS[name].seeds:
        check(name, seed)


@pytest.mark.parametrize("name", TARGETS)
def test_near_valid(name):
    """
    Nearly valid documents end in values that keep their promises, or in a named error, in time.
    """
    probe(name, EXAMPLES.get(name, 200))


def test_mutate():
    """
    A mutant depends on its dice alone, is of bearable length, and is mostly another document.
    """
    seed = TARGETS["feed"].seeds[0]

    got = [mutate(seed, random.Random(number)) for number in range(50)]

    assert [mutate(seed, random.Random(number)) for number in range(50)] == got
    assert max(map(len, got)) <= MAX_CASE_BYTES
    assert len({*got, seed}) > 45


def test_time_counts(monkeypatch):
    """
    A case that takes longer than its bytes allow breaks a promise.
    """
    monkeypatch.setattr("tests.fuzz.targets.CASE_SECONDS", -1)

    with pytest.raises(AssertionError, match="s of CPU"):
        check("robots", b"")
