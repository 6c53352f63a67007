"""The AsyncAPI document says the same as the code and the schema."""

import json
from dataclasses import replace
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from ingest.messages.event import TYPES, make_event, schema, stream_fields
from ingest.settings import Settings
from tests.unit.messages.articles import FULL, T0

FOLDER = files("ingest.messages")
API = json.loads(FOLDER.joinpath("asyncapi.v1.json").read_text())
MESSAGES = API["components"]["messages"]


def references(node):
    """Every $ref in a document."""
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        node = [*node.values()]
    if isinstance(node, list):
        for inner in node:
            yield from references(inner)


def follow(reference):
    """What a reference inside the document points at."""
    node = API
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def test_references():
    """
    Every reference points at something: inside the document, or the schema beside it.
    """
    inside = [reference for reference in references(API) if reference.startswith("#/")]
    outside = {*references(API)} - {*inside}

    assert all(map(follow, inside))
    assert {"article.v1.json"} == outside
    assert json.loads(FOLDER.joinpath("article.v1.json").read_text()) == schema()


def test_messages():
    """
    The channel carries each type of event that there is, and the operation sends all of them.
    """
    channel = API["channels"]["articles"]

    assert {message["name"] for message in MESSAGES.values()} == TYPES
    assert {*channel["messages"]} == {*MESSAGES}
    assert len(API["operations"]["publishArticles"]["messages"]) == len(TYPES)
    assert Settings(_env_file=None).stream == channel["address"]


def test_types_in_schema():
    """
    The schema's description names every type whose data it describes.
    """
    assert [] == [name for name in TYPES if name not in schema()["description"]]


@pytest.mark.parametrize("revision", [1, 2])
def test_headers(revision):
    """
    The attributes of a real event fit the headers of the message of its type, and of no other.
    """
    event = make_event(replace(FULL, revision=revision), source="/desk", now=T0)
    attributes = {name: value.decode() for name, value in stream_fields(event).items() if name != "data"}

    fitting = []
    for message in MESSAGES.values():
        parts = [follow(part["$ref"]) if "$ref" in part else part for part in message["headers"]["allOf"]]
        if all(Draft202012Validator(part).is_valid(attributes) for part in parts):
            fitting.append(message["name"])

    assert [event.type] == fitting
    assert {*attributes} == {*API["components"]["schemas"]["attributes"]["required"]}
