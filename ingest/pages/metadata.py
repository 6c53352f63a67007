"""
What a page says of itself outside its text.

The order of trust, first found wins:

    title          JSON-LD headline, og:title, twitter:title, <title>
    authors        JSON-LD author, meta author / article:author / parsely-author (names, never addresses)
    published_at   JSON-LD datePublished, article:published_time, parsely / dc / citation dates, itemprop
    updated_at     JSON-LD dateModified, article:modified_time, og:updated_time, itemprop
    canonical_url  <link rel=canonical>, og:url, JSON-LD url
    language       JSON-LD inLanguage, <html lang>, og:locale, http-equiv content-language
    site_name      og:site_name, JSON-LD publisher name, application-name
    summary        og:description, JSON-LD description, meta description
    image          JSON-LD image (caption and credit with it), og:image, twitter:image
    tags           JSON-LD keywords, article:tag, news_keywords, keywords
    rights         JSON-LD copyrightNotice or copyrightHolder, meta copyright, dc.rights
    is_paywalled   JSON-LD isAccessibleForFree, article:content_tier
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from ingest.models import Image, Metadata
from ingest.pages import jsonld
from ingest.pages.dom import read_tree
from ingest.text import collapse, decode_entities, remove_controls

#: Caps on what one page may say: a field past them is cut, so that an event stays small.
MAX_FIELD_CHARS = 2_000
MAX_LIST = 50
MAX_URL_CHARS = 4_096

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_HEADER_DATE = re.compile(r"(?:\w{3}, )?(\d{1,2}) (\w{3}) (\d{4}) (\d{2}:\d{2}(?::\d{2})?) ?(?:GMT|UTC|Z|([+-]\d{4}))")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

#: Values of meta elements by lower-case name.
Metas = dict[str, list[str]]
#: The fields of a JSON-LD node.
Node = dict[str, object]


def read_metadata(html: str, url: str) -> Metadata:
    """The metadata of a page at ``url``; empty where the page is no HTML. Never raises."""
    tree = read_tree(html)
    return metadata_of(tree, url) if tree is not None else Metadata()


def metadata_of(tree: HtmlElement, url: str) -> Metadata:
    """The metadata of a parsed page at ``url``."""
    metas = _metas(tree)
    node = jsonld.article_of(_scripts(tree), url)
    base = _base(tree, url)
    return Metadata(
        title=_first(node.get("headline"), *_meta(metas, "og:title", "twitter:title"), tree.findtext(".//title")),
        authors=_authors(node, metas),
        language=_language(node, tree, metas),
        published_at=_date(node.get("datePublished"), *_meta(metas, *_PUBLISHED)),
        updated_at=_date(node.get("dateModified"), *_meta(metas, *_UPDATED)),
        canonical_url=_canonical(node, tree, metas, base),
        site_name=_first(
            *_meta(metas, "og:site_name"), *jsonld.names(node.get("publisher")), *_meta(metas, "application-name")
        ),
        summary=_first(*_meta(metas, "og:description"), node.get("description"), *_meta(metas, "description")),
        image=_image(node, metas, base),
        tags=_tags(node, metas),
        rights=_first(
            node.get("copyrightNotice"),
            *jsonld.names(node.get("copyrightHolder")),
            *_meta(metas, "copyright", "dc.rights", "dcterms.rights"),
        ),
        is_paywalled=_paywalled(node, metas),
    )


_PUBLISHED = (
    "article:published_time", "og:article:published_time", "parsely-pub-date", "datepublished", "dc.date.issued",
    "dc.date", "dcterms.created", "citation_publication_date", "sailthru.date", "date", "pubdate",
)  # fmt: skip  # one name a line is longer, not clearer
_UPDATED = ("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "last-modified")


def read_date(text: str) -> datetime | None:
    """The moment that an ISO 8601 or RFC 5322 date names, in UTC; a date without a zone is read as UTC."""
    text = text.strip()
    moment: datetime | None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = _header_date(text)
    try:
        if moment is None or not 1900 < moment.year < 2200:  # noqa: PLR2004 - placeholders such as 0001-01-01
            return None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None


def _header_date(text: str) -> datetime | None:
    found = _HEADER_DATE.fullmatch(text)
    if found is None or found[2] not in _MONTHS:
        return None
    day, month, year, clock, zone = found.groups()
    try:
        return datetime.fromisoformat(f"{year}-{_MONTHS.index(month) + 1:02}-{int(day):02}T{clock}{zone or '+0000'}")
    except ValueError:
        return None


def _plain(value: object) -> str:
    """One line of plain text from whatever stood there."""
    return collapse(remove_controls(decode_entities(value)))[:MAX_FIELD_CHARS] if isinstance(value, str) else ""


def _first(*candidates: object) -> str:
    """The first candidate that is a text with something in it."""
    return next((text for candidate in candidates if (text := _plain(candidate))), "")


def _distinct(candidates: Iterable[object]) -> tuple[str, ...]:
    """The texts among the candidates, each once, in their order."""
    found = dict.fromkeys(text for candidate in candidates if (text := _plain(candidate)))
    return tuple(found)[:MAX_LIST]


def _metas(tree: HtmlElement) -> Metas:
    metas: Metas = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
        if name and (content := element.get("content")):
            metas.setdefault(name.strip().lower(), []).append(content)
    return metas


def _meta(metas: Metas, *names: str) -> list[str]:
    """The values of the named metas, in the order of the names."""
    return [value for name in names for value in metas.get(name, ())]


def _scripts(tree: HtmlElement) -> Iterator[str]:
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            yield script.text


def _base(tree: HtmlElement, url: str) -> str:
    """What relative addresses resolve against: the first <base href>, else the page's address."""
    element = tree.find(".//base[@href]")
    return (_address(element.get("href"), url) if element is not None else None) or url


