import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dedup.agency import AGENCIES, read_dateline, read_wire
from ingest.models import Removal, Wire

BODY = "The ferry was late on Monday because of the tide, the harbour master said."
DISCLAIMER = "(Apart from its headline this report was not edited by the Quay Post; it comes from a syndicated feed.)"


def cut(text, *, kind="disclaimer", after=1):
    return Removal(kind=kind, rule="r", text=text, after_paragraph=after)


@pytest.mark.parametrize(
    ("head", "agency", "place"),
    [
        ("ALEPPO (Reuters) - ", "Reuters", "ALEPPO"),
        ("PARIS (AFP) – ", "AFP", "PARIS"),
        ("PARIS, France (AFP) — ", "AFP", "PARIS, France"),
        ("NEW DELHI, Dec 20 (PTI): ", "PTI", "NEW DELHI"),
        ("NEW\xa0YORK\xa0(REUTERS)\xa0-\xa0", "Reuters", "NEW YORK"),
        ("WASHINGTON, D.C. (AP) -- ", "AP", "WASHINGTON, D.C."),
        ("LONDON Dec 4 (Reuters) - ", "Reuters", "LONDON"),
        ("Berlin (dpa) - ", "dpa", "Berlin"),
        ("Paris, le 4 mars (Agence France-Presse) - ", "AFP", "Paris"),
        ("Rio de Janeiro, 4 mar (EFE).- ", "EFE", "Rio de Janeiro"),
        ("4 mars (Reuters) - ", "Reuters", ""),
        ("(AP) — ", "AP", ""),
        ("BEIJING, Dec. 4 (Xinhua/Kyodo) -- ", "Xinhua", "BEIJING"),
        ("MOSCOW, December 4. /TASS/. ", "TASS", "MOSCOW"),
        ("AFP | ", "AFP", ""),
        ("OBAN — ", "", "OBAN"),
        ("SIOUX FALLS, S.D. – ", "", "SIOUX FALLS, S.D."),
        ("EXCLUSIVE — ", "", ""),
        ("LIVE UPDATES – ", "", ""),
        ("Oban — ", "", ""),
        ("A pilot told AFP that ", "", ""),
        ("He left his party (PTI) - and then ", "", ""),
        ("The wire he read (Reuters) - as ever - was late. ", "", ""),
        ("ap | ", "", ""),
        ("北京 — ", "", ""),
        ("", "", ""),
    ],
)
def test_head(head, agency, place):
    """
    An agency and a place are read from a dateline at the very start, and from no sentence that mentions them.
    """
    paragraphs = (head + BODY, BODY)

    assert (agency, place) == (read_wire((), paragraphs).agency, read_dateline(paragraphs))


@pytest.mark.parametrize(
    ("last", "agency"),
    [
        ("(AP)", "AP"),
        ("dpa", "dpa"),
        ("AFP.", "AFP"),
        ("With inputs from PTI", "PTI"),
        ("(with inputs from ANI)", "ANI"),
        ("Source: Reuters", "Reuters"),
        ("© 2026 AFP", "AFP"),
        ("Copyright The Associated Press. All rights reserved. No part may be printed.", "AP"),
        ("The tide was high. REUTERS", "Reuters"),
        ("“The tide was high.” (AFP)", "AFP"),
        ("The tide was high. — dpa", "dpa"),
        ("The tide was high, he told the AP.", ""),
        ("He had worked for years at Reuters", ""),
        ("The next day he joined. AP", ""),
        ("Reuters was told of it by the harbour master", ""),
        ("Photo by a passenger for AFP", ""),
        ("ap", ""),
    ],
)
def test_tail(last, agency):
    """
    An agency is read from a credit that is the last line or ends it, and from no sentence that ends with its name.
    """
    assert agency == read_wire((), (BODY, last)).agency


def test_credit_in_the_middle():
    """
    A credit between two paragraphs is a picture's, not the article's.
    """
    got = read_wire((cut("(AFP)", kind="credit", after=1),), (BODY, "(AP)", BODY))

    assert Wire() == got


@pytest.mark.parametrize(
    ("removal", "expected"),
    [
        (cut(DISCLAIMER), Wire(evidence=(DISCLAIMER,), is_syndicated=True)),
        (cut(DISCLAIMER, after=0), Wire(evidence=(DISCLAIMER,), is_syndicated=True)),
        (cut(DISCLAIMER, kind="promo"), Wire()),
        (cut("Opinions are the author's own."), Wire()),
        (
            cut("This story was published from a PTI feed of a news agency."),
            Wire(
                agency="PTI",
                evidence=("This story was published from a PTI feed of a news agency.",),
                is_syndicated=True,
            ),
        ),
        (
            cut("First published by AFP, reprinted with leave.", kind="credit"),
            Wire(agency="AFP", evidence=("First published by AFP, reprinted with leave.",), is_syndicated=True),
        ),
        (cut("(AFP)", kind="credit"), Wire(agency="AFP", evidence=("(AFP)",))),
        (cut("(AFP)", kind="caption"), Wire()),
    ],
)
def test_cut(removal, expected):
    """
    What cleaning cut is still evidence: a disclaimer of syndication anywhere, a credit at the end.
    """
    assert expected == read_wire((removal,), (BODY,))


def test_all_signs():
    """
    Of several agencies the dateline's counts, and all the evidence is kept once, in its order.
    """
    paragraphs = (f"OBAN (AP) - {BODY}", "With inputs from AFP")

    got = read_wire((cut(DISCLAIMER, after=2), cut(DISCLAIMER, after=2)), paragraphs)

    assert Wire(agency="AP", evidence=("OBAN (AP) -", "With inputs from AFP", DISCLAIMER), is_syndicated=True) == got


@pytest.mark.parametrize("name", [said for name, others in AGENCIES.items() for said in (name, *others)])
def test_every_name(name):
    """
    Each agency is known by each of its names.
    """
    got = read_wire((), (f"OBAN ({name}) - {BODY}",)).agency

    assert got in AGENCIES
    assert name == got or name in AGENCIES[got]


@given(st.lists(st.text(max_size=300), max_size=4), st.lists(st.text(max_size=300), max_size=3))
def test_any_text(paragraphs, removed):
    """
    Any text is read without an error, and a name is only given with evidence.
    """
    got = read_wire([cut(text, kind="credit", after=len(paragraphs)) for text in removed], paragraphs)

    assert not got.agency or got.evidence
    assert "\n" not in read_dateline(paragraphs)


@pytest.mark.parametrize(
    "piece", ["A ", "(AP ", "- ", ". ", "A, ", "AP ", "with inputs from ", "\u2014A", "published from the ", "x"]
)
def test_long_text(piece):
    """
    No text makes the reading slow.
    """
    text = piece * (2_000_000 // len(piece))

    begun = time.process_time()
    read_wire((cut(text), cut(text, kind="credit")), (text, text))
    read_dateline((text, text))
    took = time.process_time() - begun

    assert took < 1
