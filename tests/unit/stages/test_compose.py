"""Whom an article believes, field by field."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingest.models import (
    Author,
    Cleaning,
    Cluster,
    Enclosure,
    Entry,
    Extraction,
    FeedRef,
    Image,
    Metadata,
    Removal,
)
from ingest.stages.compose import Copy, compose

T1, T2, T3, T4 = (datetime(2026, 3, day, tzinfo=UTC) for day in range(1, 5))
FEED = FeedRef(id="f", url="https://example.org/feed.xml?token=hush", title="Feed's name")
LEAD = Enclosure(url="https://example.org/lead.jpg", type="image/jpeg", caption="C", credit="Ph")
CLIP = Enclosure(url="https://example.org/clip.mp4", type="video/mp4")


def made(entry: Entry, page: Metadata, **changes):
    copy = Copy(
        extraction=Extraction(paragraphs=("A sentence.",), method="trafilatura-fast", metadata=page),
        cleaning=Cleaning(paragraphs=("A sentence.",)),
        content_source="page",
        url="https://www.example.org/news/1234",
        fetched_at=T4,
        summary="Feed's summary",
    )
    copy = replace(copy, **changes)
    return compose(article_id="a", entry=entry, feed=FEED, copy=copy, first_seen_at=T3, head=None)


@pytest.mark.parametrize(
    ("entry", "page", "expected"),
    [
        pytest.param({"title": "E"}, {"title": "P"}, {"title": "E"}, id="headline: the feed's"),
        pytest.param({}, {"title": "P"}, {"title": "P"}, id="headline: else the page's"),
        pytest.param({}, {}, {"title": "", "authors": (), "byline": "", "language": "", "image": None}, id="nothing"),
        pytest.param(
            {"authors": (Author(name="Ida"), Author(email="bo@x.example"), Author(name="Ida"))},
            {"authors": ("Pia",)},
            {"authors": ("Ida", "bo"), "byline": "Ida, bo"},
            id="authors: the feed's, each once",
        ),
        pytest.param(
            {"authors": ()}, {"authors": ("Pia", "Uwe")}, {"byline": "Pia, Uwe"}, id="authors: else the page's"
        ),
        pytest.param(
            {"authors": (Author(url="https://x.example/ida"),)},
            {"authors": ("Pia",)},
            {"authors": ("Pia",)},
            id="authors: one without a name gives way",
        ),
        pytest.param(
            {"published_at": T1, "updated_at": T2},
            {"published_at": T3, "updated_at": T4},
            {"published_at": T1, "updated_at": T2},
            id="dates: the feed's",
        ),
        pytest.param(
            {}, {"published_at": T3, "updated_at": T4}, {"published_at": T3, "updated_at": T4}, id="dates: the page's"
        ),
        pytest.param({"updated_at": T2}, {}, {"published_at": T2, "updated_at": T2}, id="dates: any"),
        pytest.param({"language": "en"}, {"language": "de"}, {"language": "de"}, id="language: the page's"),
        pytest.param({"language": "en"}, {}, {"language": "en"}, id="language: else the feed's"),
        pytest.param(
            {"image": LEAD.url},
            {"image": Image(url="https://p.example/")},
            {"image": Image(url="https://p.example/")},
            id="image: the page's",
        ),
        pytest.param({"image": CLIP.url, "media": (LEAD,)}, {}, {"image": Image(url=CLIP.url)}, id="image: entry"),
        pytest.param(
            {"media": (CLIP, LEAD)},
            {},
            {"image": Image(url=LEAD.url, caption="C", credit="Ph"), "media": (CLIP, LEAD)},
            id="image: else its first picture",
        ),
        pytest.param({"media": (CLIP,), "enclosures": (LEAD,)}, {}, {"media": (CLIP, LEAD), "image": None}, id="media"),
        pytest.param({}, {"site_name": "Site"}, {"source_name": "Site"}, id="name: the site's"),
        pytest.param({}, {}, {"source_name": "Feed's name", "source_domain": "example.org"}, id="name: the feed's"),
        pytest.param({}, {"summary": "P"}, {"summary": "P"}, id="summary: the page's"),
        pytest.param({}, {}, {"summary": "Feed's summary"}, id="summary: else the feed's"),
        pytest.param({"categories": ("a", "b", "")}, {"tags": ("b", "c")}, {"tags": ("a", "b", "c")}, id="tags: both"),
        pytest.param({"rights": "E"}, {"rights": "P"}, {"rights": "E"}, id="rights: the feed's"),
        pytest.param({}, {"rights": "P"}, {"rights": "P"}, id="rights: else the page's"),
        pytest.param({"guid": " g "}, {}, {"guid": " g "}, id="guid: as it stands"),
        pytest.param({}, {"is_paywalled": False}, {"is_paywalled": False}, id="paywall: the page's word"),
        pytest.param({}, {"canonical_url": "https://x.org/"}, {"canonical_url": "https://x.org/"}, id="canonical"),
    ],
)
def test_trust(entry, page, expected):
    """
    Each fills what the other leaves empty; where both speak, the one who knows is believed.
    """
    article = made(Entry(**entry), Metadata(**page))

    assert expected == {name: getattr(article, name) for name in expected}


def test_provenance():
    """
    An article says where, when and how its text was had, and gives no secret of the feed's address away.
    """
    article = made(Entry(), Metadata(), content_source="feed", flags=("page-empty",))

    assert FeedRef(id="f", url="https://example.org/feed.xml?token=***", title="Feed's name") == article.feed
    assert ("feed", ("page-empty",), "trafilatura-fast", T4, T3) == (
        article.content_source,
        article.flags,
        article.extraction_method,
        article.fetched_at,
        article.first_seen_at,
    )


def test_wire():
    """
    Dateline and agency are read from the text and from what was cut.
    """
    removal = Removal(kind="disclaimer", rule="r", text="Auto-generated from a syndicated feed.", after_paragraph=1)
    cleaning = Cleaning(paragraphs=("KYIV, Ukraine (AP) - The river rose.",), removals=(removal,))

    article = made(Entry(), Metadata(), cleaning=cleaning)

    assert ("KYIV, Ukraine", "AP", True) == (article.dateline, article.wire.agency, article.wire.is_syndicated)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (None, Cluster(id="a", role="head", head_id="a")),
        ("a", Cluster(id="a", role="head", head_id="a")),
        ("b", Cluster(id="b", role="copy", head_id="b")),
    ],
)
def test_cluster(head, expected):
    """
    An article whose text another had first is that one's copy.
    """
    copy = Copy(
        extraction=Extraction(paragraphs=("A sentence.",), method="m"),
        cleaning=Cleaning(paragraphs=("A sentence.",)),
        content_source="page",
        url="https://example.org/1",
        fetched_at=T4,
    )

    article = compose(article_id="a", entry=Entry(), feed=FEED, copy=copy, first_seen_at=T3, head=head)

    assert expected == article.cluster
