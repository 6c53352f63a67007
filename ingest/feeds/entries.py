"""An Entry out of an item's elements, for RSS of every version and Atom."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from itertools import islice
from typing import Final

from ingest.feeds.constructs import content_fragment, fragment, plain_construct
from ingest.feeds.dates import parse_date
from ingest.feeds.drafts import make_entry
from ingest.feeds.people import authors_in
from ingest.feeds.pictures import MAX_FILES, enclosure, image_of, media_of, media_text, unique
from ingest.feeds.plain import absolute, address, fragment_from_either, looks_like_http, plain, plain_from_either
from ingest.feeds.tree import (
    ABOUT,
    LANG,
    Element,
    Names,
    Parts,
    attribute,
    base_of,
    first,
    first_markup,
    first_text,
    text_in,
)
from ingest.models import Author, Enclosure, Entry, EntrySource

#: Elements of one name that are looked at; hostile items have thousands.
_MAX_TRIES: Final = 5
_MAX_CATEGORIES: Final = 500
_HTML: Final = frozenset(["", "text/html", "application/xhtml+xml"])
_RELATIONS: Final = frozenset(["alternate", "self", "replies", "edit", "enclosure", "hub", "next"])
_IANA: Final = "http://www.iana.org/assignments/relation/"
#: The elements whose language is the entry's, the fullest text first.
_LANGUAGE_OF: Final = (
    "content:encoded", "fullitem", "xhtml:body", "body", "content", "atom:content", "description", "summary",
)  # fmt: skip
_BOTH: Final = frozenset(["description", "abstract", "summary", "atom:summary"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What an entry needs to know of the document it stands in."""

    url: str
    names: Names
    is_atom: bool
    #: The part of ``vocabulary.ENTRY`` that occurs in the document.
    wanted: Mapping[str, tuple[str, ...]]
    #: Whether xml:base or xml:lang occur at all; looking for them in every element costs more than the rest.
    has_bases: bool
    has_languages: bool
    language: str = ""
    authors: tuple[Author, ...] = ()

    def base(self, element: Element) -> str | None:
        """What the element's references are relative to."""
        return base_of(element, self.url) if self.has_bases else self.url

    def address(self, element: Element, reference: str) -> str | None:
        """The http(s) address a reference in this element means."""
        return address(base_of(element, self.url) if self.has_bases else self.url, reference)


_HREF: Final = re.compile(r"""<a\s[^<>]*?href\s*=\s*["']([^"'<>]+)["']""", re.IGNORECASE)
_HOST: Final = re.compile(r"www\.[a-z0-9-]+\.[a-z0-9.-]*[a-z]{2}(?:[/?#]|$)", re.IGNORECASE)

#: A link element with its relation.
Link = tuple[str, Element]


def build_entry(item: Element, parts: Parts, document: Document) -> Entry:
    """The entry that an item is; ``parts`` are its children."""
    wanted, names = document.wanted, document.names
    guid = first_text(parts, wanted["guid"]) or (item.get(ABOUT) or "").strip()
    links = links_of(parts, "link" if document.is_atom else "atom:link")
    files = _enclosures(parts, links, document) if links or wanted["enclosures"] else ()
    media = media_of(parts, names, document.base(item)) if wanted["media"] else ()
    has_images = files or wanted["media"] or wanted["images"]
    summary, content = _texts(parts, document)
    return make_entry(
        guid=plain(guid) or None,
        url=_url(item, parts, links, guid, document),
        title=_title(parts, document),
        authors=_authors(parts, document),
        published_at=date_of(parts, wanted["published"]),
        updated_at=date_of(parts, wanted["updated"]) if wanted["updated"] else None,
        summary_html=summary,
        content_html=content,
        categories=categories_of(parts, wanted),
        enclosures=files,
        media=media,
        image=image_of(parts, names, document.base(item), (*media, *files)) if has_images else None,
        language=_language(item, parts, document) if document.has_languages or wanted["languages"] else "",
        source=_source(parts, document) if wanted["source"] or wanted["named source"] else None,
        orig_url=address(document.url, first_text(parts, wanted["origin"])) if wanted["origin"] else None,
        comments=_comments(parts, links, document) if links or "comments" in parts else None,
        in_reply_to=_replies(parts) if wanted["replies"] else (),
        rights=_rights(parts, document) if wanted["rights"] else "",
    )


def date_of(parts: Parts, wanted: Iterable[str]) -> datetime | None:
    """The first readable date of these names; of several elements of one name the last, as it overrides the others."""
    for name in wanted:
        if name in parts:
            for element in parts[name][: -_MAX_TRIES - 1 : -1]:
                moment = parse_date(text_in(element))
                if moment:
                    return moment
    return None


