"""
One spelling for what is written alike: quotes, dashes, full-width signs, letters of the Arabic script.

A rule's pattern and the line it is held against both pass through here, so that a rule is written once. What readers
do not see (joiners, marks of direction) is dropped: a Persian word with a joiner is the word without.
"""

from __future__ import annotations

import re
from unicodedata import is_normalized, normalize

#: Letters with one sound and several code points: Arabic and Persian yeh and kaf, alef with its hamzas.
_LETTERS = dict(zip("يىكأإٱ", "ییکااا", strict=True)) | dict.fromkeys(
    "\u00ad\u0640\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff",
    "",
)
_SIGNS = (
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # the full-width forms of ASCII
    | dict.fromkeys("’‘‚‛ʼ`´‹›׳", "'")  # noqa: RUF001 - the look-alikes are the point
    | dict.fromkeys("“”„‟«»″״〝〞「」『』《》", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")  # noqa: RUF001 - likewise
    | {
        "…": "...",
        "ⓒ": "©",
        "Ⓒ": "©",
        "؟": "?",
        "،": ",",
        "؛": ";",
        "｡": "。",
        "【": "[",
        "】": "]",
        "〔": "[",  # noqa: RUF001 - likewise
        "〕": "]",  # noqa: RUF001 - likewise
    }
)
_ALIKE = {**_SIGNS, **_LETTERS}
_ANY_ALIKE = re.compile(f"[{''.join(map(re.escape, _ALIKE))}]")
_ANY_LETTER = re.compile(f"[{''.join(map(re.escape, _LETTERS))}]")

#: Letters that ``re.IGNORECASE`` takes for others and ``str.lower`` does not: Turkish i, long s, kelvin, final sigma.
_ODD_CASES = (("İ", "i"), ("ı", "i"), ("ſ", "s"), ("ς", "σ"))  # noqa: RUF001 - likewise


def straighten(line: str) -> str:
    """The line in one spelling."""
    if line.isascii():
        return line.replace("`", "'")
    return _ANY_ALIKE.sub(lambda found: _ALIKE[found[0]], _composed(line))


def spell(pattern: str) -> str:
    """The pattern in the spelling of ``straighten``; its signs stay, they are its grammar."""
    return _ANY_LETTER.sub(lambda found: _LETTERS[found[0]], _composed(pattern))


def fold(text: str) -> str:
    """The text without its case, such that what ``re.IGNORECASE`` takes for equal is equal."""
    folded = text.replace("İ", "i").lower()
    if not folded.isascii():
        for odd, plain in _ODD_CASES:
            folded = folded.replace(odd, plain)
    return folded


def _composed(text: str) -> str:
    return text if is_normalized("NFC", text) else normalize("NFC", text)
