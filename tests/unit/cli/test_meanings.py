"""What the names of failed polls mean."""

from itertools import chain
from typing import get_args

import pytest

from ingest.errors import FetchFailure, NotAFeed, SandboxFailure
from workers.cli.meanings import MEANINGS, meaning_of, name_of

NAMES = [
    *(f"fetch-{name}" for name in get_args(FetchFailure)),
    *(f"not-a-feed-{name}" for name in get_args(NotAFeed)),
    *(f"parse-{name}" for name in get_args(SandboxFailure)),
    "not-modified",
]


def test_every_outcome_has_a_meaning():
    """
    Every name that errors.py has is explained, and no other.
    """
    assert set(NAMES) == set(MEANINGS)


@pytest.mark.parametrize("name", [*NAMES, *(f"status-{code}" for code in chain(range(100, 600, 50), (404, 999)))])
def test_a_meaning_is_a_sentence(name):
    """
    A meaning begins large and ends in a full stop.
    """
    got = meaning_of(name)

    assert (True, ".") == (got[0].isupper(), got[-1])


@pytest.mark.parametrize("name", ["", "status-", "status-x", "modified", "404"])
def test_no_meaning(name):
    """
    A name we do not know is not explained.
    """
    assert "" == meaning_of(name)


@pytest.mark.parametrize(("status", "expected"), [(404, "404 Not Found"), (999, "999")])
def test_name_of(status, expected):
    """
    A status has its name, or only its number where it has none.
    """
    assert expected == name_of(status)
