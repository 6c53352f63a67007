"""Files and pictures of an entry: enclosures, Media RSS with its captions, the one image that stands for the entry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ingest.feeds.drafts import make_enclosure
from ingest.feeds.plain import address, plain, plain_from_html
from ingest.feeds.tree import Element, Names, Parts, attribute, parts_of, text_in
from ingest.feeds.vocabulary import ENTRY
from ingest.models import Enclosure

#: Files looked at and kept of one entry.
MAX_FILES: Final = 100
_MAX_CAPTIONS: Final = 3
#: How the address of a picture ends that nobody calls one (the Guardian's media, Drupal's enclosures).
_PICTURE: Final = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)(?=$|[?#])", re.IGNORECASE)
#: What a medium may be whose description is not a photo's caption.
_MOVING: Final = ("video", "audio", "application/x-shockwave-flash")


def enclosure(*, base: str | None, url: object, type: object, length: object) -> Enclosure | None:  # noqa: A002 - the format's word
    """A file an entry points at, or None without an http(s) address."""
    found = address(base, str(url or ""))
    if found is None:
        return None
    return make_enclosure(found, plain(str(type or "")), plain(str(length or "")))


def unique(files: Iterable[Enclosure | None]) -> tuple[Enclosure, ...]:
    """The files that have an address, once each, in their order."""
    found = [file for file in files if file is not None]
    return tuple(dict.fromkeys(found))[:MAX_FILES] if len(found) > 1 else tuple(found)


def media_of(parts: Parts, names: Names, base: str | None) -> tuple[Enclosure, ...]:
    """The item's ``media:content`` with caption and credit, which may stand on it, on its group or on the item."""
    if "media:content" not in parts and "media:group" not in parts:
        return ()
    return unique(_medium(element, around, names, base) for element, around in _media(parts, names))


def media_text(parts: Parts, names: Names) -> str:
    """
    What ``media:description`` says where it is no photo's caption: beside a video or a sound, or beside no file.

    A film's page has no other text (YouTube); a caption is never the article's (169 of 191 entries: feeds.md 3.1).
    """
    if "media:description" not in parts and "media:group" not in parts:
        return ""
    if any(not _is_moving(element) for element, _ in _media(parts, names)):
        return ""
    if "media:thumbnail" in parts and "media:content" not in parts and "media:group" not in parts:
        return ""
    groups = [parts_of(group, names) for group in parts.get("media:group", ())[:MAX_FILES]]
    found = (text_in(element) for place in (parts, *groups) for element in place.get("media:description", ())[:1])
    return next((text for text in found if text), "")


def image_of(parts: Parts, names: Names, base: str | None, files: Sequence[Enclosure]) -> str | None:
    """The entry's picture: a thumbnail, the item's own image, or the first file that is an image."""
    for candidate in _pictures(parts, names):
        found = address(base, candidate)
        if found:
            return found
    return next((file.url for file in files if is_picture(file)), None)


def is_picture(file: Enclosure) -> bool:
    """True for a file whose type says that it is a picture, or the end of its address where it has no type."""
    return file.type.partition("/")[0] == "image" if file.type else _PICTURE.search(file.url) is not None


def image_element(element: Element, names: Names) -> str:
    """The reference in an ``image`` element of any format: its url element, an attribute, its text, "" without one."""
    if not element.keys() and not len(element):
        return text_in(element)
    if not len(element):
        return attribute(element, "href") or attribute(element, "url") or _resource(element) or text_in(element)
    inner = (text_in(child) for child in element if names[child.tag].rpartition(":")[2] == "url")
    return next(inner, "") or attribute(element, "href") or attribute(element, "url") or _resource(element)


def _resource(element: Element) -> str:
    return attribute(element, "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource")


def _media(parts: Parts, names: Names) -> Iterator[tuple[Element, tuple[Parts, ...]]]:
    """Each media:content of the item and its groups, with what stands around it, the nearest first."""
    for element in parts.get("media:content", ())[:MAX_FILES]:
        yield element, (parts,)
    for group in parts.get("media:group", ())[:MAX_FILES]:
        inner = parts_of(group, names)
        for element in inner.get("media:content", ())[:MAX_FILES]:
            yield element, (inner, parts)


def _medium(element: Element, around: Sequence[Parts], names: Names, base: str | None) -> Enclosure | None:
    found = address(base, attribute(element, "url"))
    if found is None:
        return None
    places = (parts_of(element, names), *around) if len(element) else around
    return make_enclosure(
        found,
        plain(attribute(element, "type")) or ("image" if attribute(element, "medium").lower() == "image" else ""),
        plain(element.get("fileSize")),
        caption=_said("media:description", places),
        credit=_said("media:credit", places),
    )


def _said(name: str, places: Sequence[Parts]) -> str:
    for place in places:
        if name in place:
            for element in place[name][:_MAX_CAPTIONS]:
                text = plain_from_html(text_in(element))
                if text:
                    return text
    return ""


def _is_moving(element: Element) -> bool:
    kind = attribute(element, "type").lower() or attribute(element, "medium").lower()
    return kind.startswith(_MOVING)


def _pictures(parts: Parts, names: Names) -> Iterator[str]:
    for element in parts.get("media:thumbnail", ()):
        yield attribute(element, "url") or text_in(element)
    for name in ("media:content", "media:group"):
        for element in parts.get(name, ())[:MAX_FILES]:
            if len(element):
                yield from (attribute(t, "url") for t in element.iter() if names[t.tag] == "media:thumbnail")
    for name in ENTRY["pictures"]:
        for element in parts.get(name, ()):
            yield attribute(element, "href") or attribute(element, "url")
    for element in parts.get("image", ()):
        yield image_element(element, names)
