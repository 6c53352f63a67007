"""docs/faults.md tells of every fault and every invariant, and of tests that there are."""

from __future__ import annotations

import re

from tests.e2e.fleet import ROOT

ITEMS = [*(f"I{number}" for number in range(1, 10)), *(f"F{number:02}" for number in range(1, 32))]


def rows() -> dict[str, list[str]]:
    """The table's cells by item."""
    lines = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| [IF]\d", line)]
    return {row[0]: row[1:] for row in cells}


def test_every_item():
    """
    Each item stands in the table, in order, with what it asks and a result that is one of the named ones.
    """
    assert ITEMS == list(rows())
    assert [] == [
        item for item, row in rows().items() if not re.match(r"holds\b|with a limit: \w", row[1]) or not row[0]
    ]


def test_every_test():
    """
    Each item names its tests, and all of them are there; none of them is expected to fail.
    """
    named = {item: re.findall(r"`([\w/.]+)::(\w+)`", row[2]) for item, row in rows().items()}
    sources = {
        path: (ROOT / "tests" / path).read_text(encoding="utf-8") for found in named.values() for path, _ in found
    }

    assert [] == [item for item, found in named.items() if not found]
    assert [] == [pair for found in named.values() for pair in found if f"def {pair[1]}(" not in sources[pair[0]]]
    assert [] == [path for path, text in sources.items() if path.startswith("faults/") and "xfail" in text]


def test_every_fault_test():
    """
    Each test of the suite stands in the table.
    """
    table = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    ours = [
        f"faults/{path.name}::{name}"
        for path in sorted((ROOT / "tests" / "faults").glob("test_*.py"))
        if path.name != "test_table.py"
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]

    assert [] == [name for name in ours if f"`{name}`" not in table]
