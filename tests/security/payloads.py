"""Everything hostile that is thrown at the desk, made when it is needed: a name and a function that builds it."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable

#: Hosts that lead into the machine or its network, as written; {port} stands for the canary's (reliability.md 2.3).
HOSTS = (
    "127.0.0.1",
    "127.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "0",
    "0.0.0.0",
    "2852039166",
    "169.254.169.254",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "10.0.0.1",
    "100.64.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "192.0.0.8",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::]",
    "[2001::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[::1%lo]",
    "[fec0::1]",
    "[ff02::1]",
    "[5f00::1]",
    "[3fff::1]",
    "desk.example\\@127.0.0.1",
    "desk.example%40127.0.0.1",
    "desk.example@127.0.0.1",
    "127.0.0.1\t",
    "127.0.0.1%00.desk.example",
    "[127.0.0.1]",
)
#: Addresses of another scheme than http(s).
SCHEMES = (
    "file:///etc/hostname",
    "ftp://127.0.0.1/x",
    "gopher://127.0.0.1:70/_x",
    "dict://127.0.0.1:11211/stat",
    "data:text/html,<p>x</p>",
    "jar:http://127.0.0.1!/x",
    "javascript:alert(1)",
    "ldap://127.0.0.1/x",
    "unix:///run/x",
    "//127.0.0.1:1/x",
    "about:blank",
)


def rss(items: str, before: str = "", channel: str = "<title>T</title>") -> bytes:
    return f"{before}<rss version='2.0'><channel>{channel}{items}</channel></rss>".encode()


def item(**fields: str) -> str:
    return f"<item>{''.join(f'<{name}>{text}</{name}>' for name, text in fields.items())}</item>"


def laughs(levels: int, each: int) -> bytes:
    names = "".join(
        f"<!ENTITY l{at} '{f'&l{at - 1};' * each if at else 'laugh out loud and long ' * 4}'>" for at in range(levels)
    )
    return rss(item(title=f"&l{levels - 1};", guid="1"), f"<?xml version='1.0'?><!DOCTYPE rss [{names}]>")


def atom(head: str, entries: str) -> bytes:
    return f"<feed xmlns='http://www.w3.org/2005/Atom' {head}>{entries}</feed>".encode()


#: Feeds (reliability.md 2.1, and what this suite found).
FEEDS: dict[str, Callable[[], bytes]] = {
    "billion laughs": lambda: laughs(10, 10),
    "five-level laughs": lambda: laughs(5, 5),
    "quadratic blow-up": lambda: rss(
        item(title="&a;" * 20_000, guid="1"), f"<!DOCTYPE rss [<!ENTITY a '{'a' * 100_000}'>]>"
    ),
    "100,000 nested unknown tags": lambda: rss(item(guid="1", description="<a>" * 100_000)),
    "100,000 open comments": lambda: rss(item(guid="1", description="<!--" * 100_000)),
    "100,000 open comments, escaped": lambda: rss(item(guid="1", description="&lt;!--" * 100_000)),
    "100,000 attributes": lambda: rss(f"<item {' '.join(f'a{at}=1' for at in range(100_000))}/>"),
    "100,000 good attributes": lambda: rss(f"<item {' '.join(f'''a{at}='1' ''' for at in range(100_000))}/>"),
    "an author without end": lambda: rss(item(guid="1", author=f"a@{'a.' * 16_000}!")),
    "an author without end, ill-formed": lambda: rss(item(guid="1", author=f"a@{'a.' * 16_000}!") + "<x>&foo;"),
    "loose markup": lambda: rss(item(guid="1", title="x") + "&foo; <b>x</i>" * 100_000),
    "half-open tags": lambda: rss(item(guid="1", description="<a/" * 200_000)),
    "half-open links": lambda: rss(item(guid="1", description='&lt;a href="' * 60_000)),
    "100,000 items": lambda: rss("<item><title>x</title><guid>1</guid></item>" * 100_000),
    "5,000 unreadable dates": lambda: rss("".join(item(guid=f"{n}", pubDate=f"{'x' * 40}{n}") for n in range(5_000))),
    "a date of a million digits": lambda: rss(item(guid="1", pubDate="1" * 900_000)),
    "a value of 9 MB": lambda: rss(f"<item a='{'x' * 9_000_000}'><guid>1</guid></item>"),
    "a title of 9 MB": lambda: rss(item(guid="1", title="x" * 9_000_000)),
    "a title of blanks": lambda: rss(item(guid="1", title=f"{' ' * 900_000}x")),
    "a title of entities": lambda: rss(item(guid="1", title="&amp;amp;" * 100_000)),
    "numbers without end": lambda: rss(item(guid="1"), channel=f"<ttl>{'9' * 5_000}</ttl>"),
    "40,000 categories": lambda: rss(f"<item><guid>1</guid>{'<category>c</category>' * 40_000}</item>"),
    "keywords without end": lambda: rss(item(guid="1", keywords="a," * 400_000) + "&foo;"),
    "30,000 namespaces": lambda: rss("".join(f"<x{n}:a xmlns:x{n}='u{n}'/>" for n in range(30_000))),
    "a long base": lambda: atom(
        f"xml:base='http://a/{'b/' * 100_000}'", "<entry><id>1</id><link href='c'/></entry>" * 2_000
    ),
    "a long base, asked often": lambda: atom(
        f"xml:base='http://a/{'b/' * 1_900}'",
        f"<entry><id>1</id>{'''<link rel='enclosure' href='c'/>''' * 14}</entry>" * 2_000,
    ),
    "deep json": lambda: b'{"version":"https://jsonfeed.org/version/1.1","items":' + b"[" * 400_000,
    "a json number without end": lambda: (
        b'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":%s}]}' % (b"9" * 400_000)
    ),
    "prologue of comments": lambda: b"<?xml version='1.0'?>" + b"<!-- -->" * 110_000,
    "prologue of open comments": lambda: b"<?xml version='1.0'?>" + b"<!--" * 220_000,
    "angle brackets": lambda: b"<" * 900_000,
    "zeros": lambda: b"\0" * 900_000,
    "a document type without end": lambda: b"<!DOCTYPE rss [" + b"<!ELEMENT a (b)>" * 50_000,
}

PROSE = "".join(
    f"<p>On day {day} the harbour lay still, and nobody on the quay could name the reason for it. It had no name.</p>"
    for day in range(8)
)
ARTICLE = f"<html><head><title>Harbour</title></head><body><article>{PROSE}</article></body></html>"

#: Pages that no other test has; the bombs of reliability.md 2.1 stand in tests/unit/pages/test_bad_pages.py.
PAGES: dict[str, Callable[[], str]] = {
    "attributes behind a quoted bracket": lambda: f"<p title='>' {' '.join(f'a{n}=1' for n in range(20_000))}>{PROSE}",
    "attributes behind a false script": lambda: (
        f"<p title='<script>'><p {' '.join(f'a{n}=1' for n in range(20_000))}></script>{PROSE}"
    ),
    "attributes in many tags": lambda: f"<p {' '.join(f'a{n}=1' for n in range(250))}>" * 800 + PROSE,
    "depth of 10,000": lambda: "<div>" * 10_000 + PROSE,
    "a base without end": lambda: f"<base href='http://a/{'b/' * 100_000}'>{'<a href=c>x</a>' * 20_000}{ARTICLE}",
    "a canonical address without end": lambda: f"<link rel=canonical href='http://a/{'b/' * 400_000}'>{ARTICLE}",
}


def quine_like(layers: int) -> bytes:
    """Gzip in gzip in gzip, each layer labelled once only: what a gzip quine is to a decoder that goes on and on."""
    body = b"<html><body>" + b"a" * 1000
    for _ in range(layers):
        packed = io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
            file.write(body)
        body = packed.getvalue()
    return body


def air(megabytes: int) -> bytes:
    """So many megabytes of zeros, packed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(1_000_000)) for _ in range(megabytes)) + packer.flush()


#: What sanitizers let through (reliability.md 2.4): markup that runs something when it is shown as HTML.
PROBES = (
    "<script>alert('canary')</script>",
    "<img src=x onerror=alert('canary')>",
    "<form action='javascript:canary'><input type=submit></form>",
    "<svg><a xlink:href='javascript:canary'>x</a><set to='javascript:canary'/></svg>",
    "<a href='feed:javascript:canary'>x</a>",
    "<video src='javascript:canary'></video>",
    "<a href='&#1;javascript:canary'>x</a>",
    "<a href='java\tscript:canary'>x</a>",
    "<iframe srcdoc='<script>canary</script>'></iframe>",
    "<math><mi xlink:href='data:text/html,canary'>x</mi></math>",
    "<style>@import 'javascript:canary'</style>",
    "<meta http-equiv=refresh content='0;url=javascript:canary'>",
    "<object data='data:text/html;base64,canary'></object>",
    "<base href='javascript:canary'>",
)
#: Addresses that are none of ours to publish.
BAD_URLS = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "feed:javascript:alert(1)",
    "file:///etc/passwd",
    "http://",
    "https:///x",
    "mailto:a@b.example",
)
