"""
An event's article as an IPTC ninjs 3.0 document, for systems that speak the trade's own format.

What we write of the standard, and of which types, is stated in ninjs-subset.v3.json beside this file. Everything that
ninjs has no place for (removals, clusters' roles, quality, changes) stays in our own ``data``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import orjson

from ingest.errors import EventError
from ingest.messages.event import PUBLISHED, WITHDRAWN

#: What a document says it is written by.
STANDARD = {"name": "ninjs", "version": "3.0", "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_3.0.json#"}

#: First part of a media type -> the standard's word; it has none for a program or an archive.
KINDS = {"image": "picture", "audio": "audio", "video": "video", "text": "text"}

_SUBSET = files("ingest.messages").joinpath("ninjs-subset.v3.json").read_bytes()
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ADDRESS = re.compile(r"(https?://[^/?#]*)([^#]*)(#?)(.*)", re.DOTALL)
#: What RFC 3986 allows behind the host; brackets only stand in one.
_SAFE = "%/?:@!$&'()*+,;=-._~"


def ninjs_schema() -> dict[str, Any]:
    """The JSON Schema of the documents that ``ninjs_document`` makes: a part of the standard's, in our words."""
    loaded: dict[str, Any] = orjson.loads(_SUBSET)
    return loaded


def ninjs_document(data: Mapping[str, Any], *, type: str = PUBLISHED) -> dict[str, Any]:  # noqa: A002 - CloudEvents' name
    """
    The ninjs 3.0 document of an event's ``data`` and ``type``.

    Its ``uri`` names the article and ``version`` the revision: the two together are as stable as the event's id. A
    withdrawn article has ``pubStatus`` "canceled". Disclaimers of syndication that were cut from the text stand in
    ``edNote``, which is for the receiving desk and not for its readers.

    Raises:
        EventError: ``data`` is no article of ours.
    """
    try:
        document = _head(data, type) | _words(data) | _origin(data) | _links(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EventError(f"data is no article: {error!r}") from error
    return {name: value for name, value in document.items() if value not in (None, "", [])}


def _head(data: Mapping[str, Any], event_type: str) -> dict[str, Any]:
    """What it is, and when it came to be. The publisher's own date is that of the content, ours are the object's."""
    return {
        "uri": f"urn:copydesk:article:{quote(data['id'], safe='')}",
        "type": "text",
        # A copy whose text is left out (COPYDESK_COPIES=head) is a pointer to its head.
        "representationType": "full" if data["text"] else "partial",
        "version": str(data["revision"]),
        "firstCreated": data["first_seen_at"],
        "versionCreated": data["fetched_at"],
        "contentCreated": data["published_at"],
        "pubStatus": "canceled" if event_type == WITHDRAWN else "usable",
        "language": data["language"],
        "standard": STANDARD,
    }


def _words(data: Mapping[str, Any]) -> dict[str, Any]:
    text = data["text"]
    body = {"role": "main", "contentType": "text/plain", "charCount": len(text), "wordCount": data["word_count"]}
    notes = [removal["text"] for removal in data["cleaning"]["removed"] if removal["kind"] == "disclaimer"]
    return {
        "headlines": _said("main", data["title"]),
        "descriptions": _said("summary", data["summary"]),
        "bodies": [{**body, "value": text}] if text else [],
        "by": data["byline"] or ", ".join(data["authors"]),
        "people": [{"name": name, "rel": "author"} for name in data["authors"]],
        "located": data["dateline"],
        "subjects": [{"name": tag} for tag in data["tags"]],
        "edNote": "\n".join(dict.fromkeys((*notes, *data.get("corrections", ())))),
    }


def _said(role: str, text: str) -> list[dict[str, str]]:
    return [{"role": role, "contentType": "text/plain", "value": text}] if text else []


def _origin(data: Mapping[str, Any]) -> dict[str, Any]:
    """Who published, wrote and resold it, and what else it is called."""
    source, wire = data["source"], data["wire"]
    parties = (
        ("publisher", source["name"] or source["domain"], source["domain"]),
        ("agency", wire["agency"], ""),
        ("distributor", wire.get("distributor"), ""),
        ("feed", data["feed"]["title"] or data["feed"]["id"], data["feed"]["id"]),
    )
    names = (
        ("guid", data["guid"]),
        ("canonical", data["canonical_url"]),
        ("syndicated-from", wire.get("syndicated_from")),
        ("cluster", data["cluster"]["id"]),
    )
    return {
        "copyrightNotice": data["rights"],
        "infoSources": [
            {"role": role, "name": name} | ({"literal": literal} if literal else {})
            for role, name, literal in parties
            if name
        ],
        "altIds": [{"role": role, "value": value} for role, value in names if value],
    }


def _links(data: Mapping[str, Any]) -> dict[str, Any]:
    """The page itself as a rendition; pictures, sound and film as objects beside it."""
    url, image = data["url"], data.get("image")
    found = [] if image is None else [_associated(image, "image/", "main-image")]
    found += [_associated(medium, medium["type"], "enclosure") for medium in data["media"]]
    # The lead image is often an enclosure as well.
    known = {one["uri"]: one for one in reversed(found)}
    return {
        "renditions": [{"name": "web", "href": _uri(url), "contentType": "text/html"}] if url else [],
        "associations": [one for one in found if known[one["uri"]] is one],
    }


def _associated(medium: Mapping[str, Any], media_type: str, rel: str) -> dict[str, Any]:
    uri = _uri(medium["url"])
    rendition = {
        "name": "main",
        "href": uri,
        "contentType": None if media_type.endswith("/") else media_type,
        "sizeInBytes": medium.get("length"),
    }
    said = {
        "name": medium["caption"] or rel,
        "rel": rel,
        "uri": uri,
        "type": KINDS.get(media_type.partition("/")[0].lower()),
        "by": medium["credit"],
        "descriptions": _said("caption", medium["caption"]),
        "renditions": [{name: value for name, value in rendition.items() if value}],
    }
    return {name: value for name, value in said.items() if value}


def _uri(address: str) -> str:
    """An address as the URI (RFC 3986) that the standard asks for; ours are IRIs (RFC 3987 3.1 says how)."""
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        raise ValueError("an address is none")
    site, rest, mark, fragment = parts.groups()
    site = quote(site, safe=f"{_SAFE}[]")
    return _STRAY_PERCENT.sub("%25", f"{site}{quote(rest, safe=_SAFE)}{mark}{quote(fragment, safe=_SAFE)}")
