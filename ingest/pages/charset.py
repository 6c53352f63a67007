"""From a page's bytes to its characters: what browsers do, and a guess where they would ask the locale."""

from __future__ import annotations

import re
from functools import cache

from charset_normalizer import from_bytes

from ingest.pages.latin import latin_codec, may_be_western

#: A page names its charset in its first bytes (WHATWG HTML 13.2.3.2 scans 1,024; news pages put it later: 4 KB).
META_BYTES = 4096
#: What the guesser is shown: it reads some 100 KB/s on hard input, and a page's head has decided long before.
GUESS_BYTES = 16_384
#: A declared charset that leaves more than this share of the characters past ASCII undecodable was a wrong claim. The
#: others do not count: in English most characters read alike in every charset.
MAX_UNDECODABLE_SHARE = 0.1
#: Bytes that are looked at for what no text holds, and the share of them from which on the body is no text.
BINARY_BYTES = 4_096
MAX_BINARY_SHARE = 0.05

#: Python's codec for each label of the WHATWG Encoding Standard (4.2). Only these are honoured: Python knows more names
#: (utf-7, unicode_escape, punycode), and they would let a page write characters that no filter saw.
_CODECS = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
    "cp866": "866 cp866 csibm866 ibm866",
    "iso8859_2": "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2",
    "iso8859_3": "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3",
    "iso8859_4": "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4",
    "iso8859_5": "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988",
    "iso8859_6": "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e "
    "iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987",
    "iso8859_7": "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 "
    "iso_8859-7:1987 sun_eu_greek",
    "iso8859_8": "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 "
    "iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical",
    "iso8859_10": "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6",
    "iso8859_13": "iso-8859-13 iso8859-13 iso885913",
    "iso8859_14": "iso-8859-14 iso8859-14 iso885914",
    "iso8859_15": "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9",
    "iso8859_16": "iso-8859-16",
    "koi8_r": "cskoi8r koi koi8 koi8-r koi8_r",
    "koi8_u": "koi8-ru koi8-u",
    "mac_roman": "csmacintosh mac macintosh x-mac-roman",
    "mac_cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "cp874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874",
    "cp1250": "cp1250 windows-1250 x-cp1250",
    "cp1251": "cp1251 windows-1251 x-cp1251",
    "cp1252": "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 "
    "iso_8859-1 iso_8859-1:1987 l1 latin1 latin-1 us-ascii windows-1252 x-cp1252",
    "cp1253": "cp1253 windows-1253 x-cp1253",
    "cp1254": "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 "
    "windows-1254 x-cp1254",
    "cp1255": "cp1255 windows-1255 x-cp1255",
    "cp1256": "cp1256 windows-1256 x-cp1256",
    "cp1257": "cp1257 windows-1257 x-cp1257",
    "cp1258": "cp1258 windows-1258 x-cp1258",
    "gb18030": "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
    "euc_jp": "cseucpkdfmtjapanese euc-jp x-euc-jp",
    "iso2022_jp": "csiso2022jp iso-2022-jp",
    "cp932": "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis",
    "cp949": "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 "
    "windows-949",
    "utf-16-be": "unicodefffe utf-16be",
    "utf-16-le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le",
}

