"""Bytes of a feed document -> characters, trusting what decodes before what is declared."""

from __future__ import annotations

import codecs
import re
from typing import Final

_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins with UTF-16's mark, so it is asked first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: How "<" or "{" begins a document without a mark (XML 1.0 appendix F).
_PATTERNS: Final = (
    (re.compile(rb"[<{\[\s]\x00\x00\x00"), "utf-32-le"),
    (re.compile(rb"\x00\x00\x00[<{\[\s]"), "utf-32-be"),
    (re.compile(rb"[<{\[\s]\x00[^\x00]"), "utf-16-le"),
    (re.compile(rb"\x00[<{\[\s]\x00[^\x00]"), "utf-16-be"),
    (re.compile(rb"\x4c\x6f\xa7\x94"), "cp037"),
)
_DECLARED: Final = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
#: The superset that is meant by a narrower label (as WHATWG's Encoding Standard maps labels).
_MEANT: Final = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "big5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "gb_2312-80": "gb18030",
    # Names that Python's codecs do not know, of encodings that they do.
    "iso-8859-6-e": "iso-8859-6",
    "iso-8859-6-i": "iso-8859-6",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-8-i": "iso-8859-8",
    "iso88591": "cp1252",
    "iso88592": "iso-8859-2",
    "iso88595": "iso-8859-5",
    "koi8": "koi8-r",
    "mac": "mac_roman",
    "windows-874": "cp874",
    "windows-949": "cp949",
    "windows1251": "cp1251",
    "win-1251": "cp1251",
    "x-cp1250": "cp1250",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "x-euc-jp": "euc-jp",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-roman": "mac_roman",
}
#: What servers name by default, for files they have not looked into.
_DEFAULT: Final = "cp1252"
#: Encodings whose bytes are all ASCII, so that "it decodes as UTF-8" says nothing.
_SEVEN_BIT: Final = ("iso-2022", "hz", "utf-7", "csiso2022")
_HEAD_BYTES: Final = 1024
_MULTIBYTE: Final = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


def decode(data: bytes, content_type: str) -> str:
    """
    The characters of a document, without a byte order mark; never fails.

    A mark or a UTF-16 pattern wins; then UTF-8 where all of it is UTF-8 (real text in another encoding never is);
    then the header's label, the declaration's (before it, if the header has a server's default), UTF-8 with a few
    broken bytes, and Windows-1252.
    """
    return decode_both(data, content_type)[0]


def decode_both(data: bytes, content_type: str) -> tuple[str, bytes | None]:
    """
    The same, and the bytes it came from where they are its UTF-8 already.

    Writing the characters as UTF-8 again would be a twentieth of reading a feed.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _loosely(data[len(mark) :], encoding), None
    for pattern, encoding in _PATTERNS:
        if pattern.match(data):
            return _loosely(data, encoding), None
    body = data
    while body.startswith(codecs.BOM_UTF8):  # some servers put two
        body = body[len(codecs.BOM_UTF8) :]
    labels = _labels(body, content_type)
    candidates = labels if any(label.startswith(_SEVEN_BIT) for label in labels) else ["utf-8", *labels]
    for label in candidates:
        text = _strictly(body, label)
        if text is not None:
            return text, (body if label == "utf-8" else None)
    if _is_mostly_utf8(body):
        return _loosely(body, "utf-8"), None
    return _loosely(body, "cp1252"), None


def _labels(body: bytes, content_type: str) -> list[str]:
    """
    What the header and the XML declaration say, in this order (RFC 7303 3).

    A header that names a server's default is asked last: every byte fits it, and who wrote the declaration knew more.
    """
    header = _CHARSET.search(content_type)
    declared = _DECLARED.search(body[:_HEAD_BYTES])
    labels = [header[1]] if header else []
    if declared:
        labels.append(declared[1].decode("ascii"))
    meant = [_MEANT.get(label.lower(), label.lower()) for label in labels]
    return meant[::-1] if header and meant[0] == _DEFAULT else meant


def _strictly(body: bytes, label: str) -> str | None:
    """The text if every byte fits; a label that names UTF-16 lies here, for the patterns have been asked."""
    if label.startswith(("utf-16", "utf16", "utf-32", "utf32", "ucs", "unicode", "utf-7", "idna", "punycode")):
        return None
    try:
        return body.decode(label)
    except (LookupError, UnicodeError):  # bytes.decode knows no codec that is not for text
        return None


def _loosely(body: bytes, encoding: str) -> str:
    return body.decode(encoding, errors="replace")


def _is_mostly_utf8(body: bytes) -> bool:
    """True if most bytes beyond ASCII belong to whole UTF-8 sequences: one cut or foreign byte in good text."""
    whole = sum(len(found) for found in _MULTIBYTE.findall(body))
    beyond = len(body) - len(body.translate(None, bytes(range(128, 256))))
    return 2 * whole > beyond
