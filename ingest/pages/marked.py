"""
The author and the date that a page shows its readers, where it tells machines nothing.

They stand in elements whose class says so ("byline", "article__author", "post-date"), or that are marked by an older
custom (hAtom's ``published``, RDFa's ``property``). A class is weak evidence: a text there counts as an author only
where it is a person's name or an agency's, and as a date only where it names a day. Where JSON-LD names somebody as
well, the two agree on nine in ten of 165 real pages, and on the day (or the next, by the zone) on 19 in 20 of 251.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from ingest.pages.bylines import distinct_names, is_agency, is_person
from ingest.pages.moments import find_date
from ingest.text import collapse

#: Elements behind the headline that are looked at; of real pages most have the text before that.
MAX_HEAD = 250
#: The longest line of a byline with a role, and of a date with what is said around it.
MAX_LINE_CHARS = 150
#: A paragraph this long is the article's text; its own byline and date stand before it.
MIN_PROSE_CHARS = 80
#: So many paragraphs may stand above it: a standfirst, a summary.
MAX_STANDFIRSTS = 2
MAX_ANCESTORS = 12

#: The last word or two of a name such as "td-post-author-name" or "ArticleByline".
_AUTHOR_WORD = re.compile(
    r"(?:^|[-_]|(?<=[a-z])(?=[AB]))(?:[Bb]yline|[Aa]uthors?|autor(?:in|en|es)?|auteurs?|autore|name-uid)"
    r"(?:[-_]*(?:[Nn]ames?|[Ll]inks?|[Bb]y|[Tt]ext|[Ii]nfo|[Ii]tem|[Ll]ist|[Ww]rapper|[Cc]ontainer|url))?(?:__?[\w-]{5,8})?$"
)
_DATE_WORD = re.compile(
    r"(?:^|[-_]|(?<=[a-z])(?=[DPT]))(?:[Dd]ate(?:[Tt]ime)?|[Dd]atetime|[Tt]imestamp|[Pp]ublish(?:ed)?|[Pp]ub-?date|posted|created"
    r"|datum|fecha|time|meta|[Bb]yline)(?:[-_]*(?:on|at|date|time|text|info|wrapper|container|posted|published))*$"
)
#: What any of these has, and most names have not: they are looked at as a whole first.
_MAYBE = re.compile("uthor|yline|ut(?:o|eu)r|name-uid|[dD]at|ublish|[tT]ime|pub|osted|created|fecha|meta")
#: Around other articles, and around what readers write.
_ELSEWHERE = re.compile(
    r"comment|related|recommend|teaser|(?<!v)card|caption|photo|promo|popular|latest|trending|most-?read", re.IGNORECASE
)
#: What is left of "von Tideblatt" is one word, and no person.
_BY = frozenset({"von", "par", "por", "di", "da", "door", "av"})
_UPDATED = re.compile(r"updat|modif|aktualis|bearbeitet|mis à jour|actualizad|aggiornat|atualizad", re.IGNORECASE)
_OUTSIDE = ("aside", "nav", "footer", "figure", "figcaption")


def shown_authors(head: Sequence[HtmlElement]) -> tuple[str, ...]:
    """The people or agencies in the first element that is called the author's; () where none names any."""
    for element in _called(head, _AUTHOR_WORD, "author", "author"):
        text = _line(element)
        if len(text) > MAX_LINE_CHARS:
            continue
        inner = [_line(link) for link in element.iter("a")] or [text]
        for fields in (inner, [text]):
            names = tuple(name for name in distinct_names(fields) if _is_author(name))
            if names:
                return names
    return ()


def _is_author(name: str) -> bool:
    return is_agency(name) or (is_person(name) and name.split(maxsplit=1)[0].lower() not in _BY)


def shown_dates(head: Sequence[HtmlElement]) -> Iterator[str]:
    """What the page shows its readers as its date, the surest first, as texts that ``read_date`` knows."""
    for element in _called(head, _DATE_WORD, "datePublished", "time"):
        text = _line(element)
        if len(text) <= MAX_LINE_CHARS and not _UPDATED.search(f"{text} {element.get('class') or ''}"):
            said = (element.get("content"), element.get("datetime"), element.get("title"), text)
            yield from (found for one in said if one and (found := find_date(one)))


def head_of(tree: HtmlElement, headings: Sequence[HtmlElement]) -> list[HtmlElement]:
    """The elements between the headline and the article's text, where its byline and its date stand."""
    start = headings[0] if headings else next(tree.iter("h2"), None)
    if start is None:
        return []
    header = next(start.iterancestors("header", "hgroup"), start)
    head: list[HtmlElement] = []
    n_prose = 0
    for element in islice(_onward(header), MAX_HEAD):
        n_prose += element.tag == "p" and len(_line(element)) >= MIN_PROSE_CHARS
        if n_prose > MAX_STANDFIRSTS:
            break
        head.append(element)
    return head


def _onward(start: HtmlElement) -> Iterator[HtmlElement]:
    """An element, what is in it, and all that follows it."""
    yield from start.iter(etree.Element)
    for above in (start, *start.iterancestors()):
        for sibling in above.itersiblings(etree.Element):
            yield from sibling.iter(etree.Element)


def _called(elements: Iterable[HtmlElement], word: re.Pattern[str], role: str, tag: str) -> Iterator[HtmlElement]:
    """The elements that are called so, outside other articles and comments."""
    for one in elements:
        name = one.get("class")
        is_named = name and _MAYBE.search(name) and any(word.search(part) for part in name.split())
        if (
            is_named or one.tag == tag or role in (one.get("property") or one.get("itemprop") or "")
        ) and not _is_elsewhere(one):
            yield one


def _is_elsewhere(element: HtmlElement) -> bool:
    above = [element, *islice(element.iterancestors(), MAX_ANCESTORS)]
    return any(
        one.tag in _OUTSIDE or (one.tag != "body" and _ELSEWHERE.search(one.get("class") or "")) for one in above
    )


def _line(element: HtmlElement) -> str:
    return collapse(" ".join(cast("Iterator[str]", element.itertext())))
