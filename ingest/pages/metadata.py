"""
What a page says of itself outside its text, and what its feed says of it.

The order of trust, first found wins; "feed" is what ``complete`` (complete.py) adds, all else is the page's own:

    title          feed title, JSON-LD headline, og:title, twitter:title, <h1>, <title>
    authors        feed authors, JSON-LD author, meta author and its like, rel=author and itemprop=author, the byline
    language       JSON-LD inLanguage, <html lang>, og:locale, content-language, feed, the text's own commonest words
    published_at   feed, JSON-LD datePublished, article:published_time and its like, <time>, the date that stands under
                   the headline, the day in the address
    updated_at     feed, JSON-LD dateModified, article:modified_time, og:updated_time, itemprop
    canonical_url  <link rel=canonical>, og:url, JSON-LD url
    site_name      og:site_name, JSON-LD publisher name, application-name
    summary        og:description, JSON-LD description, meta description, feed summary
    image          JSON-LD image, og:image, twitter:image, first figure of the article, feed image
    tags           feed categories and JSON-LD keywords, or article:tag, or news_keywords, or keywords; then the section
    rights         feed rights, JSON-LD copyrightNotice or copyrightHolder, meta copyright, dc.rights
    is_paywalled   JSON-LD isAccessibleForFree, of the article before that of its parts; article:content_tier

What makes a claim void, so that the next one is heard:

- A title cut with "…" gives way to one that goes on; the site's name at a title's end is left out.
- Authors that are only the site itself give way to anybody else who is named. How names are told: ``bylines``.
- A language that the text speaks clearly against gives way: ``language``.
- A byline or a date that is only shown to readers counts where it stands under the headline: ``marked``.
- A moment without a zone gives way to one with a zone that can mean the same; an update before publication is none.
- Several different canonical links say nothing. What is left is what the page calls itself, as read: it is never
  fetched, and it names the article only where it is on the site that served the page and cannot be a section's or a
  home page's (``dedup.identity.article_keys``).
- A picture that is called a logo or a placeholder gives way to any other: ``picture``.
- A JSON-LD article counts only if it can be told to be this page's own: ``jsonld``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import cast
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from ingest.models import Metadata
from ingest.pages import jsonld
from ingest.pages.bylines import distinct_names, read_names
from ingest.pages.dom import read_tree
from ingest.pages.jsonld import Node
from ingest.pages.language import SAMPLE_CHARS, spoken
from ingest.pages.marked import head_of, shown_authors, shown_dates
from ingest.pages.moments import date_in_address, first_date, read_date
from ingest.pages.picture import lead_image
from ingest.pages.wording import (
    MAX_LIST,
    distinct_texts,
    first_text,
    letters_of,
    plain_text,
    uncut,
    unique,
    web_address,
)
from ingest.text import collapse

__all__ = ["describe", "metadata_of", "read_date", "read_metadata"]

#: Values of meta elements by lower-case name.
Metas = dict[str, list[str]]

#: Elements that say something of the page.
_TELLING = ("meta", "base", "link", "title", "h1", "script", "time", "figure")
#: Elements that are looked at for a byline or a date: more are a list of articles.
MAX_MARKED = 20
#: The longest name of a site behind a headline.
MAX_SIGNATURE_CHARS = 50
#: How much of an element's text can be a name.
MAX_BYLINE_CHARS = 150

_AUTHORS = (
    "author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "citation_author",
    "byl", "og:article:author",
)  # fmt: skip  # one name a line is longer, not clearer
_PUBLISHED = (
    "article:published_time", "og:article:published_time", "parsely-pub-date", "datepublished", "dc.date.issued",
    "dcterms.issued", "dc.date", "dcterms.created", "dcterms.date", "citation_publication_date", "citation_date",
    "sailthru.date", "cxenseparse:recs:publishtime", "publish-date", "publication_date", "article.published", "pubdate",
    "og:published_time", "date",
)  # fmt: skip  # one name a line is longer, not clearer
_UPDATED = (
    "article:modified_time", "og:article:modified_time", "og:updated_time", "datemodified", "dcterms.modified",
    "article.updated", "last-modified", "lastmod",
)  # fmt: skip  # one name a line is longer, not clearer
_IMAGES = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src", "parsely-image-url")
_KEYWORDS = (("article:tag", "parsely-tags"), ("news_keywords",), ("keywords",))
_SITE_MARKS = (" | ", " - ", " \u2013 ", " \u2014 ", " · ", " • ", " :: ", " » ", " « ")
_ORGANISATIONS = frozenset({"organization", "newsmediaorganization", "corporation", "ngo", "governmentorganization"})
_FREE = {"true": False, "yes": False, "1": False, "false": True, "no": True, "0": True}
_TIERS = {"locked": True, "premium": True, "free": False}
#: Three times as fast as the elements "with such an attribute": few elements have one at all.
_MARKED_AUTHORS = etree.XPath("//@itemprop[. = 'author']/..")
_LINKED_AUTHORS = etree.XPath("//a/@rel[. = 'author']/..")
#: Where a page puts other articles' bylines and dates.
_ELSEWHERE = ("aside", "nav", "footer")


def read_metadata(html: str, url: str) -> Metadata:
    """The metadata of a page at ``url``; empty where the page is no HTML. Never raises."""
    tree = read_tree(html)
    return metadata_of(tree, url) if tree is not None else Metadata()


def metadata_of(tree: HtmlElement, url: str) -> Metadata:
    """The metadata of a parsed page at ``url``."""
    return describe(tree, url)[0]


def describe(tree: HtmlElement, url: str) -> tuple[Metadata, str]:
    """The metadata of a parsed page at ``url``, and its JSON-LD articleBody ("" without one)."""
    found = _elements(tree)
    metas = _metas(found["meta"])
    base = _base(found["base"], url)
    canonical = _canonical(found["link"], metas, base)
    title = next((title.text for title in found["title"]), None) or ""
    headings = _headings(found["h1"], title)
    heads = [*_meta(metas, "og:title", "twitter:title"), *headings, title]
    node = jsonld.article_of(
        _scripts(found["script"]), url, canonical or "", titles=(_bare(head, "", url) for head in heads)
    )
    site = first_text(
        (*_meta(metas, "og:site_name"), *jsonld.names(node.get("publisher")), *_meta(metas, "application-name"))
    )
    times = _times(found["time"])
    published = first_date((*jsonld.texts(node.get("datePublished")), *_meta(metas, *_PUBLISHED), *times))
    updated = first_date((*jsonld.texts(node.get("dateModified")), *_meta(metas, *_UPDATED)))
    published = published or first_date(shown_dates(head_of(tree, found["h1"]))) or date_in_address(url)
    metadata = Metadata(
        title=_title((*jsonld.texts(node.get("headline")), *heads), headings, site, url),
        authors=_authors(node, metas, tree, found["h1"], _own_names(site, node, url)),
        language=_language(node, tree, metas),
        published_at=published,
        updated_at=updated if updated is None or published is None or updated >= published else None,
        canonical_url=canonical
        or next((u for v in jsonld.texts(node.get("url")) if (u := web_address(v, base))), None),
        site_name=site,
        summary=first_text(
            (*_meta(metas, "og:description"), *jsonld.texts(node.get("description")), *_meta(metas, "description"))
        ),
        image=lead_image(node, _meta(metas, *_IMAGES), found["figure"], base),
        tags=_tags(node, metas),
        rights=_rights(node, metas),
        is_paywalled=_paywalled(node, metas),
    )
    return metadata, jsonld.body_of(node)


# ------------------------------------------------------------------------------------------------ what the page holds


def _elements(tree: HtmlElement) -> dict[str, list[HtmlElement]]:
    """The elements that say something of the page, by name: each walk through the tree costs as much as this one."""
    found: dict[str, list[HtmlElement]] = {name: [] for name in _TELLING}
    for element in tree.iter(*_TELLING):
        found[str(element.tag)].append(element)
    return found


def _metas(elements: Iterable[HtmlElement]) -> Metas:
    metas: Metas = {}
    for element in elements:
        content = element.get("content")
        if not content:
            continue
        said = (element.get(key) for key in ("property", "name", "itemprop", "http-equiv"))
        for name in dict.fromkeys(name.strip().lower() for name in said if name):
            metas.setdefault(name, []).append(content)
    return metas


def _meta(metas: Metas, *names: str) -> list[str]:
    """The values of the named metas, in the order of the names."""
    return [value for name in names for value in metas.get(name, ())]


def _scripts(scripts: Iterable[HtmlElement]) -> Iterator[str]:
    for script in scripts:
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            yield script.text


def _headings(headings: Sequence[HtmlElement], title: str) -> list[str]:
    """The page's <h1>, if it has one: several are a list."""
    found = [collapse("".join(heading.itertext())) for heading in headings[:3]]
    filled = [heading for heading in found if heading]
    # Where the title ends in it, it is the site's name.
    return filled if len(filled) == 1 and not _is_signed(title, filled[0]) else []


