"""Plain text and addresses out of what feeds put where plain text and addresses belong."""

from __future__ import annotations

import html
import html.entities
import re
from typing import Final

from ingest.urls import resolve

_TAG: Final = re.compile(r"</?[A-Za-z!?][^<>]*>")
_BREAK: Final = re.compile(r"<(?:br|/p|/div|/li|/h[1-6])[\s/>]", re.IGNORECASE)
#: A break between two words is one; between two spaces it may be what a title is about.
_TIGHT_BREAK: Final = re.compile(r"(?<=\S)<br\s?/?>(?=\S)", re.IGNORECASE)
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_HTTP: Final = re.compile(r"https?://[^\s/]", re.IGNORECASE)
#: One author in RSS: "ann@example.com (Ann Lee)" (RSS 2.0), "Ann Lee <ann@example.com>" (mail).
_MAIL_NAME: Final = re.compile(r"([^\s@<>()]+@[^\s@<>()]+)\s*(?:\(([^()]*)\)|[,:-]?\s*([^<>()@]*))")
_NAME_MAIL: Final = re.compile(r"([^<>()@]*?)\s*[<(]\s*(?:mailto:)?([^\s@<>()]+@[^\s@<>()]+)\s*[>)]")
#: A name as mail writes one that has a comma (RFC 5322 3.2.4).
_QUOTED: Final = re.compile(r'"[^"]*"')
_MAX_AUTHOR_LENGTH: Final = 1024
_END_TAG: Final = re.compile(r"</\w+>")
_ANY_TAG: Final = re.compile(r"</?(\w+)")
_REFERENCE: Final = re.compile(r"&#?\w+;")
_NAMED: Final = re.compile(r"&(\w+);")
#: Elements that stand in titles as markup.
_HTML_TAGS: Final = frozenset(
    [
        "a", "abbr", "acronym", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br",
        "center", "cite", "code", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font",
        "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "mark", "nav",
        "ol", "p", "picture", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small", "span", "strike",
        "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var",
        "wbr",
    ]
)  # fmt: skip
#: An address that ``resolve`` gives back as it is: nothing to join, strip, encode or refuse.
_ABSOLUTE: Final = re.compile(
    r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?:/[!-\"$-:<->@-\[\]-~]*(?:\?[!-\"$-:<-\[\]-~]+)?(?:#[!-:<-\[\]-~]+)?)?"
)


def plain(text: str | None) -> str:
    """The text without control characters, with white space folded."""
    if not text:
        return ""
    if not text.isprintable():
        folded = " ".join(text.split())
        # As a rule there were line ends only; four controls count as white space to ``split`` (str.isspace).
        if folded.isprintable() and not _has_separators(text):
            return folded
        return " ".join(_CONTROL.sub("", text).split())
    # What is printable has neither controls nor white space but " ": mostly nothing is left to do.
    return " ".join(text.split()) if "  " in text or text[0] == " " or text[-1] == " " else text


def _has_separators(text: str) -> bool:
    return "\x1c" in text or "\x1d" in text or "\x1e" in text or "\x1f" in text  # a tenth of a pattern's time


def plain_from_html(text: str | None) -> str:
    """The visible text of a line of HTML: tags dropped, ends of lines made spaces, one level of escaping undone."""
    if not text:
        return ""
    if "<" in text:
        text = _TAG.sub(lambda tag: " " if _BREAK.match(tag[0]) else "", text)
    return plain(html.unescape(text))  # which gives a text without "&" back as it is


def plain_from_either(text: str) -> str:
    """
    The text of a line of which nobody says whether it is HTML, as RSS leaves titles.

    It is HTML if it has an end tag or a reference, and no tag or reference that HTML lacks ("Use of <blink>" names
    an element, "<b>Bold</b>" uses one): the rule feedparser has been proven with. A CDATA section that was escaped
    itself is none.
    """
    if "<" not in text and "&" not in text:
        return plain(text)
    text = _without_cdata(text)
    return plain_from_html(text) if _is_html(text) else plain(text)


def _without_cdata(text: str) -> str:
    is_section = text.startswith(_CDATA) and text.endswith(_CDATA_END)
    return text[len(_CDATA) : -len(_CDATA_END)] if is_section else text


def _is_html(text: str) -> bool:
    if "<" in text:
        if not (_END_TAG.search(text) or _REFERENCE.search(text) or _TIGHT_BREAK.search(text)):
            return False
        if any(tag.lower() not in _HTML_TAGS for tag in _ANY_TAG.findall(text)):
            return False
    elif not _REFERENCE.search(text):
        return False
    return all(f"{name};" in html.entities.html5 for name in _NAMED.findall(text))


def fragment_from_either(text: str) -> str:
    """An HTML fragment out of text of which nobody says whether it is HTML."""
    text = _without_cdata(text)
    is_plain = ("<" in text or "&" in text) and not _is_html(text)
    return clean_markup(escape_text(text) if is_plain else text)


def clean_markup(text: str | None) -> str:
    """An HTML fragment without control characters, otherwise as it is."""
    return _CONTROL.sub("", text or "").strip()


def escape_text(text: str) -> str:
    """Plain text as an HTML fragment."""
    return html.escape(text, quote=False)


def looks_like_http(text: str) -> bool:
    """True if the text begins as an http(s) address does."""
    return _HTTP.match(text) is not None


def address(base: str | None, reference: str) -> str | None:
    """``resolve``, with a short way for plain absolute addresses, which nearly all are (8 times faster)."""
    return absolute(reference) or (resolve(base, reference) if reference else None)


def absolute(reference: str) -> str | None:
    """The reference itself where it is a plain absolute address, which means the same whatever its base."""
    return reference if _ABSOLUTE.fullmatch(reference) else None


def split_author(text: str) -> tuple[str, str]:
    """Name and e-mail address of an author written on one line."""
    text = text[:_MAX_AUTHOR_LENGTH]
    line = plain(html.unescape(text))
    if "@" in line:
        found = _MAIL_NAME.fullmatch(line)
        if found:
            return (found[2] or found[3] or "").strip(), found[1].removeprefix("mailto:")
        found = _NAME_MAIL.fullmatch(line)
        if found:
            name = found[1].strip()
            return (name[1:-1] if _QUOTED.fullmatch(name) else name), found[2]
    return plain_from_html(text), ""
