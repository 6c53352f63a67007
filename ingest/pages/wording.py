"""What a field of a page may hold: one line of plain text, or one web address."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from ingest.text import collapse, decode_entities, letters_and_digits, remove_controls

#: Caps on what one page may say: a field past them is cut, so that an event stays small.
MAX_FIELD_CHARS = 2_000
MAX_LIST = 50
MAX_URL_CHARS = 4_096

#: References that are left after one decoding: a CMS encoded an encoded text.
_ENCODED_TWICE = re.compile(r"&(?:amp|quot|apos|nbsp|#\d{2,5}|#x[0-9a-fA-F]{2,4}|[lr][sd]quo|[mn]dash|hellip);")
#: Tags that editors leave in headlines and captions. Only these: "<3" and "a<b" are text.
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|br|cite|div|em|font|i|img|p|small|span|strong|sub|sup|u)(?:\s[^<>]{0,500})?/?>", re.IGNORECASE
)


def plain_text(value: object) -> str:
    """One line of plain text from whatever stood there; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    text = decode_entities(value[: 4 * MAX_FIELD_CHARS])
    if _ENCODED_TWICE.search(text):
        text = decode_entities(text)
    if "<" in text:
        text = (
            _INLINE_TAG.sub(" ", text)
            if re.search(r"<(?:br|p|div)\b", text, re.IGNORECASE)
            else _INLINE_TAG.sub("", text)
        )
    return collapse(remove_controls(text))[:MAX_FIELD_CHARS].rstrip()


def first_text(candidates: Iterable[object]) -> str:
    """The first candidate that is a text with something in it."""
    return next((text for candidate in candidates if (text := plain_text(candidate))), "")


def distinct_texts(candidates: Iterable[object]) -> tuple[str, ...]:
    """The texts among the candidates, each once, in their order."""
    found = dict.fromkeys(text for candidate in candidates if (text := plain_text(candidate)))
    return tuple(found)[:MAX_LIST]


def web_address(value: object, base: str) -> str | None:
    """An absolute http(s) address, None for everything else a page may put there."""
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_URL_CHARS:
        return None
    try:
        url = urljoin(base, remove_controls(value).strip().replace("&amp;", "&"))
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname and not re.search(r"\s", url) else None


def uncut(titles: list[str]) -> str:
    """The first title, or the first later one that goes on where that one was cut."""
    if not titles:
        return ""
    first = titles[0]
    if not first.endswith(("…", "...")):
        return first
    start = first.rstrip(".… ")
    return next((title for title in titles[1:] if title.startswith(start) and not title.endswith(("…", "..."))), first)


def unique(words: Iterable[str]) -> tuple[str, ...]:
    """Each word once whatever its case, in their order."""
    found: dict[str, str] = {}
    for word in words:
        if word:
            found.setdefault(word.casefold(), word)
    return tuple(found.values())[:MAX_LIST]


def letters_of(text: str) -> str:
    """The letters and digits of a name, for comparing."""
    return letters_and_digits(text.casefold())
