"""What a page says of itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.models import Author, Entry, Image, Metadata
from ingest.pages.complete import complete
from ingest.pages.dom import read_tree
from ingest.pages.metadata import describe, read_date, read_metadata

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


# ------------------------------------------------------------------------------------------------ the order of trust

FED = Entry(
    title="Fed title",
    authors=(Author(name="Fed Author"),),
    published_at=datetime(2024, 1, 1, tzinfo=UTC),
    updated_at=datetime(2024, 1, 2, tzinfo=UTC),
    language="fr",
    image="https://tidewater.example/fed.jpg",
    categories=("fed",),
    rights="Fed rights",
)

#: Each field's sources from the most trusted to the least: markup of a page or an entry of a feed, and what it says.
TRUST = {
    "title": [
        (FED, "Fed title"),
        ({"headline": "A1"}, "A1"),
        (meta("og:title", "A2"), "A2"),
        (meta("twitter:title", "A3"), "A3"),
        ("<body><h1>A4</h1>", "A4"),
        ("<title>A5</title>", "A5"),
    ],
    "authors": [
        (FED, ("Fed Author",)),
        ({"author": {"name": "Ana One"}}, ("Ana One",)),
        (meta("author", "Ana Two"), ("Ana Two",)),
        (meta("article:author", "Ana Three"), ("Ana Three",)),
        (meta("parsely-author", "Ana Four"), ("Ana Four",)),
        (meta("dc.creator", "Ana Five"), ("Ana Five",)),
        ("<p itemprop=author>Ana Six</p>", ("Ana Six",)),
        ("<a rel=author href=/ana>Ana Seven</a>", ("Ana Seven",)),
    ],
    "language": [
        ({"inLanguage": "de"}, "de"),
        (meta("og:locale", "it_IT"), "it-IT"),
        (meta("content-language", "es"), "es"),
        (FED, "fr"),
    ],
    "published_at": [
        (FED, datetime(2024, 1, 1, tzinfo=UTC)),
        ({"datePublished": "2024-01-03T00:00:00Z"}, datetime(2024, 1, 3, tzinfo=UTC)),
        (meta("article:published_time", "2024-01-04T00:00:00Z"), datetime(2024, 1, 4, tzinfo=UTC)),
        (meta("parsely-pub-date", "2024-01-05T00:00:00Z"), datetime(2024, 1, 5, tzinfo=UTC)),
        ("<time datetime=2024-01-06T00:00:00Z>", datetime(2024, 1, 6, tzinfo=UTC)),
    ],
    "updated_at": [
        (FED, datetime(2024, 1, 2, tzinfo=UTC)),
        ({"dateModified": "2024-02-03T00:00:00Z"}, datetime(2024, 2, 3, tzinfo=UTC)),
        (meta("article:modified_time", "2024-02-04T00:00:00Z"), datetime(2024, 2, 4, tzinfo=UTC)),
        (meta("og:updated_time", "2024-02-05T00:00:00Z"), datetime(2024, 2, 5, tzinfo=UTC)),
    ],
    "canonical_url": [
        ("<link rel=canonical href=/c1>", "https://tidewater.example/c1"),
        (meta("og:url", "/c2"), "https://tidewater.example/c2"),
        ({"url": "/c3"}, "https://tidewater.example/c3"),
    ],
    "site_name": [
        (meta("og:site_name", "S1"), "S1"),
        ({"publisher": {"name": "S2"}}, "S2"),
        (meta("application-name", "S3"), "S3"),
    ],
    "summary": [
        (meta("og:description", "D1"), "D1"),
        ({"description": "D2"}, "D2"),
        (meta("description", "D3"), "D3"),
    ],
    "image": [
        ({"image": "/i1.jpg"}, Image(url="https://tidewater.example/i1.jpg")),
        (meta("og:image", "/i2.jpg"), Image(url="https://tidewater.example/i2.jpg")),
        (meta("twitter:image", "/i3.jpg"), Image(url="https://tidewater.example/i3.jpg")),
        ("<figure><img src=/i4.jpg></figure>", Image(url="https://tidewater.example/i4.jpg")),
        (FED, Image(url="https://tidewater.example/fed.jpg")),
    ],
    "tags": [
        ({"keywords": "t1"}, ("t1",)),
        (meta("article:tag", "t2"), ("t2",)),
        (meta("news_keywords", "t3"), ("t3",)),
        (meta("keywords", "t4"), ("t4",)),
    ],
    "rights": [
        (FED, "Fed rights"),
        ({"copyrightNotice": "R1"}, "R1"),
        ({"copyrightHolder": {"name": "R2"}}, "R2"),
        (meta("copyright", "R3"), "R3"),
        (meta("dc.rights", "R4"), "R4"),
    ],
    "is_paywalled": [
        ({"isAccessibleForFree": "False"}, True),
        ({"hasPart": [{"isAccessibleForFree": True}, {"isAccessibleForFree": False}]}, True),
        (meta("article:content_tier", "free"), False),
    ],
}


def told(*sources: object) -> Metadata:
    """What a page with these sources says, together with its feed."""
    node = {"@type": "NewsArticle"}
    for source in sources:
        node |= {key: value for key, value in source.items() if key not in node} if isinstance(source, dict) else {}
    # The least trusted stand first, so that no source wins by its place.
    parts = [source for source in reversed(sources) if isinstance(source, str)]
    heads = [part for part in parts if part.startswith(("<meta", "<link", "<title"))]
    bodies = [part for part in parts if part not in heads]
    html = f"<html><head>{''.join(heads)}{jsonld(node)}</head><body>{''.join(bodies)}</body></html>"
    entry = next((source for source in sources if isinstance(source, Entry)), Entry())
    return complete(read_metadata(html, URL), entry)


@pytest.mark.parametrize(
    ("field", "place"), [(field, place) for field, sources in TRUST.items() for place in range(len(sources))]
)
def test_trust(field, place):
    """
    Each field comes from its most trusted source that says something, and from that source alone.
    """
    sources = TRUST[field][place:]

    assert sources[0][1] == getattr(told(sources[0][0]), field)
    assert sources[0][1] == getattr(told(*(source for source, _ in sources)), field)


def test_nothing_told():
    """
    A page that says nothing of itself has empty metadata.
    """
    assert Metadata() == read_metadata("<p>Text.</p>", URL)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Harbour | Tidewater", "Harbour"),
        ("Harbour - tidewater", "Harbour"),
        ("Harbour – tidewater.example", "Harbour"),
        ("Harbour | The Tidewater", "Harbour"),
        ("Tidewater | Harbour", "Harbour"),
        ("Harbour | News", "Harbour | News"),
        ("Tidewater", "Tidewater"),
        ("Tidewater - a portrait", "Tidewater - a portrait"),
        ("<em>Harbour</em> &amp;amp; storm", "Harbour & storm"),
        ("5 < 6 <3", "5 < 6 <3"),
    ],
)
def test_title(title, expected):
    """
    A title is plain text without the site's name behind it, or before it.
    """
    html = page(jsonld({"@type": "Article", "headline": title}), meta("og:site_name", "Tidewater"))

    assert expected == read_metadata(html, URL).title


def test_logo():
    """
    An <h1> that is the site's name is its logo, and no title where there is another.
    """
    head = f"<title>Still harbour - The Tidewater</title>{meta('og:site_name', 'Tidewater')}"

    assert read_metadata(f"<head>{head}</head><body><h1>Tidewater</h1>", URL).title == "Still harbour"


def test_cut_title():
    """
    A title cut short gives way to one that goes on, on the page and between feed and page.
    """
    html = page(
        jsonld({"@type": "Article", "headline": "The harbour of…"}), meta("og:title", "The harbour of Tidewater")
    )

    metadata = read_metadata(html, URL)

    assert metadata.title == "The harbour of Tidewater"
    assert complete(metadata, Entry(title="The harbour...")).title == "The harbour of Tidewater"
    assert complete(metadata, Entry(title="A pier...")).title == "A pier..."


@pytest.mark.parametrize("site", ["Tidewater", "TIDEWATER.example", "tidewater"])
def test_site_as_author(site):
    """
    An author that is only the site gives way to anybody else; where nobody else is named it stays.
    """
    described = jsonld({"@type": "Article", "author": {"@type": "Organization", "name": site}})

    assert read_metadata(page(described, meta("author", "Ana Gull")), URL).authors == ("Ana Gull",)
    assert read_metadata(page(described), URL).authors == (site,)


def test_feed_site_as_author():
    """
    A feed that names only the site as the author does not hide the people the page names.
    """
    people = Metadata(site_name="Tidewater", authors=("Ana Gull",))

    assert complete(people, Entry(authors=(Author(name="tidewater"),))).authors == ("Ana Gull",)
    assert complete(people, Entry(authors=(Author(email="by@x.example", name="By Kim Tern"),))).authors == ("Kim Tern",)
    assert complete(people, Entry()).authors == ("Ana Gull",)


def test_canonicals():
    """
    Canonical links that contradict each other say nothing.
    """
    one, two = "<link rel=canonical href=/one>", "<link rel='canonical' href=/two>"

    assert read_metadata(page(one, two, meta("og:url", URL)), URL).canonical_url == URL
    assert read_metadata(page(one, one), URL).canonical_url == "https://tidewater.example/one"


def test_update_before_publication():
    """
    An update before the publication is none.
    """
    html = page(
        meta("article:published_time", "2024-11-30T10:00:00Z"), meta("article:modified_time", "2024-11-30T09:00:00Z")
    )

    assert read_metadata(html, URL).updated_at is None
    assert (
        complete(
            Metadata(),
            Entry(published_at=datetime(2024, 1, 2, tzinfo=UTC), updated_at=datetime(2024, 1, 1, tzinfo=UTC)),
        ).updated_at
        is None
    )


def test_times():
    """
    <time> elements date the article where there are one or two; in a list of articles only those in its header do.
    """
    first, second = "<time datetime=2024-01-01T00:00:00Z>", "<time datetime=2024-01-02T00:00:00Z>"
    day = datetime(2024, 1, 1, tzinfo=UTC)

    assert read_metadata(f"<body><aside>{second}</aside>{first}", URL).published_at == day
    assert read_metadata(f"<body>{second * 5}", URL).published_at is None
    assert read_metadata(f"<body><header>{first}</header>{second * 5}", URL).published_at == day
    assert read_metadata("<body><p>", "https://tidewater.example/2024/01/01/harbour").published_at == day


@pytest.mark.parametrize("said", [False, "False", "false", "http://schema.org/False", "no", ["False"]])
def test_locked(said):
    """
    Every spelling of "not accessible for free" is a paywall, and the article's word goes before its parts'.
    """
    assert read_metadata(page(jsonld({"@type": "Article", "isAccessibleForFree": said})), URL).is_paywalled is True
    part = {"@type": "WebPageElement", "isAccessibleForFree": said}
    free = {"@type": "Article", "isAccessibleForFree": True, "hasPart": part}
    assert read_metadata(page(jsonld(free)), URL).is_paywalled is False


def test_section():
    """
    The section is the last tag.
    """
    html = page(jsonld({"@type": "Article", "keywords": ["storm", "Quay"], "articleSection": "Harbour"}))

    assert read_metadata(html, URL).tags == ("storm", "Quay", "Harbour")


def test_described():
    """
    The text that the publisher's own JSON-LD gives comes with the metadata, of this article only.
    """
    ours = {"@type": "Article", "headline": "Harbour", "url": URL, "articleBody": "Still."}
    theirs = {"@type": "Article", "headline": "Ferry", "url": "https://tidewater.example/x", "articleBody": "Not this."}

    tree = read_tree(page(jsonld([theirs, ours])))

    metadata, body = describe(tree, URL)
    assert ("Harbour", "Still.") == (metadata.title, body)


def test_neighbours():
    """
    A page that describes only other articles takes nothing of theirs.
    """
    others = [
        {"@type": "Article", "headline": name, "url": f"https://tidewater.example/{name}", "author": {"name": "No One"}}
        for name in ("ferry", "light")
    ]

    assert Metadata(title="Harbour") == read_metadata(page("<title>Harbour</title>", jsonld(others)), URL)


@pytest.mark.parametrize(
    ("heading", "title", "expected"),
    [
        ("The harbour lies still", "The harbour lies still - The Old Gazette", "The harbour lies still"),
        ("The harbour lies still", "The harbour lies still-born", "The harbour lies still-born"),
        (
            "The harbour",
            "The harbour - why it lies so still these days",
            "The harbour - why it lies so still these days",
        ),
        ("Tidewater", "Still harbour | Tidewater", "Still harbour"),
        ("The old harbour", "Still harbour", "Still harbour"),
    ],
)
def test_heading(heading, title, expected):
    """
    The page's only heading tells where a title's headline ends and the site's name begins.
    """
    html = f"<head>{meta('og:title', title)}</head><body><h1>{heading}</h1>"

    assert expected == read_metadata(html, URL).title
