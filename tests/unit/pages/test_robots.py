"""What a site asks of programs."""

import time
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.pages.robots import MAX_CRAWL_DELAY, MAX_ROBOTS_BYTES, Robots, wishes

SITE = "https://gazette.example"
NOBODY = "User-agent: *\nDisallow: /\n"


def allowed(text: str | bytes, *paths: str) -> list[bool]:
    robots = Robots(text if isinstance(text, bytes) else text.encode())
    return [robots.allows(SITE + path) for path in paths]


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing", "Sitemap: https://x.example/s.xml", "<html><p>Not found"])
def test_no_rules(text):
    """
    A file without rules, or that is none, allows all.
    """
    assert [True, True] == allowed(text, "/", "/news/1?x=y")


@pytest.mark.parametrize(
    ("rules", "path", "expected"),
    [
        # The longest match decides, in whatever order (RFC 9309 2.2.2).
        ("Disallow: /news\nAllow: /news/open", "/news/open/1", True),
        ("Allow: /news/open\nDisallow: /news", "/news/open/1", True),
        ("Allow: /news\nDisallow: /news/closed", "/news/closed/1", False),
        ("Allow: /news\nDisallow: /news/closed", "/news/1", True),
        # Among equals the one that allows.
        ("Disallow: /news/\nAllow: /news/", "/news/1", True),
        # * is any run of characters, $ the end.
        ("Disallow: /*.pdf$", "/paper.pdf", False),
        ("Disallow: /*.pdf$", "/paper.pdf?page=1", True),
        ("Disallow: /*/print/", "/news/print/1", False),
        ("Disallow: /*?share=", "/news/1?share=mail", False),
        ("Disallow: /*?share=", "/news/1?id=3", True),
        ("Disallow: /news$", "/news", False),
        ("Disallow: /news$", "/news/1", True),
        # Paths are compared with regard to case, and with their escapes undone.
        ("Disallow: /News", "/news/1", True),
        ("Disallow: /%7Euser", "/~user/1", False),
        ("Disallow: /straße", "/stra%C3%9Fe/1", False),
        ("Disallow: /stra%c3%9fe", "/stra%C3%9Fe/1", False),
        # An empty rule is none.
        ("Disallow:", "/news/1", True),
        ("Disallow: / # all of it", "/news/1", False),
    ],
)
def test_rules(rules, path, expected):
    """
    The longest rule that fits decides.
    """
    assert [expected] == allowed(f"User-agent: *\n{rules}\n", path)


@pytest.mark.parametrize(
    ("name", "is_us"),
    [
        ("copydesk", True),
        ("CopyDesk", True),
        ("COPYDESK", True),
        ("copydesk/2.1", True),
        ("copydesk (news)", True),
        ("  copydesk\t", True),
        ("copydesk # our friends", True),
        ("copy", False),
        ("desk", False),
        ("copydesk-images", False),
        ("copydesker", False),
        ("mycopydesk", False),
        ("*", True),
        ("* # everybody", True),
        ("googlebot", False),
        ("", False),
    ],
)
def test_product_token(name, is_us):
    """
    A group is ours by our whole name without regard to case, whatever version stands behind it.
    """
    assert [not is_us] == allowed(f"User-agent: {name}\nDisallow: /\n", "/news/1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Our own group counts, and then nobody else's.
        (f"{NOBODY}User-agent: copydesk\nDisallow: /private\n", [True, False]),
        (f"User-agent: copydesk\nDisallow:\n\n{NOBODY}", [True, True]),
        # A group of several programs.
        ("User-agent: a\nUser-agent: copydesk\nUser-agent: b\nDisallow: /private\n", [True, False]),
        # Groups of one name are one group (RFC 9309 2.2.1).
        (
            f"User-agent: copydesk\nDisallow: /private\n\n{NOBODY}User-agent: copydesk\nDisallow: /news\n",
            [False, False],
        ),
        (
            "User-agent: *\nDisallow: /private\nUser-agent: a\nDisallow: /\nUser-agent: *\nDisallow: /news",
            [False, False],
        ),
        # Lines of other kinds do not part a group.
        ("User-agent: copydesk\nSitemap: https://x.example/\nDisallow: /private\n", [True, False]),
        # What stands before any group is nobody's.
        ("Disallow: /\nUser-agent: copydesk\nDisallow: /private\n", [True, False]),
        ("user-agent:copydesk\ndisallow:/private", [True, False]),
        ("User-Agent : copydesk\nDisallow : /private", [True, False]),
    ],
)
def test_groups(text, expected):
    """
    Our groups together decide, or those for everybody where we have none.
    """
    assert expected == allowed(text, "/news/1", "/private/1")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends(end, mark):
    """
    Lines end in CR, LF or both, and the file may begin with a byte order mark.
    """
    text = end.join(["User-agent: copydesk", "Disallow: /private", "", "User-agent: *", "Disallow: /", ""])

    assert [True, False] == allowed(mark + text.encode(), "/news/1", "/private/1")


