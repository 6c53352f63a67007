"""Where a page's feeds are."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.feeds.discover import CUSTOMARY, find_feeds

HOME = "https://outlet.example/news/"
CUSTOMARY_HERE = [f"https://outlet.example{path}" for path in CUSTOMARY]


def _urls(page: str, url: str = HOME) -> list[str]:
    """The candidates' addresses without the customary ones."""
    return [one.url for one in find_feeds(page.encode(), url) if one.url not in CUSTOMARY_HERE]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="/all.xml">', ["https://outlet.example/all.xml"]),
        ("<LINK REL=alternate TYPE='application/atom+xml' HREF=a.atom>", ["https://outlet.example/news/a.atom"]),
        ('<link rel="alternate home" type="application/feed+json; charset=utf-8" href="f.json"/>', [f"{HOME}f.json"]),
        ('<link rel="alternate" type="application/rss+xml" href="https://feeds.example/o?a=1&amp;b=2">',
         ["https://feeds.example/o?a=1&b=2"]),
        ('<base href="https://cdn.example/x/"><link rel=alternate type="application/rss+xml" href="f">',
         ["https://cdn.example/x/f"]),
        # A comments' feed is no news, whatever its place.
        (('<link rel="alternate" type="application/rss+xml" href="/comments/feed/">'
          '<link rel="alternate" type="application/rss+xml" href="/feed/">'),
         ["https://outlet.example/feed/", "https://outlet.example/comments/feed/"]),
        ('<link rel="alternate" type="text/xml" title="RSS 2.0" href="/all.xml">', ["https://outlet.example/all.xml"]),
        ('<link rel="alternate" type="application/xml" href="/rss/a.xml">', ["https://outlet.example/rss/a.xml"]),
        ('<link rel="alternate" type="text/xml" title="Map" href="/sitemap.xml">', []),
        ('<link rel="alternate" type="text/xml+oembed" title="RSS" href="/oembed">', []),
        ('<link rel="alternate" type="application/rss+xml" href="feed:https://a.example/f">', ["https://a.example/f"]),
        ('<link rel="alternate" type="application/rss+xml" href="feed://a.example/f">', ["http://a.example/f"]),
        ('<a class="x" href="/rss/world.xml">RSS</a>', ["https://outlet.example/rss/world.xml"]),
        ('<a href="/subscribe">Feed me</a><a href="/feedback">Say something</a>', []),
        ('<link rel="alternate" hreflang="de" href="/de/">', []),
        ('<link rel="stylesheet" type="application/rss+xml" href="/x">', []),
        ('<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">', []),
        ('<link rel="alternate" type="application/rss+xml">', []),
        ("", []),
    ],
)  # fmt: skip  # a case a line
def test_find_feeds(page, expected):
    """
    Declared feeds come first, then what is linked as one; nothing else of the page is taken for a feed.
    """
    got = _urls(page)

    assert expected == got


def test_customary_places_come_last():
    """
    The site's customary places are offered as guesses behind everything the page says.
    """
    page = b'<link rel="alternate" type="application/rss+xml" title="All &amp; more" href="/all.xml">'

    got = find_feeds(page, HOME)

    first, *rest = got
    assert ("All & more", True) == (first.title, first.is_declared)
    assert [(url, False) for url in CUSTOMARY_HERE] == [(one.url, one.is_declared) for one in rest]


def test_page_is_no_candidate_of_itself():
    """
    A page that was no feed is not asked again as its own feed.
    """
    page = b'<link rel="alternate" type="application/rss+xml" href="">'

    got = find_feeds(page, HOME)

    assert HOME not in [one.url for one in got]


@given(st.binary(max_size=500) | st.text("<>lnka= \"'href/", max_size=500).map(str.encode))
def test_any_bytes(body):
    """
    Whatever the bytes, there is an answer, of http(s) addresses, each once.
    """
    got = [one.url for one in find_feeds(body, HOME)]

    assert len(set(got)) == len(got)
    assert all(url.startswith(("http://", "https://")) for url in got)


@pytest.mark.parametrize(
    "piece", ["<link ", "<a href=/feed>", "<link rel=alternate type=application/rss+xml href=", "<"]
)
def test_linear(piece):
    """
    Four times the page costs nothing like sixteen times the work.
    """

    def cost(size: int) -> float:
        body = (piece * (size // len(piece))).encode()
        started = time.process_time()
        find_feeds(body, HOME)
        return time.process_time() - started

    cost(1000)
    short, long = (min(cost(size) for _ in range(3)) for size in (200_000, 800_000))

    assert long < 10 * short + 0.05
