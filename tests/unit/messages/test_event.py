import json
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ingest.errors import EventError
from ingest.messages.event import (
    MAX_CHANGES,
    article_document,
    make_event,
    make_withdrawal,
    quality,
    read_event,
    schema,
    stream_fields,
    word_count,
)
from ingest.models import Cleaning, Cluster, Enclosure, Image, Removal
from tests.unit.messages.articles import ARTICLES, CHANGES, FULL, T0

SCHEMA = Draft202012Validator(schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
UNFIT = re.compile("[\ud800-\udfff\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
FIELDS = {name.encode(): value for name, value in stream_fields(make_event(FULL, source="/desk", now=T0)).items()}


def strings(value):
    """Every string in a document."""
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from strings(inner)
        case list():
            for inner in value:
                yield from strings(inner)


def test_full():
    """
    An article says all it knows, in the layout that consumers were promised.
    """
    got = json.loads(make_event(FULL, source="/desk", now=T0).data)

    assert got == {
        "id": "0f3c",
        "revision": 2,
        "url": "https://ferries.example/late",
        "canonical_url": "https://www.ferries.example/late",
        "guid": "tag:ferries.example,2026:late",
        "feed": {"id": "f1", "url": "https://ferries.example/feed", "title": "Ferries daily"},
        "source": {"name": "Ferries", "domain": "ferries.example"},
        "title": "Ferry late",
        "authors": ["A. Pilot", "B. Mate"],
        "byline": "A. Pilot, B. Mate",
        "dateline": "OBAN",
        "language": "en",
        "published_at": "2026-03-04T05:06:07Z",
        "updated_at": "2026-03-04T05:06:07Z",
        "fetched_at": "2026-03-04T05:06:07Z",
        "first_seen_at": "2026-03-04T05:06:07Z",
        "text": "OBAN (AFP) - The ferry was late.\nIt was the tide.",
        "paragraphs": ["OBAN (AFP) - The ferry was late.", "It was the tide."],
        "summary": "A ferry was late.",
        "word_count": 10,
        "media": [
            {
                "url": "https://ferries.example/a.mp3",
                "type": "audio/mpeg",
                "length": 1234,
                "caption": "Horn",
                "credit": "",
            }
        ],
        "tags": ["sea", "tide"],
        "rights": "© Ferries",
        "wire": {
            "agency": "AFP",
            "evidence": ["OBAN (AFP) -"],
            "syndicated": True,
            "syndicated_from": "https://a.example/x",
        },
        "cluster": {"id": "0f3c", "role": "head", "head_id": "0f3c"},
        "content_source": "page",
        "extraction": {"method": "trafilatura-fast", "quality": 0.04},
        "cleaning": {
            "version": "1",
            "removed": [
                {"kind": "promo", "rule": "newsletter", "text": "Sign up", "after_paragraph": 1, "confidence": 0.9}
            ],
            "flags": ["removed-too-much", "page-slow"],
        },
        "content_digest": "0" * 32,
        "image": {"url": "https://ferries.example/a.jpg", "caption": "The ferry", "credit": "C. Cook"},
        "paywalled": False,
        "revision_of": {"id": "0f3c-1", "changes": []},
    }
    SCHEMA.validate(got)


def test_bare():
    """
    An article that knows almost nothing leaves the optional keys out and still fits the schema.
    """
    bare = replace(
        FULL,
        revision=1,
        url="",
        canonical_url=None,
        guid=None,
        published_at=None,
        updated_at=None,
        image=Image(url="data:image/png;base64,AAAA"),
        media=(),
        is_paywalled=None,
        cleaning=Cleaning(paragraphs=()),
        content_digest="",
    )

    got = json.loads(make_event(bare, source="/desk", now=T0).data)

    SCHEMA.validate(got)
    assert {"image", "paywalled", "revision_of", "html"}.isdisjoint(got)
    assert [None] * 5 == [got[key] for key in ("url", "canonical_url", "guid", "published_at", "updated_at")]


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(ARTICLES)
def test_any_article(article):
    """
    Whatever an article holds, its event fits the schema, is UTF-8, and carries no control code and no foreign scheme.
    """
    event = make_event(article, source="/desk", now=T0)

    document = json.loads(event.data.decode())
    SCHEMA.validate(document)
    assert [] == [text for text in strings(document) if UNFIT.search(text)]
    assert document["text"] == "\n".join(document["paragraphs"])
    assert event.data == make_event(article, source="/desk", now=T0).data


@pytest.mark.parametrize("role", ["head", "copy"])
def test_removals_restore(role):
    """
    Putting the removals back where the event says restores the text as found, byte for byte.
    """
    found = ["Related: tides", "One.", "Sign up", "Follow us", "Two.", "(Wire)"]
    removals = [(0, 0), (2, 1), (3, 1), (5, 2)]
    cleaning = Cleaning(
        paragraphs=("One.", "Two."),
        removals=tuple(
            Removal(kind="promo", rule="r", text=found[at], after_paragraph=after) for at, after in removals
        ),
    )
    article = replace(FULL, cleaning=cleaning, cluster=Cluster(id="a", role=role, head_id="a"))

    document = json.loads(make_event(article, source="/desk", now=T0).data)

    restored = []
    for after in range(len(document["paragraphs"]) + 1):
        restored += [cut["text"] for cut in document["cleaning"]["removed"] if cut["after_paragraph"] == after]
        restored += document["paragraphs"][after : after + 1]
    assert found == restored


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("title", "A\x00 title\r\nwith\ud800 \u202etricks\u2066 ", "A title with tricks"),
        ("title", "x" * 2000, "x" * 1000),
        ("summary", "y" * 9000, "y" * 5000),
        ("tags", ("a", "a", "", " \x07", "b\n"), ["a", "b"]),
        ("tags", tuple(map(str, range(300))), [*map(str, range(100))]),
        ("tags", ("t" * 300,), ["t" * 200]),
        ("url", "javascript:alert(1)", None),
        ("url", "http://user:secret@a.example/x", "http://a.example/x"),
        ("url", "http://b.example\\@127.0.0.1/", None),
        ("url", 'HTTPS://a.example/<b>"c"', "https://a.example/%3Cb%3E%22c%22"),
        ("url", "https://a.example/" + "x" * 4000, None),
        ("canonical_url", "/relative", None),
        ("guid", "javascript:opaque", "javascript:opaque"),
        ("media", (Enclosure(url="file:///etc/passwd"),), []),
        ("language", "عربي\u200f", "عربي\u200f"),
    ],
)
def test_hygiene(key, value, expected):
    """
    What must not travel is taken out or left out, what is too long is cut, and marks that scripts need stay.
    """
    got = article_document(replace(FULL, **{key: value}))

    assert expected == got[key]


