"""Plain text: which characters may stand in it, and how its space is counted."""

from __future__ import annotations

import re
from html import unescape

#: C0 and C1 controls but tab, line feed and carriage return; DEL; bidi embeddings, overrides and isolates (they make a
#: line read otherwise than it is stored: Unicode TR36 2.2); lone surrogates (no UTF-8 exists for them); noncharacters.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
#: Line and paragraph separators outside ASCII: a paragraph must not fall apart in ``str.splitlines``.
_SEPARATORS = re.compile("[\u2028\u2029]")
_LETTERS_AND_DIGITS = re.compile(r"[^\W_]+")


_ASCII = bytes(range(128))


def beyond_ascii(text: str) -> str:
    """The characters of a text that are not ASCII, in their order: few of most texts, and faster to look through."""
    return text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")


def remove_controls(text: str) -> str:
    """The text without characters that no reader sees and no consumer wants; every other character stays as it is."""
    # None of them is printable, and most texts are.
    return text if text.isprintable() else _SEPARATORS.sub(" ", _UNWANTED.sub("", text))


def collapse(text: str) -> str:
    """The text on one line: every run of white space is one space, none at the ends."""
    # Of all white space only the space is printable: most texts are collapsed already, and seeing that is cheaper.
    if text.isprintable() and "  " not in text:
        return text.strip(" ")
    return " ".join(text.split())


def decode_entities(text: str) -> str:
    """The text with its HTML character references read; as it is where one of them is no number Python can hold."""
    try:
        return unescape(text) if "&" in text else text
    except ValueError:  # "&#" and more than 4,300 digits
        return text


def letters_and_digits(text: str) -> str:
    """What is left of a text without space, signs and marks."""
    return "".join(_LETTERS_AND_DIGITS.findall(text))
