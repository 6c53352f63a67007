"""Input that is no article, or worse: each ends in a named outcome, without an exception, within its deadline."""

from __future__ import annotations

import json
import struct
import zlib
from datetime import timedelta

import pytest

from ingest.errors import SandboxError
from ingest.models import Page
from ingest.pages.charset import decode_page
from ingest.pages.choose import choose
from ingest.pages.extract import extract
from ingest.pages.sniff import kind_of
from ingest.sandbox.pool import Sandbox

URL = "https://tidewater.example/2024/harbour"
HTML = "text/html"
#: The ways to end that have a name; a reader of the log finds them in the documentation.
METHODS = {"trafilatura-fast", "trafilatura", "blocks", "plain", "empty", "json", "feed", "script", "text"}
#: A twentieth of the product's: what takes longer here is killed, and the next is read by another child.
DEADLINE = timedelta(seconds=1)
MAX_BYTES = 768 * 1024 * 1024

PROSE = tuple(
    f"On day {day} the harbour lay still, and nobody on the quay could name the reason for it." for day in range(8)
)
ARTICLE = "<body><article>" + "".join(f"<p>{line}</p>" for line in PROSE) + "</article>"


def page(body: bytes | str, content_type: str = "text/html; charset=utf-8") -> Page:
    return Page(url=URL, content_type=content_type, body=body.encode() if isinstance(body, str) else body)


def png() -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\x00" + bytes(range(256)) * 3 for _ in range(64))
    head = struct.pack(">IIBBBBB", 256, 64, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\nstream\nBT (The harbour lay still) Tj ET\nendstream\n%%EOF\n"
ZIP = b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(range(256)) * 20
NOISE = bytes((at * at * 7 + at * 13) % 251 for at in range(20_000))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b" \r\n\t \x0b\n" * 50, id="white space"),
        pytest.param(b"\xef\xbb\xbf", id="a mark only"),
        pytest.param(b"\x00" * 5_000, id="zeros"),
        pytest.param(png(), id="png"),
        pytest.param(PDF, id="pdf"),
        pytest.param(ZIP, id="zip"),
        pytest.param(b"RIFF\x10\x00\x00\x00WEBP" + NOISE, id="webp"),
        pytest.param(b"\x00\x00\x00\x20ftypisom" + NOISE, id="mp4"),
        pytest.param(NOISE, id="noise"),
        pytest.param(b"<html><head></head><body></body></html>", id="tags only"),
        pytest.param(b"<html><body><script>var harbour = 'still';</script></body></html>", id="scripts only"),
        pytest.param(
            b"<div id=root></div><script src=/app.js></script><style>p{color:red}</style>", id="rendered later"
        ),
        pytest.param(b"<html><head><meta http-equiv=refresh content='0;url=/x'></head></html>", id="refresh"),
        pytest.param(b"<html><frameset cols='1,2'><frame src=a><frame src=b></frameset></html>", id="frameset"),
        pytest.param(b"<html><body><img src=a.png><svg><path d='M0 0'/></svg></body></html>", id="pictures only"),
        pytest.param(b"<!-- the harbour lay still -->", id="comment only"),
    ],
)
def test_no_text(body):
    """
    What holds no text ends as "empty", and the feed's text is taken instead.
    """
    extraction = extract(page(body))

    assert ("empty", ()) == (extraction.method, extraction.paragraphs)


#: One text in a charset, and what the server calls it.
GERMAN = "Über den Hafen von Tidewater weiß man wenig; die Größe der Schäden am Kai ist „öffentlich“ nicht bekannt. "
RUSSIAN = "Гавань лежала тихо, и никто на причале не мог назвать причину; так продолжалось восемь дней подряд. "
JAPANESE = "港は静かで、岸壁の誰もその理由を言えなかった。市の職員は火曜日に、嵐のあとで船を調べたと話した。"
CHINESE = "港口很安静，码头上没有人能说出原因。市政府官员星期二表示，风暴过后检查了所有的船只。"


