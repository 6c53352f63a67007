"""What foreign text looks like when it leaves: no control codes, no reordering tricks, no address but http(s)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ingest.text import collapse, remove_controls
from ingest.urls import resolve

#: A longer address is a mistake or an attack; cut short it would be another address.
MAX_URL_CHARACTERS = 4000

_RETURN = re.compile(r"\r\n?")
_USERINFO = re.compile(r"(?<=://)[^/?#]*@")
# A backslash makes parsers disagree about where the host ends; the other four end an attribute or a line of markup.
_ADDRESS = re.compile(r"https?://[^\s/?#\\\"<>`@]+[^\s\\\"<>`]*")
_ESCAPES = str.maketrans({'"': "%22", "<": "%3C", ">": "%3E", "`": "%60"})


def plain(text: str) -> str:
    """The text without the characters that must not travel."""
    # What must not travel is not printable, and most texts are: seeing that is cheaper.
    return text if text.isprintable() else remove_controls(_RETURN.sub("\n", text))


def line(text: str, max_characters: int) -> str:
    """The text as one line, cut to size."""
    return collapse(plain(text))[:max_characters].rstrip()


def lines(texts: Iterable[str], max_count: int, max_characters: int) -> list[str]:
    """Each text as one line, the empty and the repeated left out, cut to size and number."""
    return [*dict.fromkeys(filter(None, (line(text, max_characters) for text in texts)))][:max_count]


def address(url: str | None) -> str | None:
    """The address if it is absolute, http(s) and of bearable length, else None; a password in it stays behind."""
    if not url:
        return None
    absolute = resolve(None, plain(url).translate(_ESCAPES))
    if absolute is None:
        return None
    known = _USERINFO.sub("", absolute, count=1) if "@" in absolute else absolute
    return known if len(known) <= MAX_URL_CHARACTERS and _ADDRESS.fullmatch(known) else None
