"""Files and pictures of an entry: enclosures, Media RSS with its captions, the one image that stands for the entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ingest.feeds.plain import plain, plain_from_html
from ingest.feeds.reading import Block, Item
from ingest.models import Enclosure
from ingest.urls import resolve

#: Files kept of one entry.
_MAX_FILES: Final = 100


def enclosure(*, base: str, url: object, type: object, length: object) -> Enclosure | None:  # noqa: A002 - the format's word
    """A file an entry points at, or None without an http(s) address."""
    address = resolve(base, str(url or ""))
    if address is None:
        return None
    return Enclosure(url=address, type=plain(str(type or "")), length=plain(str(length or "")))


def unique(files: Iterable[Enclosure | None]) -> tuple[Enclosure, ...]:
    """The files that have an address, once each, in their order."""
    return tuple(dict.fromkeys(file for file in files if file is not None))[:_MAX_FILES]


def media_of(item: Item, base: str) -> tuple[Enclosure, ...]:
    """The item's ``media:content`` with caption and credit, which may stand on it, on its group or on the item."""
    found: list[Enclosure | None] = []
    outer = item.all("media:description", "media:credit")
    for block in item.blocks:
        if block.name == ("media", "content"):
            found.append(_medium(block, outer, base))
        elif block.name == ("media", "group"):
            children = block.blocks()
            found.extend(_medium(b, (*children, *outer), base) for b in children if b.name == ("media", "content"))
    return unique(found)


def _medium(block: Block, outer: Sequence[Block], base: str) -> Enclosure | None:
    file = enclosure(base=base, url=block.get("url"), type=block.get("type"), length=block.get("fileSize"))
    if file is None:
        return None
    around = (*block.blocks(), *outer)
    caption, credit = (_said(around, local) for local in ("description", "credit"))
    return Enclosure(url=file.url, type=file.type, length=file.length, caption=caption, credit=credit)


def _said(blocks: Sequence[Block], local: str) -> str:
    texts = (plain_from_html(block.text) for block in blocks if block.name == ("media", local))
    return next((text for text in texts if text), "")


def image_of(fields: Mapping[str, Any], item: Item | None, base: str, files: Sequence[Enclosure]) -> str | None:
    """The entry's picture: a thumbnail, the item's own image, or the first file that is an image."""
    candidates = [thumbnail.get("url") for thumbnail in fields.get("media_thumbnail") or []]
    if item is not None:
        candidates.extend(block.get("href") for block in item.all("itunes:image"))
        candidates.extend(_image_element(block) for block in item.all("image"))
    given = fields.get("image")
    if isinstance(given, dict):
        candidates.append(given.get("href"))
    candidates.extend(file.url for file in files if file.type.startswith("image/"))
    return next((url for candidate in candidates if (url := resolve(base, str(candidate or "")))), None)


def _image_element(block: Block) -> str:
    inner = next((child.text for child in block.blocks() if child.name.local == "url"), "")
    return inner or block.get("href") or block.get("url") or ("" if block.blocks() else block.text)
