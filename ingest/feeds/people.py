"""Who wrote an entry or a feed, out of author elements of any format."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from ingest.feeds.plain import absolute, address, plain, split_author
from ingest.feeds.tree import Element, Names, Parts, base_of, text_in
from ingest.models import Author

#: Authors kept of one entry or feed.
MAX_AUTHORS: Final = 100
#: Longer lines are no names.
_MAX_LENGTH: Final = 1024
_PARTS: Final = frozenset(["name", "email", "uri", "url", "homepage"])


def authors_in(parts: Parts, wanted: Sequence[str], names: Names, url: str) -> tuple[Author, ...]:
    """The authors that the children of these names are, in the order of the names, once each."""
    found: list[Author | None] = []
    for name in wanted:
        if name in parts:
            for element in parts[name][:MAX_AUTHORS]:
                line = (element.text or "")[:_MAX_LENGTH] if not len(element) else None
                found.append(_one_line(line) if line is not None else _author(element, names, url))
    if len(found) > 1:  # as a rule there is one, and nothing to compare
        found = list(dict.fromkeys(found))
    return tuple([author for author in found if author is not None][:MAX_AUTHORS])


def _author(element: Element, names: Names, url: str) -> Author | None:
    inner = {names[child.tag].rpartition(":")[2]: text_in(child) for child in element}
    if inner.keys().isdisjoint(_PARTS):
        return _one_line(text_in(element)[:_MAX_LENGTH])
    page = inner.get("uri") or inner.get("url") or inner.get("homepage") or ""
    page = (absolute(page) or address(base_of(element, url), page) or "") if page else ""
    line, mail = inner.get("name", "")[:_MAX_LENGTH], inner.get("email", "")
    is_long = len(mail) + len(page) > _MAX_LENGTH  # what is remembered must be short
    return _person_anew(line, mail, page) if is_long else _person(line, mail, page)


def _person_anew(line: str, mail: str, page: str) -> Author | None:
    name, email = split_author(line)
    email = plain(mail) or email
    return Author(name=name, email=email, url=page) if name or email or page else None


_person: Final = lru_cache(maxsize=256)(_person_anew)  # most feeds have few authors in all their entries


@lru_cache(maxsize=256)  # most feeds have few authors in all their entries
def _one_line(text: str) -> Author | None:
    name, email = split_author(text)
    return Author(name=name, email=email) if name or email else None
