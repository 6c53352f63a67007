"""Articles for the tests of this room: one with everything, and as many as Hypothesis can think of."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from ingest.models import (
    Article,
    Change,
    Cleaning,
    Cluster,
    Enclosure,
    FeedRef,
    Image,
    Removal,
    Wire,
)

T0 = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)

FULL = Article(
    id="0f3c",
    revision=2,
    url="https://ferries.example/late",
    canonical_url="https://www.ferries.example/late",
    guid="tag:ferries.example,2026:late",
    feed=FeedRef(id="f1", url="https://ferries.example/feed", title="Ferries daily"),
    source_name="Ferries",
    source_domain="ferries.example",
    title="Ferry late",
    authors=("A. Pilot", "B. Mate"),
    byline="A. Pilot, B. Mate",
    dateline="OBAN",
    language="en",
    published_at=T0,
    updated_at=T0,
    fetched_at=T0,
    first_seen_at=T0,
    cleaning=Cleaning(
        paragraphs=("OBAN (AFP) - The ferry was late.", "It was the tide."),
        removals=(Removal(kind="promo", rule="newsletter", text="Sign up", after_paragraph=1, confidence=0.9),),
        flags=("removed-too-much",),
    ),
    summary="A ferry was late.",
    image=Image(url="https://ferries.example/a.jpg", caption="The ferry", credit="C. Cook"),
    media=(Enclosure(url="https://ferries.example/a.mp3", type="audio/mpeg", length="1234", caption="Horn"),),
    tags=("sea", "tide"),
    rights="© Ferries",
    wire=Wire(agency="AFP", evidence=("OBAN (AFP) -",), is_syndicated=True, syndicated_from="https://a.example/x"),
    cluster=Cluster(id="0f3c", role="head", head_id="0f3c"),
    is_paywalled=False,
    extraction_method="trafilatura-fast",
    flags=("page-slow",),
    content_digest="0" * 32,
)

#: Text as hostile as it comes: every code point, surrogates and controls more often than in nature.
HOSTILE = st.text(
    st.one_of(st.characters(), st.sampled_from("\ud800\udfff\x00\x07\x1b\x7f\x85\r\n\t\u202e\u2066\u2028 <\"'\\/:"))
)
URLS = st.one_of(
    HOSTILE,
    st.builds(
        "{}{}".format, st.sampled_from(["https://a.example/", "HTTP://u:p@a.example", "javascript:", "//", ""]), HOSTILE
    ),
)
DIGITS = st.text("0123456789abcdef", min_size=1, max_size=32)
TIMES = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))
SHARES = st.floats(0, 1)
REMOVALS = st.builds(
    Removal,
    rule=DIGITS,
    text=HOSTILE,
    after_paragraph=st.integers(0, 1000),
    confidence=SHARES,
    kind=st.sampled_from(["promo", "disclaimer", "related", "caption", "credit", "furniture"]),
)


CHANGES = st.lists(
    st.builds(
        Change,
        kind=st.sampled_from(["text", "numbers", "title", "correction", "restored"]),
        removed=HOSTILE,
        added=HOSTILE.map(lambda text: text * 30),
    ),
    max_size=25,
).map(tuple)


def several(strategy):
    return st.lists(strategy, max_size=4).map(tuple)


ARTICLES = st.builds(
    Article,
    id=DIGITS,
    revision=st.integers(1, 10**6),
    url=URLS,
    canonical_url=st.none() | URLS,
    guid=st.none() | HOSTILE,
    feed=st.builds(FeedRef, id=DIGITS, url=URLS, title=HOSTILE),
    source_name=HOSTILE,
    source_domain=HOSTILE,
    title=HOSTILE,
    authors=several(HOSTILE),
    byline=HOSTILE,
    dateline=HOSTILE,
    language=HOSTILE,
    published_at=st.none() | TIMES,
    updated_at=st.none() | TIMES,
    fetched_at=TIMES,
    first_seen_at=TIMES,
    cleaning=st.builds(Cleaning, paragraphs=several(HOSTILE), removals=several(REMOVALS), flags=several(HOSTILE)),
    summary=HOSTILE,
    image=st.none() | st.builds(Image, url=URLS, caption=HOSTILE, credit=HOSTILE),
    media=several(
        st.builds(Enclosure, url=URLS, type=HOSTILE, length=HOSTILE | st.integers().map(str), caption=HOSTILE)
    ),
    tags=several(HOSTILE),
    rights=HOSTILE,
    wire=st.builds(
        Wire,
        agency=HOSTILE,
        evidence=several(HOSTILE),
        is_syndicated=st.booleans(),
        syndicated_from=st.none() | URLS,
        distributor=HOSTILE,
    ),
    cluster=st.builds(Cluster, id=DIGITS, role=st.sampled_from(["head", "copy"]), head_id=DIGITS),
    is_paywalled=st.none() | st.booleans(),
    content_source=st.sampled_from(["page", "feed"]),
    extraction_method=HOSTILE,
    flags=several(HOSTILE),
    content_digest=st.sampled_from(["", "0" * 32]),
    corrections=several(HOSTILE),
)
