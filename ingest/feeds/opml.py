"""OPML, the list of feeds that readers exchange (opml.org/spec2.opml); the only importer of listparser."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree as ET

import listparser

from ingest.errors import FeedError
from ingest.feeds.decode import decode
from ingest.feeds.plain import plain
from ingest.feeds.sniff import sniff

_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
#: What XML 1.0 2.2 has no place for.
_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SEPARATOR: Final = "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One feed of a list: its address as the list has it, usable or not, its title and its folder ("News/Europe")."""

    url: str
    title: str = ""
    folder: str = ""


def read_opml(data: bytes) -> tuple[Subscription, ...]:
    """
    The feeds of the list in their order, each address once; broken XML is read as far as it goes.

    Raises:
        FeedError: the document is no OPML; ``found`` says what it is.
    """
    text = _DECLARATION.sub("", decode(data, ""))
    _check(text)
    # listparser sees HTML, whose default is Latin-1; the declaration is how libxml2 learns better.
    document = f'<?xml version="1.0" encoding="utf-8"?>{_ILLEGAL.sub("", text)}'
    try:
        found = listparser.parse(document.encode())
    except Exception as error:  # a parser of foreign bytes; what it raises is not documented
        raise FeedError("broken", f"listparser raised {type(error).__name__}") from error
    if not found["version"].startswith("opml"):
        raise FeedError("xml", "no OPML")
    return tuple(_subscription(feed) for feed in found["feeds"])


def write_opml(subscriptions: Iterable[Subscription], title: str) -> bytes:
    """The list as an OPML 2.0 document in UTF-8, folders as nested outlines; well-formed whatever the titles hold."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = _legal(title)
    body = ET.SubElement(root, "body")
    folders: dict[tuple[str, ...], ET.Element] = {(): body}
    for subscription in subscriptions:
        parent = _folder(folders, _path(_legal(subscription.folder)))
        name = _legal(subscription.title) or _legal(subscription.url)
        ET.SubElement(parent, "outline", type="rss", text=name, title=name, xmlUrl=_legal(subscription.url))
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _check(text: str) -> None:
    """Raise FeedError unless the document is OPML, for which ``sniff`` has a word."""
    try:
        is_json = sniff(text) == "json"
    except FeedError as error:
        if error.found == "opml":
            return
        raise
    raise FeedError("json" if is_json else "xml", "no OPML")


def _subscription(feed: dict[str, Any]) -> Subscription:
    folders = [path for path in feed.get("categories") or [] if any(path)]
    folder = _SEPARATOR.join(part for part in folders[-1] if part) if folders else ""
    # A name that holds the separator ("TV / Film") is two folders from now on, and the same two at every later reading.
    path = _SEPARATOR.join(_path(plain(folder)))
    return Subscription(url=str(feed.get("url") or "").strip(), title=plain(feed.get("title")), folder=path)


def _path(folder: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in folder.split(_SEPARATOR) if part.strip())


def _folder(folders: dict[tuple[str, ...], ET.Element], path: tuple[str, ...]) -> ET.Element:
    """The outline of a folder, made with those above it where it is missing."""
    for depth in range(1, len(path) + 1):
        here = path[:depth]
        if here not in folders:
            folders[here] = ET.SubElement(folders[here[:-1]], "outline", text=here[-1], title=here[-1])
    return folders[path]


def _legal(text: str) -> str:
    return _ILLEGAL.sub("", text).strip()
