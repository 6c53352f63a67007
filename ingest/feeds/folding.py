"""
HTML where XML should be: markup that stands unescaped in a feed's texts, folded into CDATA sections, and attributes.

"<description><p>One<p>Two</description>" is HTML and no XML. As characters it is what was meant, and the document
around it is well-formed again, so that it is read as all others are.
"""

from __future__ import annotations

import re
from typing import Final

#: Sections to pass over, and start tags of elements that hold text, with prefix, attributes and whether they are empty.
_OPENING: Final = re.compile(
    r"<!--|(?-i:<!\[CDATA\[)|<((?:[A-Za-z_][\w.-]*:)?(?:title|description|encoded|summary|(?<!media:)content|subtitle|tagline"
    r"|rights|copyright|abstract))((?:\s[^<>]*)?)(?<!/)>",
    re.IGNORECASE,
)
_ENDINGS: Final = {"<!--": "-->", "<![CDATA[": "]]>"}
#: One attribute as HTML allows it; a whole tag of such; a tag as XML has it.
_LOOSE: Final = r"""\s*+([^\W\d][\w:.-]*+)(?:\s*+=\s*+("[^"<>]*+"|'[^'<>]*+'|[^\s"'<>]++))?+"""
_LOOSE_ATTRIBUTE: Final = re.compile(_LOOSE)
_LOOSE_TAG: Final = re.compile(rf"<!\[CDATA\[.*?(?:\]\]>|\Z)|(<[^\W\d][\w:.-]*+)(\s(?:{_LOOSE})++)\s*+(/?>)", re.DOTALL)
_STRICT_TAG: Final = re.compile(r"""<[^\s<>]++(?:\s++[^\s<>"'=]++\s*+=\s*+(?:"[^"<>]*+"|'[^'<>]*+'))*+\s*+/?>""")
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
_TAG: Final = re.compile(r"</?[^\W\d]|<!")
_ITEM: Final = re.compile(r"</?(?:[A-Za-z_][\w.-]*:)?(?:item|entry|channel|feed|url)(?=[\s>/])", re.IGNORECASE)
_ESCAPED_TAG: Final = re.compile(r"&(?:lt|#60|#[xX]3[cC]);/?[A-Za-z]")
_TYPE: Final = re.compile(r"\stype\s*=", re.IGNORECASE)
#: What has an address is no text but a medium, whatever the prefix of its module.
_ADDRESS: Final = re.compile(r"\s(?:url|src)\s*=", re.IGNORECASE)
#: Elements without an end of their own, and media, that are passed over; in a document with more the faults are others.
_MAX_OPEN: Final = 100


def fold_markup(body: str) -> str:
    """The document with the markup inside its texts as characters; elements that do not end stay. Linear."""
    pieces: list[str] = []
    copied = position = unended = 0
    while unended < _MAX_OPEN and (found := _OPENING.search(body, position)):
        position = found.end()
        if found[1] is None:
            end = body.find(_ENDINGS[found[0]], position)
            if end < 0:
                break
            position = end
            continue
        end = _end_of(body, found[1], position)
        if end < 0 or _ADDRESS.search(found[2]):
            unended += 1
            continue
        inner = body[position:end]
        folded = _folded(inner)
        if folded != inner:
            kind = "" if _TYPE.search(found[2]) else ' type="html"'
            pieces += [body[copied : position - 1], kind, ">", folded]
            copied = end
        position = end
    return "".join((*pieces, body[copied:]))


def quote_attributes(body: str) -> str:
    """The document with a value in quotes for every attribute of a tag outside CDATA sections. Linear."""
    return _LOOSE_TAG.sub(_quoted, body)


def _quoted(found: re.Match[str]) -> str:
    if found[1] is None or _STRICT_TAG.fullmatch(found[0]):
        return found[0]
    tag = [found[1]]
    attributes, end = found[2], found[5]
    if attributes.endswith("/") and end == ">":  # it belongs to the tag, not to a last value without quotes
        attributes, end = attributes[:-1], "/>"
    for name, value in _LOOSE_ATTRIBUTE.findall(attributes):
        shown = value or name
        tag.append(f" {name}={shown}" if shown.startswith(('"', "'")) else f' {name}="{shown}"')
    return "".join(tag) + end


def _end_of(body: str, name: str, start: int) -> int:
    """Where the element's end tag begins, outside sections; -1 where another one or another entry comes before it."""
    end = body.find(f"</{name}", start)
    section = body.find(_CDATA, start, end) if end >= 0 else -1
    while section >= 0:
        after = body.find(_CDATA_END, section)
        if after < 0:
            return -1
        if after > end:
            end = body.find(f"</{name}", after)
        section = body.find(_CDATA, after, end) if end >= 0 else -1
    if end < 0 or body.find(f"<{name}", start, end) >= 0 or _ITEM.search(body, start, end):
        return -1
    return end


def _folded(inner: str) -> str:
    """The text with its tags as characters: all of it as it stands, or escaped where other tags of it are."""
    pieces = []
    position = 0
    while position < len(inner):
        start = inner.find(_CDATA, position)
        start = start if start >= 0 else len(inner)
        piece = inner[position:start]
        if not _TAG.search(piece):
            pieces.append(piece)
        elif _ESCAPED_TAG.search(piece):
            pieces.append(piece.replace("<", "&lt;"))
        else:
            pieces.append(_CDATA + piece.replace(_CDATA_END, "]]]]><![CDATA[>") + _CDATA_END)
        position = inner.find(_CDATA_END, start) + len(_CDATA_END) if start < len(inner) else start
        pieces.append(inner[start:position])
    return "".join(pieces)