def categories_of(parts: Parts, wanted: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Categories once each; those of its media only where it has no other."""
    terms = _terms(parts, wanted["categories"], wanted["keywords"])
    for name in wanted["nested categories"]:
        found = (inner for element in parts.get(name, ())[:MAX_FILES] for inner in element.iter(element.tag))
        terms += [attribute(element, "text") or text_in(element) for element in islice(found, _MAX_CATEGORIES)]
    if not terms and (wanted["media categories"] or wanted["media keywords"]):
        terms = _terms(parts, wanted["media categories"], wanted["media keywords"])
    return tuple(dict.fromkeys(filter(None, map(plain, terms)))) if terms else ()


def links_of(parts: Parts, name: str) -> list[Link]:
    """The link elements with what each is to the document: "alternate" where it does not say (RFC 4287 4.2.7.2)."""
    found = parts.get(name)
    if found is None:
        return []
    return [
        (rel if (rel := link.get("rel")) in _RELATIONS else _relation(rel), link)  # the usual ones need no lower()
        for link in found[:MAX_FILES]
    ]


def _relation(given: str | None) -> str:
    return (given or "alternate").strip().lower().removeprefix(_IANA)


def alternate(links: Sequence[Link], document: Document) -> str | None:
    """The address of the link to the HTML page, else that to another form of it."""
    found = [link for relation, link in links if relation == "alternate"]
    if len(found) > 1:
        found.sort(key=lambda link: attribute(link, "type").lower() not in _HTML)
    for link in found:
        reference = link.get("href")
        url = document.address(link, reference.strip() if reference else text_in(link))
        if url:
            return url
    return None


def rss_link(parts: Parts, document: Document) -> str | None:
    """The address in RSS's link, which has it as text; some write it as Atom does."""
    for link in parts.get("link", ())[:_MAX_TRIES]:
        reference = text_in(link) or (attribute(link, "href") if link.get("rel") in {None, "alternate"} else "")
        url = absolute(reference) or document.address(link, _unwrapped(reference))
        if url:
            return url
    return None


def _unwrapped(reference: str) -> str:
    """The reference out of a link that is an HTML anchor, was wrapped and indented, or has lost its scheme."""
    if reference.startswith("<"):
        anchor = _HREF.search(reference)
        return unescape(anchor[1]) if anchor else ""
    if "\n" in reference:
        reference = "".join(map(str.strip, reference.split("\n")))
    return f"//{reference}" if _HOST.match(reference) else reference


def _title(parts: Parts, document: Document) -> str:
    wanted = document.wanted
    if not document.is_atom:
        return plain_from_either(first_text(parts, wanted["title"]) or first_text(parts, wanted["other title"]))
    title = first(parts, wanted["title"])
    if title is None:
        return plain_from_either(first_text(parts, wanted["other title"]))
    return plain_construct(title, is_typed=True)


def _url(item: Element, parts: Parts, links: Sequence[Link], guid: str, document: Document) -> str | None:
    """The link; an id only where the format says that it is one and it looks like one."""
    found = (None if document.is_atom else rss_link(parts, document)) or (alternate(links, document) if links else None)
    if found is not None or not looks_like_http(guid):
        return found
    marked = parts.get("guid", ())
    is_permalink = not marked or attribute(marked[0], "isPermaLink").lower() != "false"
    return document.address(item, guid) if is_permalink else None


def _enclosures(parts: Parts, links: Sequence[Link], document: Document) -> tuple[Enclosure, ...]:
    found = [link for relation, link in links if relation == "enclosure"]
    found += parts.get("enclosure", ())[:MAX_FILES]
    return (
        unique(
            enclosure(
                base=document.base(element),
                url=attribute(element, "url") or attribute(element, "href"),
                type=attribute(element, "type"),
                length=attribute(element, "length"),
            )
            for element in found
        )
        if found
        else ()
    )


def _texts(parts: Parts, document: Document) -> tuple[str, str]:
    """Summary and content."""
    if document.is_atom:
        summary, content = fragment(first(parts, ("summary",))), content_fragment(_best_content(parts))
        content = content or first_markup(parts, document.wanted["content"])
    else:
        wanted = document.wanted
        summary, content = first_markup(parts, wanted["summary"]), first_markup(parts, wanted["content"])
        if wanted["typed summary"] or not summary:
            summary, content = _with_other_summary(parts, document, summary, content)
        if wanted["other content"] and not content:
            content = _other_content(first(parts, wanted["other content"]), document)
    return (summary, content) if summary or content else (_last_resort(parts, document), "")


def _with_other_summary(parts: Parts, document: Document, summary: str, content: str) -> tuple[str, str]:
    """Both texts of an RSS item that calls one of them summary, or has a module's summary only."""
    typed = first(parts, document.wanted["typed summary"])
    if typed is None:
        other = first_text(parts, document.wanted["other summary"]) if not summary else ""
        return summary or fragment_from_either(other), content
    other = fragment(typed) if typed.get("type") else fragment_from_either(text_in(typed))
    if not summary or content or other == summary:
        return summary or other, content
    return _told_apart(summary, other, is_first=next(name for name in parts if name in _BOTH) == "description")


def _told_apart(description: str, summary: str, *, is_first: bool) -> tuple[str, str]:
    """Summary and content: the first of the two elements is the summary, unless it is clearly the longer text."""
    one, other = (description, summary) if is_first else (summary, description)
    return (other, one) if len(one) > 2 * len(other) else (one, other)


def _best_content(parts: Parts) -> Element | None:
    """Atom's content; where a draft's feed gives several forms, the one in HTML."""
    contents = parts.get("content", ())[:_MAX_TRIES]
    if len(contents) > 1:
        return next((one for one in contents if "html" in attribute(one, "type").lower()), contents[0])
    return contents[0] if contents else None


def _other_content(content: Element | None, document: Document) -> str:
    if content is None:
        return ""
    return content_fragment(content) if document.names[content.tag] == "atom:content" else fragment(content, "html")


def _last_resort(parts: Parts, document: Document) -> str:
    """Text of an item that has neither summary nor content of its own."""
    short = first_text(parts, document.wanted["other summary"]) or first_text(parts, ("itunes:subtitle",))
    return fragment_from_either(short or media_text(parts, document.names))


def _authors(parts: Parts, document: Document) -> tuple[Author, ...]:
    wanted, names, url = document.wanted, document.names, document.url
    found = authors_in(parts, wanted["authors"], names, url)
    if not found and wanted["other authors"]:
        found = authors_in(parts, wanted["other authors"], names, url)
    if found or not document.is_atom:
        return found
    if "source" in parts:  # RFC 4287 4.2.1: an entry taken over has its source's authors
        taken = {"author": [child for child in parts["source"][0] if names[child.tag] == "author"]}
        found = authors_in(taken, ("author",), names, url)
    return found or document.authors


def _language(item: Element, parts: Parts, document: Document) -> str:
    """The language nearest to the text (xml:lang counts for all inside: XML 1.0, 2.12)."""
    if not document.has_languages:
        return plain(first_text(parts, ("dc:language",)))
    text = first(parts, _LANGUAGE_OF)
    own = text.get(LANG) if text is not None else None
    return plain(own if own is not None else item.get(LANG, document.language))


def _source(parts: Parts, document: Document) -> EntrySource | None:
    """The feed an item was taken over from: RSS names it, Atom keeps its head, Dublin Core has a name or an address."""
    element = first(parts, document.wanted["source"])
    if element is None:
        found = _named(plain_from_either(first_text(parts, ("dc:source",))))
    elif not len(element):
        found = _named(plain_from_either(text_in(element)), document.address(element, attribute(element, "url")))
    else:
        found = _quoted_head(element, document)
    return None if found == EntrySource() else found


def _named(name: str, url: str | None = None) -> EntrySource:
    """The source of this name, or at it: some have nothing but its address to call it by."""
    return EntrySource(url=name) if url is None and looks_like_http(name) else EntrySource(title=name, url=url or "")


def _quoted_head(element: Element, document: Document) -> EntrySource:
    inner: Parts = {}
    for child in element:
        inner.setdefault(document.names[child.tag].rpartition(":")[2], []).append(child)
    links = sorted(links_of(inner, "link"), key=lambda link: link[0] != "self")
    urls = (document.address(link, attribute(link, "href") or text_in(link)) for _, link in links)
    title = first(inner, ("title",))
    return EntrySource(
        title=plain_construct(title, is_typed=True) if title is not None else "",
        url=next((url for url in urls if url), ""),
        id=plain(first_text(inner, ("id",))),
    )


def _comments(parts: Parts, links: Sequence[Link], document: Document) -> str | None:
    """Where readers answer: RSS's element, Atom's link of relation "replies" to a page (RFC 4685 4)."""
    if "comments" in parts:
        return document.address(parts["comments"][0], first_text(parts, ("comments",)))
    for relation, link in links:
        if relation == "replies" and attribute(link, "type").lower() in _HTML:
            return document.address(link, attribute(link, "href"))
    return None


def _replies(parts: Parts) -> tuple[str, ...]:
    given = parts.get("thr:in-reply-to", ())[:MAX_FILES]
    replies = (plain(attribute(element, "ref") or attribute(element, "href")) for element in given)
    return tuple(reply for reply in replies if reply)


def _rights(parts: Parts, document: Document) -> str:
    element = first(parts, document.wanted["rights"])
    return plain_construct(element, is_typed=document.is_atom) if element is not None else ""


def _terms(parts: Parts, categories: Sequence[str], keywords: Sequence[str]) -> list[str]:
    """What category elements say, and the words between the commas of keyword elements."""
    terms = [
        e.get("term") or text_in(e) or e.get("label") or e.get("text") or ""
        for name in categories
        if name in parts
        for e in parts[name][:_MAX_CATEGORIES]
    ]
    for name in keywords:
        terms += first_text(parts, (name,)).split(",", _MAX_CATEGORIES)[:_MAX_CATEGORIES]
    return terms
