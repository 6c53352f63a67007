"""Bytes to characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.pages.charset import codec_for, decode_page, is_binary, read_page

HTML = "text/html"
CAFE = "<p>Das Café am Hafen öffnet früher.</p>"


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        pytest.param(b"\xef\xbb\xbfcaf\xc3\xa9", "text/html; charset=iso-8859-1", "café", id="mark before header"),
        pytest.param(b"\xff\xfeh\x00i\x00", HTML, "hi", id="mark of utf-16"),
        pytest.param(b"caf\xe9", "text/html; charset=latin-1", "café", id="header"),
        pytest.param(b"it\x92s", "text/html; charset=ISO-8859-1", "it’s", id="latin-1 means windows-1252"),
        pytest.param("漢字".encode("gb18030"), 'text/html; charset="GB2312"', "漢字", id="gb2312 means gb18030"),
        pytest.param("写真".encode("cp932"), "text/html;charset=Shift_JIS", "写真", id="shift_jis means windows-31j"),
        pytest.param(b"<meta charset=windows-1251>\xcf", HTML, "<meta charset=windows-1251>П", id="meta"),
        pytest.param(b"<meta charset=utf-16>\xc3\xa9", HTML, "<meta charset=utf-16>é", id="utf-16 in ASCII bytes"),
        pytest.param(b"caf\xc3\xa9", HTML, "café", id="undeclared utf-8"),
        pytest.param(b"caf\xc3\xa9", "text/html; charset=iso-8859-1", "café", id="a server's default gives way"),
        pytest.param(b"caf\xe9 au lait", HTML, "café au lait", id="nothing known"),
        pytest.param(b"caf\xc3\xa9 " * 200 + b"\xff", HTML, "café " * 200 + "\ufffd", id="one broken byte"),
        pytest.param(b"caf\xe9", "text/html; charset=utf-7", "café", id="utf-7 is not honoured"),
        pytest.param(b"+ADw-b+AD4-", "text/html; charset=utf-7", "+ADw-b+AD4-", id="utf-7 stays ASCII"),
        pytest.param(b"<\x00p\x00>\x00", HTML, "<p>", id="utf-16 without a mark"),
        pytest.param(b"", "", "", id="empty"),
        pytest.param(
            b"caf\xc3\xa9", "text/html; charset=gb2312", "café", id="a wrong claim of many bytes gives way too"
        ),
        pytest.param(
            b"caf\xe9 " + b"a" * 900, "text/html; charset=utf-8", "café " + "a" * 900, id="one foreign letter"
        ),
        pytest.param(b"<p>a b</p>", "text/html; charset=utf-16", "<p>a b</p>", id="no utf-16 without zeros"),
        pytest.param("<p>П</p>".encode("utf-16-le"), HTML, "<p>П</p>", id="utf-16 of other scripts"),
        pytest.param(
            "写真は港で火曜日に撮った。".encode("euc_jp") * 9, HTML, "写真は港で火曜日に撮った。" * 9, id="guessed kin"
        ),
        pytest.param(b"\x1b$B4A\x1b(B", "text/html; charset=iso-2022-jp", "漢", id="seven bits"),
        pytest.param(b"%PDF-1.7 harbour", HTML, "", id="pdf"),
    ],
)
def test_decode(body, content_type, text):
    """
    The first claim that fits the bytes decides: mark, header, meta, UTF-8, a guess.
    """
    assert text == decode_page(body, content_type)


@given(body=st.binary(max_size=300), content_type=st.text(max_size=40))
def test_never_raises(body, content_type):
    """
    Any bytes under any header are some text.
    """
    assert isinstance(decode_page(body, content_type), str)


@pytest.mark.parametrize("label", ["utf-7", "unicode_escape", "idna", "zlib", "", "no-such"])
def test_unknown_label(label):
    """
    A charset that browsers do not know is none, whatever Python knows.
    """
    assert codec_for(label) is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"\x89PNG\r\n\x1a\n", True),
        (b"RIFF....WEBP", True),
        (b"....ftypmp42", True),
        (bytes(range(32)) * 10, True),
        (b"har\x00bour " * 50, False),
        (b"\x0c\x1b harbour " * 50, False),
        (b"PKO Bank", False),
        (b"%PDFs are files", False),
        (b"", False),
    ],
)
def test_binary(body, expected):
    """
    Files are told by how they begin or by their controls; a text with some zeros stays a text.
    """
    assert expected == is_binary(body)


@pytest.mark.parametrize(
    ("body", "encoded"),
    [
        (CAFE.encode(), CAFE.encode()),
        (b"\xef\xbb\xbf" + CAFE.encode(), None),
        (CAFE.encode("cp1252"), None),
        (CAFE.encode("utf-16"), None),
        (b"%PDF-1.7", None),
    ],
)
def test_read_page(body, encoded):
    """
    Bytes that are the page's characters in UTF-8 are handed on, so that nobody encodes these again.
    """
    text, given_on = read_page(body, "text/html")

    assert encoded == given_on
    assert encoded is None or text == encoded.decode()
