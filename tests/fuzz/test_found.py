"""Whatever the fuzz once found is read without harm."""

import pytest

from tests.fuzz.found import FOUND
from tests.fuzz.targets import check


@pytest.mark.parametrize(("name", "data"), [(name, data) for name, data, _ in FOUND], ids=[row[2] for row in FOUND])
def test_found(name, data):
    """
    A case that was found is read as its target promises.
    """
    check(name, data)
