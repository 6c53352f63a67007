"""Documents built to keep feedparser busy, refused by one linear look before it sees them (figures: 6.0.14)."""

from __future__ import annotations

import re
from typing import Final

from ingest.errors import FeedError

#: 100,000 attributes of one element take it over 45 s, 256 nothing.
MAX_ATTRIBUTES: Final = 256
#: 100,000 open elements take 1.9 s and 61 MB; real feeds stay below 100.
MAX_DEPTH: Final = 30_000
#: Its e-mail pattern is quadratic: an author of 8 KB takes 0.3 s, of 1 KB 5 ms. Elements inside count four times less.
MAX_AUTHOR_LENGTH: Final = 1024
_MAX_AUTHOR_SPAN: Final = 4 * MAX_AUTHOR_LENGTH
_MAX_AUTHOR_WORK: Final = 200 * MAX_AUTHOR_LENGTH**2
#: It looks for each category among all before: 20,000 of one item take 11 s, 500 take 7 ms.
MAX_CATEGORIES: Final = 500
#: Its fall-back parser looks for the end of each comment from the beginning again.
MAX_OPEN_COMMENTS: Final = 1000

_MARKUP: Final = re.compile(r"<(?:!--|!\[CDATA\[|(/?)([A-Za-z_][\w.:-]*)([^<>]*)>?)")
_AUTHORS: Final = frozenset(["author", "creator", "managingeditor", "webmaster", "publisher", "owner", "email", "name"])
_CATEGORIES: Final = frozenset(["category", "subject", "keywords", "tags"])
_LISTS: Final = frozenset(["keywords", "tags"])
_ITEMS: Final = frozenset(["item", "entry"])
_COMMENT, _COMMENT_END, _CDATA_END = "<!--", "-->", "]]>"
#: Keywords are counted in this much text; more of it is counted as one.
_MAX_LIST_LENGTH: Final = 20_000


def refuse_traps(body: str) -> None:
    """
    Nothing, for every feed of honest make.

    Raises:
        FeedError: the document has a shape that costs feedparser quadratic time; found "broken".
    """
    watch = _Watch(body)
    position = 0
    while True:
        found = _MARKUP.search(body, position)
        if found is None:
            return
        position = found.end()
        if found[2] is None:
            is_comment = found[0] == _COMMENT
            end = body.find(_COMMENT_END if is_comment else _CDATA_END, position)
            if end < 0:  # what follows is text to every parser
                _refuse(body.count(_COMMENT, position) > MAX_OPEN_COMMENTS, "comments that do not end")
                return
            position = end
            continue
        local = found[2].rpartition(":")[2].lower()
        if found[1]:
            watch.end(local, found.start())
        else:
            watch.start(local, found[3], position)


class _Watch:
    """What one look at the tags of a document adds up."""

    def __init__(self, body: str) -> None:
        self._body = body
        self._depth = 0
        self._author = ""
        self._author_start = 0
        self._author_work = 0
        self._categories = 0

    def start(self, local: str, attributes: str, position: int) -> None:
        """A start tag whose content begins at ``position``."""
        _refuse(attributes.count("=") > MAX_ATTRIBUTES, "an element with too many attributes")
        if local in _ITEMS:
            self._categories = 0
        elif local in _CATEGORIES:
            self._categories += 1 + (self._commas(local, position) if local in _LISTS else 0)
            _refuse(self._categories > MAX_CATEGORIES, "too many categories")
        if attributes.endswith("/"):
            return
        self._depth += 1
        _refuse(self._depth > MAX_DEPTH, "elements nested too deep")
        if local in _AUTHORS and not self._author:
            self._author, self._author_start = local, position

    def end(self, local: str, position: int) -> None:
        """An end tag that begins at ``position``."""
        self._depth = max(self._depth - 1, 0)
        if local != self._author:
            return
        length = position - self._author_start
        is_plain = "<" not in self._body[self._author_start : position].removeprefix("<![CDATA[")
        _refuse(length > (MAX_AUTHOR_LENGTH if is_plain else _MAX_AUTHOR_SPAN), "an author's name without end")
        self._author = ""
        self._author_work += length**2
        _refuse(self._author_work > _MAX_AUTHOR_WORK, "too many long authors")

    def _commas(self, local: str, position: int) -> int:
        limit = position + _MAX_LIST_LENGTH
        end = self._body.find(f":{local}>", position, limit)
        return self._body.count(",", position, end if end >= 0 else limit)


def _refuse(is_trap: bool, what: str) -> None:
    if is_trap:
        raise FeedError("broken", what)
