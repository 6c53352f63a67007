"""
XML that parsers read, out of what servers send: without DTD, illegal characters and undefined references.

Every step is linear in the text.
"""

from __future__ import annotations

import re
from collections import deque
from html.entities import html5, name2codepoint
from itertools import islice
from typing import Final

from ingest.feeds.limits import MAX_ENTRIES
from ingest.feeds.sniff import Root

#: Characters that entities declared by the document may add to it.
_MAX_EXPANSION: Final = 100_000

_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff]")
#: Windows' characters under the numbers of controls.
_C1: Final = re.compile("[\x80-\x9f]")
_DECLARATION: Final = re.compile(
    r"""<!ENTITY\s+([A-Za-z_][\w.-]{0,31})\s+(?:"((?:[^"&%<]|&#[0-9]{1,7};){0,64})"|'((?:[^'&%<]|&#[0-9]{1,7};){0,64})')\s*>"""
)
_REFERENCE: Final = re.compile(r"&(?:#[xX]([0-9A-Fa-f]{1,8});|#([0-9]{1,9});|(#)|([A-Za-z_][\w.-]{0,31});)?")
_RAW: Final = re.compile(rb"\xc2[\x80-\x9f]")
_REFERRED: Final = re.compile(rb"&#(?:0*(?:1[2-5][0-9]|65279);|[xX]0*(?:7[fF]|[89][0-9A-Fa-f]|[fF][eE][fF][fF]);)")
_SURROGATES: Final = re.compile(
    r"&#(?:[xX]([dD][89abAB][0-9A-Fa-f]{2});&#[xX]([dD][c-fC-F][0-9A-Fa-f]{2})|(5[56]\d{3});&#(5[67]\d{3}));"
)
#: A "<" that opens nothing: no tag, no comment, no section ("I <3 you", "a < b").
_LONE: Final = re.compile(r"<(?!/?[^\W\d]|[!?])")
_PREDEFINED: Final = frozenset(["amp", "lt", "gt", "quot", "apos"])
_PREFIXED: Final = re.compile(r"<([A-Za-z_][\w.-]*):(?:channel|item|entry)(?=[\s>])")
_ITEM: Final = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?(?:item|entry)(?=[\s>/])", re.IGNORECASE)
_ITEM_END: Final = re.compile(r"</(?:[A-Za-z_][\w.-]*:)?(?:item|entry)\s*>", re.IGNORECASE)
#: Tags that make feedparser raise where they stand alone or empty, and that we have no use for.
_USELESS: Final = re.compile(r"</?(?:(?:georss|gml):[^<>]*|(?:width|height)(?=[\s>/])[^<>]*)>", re.IGNORECASE)
#: A tag without its ">".
_TORN: Final = re.compile(r"</?(?:[^\W\d][^<>]*)?\Z")
_CDATA, _CDATA_END = "<![CDATA[", "]]>"


def needs_repair(text: str, body: bytes, start: int = 0) -> bool:
    """
    True if a document may be well-formed and yet hold characters that nobody wants, raw or as references.

    XML lets DEL, the C1 controls and the byte order mark through (2.2). ``body`` is the text from ``start`` on in
    UTF-8; each search is made where it is cheapest.
    """
    if text.find("\x7f", start) >= 0:
        return True
    if not text.isascii() and (text.find("\ufeff", start) >= 0 or _has(_RAW, body, body.find(b"\xc2"))):
        return True
    return _has(_REFERRED, body, body.find(b"#") - 1)


def _has(pattern: re.Pattern[bytes], body: bytes, start: int) -> bool:
    """True if the pattern is in the body from ``start`` on, which may be before it (nowhere to look)."""
    return start >= 0 and pattern.search(body, start) is not None  # one byte is found 20 times faster than a pattern


def repair(text: str, root: Root) -> str:
    """
    The document from its root to the root's end, without an XML declaration.

    What stands before the root (DTD, notices of PHP, second declarations) and behind its end goes, and so does a tag
    that was cut off; entities become characters; a lone "&", "<" or "]]>" is escaped; entries past ``MAX_ENTRIES`` are
    cut out.
    """
    entities = _declared(text[: root.start])
    body = text[root.start :]
    end = body.rfind(f"</{root.name}")
    close = body.find(">", end) if end >= 0 else -1
    body = _ILLEGAL.sub("", body[: close + 1] if close >= 0 else _without_torn_tag(body))
    body = _C1.sub(lambda found: _windows(ord(found[0])), body)
    return _without_surplus(_without_stray_prefix(_outside_cdata(body, entities)))


