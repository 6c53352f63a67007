"""The page of figures: its commands exist, no bar is left out, its verdicts follow from its figures."""

import json
import re
import shlex
from importlib.util import find_spec

import pytest

from tests.bench import run
from tests.bench.plot import Series, draw
from tests.e2e.fleet import ROOT

FOLDER = ROOT / "docs" / "explanation"
PAGE = (FOLDER / "benchmarks.md").read_text()
COMMANDS = [line for block in re.findall(r"(?ms)^```sh\n(.*?)^```", PAGE) for line in block.splitlines()]
#: What each row of the table says: what, ours, baseline, ratio, bar, verdict, unit.
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in re.search(r"(?s)## The table\n(.*?)\n## ", PAGE)[1].splitlines()
    if line.startswith("|")
][2:]
#: How each figure's row begins that has to have a bar, and the bar.
BARS = {
    "parse a feed": "<= 0.04",
    "unchanged feed": "<= 0.2",
    "extract and clean a page": "<= 0.75",
    "cleaning alone": "<= 0.08",
    "a 304 poll end to end, http": "<= 1.5",
    "a 304 poll end to end, https": "<= 1.5",
    "publish an article": "<= 2",
    "claim a feed, 1,000,000 due": "<= 20",
    "memory of a seen id": "<= 30",
    "sandbox with two processes": ">= 1.7",
    "pipeline: articles a second and core": ">= 1.5",
    "pipeline: polls a second and core": ">= 8",
}


@pytest.mark.parametrize("line", [line for line in COMMANDS if not line.startswith("pip ")])
def test_command(line):
    """
    Every command is a target of the Makefile or a module that can be run, with sections and variables that there are.
    """
    words = shlex.split(line)
    variables = [word.partition("=")[0] for word in words if "=" in word]
    words = [word for word in words if "=" not in word]
    sources = "".join(path.read_text() for path in (ROOT / "tests/bench").glob("*.py"))

    assert all(name in sources for name in variables)
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
        return
    assert words[:2] == ["python", "-m"]
    module = find_spec(words[2])
    assert module
    options = [word for word in words[3:] if word.startswith("--")]
    assert all(f'"{option}"' in (ROOT / module.origin).read_text() for option in options)
    if words[2] == "tests.bench.run" and not options:
        assert set(words[3:]) <= set(run.SECTIONS)


def test_sections():
    """
    The sections that the page names are those there are.
    """
    told = re.search(r"(?s)Sections are (.*?)\.\n", PAGE)[1]

    assert list(run.SECTIONS) == re.findall(r"`(\w+)`", told)


@pytest.mark.parametrize("name", BARS)
def test_bars(name):
    """
    Each figure that was asked for stands in the table with its bar.
    """
    found = [row[4] for row in ROWS if row[0].startswith(name)]

    assert found
    assert found[0] == BARS[name]


@pytest.mark.parametrize("row", [row for row in ROWS if row[4]], ids=lambda row: row[0])
def test_verdict(row):
    """
    A row that says "reached" has reached its bar, and one that has not says so and is explained below the table.
    """
    what, ours, _, ratio, bar, told, _ = row
    side, limit = bar.split()
    judged = float((ratio or ours).replace(",", ""))
    is_reached = judged <= float(limit) if side == "<=" else judged >= float(limit)
    explained = re.search(r"(?s)## Where a bar is missed\n(.*?)\n## ", PAGE)[1]

    assert ("reached" if is_reached else "**missed**") == told
    assert is_reached or re.split(r"[,:(]", what)[0].strip().lower() in explained.lower()


def test_picture():
    """
    The picture is that of the figures beside it.
    """
    found = [Series(**one) for one in json.loads((FOLDER / "scaling.json").read_text())]

    assert draw(found) == (FOLDER / "scaling.svg").read_text()
    assert all(max(loads) >= 70 * min(loads) for one in found for loads in [[load for load, _ in one.points]])
    assert all(one.title in PAGE for one in found)
