"""Laws of the charset: what decodes beats what is declared."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.feeds.decode import decode, decode_both

XML = '<?xml version="1.0" encoding="{}"?><rss><t>{}</t></rss>'


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("utf-8", "utf-8", "Žluťoučký “kůň” 😀"),
        ("iso-8859-1", "utf-8", "café"),
        ("iso-8859-1", "cp1252", "It’s €5"),
        ("utf-8", "cp1252", "café “fine”"),
        ("koi8-r", "koi8-r", "Новости дня"),
        ("windows-1251", "cp1251", "Новости дня"),
        ("gb2312", "gbk", "朱镕基谈经济"),
        ("Shift_JIS", "cp932", "東京ニュース"),
        ("euc-kr", "cp949", "한국 뉴스"),
        ("iso-2022-jp", "iso-2022-jp", "東京"),
        ("utf-16", "utf-8", "Žluť"),
        ("utf-16", "utf-16", "Žluť"),
        ("utf-16", "utf-16-le", "Žluť"),
        ("utf-16", "utf-16-be", "Žluť"),
        ("utf-32", "utf-32", "Žluť"),
        ("utf-8", "utf-8-sig", "Žluť"),
        ("no-such", "cp1252", "café"),
        ("hex", "cp1252", "café"),
        ("iso-8859-8-i", "iso-8859-8", "חדשות"),
        ("windows-874", "cp874", "ข่าว"),
        ("x-cp1251", "cp1251", "Новости дня"),
        ("iso-8859-15", "iso-8859-15", "Évry — œuvre à 5 €".replace("—", "-")),
    ],
)
def test_declared(label, codec, text):
    """
    A document is read in the encoding it is in, whatever it says.
    """
    document = XML.format(label, text)

    got = decode(document.encode(codec), "")

    assert document == got


@pytest.mark.parametrize(
    ("content_type", "codec", "text"),
    [
        ("text/xml; charset=windows-1251", "cp1251", "Новости"),
        ('text/xml; charset="koi8-r"', "koi8-r", "Новости"),
        ("text/xml; charset=iso-8859-1", "utf-8", "café"),
        ("text/xml", "utf-8", "café"),
        ("text/xml; charset=", "cp1252", "café"),
    ],
)
def test_header(content_type, codec, text):
    """
    The header's charset counts where the document is not UTF-8.
    """
    got = decode(f"<rss>{text}</rss>".encode(codec), content_type)

    assert f"<rss>{text}</rss>" == got


@pytest.mark.parametrize(
    ("content_type", "label", "codec", "text"),
    [
        ("text/xml; charset=iso-8859-1", "windows-1251", "cp1251", "Новости дня"),
        ("text/xml; charset=ISO-8859-1", "euc-jp", "euc-jp", "東京ニュース"),
        ("text/xml; charset=us-ascii", "gb2312", "gbk", "朱镕基谈经济"),
        ("text/xml; charset=iso-8859-1", "utf-8", "cp1252", "café “fine”"),
        ("text/xml; charset=iso-8859-1", "no-such", "cp1252", "café"),
        ("text/xml; charset=windows-1251", "iso-8859-1", "cp1251", "Новости дня"),
        ("text/xml; charset=windows-1251", "koi8-r", "cp1251", "Новости дня"),
    ],
)
def test_header_and_declaration(content_type, label, codec, text):
    """
    The header beats the declaration, but for the default that a server names for every file.
    """
    document = XML.format(label, text)

    got = decode(document.encode(codec), content_type)

    assert document == got


def test_one_bad_byte():
    """
    One foreign byte does not turn good UTF-8 into another encoding.
    """
    got = decode("Žluťoučký kůň ".encode() * 3 + b"\xff", "")

    assert "Žluťoučký kůň " * 3 + "\ufffd" == got


@settings(deadline=None)  # the machine is shared
@given(st.binary(max_size=200), st.sampled_from(["", "text/xml; charset=utf-16", "text/xml; charset=idna"]))
def test_never_raises(data, content_type):
    """
    Any bytes are some text.
    """
    got = decode(data, content_type)

    assert isinstance(got, str)


@settings(deadline=None)  # the machine is shared
@given(st.text(min_size=1).filter(lambda text: text[0] not in "\x00\ufeff" and "\x00" not in text))
def test_utf8_round_trip(text):
    """
    UTF-8 comes back as it was written.
    """
    got = decode(text.encode("utf-8", "ignore"), "")

    assert text == got


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("<rss>Ž</rss>".encode(), "<rss>Ž</rss>".encode()),
        ("\ufeff\ufeff<rss>Ž</rss>".encode(), "<rss>Ž</rss>".encode()),
        ("<rss>Ž</rss>".encode("utf-16"), None),
        ("<rss>é</rss>".encode("cp1252"), None),
        (b"<rss>\xc5\xbd\xc5\xbd\xff</rss>", None),
        ("<?xml version='1.0' encoding='iso-2022-jp'?><rss>\u65e5</rss>".encode("iso-2022-jp"), None),
        ("<?xml version='1.0'?><rss/>".encode("cp037"), None),
    ],
)
def test_bytes_at_hand(data, expected):
    """
    The bytes come with the characters only where they are the characters' UTF-8.
    """
    text, body = decode_both(data, "")

    assert expected == body
    assert body is None or body == text.encode()
    assert decode(data, "") == text