@pytest.mark.parametrize(
    ("length", "expected"),
    [("10", 10), ("0", None), ("", None), ("-1", None), ("1e3", None), ("٣", None), ("9" * 16, None)],
)
def test_media_length(length, expected):
    """
    A file's length is a number only where the feed says a sensible one.
    """
    media = (Enclosure(url="https://a.example/a.mp3", length=length),)

    (got,) = article_document(replace(FULL, media=media))["media"]

    assert expected == got["length"]


@given(CHANGES)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_changes(changes):
    """
    Whatever changed is told in the layout of the schema: so many spans, short, on one line each.
    """
    got = json.loads(make_event(FULL, source="/desk", now=T0, changes=changes).data)

    SCHEMA.validate(got)
    assert [change.kind for change in changes[:MAX_CHANGES]] == [told["kind"] for told in got["revision_of"]["changes"]]
    assert not UNFIT.search("".join(strings(got["revision_of"])))


def test_corrections():
    """
    Notices of a correction are a fact of their own; an article without one does not have the key.
    """
    notices = ("Correction: the ferry\n sank in 1971.", "Correction: the ferry sank in 1971.", "It was amended.")

    got = article_document(replace(FULL, corrections=notices))

    assert ["Correction: the ferry sank in 1971.", "It was amended."] == got["corrections"]
    SCHEMA.validate(json.loads(json.dumps(got)))
    assert "corrections" not in article_document(FULL)


@pytest.mark.parametrize("revision", [1, 2])
def test_withdrawal(revision):
    """
    A withdrawal is the article as it was last sent, under the next revision's number.
    """
    last = json.loads(make_event(replace(FULL, revision=revision), source="/desk", now=T0).data)

    event = make_withdrawal(last, source="/desk", now=T0)

    assert ("article.withdrawn.v1", f"0f3c-{revision + 1}", "0f3c") == (event.type, event.id, event.subject)
    got = read_event({name.encode(): value for name, value in stream_fields(event).items()}).article
    SCHEMA.validate(got)
    told = {"revision": revision + 1, "revision_of": {"id": f"0f3c-{revision}", "changes": []}}
    assert last | told == got


@pytest.mark.parametrize(
    ("revision", "kind"), [(1, "article.published.v1"), (2, "article.updated.v1"), (9, "article.updated.v1")]
)
def test_identity(revision, kind):
    """
    The first revision is published and later ones are updates, each under an id of its own that never changes.
    """
    got = make_event(replace(FULL, revision=revision), source="/desk", now=T0)

    assert (kind, f"0f3c-{revision}", "0f3c", "/desk", T0) == (got.type, got.id, got.subject, got.source, got.time)