@pytest.mark.parametrize("letter", ["\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_no_line_ends(letter):
    """
    What ends a line for Python only does not end one here.
    """
    assert [True] == allowed(f"User-agent: *\nDisallow: /x # a comment{letter}Disallow: /news", "/news/1")


def test_bytes_that_are_no_text():
    """
    Bytes that are no UTF-8 spoil their own line at most.
    """
    assert [True, False] == allowed(b"# caf\xe9 \xff\xfe\nUser-agent: *\nDisallow: /private", "/news/1", "/private/1")


def test_first_500_kib():
    """
    What stands within 500 KiB counts, and what is beyond does not (RFC 9309 2.5).
    """
    head = b"User-agent: *\nDisallow: /private\n#"
    within = head + b"x" * (MAX_ROBOTS_BYTES - len(head) - 20) + b"\nDisallow: /news\n"
    beyond = head + b"x" * (MAX_ROBOTS_BYTES - len(head)) + b"\nDisallow: /news\n"

    assert [False, False] == allowed(within, "/news/1", "/private/1")
    assert [True, False] == allowed(beyond, "/news/1", "/private/1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", timedelta(0)),
        ("User-agent: *\nCrawl-delay: 7", timedelta(seconds=7)),
        ("User-agent: *\nCrawl-delay: 0.5", timedelta(seconds=0.5)),
        ("User-agent: *\nCrawl-delay: 61", MAX_CRAWL_DELAY),
        ("User-agent: *\nCrawl-delay: 1e300", MAX_CRAWL_DELAY),
        ("User-agent: *\nCrawl-delay: -5", timedelta(0)),
        ("User-agent: *\nCrawl-delay: nan", timedelta(0)),
        ("User-agent: *\nCrawl-delay: soon", timedelta(0)),
        ("User-agent: a\nCrawl-delay: 7", timedelta(0)),
        ("User-agent: *\nCrawl-delay: 7\nUser-agent: copydesk\nCrawl-delay: 3", timedelta(seconds=3)),
        ("User-agent: *\nCrawl-delay: 7\nUser-agent: copydesk\nDisallow: /x", timedelta(0)),
    ],
)
def test_crawl_delay(text, expected):
    """
    The pause that our group asks for is kept, up to a minute.
    """
    assert expected == Robots(text.encode()).crawl_delay


@pytest.mark.parametrize(
    "body",
    [
        b"".join(b"User-agent: a%d\n" % n for n in range(5000)) + b"".join(b"Disallow: /%d\n" % n for n in range(5000)),
        b"User-agent: *\nDisallow: /" + b"*a" * 250_000,
        b"User-agent: *\nDisallow: /" + b"$" * 500_000,
        b"User-agent:" + b" " * 500_000,
        b"user agent " * 45_000,
    ],
)
def test_hostile(body):
    """
    A file made to hang its reader is read in a moment.
    """
    start = time.process_time()

    Robots(body).allows(f"{SITE}/{'a' * 2000}")

    assert time.process_time() - start < 3


@given(
    body=st.binary(max_size=300), lines=st.lists(st.sampled_from(["User-agent: *", "Disallow: /*$", "Allow:", "$*"]))
)
@settings(max_examples=60, deadline=None)
def test_any_bytes(body, lines):
    """
    Any bytes are read as some rules.
    """
    robots = Robots("\n".join(lines).encode() + b"\n" + body)

    assert isinstance(robots.allows(f"{SITE}/news/1"), bool)
    assert timedelta(0) <= robots.crawl_delay <= MAX_CRAWL_DELAY


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("", ()),
        ("index, follow", ()),
        ("noindex", ("noindex",)),
        ("NoIndex, NOARCHIVE", ("noindex", "noarchive")),
        ("none", ("noindex",)),
        ("noai, noimageai", ("noai", "noimageai")),
        ("otherbot: noindex, noarchive", ()),
        ("otherbot: noindex, copydesk: noarchive", ("noarchive",)),
        ("max-snippet: 20, noindex", ("noindex",)),
        ("max-image-preview:large, unavailable_after: 25 Jun 2010 15:00:00 PST, noarchive", ("noarchive",)),
    ],
)
def test_header_wishes(field, expected):
    """
    X-Robots-Tag is read as far as it speaks to everybody or to us.
    """
    assert expected == wishes({"x-robots-tag": field}, b"")


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("<meta name='robots' content='noindex,nofollow'>", ("noindex",)),
        ('<META CONTENT="noarchive" NAME="Robots"/>', ("noarchive",)),
        ("<meta name=copydesk content=noai>", ("noai",)),
        ("<meta\n  name = 'robots'\n  content = 'none'\n>", ("noindex",)),
        ("<meta name='googlebot' content='noindex'>", ()),
        ("<meta name='description' content='noindex'>", ()),
        ("<meta name='tdm-reservation' content='1'>", ("tdm-reservation",)),
        ("<meta name='tdm-reservation' content='0'>", ()),
        ("<meta name='robots' content='noai'><meta name='robots' content='noindex, noai'>", ("noai", "noindex")),
        ("<p>noindex</p>", ()),
    ],
)
def test_page_wishes(tag, expected):
    """
    A page's own tags are read the same way.
    """
    page = f"<html><head><meta charset=utf-8><title>T</title>{tag}</head>".encode()

    assert expected == wishes({}, page)


def test_tdm_header():
    """
    The reservation of text and data mining is a header as well (W3C TDMRep).
    """
    assert ("tdm-reservation",) == wishes({"tdm-reservation": "1"}, b"")
    assert () == wishes({"tdm-reservation": "0"}, b"")


@pytest.mark.parametrize("body", [b"<meta " * 20_000, b"<meta name=" * 20_000, b"<meta " + b"a=" * 200_000])
def test_hostile_page(body):
    """
    A head made to hang its reader is read in a moment.
    """
    start = time.process_time()

    wishes({"x-robots-tag": "a:" * 4000}, body)

    assert time.process_time() - start < 1


def test_among_many_tags():
    """
    The tags that speak of it are found among those that do not, in their order.
    """
    page = (
        b'<meta charset=utf-8><meta name="a" content="b"><META NAME=ROBOTS content="noai">'
        b'<meta name="robots-like" content="noindex"><meta name=tdm-Reservation content=1><meta x>'
        b'<meta name="robots" content="noarchive">'
    )

    assert ("noai", "tdm-reservation", "noarchive") == wishes({}, page)
