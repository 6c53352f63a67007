"""Laws of the addresses that are asked, published and logged."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import UrlError
from ingest.urls import MAX_URL_LENGTH, address, fetch_url, redact, registrable_domain, resolve


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  https://a.example/x \n", "https://a.example/x"),
        ("HTTPS://A.Example/Path", "https://a.example/Path"),
        ("http://a.example", "http://a.example/"),
        ("http://a.example?x=1", "http://a.example/?x=1"),
        ("https://a.example/x#part", "https://a.example/x"),
        ("https://bücher.example/ä?q=ü", "https://xn--bcher-kva.example/%C3%A4?q=%C3%BC"),
        ("https://a.example/a b", "https://a.example/a%20b"),
        ("https://a.example/%7Ejane/%2F", "https://a.example/%7Ejane/%2F"),
        ("http://a.example:80/", "http://a.example/"),
        ("https://a.example:80/", "https://a.example:80/"),
        ("http://a.example:/", "http://a.example/"),
        ("http://[2001:DB8:0::1]:8080/x", "http://[2001:db8::1]:8080/x"),
        ("http://127.0.0.1/", "http://127.0.0.1/"),
        ("http://my_host.example./", "http://my_host.example./"),
        ("http://a.example/\\evil", "http://a.example/%5Cevil"),
    ],
)
def test_fetch_url(text, expected):
    """
    An address is asked in one form that means the same.
    """
    got = fetch_url(text)

    assert expected == got


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("//a.example/x", "no scheme"),
        ("a.example/x", "no scheme"),
        ("a.example:8080/x", "no scheme"),
        ("ftp://a.example/", "not 'ftp'"),
        ("javascript:alert(1)", "not 'javascript'"),
        ("http:/a.example/", "two slashes"),
        ("http:\\\\a.example\\x", "two slashes"),
        ("http:///x", "no host"),
        ("http://:80/", "no host"),
        ("http://user:secret@a.example/", "user name"),
        ("http://a.example\\@b.example/", "backslash"),
        ("http://a b.example/", "space"),
        ("http://a.example\u3000b/", "space"),
        ("http://a.ex\tample/", "control"),
        ("http://a.example/\r\nHost: b", "control"),
        ("http://a.example/\ud800", "control"),
        ("http://a.example:0/", "port"),
        ("http://a.example:65536/", "port"),
        ("http://a.example:8O/", "port"),
        ("http://a.example:١/", "port"),
        ("http://2001:db8::1/", "brackets"),
        ("http://[::1/", "bracket"),
        ("http://[::1]x/", "bracket"),
        ("http://[::g]/", "no IPv6"),
        ("http://[fe80::1%25eth0]/", "interface"),
        ("http://127.1/", "no IPv4"),
        ("http://2130706433/", "no IPv4"),
        ("http://0x7f000001/", "no IPv4"),
        ("http://a..example/", "characters"),
        ("http://a%2eexample/", "characters"),
        ("http://" + "a" * 64 + ".example/", "longer than 63"),
        ("http://xn--\u00fc.example/", "internationalised"),
        ("http://a.example/" + "x" * MAX_URL_LENGTH, "longer than 2000"),
        ("http://a.example/" + "ü" * 400, "when encoded"),
    ],
)
def test_refused(text, said):
    """
    What is no address we would ask is refused with one sentence that says why.
    """
    with pytest.raises(UrlError, match=said) as caught:
        fetch_url(text)

    assert str(caught.value).endswith(".")
    assert "secret" not in str(caught.value)


@settings(deadline=None)  # the machine is shared
@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://a.example/", "http://a.example:"]))
def test_fetch_url_twice(text, head):
    """
    Whatever the characters, an address is refused by UrlError or is the same when asked twice.
    """
    try:
        once = fetch_url(head + text)
    except UrlError:
        return

    assert once == fetch_url(once)
    assert once.isascii()


@pytest.mark.parametrize(
    ("base", "reference", "expected"),
    [
        ("https://a.example/d/f.xml", "../x?y#z", "https://a.example/x?y#z"),
        ("https://a.example/d/f.xml", "//b.example/x", "https://b.example/x"),
        ("https://a.example/d/f.xml", "HTTP://b.example/X", "http://b.example/X"),
        (None, "https://a.example/život", "https://a.example/život"),
        (None, "https://a.example/lo\n  ng", "https://a.example/lo%20%20ng"),
        ("https://a.example/", "my file", "https://a.example/my%20file"),
        (None, "/x", None),
        ("https://a.example/", "", None),
        ("https://a.example/", " \n", None),
        ("https://a.example/", "javascript:alert(1)", None),
        ("https://a.example/", "java\nscript:alert(1)", None),
        ("https://a.example/", "mailto:a@b.example", None),
        ("https://a.example/", "http://", None),
        ("https://a.example/", "http://[x", None),
        ("https://a.example/", "http://b.example:x/", None),
        ("https://a.example/", "http://b.example\\@c.example/", None),
        ("https://a.example/", "x\x00y", None),
    ],
)
def test_resolve(base, reference, expected):
    """
    A reference is an absolute http(s) address or nothing.
    """
    got = resolve(base, reference)

    assert expected == got


@settings(deadline=None)  # the machine is shared
@given(st.text(max_size=60), st.one_of(st.none(), st.just("https://a.example/d/"), st.text(max_size=20)))
def test_resolve_never_raises(reference, base):
    """
    Whatever a feed holds, what comes out is http(s) or None.
    """
    got = resolve(base, reference)

    assert got is None or got.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://news.bbc.co.uk/x", "bbc.co.uk"),
        ("https://WWW.Example.COM:8080/x", "example.com"),
        ("https://one.blogspot.com/", "blogspot.com"),
        ("https://www.example.com./", "example.com"),
        ("http://127.0.0.1:80/", "127.0.0.1"),
        ("http://[2001:db8::1]/", "2001:db8::1"),
        ("http://localhost/x", "localhost"),
        ("http://[x/", ""),
        ("", ""),
    ],
)
def test_registrable_domain(url, expected):
    """
    A domain is what someone registered; a host without one is itself.
    """
    got = registrable_domain(url)

    assert expected == got


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://u:p@a.example/x", "https://***@a.example/x"),
        ("//u@a.example/x", "//***@a.example/x"),
        ("https://a.example/?api_key=1&a=2", "https://a.example/?api_key=***&a=2"),
        ("https://a.example/?X-Signature=1&access_token=2", "https://a.example/?X-Signature=***&access_token=***"),
        ("https://a.example/x#token=1", "https://a.example/x#token=***"),
        ("https://a.example/?monkey=1&author=2", "https://a.example/?monkey=1&author=2"),
        ("https://a.example/a@b", "https://a.example/a@b"),
    ],
)
def test_redact(url, expected):
    """
    Logs show an address without what lets its reader in.
    """
    got = redact(url)

    assert expected == got


PIECES = "https:// http:// HTTP:// // a.example A.Example :80 :0 @ [ ] / /b .. ; ? x=1 # c \\ % é , : & - _ ."


@settings(max_examples=1000)
@given(
    st.lists(st.sampled_from([*PIECES.split(), " ", "\n", "\x00"]), max_size=9).map("".join),
    st.sampled_from([None, "", "https://a.example", "http://b.example/x/y;z?q#f", "http://[b", "mailto:x", "a/b"]),
)
def test_settled(reference, base):
    """
    An address that looks settled is answered as the long way answers it.
    """
    got = resolve(base, reference)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(address, "_SETTLED", re.compile("(?!)"))
        expected = resolve(base, reference)

    assert expected == got
