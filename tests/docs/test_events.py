"""The reference page of the events is what the contract says, and the contract's own examples keep it."""

import json
import re

import pytest
from jsonschema import Draft202012Validator

from ingest.messages.event import TYPES, read_event
from ingest.messages.ninjs import ninjs_document, ninjs_schema
from tests.docs.render_events import API, PAGE, SCHEMA, example_of, page, walk

FORMATS = Draft202012Validator.FORMAT_CHECKER
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FORMATS)
MESSAGES = list(API["components"]["messages"].values())


def test_page():
    """
    The page that is committed is the one that is made ("make docs").
    """
    assert page() == PAGE.read_text(encoding="utf-8")


def test_fields():
    """
    Every field has a meaning and, but for the one that is reserved, an example.
    """
    without = set()
    for path, _, _, meaning in walk(SCHEMA, SCHEMA):
        assert meaning
        try:
            example_of(path)
        except KeyError:
            without.add(path)

    assert {"html"} == without


@pytest.mark.parametrize("number", range(len(SCHEMA["examples"])))
def test_schema_examples(number):
    """
    The examples of the schema fit it.
    """
    assert [] == [error.message for error in VALIDATOR.iter_errors(SCHEMA["examples"][number])]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message["name"])
def test_message_examples(message):
    """
    Each message's example is an event that a consumer of ours reads; its data fits the schema, also as ninjs.
    """
    (example,) = message["examples"]
    fields = {name.encode(): value.encode() for name, value in example["headers"].items()}
    fields[b"data"] = json.dumps(example["payload"]).encode()

    got = read_event(fields)

    assert message["name"] == got.type
    assert f"{got.article['id']}-{got.article['revision']}" == got.id
    assert [] == [error.message for error in VALIDATOR.iter_errors(got.article)]
    document = ninjs_document(got.article, type=got.type)
    Draft202012Validator(ninjs_schema(), format_checker=FORMATS).validate(document)


def test_one_message_a_type():
    """
    There is a message for each type of event.
    """
    assert sorted(TYPES) == sorted(message["name"] for message in MESSAGES)


def resolve(reference):
    node = API
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


@pytest.mark.parametrize("name", API["channels"])
def test_channels(name):
    """
    A channel is on servers that there are, carries every message, and explains each parameter of its address.
    """
    channel = API["channels"][name]

    assert all(resolve(one["$ref"])["protocol"] for one in channel["servers"])
    assert {*API["components"]["messages"]} == {*channel["messages"]}
    assert {*re.findall(r"\{(\w+)\}", channel["address"])} == {*channel.get("parameters", {})}
    assert all(one["description"] for one in channel.get("parameters", {}).values())


@pytest.mark.parametrize("name", API["operations"])
def test_operations(name):
    """
    An operation sends on a channel the messages of that very channel.
    """
    operation = API["operations"][name]
    channel = operation["channel"]["$ref"]

    assert "send" == operation["action"]
    assert {f"{channel}/messages/{one}" for one in resolve(channel)["messages"]} == {
        one["$ref"] for one in operation["messages"]
    }


def test_every_channel_is_sent_on():
    """
    No channel is without its operation.
    """
    assert {f"#/channels/{name}" for name in API["channels"]} == {
        operation["channel"]["$ref"] for operation in API["operations"].values()
    }


#: The names that AsyncAPI 3.0.0 has for the objects we use; it knows no others but those that begin with "x-".
ALLOWED = {
    "": {"asyncapi", "id", "info", "defaultContentType", "servers", "channels", "operations", "components"},
    "info": {"title", "version", "description", "license"},
    "servers.*": {"host", "protocol", "protocolVersion", "description"},
    "channels.*": {"address", "title", "description", "servers", "parameters", "messages", "bindings"},
    "channels.*.parameters.*": {"enum", "default", "description", "examples", "location"},
    "operations.*": {"action", "channel", "title", "summary", "description", "messages", "bindings"},
    "components": {"messages", "messageBindings", "schemas"},
    "components.messages.*": {
        "name",
        "title",
        "summary",
        "contentType",
        "headers",
        "payload",
        "bindings",
        "examples",
    },
    "components.messages.*.examples.*": {"name", "summary", "headers", "payload"},
    "components.messageBindings.*": {"amqp", "kafka", "http"},
}


@pytest.mark.parametrize("path", ALLOWED)
def test_names(path):
    """
    No object has a name that AsyncAPI does not know.
    """
    nodes = [API]
    for step in filter(None, path.split(".")):
        children = [child for node in nodes for child in ([node.get(step)] if step != "*" else _values(node))]
        nodes = [child for child in children if child is not None]

    assert nodes
    assert set() == {name for node in nodes for name in node} - ALLOWED[path]


def _values(node):
    return [*node.values()] if isinstance(node, dict) else node


def test_sinks_agree():
    """
    The document's addresses are those that the sinks use where nothing else is said.
    """
    texts = {
        name: (PAGE.parents[2] / "ingest" / "sinks" / f"{name}.py").read_text() for name in ("amqp", "nats", "kafka")
    }

    assert all("copydesk.articles" in text for text in texts.values())
    assert "cloudEvents:" in texts["amqp"]
    assert 'f"ce-{' in texts["nats"]
    assert 'f"ce_{' in texts["kafka"]