@pytest.mark.parametrize(
    ("prose", "real", "declared"),
    [
        pytest.param(GERMAN, "cp1252", "utf-8", id="western as utf-8"),
        pytest.param(GERMAN, "utf-8", "iso-8859-1", id="utf-8 as western"),
        pytest.param(GERMAN, "cp1252", "shift_jis", id="western as japanese"),
        pytest.param(RUSSIAN, "utf-8", "windows-1251", id="utf-8 as cyrillic"),
        pytest.param(RUSSIAN, "cp1251", "utf-8", id="cyrillic as utf-8"),
        pytest.param(RUSSIAN, "koi8_r", "utf-8", id="koi8 as utf-8"),
        pytest.param(JAPANESE, "utf-8", "shift_jis", id="utf-8 as japanese"),
        pytest.param(JAPANESE, "cp932", "utf-8", id="japanese as utf-8"),
        pytest.param(JAPANESE, "euc_jp", "utf-8", id="euc as utf-8"),
        pytest.param(CHINESE, "utf-8", "gb2312", id="utf-8 as chinese"),
        pytest.param(CHINESE, "gb18030", "utf-8", id="chinese as utf-8"),
        pytest.param(GERMAN, "utf-8", "utf-16", id="utf-8 as utf-16"),
        pytest.param(GERMAN, "utf-8", "no-such-charset", id="utf-8 as nothing known"),
    ],
)
def test_wrong_charset(prose, real, declared):
    """
    A charset that does not fit the bytes is not believed: the text comes out as it was written.
    """
    html = f"<html><body><article>{f'<p>{prose * 3}</p>' * 4}</article></body></html>"

    extraction = extract(page(html.encode(real), f"text/html; charset={declared}"))

    assert (prose * 3).strip() in extraction.paragraphs


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("declared", ["", "; charset=utf-8", "; charset=utf-16"])
def test_utf16(codec, declared):
    """
    UTF-16 is read with and without its mark, whatever the server calls it.
    """
    html = f"<html><body><article><p>{RUSSIAN}</p><p>{GERMAN}</p></article></body></html>"

    extraction = extract(page(html.encode(codec), HTML + declared))

    assert (RUSSIAN.strip(), GERMAN.strip()) == extraction.paragraphs


JSON_PAGE = json.dumps({"title": "Harbour", "body": " ".join(PROSE), "next": [1, 2, {"x": None}]})
RSS_PAGE = (
    "<?xml version='1.0'?>\n<!-- by hand -->\n<rss version='2.0'><channel><item><title>A</title></item></channel></rss>"
)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(JSON_PAGE, "json", id="json"),
        pytest.param("[" * 100_000, "json", id="brackets"),
        pytest.param("[1, 2]", "json", id="numbers"),
        pytest.param("[Tidewater] The harbour lay still.", "text", id="text in brackets"),
        pytest.param('{ "a": <b>1</b> }', "html", id="no json"),
        pytest.param(RSS_PAGE, "feed", id="rss"),
        pytest.param("<feed xmlns='http://www.w3.org/2005/Atom'><entry/></feed>", "feed", id="atom"),
        pytest.param("<?xml version='1.0'?><urlset><url/></urlset>", "feed", id="sitemap"),
        pytest.param(
            "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><p>A</p></html>", "html", id="xhtml"
        ),
        pytest.param("\n\n".join(PROSE), "text", id="plain text"),
        pytest.param("window.app = {harbour: 'still'};", "script", id="script"),
        pytest.param(f"<!doctype html><p>{PROSE[0]}", "html", id="html"),
        pytest.param(f"<p>{PROSE[0]}</p><p>RSS: <code>&lt;rss></code></p>", "html", id="html about feeds"),
        pytest.param(" " * 10_000, "empty", id="blank"),
        pytest.param(" " * 10_000 + "<p>Late</p>", "html", id="late"),
        pytest.param("", "empty", id="empty"),
    ],
)
def test_kind(body, kind):
    """
    What was served as a page is told by how it begins, and extraction of it ends in a named outcome.
    """
    assert kind == kind_of(body)
    assert extract(page(body)).method in METHODS


@pytest.mark.parametrize(
    ("body", "line"),
    [
        pytest.param("<p>Still.</p>", "Still.", id="one word"),
        pytest.param(PROSE[0], PROSE[0], id="plain text"),
        pytest.param(f"<div>{PROSE[0]}<br><br>{PROSE[1]}</div>", PROSE[1], id="no paragraph element"),
        pytest.param(ARTICLE.replace("harbour", "har\x00bour"), PROSE[0], id="zeros in words"),
        pytest.param(ARTICLE.replace("<p>", "<p>&#xD800;\ufffe"), f"\ufffd{PROSE[0]}", id="surrogate escapes"),
        pytest.param("<div>" * 250 + ARTICLE, PROSE[3], id="nested 250"),
        pytest.param("<div>" * 300 + ARTICLE, PROSE[3], id="nested 300"),
        pytest.param("<div>" * 10_000 + ARTICLE, PROSE[3], id="nested 10,000"),
        pytest.param("<b><i>" * 5_000 + ARTICLE, PROSE[3], id="formatting never closed"),
        pytest.param("<table><tr><td>" * 2_000 + ARTICLE, PROSE[3], id="nested tables"),
        pytest.param(
            f"<html><frameset><frame src=a></frameset><noframes>{ARTICLE}</noframes></html>", "", id="noframes"
        ),
        pytest.param("<html" + " " * 100_000 + ">" + ARTICLE, PROSE[3], id="a long tag"),
        pytest.param(f"<title>{'Harbour ' * 50_000}</title>{ARTICLE}", PROSE[3], id="a long title"),
        pytest.param(f"<p>{PROSE[0]}</p><plaintext>{ARTICLE}", PROSE[0], id="plaintext"),
        pytest.param(f"<![CDATA[{ARTICLE}]]>{ARTICLE}", PROSE[3], id="cdata"),
    ],
)
def test_odd_markup(body, line):
    """
    Odd markup keeps its text.
    """
    extraction = extract(page(body))

    assert line in extraction.paragraphs or not line
    assert extraction.method in METHODS


