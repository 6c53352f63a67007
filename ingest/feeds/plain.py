"""Plain text and addresses out of what feeds put where plain text and addresses belong."""

from __future__ import annotations

import html
import re
from typing import Final

_TAG: Final = re.compile(r"</?[A-Za-z!?][^<>]*>")
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_HTTP: Final = re.compile(r"https?://[^\s/]", re.IGNORECASE)
#: One author in RSS: "ann@example.com (Ann Lee)" (RSS 2.0), "Ann Lee <ann@example.com>" (mail).
_MAIL_NAME: Final = re.compile(r"([^\s@<>()]+@[^\s@<>()]+)\s*(?:\(([^()]*)\)|[,:-]?\s*([^<>()@]*))")
_NAME_MAIL: Final = re.compile(r"([^<>()@]*?)\s*[<(]\s*(?:mailto:)?([^\s@<>()]+@[^\s@<>()]+)\s*[>)]")
_MAX_AUTHOR_LENGTH: Final = 1024


def plain(text: str | None) -> str:
    """The text without control characters, with white space folded."""
    return " ".join(_CONTROL.sub("", text or "").split())


def plain_from_html(text: str | None) -> str:
    """The visible text of a line of HTML: tags dropped, one level of escaping undone."""
    return plain(html.unescape(_TAG.sub("", text or "")))


def clean_markup(text: str | None) -> str:
    """An HTML fragment without control characters, otherwise as it is."""
    return _CONTROL.sub("", text or "").strip()


def escape_text(text: str) -> str:
    """Plain text as an HTML fragment."""
    return html.escape(text, quote=False)


def looks_like_http(text: str) -> bool:
    """True if the text begins as an http(s) address does."""
    return _HTTP.match(text) is not None


def split_author(text: str) -> tuple[str, str]:
    """Name and e-mail address of an author written on one line."""
    line = plain(html.unescape(text))[:_MAX_AUTHOR_LENGTH]
    if "@" in line:
        found = _MAIL_NAME.fullmatch(line)
        if found:
            return (found[2] or found[3] or "").strip(), found[1].removeprefix("mailto:")
        found = _NAME_MAIL.fullmatch(line)
        if found:
            return found[1].strip(), found[2]
    return plain_from_html(text)[:_MAX_AUTHOR_LENGTH], ""
