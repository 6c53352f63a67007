"""
Tags that do not match, made to match: the last repair before a document is given to feedparser.

What is not closed ends where its parent does, or where its next sibling begins; an end without a beginning goes, or
ends the text that stands before it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

_TOKEN: Final = re.compile(r"""<!--|<!\[CDATA\[|<\?|<(/?)([^\W\d][\w:.-]*+)((?:[^<>"']|"[^"<]*+"|'[^'<]*+')*+)>""")
_ENDINGS: Final = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>"}
#: Elements that hold none of their own kind: entries, and the pages and members of sitemaps.
_ITEMS: Final = frozenset(["item", "entry", "url", "sitemap"])
_CONTAINERS: Final = _ITEMS | {"channel", "feed", "rss"}
#: Children of a feed or an entry that have no such children themselves.
_LEAVES: Final = frozenset(
    [
        "title", "link", "description", "guid", "id", "pubdate", "category", "comments", "enclosure", "language",
        "copyright", "lastbuilddate", "ttl", "generator", "docs", "updated", "published", "summary", "content",
        "subtitle", "rights", "content:encoded", "dc:creator", "dc:date", "dc:subject",
    ]
)  # fmt: skip
#: Elements of HTML that have no end.
_VOID: Final = frozenset(["br", "hr", "img", "wbr", "input", "meta"])


def balance(body: str) -> str:
    """The document with an end tag for every start tag and the other way round. Linear."""
    open_ = _Open()
    pieces: list[str] = []
    copied = position = 0
    begun = -1  # where the text of an element begins that had nothing else so far
    while found := _TOKEN.search(body, position):
        position = found.end()
        if found[2] is None:
            end = body.find(_ENDINGS[found[0]], position)
            if end < 0:
                break
            position = end
            continue
        has_text = begun >= 0 and not body[begun : found.start()].isspace() and begun < found.start()
        begun = -1
        name, rest = found[2], found[3]
        if found[1]:
            shown = open_.end(name, has_text=has_text)
        elif rest.endswith("/"):
            shown = open_.before(name) + found[0]
        elif name.lower() in _VOID:
            shown = f"<{name}{rest}/>"
        else:
            shown = open_.before(name) + found[0]
            open_.start(name)
            begun = position
        if shown != found[0]:
            pieces += [body[copied : found.start()], shown]
            copied = position
    return "".join((*pieces, body[copied:], open_.rest()))


class _Open:
    """The elements that are open, the outermost first."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._counts: Counter[str] = Counter()

    def start(self, name: str) -> None:
        """An element begins."""
        self._names.append(name)
        self._counts[name.lower()] += 1

    def before(self, name: str) -> str:
        """The end tags missing before this element begins: of a leaf beside it, of the entry before it."""
        ends = ""
        local = name.lower()
        if self._names and self._names[-1].lower() in _LEAVES and (local in _LEAVES or local in _ITEMS):
            ends += self._closed()
        if self._names and local in _ITEMS and self._names[-1].lower() == local:
            ends += self._closed()
        return ends

    def end(self, name: str, *, has_text: bool) -> str:
        """
        The end tags that an element's end stands for: of what is open in it and its own.

        Of what is not open it is no end, but for a text in front of it: one of its two tags is misspelt then.
        """
        local = name.lower()
        if not self._counts[local]:
            is_text = has_text and len(self._names) > 1 and self._names[-1].lower() not in _CONTAINERS
            return self._closed() if is_text else ""
        ends = []
        while self._names[-1].lower() != local:
            ends.append(self._closed())
        return "".join((*ends, self._closed()))

    def rest(self) -> str:
        """The end tags of all that is open."""
        return "".join(self._closed() for _ in range(len(self._names)))

    def _closed(self) -> str:
        name = self._names.pop()
        self._counts[name.lower()] -= 1
        return f"</{name}>"
