"""Where a URL and a Location lead."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import UrlError
from ingest.net.target import MAX_URL_CHARS, Target, parse_target, redirect_target


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://example.org", "http://example.org/"),
        ("HTTPS://Example.ORG/Path", "https://example.org/Path"),
        ("http://example.org:80/", "http://example.org/"),
        ("https://example.org:443/", "https://example.org/"),
        ("http://example.org:/", "http://example.org/"),
        ("http://example.org:8080/", "http://example.org:8080/"),
        ("  http://example.org/a \n", "http://example.org/a"),
        ("http://example.org/a#part", "http://example.org/a"),
        ("http://example.org#part", "http://example.org/"),
        ("http://example.org?q=1", "http://example.org/?q=1"),
        ("http://example.org/?", "http://example.org/?"),
        ("http://example.org/a/../b//c/./d", "http://example.org/a/../b//c/./d"),
        ("http://example.org/%7e%zz%2F?a[]=1&&b=%41+;", "http://example.org/%7e%zz%2F?a[]=1&&b=%41+;"),
        ("http://example.org/\"<>^`{|}\\'", "http://example.org/\"<>^`{|}\\'"),
        ("http://example.org/a b?c d", "http://example.org/a%20b?c%20d"),
        ("http://example.org/a\tb\nc", "http://example.org/a%09b%0Ac"),
        ("http://example.org/füße?ü", "http://example.org/f%C3%BC%C3%9Fe?%C3%BC"),
        ("http://example.org/\udcfc", "http://example.org/%FC"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://a_b.example./", "http://a_b.example./"),
        ("http://[2001:DB8:0::1]:8080/", "http://[2001:db8::1]:8080/"),
        ("http://①②⑦.⓪.⓪.①/", "http://127.0.0.1/"),
        ("http://127。0。0。1/", "http://127.0.0.1/"),
        ("http://example.org/http://user@other.example/", "http://example.org/http://user@other.example/"),
    ],
)
def test_parse(url, expected):
    """
    The server is read in one spelling, and what is asked of it goes out as it stands.
    """
    got = parse_target(url)

    assert expected == got.url
    assert expected.removeprefix(f"{got.scheme}://{got.authority}") == got.request_url.raw_path_qs


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/feed.xml",
        "example.org/feed.xml",
        "//example.org/feed.xml",
        "http:/example.org/",
        "http:example.org",
        "http:///feed.xml",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "data:text/xml,<rss/>",
        "jar:http://example.org/a!/b",
        "feed://example.org/",
        "javascript:alert(1)",
        "http://user@example.org/",
        "http://user:secret@example.org/",
        "http://@example.org/",
        r"http://example.com\@127.0.0.1/",
        "http://example.org:0/",
        "http://example.org:65536/",
        "http://example.org:999999/",
        "http://example.org:x/",
        "http://example.org:80:80/",
        "http://example .org/",
        "http://exam\tple.org/",
        "http://exam\nple.org/",
        "http://ex%61mple.org/",
        "http://example..org/",
        "http://.example.org/",
        "http://.",
        f"http://{'a' * 64}.example/",
        f"http://{'a.' * 130}example/",
        "http://exa\u200bmple.org/",
        "http://ex／ample.org/",
        "http://\udcfc.example/",
        "http://example.org/\ud800",
        "http://[::1/",
        "http://::1/",
        "http://[::1]x/",
        "http://[fe80::1%25eth0]/",
        "http://[v1.x]/",
        "http://[127.0.0.1]/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://017700000001/",
        "http://127.0.0.1./",
        "http://0/",
        "http://2852039166/",
        "http://1.2.3.4.5/",
        f"http://example.org/{'a' * MAX_URL_CHARS}",
    ],
)
def test_no_address(url):
    """
    What is no plain http(s) address is refused, and the refusal does not repeat it.
    """
    with pytest.raises(UrlError) as caught:
        parse_target(url)

    assert "secret" not in str(caught.value)


BASE = parse_target("http://example.org:8080/a/b?q=1")


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("https://other.example/x", "https://other.example/x"),
        ("HTTP://Other.Example/x?", "http://other.example/x?"),
        ("https://other.example/x/../y", "https://other.example/x/../y"),
        ("//other.example/x", "http://other.example/x"),
        ("/x?y=z#part", "http://example.org:8080/x?y=z"),
        ("/x?", "http://example.org:8080/x?"),
        ("/x?u=http://h/../p", "http://example.org:8080/x?u=http://h/../p"),
        ("x", "http://example.org:8080/a/x"),
        ("../x", "http://example.org:8080/x"),
        ("?page=2", "http://example.org:8080/a/b?page=2"),
        (" /x ", "http://example.org:8080/x"),
        ("/ü", "http://example.org:8080/%C3%BC"),
        ("/\udcfc", "http://example.org:8080/%FC"),
        ("/\\evil.example", "http://example.org:8080/\\evil.example"),
    ],
)
def test_redirect(location, expected):
    """
    A Location is read against the address that sent it, without its fragment.
    """
    got = redirect_target(BASE, location)

    assert expected == got.url


@pytest.mark.parametrize(
    "location",
    [
        "",
        " ",
        "#part",
        "http:",
        "https:/x",
        "ftp://example.org/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//[::1",
        "//",
        "///x",
        "//user:secret@example.org/",
        "mailto:desk@example.org",
    ],
)
def test_bad_redirect(location):
    """
    A Location that leads to no http(s) address is refused.
    """
    with pytest.raises(UrlError):
        redirect_target(BASE, location)


@settings(deadline=None)  # the machine is shared
@given(st.text())
def test_parse_ends(text):
    """
    Any text is an address in sendable characters, or a UrlError.
    """
    for url in (text, f"http://{text}", f"http://example.org/{text}"):
        try:
            got = parse_target(url)
        except UrlError:
            continue

        assert got == parse_target(got.url)
        assert all("!" <= letter <= "~" for letter in got.url)


@settings(deadline=None)  # the machine is shared
@given(st.text())
def test_redirect_ends(text):
    """
    Any Location leads somewhere, or is a UrlError.
    """
    for location in (text, f"/{text}", f"//{text}", f"?{text}"):
        try:
            got = redirect_target(BASE, location)
        except UrlError:
            continue

        assert isinstance(got, Target)
