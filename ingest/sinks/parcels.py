"""A row of the output stream as what a sink takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from ingest.messages.event import read_event
from ingest.messages.ninjs import ninjs_document
from ingest.sinks.sink import Parcel
from ingest.sinks.sinks_toml import Format


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """An event ready to go, and the article that a filter looks at."""

    parcel: Parcel
    article: Mapping[str, Any]


def pack(fields: Mapping[bytes, bytes], form: Format) -> Packed:
    """
    The event in a row's fields, its data written as the sink wants it.

    Raises:
        EventError: there is none that we know; the sentence names the field.
    """
    event = read_event(fields)
    names = [name for name in fields if name not in {b"data", b"reason"}]
    source = event.article.get("source")
    domain = source.get("domain") if isinstance(source, dict) else None
    parcel = Parcel(
        id=event.id,
        type=event.type,
        subject=event.subject,
        source_domain=domain if isinstance(domain, str) else "",
        attributes={name.decode("utf-8", "replace"): fields[name].decode("utf-8", "replace") for name in names},
        data=fields[b"data"] if form == "copydesk" else orjson.dumps(ninjs_document(event.article, type=event.type)),
    )
    return Packed(parcel=parcel, article=event.article)
