"""Forms in which agencies sign, and which only look so: tables of our own writing, in two halves."""

import re
import tomllib

import pytest

from ingest.dedup.agencies import agencies
from ingest.dedup.agency import read_wire
from ingest.models import Removal
from tests.e2e.fleet import ROOT

FOLDER = ROOT / "tests" / "fixtures" / "dedup"
#: "first" was written with the code; "second" before the code had read any of it: 136 of 136 agencies right, 2 of 70
#: negatives attributed, when it did.
TABLES = {name: tomllib.loads((FOLDER / f"wires_{name}.toml").read_text("utf-8")) for name in ("first", "second")}

BODY = "The ferry was late on Monday because of the tide, the harbour master said in the evening."
DECK = "A ferry that was late, and a tide that was early."


def cut(kind, text):
    return (Removal(kind=kind, rule="r", text=text, after_paragraph=2),)


READ = {
    "head": lambda text: read_wire((), (text, BODY, BODY)),
    "deck": lambda text: read_wire((), (DECK, text, BODY, BODY)),
    "line": lambda text: read_wire((), (BODY, BODY, text)),
    "end": lambda text: read_wire((), (BODY, text)),
    "cut": lambda text: read_wire(cut("credit", text), (BODY, BODY)),
    "note": lambda text: read_wire(cut("disclaimer", text), (BODY, BODY)),
    "byline": lambda text: read_wire((), (BODY, BODY), byline=(text,)),
    "title": lambda text: read_wire((), (BODY, BODY), title=text),
    "rights": lambda text: read_wire((), (BODY, BODY), rights=(text,)),
    "canonical": lambda text: read_wire((), (BODY, BODY), url="https://harbour.example/a", canonical_url=text),
}


def positives(name):
    return [(where, *row) for where, rows in TABLES[name]["positives"].items() for row in rows]


def negatives(name):
    return [(where, text) for where, rows in TABLES[name]["negatives"].items() for text in rows]


@pytest.mark.parametrize("table", TABLES)
def test_signs(table):
    """
    An agency is named wherever one signs, in whatever language, with the sign as evidence.
    """
    rows = positives(table)

    wrong = []
    for where, _, agency, marked in rows:
        text = marked.replace("⟦", "").replace("⟧", "")
        sign = re.search("⟦(.*)⟧", marked)
        got = READ[where](text)
        if (got.agency, True) != (agency, (sign[1] if sign else text) in got.evidence):
            wrong.append((where, text, agency, got))

    assert [] == wrong


@pytest.mark.parametrize("table", TABLES)
def test_mentions(table):
    """
    No agency is named because of a mention, a picture's credit or a look-alike.
    """
    rows = negatives(table)

    wrong = [(where, text, got) for where, text in rows if (got := READ[where](text)).agency]

    assert [] == wrong


def test_size():
    """
    The tables are as large as the figures taken from them ask for.
    """
    signed = [row for table in TABLES for row in positives(table)]
    mentioned = [row for table in TABLES for row in negatives(table)]

    assert len(signed) >= 160
    assert len({language for _, language, _, _ in signed}) >= 12
    assert len(mentioned) >= 90
    assert {agency for _, _, agency, _ in signed} <= {"", *agencies().spellings}


@pytest.mark.parametrize("row", ["AFP", "Reuters", "TASS", "共同", "연합뉴스", "رويترز", "PA"])
def test_prose(row):
    """
    A name amid the running text is no sign, wherever in a sentence it stands.
    """
    paragraphs = (
        f"The master told {row} of it.",
        f"{row} asked, he said, and {row} heard.",
        f"He left it to {row} then.",
    )

    assert "" == read_wire((), paragraphs).agency
