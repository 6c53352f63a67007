"""docs/failures.md tells of thirty failures of others, and of tests that there are."""

import re

from tests.e2e.fleet import ROOT

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "failures.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| \d", line)
]


def test_every_story():
    """
    Each of the thirty stands in the table, in order, with what happens here instead.
    """
    assert [str(number) for number in range(1, 31)] == [row[0] for row in ROWS]
    assert [] == [row[0] for row in ROWS if len(row) != 4 or not all(row)]


def test_every_test():
    """
    Each names its tests, and all of them are there.
    """
    named = {row[0]: re.findall(r"`([\w/.]+)::(\w+)`", row[3]) for row in ROWS}
    paths = {path for found in named.values() for path, _ in found}
    sources = {path: (ROOT / "tests" / path).read_text(encoding="utf-8") for path in paths}

    assert [] == [number for number, found in named.items() if not found]
    assert [] == [pair for found in named.values() for pair in found if f"def {pair[1]}(" not in sources[pair[0]]]
