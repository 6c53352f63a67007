"""A row of the stream as what a sink takes."""

import jsonschema
import orjson
import pytest

from ingest.errors import EventError
from ingest.messages.event import make_event, stream_fields
from ingest.messages.ninjs import ninjs_schema
from ingest.sinks.parcels import pack
from tests.unit.messages.articles import FULL, T0


@pytest.fixture
def fields():
    """What stands on the stream."""
    event = make_event(FULL, source="copydesk/test", now=T0)
    return {name.encode(): value for name, value in stream_fields(event).items()}


def test_copydesk(fields):
    """
    Our own form is the row as it is: its data byte for byte, its attributes all of them.
    """
    got = pack(fields, "copydesk")

    article = orjson.loads(fields[b"data"])
    assert (fields[b"data"], article) == (got.parcel.data, got.article)
    assert {name.decode(): value.decode() for name, value in fields.items() if name != b"data"} == got.parcel.attributes
    assert (fields[b"id"].decode(), fields[b"type"].decode(), article["id"], article["source"]["domain"]) == (
        got.parcel.id,
        got.parcel.type,
        got.parcel.subject,
        got.parcel.source_domain,
    )


def test_ninjs(fields):
    """
    As ninjs the data is a document of that schema, under the same attributes.
    """
    got = pack(fields, "ninjs").parcel

    jsonschema.validate(orjson.loads(got.data), ninjs_schema())
    assert pack(fields, "copydesk").parcel.attributes == got.attributes


@pytest.mark.parametrize("form", ["copydesk", "ninjs"])
@pytest.mark.parametrize("damage", [{b"data": b"{"}, {b"data": b"[]"}, {b"type": b"x"}, {b"time": b"\xff"}])
def test_no_event(fields, form, damage):
    """
    What is no event of ours is named.
    """
    with pytest.raises(EventError):
        pack(fields | damage, form)


def test_a_dead_letter(fields):
    """
    The reason of a dead letter is no attribute of its event.
    """
    assert pack(fields, "copydesk") == pack({**fields, b"reason": b"why"}, "copydesk")


@pytest.mark.parametrize("source", [None, "x", {}, {"domain": 5}])
def test_no_domain(fields, source):
    """
    An event whose source has no domain is one all the same.
    """
    data = orjson.loads(fields[b"data"]) | {"source": source}

    assert "" == pack(fields | {b"data": orjson.dumps(data)}, "copydesk").parcel.source_domain
