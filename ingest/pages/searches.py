"""Trafilatura's searches, put to one element at a time and remembered."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

#: Answers that are remembered, and how long a name and attributes may be for that.
MAX_ANSWERS = 10_000
MAX_REMEMBERED_CHARS = 500

_NAMESPACES = {"re": "http://exslt.org/regular-expressions"}
_ATTRIBUTE = re.compile(r"@([\w-]+)")
#: An attribute that only has to be there.
_BARE = re.compile(r"@([\w-]+)\s*(?:or|and|\])")
#: What is no text that a search looks for: letters to replace, and an expression's flags.
_NO_TEXT = re.compile(r"translate\((@[\w-]+)(?:,\s*'[^']*'){2}\)|(?<='),\s*'i'(?=\))")
#: A text that is looked for: as an expression, or as it is.
_WANTED = re.compile(r"re:test\([^,']+,\s*'([^']*)'|'([^']*)'")
_NOT_AHEAD = re.compile(r"\(\?![^)]*\)")

#: An element's name and what it says in the attributes that are looked at.
_Said = tuple[str, tuple[tuple[str, str], ...]]


class Search:
    """
    Some searches, as a question to one element.

    They look at nothing but an element's name and attributes, and most elements of a page share these with others. Of
    those that do not, most say nothing that is looked for; to see that takes a fifth of what the searches take.
    """

    def __init__(self, paths: Iterable[etree.XPath]) -> None:
        texts = [path.path.strip() for path in paths]
        self._paths = [etree.XPath(text.replace(".//", "self::"), namespaces=_NAMESPACES) for text in texts]
        self._read = frozenset(_ATTRIBUTE.findall(" ".join(texts)))
        self._bare = frozenset(_BARE.findall(" ".join(texts)))
        self._hint = _hint_of(" ".join(texts))
        self._known: dict[_Said, bool] = {}

    def finds(self, element: HtmlElement) -> bool:
        """Whether the element is among what any of the searches finds."""
        read = self._read
        key = (cast("str", element.tag), tuple([pair for pair in element.items() if pair[0] in read]))
        answer = self._known.get(key)
        return self._learn(element, key) if answer is None else answer

    def _learn(self, element: HtmlElement, key: _Said) -> bool:
        """The answer, remembered; attributes in which no search can find a thing are as good as none."""
        tag, said = key
        plain = key if any(self._may_find(*pair) for pair in said) else (tag, ())
        answer = self._known.get(plain)
        if answer is None:
            answer = any(path(element) for path in self._paths)
        if len(self._known) >= MAX_ANSWERS:
            self._known.clear()
        if sum(len(value) for _, value in said) <= MAX_REMEMBERED_CHARS:
            self._known[key] = self._known[plain] = answer
        return answer

    def _may_find(self, name: str, value: str) -> bool:
        return name in self._bare or not value.isascii() or self._hint.search(value.lower()) is not None


def _hint_of(searches: str) -> re.Pattern[str]:
    """An expression that fits, in lower case, whatever any of the searches looks for in an attribute."""
    wanted = _WANTED.findall(_NO_TEXT.sub(r"\1", searches))
    texts = (_NOT_AHEAD.sub("", pattern) or re.escape(text) for pattern, text in wanted)
    return re.compile("|".join(f"(?:{text.lower()})" for text in dict.fromkeys(texts)) or "(?!)")
