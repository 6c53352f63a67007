"""docs/security.md tells of every item once, and of no test that there is not."""

from __future__ import annotations

import ast
import re

import pytest

from tests.e2e.fleet import ROOT

ROW = re.compile(r"^\| (S\d\d) \| (.+?) \| (.+) \| (.+?) \|$", re.MULTILINE)
ROWS = ROW.findall((ROOT / "docs" / "security.md").read_text(encoding="utf-8"))
RESULTS = ("kept", "with a limit: ", "declined: ")


def test_every_item():
    """
    Each of the 45 items has one row, in order.
    """
    assert [f"S{number:02}" for number in range(1, 46)] == [item for item, *_ in ROWS]


@pytest.mark.parametrize(("item", "result", "tests"), [(item, result, tests) for item, _, result, tests in ROWS])
def test_row(item, result, tests):
    """
    An item's result is one of three, and each test it names stands where it says.
    """
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", tests)

    assert result.startswith(RESULTS), item
    assert named, item
    assert tests == ", ".join(f"`{path}::{name}`" for path, name in named)
    for path, name in named:
        tree = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert name in functions, (path, name)