def test_times_are_utc():
    """
    A time goes out in UTC whatever zone it came in.
    """
    there = datetime(2026, 1, 1, 1, 0, 0, 5, tzinfo=timezone(timedelta(hours=2)))

    got = article_document(replace(FULL, published_at=there))

    assert got["published_at"] == "2025-12-31T23:00:00.000005Z"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("One two  three\nfour", 4),
        ("Well – no.", 2),
        ("It's 3.5 per-cent", 3),
        ("新闻编辑部。", 5),
        ("東京タワー", 5),
        ("서울 소식", 2),
        ("BBC 新闻 today", 4),
        ("ข่าว", 3),
    ],
)
def test_word_count(text, expected):
    """
    Words stand between spaces; where a script has none, each letter counts and no mark or punctuation does.
    """
    assert expected == word_count(text)


LONG = Cleaning(paragraphs=("word " * 200,))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"cleaning": LONG}, 1.0),
        ({"cleaning": Cleaning(paragraphs=("word " * 75,))}, 0.5),
        ({"cleaning": Cleaning(paragraphs=())}, 0.0),
        ({"cleaning": LONG, "content_source": "feed"}, 0.7),
        ({"cleaning": LONG, "flags": ("page-empty",)}, 0.8),
        ({"cleaning": replace(LONG, flags=("a",)), "flags": ("a", "b")}, 0.64),
        (
            {
                "cleaning": replace(
                    LONG, removals=(Removal(kind="promo", rule="r", text="x" * 1000, after_paragraph=0),)
                )
            },
            0.75,
        ),
    ],
)
def test_quality(changes, expected):
    """
    Quality falls with missing words, with what was cut, with the feed as source and with each warning.
    """
    assert expected == quality(replace(FULL, **{"flags": (), **changes}))


def test_round_trip():
    """
    What a consumer reads is what was sent.
    """
    got = read_event(FIELDS)

    assert ("0f3c-2", "article.updated.v1", "/desk", "0f3c", T0) == (
        got.id,
        got.type,
        got.source,
        got.subject,
        got.time,
    )
    assert json.loads(FIELDS[b"data"]) == got.article


def test_unknown_fields():
    """
    A field that we do not know is an addition, not an error.
    """
    got = read_event(FIELDS | {b"traceparent": b"\xff"})

    assert got.id == "0f3c-2"


@pytest.mark.parametrize("missing", [*FIELDS])
def test_missing_field(missing):
    """
    An entry without one of the fields is refused by the field's name.
    """
    fields = {name: value for name, value in FIELDS.items() if name != missing}

    with pytest.raises(EventError, match=missing.decode()):
        read_event(fields)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"specversion", b"2.0"),
        (b"type", b"article.published.v2"),
        (b"datacontenttype", b"text/html"),
        (b"time", b"yesterday"),
        (b"time", b"2026-01-01T00:00:00"),
        (b"id", b""),
        (b"source", b"\xff"),
        (b"data", b""),
        (b"data", b"[]"),
        (b"data", b"{" * 100_000),
        (b"data", b'{"a": NaN}'),
        (b"data", b'"\xff"'),
    ],
)
def test_junk_field(name, value):
    """
    A field that cannot be true makes the entry no event of ours.
    """
    with pytest.raises(EventError):
        read_event(FIELDS | {name: value})


@given(st.dictionaries(st.sampled_from([*FIELDS]) | st.binary(), st.binary()))
def test_any_junk(junk):
    """
    No junk gets past, and none ends in another exception.
    """
    fields = {**FIELDS, b"data": b"no json", **junk}

    try:
        read_event(fields)
    except EventError:
        return

    assert isinstance(json.loads(fields[b"data"]), dict)


def objects(node):
    """Every object schema in a schema."""
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield node
        for inner in node.values():
            yield from objects(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from objects(inner)


def test_schema_is_strict():
    """
    The schema is valid, describes every key, and lets nothing through that it does not name.
    """
    Draft202012Validator.check_schema(schema())

    found = [*objects(schema())]
    assert len(found) == 12
    assert {False} == {one["additionalProperties"] for one in found}
    assert [] == [name for one in found for name, key in one["properties"].items() if not key.get("description")]
    assert [] == [name for one in found for name in one["required"] if name not in one["properties"]]


def test_schema_order():
    """
    The document's keys come in the schema's order, the optional ones last.
    """
    required, optional = schema()["required"], schema()["properties"].keys() - {*schema()["required"]}

    got = [*article_document(FULL)]

    assert required == got[: len(required)]
    assert {*got[len(required) :]} <= optional