def _address(value: object, base: str) -> str | None:
    """An absolute http(s) address, None for everything else a page may put there."""
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_URL_CHARS:
        return None
    try:
        url = urljoin(base, remove_controls(value).strip())
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc and " " not in url else None


def _canonical(node: Node, tree: HtmlElement, metas: Metas, base: str) -> str | None:
    links = [link.get("href") for link in tree.iter("link") if "canonical" in (link.get("rel") or "").lower().split()]
    candidates = (*links, *_meta(metas, "og:url"), node.get("url"))
    return next((url for candidate in candidates if (url := _address(candidate, base))), None)


def _authors(node: Node, metas: Metas) -> tuple[str, ...]:
    named = jsonld.names(node.get("author")) or _meta(metas, "author", "article:author", "parsely-author", "dc.creator")
    plain = (re.sub(r"^by\s+", "", _plain(name), flags=re.IGNORECASE) for name in named)
    return _distinct(name for name in plain if "://" not in name and not name.startswith(("www.", "@")))


def _language(node: Node, tree: HtmlElement, metas: Metas) -> str:
    spoken = node.get("inLanguage")
    claims = (
        *(jsonld.names(spoken) if not isinstance(spoken, dict) else [spoken.get("alternateName")]),
        tree.get("lang"),
        *_meta(metas, "og:locale", "content-language"),
    )
    for claim in claims:
        label = _plain(claim).replace("_", "-")
        if _LANGUAGE.fullmatch(label):
            return label
    return ""


def _date(*candidates: object) -> datetime | None:
    return next((date for value in candidates if isinstance(value, str) and (date := read_date(value))), None)


def _image(node: Node, metas: Metas, base: str) -> Image | None:
    given = node.get("image")
    for item in given if isinstance(given, list) else [given]:
        fields = item if isinstance(item, dict) else {"url": item}
        if url := _address(fields.get("url") or fields.get("contentUrl"), base):
            return Image(
                url=url,
                caption=_first(fields.get("caption"), fields.get("description")),
                credit=_first(fields.get("creditText"), *jsonld.names(fields.get("creator"))),
            )
    candidates = _meta(metas, "og:image", "og:image:url", "og:image:secure_url", "twitter:image")
    return next((Image(url=url) for value in candidates if (url := _address(value, base))), None)


def _tags(node: Node, metas: Metas) -> tuple[str, ...]:
    keywords = node.get("keywords")
    listed: list[str] = jsonld.names(keywords) if isinstance(keywords, list) else _split(jsonld.texts(keywords))
    return _distinct(
        listed
        or _split(_meta(metas, "article:tag", "parsely-tags"))
        or _split(_meta(metas, "news_keywords"))
        or _split(_meta(metas, "keywords"))
    )


def _split(values: list[str]) -> list[str]:
    return [part for value in values for part in re.split(r"[,;]", value)]


def _paywalled(node: Node, metas: Metas) -> bool | None:
    said = str(node.get("isAccessibleForFree")).rpartition("/")[2].lower()
    tier = _first(*_meta(metas, "article:content_tier")).lower()
    if said in {"true", "false"}:
        return said == "false"
    return {"locked": True, "free": False}.get(tier)
