"""Laws of the second serialisation: ninjs 3.0."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ingest.errors import EventError
from ingest.messages.event import PUBLISHED, TYPES, UPDATED, WITHDRAWN, article_document
from ingest.messages.ninjs import ninjs_document, ninjs_schema
from ingest.models import Cleaning, Enclosure, Image, Removal
from tests.unit.messages.articles import ARTICLES, FULL

SCHEMA = Draft202012Validator(ninjs_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
DATA = article_document(FULL)


def document(**changes):
    """The ninjs document of the article that has everything, with something changed."""
    return ninjs_document(json.loads(json.dumps(article_document(replace(FULL, **changes)))))


def test_schema():
    """
    The statement of what we write is a JSON Schema, and closed: it has no place for a name of our own.
    """
    Draft202012Validator.check_schema(ninjs_schema())

    assert SCHEMA.is_valid(ninjs_document(DATA))
    assert not SCHEMA.is_valid(ninjs_document(DATA) | {"cleaning": {}})


@settings(max_examples=60)
@given(article=ARTICLES, type_=st.sampled_from(sorted(TYPES)))
def test_any_article(article, type_):
    """
    Whatever was published has a valid ninjs document, made of JSON's own types.
    """
    data = json.loads(json.dumps(article_document(article)))

    got = ninjs_document(data, type=type_)

    assert [] == [error.message for error in SCHEMA.iter_errors(got)]
    assert got == json.loads(json.dumps(got))


@settings(max_examples=60)
@given(article=ARTICLES)
def test_pure(article):
    """
    The event's own data stays as it was, and gives the same document again.
    """
    data = article_document(article)
    before = json.dumps(data)

    first, second = ninjs_document(data), ninjs_document(data)

    assert first == second
    assert before == json.dumps(data)


def test_everything_has_its_place():
    """
    The words, the names and the times stand where the standard has them.
    """
    got = document()

    assert "urn:copydesk:article:0f3c" == got["uri"]
    assert "2" == got["version"]
    assert ["Ferry late"] == [headline["value"] for headline in got["headlines"]]
    assert [(DATA["text"], 10)] == [(body["value"], body["wordCount"]) for body in got["bodies"]]
    assert ("A. Pilot, B. Mate", "OBAN", "© Ferries") == (got["by"], got["located"], got["copyrightNotice"])
    assert {"publisher": "Ferries", "agency": "AFP", "feed": "Ferries daily"} == {
        party["role"]: party["name"] for party in got["infoSources"]
    }
    assert {
        "guid": "tag:ferries.example,2026:late",
        "canonical": "https://www.ferries.example/late",
        "syndicated-from": "https://a.example/x",
        "cluster": "0f3c",
    } == {name["role"]: name["value"] for name in got["altIds"]}


@pytest.mark.parametrize(
    ("type_", "status"), [(PUBLISHED, "usable"), (UPDATED, "usable"), (WITHDRAWN, "canceled"), (None, "usable")]
)
def test_status(type_, status):
    """
    Only a withdrawal is canceled; without a type it is a publication.
    """
    got = ninjs_document(DATA, type=type_) if type_ else ninjs_document(DATA)

    assert status == got["pubStatus"]


def test_editorial_note():
    """
    The desk is told the disclaimers that were cut and the corrections, each once, and no other removal.
    """
    removals = [
        Removal(kind=kind, rule="r", text=text, after_paragraph=1, confidence=1.0)
        for kind, text in [
            ("disclaimer", "From a syndicated feed."),
            ("promo", "Sign up"),
            ("disclaimer", "Corrected."),
        ]
    ]
    cleaning = Cleaning(paragraphs=("It was.",), removals=tuple(removals))

    got = document(cleaning=cleaning, corrections=("Corrected.", "The boat is blue."))

    assert "From a syndicated feed.\nCorrected.\nThe boat is blue." == got["edNote"]


def test_nothing_to_say():
    """
    What is not known is left out, and a copy that was sent without its text says that it is part of something.
    """
    got = document(
        cleaning=Cleaning(paragraphs=()), title="", image=None, media=(), tags=(), authors=(), byline="", rights=""
    )

    assert "partial" == got["representationType"]
    assert set() == {"bodies", "headlines", "associations", "subjects", "by", "people", "copyrightNotice"} & {*got}


def test_associations():
    """
    The lead image comes first and once, though it is an enclosure as well; a file of an unknown kind has no type.
    """
    image = Image(url="https://a.example/1.jpg", caption="", credit="C. Cook")
    media = [("https://a.example/1.jpg", "image/jpeg"), ("https://a.example/2.pdf", "application/pdf")]

    got = document(image=image, media=tuple(Enclosure(url=url, type=type_) for url, type_ in media))["associations"]

    assert [("main-image", "picture", "C. Cook"), ("enclosure", None, None)] == [
        (one["rel"], one.get("type"), one.get("by")) for one in got
    ]
    assert ["main-image", "enclosure"] == [one["name"] for one in got]


@pytest.mark.parametrize(
    ("address", "uri"),
    [
        ("https://a.example/ü?q=ü#ü", "https://a.example/%C3%BC?q=%C3%BC#%C3%BC"),
        ("https://a.example/100%", "https://a.example/100%25"),
        ("https://a.example/%C3%BC", "https://a.example/%C3%BC"),
        ("https://a.example/[1]{2}|#a#b", "https://a.example/%5B1%5D%7B2%7D%7C#a%23b"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]/x"),
    ],
)
def test_addresses(address, uri):
    """
    An address is written as RFC 3986 has it, its escapes as they were.
    """
    got = ninjs_document({**DATA, "url": address})

    assert uri == got["renditions"][0]["href"]


@pytest.mark.parametrize(
    "data", [{}, {**DATA, "media": 1}, {**DATA, "image": []}, {**DATA, "id": None}, {**DATA, "url": "x"}]
)
def test_no_article(data):
    """
    What is no article of ours is a named error.
    """
    with pytest.raises(EventError):
        ninjs_document(data)