BOMBS = {
    "20 MB of paragraphs": lambda: f"<p>{' '.join(PROSE)}</p>\n" * (20_000_000 // 720),
    "100,000 links": lambda: "".join(f"<a href=/{at}>Harbour {at}</a> " for at in range(100_000)),
    "a line of a million characters": lambda: "<p>" + "harbour " * 125_000 + "</p>",
    "a word of a million characters": lambda: "<p>" + "h" * 1_000_000 + "</p>",
    "50,000 attributes": lambda: f"<p {' '.join(f'a{at}=1' for at in range(50_000))}>{PROSE[0]}</p>",
    "100,000 open paragraphs in divisions": lambda: "<div><p>a" * 100_000,
    "500,000 line breaks": lambda: "x<br>" * 500_000,
    "50,000 list items": lambda: "<ul>" + "<li>Still harbour" * 50_000,
    "50,000 rows": lambda: "<table>" + "<tr><td>Still<td>harbour" * 50_000,
    "a million divisions": lambda: "<div>" * 1_000_000 + PROSE[0],
    "100,000 comments": lambda: "<!--" * 100_000 + PROSE[0],
    "deep json": lambda: f'<script type="application/ld+json">{"[" * 100_000}</script>{ARTICLE}',
    "broken json of 3 MB": lambda: '<script type="application/ld+json">' + '{"a": "' * 430_000 + f"</script>{ARTICLE}",
    "blank json of 900 kB": lambda: f'<script type="application/ld+json">{{{" " * 900_000},</script>{ARTICLE}',
    "quotes in json": lambda: f'<script type="application/ld+json">{{{chr(34) * 900_000}</script>{ARTICLE}',
    "commas in json": lambda: f'<script type="application/ld+json">[{", " * 450_000}x</script>{ARTICLE}',
    "100,000 metas": lambda: "<meta name=author content='Ana Gull, Kim Tern and Jo Wren'>" * 100_000 + ARTICLE,
    "an author of a million": lambda: f"<meta name=author content='{'a and ' * 160_000}'>{ARTICLE}",
    "a million digits": lambda: f"<p>&#{'9' * 1_000_000};</p>{ARTICLE}",
    "a million entities": lambda: "<p>" + "&amp;" * 900_000,
    "nested formatting": lambda: "<b><i><u>" * 100_000 + PROSE[0],
}


@pytest.mark.usefixtures("warm_sandbox")
@pytest.mark.parametrize("name", BOMBS)
async def test_bomb(name):
    """
    A page made to hang a parser ends in text of its own or in a named failure, and the next page is read as ever.
    """
    async with Sandbox(1, DEADLINE, MAX_BYTES) as sandbox:
        try:
            extraction, cleaning = await sandbox.run("edit_page", page(BOMBS[name]()))
            outcome = extraction.method
        except SandboxError as error:
            outcome, cleaning = error.failure, None
        after, _ = await sandbox.run("edit_page", page(ARTICLE))

    assert outcome in METHODS | {"deadline", "memory", "crashed"}
    assert PROSE == after.paragraphs
    assert choose(cleaning, None).reason in {"no-text", "feed-empty"}


@pytest.mark.parametrize("name", [name for name in BOMBS if "json" in name])
def test_json_bomb(name):
    """
    JSON-LD made to hang its mending costs the page nothing but its metadata.
    """
    assert PROSE == extract(page(BOMBS[name]())).paragraphs


def test_decode_twice():
    """
    Decoding has no memory: the same bytes are the same characters, whatever came between.
    """
    first = decode_page(GERMAN.encode("cp1252"), HTML)
    decode_page(NOISE, HTML)

    assert first == decode_page(GERMAN.encode("cp1252"), HTML)
