"""Which addresses are one article's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dedup.identity import article_keys, is_articles_own, is_home
from ingest.urls import url_key

SITE = "https://www.gazette.example"

OWN = (
    "/news/council-votes-to-widen-the-quay",
    "/2026/03/01/council-votes-to-widen-quay/",
    "/council_votes_to_widen_quay.html",
    "/a-b-c-d",
    "/news/world-europe-68412345",
    "/story/12345",
    "/p/4821",
    "/article/20260301123456",
    "/article/2026030112345",
    "/story/2026-budget-7731",
    "/wiadomosci/rada-glosuje-za-poszerzeniem-nabrzeza,1234567.html",
    "/politik/der-rat-beschliesst-den-ausbau-a-1b2c3d4e-0001.html",
    "/politique/article/le-conseil-vote-elargissement_6221234_823448.html",
    "/noticias/el-consejo-vota-ampliar-el-muelle/",
    "/news/amp/council-votes-to-widen-the-quay",
    "/news/council-votes-to-widen-the-quay/amp/1",
    "/%E3%83%8B%E3%83%A5%E3%83%BC%E3%82%B9/k10014370000",
    "/notizie/2026/il-consiglio-vota-per-ampliare",
    "/news/article12345.ece",
)

#: "1" is the last part: a short word says nothing, so the address counts for nothing. Safe, not right.
SAFE_SIDE = frozenset({"/news/council-votes-to-widen-the-quay/amp/1"})

SHARED = (
    "",
    "/",
    "/?p=12345",
    "/index.html",
    "/#12345",
    "/news",
    "/news/",
    "/en/news/world/europe",
    "/uk-news",
    "/world/asia-pacific",
    "/article.php?id=12345",
    "/archive/2026",
    "/2026",
    "/2026/03/01/",
    "/202603",
    "/20260301",
    "/archiv/20260301/",
    "/archive/the-week-of-the-flood",
    "/tag/council-of-port-ellery",
    "/tags/quay-12345",
    "/topic/climate-change-in-the-north",
    "/Topics/climate-change-in-the-north/latest-of-the-day",
    "/category/arts-books-film-music",
    "/author/ida-van-der-tern",
    "/search/council-votes-to-widen-quay",
    "/search?q=council-votes-to-widen-quay",
    "/login",
    "/login/please-sign-in-to-continue",
    "/login?next=/news/council-votes-to-widen-the-quay",
    "/account/sign-in/12345",
    "/signup/join-us-now-please",
    "/register/12345",
    "/sso/12345/return",
    "/oauth2/authorize/12345",
    "/anmelden/12345",
    "/connexion/12345",
    "/consent/collect-your-free-choices",
    "/captcha/12345",
    "/challenge/are-you-a-human",
    "/subscribe/offer-of-the-week",
    "/paywall/4-week-trial-offer",
    "/privacy/we-value-your-privacy",
    "/cookies/what-we-store-and-why",
    "/error/12345",
    "/404",
    "/404/page-not-found-on-server",
    "/neuigkeiten",
    "/新闻",
)


@pytest.mark.parametrize("path", [path for path in OWN if path not in SAFE_SIDE])
def test_own(path):
    """
    A long slug, or a number that is no date, in the last part of the path is one article's.
    """
    assert is_articles_own(SITE + path)


@pytest.mark.parametrize("path", [*SHARED, *SAFE_SIDE])
def test_shared(path):
    """
    Home pages, sections, lists, archives, logins, consents, searches and errors are nobody's own.
    """
    assert not is_articles_own(SITE + path)


@pytest.mark.parametrize(
    "url",
    [
        "https://login.gazette.example/news/council-votes-to-widen-quay",
        "https://consent.gazette.example/v2/12345",
        "http://[::1",
        "",
    ],
)
def test_not_own_whatever_the_path(url):
    """
    A login's or consent's host, and what is no address, is nobody's own.
    """
    assert not is_articles_own(url)


@given(st.text())
def test_never_raises(text):
    """
    Whatever a page calls its address, there is an answer.
    """
    assert is_articles_own(f"https://{text}") in {True, False}
    assert isinstance(article_keys(SITE, final_url=f"https://{text}", canonical_url=f"https://{text}"), tuple)


ENTRY = f"{SITE}/go/1"
FINAL = f"{SITE}/news/council-votes-to-widen-the-quay"
OTHER = f"{SITE}/news/senate-votes-to-close-the-bridge"


@pytest.mark.parametrize(
    ("final", "canonical", "expected"),
    [
        pytest.param(None, None, [ENTRY], id="its own"),
        pytest.param(FINAL, None, [ENTRY, FINAL], id="where it led"),
        pytest.param(f"{FINAL}?utm_source=rss#top", FINAL, [ENTRY, FINAL], id="each once"),
        pytest.param(FINAL, OTHER, [ENTRY, FINAL, OTHER], id="what its page says"),
        pytest.param(None, FINAL, [ENTRY, FINAL], id="without a redirect"),
        pytest.param(FINAL, "https://courier.example/news/council-votes-for-the-quay", [ENTRY, FINAL], id="other site"),
        pytest.param(FINAL, f"{SITE}/", [ENTRY, FINAL], id="canonical home page"),
        pytest.param(f"{SITE}/login?next={FINAL}", None, [ENTRY], id="led to a login"),
        pytest.param(f"{SITE}/", None, [ENTRY], id="led home"),
        pytest.param(
            "https://courier.example/news/council-votes-for-the-quay",
            FINAL,
            [ENTRY, "https://courier.example/news/council-votes-for-the-quay"],
            id="canonical of the site that did not serve it",
        ),
    ],
)
def test_article_keys(final, canonical, expected):
    """
    An article claims its own address, and others only if they can be no one else's.
    """
    got = article_keys(ENTRY, final_url=final, canonical_url=canonical)

    assert tuple(map(url_key, expected)) == got


def test_short_address():
    """
    An entry's own address counts, however little it looks like an article's.
    """
    assert (url_key(f"{SITE}/a"),) == article_keys(f"{SITE}/a")


@pytest.mark.parametrize(
    ("path", "expected"),
    [("", True), ("/", True), ("//", True), ("/index.html", True), ("/Default.aspx", True), ("/#top", True)]
    + [(path, False) for path in ("/?p=12", "/news", "/index", "/en/", "/index.html?id=3", *OWN)],
)
def test_is_home(path, expected):
    """
    A home page is a bare host or its index; whatever names a place on the site is none.
    """
    assert expected == is_home(SITE + path)
