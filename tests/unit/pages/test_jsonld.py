"""The page's own article in JSON-LD."""

from __future__ import annotations

import json

import pytest

from ingest.pages.jsonld import article_of, body_of, kind_of, names, texts

URL = "https://tidewater.example/2024/harbour"
ELSEWHERE = "https://tidewater.example/2024/ferry"


def article(headline: str, url: str | None = None, kind: str = "NewsArticle", **fields: object) -> dict[str, object]:
    node = {"@type": kind, "headline": headline, **fields}
    return node if url is None else {**node, "url": url}


OURS, THEIRS = article("Harbour", URL), article("Ferry", ELSEWHERE)


@pytest.mark.parametrize(
    ("value", "headline"),
    [
        pytest.param(article("Harbour"), "Harbour", id="the only one"),
        pytest.param(THEIRS, "Ferry", id="the only one, under an address of its own (AMP, a mobile site)"),
        pytest.param([THEIRS, OURS], "Harbour", id="the page's address"),
        pytest.param([THEIRS, article("Harbour", URL + "/?utm=x#top")], "Harbour", id="its address with extras"),
        pytest.param([THEIRS, article("Harbour", URL.replace("://", "://www."))], "Harbour", id="its address with www"),
        pytest.param({"@graph": [{"@type": "WebSite"}, [[OURS]], THEIRS]}, "Harbour", id="a nested graph"),
        pytest.param({"@type": "WebPage", "mainEntity": article("Harbour")}, "Harbour", id="a page's main entity"),
        pytest.param([article("Harbour"), article("Harbour", kind="Article")], "Harbour", id="the same twice"),
        pytest.param([article("Ferry"), article("Light")], "", id="two, and no telling"),
        pytest.param([article("Ferry"), article("HARBOUR"), article("Light")], "HARBOUR", id="the page's headline"),
        pytest.param(
            [{"@type": "ItemList", "itemListElement": [{"item": article("Ferry")}]}, article("Light")],
            "Light",
            id="a list of others",
        ),
        pytest.param(article("Harbour", URL, mentions=[article("Ferry", URL)]), "Harbour", id="others inside"),
        pytest.param(
            {
                "@type": "LiveBlogPosting",
                "headline": "Harbour",
                "url": URL,
                "liveBlogUpdate": [article("10:05", URL + "#1", "BlogPosting")],
            },
            "Harbour",
            id="a live blog's posts",
        ),
        pytest.param({"@type": "Recipe", "headline": "Soup"}, "", id="no article"),
        pytest.param(
            {"@type": ["Thing", "https://schema.org/NewsArticle"], "headline": "A"}, "A", id="types as a list"
        ),
        pytest.param([], "", id="nothing"),
    ],
)
def test_own(value, headline):
    """
    Only the page's own article speaks: by its address, as the only one, or by its headline.
    """
    node = article_of([json.dumps(value)], URL, titles=["Harbour"])

    assert headline == node.get("headline", "")


def test_references():
    """
    What an article only refers to is looked up in the page's other nodes.
    """
    graph = [
        {**OURS, "author": [{"@id": "#ana"}, {"@id": "#nobody"}], "image": {"@id": "#quay"}},
        {"@id": "#ana", "@type": "Person", "name": "Ana Gull", "image": {"@id": "#quay"}},
        {"@id": "#quay", "@type": "ImageObject", "url": "https://tidewater.example/quay.jpg"},
    ]

    node = article_of([json.dumps({"@graph": graph})], URL)

    assert ["Ana Gull"] == names(node["author"])
    assert node["image"]["url"] == "https://tidewater.example/quay.jpg"


def test_together():
    """
    Several nodes of one article fill each other's gaps, the more telling first; the page's node adds what both share.
    """
    blocks = [
        json.dumps(article("Harbour", URL, "Article", description="Cracks", wordCount=3)),
        json.dumps(article("Harbour", URL, description="Walls")),
        json.dumps({"@type": "WebPage", "@id": URL, "inLanguage": "en", "description": "no", "name": "Page"}),
    ]

    node = article_of(blocks, URL)

    assert ("Walls", 3, "en") == (node["description"], node["wordCount"], node["inLanguage"])
    assert "name" not in node


@pytest.mark.parametrize(
    "block",
    [
        '{"@type": "Article", "headline": "A \\"still\\" harbour"}',
        '{"@type": "Article", "headline": "A "still" harbour"}',
        '{"@type": "Article", "headline": "A \\"still\\" harbour", "x": "a\tb\nc",}',
        '{"@type": "Article", "keywords": ["a", "b",], "headline": "A "still" harbour", }',
        '{"@type": "Article", "headline": "A \\"still\\" harbour", "x": "it\\\'s \\_"}',
        '{"@type": "WebSite"}{"@type": "Article", "headline": "A \\"still\\" harbour"}',
        '{"@type": "WebSite"},\n{"@type": "Article", "headline": "A \\"still\\" harbour"};',
        '/*<![CDATA[*/{"@type": "Article", "headline": "A \\"still\\" harbour"}/*]]>*/',
        "{&quot;@type&quot;: &quot;Article&quot;, &quot;headline&quot;: &quot;A \\&quot;still\\&quot; harbour&quot;}",
        '&#123;"@type": "Article", "headline": "A \\"still\\" harbour"&#125;',
        '\ufeff{"@type": "Article", "headline": "A \\"still\\" harbour"}',
    ],
)
def test_mended(block):
    """
    JSON that is broken the way templates break it is read all the same.
    """
    assert article_of([block], URL).get("headline") == 'A "still" harbour'


@pytest.mark.parametrize(
    "block", ["", "{", '{"@type": "Article"', "[1, 2", "var a = 1;", "[" * 5_000, "null", '"x"', "{]"]
)
def test_hopeless(block):
    """
    A block beyond mending is passed over, and the next one is read.
    """
    assert article_of([block, json.dumps(OURS)], URL)["headline"] == "Harbour"


def test_deep():
    """
    Values nested as deep as the reader of JSON goes raise nothing afterwards.
    """
    for field in ("author", "image", "isAccessibleForFree", "articleBody"):
        node = article_of([f'{{"@type": "Article", "{field}": {"[" * 900}{"]" * 900}}}'], URL)

        assert [] == texts(node[field]) == names(node[field])


def test_body():
    """
    The article's body is its text, also in parts and with a language; another article's is never taken.
    """
    assert body_of(article_of([json.dumps({**OURS, "articleBody": ["One.", {"@value": "Two."}]})], URL)) == "One.\nTwo."
    assert body_of(article_of([json.dumps([OURS, {**THEIRS, "articleBody": "No."}])], URL)) == ""


def test_kind():
    """
    A node's type is its last part, in small letters; what is no node has none.
    """
    assert ("person", "organization", "", "") == tuple(
        map(kind_of, ({"@type": "https://schema.org/Person"}, {"@type": "schema:Organization"}, {}, "Person"))
    )
