"""What a page says of itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.models import Image, Metadata
from ingest.pages.metadata import read_date, read_metadata

URL = "https://tidewater.example/2024/harbour"


def page(*head: str) -> str:
    return f"<html><head>{''.join(head)}</head><body><p>Text.</p></body></html>"


def jsonld(value: object) -> str:
    return f'<script type="application/ld+json">{value if isinstance(value, str) else json.dumps(value)}</script>'


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


FULL = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "WebPage", "url": URL, "headline": "Not this"},
        {"@type": "NewsArticle", "url": "https://tidewater.example/other", "headline": "A neighbour"},
        {
            "@type": ["ReportageNewsArticle"],
            "mainEntityOfPage": {"@id": URL + "/"},
            "headline": "Harbour &amp; storm",
            "author": [{"@type": "Person", "name": "Ana Gull"}, {"name": "By Kim Tern"}, "https://x.example/ana"],
            "datePublished": "2024-11-30T10:00:00+01:00",
            "dateModified": "2024-11-30T12:30:00Z",
            "inLanguage": "en_GB",
            "publisher": {"name": "Tidewater"},
            "description": "What the storm left.",
            "image": {"url": "/storm.jpg", "caption": "The quay", "creditText": "A. Gull"},
            "keywords": "storm, harbour, storm",
            "copyrightHolder": {"name": "Tidewater Media"},
            "isAccessibleForFree": "False",
        },
    ],
}


def test_jsonld():
    """
    The article node of the page's own address says everything, wherever in the graph it stands.
    """
    expected = Metadata(
        title="Harbour & storm",
        authors=("Ana Gull", "Kim Tern"),
        language="en-GB",
        published_at=datetime(2024, 11, 30, 9, tzinfo=UTC),
        updated_at=datetime(2024, 11, 30, 12, 30, tzinfo=UTC),
        canonical_url="https://tidewater.example/other-address",
        site_name="Tidewater",
        summary="What the storm left.",
        image=Image(url="https://tidewater.example/storm.jpg", caption="The quay", credit="A. Gull"),
        tags=("storm", "harbour"),
        rights="Tidewater Media",
        is_paywalled=True,
    )

    assert expected == read_metadata(page(jsonld(FULL), "<link rel=canonical href=/other-address>"), URL)


def test_metas():
    """
    Without JSON-LD the meta elements speak.
    """
    html = page(
        "<title>Harbour | Tidewater</title>",
        meta("og:title", "Harbour"),
        meta("og:url", URL),
        meta("og:locale", "nb_NO"),
        meta("og:site_name", "Tidewater"),
        meta("og:description", "What the storm left."),
        meta("og:image", "//cdn.tidewater.example/s.jpg"),
        meta("article:published_time", "2024-11-30"),
        meta("article:author", "https://facebook.example/ana"),
        meta("article:author", "Ana Gull"),
        meta("article:tag", "storm"),
        meta("copyright", "Tidewater Media"),
        meta("article:content_tier", "locked"),
    )

    expected = Metadata(
        title="Harbour",
        authors=("Ana Gull",),
        language="nb-NO",
        published_at=datetime(2024, 11, 30, tzinfo=UTC),
        canonical_url=URL,
        site_name="Tidewater",
        summary="What the storm left.",
        image=Image(url="https://cdn.tidewater.example/s.jpg"),
        tags=("storm",),
        rights="Tidewater Media",
        is_paywalled=True,
    )
    assert expected == read_metadata(html, URL)


@pytest.mark.parametrize(
    "block",
    [
        '{"@type": "Article", "headline": "A\nstorm",}',
        '<!-- {"@type": "Article", "headline": "A storm"} -->',
        '//<![CDATA[\n{"@type": "Article", "headline": "A storm"}\n//]]>',
        '[{"@type": "https://schema.org/Article", "headline": "A storm"}];',
    ],
)
def test_broken_json(block):
    """
    JSON-LD that is broken in the common ways is read all the same.
    """
    assert read_metadata(page(jsonld(block)), URL).title == "A storm"


@pytest.mark.parametrize("block", ["{", "[" * 100_000, '"text"', "1" * 5_000, '{"@type": "Article", "headline": {}}'])
def test_hopeless_json(block):
    """
    JSON-LD beyond repair leaves the rest of the page its say.
    """
    assert read_metadata(page("<title>A storm</title>", jsonld(block)), URL).title == "A storm"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "ftp://x.example/", "http://[", " ", "a b"]
)
def test_addresses(address):
    """
    Only http(s) addresses pass; what is relative to a page with no address is none.
    """
    html = page(f'<link rel="canonical" href="{address}">', meta("og:image", address))

    metadata = read_metadata(html, "")

    assert metadata.canonical_url is None
    assert metadata.image is None


def test_base():
    """
    Relative addresses resolve against the page's <base>.
    """
    html = page("<base href=https://cdn.tidewater.example/x/>", meta("og:image", "s.jpg"))

    assert Image(url="https://cdn.tidewater.example/x/s.jpg") == read_metadata(html, URL).image


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-11-30T10:00:00Z", datetime(2024, 11, 30, 10, tzinfo=UTC)),
        ("2024-11-30T10:00:00.123456789+01:00", datetime(2024, 11, 30, 9, 0, 0, 123456, tzinfo=UTC)),
        ("20241130T100000+0100", datetime(2024, 11, 30, 9, tzinfo=UTC)),
        (" 2024-11-30 10:00 ", datetime(2024, 11, 30, 10, tzinfo=UTC)),
        ("Sat, 30 Nov 2024 10:00:00 GMT", datetime(2024, 11, 30, 10, tzinfo=UTC)),
        ("30 Nov 2024 10:00 +0200", datetime(2024, 11, 30, 8, tzinfo=UTC)),
        ("0001-01-01T00:00:00", None),
        ("2024-02-30", None),
        ("31 Feb 2024 10:00 GMT", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates(text, moment):
    """
    ISO 8601 and RFC 5322 dates are moments in UTC; placeholders and words are none.
    """
    assert moment == read_date(text)


@given(text=st.text(max_size=60))
def test_any_date(text):
    """
    Any text is a moment in UTC or none.
    """
    moment = read_date(text)

    assert moment is None or moment.tzinfo is UTC


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["@type", "author", "image", "name", "url", "keywords", "publisher"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_any_jsonld(value):
    """
    An article node with anything in any field never raises.
    """
    fields = ("headline", "author", "image", "datePublished", "keywords", "publisher", "inLanguage", "url", "@id")
    node = {"@type": "Article", **dict.fromkeys(fields, value)}

    assert isinstance(read_metadata(page(jsonld(node)), URL), Metadata)