def _is_signed(title: str, name: str) -> bool:
    text, own = plain_text(title), _site_letters(name)
    return any(head and _site_letters(tail) == own for head, _, tail in (text.rpartition(mark) for mark in _SITE_MARKS))


def _base(bases: Iterable[HtmlElement], url: str) -> str:
    """What relative addresses resolve against: the first <base href>, else the page's address."""
    href = next((href for base in bases if (href := base.get("href"))), None)
    return web_address(href, url) or url


def _canonical(links: Iterable[HtmlElement], metas: Metas, base: str) -> str | None:
    named = (link.get("href") for link in links if "canonical" in (link.get("rel") or "").lower().split())
    canonicals = {url for link in named if (url := web_address(link, base))}
    if len(canonicals) == 1:
        return canonicals.pop()
    return next((url for value in _meta(metas, "og:url") if (url := web_address(value, base))), None)


def _times(elements: Sequence[HtmlElement]) -> list[str]:
    """What <time> elements say of the page's own date: the marked one, else the one inside the article's head."""
    times = [time for time in elements[:MAX_MARKED] if time.get("datetime") and not _is_elsewhere(time)]
    marked = [time for time in times if time.get("itemprop") == "datePublished" or time.get("pubdate") is not None]
    if not marked and len(times) > 2:  # noqa: PLR2004 - published, updated: more of them belong to other articles
        heads = [time for time in times if any(True for _ in time.iterancestors("header"))]
        marked = heads if len(heads) <= 2 else []  # noqa: PLR2004 - see above
        times = []
    return [time.get("datetime") or "" for time in (marked or times)]


