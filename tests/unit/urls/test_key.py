"""Laws of the URL key: which addresses are one article."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.urls import address_id, url_key

ARTICLE = "https://www.news.example/world/storm-hits-coast-88231"


@pytest.mark.parametrize(
    "other",
    [
        "http://news.example/world/storm-hits-coast-88231/",
        "https://NEWS.example:443/world/./x/../storm-hits-coast-88231",
        "https://m.news.example/world/storm-hits-coast-88231",
        "https://amp.news.example/world//storm-hits-coast-88231?outputType=amp",
        "https://www.news.example/world/storm-hits-coast-88231/amp/",
        "https://www.news.example/amp/world/storm-hits-coast-88231",
        "https://www.news.example/world/storm-hits-coast-88231/index.html",
        "https://www.news.example/world/storm-hits-coast-88231;jsessionid=0A1B?utm_source=rss&fbclid=x",
        "https://www.news.example/world/storm-hits-coast-88231?ref=rss&cid=newsletter_daily",
        "https://www.news.example/world/storm-hits-coast-88231?at_medium=RSS&sid=0123456789abcdef0123",
        "https://www.news.example/world/storm-hits-coast-88231?print=true&page=1&m=1",
        "https://www.news.example/world/storm-hits-coast-88231#comments",
        "https://www.google.com/url?sa=t&url=https%3A%2F%2Fwww.news.example%2Fworld%2Fstorm-hits-coast-88231",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fnews.example%2Fworld%2Fstorm-hits-coast-88231&h=AT0",
        "https://www-news-example.cdn.ampproject.org/c/s/www.news.example/world/storm-hits-coast-88231",
        "https://web.archive.org/web/20240501000000id_/http://news.example/world/storm-hits-coast-88231",
        "https://www.google.de/amp/s/news.example/world/storm-hits-coast-88231",
        " <https://www.news.example/world/storm%2Dhits%2Dcoast-88231> ",
        "https:\\\\www.news.example\\world\\storm-hits-coast-88231",
    ],
)
def test_same_article(other):
    """
    An article keeps its key through hosts, views, trackers and redirectors.
    """
    got = url_key(other)

    assert url_key(ARTICLE) == got


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("https://a.example/?p=1", "https://a.example/?p=2"),
        ("https://a.example/x?id=1", "https://a.example/x?id=2"),
        ("https://a.example/x?cid=77", "https://a.example/x?cid=78"),
        ("https://a.example/x?sid=77", "https://a.example/x?sid=78"),
        ("https://a.example/x?source=41", "https://a.example/x"),
        ("https://a.example/x?page=2", "https://a.example/x"),
        ("https://a.example/x?m=20240501", "https://a.example/x"),
        ("https://a.example/A", "https://a.example/a"),
        ("https://a.example/a%2Fb", "https://a.example/a/b"),
        ("https://a.example/a%3Fb", "https://a.example/a?b"),
        ("https://de.a.example/x", "https://en.a.example/x"),
        ("https://blog.a.example/x", "https://a.example/x"),
        ("https://m.co.uk/x", "https://co.uk/x"),
        ("https://a.example:8080/x", "https://a.example/x"),
        ("https://a.example/amplify", "https://a.example/lify"),
        ("https://a.example/#!/one", "https://a.example/#!/two"),
        ("https://a.example/search?q=https://b.example/", "https://b.example/"),
        ("https://youtu.be/abcdef1", "https://youtu.be/abcdef2"),
        ("tag:a.example,2024:1", "tag:a.example,2024:2"),
    ],
)
def test_other_article(one, two):
    """
    What may tell articles apart stays in the key.
    """
    assert url_key(one) != url_key(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("https://youtu.be/aFCO6WidGVM?si=x", "https://m.youtube.com/watch?v=aFCO6WidGVM&t=9"),
        ("https://www.youtube.com/shorts/aFCO6WidGVM", "https://www.youtube.com/watch?v=aFCO6WidGVM"),
        ("https://[2001:DB8::1]:443/a", "https://[2001:db8:0::1]/a"),
        ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
        ("https://a.example/do?b=2&a=1&a=1", "https://a.example/do?a=1&b=2"),
        ("https://a.example/x?q=a+b", "https://a.example/x?q=a%20b"),
        ("https://en.m.wikipedia.example/wiki/X", "https://en.wikipedia.example/wiki/X"),
    ],
)
def test_same_spelling(one, two):
    """
    Two spellings of one address have one key.
    """
    assert url_key(one) == url_key(two)


@settings(deadline=None)  # the machine is shared
@given(st.text(max_size=80), st.sampled_from(["", "http://", "https://a.example/", "https://a.example/?", "http://["]))
def test_never_raises(text, head):
    """
    Whatever the characters, they have a key, and space around them does not count.
    """
    got = url_key(head + text)

    assert got == url_key(f" {head}{text}\n")


@settings(deadline=None)  # the machine is shared
@given(st.text("ab/-.%é ", max_size=20), st.text("xyz019-_", min_size=1, max_size=10))
def test_trackers_do_not_count(path, value):
    """
    Trackers before, between and behind the parameters that count change nothing.
    """
    plain = url_key(f"https://a.example/{path}?id={value}&n=2")

    assert plain == url_key(f"http://www.a.example/{path}?utm_source=x&n=2&gclid={value}&id={value}&fbclid=")
    assert plain != url_key(f"https://a.example/{path}?id={value}0&n=2")


def test_address_id():
    """
    Any URL key, halves of characters too, is 32 hex digits of its own.
    """
    got = {address_id(key) for key in ("", "a", "b", "\ud800", "x" * 10_000)}

    assert {32} == {len(one) for one in got}
    assert 5 == len(got)
