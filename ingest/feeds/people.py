"""Who wrote an entry or a feed, out of author elements of any format."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from ingest.feeds.plain import address, plain, split_author
from ingest.feeds.tree import Element, Names, Parts, base_of, text_in
from ingest.models import Author

#: Authors kept of one entry or feed.
MAX_AUTHORS: Final = 100
#: Longer lines are no names.
_MAX_LENGTH: Final = 1024
_PARTS: Final = frozenset(["name", "email", "uri", "url", "homepage"])


def authors_in(parts: Parts, wanted: Sequence[str], names: Names, url: str) -> tuple[Author, ...]:
    """The authors that the children of these names are, in the order of the names, once each."""
    found: dict[Author | None, None] = {}
    for name in wanted:
        for element in parts.get(name, ())[:MAX_AUTHORS]:
            found[_author(element, names, url) if len(element) else _one_line((element.text or "")[:_MAX_LENGTH])] = (
                None
            )
    return tuple([author for author in found if author is not None][:MAX_AUTHORS]) if found else ()


def _author(element: Element, names: Names, url: str) -> Author | None:
    inner = {names[child.tag].rpartition(":")[2]: text_in(child) for child in element}
    if inner.keys().isdisjoint(_PARTS):
        return _one_line(text_in(element)[:_MAX_LENGTH])
    page = inner.get("uri") or inner.get("url") or inner.get("homepage") or ""
    name, email = split_author(inner.get("name", ""))
    author = Author(
        name=name,
        email=plain(inner.get("email")) or email,
        url=(address(base_of(element, url), page) or "") if page else "",
    )
    return author if author != Author() else None


@lru_cache(maxsize=256)  # most feeds have few authors in all their entries
def _one_line(text: str) -> Author | None:
    name, email = split_author(text)
    return Author(name=name, email=email) if name or email else None
