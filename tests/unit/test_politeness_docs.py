"""The published table of the politeness suite says what the suite tests."""

import ast
import re
from collections import Counter

from tests.e2e.fleet import ROOT

PAGE = ROOT / "docs" / "politeness.md"
SUITE = ROOT / "tests" / "politeness"


def rows():
    """The cells of each item's row."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| P\d", line)]


def existing():
    """The names of the suite's tests, how often each stands there."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in SUITE.glob("test_*.py")]
    functions = (
        node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return Counter(node.name for node in functions if node.name.startswith("test_"))


def test_every_item_once():
    """
    Each of the 57 items has one row, in order.
    """
    assert [f"P{number:02}" for number in range(1, 58)] == [row[0] for row in rows()]


def test_every_row_names_its_tests():
    """
    Each row says what became of the item, a declined or limited one why, and names tests that there are.
    """
    known = existing()

    wrong = [
        row[0]
        for row in rows()
        if len(row) != 4
        or not re.match(r"kept(: .+)?$|with a limit: .+|declined: .+", row[2])
        or not (named := re.findall(r"`(test_p\w+)`", row[3]))
        or any(name not in known for name in named)
    ]

    assert [] == wrong


def test_every_test_stands_in_the_table():
    """
    No test of the suite is left out, each bears its item's number, and no two have one name.
    """
    named = {name for row in rows() for name in re.findall(r"`(test_p\w+)`", row[3])}

    assert dict.fromkeys(sorted(named), 1) == dict(sorted(existing().items()))
    assert all(f"test_{row[0].lower()}_" in row[3] for row in rows())
