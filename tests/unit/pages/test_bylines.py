"""The names in an author field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.pages.bylines import distinct_names, is_person, read_names


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("Ana Gull", ("Ana Gull",)),
        ("By Ana Gull", ("Ana Gull",)),
        ("BY ANA GULL", ("ANA GULL",)),
        ("Written by: Ana Gull", ("Ana Gull",)),
        ("Von Ana Gull", ("Ana Gull",)),
        ("Par Ana Gull et Kim Tern", ("Ana Gull", "Kim Tern")),
        ("Autor: Ana Gull", ("Ana Gull",)),
        ("Posts by Ana Gull", ("Ana Gull",)),
        ("View all posts by Ana Gull", ("Ana Gull",)),
        ("Byron Gull", ("Byron Gull",)),
        ("Von Miller", ("Von Miller",)),
        ("Ana Gull and Kim Tern", ("Ana Gull", "Kim Tern")),
        ("Ana Gull, Kim Tern and Jo Wren", ("Ana Gull", "Kim Tern", "Jo Wren")),
        ("Ana Gull, Kim Tern, and Jo Wren", ("Ana Gull", "Kim Tern", "Jo Wren")),
        ("Ana Gull & Kim Tern", ("Ana Gull", "Kim Tern")),
        ("Ana Gull und Kim Tern, Nairobi", ("Ana Gull", "Kim Tern")),
        ("Ana Gull; Kim Tern", ("Ana Gull", "Kim Tern")),
        ("Ana Gull/Kim Tern", ("Ana Gull", "Kim Tern")),
        ("Ana Gull | Tidewater Media for tw.example", ("Ana Gull",)),
        ("Ana Gull, Staff Writer", ("Ana Gull",)),
        ("Ana Gull – Chief Political Correspondent", ("Ana Gull",)),
        ("Ana Gull, MS, RDN", ("Ana Gull",)),
        ("Ana Gull, Jr.", ("Ana Gull Jr.",)),
        ("Ana Gull, AFP", ("Ana Gull", "AFP")),
        ("dpa, AFP", ("dpa", "AFP")),
        ("Reuters", ("Reuters",)),
        ("Ana de la Gull", ("Ana de la Gull",)),
        ("José Ortega y Gasset", ("José Ortega y Gasset",)),
        ("Ludwig van der Meer", ("Ludwig van der Meer",)),
        ("Food and Drug Administration", ("Food and Drug Administration",)),
        ("Department of Health and Human Services", ("Department of Health and Human Services",)),
        ("The Harbour Desk", ("The Harbour Desk",)),
        ("Tidewater News Staff", ("Tidewater News Staff",)),
        ("ana.gull", ("ana.gull",)),
        ("sport.example", ("sport.example",)),
        ("Ana Gull @anagull", ("Ana Gull",)),
        ("@anagull", ()),
        ("Ana Gull <ana@tidewater.example>", ("Ana Gull",)),
        ("ana@tidewater.example (Ana Gull)", ("Ana Gull",)),
        ("ana@tidewater.example", ()),
        ("https://social.example/ana", ()),
        ("social.example/ana.gull", ()),
        ("www.tidewater.example", ()),
        ("Ana Gull https://tidewater.example/ana", ("Ana Gull",)),
        ("Ana Gull (Photo: Kim Tern)", ("Ana Gull",)),
        ("(Image: Some Agency)", ()),
        ("admin", ()),
        ("None", ()),
        ("[object Object]", ()),
        ("by", ()),
        ("...", ()),
        ("", ()),
        ("大渡 美咲", ("大渡 美咲",)),
        ("구현모 기자", ("구현모",)),
        ("Анна Чайка и Ким Крачка", ("Анна Чайка", "Ким Крачка")),
        ("Our reporter has covered harbours for twenty years and lives by the sea with two cats. " * 2, ()),
    ],
)
def test_names(field, names):
    """
    Names come without what publishers put around them; people are told apart, organisations stay whole.
    """
    assert names == read_names(field)


def test_organisation():
    """
    What is said to be an organisation is not taken apart.
    """
    assert ("Ana Gull and Kim Tern",) == read_names("Ana Gull and Kim Tern", is_organisation=True)


def test_distinct():
    """
    A name counts once, however it is written.
    """
    assert ("Ana Gull", "Kim Tern") == distinct_names(["Ana Gull", "ANA GULL, Kim Tern"])


@pytest.mark.parametrize(
    "name", ["Gull", "ana gull", "Ana gull", "Harbour Desk Editor", "Room 12 Team", "the Ana Gull"]
)
def test_no_person(name):
    """
    One word, small letters, desks and numbers are no person's name.
    """
    assert not is_person(name)


@given(
    field=st.text(max_size=300)
    | st.lists(st.sampled_from(["Ana Gull", " and ", ", ", "@a", "By ", "x@y.z"])).map("".join)
)
def test_any_field(field):
    """
    Any text gives names without addresses and handles, and reading a name again gives that name.
    """
    for name in read_names(field):
        assert name == name.strip()
        assert "://" not in name
        assert len(name) <= 120
