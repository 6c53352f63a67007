"""Which events a sink is given."""

import pytest

from ingest.sinks.filters import Filters, kind_of, passes

ARTICLE = {"source": {"domain": "news.gazette.example"}, "language": "en-GB", "cluster": {"role": "head"}}
PUBLISHED = "article.published.v1"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), True),
        (Filters(sources=("news.gazette.example",)), True),
        (Filters(sources=("gazette.example",)), True),
        (Filters(sources=("azette.example",)), False),
        (Filters(sources=("courier.example", "gazette.example")), True),
        (Filters(sources=("courier.example",)), False),
        (Filters(languages=("en",)), True),
        (Filters(languages=("en-gb",)), True),
        (Filters(languages=("e",)), False),
        (Filters(languages=("en-us", "de")), False),
        (Filters(roles=("head",)), True),
        (Filters(roles=("copy",)), False),
        (Filters(kinds=("published", "updated")), True),
        (Filters(kinds=("withdrawn",)), False),
        (Filters(sources=("gazette.example",), languages=("de",)), False),
    ],
)
def test_passes(filters, expected):
    """
    An event passes when it is what every part asks for; a domain stands for those below it, a language for its kinds.
    """
    assert expected == passes(filters, PUBLISHED, ARTICLE)


@pytest.mark.parametrize(
    "article", [{}, {"source": None, "language": 5, "cluster": "head"}, {"source": {"domain": []}}]
)
@pytest.mark.parametrize(
    "filters", [Filters(sources=("a.example",)), Filters(languages=("en",)), Filters(roles=("head",))]
)
def test_what_is_not_said(filters, article):
    """
    What the event does not say, or says in another way, is not what was asked for.
    """
    assert not passes(filters, PUBLISHED, article)
    assert passes(Filters(), PUBLISHED, article)


@pytest.mark.parametrize("kind", ["published", "updated", "withdrawn"])
def test_kind(kind):
    """
    The kind is the middle word of the type.
    """
    assert kind == kind_of(f"article.{kind}.v1")