#: What the guesser calls charsets that pages are not written in, and the one of the same family that they are.
_KIN = {
    "euc_jis_2004": "euc_jp", "euc_jisx0213": "euc_jp", "shift_jis": "cp932", "shift_jis_2004": "cp932",
    "shift_jisx0213": "cp932", "gbk": "gb18030", "gb2312": "gb18030", "hz": "gb18030", "big5": "big5hkscs",
    "mac_cyrillic": "cp1251", "cp950": "big5hkscs", "euc_kr": "cp949", "johab": "cp949",
}  # fmt: skip  # one name a line is longer, not clearer
#: Of scripts that the guesser tells; the Latin ones it takes for one another, which the language tells.
_TELLABLE = frozenset(
    {
        "utf-8", "cp866", "iso8859_5", "iso8859_6", "iso8859_7", "iso8859_8", "koi8_r", "koi8_u", "mac_cyrillic",
        "cp874", "cp1251", "cp1253", "cp1255", "cp1256", "gb18030", "big5hkscs", "euc_jp", "iso2022_jp", "cp932",
        "cp949",
    }
)  # fmt: skip  # one name a line is longer, not clearer
#: Written in ASCII bytes alone, so that any text in it is valid UTF-8 too; in every other charset next to none is.
_SEVEN_BITS = frozenset({"iso2022_jp"})
#: How files begin that servers send as text/html by mistake (WHATWG MIME Sniffing 6.1 to 6.4, and office files).
_MAGIC = (
    b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"PK\x03\x04", b"PK\x05\x06",
    b"\x1f\x8b\x08", b"Rar!\x1a\x07", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ\x00", b"OggS\x00", b"ID3",
    b"\x7fELF", b"wOFF", b"wOF2", b"%!PS-Adobe-", b"\xd0\xcf\x11\xe0", b"\x1aE\xdf\xa3", b"\x00\x00\x01\x00",
    b"II*\x00", b"MM\x00*", b"\x28\xb5\x2f\xfd",
)  # fmt: skip  # one beginning a line is longer, not clearer
#: Of container files the name stands further in: RIFF (WebP, WAVE) and ISO media (MP4, AVIF).
_CONTAINERS = ((b"RIFF", 0), (b"ftyp", 4))
#: Controls that no text of any charset holds; NUL is left out, for pages in which a broken CMS scatters it.
_BINARY_CONTROLS = bytes([*range(1, 9), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
#: Where zeros stand in the first bytes of markup in UTF-16 without a mark; as UTF-8 it would be valid, and unreadable.
_UNMARKED_UTF16 = (((False, True, False, True), "utf-16-le"), ((True, False, True, False), "utf-16-be"))
_HEADER = re.compile(r"charset\s*=\s*[\"']?([^\s\"';,]+)", re.IGNORECASE)
_META = re.compile(rb"<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)


def decode_page(body: bytes, content_type: str) -> str:
    """The page's characters, as ``read_page`` gives them."""
    return read_page(body, content_type)[0]


def read_page(body: bytes, content_type: str) -> tuple[str, bytes | None]:
    """
    The page's characters: by byte order mark, header, meta element, as UTF-8, by a guess, or as windows-1252. And the
    bytes, where they are these characters in UTF-8.

    A claim that does not fit the bytes is passed over, and every claim gives way to text that is valid UTF-8 (servers
    send a default of iso-8859-1 for every page). "" where the bytes are a picture, an archive or another file that is
    no text. Never raises.
    """
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace"), None
    for zeros, codec in _UNMARKED_UTF16:
        if len(body) >= len(zeros) and all((body[at] == 0) == is_zero for at, is_zero in enumerate(zeros)):
            return body.decode(codec, "replace"), None
    if is_binary(body):
        return "", None
    text = _as_utf8(body)
    for codec in _claims(body, content_type):
        if codec not in _SEVEN_BITS and text is not None:
            return text, body
        if codec == "cp1252" and not may_be_western(body):
            continue
        decoded = body.decode(codec, "replace")
        if decoded.count("\ufffd") <= MAX_UNDECODABLE_SHARE * _foreign(decoded):
            return decoded, None
    return (text, body) if text is not None else (body.decode(_guess(body), "replace"), None)


def is_binary(body: bytes) -> bool:
    """Whether the bytes are a file of another kind than text, by how it begins or by the controls it is full of."""
    if body.startswith(_MAGIC) or any(body.startswith(mark, at) for mark, at in _CONTAINERS):
        return True
    if body.startswith(tuple(mark for mark, _ in _MARKS)):
        return False
    head = body[:BINARY_BYTES]
    return len(head) - len(head.translate(None, _BINARY_CONTROLS)) > MAX_BINARY_SHARE * len(head)


def codec_for(label: str) -> str | None:
    """Python's codec for a charset label, None for a label that browsers do not know either."""
    return _labels().get(label.strip().lower())


@cache
def _labels() -> dict[str, str]:
    return {label: codec for codec, labels in _CODECS.items() for label in labels.split()}


def _claims(body: bytes, content_type: str) -> list[str]:
    """The codecs that the header and the page name, in the order of trust."""
    claims = []
    if (found := _HEADER.search(content_type)) and (codec := codec_for(found[1])):
        # Markup in UTF-16 has a zero beside each of its letters, text in anything else has none.
        claims += [codec] if not codec.startswith("utf-16") or body.count(0, 0, META_BYTES) else []
    if (meta := _META.search(body, 0, META_BYTES)) and (codec := codec_for(meta[1].decode("ascii", "replace"))):
        # WHATWG HTML 13.2.3.2: who can read "utf-16" in ASCII bytes is not reading UTF-16.
        claims.append("utf-8" if codec.startswith("utf-16") else codec)
    # iso-8859-1 is what servers say of every page that they know nothing of; the page itself has a reason.
    return sorted(claims, key="cp1252".__eq__)


def _as_utf8(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _guess(body: bytes) -> str:
    """The codec for bytes that nobody declared and that are no UTF-8."""
    if _is_nearly_utf8(body):
        return "utf-8"
    best = from_bytes(body[:GUESS_BYTES]).best()
    named = best.encoding if best is not None else ""
    codec = _KIN.get(named) or (named if named in _CODECS else "") or codec_for(named.replace("_", "-")) or "cp1252"
    return codec if codec in _TELLABLE else latin_codec(body[:GUESS_BYTES], codec)


def _is_nearly_utf8(body: bytes) -> bool:
    """Whether most bytes past ASCII are UTF-8: one broken character must not spoil a whole page."""
    text = body.decode("utf-8", "replace")
    return text.count("\ufffd") <= MAX_UNDECODABLE_SHARE * _foreign(text)


def _foreign(text: str) -> int:
    """How many characters are not ASCII."""
    return len(text) - len(text.encode("ascii", "ignore"))