def _without_torn_tag(body: str) -> str:
    """The body without the tag that it was cut off in, which a CDATA section has none of."""
    torn = _TORN.search(body, max(body.rfind("<"), 0))
    is_text = body.rfind(_CDATA) > body.rfind(_CDATA_END)
    return body if torn is None or is_text or not torn.start() else body[: torn.start()]


def _declared(prolog: str) -> dict[str, str]:
    """Entities of the internal subset that are short text; anything nested or external is left out (XXE, laughs)."""
    return {found[1]: found[2] or found[3] or "" for found in _DECLARATION.finditer(prolog)}


def _outside_cdata(body: str, entities: dict[str, str]) -> str:
    """The body with references and tags repaired everywhere but in CDATA sections, where there are none."""
    pieces = []
    budget = [_MAX_EXPANSION]
    position = 0
    while True:
        start = body.find(_CDATA, position)
        end = body.find(_CDATA_END, start) if start >= 0 else -1
        if end < 0:
            pieces.append(_repaired(body[position:], entities, budget))
            return "".join(pieces)
        pieces.append(_repaired(body[position:start], entities, budget))
        pieces.append(body[start : end + len(_CDATA_END)])
        position = end + len(_CDATA_END)


def _repaired(text: str, entities: dict[str, str], budget: list[int]) -> str:
    text = _LONE.sub("&lt;", _USELESS.sub("", text)).replace(_CDATA_END, "]]&gt;")
    if "&" not in text:
        return text

    def character(found: re.Match[str]) -> str:
        if found[1] or found[2]:
            return _numeric(int(found[1], 16) if found[1] else int(found[2]))
        name = found[4]
        if name is None:
            return "&amp;" + (found[3] or "")
        if name in _PREDEFINED:
            return found[0]
        if name in entities and budget[0] > 0:
            budget[0] -= len(entities[name])
            return _REFERENCE.sub(lambda inner: _numeric(int(inner[2])), entities[name])
        # XHTML's entity sets first, for a feed is XML; HTML has more, and other brackets under &lang; and &rang;.
        known = chr(name2codepoint[name]) if name in name2codepoint else html5.get(f"{name};")
        return f"&amp;{name};" if known is None else "".join(f"&#{ord(letter)};" for letter in known)

    return _REFERENCE.sub(character, _SURROGATES.sub(_joined, text))


def _joined(found: re.Match[str]) -> str:
    """One character out of the two halves that UTF-16 makes of it (feedparser raises on them)."""
    high, low = (int(found[1], 16), int(found[2], 16)) if found[1] else (int(found[3]), int(found[4]))
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):  # noqa: PLR2004 - the halves' blocks
        return found[0]
    return f"&#{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)};"


def _numeric(number: int) -> str:
    """A reference to the character, or nothing where XML has none (2.2); 128 to 159 are Windows' as in HTML."""
    if 0x80 <= number <= 0x9F:  # noqa: PLR2004 - the C1 controls
        letter = _windows(number)
        return f"&#{ord(letter)};" if letter else ""
    if number > 0x10FFFF or (number < 0x20 and number not in {9, 10, 13}):  # noqa: PLR2004 - Unicode's end, controls
        return ""
    return "" if _ILLEGAL.match(chr(number)) else f"&#{number};"


def _windows(number: int) -> str:
    """The letter Windows has under the number of a C1 control, or nothing."""
    return bytes([number]).decode("cp1252", errors="ignore")


def _without_stray_prefix(body: str) -> str:
    """The body without a prefix that nobody declared in front of RSS's own elements ("rss:item")."""
    found = _PREFIXED.search(body)
    if found is None or f"xmlns:{found[1]}" in body:
        return body
    return re.sub(rf"(</?){re.escape(found[1])}:", r"\1", body)


def _without_surplus(body: str) -> str:
    """The body without the items past ``MAX_ENTRIES``; the elements around them stay closed."""
    surplus = next(islice(_ITEM.finditer(body), MAX_ENTRIES, None), None)
    if surplus is None:
        return body
    ends = deque(_ITEM_END.finditer(body, surplus.start()), maxlen=1)
    return body[: surplus.start()] + (body[ends[0].end() :] if ends else "")
