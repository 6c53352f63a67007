"""Text as RSS and Atom write it: plain, escaped HTML, elements or base64; out comes plain text or an HTML fragment."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Final

from ingest.feeds.plain import clean_markup, escape_text, plain, plain_from_either, plain_from_html
from ingest.feeds.tree import Element, attribute, markup_in, text_in

_TEXT: Final = frozenset(["", "text", "text/plain", "plain"])
_HTML: Final = frozenset(["html", "text/html", "application/xhtml+xml", "xhtml"])


def plain_construct(element: Element, *, is_typed: bool) -> str:
    """The element as a line of plain text; ``is_typed``: it says what it holds (RFC 4287 3.1), as RSS never does."""
    kind, text = _typed(element)
    if not is_typed:
        return plain_from_either(text)
    return plain(text) if len(element) or kind not in _HTML else plain_from_html(text)


def fragment(element: Element | None, default: str = "") -> str:
    """The element as an HTML fragment; ``default="html"`` for RSS, whose texts are HTML whatever they say."""
    if element is None:
        return ""
    if len(element):
        return markup_in(element)
    kind, text = _typed(element)
    is_text = not default and (kind in _TEXT or (kind.startswith("text/") and kind not in _HTML))
    return escape_text(text) if is_text else text


def content_fragment(element: Element | None) -> str:
    """Atom's content as an HTML fragment, "" for content that is elsewhere (RFC 4287 4.1.3.2)."""
    if element is None or (element.get("src") and not len(element) and not element.text):
        return ""
    return fragment(element)


def _typed(element: Element) -> tuple[str, str]:
    """
    The type an element says its text has, lower-case, and the text.

    Text is in base64 where ``mode`` says so (Atom 0.3) or the media type is neither text nor XML (RFC 4287 4.1.3.3).
    """
    text = text_in(element)
    if not element.attrib:
        return "", text
    kind = attribute(element, "type").lower()
    if ";" in kind:  # with its charset, as servers write it
        kind = kind.partition(";")[0].rstrip()
    is_binary = "/" in kind and not kind.startswith("text/") and not kind.endswith(("/xml", "+xml"))
    if is_binary or element.get("mode") == "base64":
        return ("" if is_binary else kind), _from_base64(text)
    return kind, text


def _from_base64(text: str) -> str:
    """The text behind it, "" where there are other bytes than text."""
    try:
        return clean_markup(b64decode("".join(text.split())).decode())
    except (binascii.Error, ValueError):
        return ""
