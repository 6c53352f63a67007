"""
The article in the data of a page that is built by its scripts.

Some frameworks send the page as an empty frame and the article as JSON beside it (Next.js, and every site with a store
of its own in ``window.__INITIAL_STATE__``). Which of the many texts there is the article is told by the headline: it
stands in the same object, and what an object around it holds besides are other articles.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from lxml.html import HtmlElement

from ingest.pages.dom import has_markup, read_blocks, read_lines
from ingest.text import collapse, decode_entities, letters_and_digits

#: Data above this size is not read: it takes 10 ms a MB.
MAX_STATE_CHARS = 3_000_000
MAX_VALUES = 200_000
#: A shorter text is a label, a summary or an address.
MIN_TEXT_CHARS = 250
MIN_TITLE_CHARS = 8
#: Objects in objects that hold one piece of text.
MAX_DEPTH = 4

_STORE = re.compile(r"\s*(?:window\.|self\.|var |let |const )?_{0,2}[A-Z][A-Z_]*_{0,2}\s*=\s*(?=\{)")
#: What another article has, and a piece of this one has not.
_HEADLINE_KEYS = frozenset({"title", "headline"})
#: Where the pieces of a text are in the objects that hold them, the surest first.
_TEXT_KEYS = (
    "text",
    "content",
    "html",
    "value",
    "body",
    "data",
    "paragraph",
    "children",
    "model",
    "props",
    "attributes",
)


def article_in_state(tree: HtmlElement, title: str) -> tuple[str, ...]:
    """The paragraphs of the article of that headline in the page's JSON data; () where there are none."""
    wanted = _key(title)
    if len(wanted) < MIN_TITLE_CHARS:
        return ()
    found: tuple[str, ...] = ()
    for value in _states(tree):
        for holder in _titled(value, wanted):
            paragraphs = _text_in(holder)
            found = paragraphs if _size(paragraphs) > _size(found) else found
    return found if _size(found) >= MIN_TEXT_CHARS else ()


def _states(tree: HtmlElement) -> Iterator[object]:
    for script in tree.iter("script"):
        text = script.text or ""
        if not MIN_TEXT_CHARS < len(text) <= MAX_STATE_CHARS:
            continue
        start = 0 if (script.get("type") or "").strip().lower() == "application/json" else None
        if start is None and (store := _STORE.match(text)):
            start = store.end()
        if start is not None:
            try:
                yield json.JSONDecoder(strict=False).raw_decode(text.strip() if not start else text, start)[0]
            except (ValueError, RecursionError):
                continue


def _titled(value: object, wanted: str) -> Iterator[dict[str, object]]:
    """The objects that hold the headline themselves."""
    stack = [value]
    for _ in range(MAX_VALUES):
        if not stack:
            return
        one = stack.pop()
        if isinstance(one, dict):
            if any(
                isinstance(text, str) and len(text) < 4 * len(wanted) + 40 and _key(text) == wanted
                for text in one.values()
            ):
                yield one
            stack.extend(one.values())
        elif isinstance(one, list):
            stack.extend(one)


def _text_in(holder: dict[str, object]) -> tuple[str, ...]:
    """The longest text right in an object, whole or in pieces."""
    best: tuple[str, ...] = ()
    for value in holder.values():
        paragraphs = tuple(_paragraphs(value, depth=0))
        best = paragraphs if _size(paragraphs) > _size(best) else best
    return best


def _paragraphs(value: object, *, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        if " " in value.strip() or not value.isascii():
            yield from read_blocks(value) if has_markup(value) else read_lines(decode_entities(value))
    elif isinstance(value, list):
        for one in value:
            if isinstance(one, str | dict):
                yield from _paragraphs(one, depth=depth)
    elif isinstance(value, dict) and depth < MAX_DEPTH and _HEADLINE_KEYS.isdisjoint(value):
        yield from next(
            (found for key in _TEXT_KEYS if key in value and (found := [*_paragraphs(value[key], depth=depth + 1)])), []
        )


def _size(paragraphs: Iterable[str]) -> int:
    return sum(map(len, paragraphs))


def _key(text: str) -> str:
    return letters_and_digits(decode_entities(collapse(text)).casefold())