def _is_elsewhere(element: HtmlElement) -> bool:
    return any(True for _ in element.iterancestors(*_ELSEWHERE))


# ------------------------------------------------------------------------------------------------ the fields


def _title(candidates: Iterable[str], headings: list[str], site: str, url: str) -> str:
    titles = [title for candidate in candidates if (title := _bare(candidate, site, url))]
    # An <h1> may be the site's logo; a title that is nothing else stays where there is no other.
    own = {_site_letters(site), *_host_names(url)}
    title = uncut([title for title in titles if _site_letters(title) not in own] or titles)
    # A little that follows the page's own headline behind a mark is the site, by whatever name.
    for heading in map(plain_text, headings):
        tail = title.removeprefix(heading)
        if tail.startswith(_SITE_MARKS) and len(tail) <= min(MAX_SIGNATURE_CHARS, len(heading)) and tail != title:
            return heading
    return title


def _bare(title: str, site: str, url: str) -> str:
    """A title without the site's name at its end; a title that is nothing else stays."""
    text = plain_text(title)
    own = {_site_letters(site), *_host_names(url)} - {""}
    for mark in _SITE_MARKS:
        head, _, tail = text.rpartition(mark)
        if head and _site_letters(tail) in own:
            return head.strip()
    for mark in _SITE_MARKS[:1]:  # others stand behind a kicker, too, which may be called like the host
        head, _, tail = text.partition(mark)
        if tail and _site_letters(head) in own:
            return tail.strip()
    return text


def _site_letters(name: str) -> str:
    """The letters of a site's name, which has its article in one place and not in another."""
    return letters_of(name).removeprefix("the")


def _host_names(url: str) -> set[str]:
    """What a site may be called after its host: "tidewater.example" and "tidewater" for www.tidewater.example."""
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return set()
    return {letters_of(host), letters_of(host.partition(".")[0])} - {""}


def _own_names(site: str, node: Node, url: str) -> set[str]:
    return {letters_of(site), *map(letters_of, jsonld.names(node.get("publisher"))), *_host_names(url)} - {""}


def _authors(
    node: Node, metas: Metas, tree: HtmlElement, headings: Sequence[HtmlElement], own: set[str]
) -> tuple[str, ...]:
    itself: tuple[str, ...] = ()
    for names in _author_rungs(node, metas, tree, headings):
        if any(letters_of(name) not in own for name in names):
            return tuple(name for name in names if letters_of(name) not in own)[:MAX_LIST]
        itself = itself or names
    return itself[:MAX_LIST]


def _author_rungs(
    node: Node, metas: Metas, tree: HtmlElement, headings: Sequence[HtmlElement]
) -> Iterator[tuple[str, ...]]:
    """What each source of authors says, the most trusted first; the later ones are read only if asked for."""
    yield _described_authors(node.get("author") or node.get("creator"))
    for name in _AUTHORS:
        yield distinct_names(map(plain_text, _meta(metas, name)))
    yield _marked_authors(tree)
    yield shown_authors(head_of(tree, headings))


def _described_authors(value: object) -> tuple[str, ...]:
    found: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        is_organisation = jsonld.kind_of(item) in _ORGANISATIONS
        for name in jsonld.names(item):
            found += read_names(plain_text(name), is_organisation=is_organisation)
    return unique(found)


def _marked_authors(tree: HtmlElement) -> tuple[str, ...]:
    """The names in the first element that is marked as the author's, and in its neighbours."""
    for path in (_MARKED_AUTHORS, _LINKED_AUTHORS):
        group = cast("list[HtmlElement]", path(tree))[:MAX_MARKED]
        first = next((element for element in group if not _is_elsewhere(element)), None)
        if first is not None:
            together = [element for element in group if element.getparent() is first.getparent()]
            if names := distinct_names(_name_in(element) for element in together):
                return names
    return ()


def _name_in(element: HtmlElement) -> str:
    inner = element.find(".//*[@itemprop='name']")
    if inner is not None and inner.get("content"):
        return plain_text(inner.get("content"))
    text = collapse(" ".join((element if inner is None else inner).itertext()))
    return plain_text(text) if len(text) <= MAX_BYLINE_CHARS else ""


def _language(node: Node, tree: HtmlElement, metas: Metas) -> str:
    given = node.get("inLanguage")
    said = [given.get("alternateName") or given.get("name")] if isinstance(given, dict) else given
    claims = (*jsonld.texts(said), tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "")
    return spoken((*claims, *_meta(metas, "og:locale", "content-language", "dc.language", "language")), _sample(tree))


def _sample(tree: HtmlElement) -> str:
    """The beginning of the page's prose; of its headings and links only where it has none."""
    parts: list[str] = []
    size = 0
    for element in tree.iter("p"):
        text = collapse("".join(element.itertext()))
        if len(text) >= 60:  # noqa: PLR2004 - shorter ones are labels, often in the theme's language
            parts.append(text)
            size += len(text)
        if size >= SAMPLE_CHARS:
            break
    if size < SAMPLE_CHARS // 10:
        others = (collapse("".join(element.itertext())) for element in tree.iter("h1", "h2", "li", "p", "td", "title"))
        parts += islice((text[:SAMPLE_CHARS] for text in others if text), 50)
    return " ".join(parts)[:SAMPLE_CHARS]


def _tags(node: Node, metas: Metas) -> tuple[str, ...]:
    given = node.get("keywords")
    described = jsonld.names(given) if isinstance(given, list) and len(given) > 1 else _split(jsonld.names(given))
    rungs = (described, *(_split(_meta(metas, *names)) for names in _KEYWORDS))
    listed = next((rung for rung in rungs if any(rung)), [])
    sections = (*jsonld.texts(node.get("articleSection")), *_meta(metas, "article:section"))
    return unique(distinct_texts((*listed, *sections)))


def _split(values: Iterable[str]) -> list[str]:
    return [part.strip() for value in values for part in value.replace(";", ",").split(",") if part.strip()]


def _rights(node: Node, metas: Metas) -> str:
    return first_text(
        (
            *jsonld.texts(node.get("copyrightNotice")),
            *jsonld.names(node.get("copyrightHolder")),
            *_meta(metas, "copyright", "dc.rights", "dcterms.rights", "rights"),
        )
    )


def _paywalled(node: Node, metas: Metas) -> bool | None:
    said = _is_locked(node.get("isAccessibleForFree"))
    if said is not None:
        return said
    given = node.get("hasPart")
    parts = [part for part in (given if isinstance(given, list) else [given]) if isinstance(part, dict)]
    if any(_is_locked(part.get("isAccessibleForFree")) for part in parts):
        return True
    return _TIERS.get(first_text(_meta(metas, "article:content_tier")).lower())


def _is_locked(value: object) -> bool | None:
    if isinstance(value, bool):
        return not value
    return next(
        (_FREE[text] for raw in jsonld.texts(value) if (text := raw.rpartition("/")[2].strip().lower()) in _FREE), None
    )
